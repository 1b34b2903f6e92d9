"""Splits a template into tokens, in one pass: each place is looked at a fixed number of times at most."""

import re
from collections.abc import Iterator
from enum import Enum, auto
from typing import NamedTuple

from emulator.autosend.handlebars.budget import TemplateError
from emulator.autosend.handlebars.tree import Strip
from emulator.autosend.javascript import WHITE

MOST_TOKENS = 20_000
"""The most tokens in one template."""


class Kind(Enum):
    TEXT = auto()
    COMMENT = auto()
    OPEN_RAW_BLOCK = auto()
    CLOSE_RAW_BLOCK = auto()
    END_RAW_BLOCK = auto()
    OPEN_PARTIAL = auto()
    OPEN_DECORATOR = auto()
    OPEN_BLOCK = auto()
    OPEN_END = auto()
    ELSE = auto()
    OPEN_INVERSE = auto()
    OPEN_CHAIN = auto()
    OPEN_RAW = auto()
    OPEN = auto()
    CLOSE_RAW = auto()
    CLOSE = auto()
    OPEN_CALL = auto()
    CLOSE_CALL = auto()
    EQUALS = auto()
    NAME = auto()
    SEPARATOR = auto()
    STRING = auto()
    NUMBER = auto()
    BOOLEAN = auto()
    UNDEFINED = auto()
    NULL = auto()
    DATA = auto()
    AS = auto()
    BAR = auto()
    END = auto()


class Token(NamedTuple):
    kind: Kind
    text: str
    start: int
    end: int

    @property
    def strips_before(self) -> bool:
        return self.text[2:3] == "~"

    @property
    def strips_behind(self) -> bool:
        return self.text[-3:-2] == "~"

    @property
    def strip(self) -> Strip:
        """The white space that a tag of a single token removes."""
        return Strip(self.strips_before, self.strips_behind)


_W = f"[{WHITE}]"
_NO_NAME = rf"{WHITE}!\"#%-,./;->@\[-\^`{{-~"
_NAME_END = rf"(?=[=~}}{WHITE}/.)|])"
_LITERAL_END = rf"(?=[~}}{WHITE})])"

_IN_TAG = re.compile(
    "|".join(
        f"(?P<{kind}>{pattern})"
        for kind, pattern in {
            "OPEN_CALL": r"\(",
            "CLOSE_CALL": r"\)",
            "OPEN_RAW_BLOCK": r"\{\{\{\{",
            "CLOSE_RAW_BLOCK": r"\}\}\}\}",
            "OPEN_PARTIAL": r"\{\{~?#?>",
            "OPEN_DECORATOR": r"\{\{~?#?\*",
            "OPEN_BLOCK": r"\{\{~?#",
            "OPEN_END": r"\{\{~?/",
            "ELSE": rf"\{{\{{~?(?:\^{_W}*+|{_W}*+else{_W}*+)~?\}}\}}",
            "OPEN_INVERSE": r"\{\{~?\^",
            "OPEN_CHAIN": rf"\{{\{{~?{_W}*+else(?![A-Za-z0-9_])",
            "OPEN_RAW": r"\{\{~?\{",
            "COMMENT": r"\{\{~?!",
            "OPEN": r"\{\{~?&?",
            "EQUALS": "=",
            "NAME": rf"\.\.|\.{_NAME_END}",
            "SEPARATOR": r"[/.]",
            "WHITE": rf"{_W}++",
            "CLOSE_RAW": r"\}~?\}\}",
            "CLOSE": r"~?\}\}",
            "QUOTED": r"[\"'\[]",
            "DATA": "@",
            "BOOLEAN": f"(?:true|false){_LITERAL_END}",
            "UNDEFINED": f"undefined{_LITERAL_END}",
            "NULL": f"null{_LITERAL_END}",
            "NUMBER": rf"-?[0-9]++(?:\.[0-9]++)?{_LITERAL_END}",
            "AS": rf"as{_W}++\|",
            "BAR": r"\|",
            "WORD": rf"[^{_NO_NAME}]++{_NAME_END}",
        }.items()
    )
)
_COMMENT_END = re.compile(r"--~?\}\}")
_TAG_END = re.compile(r"\}\}")
_AFTER_ESCAPE = re.compile(r"\\{0,2}\{\{")
_RAW_END = re.compile(rf"\{{\{{\{{\{{/[^{_NO_NAME}]++(?=[=}}{WHITE}/.])\}}\}}\}}\}}")
_UNESCAPED = {closing: re.compile(rf"(?<!\\)\{closing}") for closing in "\"']"}
_CLOSING = {'"': '"', "'": "'", "[": "]"}


def tokenize(template: str) -> Iterator[Token]:
    """Return the tokens of a template, the last of which is its end. Raises TemplateError."""
    return _Tokenizer(template).tokens()


