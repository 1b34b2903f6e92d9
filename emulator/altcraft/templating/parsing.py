"""Parses the texts of templates: variables, and choices that may be nested.

https://guides.altcraft.com/en/user-guide/message-templates/altcraft-variables-and-functions. Tags stand in
single braces. Unknown ones stay as they are written: loops, functions, the braces of CSS.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from emulator.altcraft.templating.expressions import ExpressionError, parse_expression, value_of, values_in
from emulator.altcraft.templating.tree import Choice, Expression, FieldOfAnother, Node, Value

TAG = re.compile(r"\{([^{}\n]{1,2000})\}")
IF = re.compile(r"if(?![\w.])(.*)")
LIKE_A_TAG = re.compile(r"[A-Za-z_][\w.]*(?:\s*\(.*\)|\s[^:;]*)?")
"""A text in braces that looks like a tag, and not like CSS."""

MOST_NESTED = 50
"""The most levels of choices; deeper ones can not be parsed."""

MOST_KEPT = 100_000
"""The longest texts whose results are kept; longer texts are parsed each time."""


@dataclass(frozen=True)
class Parsed:
    """A text of a template."""

    nodes: Sequence[Node]
    values: Sequence[Value] = ()
    """The values that it uses, in order, each once."""
    broken: Sequence[str] = ()
    """The tags of conditions that can not be parsed."""
    unknown: Sequence[str] = ()
    """The texts that look like tags, and are unknown."""


def parse(text: str) -> Parsed:
    if "{" not in text:
        return Parsed([text])
    return _parse_and_keep(text) if len(text) <= MOST_KEPT else _parse(text)


def names_of(texts: Iterable[str]) -> list[str]:
    """Return the names of the variables and functions that texts use, in order, each once."""
    values = (value for text in texts for value in parse(text).values)
    names = ("subscription_field" if isinstance(one, FieldOfAnother) else one.path for one in values)
    return list(dict.fromkeys(names))


@dataclass
class _Open:
    """A choice whose end was not read yet; the outermost one is the whole text."""

    tag: str = ""
    condition: Expression | None = None
    then: list[Node] = field(default_factory=list)
    otherwise: list[Node] = field(default_factory=list)
    has_else: bool = False

    def add(self, node: Node) -> None:
        (self.otherwise if self.has_else else self.then).append(node)


class _Parsing:
    """The state of parsing a text."""

    def __init__(self) -> None:
        self.open = [_Open()]
        self.values = dict[Value, None]()
        self.broken = dict[str, None]()
        self.unknown = dict[str, None]()

    def read(self, tag: str) -> None:
        said = tag[1:-1].strip()
        begins, value = IF.fullmatch(said), value_of(said)
        inner = self.open[-1]
        if begins is not None:
            self._begin(tag, begins[1])
        elif value is not None:
            self.values[value] = None
            inner.add(value)
        elif said == "end" and inner.tag:
            self._end()
        elif said == "else" and inner.tag and not inner.has_else:
            inner.has_else = True
        else:
            self._keep(tag, said)

    def _begin(self, tag: str, said: str) -> None:
        condition = None
        try:
            if len(self.open) <= MOST_NESTED:
                condition = parse_expression(said)
                self.values |= dict.fromkeys(values_in(condition))
        except ExpressionError:
            pass
        if condition is None:
            self.broken[tag] = None
        self.open.append(_Open(tag, condition))

    def _end(self) -> None:
        """End a choice. A choice whose condition can not be parsed is dropped."""
        done = self.open.pop()
        if done.condition is not None:
            self.open[-1].add(Choice(done.condition, done.then, done.otherwise))

    def _keep(self, tag: str, said: str) -> None:
        self.open[-1].add(tag)
        if LIKE_A_TAG.fullmatch(said):
            self.unknown[tag] = None

    def finish(self) -> Parsed:
        """Return the text. A choice that does not end can not be parsed."""
        while len(self.open) > 1:
            self.open[-1].condition = None
            self.broken[self.open[-1].tag] = None
            self._end()
        return Parsed(self.open[0].then, list(self.values), list(self.broken), list(self.unknown))


def _parse(text: str) -> Parsed:
    parsing, place = _Parsing(), 0
    for found in TAG.finditer(text):
        if found.start() > place:
            parsing.open[-1].add(text[place : found.start()])
        parsing.read(found[0])
        place = found.end()
    parsing.open[-1].add(text[place:])
    return parsing.finish()


_parse_and_keep = lru_cache(maxsize=128)(_parse)
