"""Reads the expressions within a tag: paths, literals, and calls of helpers with their arguments."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from emulator.autosend.handlebars.budget import TemplateError
from emulator.autosend.handlebars.tokens import Kind, Token, error_at
from emulator.autosend.handlebars.tree import Call, Expression, Literal, Path
from emulator.autosend.javascript import number_text

MOST_NESTED_CALLS = 50


class _Helper(NamedTuple):
    arguments: int | None
    """How many arguments it needs: None for any number, -1 if it can not be called."""
    is_block: bool
    """Whether it can only be used for blocks."""


HELPERS = {
    "if": _Helper(1, is_block=True),
    "unless": _Helper(1, is_block=True),
    "each": _Helper(1, is_block=True),
    "with": _Helper(1, is_block=True),
    "lookup": _Helper(2, is_block=False),
    "log": _Helper(None, is_block=False),
    "helperMissing": _Helper(-1, is_block=False),
    "blockHelperMissing": _Helper(-1, is_block=False),
}
"""The built-in helpers; the last two exist in name only, and can not be called."""

_BRACKETS = re.compile(r"\[([^\n\r\u2028\u2029]*)\]")
_SCOPED = re.compile(r"\.|.*this(?![A-Za-z0-9_])", re.DOTALL)
_LITERALS = frozenset({Kind.STRING, Kind.NUMBER, Kind.BOOLEAN, Kind.UNDEFINED, Kind.NULL})
_ARGUMENTS = _LITERALS | {Kind.NAME, Kind.DATA, Kind.OPEN_CALL}


class Expressions:
    """The tokens of a template, and the names of the block parameters at the place that is being read."""

    def __init__(self, template: str, tokens: Iterator[Token]) -> None:
        self._template = template
        self._tokens = tokens
        self._next = next(tokens)
        self._after: Token | None = None
        """The token after the next one, if it was looked at."""
        self._names: list[dict[str, int]] = []
        """The names of block parameters with their places, those of the innermost block first."""

    def _take(self) -> Token:
        token = self._next
        if token.kind is not Kind.END:
            self._next, self._after = self._after or next(self._tokens), None
        return token

    def _expect(self, kind: Kind) -> Token:
        token = self._take()
        if token.kind is not kind:
            raise self._error(token, "this is not expected here")
        return token

    def _error(self, token: Token, problem: str) -> TemplateError:
        return error_at(self._template, token.start, problem)

    def _call(self, *, is_block: bool, depth: int = 0) -> Call:
        """Read a name and its arguments; `depth` is how many brackets are open."""
        start = self._next
        path = self._path_or_literal()
        arguments = []
        while self._next.kind in _ARGUMENTS and not self._is_named():
            arguments.append(self._argument(depth))
        named = {}
        while self._is_named():
            name = _unbracketed(self._take().text)
            self._take()
            named[name] = self._argument(depth)
        call = Call(path, tuple(arguments), named)
        return self._classified(start, call, is_block=is_block, is_nested=depth > 0)

    def _is_named(self) -> bool:
        """Return whether a named argument follows: `name=`."""
        if self._next.kind is not Kind.NAME:
            return False
        if self._after is None:
            self._after = next(self._tokens)
        return self._after.kind is Kind.EQUALS

    def _argument(self, depth: int) -> Expression:
        if self._next.kind is Kind.OPEN_CALL:
            start = self._take()
            if depth == MOST_NESTED_CALLS:
                raise self._error(start, f"brackets are nested deeper than {MOST_NESTED_CALLS}")
            call = self._call(is_block=False, depth=depth + 1)
            self._expect(Kind.CLOSE_CALL)
            return call
        return self._literal() if self._next.kind in _LITERALS else self._path()

    def _classified(self, start: Token, call: Call, *, is_block: bool, is_nested: bool) -> Call:
        """Return a call, completed by whether it calls a helper or names a variable. Raises TemplateError."""
        path = call.path
        name = path.parts[0] if path.parts else ""
        is_simple = len(path.parts) == 1 and not path.is_scoped and not path.depth
        has_arguments = bool(call.arguments or call.named) or is_nested
        if (is_simple and path.parameter) or not (is_simple or has_arguments):
            return Call(path)
        if name in HELPERS:
            self._check_arguments(start, name, call, is_block=is_block)
            return Call(path, call.arguments, call.named, helper=name)
        if call.arguments:
            raise self._error(start, f'Missing helper: "{path.text}"')
        return Call(path, named=call.named, is_unknown=has_arguments)

    def _check_arguments(self, start: Token, name: str, call: Call, *, is_block: bool) -> None:
        helper = HELPERS[name]
        if helper.is_block and not is_block:
            raise self._error(start, f"{name} is for blocks: {{{{#{name} …}}}}")
        if helper.arguments is not None and len(call.arguments) != helper.arguments:
            number = {1: "exactly one argument", 2: "exactly two arguments"}.get(helper.arguments)
            raise self._error(start, f"{name} requires {number}" if number else f"{name} can not be called")

    def _path_or_literal(self) -> Path:
        """Read a path, or a literal where a path is expected, which then is the name of a variable."""
        if self._next.kind not in _LITERALS:
            return self._path()
        text = self._literal().text
        return self._resolved(Path((text,), text, is_scoped=_is_scoped(text)))

    def _literal(self) -> Literal:
        token = self._take()
        match token.kind:
            case Kind.NUMBER:
                number = float(token.text)
                return Literal(number, number_text(number))
            case Kind.BOOLEAN:
                return Literal(token.text == "true", token.text)
            case Kind.STRING:
                return Literal(token.text, token.text)
        return Literal(None, token.text)

    def _path(self) -> Path:
        start = self._next
        is_data = start.kind is Kind.DATA
        if is_data:
            self._take()
        written, depth, parts = ["@" if is_data else ""], 0, list[str]()
        while True:
            token = self._expect(Kind.NAME)
            name = _unbracketed(token.text)
            written.append(name)
            if name != token.text or name not in {"..", ".", "this"}:
                parts.append(name)
            elif parts:
                raise self._error(start, f"Invalid path: {''.join(written)}")
            elif name == "..":
                depth += 1
            if self._next.kind is not Kind.SEPARATOR:
                break
            written.append(self._take().text)
        text = "".join(written)
        return self._resolved(Path(tuple(parts), text, depth, is_data, _is_scoped(text)))

    def _resolved(self, path: Path) -> Path:
        """Return a path; if its first name is a block parameter, with the place of that parameter."""
        if not path.parts or path.depth or path.is_scoped:
            return path
        first = path.parts[0]
        for outwards, names in enumerate(self._names):
            if first in names:
                return replace(path, parameter=(outwards, names[first]))
        return path

    def _parameters(self) -> dict[str, int]:
        """Read the names of a block's parameters, each with its place: `as |item index|`."""
        if self._next.kind is not Kind.AS:
            return {}
        self._take()
        names = [self._expect(Kind.NAME).text]
        while (token := self._take()).kind is Kind.NAME:
            names.append(token.text)
        if token.kind is not Kind.BAR:
            raise self._error(token, "this is not expected here")
        return {_unbracketed(name): place for place, name in reversed(list(enumerate(names)))}


def _unbracketed(name: str) -> str:
    inner = _BRACKETS.fullmatch(name)
    return inner[1] if inner else name


def _is_scoped(text: str) -> bool:
    return _SCOPED.match(text) is not None
