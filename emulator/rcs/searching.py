"""Searches by criteria in the query: one as `search[field]`, several as `search_fields[0][field]`.

https://bsg.world/developers/rest-api/search-contact-list
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import eq, ge, gt, le, lt
from typing import Any

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from sqlalchemy import ColumnElement, and_

from emulator.engine.clock import DAY, SECOND, Millis
from emulator.rcs import refusals
from emulator.rcs.listing import Limit, Offset, Way
from emulator.rcs.models import Body, Model, PageInfo
from emulator.rcs.values import DAY as A_DAY
from emulator.rcs.values import MomentOrDay, whole_number
from emulator.rcs.violations import BLANK, INVALID, NOT_A_CHOICE
from emulator.storage.tables import contains

NAME = re.compile(r"search(?:_fields\[([0-9]{1,3})\])?\[(field|operator|value)\]")
COMPARISONS: Mapping[str, Callable[[Any, Any], Any]] = {"=": eq, ">=": ge, ">": gt, "<": lt, "<=": le}
ORDERED = frozenset(COMPARISONS)


class SearchInfo(Model):
    field: str
    operator: str
    value: str


class SearchMeta(Model):
    page: PageInfo
    search: SearchInfo | None


class Search(Body):
    """A query with paging and criteria. The names of the criteria are not known beforehand."""

    model_config = ConfigDict(extra="allow")

    offset: Offset = Field(0, alias="page[offset]")
    limit: Limit = Field(50, alias="page[limit]")
    way: Way = "asc"

    @classmethod
    def without_effect(cls, content: Mapping[str, Any]) -> set[str]:
        """Return the parameters that are neither known nor part of a criterion."""
        known = {field.alias or name for name, field in cls.model_fields.items()}
        return {name for name in content if name not in known and not NAME.fullmatch(name)}

    def criteria(self) -> "list[Criterion]":
        """Return the criteria, the one of `search` first. Raises GivenDataInvalid for incomplete ones."""
        found: dict[int, dict[str, str]] = {}
        for name, value in (self.model_extra or {}).items():
            named = NAME.fullmatch(name)
            if named:
                found.setdefault(-1 if named[1] is None else int(named[1]), {})[named[2]] = str(value)
        return [_criterion(place, parts) for place, parts in sorted(found.items())]


@dataclass(frozen=True)
class Criterion:
    """A criterion: a field, a comparison and a value."""

    place: str
    """Its name in refusals."""
    field: str
    operator: str
    value: str

    def wrong(self, part: str, text: str) -> refusals.GivenDataInvalid:
        return refusals.GivenDataInvalid({f"{self.place}{part}": [text]})

    @property
    def info(self) -> SearchInfo:
        return SearchInfo(field=self.field, operator=self.operator, value=self.value)


def search_meta(page: PageInfo, criteria: Sequence[Criterion]) -> SearchMeta:
    """Return the `meta` of a search's response, which shows the first of its criteria."""
    return SearchMeta(page=page, search=criteria[0].info if criteria else None)


def _criterion(place: int, parts: Mapping[str, str]) -> Criterion:
    name = "search" if place < 0 else f"search_fields{place}"
    for part in ("field", "value"):
        if not parts.get(part):
            raise refusals.GivenDataInvalid({f"{name}{part}": [BLANK]})
    return Criterion(name, parts["field"], parts.get("operator") or "=", parts["value"])


Condition = Callable[[Criterion], ColumnElement[bool]]
"""Returns the SQL condition for a criterion. Raises GivenDataInvalid."""


def conditions(
    criteria: list[Criterion], fields: Mapping[str, Condition], other: Callable[[str], Condition | None]
) -> ColumnElement[bool]:
    """Return the condition that all criteria are met.

    Args:
        criteria: The criteria of the search.
        fields: The known fields, by name.
        other: Finds a field that is not among the known ones.
    """
    found = []
    for criterion in criteria:
        condition = fields.get(criterion.field) or other(criterion.field)
        if condition is None:
            raise criterion.wrong("field", NOT_A_CHOICE)
        found.append(condition(criterion))
    return and_(True, *found)


def nothing_else(_: str) -> None:
    """Find no other field."""


def ordered(column: Any, parse: Callable[[str], Any], *, only_equal: bool = False) -> Condition:
    """Make the condition for a column that is compared; `parse` returns None for a text that is no value."""

    def condition(criterion: Criterion) -> ColumnElement[bool]:
        compare = _comparison(criterion, frozenset({"="}) if only_equal else ORDERED)
        value = parse(criterion.value)
        if value is None:
            raise criterion.wrong("value", INVALID)
        return _bool(compare(column, value))

    return condition


def number(column: Any, *, only_equal: bool = False) -> Condition:
    """Make the condition for a column of whole numbers."""
    return ordered(column, whole_number, only_equal=only_equal)


def text(column: Any) -> Condition:
    """Make the condition for a column of texts: `=`, or `like` for a part in upper or lower case."""

    def condition(criterion: Criterion) -> ColumnElement[bool]:
        if criterion.operator == "like":
            return contains(column, criterion.value)
        return _bool(_comparison(criterion, frozenset({"="}))(column, criterion.value))

    return condition


def _millis(text: str) -> Millis | None:
    try:
        return _MOMENT.validate_python(text)
    except ValidationError:
        return None


def moment(column: Any, parse: Callable[[str], int | None] = _millis, *, second: int = SECOND) -> Condition:
    """Make the condition for a column of instants; a value stands for a whole second or a whole day.

    Args:
        column: The column.
        parse: Returns the instant of a text, in the units of the column; None if it is no instant.
        second: The length of a second in the units of the column.
    """

    def condition(criterion: Criterion) -> ColumnElement[bool]:
        compare = _comparison(criterion, ORDERED)
        at = parse(criterion.value)
        if at is None:
            raise criterion.wrong("value", INVALID)
        length = (DAY // SECOND if A_DAY.fullmatch(criterion.value) else 1) * second
        last = at + length - 1
        if criterion.operator == "=":
            return _bool(column.between(at, last))
        return _bool(compare(column, last if criterion.operator in {">", "<="} else at))

    return condition


def _comparison(criterion: Criterion, known: frozenset[str]) -> Callable[[Any, Any], Any]:
    if criterion.operator not in known:
        raise criterion.wrong("operator", NOT_A_CHOICE)
    return COMPARISONS[criterion.operator]


def _bool(condition: Any) -> ColumnElement[bool]:
    found: ColumnElement[bool] = condition
    return found


_MOMENT: TypeAdapter[int] = TypeAdapter(MomentOrDay)
