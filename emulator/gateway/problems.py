"""What is wrong with the sections of a provider, as a developer is told."""


class SectionError(Exception):
    """A section asks for what does not work here. Its text says where, what, and what to do."""
