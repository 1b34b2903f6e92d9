"""The conditions of a fixture's segments: items as segments/get shows them, whose words are checked."""

from collections.abc import Collection
from typing import Any

from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from emulator.altcraft.choosing.field_rules import CHANNELS, FIELD_TYPES
from emulator.altcraft.choosing.items import Item, Rule, Word
from emulator.altcraft.choosing.rules import OPERATORS, operators_of
from emulator.altcraft.values import Listed
from emulator.misspelt import not_known

FAMILIES = sorted({*OPERATORS, *FIELD_TYPES, *(f"subscription_{channel}" for channel in CHANNELS)})
"""All values of a rule's `type`."""

COMPONENTS = ("default", "domain", "domaingroup")

PLAIN = [name for name in FAMILIES if name not in {"object", "arr_object"}]
"""The families whose operators are always the same; those of objects depend on the type of a property."""


OF_RULES: dict[str, Any] = {
    "anyOf": [{"required": ["child"]}, {"required": ["type", "operator"]}],
    "allOf": [
        {
            "if": {"properties": {"type": {"const": name}}, "required": ["type"]},
            "then": {"properties": {"operator": {"enum": sorted(operators_of(Rule(type=name)))}}},
        }
        for name in PLAIN
    ],
}
"""The JSON Schema of a rule beside its fields: which fields it needs, and the operators of each family."""


class RuleFixture(Rule):
    """A condition on profiles, or several: `condition` joins the rules in `child`."""

    model_config = ConfigDict(json_schema_extra=OF_RULES)

    child: "Listed[RuleFixture]" = []  # type: ignore[assignment]
    compo: Word = Field("default", json_schema_extra={"enum": [*COMPONENTS]})
    type: Word = Field("", json_schema_extra={"enum": [*FAMILIES]})

    @model_validator(mode="after")
    def _has_known_words(self) -> "RuleFixture":
        if self.type or not self.child:
            _check("type", self.type, FAMILIES, "a family of rules")
            _check("compo", self.compo, COMPONENTS, "a component")
            _check("operator", self.operator, sorted(operators_of(self)), f"an operator of {self.type}")
        return self


class ItemFixture(Item):
    """The conditions on the profiles of one database, and the part of the matching profiles that is taken."""

    queries: Listed[RuleFixture] = Field(min_length=1)  # type: ignore[assignment]


def _check(name: str, word: str, known: Collection[str], kind: str) -> None:
    """Raise a validation error about the field `name` if `word` is none of the known ones."""
    if word not in known:
        text = f"{word or 'nothing'} {not_known(word, list(known), kind)}"
        raise PydanticCustomError("unknown_word", "{text}", {"text": text, "at": (name,)})
