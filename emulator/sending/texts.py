"""Reads the content of a message: its words as a reader sees them, and its links.

All functions take time in proportion to the length of the text, whatever stands in it: HTML is read tag by
tag here, since parsers that build a tree take far longer for tags that are nested in certain ways.
"""

import re
from collections.abc import Collection, Iterator
from html import unescape
from typing import Any, NamedTuple

TAG = re.compile(r"<!--|-->|<(/?)([a-zA-Z!?][a-zA-Z0-9]*+)[^<>]*+>")
HIDDEN = frozenset({"head", "script", "style", "template", "title"})
"""The elements whose text is not shown."""
BLOCKS = frozenset(
    {"blockquote", "br", "div", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li", "p", "table", "tr", "ul"}
)
"""The elements that begin on a new line."""
INLINE = frozenset(
    [
        "a",
        "abbr",
        "b",
        "bdi",
        "cite",
        "em",
        "font",
        "i",
        "mark",
        "s",
        "small",
        "span",
        "strong",
        "sub",
        "sup",
        "u",
        "wbr",
    ]
)
"""The elements that may stand inside of a word."""
LINK = re.compile(r"""\shref\s*=\s*("([^"]*)"|'([^']*)'|([^\s"'<>]+))""", re.IGNORECASE)
SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
ADDRESS = re.compile(r"https?://[^\s<>\"']+", re.IGNORECASE)
LONG_NUMBER = re.compile(r"&#[0-9]{9,}+;?")
"""A reference to a number too large for a letter; the library refuses to read a very long one."""
SHOWN = frozenset({"image_url", "media", "icon", "_icon"})
"""The fields of data whose addresses are those of pictures that are shown: they are no links."""
AFTER_ADDRESS = ".,;:!?)]}»"
"""The characters that may follow an address in a sentence, and are no part of it."""


MOST_READ = 100_000
"""How many characters of a text are read."""


def visible_text(html: str) -> str:
    """Return the words of HTML, one space between two of them."""
    return in_words(plain_text(html[:MOST_READ]))


def plain_text(html: str) -> str:
    """Return the text of HTML without its tags, with a line for each block."""
    lines = (" ".join(line.split()) for line in unescaped("".join(_shown(html))).splitlines())
    return "\n".join(line for line in lines if line)


def unescaped(html: str) -> str:
    """Return a text of HTML with its character references replaced by the characters."""
    return unescape(LONG_NUMBER.sub("\ufffd", html))


def in_words(text: str) -> str:
    """Return a text with one space for each stretch of white space."""
    return " ".join(text[:MOST_READ].split())


def _shown(html: str) -> Iterator[str]:
    """Yield the text between the tags, without comments and hidden elements."""
    place, hidden = 0, ""
    for tag in TAG.finditer(html):
        if not hidden:
            yield html[place : tag.start()]
        place, closes, name = tag.end(), tag[1], (tag[2] or "").lower()
        if hidden:
            hidden = "" if tag[0] == hidden or (closes and name == hidden) else hidden
        elif tag[0] == "<!--":
            hidden = "-->"
        elif name in HIDDEN and not closes:
            hidden = name
        if name not in INLINE:
            yield "\n" if name in BLOCKS else " "
    if not hidden:
        yield html[place:]


def links_in(html: str, text: str, payload: Any = None) -> list[str]:
    """Return the addresses that a message links to, each once: those of HTML, text and payload."""
    return list(dict.fromkeys((*_of_html(html), *_of_text(text), *_of_payload(payload))))


class LinkPlace(NamedTuple):
    """A link in HTML: where the value of `href` begins and ends, with its quotes, and its address."""

    begin: int
    end: int
    address: str


def link_places(html: str) -> Iterator[LinkPlace]:
    """Yield the links of HTML, in order: `<a>` and `<area>` with an address that has a scheme."""
    is_comment = False
    for tag in TAG.finditer(html):
        if tag[0] in {"<!--", "-->"}:
            is_comment = tag[0] == "<!--"
        if is_comment or tag[1] or (tag[2] or "").lower() not in {"a", "area"}:
            continue
        found = LINK.search(tag[0])
        address = unescaped(found[2] or found[3] or found[4] or "").strip() if found else ""
        if found and SCHEME.match(address):
            yield LinkPlace(tag.start() + found.start(1), tag.start() + found.end(1), address)


def _of_html(html: str) -> Iterator[str]:
    for place in link_places(html[:MOST_READ]):
        yield place.address


def _of_text(text: str) -> Iterator[str]:
    for found in ADDRESS.finditer(text[:MOST_READ]):
        yield found[0].rstrip(AFTER_ADDRESS)


def _of_payload(payload: Any) -> Iterator[str]:
    for text in texts_of(payload, without=SHOWN):
        if SCHEME.match(text):
            yield text
        else:
            yield from _of_text(text)


def texts_of(value: Any, *, without: Collection[str] = ()) -> Iterator[str]:
    """Yield all texts in JSON, in order, but for names of fields and the fields in `without`."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, dict):
            waiting += [inner for name, inner in reversed(one.items()) if name not in without]
        elif isinstance(one, list):
            waiting += reversed(one)
