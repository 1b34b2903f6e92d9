"""The base of every refusal of a provider."""

from typing import ClassVar


class ProviderError(Exception):
    """A refusal. Each provider has a table of subclasses with code, text and HTTP status."""

    status: ClassVar[int]

    @classmethod
    def example(cls) -> "ProviderError":
        """Return one of its kind, for the documentation."""
        return cls()
