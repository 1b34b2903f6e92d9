"""Fields of secrets in texts: JSON, XML, queries, forms, lines of headers, parts of multipart bodies.

A text is searched for what precedes any value, and only then is the name looked at: the work grows with the
length of the text alone.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from emulator.watching.searching import matches

HIDDEN = "***"

NAME = r"(?P<name>[\w.\[\]-]{1,64})"
QUOTED = r""""(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?"""
WORD = r"""[^\s,\]}"'{\[]+"""
BARE = rf"(?!(?:null|true|false)\b){WORD}(?:[ \t]++{WORD})*+"


@dataclass(frozen=True)
class Form:
    """One way to write a field: what precedes its value, and the value."""

    before: re.Pattern[str]
    value: re.Pattern[str]

    def hide(self, text: str, is_secret: Callable[[str], bool]) -> str:
        pieces, at = [], 0
        for found in matches(self.before, text):
            if found.start() < at or not is_secret(found["name"]):
                continue
            held = self.value.match(text, found.end())
            if held is not None and held[0]:
                quote = found.groupdict().get("quote") or _quote_of(held[0])
                pieces += [text[at : found.end()], quote, HIDDEN, quote]
                at = held.end()
        return "".join([*pieces, text[at:]]) if pieces else text


def _form(before: str, value: str) -> Form:
    return Form(
        re.compile(before, re.IGNORECASE | re.DOTALL | re.MULTILINE),
        re.compile(value, re.IGNORECASE | re.DOTALL),
    )


MEMBER = _form(
    r"""(?<!\\)(?P<quote>\\*["'])(?P<name>[^"'\\<>{}:,\r\n]{1,64})(?P=quote)\s*:\s*""",
    rf"""{QUOTED}|\\+"(?:[^"\\]|\\+[^"\\])*(?:\\+")?|{BARE}""",
)
CONTAINER = re.compile(r"""["'](?P<name>[^"'\\<>{}:,\r\n]{1,64})["']\s*:\s*[\[{]""")
UNQUOTED_MEMBER = _form(rf"[{{,]\s*{NAME}\s*:\s*", f"{QUOTED}|{BARE}")
PAIR = _form(
    rf"(?<![\w.\[\]%-]){NAME}[ \t]*=[ \t]*",
    rf"""\\*(?:{QUOTED})|(?:(?:bearer|basic|digest|token):?(?:\s|\+|%20)+)?[^&\s"'<>]+""",
)
LINE = _form(rf"^[ \t]*{NAME}[ \t]*:[ \t]*(?!//)", r"[^\r\n]+")
PART = _form(
    r"""\bname="(?P<name>[^"\r\n]{1,64})"[^\r\n]*\r?\n(?:[\w-]{1,64}:[^\r\n]*\r?\n){0,10}\r?\n""",
    r".+?(?=\r?\n--|\Z)",
)
ELEMENT = re.compile(r"<(?P<qualified>(?:[\w.-]{1,64}:)?(?P<name>[\w.-]{1,64}))(?:\s[^<>]*)?(?<!/)>")
FIRST_TEXT = re.compile(r"(?:<!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)|[^<])+", re.DOTALL)


def hide_fields(text: str, is_secret: Callable[[str], bool]) -> str:
    """Return a text with the values of all fields hidden that have the name of a secret."""
    for form in (MEMBER, UNQUOTED_MEMBER, PART, LINE, PAIR):
        text = form.hide(text, is_secret)
    return _hide_elements(text, is_secret) if "<" in text else text


def has_secret_container(text: str, is_secret: Callable[[str], bool]) -> bool:
    """Return whether a list or an object in a text of JSON has the name of a secret."""
    return any(is_secret(found["name"]) for found in matches(CONTAINER, text))


def _hide_elements(text: str, is_secret: Callable[[str], bool]) -> str:
    """Hide the content of secret XML elements; without an end tag, only the text at its beginning."""
    pieces, at, unclosed = list[str](), 0, set[str]()
    for found in matches(ELEMENT, text):
        name = found["qualified"]
        if found.start() < at or not is_secret(found["name"]):
            continue
        end = -1 if name in unclosed else text.find(f"</{name}", found.end())
        if end < 0:
            unclosed.add(name)
            held = FIRST_TEXT.match(text, found.end())
            end = held.end() if held else found.end()
        if end > found.end():
            pieces += [text[at : found.end()], HIDDEN]
            at = end
    return "".join([*pieces, text[at:]])


def _quote_of(value: str) -> str:
    quoted = re.match(r"\\*[\"']", value)
    return quoted[0] if quoted else ""
