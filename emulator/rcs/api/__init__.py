"""The sections of the RCS documentation, a module or a folder each."""
