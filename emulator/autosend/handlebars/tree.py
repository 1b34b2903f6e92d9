"""The tree of a parsed template."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple


class Strip(NamedTuple):
    """Whether a tag removes the white space before it, and behind it: `{{~tag~}}`."""

    before: bool = False
    behind: bool = False


NO_STRIP = Strip()


@dataclass(slots=True)
class Text:
    """Text between tags; `value` is the text after white space control."""

    original: str
    value: str
    is_stripped_before: bool = False
    """Whether white space was removed at its beginning."""
    is_stripped_behind: bool = False


@dataclass(slots=True)
class Comment:
    strip: Strip


@dataclass(slots=True)
class Literal:
    value: str | float | bool | None
    text: str
    """Its name where a variable is expected: `{{"my name"}}` and `{{12}}` are variables."""


@dataclass(slots=True)
class Path:
    parts: tuple[str, ...]
    text: str
    """As written, but without brackets; the tag that closes a block must repeat it."""
    depth: int = 0
    """How many contexts it goes out: the number of `..`."""
    is_data: bool = False
    """Whether it begins with `@`."""
    is_scoped: bool = False
    """Whether it begins with `.` or `this`, which never name a helper."""
    parameter: tuple[int, int] | None = None
    """The block parameter that it begins with: how many blocks with parameters outwards, and its place."""


@dataclass(slots=True)
class Call:
    """The expression in a tag: a variable, or a helper with its arguments."""

    path: Path
    arguments: "tuple[Expression, ...]" = ()
    named: "Mapping[str, Expression]" = field(default_factory=dict)
    helper: str | None = None
    """The built-in helper that is called, None for a variable."""
    is_unknown: bool = False
    """Whether it calls a helper that is not built in, with named arguments at most: that has no value."""


Expression = Literal | Path | Call


@dataclass(slots=True)
class Value:
    """A tag whose value is put in: `{{name}}`."""

    call: Call
    is_escaped: bool
    strip: Strip
    source: str
    fallback: str | None = None


@dataclass(slots=True)
class Program:
    """The inside of a block or of its `else`, or a whole template."""

    body: "list[Node]" = field(default_factory=list)
    has_parameters: bool = False
    is_chained: bool = False
    """Whether it is an `{{else if}}`: a block without a closing tag of its own."""


@dataclass(slots=True)
class Block:
    call: Call
    program: Program | None
    inverse: Program | None = None
    open_strip: Strip = NO_STRIP
    inverse_strip: Strip = NO_STRIP
    close_strip: Strip = NO_STRIP
    may_open_alone: bool = False
    """Whether its opening tag is followed by the end of a line, so that it may stand alone in its line."""
    may_close_alone: bool = False


Node = Text | Comment | Value | Block
