"""The conditions of a segment: the form that requests, rows and fixtures share.

https://guides.altcraft.com/en/developer-guide/segments/2195594. The wire names beyond `statseg`, `once`,
`domaingroup`, `subscription_email` and `in_data` are inferred.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from emulator.altcraft.values import Count, Int64, Integer, Listed, Part
from emulator.gateway.rows import RowModel

Word = Annotated[str, Field(max_length=100)]

ELSEWHERE = frozenset(
    f"{prefix}{name}" for prefix in ("", "not_") for name in ("in_file", "in_datatable", "in_post")
)
"""The operators that look outside of the account. They are kept, and match nobody."""


class Argument(RowModel):
    """An argument of a rule. An empty value is one."""

    name: Word
    value: Any = None


class Rule(Part):
    """A condition on profiles, or several: `condition` joins the rules in `child`."""

    child: "Listed[Rule]" = []
    compo: Word = "default"
    condition: Literal["and", "or", ""] = ""
    name: Annotated[str, Field(max_length=1000)] = ""
    object_path: Annotated[str, Field(max_length=1000)] = ""
    object_type: Word = ""
    operator: Word = ""
    type: Word = ""
    value: Listed[Argument] = []

    @classmethod
    def without_effect(cls, content: Mapping[str, Any]) -> Collection[str]:
        """Return `operator` if the rule's operator matches nobody."""
        return {"operator"} if _is_among(content.get("operator"), ELSEWHERE) else set()


class Item(Part):
    """The conditions on the profiles of one database, and the part of the matching profiles that is taken."""

    condition: Literal["and", "or"]
    limit: Count = Field(0, description="How many profiles are taken at most; 0 for any number")
    list_id: Int64 = Field(description="Database id")
    percent_from: Annotated[Integer, Field(ge=0, le=99)] = 0
    percent_to: Annotated[Integer, Field(ge=1, le=100)] = 100
    queries: Listed[Rule] = Field(min_length=1)

    @model_validator(mode="after")
    def _takes_a_part(self) -> "Item":
        if self.percent_from >= self.percent_to:
            raise ValueError("percent_from must be less than percent_to")
        return self


def _is_among(value: object, words: Collection[str]) -> bool:
    return isinstance(value, str) and value in words


def stored(items: Sequence[Item]) -> list[dict[str, Any]]:
    """Return items as rows store them and responses show them."""
    return [item.model_dump() for item in items]
