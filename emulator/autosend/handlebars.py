"""The part of Handlebars that AutoSend documents, with its own form of fallback: `{{first_name | "there"}}`.

https://docs.autosend.com/guides/variables: values, also nested ones with dots (only in transactional mail),
and `if` with `else`; from Handlebars itself also `unless`, `each`, `with`, comments, and `{{{x}}}` for values
that are not escaped.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from html import escape
from typing import Any

from emulator.autosend.javascript import number_text

MOST_OUTPUT = 8 * 1024 * 1024
"""The limit of one rendering: its characters and rounds of `each` together."""
MOST_NESTED = 30
BLOCKS = frozenset({"if", "unless", "each", "with"})

_TAG = re.compile(r"\{\{\{(.*?)\}\}\}|\{\{(!--.*?--|.*?)\}\}", re.DOTALL)
_PATH = r"(?:this|@index|@first|@last|@key|[A-Za-z][A-Za-z0-9_]*)(?:\.[A-Za-z0-9_]+)*"
_VALUE = re.compile(rf"({_PATH})(?:\s*\|\s*(\"[^\"]*\"|'[^']*'|[0-9.]+))?")
_BLOCK = re.compile(rf"#\s*(\w+)\s+({_PATH})")


class TemplateError(ValueError):
    """A template can not be parsed, or its output is too large."""


@dataclass(frozen=True)
class Value:
    path: tuple[str, ...]
    fallback: str | None
    is_escaped: bool


@dataclass
class Block:
    kind: str
    path: tuple[str, ...]
    body: "list[Part]" = field(default_factory=list)
    otherwise: "list[Part]" = field(default_factory=list)


Part = str | Value | Block


def render(template: str, values: Mapping[str, Any], *, is_html: bool, has_nested: bool = True) -> str:
    """Return a template with values filled in; without `has_nested`, paths with dots have no value.

    Raises TemplateError.
    """
    if "{{" not in template:
        return template
    return _Rendering(is_html=is_html, has_nested=has_nested).text(parse(template), [dict(values)])


@lru_cache(maxsize=256)
def parse(template: str) -> tuple[Part, ...]:
    """Parse a template. Raises TemplateError."""
    top = Block("template", ())
    open_blocks, parts, place = [top], top.body, 0
    for tag in _TAG.finditer(template):
        parts.append(template[place : tag.start()])
        place = tag.end()
        raw, inner = tag[1], (tag[1] or tag[2] or "").strip()
        if inner.startswith("!"):
            continue
        if inner.startswith("#"):
            open_blocks.append(_block(inner))
            parts.append(open_blocks[-1])
            parts = open_blocks[-1].body
            if len(open_blocks) > MOST_NESTED:
                raise TemplateError(f"blocks are nested deeper than {MOST_NESTED}")
        elif inner == "else" and len(open_blocks) > 1:
            parts = open_blocks[-1].otherwise
        elif inner.startswith("/"):
            parts = _close(open_blocks, inner)
        else:
            parts.append(_value(inner, is_escaped=raw is None))
    if len(open_blocks) > 1:
        raise TemplateError(f"{{{{#{open_blocks[-1].kind}}}}} is never closed")
    if "{{" in template[place:]:
        raise TemplateError("a {{ is never closed")
    parts.append(template[place:])
    return tuple(top.body)


def _block(inner: str) -> Block:
    found = _BLOCK.fullmatch(inner)
    if found is None or found[1] not in BLOCKS:
        raise TemplateError(f"{{{{{inner}}}}} is no block; there are {', '.join(sorted(BLOCKS))}")
    return Block(found[1], tuple(found[2].split(".")))


def _close(open_blocks: list[Block], inner: str) -> list[Part]:
    closed = open_blocks.pop()
    if not open_blocks or inner[1:].strip() != closed.kind:
        raise TemplateError(f"{{{{{inner}}}}} closes nothing that is open")
    outer = open_blocks[-1]
    return outer.otherwise if outer.otherwise and outer.otherwise[-1] is closed else outer.body


def _value(inner: str, *, is_escaped: bool) -> Value:
    found = _VALUE.fullmatch(inner)
    if found is None:
        raise TemplateError(f"{{{{{inner[:100]}}}}} is no variable")
    fallback = found[2][1:-1] if found[2] and found[2][0] in "\"'" else found[2]
    return Value(tuple(found[1].split(".")), fallback, is_escaped)


Scope = dict[str, Any]


class _Rendering:
    """One rendering of a template, which checks the limit of its output."""

    def __init__(self, *, is_html: bool, has_nested: bool) -> None:
        self._is_html = is_html
        self._has_nested = has_nested
        self._made = 0

    def text(self, parts: "list[Part] | tuple[Part, ...]", scopes: list[Scope]) -> str:
        return "".join(self._pieces(parts, scopes))

    def _pieces(self, parts: "list[Part] | tuple[Part, ...]", scopes: list[Scope]) -> Iterator[str]:
        for part in parts:
            if isinstance(part, Block):
                yield self._block(part, scopes)
                continue
            piece = part if isinstance(part, str) else self._shown(part, scopes)
            self._count(len(piece))
            yield piece

    def _count(self, made: int) -> None:
        self._made += made
        if self._made > MOST_OUTPUT:
            raise TemplateError("the rendered mail is too large")

    def _shown(self, value: Value, scopes: list[Scope]) -> str:
        text = _written(self._found(scopes, value.path))
        if not text and value.fallback is not None:
            text = value.fallback
        return escape(text) if self._is_html and value.is_escaped else text

    def _found(self, scopes: list[Scope], path: tuple[str, ...]) -> Any:
        return _lookup(scopes, path) if self._has_nested or len(path) == 1 else None

    def _block(self, block: Block, scopes: list[Scope]) -> str:
        subject = self._found(scopes, block.path)
        if block.kind == "each":
            return self._each(block, subject, scopes)
        holds = not _is_empty(subject)
        if block.kind == "with" and holds:
            return self.text(block.body, [*scopes, _scope_of(subject)])
        chosen = block.body if holds != (block.kind == "unless") else block.otherwise
        return self.text(chosen, scopes)

    def _each(self, block: Block, subject: Any, scopes: list[Scope]) -> str:
        items = list(subject.items()) if isinstance(subject, dict) else list(enumerate(_items(subject)))
        if not items:
            return self.text(block.otherwise, scopes)
        rounds = []
        for number, (key, item) in enumerate(items):
            self._count(1)
            marks = {"@index": number, "@key": key, "@first": number == 0, "@last": number == len(items) - 1}
            rounds.append(self.text(block.body, [*scopes, _scope_of(item) | marks]))
        return "".join(rounds)


def _items(subject: Any) -> list[Any]:
    return subject if isinstance(subject, list) else []


def _scope_of(item: Any) -> Scope:
    return {"this": item, **(item if isinstance(item, dict) else {})}


def _lookup(scopes: list[Scope], path: tuple[str, ...]) -> Any:
    """Return the value at a path; its first name is searched for from the innermost scope outwards."""
    found: Any = next((scope[path[0]] for scope in reversed(scopes) if path[0] in scope), None)
    for name in path[1:]:
        if isinstance(found, dict):
            found = found.get(name)
        elif isinstance(found, list) and name.isdecimal() and int(name) < len(found):
            found = found[int(name)]
        else:
            return None
    return found


def _is_empty(value: Any) -> bool:
    """Return whether `if` treats a value as false: None, false, zero, and an empty text or list."""
    return not value and not isinstance(value, dict)


def _written(value: Any) -> str:
    """Return a value as the text that JavaScript converts it to."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int() | float():
            return number_text(value)
        case list():
            return ",".join(_written(item) for item in value)
        case dict():
            return json.dumps(value, ensure_ascii=False)
    return str(value)
