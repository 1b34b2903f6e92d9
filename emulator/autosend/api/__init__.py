"""The sections of AutoSend's API reference, a module or a folder each."""
