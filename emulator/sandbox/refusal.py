"""The base class of all refusals of providers."""

from typing import Any, ClassVar, Self


class ProviderError(Exception):
    """A refusal. Each provider derives its own, with code, text and HTTP status as class attributes."""

    status: ClassVar[int]
    inferred: ClassVar[str] = ""
    """The parts that the documentation does not say: `text`, `code, text`, `status`, `all`, or none."""
    made_by_faults: ClassVar[bool] = False
    """Whether only fault rules make it, because nothing in the emulator fails in this way."""
    example_values: ClassVar[tuple[Any, ...]] = ()
    """The arguments of an example: the values that its text has in the documentation."""

    @classmethod
    def named(cls, name: str, **attributes: Any) -> type[Self]:
        """Return a new class of refusals that is derived from this one."""
        return type(name, (cls,), attributes)

    @classmethod
    def evidence(cls) -> str:
        """Return in words how much of the refusal is documented."""
        if cls.made_by_faults:
            return f"made by fault rules alone{', ' * bool(cls.inferred)}{_in_words(cls.inferred)}"
        return _in_words(cls.inferred) or "documented"

    @classmethod
    def example(cls) -> "ProviderError":
        """Return an instance with the example values, for documents and fault rules."""
        return cls(*cls.example_values)


def _in_words(inferred: str) -> str:
    if inferred == "all":
        return "inferred"
    return f"inferred: {inferred}" if inferred else ""
