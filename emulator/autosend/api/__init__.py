"""The sections of AutoSend's API reference, with one module or folder each."""