def error_at(template: str, place: int, problem: str) -> TemplateError:
    """Return an error that names the line of a place in a template."""
    shown = template[place : place + 20].split("\n", maxsplit=1)[0]
    near = f' at "{shown}"' if shown else ""
    return TemplateError(f"line {template.count(chr(10), 0, place) + 1}{near}: {problem}")


class _Tokenizer:
    def __init__(self, template: str) -> None:
        self._template = template
        self._place = self._number = 0
        self._is_in_tag = False

    def tokens(self) -> Iterator[Token]:
        while self._place < len(self._template):
            if not self._is_in_tag:
                yield from self._text()
            elif (token := self._in_tag()) is not None:
                yield token
                if token.kind is Kind.CLOSE_RAW_BLOCK:
                    yield from self._raw_block()
        yield Token(Kind.END, "", self._place, self._place)

    def _token(self, kind: Kind, end: int, text: str | None = None) -> Token:
        self._number += 1
        if self._number > MOST_TOKENS:
            raise TemplateError(f"it has more than {MOST_TOKENS} names, signs and texts between them")
        start, self._place = self._place, end
        return Token(kind, self._template[start:end] if text is None else text, start, end)

    def _content(self, end: int, text: str | None = None) -> Token:
        token = self._token(Kind.TEXT, end, text)
        if "\0" in token.text:
            raise error_at(self._template, token.start, "a text must not contain NUL")
        return token

    def _text(self) -> Iterator[Token]:
        """Read the text up to the next tag, and the text behind a tag that a backslash escapes."""
        template, start = self._template, self._place
        end = template.find("{{", start)
        if end < 0:
            yield self._content(len(template))
            return
        slashes = 2 if template.endswith("\\\\", start, end) else int(template.endswith("\\", start, end))
        text = template[start : end - 1 if slashes else end]
        token = self._content(end, text)
        if text:
            yield token
        if slashes == 1:
            following = _AFTER_ESCAPE.search(template, end + 2)
            yield self._content(following.start() if following else len(template))
        else:
            self._is_in_tag = True

    def _in_tag(self) -> Token | None:
        """Read the next token within a tag, None for white space."""
        found = _IN_TAG.match(self._template, self._place)
        name = found.lastgroup if found else None
        if found is None or name is None:
            raise error_at(self._template, self._place, "this can not stand in a tag")
        match name:
            case "WHITE":
                self._place = found.end()
                return None
            case "QUOTED":
                return self._quoted(self._template[self._place])
            case "WORD":
                return self._token(Kind.NAME, found.end())
            case "COMMENT":
                return self._comment(found.end())
        self._is_in_tag = name not in {"CLOSE", "CLOSE_RAW", "ELSE"}
        return self._token(Kind[name], found.end())

    def _comment(self, start: int) -> Token:
        """Read a comment; only `{{!--` may contain `}}`."""
        closing = _COMMENT_END if self._template.startswith("--", start) else _TAG_END
        end = closing.search(self._template, start)
        if end is None:
            raise error_at(self._template, self._place, "the comment is never closed")
        self._is_in_tag = False
        return self._token(Kind.COMMENT, end.end())

    def _quoted(self, opening: str) -> Token:
        """Read a text in quotes, or a name in brackets, in which a backslash escapes what closes it."""
        template, start, closing = self._template, self._place, _CLOSING[opening]
        found = _UNESCAPED[closing].search(template, start + 1)
        end = found.start() if found else template.rfind(f"\\{closing}", start + 1) + 1
        if not end:
            raise error_at(template, start, f"no {closing} follows")
        if opening == "[":
            halves = template[start : end + 1].split("\\\\")
            return self._token(Kind.NAME, end + 1, "\\".join(half.replace("\\]", "]") for half in halves))
        return self._token(Kind.STRING, end + 1, template[start + 1 : end].replace("\\" + closing, closing))

    def _raw_block(self) -> Iterator[Token]:
        """Read the inside of a raw block, which may contain other raw blocks, up to its end."""
        template, depth = self._template, 1
        while depth:
            closing = _RAW_END.match(template, self._place)
            if closing:
                depth -= 1
                if depth == 0:
                    name = closing[0][len("{{{{/") : -len("}}}}")]
                    yield self._token(Kind.END_RAW_BLOCK, closing.end(), name)
                else:
                    yield self._content(closing.end())
            elif template.startswith("{{{{", self._place) and not template.startswith("/", self._place + 4):
                depth += 1
                yield self._content(self._place + 4)
            else:
                end = template.find("{{{{", self._place + 1)
                if end < 0:
                    raise error_at(template, self._place, "the raw block is never closed")
                yield self._content(end)
        self._is_in_tag = False
