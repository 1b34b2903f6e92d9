"""The conditions of a segment: the form that requests, rows and fixtures share.

https://guides.altcraft.com/en/developer-guide/segments/2195594. The wire names beyond `statseg`, `once`,
`domaingroup`, `subscription_email` and `in_data` are inferred.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from emulator import spelling
from emulator.altcraft.values import Count, Int64, Integer, Listed, Part
from emulator.gateway.rows import RowModel

Word = Annotated[str, Field(max_length=100)]

ELSEWHERE = frozenset(
    f"{prefix}{name}" for prefix in ("", "not_") for name in ("in_file", "in_datatable", "in_post")
)
"""The operators that look outside of the account. They are kept, and match nobody."""


OF_FIELDS = frozenset({"value", "from", "to"})
"""The arguments that have the type of the field which a rule is on."""

OF_PARTS = frozenset({"contain", "not_contain"})
"""The operators whose argument is a part of a text, whatever the type of the field."""

NUMBERS: Mapping[str, str] = {
    **dict.fromkeys(("segment_id", "workflow_id", "loyalty_program_id", "loyalty_id", "resource_id"), "int"),
    **dict.fromkeys(("campaign_id", "message_id", "pixel_id", "count", "days", "last", "next"), "int"),
    **dict.fromkeys(("value_from", "value_to"), "float"),
}
"""The types of the arguments that are numbers, whatever a rule is on."""


def _number(text: str) -> int | float | None:
    whole = spelling.integer(text)
    return spelling.decimal(text) if whole is None else whole


SPELLED: Mapping[str, Callable[[str], int | float | None]] = {
    "int": spelling.integer,
    "float": _number,
    "bool": spelling.flag,
}


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

    @model_validator(mode="after")
    def _has_numbers(self) -> "Rule":
        """Keep numbers and flags that are sent as texts, as in XML, as what they are."""
        of_field = self.object_type if self.object_path else self.type
        for argument in self.value:
            is_of_field = argument.name in OF_FIELDS and self.operator not in OF_PARTS
            type_ = of_field if is_of_field else NUMBERS.get(argument.name, "")
            argument.value = as_spelled(type_, argument.value)
        return self

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


def as_spelled(type_: str, value: Any) -> Any:
    """Return the number or flag of a type that a text spells, or each text of a list; else what is there."""
    if isinstance(value, list):
        return [as_spelled(type_, one) for one in value]
    found = SPELLED[type_](value) if isinstance(value, str) and type_ in SPELLED else None
    return value if found is None else found


def _is_among(value: object, words: Collection[str]) -> bool:
    return isinstance(value, str) and value in words


def stored(items: Sequence[Item]) -> list[dict[str, Any]]:
    """Return items as rows store them and responses show them."""
    return [item.model_dump() for item in items]
