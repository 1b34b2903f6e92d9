"""What columns declare of their values, as marks in their annotations: snapshots are checked by it.

Rows are made without a look at these marks: only a file that was edited has other values. Beside the marks
below, a column can have bounds of pydantic's `Field`: `ge`, `gt`, `le`, `lt` and `min_length`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple, get_args

from pydantic.fields import FieldInfo
from sqlmodel import SQLModel


@dataclass(frozen=True, init=False)
class OneOf:
    """A mark of columns that hold one of a few words.

    Without words, the sender of a job or message says which there are: sandbox/inspection.py asks it.
    """

    words: tuple[str, ...]

    def __init__(self, *words: str) -> None:
        object.__setattr__(self, "words", words)


@dataclass(frozen=True)
class Digits:
    """A mark of columns that hold a number as a text of so many digits, the first of which is not 0."""

    fewest: int
    most: int

    @property
    def pattern(self) -> str:
        """The regular expression of these texts."""
        return f"[1-9][0-9]{{{self.fewest - 1},{self.most - 1}}}"

    @property
    def rule(self) -> "Rule":
        return Rule(
            f"length({{0}}) NOT BETWEEN {self.fewest} AND {self.most} OR {{0}} < '1'"
            " OR ltrim({0}, '0123456789') <> ''",
            f"must be {self.fewest} to {self.most} digits, of which the first is not 0",
        )


@dataclass(frozen=True)
class JsonOf:
    """A mark of columns that hold JSON: a type that says more of it than the one that they are read as."""

    type: Any


@dataclass(frozen=True)
class RowOf:
    """A mark of columns that name a row of another table which is always there.

    A snapshot in which it is missing is refused, with the row that names it. Columns of JSON name several.
    """

    table: str
    column: str = "id"
    when: str = "true"
    """The condition in SQL of the rows that have one."""


class Rule(NamedTuple):
    """A rule for the values of a column."""

    broken: str
    """The condition in SQL that a value breaks it, with `{0}` for the column."""
    must: str
    """What a value must be."""


BOUNDS = {
    "ge": ("{{0}} < {0}", "must be at least {0}"),
    "gt": ("{{0}} <= {0}", "must be more than {0}"),
    "le": ("{{0}} > {0}", "must be at most {0}"),
    "lt": ("{{0}} >= {0}", "must be less than {0}"),
    "min_length": ("length({{0}}) < {0}", "must have {0} or more characters"),
}
"""The rules of pydantic's bounds by their names, with `{0}` for the bound."""


def rules_of(field: FieldInfo) -> Iterator[Rule]:
    """Yield the rules that a column declares for its values, beside their type."""
    for mark in _marks(field):
        if isinstance(mark, OneOf) and mark.words:
            yield Rule(f"{{0}} NOT IN ({', '.join(map(repr, mark.words))})", must_be_of(mark.words))
        if isinstance(mark, Digits):
            yield mark.rule
        for name, (broken, must) in BOUNDS.items():
            bound = getattr(mark, name, None)
            if bound is not None:
                yield Rule(broken.format(bound), must.format(bound))


def must_be_of(words: Iterable[str]) -> str:
    """Return in words that a value must be one of these."""
    *others, last = words
    return f"must be {', '.join(others)} or {last}" if others else f"must be {last}"


def json_of(field: FieldInfo) -> Any:
    """Return the type of the JSON that a column is marked to hold; None without such a mark."""
    return next((mark.type for mark in _marks(field) if isinstance(mark, JsonOf)), None)


def has_words(field: FieldInfo) -> bool:
    """Return whether a column can hold nothing but a few words."""
    return any(isinstance(mark, OneOf) for mark in _marks(field))


def columns_marked(model: type[SQLModel], mark: str) -> Iterator[str]:
    """Yield the columns of a table that have a mark in their annotation, such as `Millis | None`."""
    for name, field in model.model_fields.items():
        if mark in _marks(field):
            yield name


def references_of(model: type[SQLModel]) -> Iterator[tuple[str, RowOf]]:
    """Yield the columns of a table that name rows which are always there."""
    for name, field in model.model_fields.items():
        for mark in _marks(field):
            if isinstance(mark, RowOf):
                yield name, mark


def _marks(field: FieldInfo) -> Iterator[Any]:
    yield from field.metadata
    for argument in get_args(field.annotation):
        for mark in getattr(argument, "__metadata__", ()):
            yield from mark.metadata if isinstance(mark, FieldInfo) else (mark,)
