"""The sections of the Altcraft documentation, a module or a folder each."""
