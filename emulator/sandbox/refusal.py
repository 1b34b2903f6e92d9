"""The base of every refusal of a provider."""

from typing import Any, ClassVar, Self


class ProviderError(Exception):
    """A refusal. Each provider derives its own, with code, text and HTTP status as data of the class."""

    status: ClassVar[int]
    inferred: ClassVar[str] = ""
    """What of it the documentation does not say: `text`, `code, text`, `status`, `all`; empty for nothing."""
    made_by_faults: ClassVar[bool] = False
    """Whether only a fault rule makes it, because nothing in the emulator fails so."""
    example_values: ClassVar[tuple[Any, ...]] = ()
    """The values that its text names in the documentation."""

    @classmethod
    def named(cls, name: str, **attributes: Any) -> type[Self]:
        """Make a refusal of this kind."""
        return type(name, (cls,), attributes)

    @classmethod
    def evidence(cls) -> str:
        """Return how much of it the documentation says, in words."""
        if cls.made_by_faults:
            return f"made by fault rules alone{', ' * bool(cls.inferred)}{_said(cls.inferred)}"
        return _said(cls.inferred) or "documented"

    @classmethod
    def example(cls) -> "ProviderError":
        """Return one of its kind, for the documentation."""
        return cls(*cls.example_values)


def _said(inferred: str) -> str:
    if inferred == "all":
        return "inferred"
    return f"inferred: {inferred}" if inferred else ""
