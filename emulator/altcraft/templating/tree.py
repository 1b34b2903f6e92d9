"""The nodes of a template's parsed text."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias


@dataclass(frozen=True)
class Variable:
    """A value that is named by a path, such as `lead._fname`."""

    path: str


@dataclass(frozen=True)
class FieldOfAnother:
    """A field of another subscription of the same person: `subscription_field("sms" "phone" 36)`."""

    channel: str
    field: str
    resource_id: int | None


Value: TypeAlias = Variable | FieldOfAnother


@dataclass(frozen=True)
class Literally:
    """A text or a number that a condition compares with."""

    text: str


Operand: TypeAlias = Value | Literally


@dataclass(frozen=True)
class Comparison:
    """A condition that a value is not empty, or a comparison of two values."""

    left: Operand
    operator: Literal["exists", "equal", "contains", "in"] = "exists"
    right: Operand = Literally("")


@dataclass(frozen=True)
class Joined:
    """Two conditions, joined by `and` or `or`."""

    left: "Expression"
    operator: Literal["and", "or"]
    right: "Expression"


Expression: TypeAlias = Comparison | Joined


@dataclass(frozen=True)
class Choice:
    """`{if …}…{else}…{end}`."""

    condition: Expression
    then: Sequence["Node"]
    otherwise: Sequence["Node"]


Node: TypeAlias = str | Value | Choice
