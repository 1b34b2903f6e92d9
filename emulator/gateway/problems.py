"""Errors in the sections of a provider, for its developer."""


class SectionError(Exception):
    """A section is written in a way that does not work here. The text says where, what, and what to do."""
