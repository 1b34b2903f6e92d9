"""Redaction: credentials never appear in full in what the emulator shows and writes."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any
from urllib.parse import unquote_plus

from pydantic_core import from_json, to_json

from emulator.charsets import codec_of, shown_charset
from emulator.watching.searching import replaced
from emulator.watching.secret_fields import HIDDEN, has_secret_container, hide_fields
from emulator.watching.secret_names import is_secret_header, is_secret_name

SHOWN = 7
"""How many characters of a credential are shown, to tell it from others."""

CUT, ABRIDGED = "…", "..."
"""The sign for the hidden rest of a credential, and the one in headers, which are in Latin-1."""

LEAST_SPREAD = 6
"""The least length of a client's credential that texts are searched for."""

LONGEST_KNOWN, MOST_KNOWN = 64, 1000
"""The longest text that a redactor remembers, in characters, and how many texts it remembers."""

CHARSET = re.compile(rb"charset\s*=\s*\"?([\w.:-]+)", re.IGNORECASE)

Headers = Iterable[tuple[bytes, bytes]]

KEY_HEADER = "x-api-key"
COOKIES = {
    "cookie": re.compile(r"((?:^|;)\s*+(?:[^=;]*+=)?+\s*+)[^;\s][^;]*"),
    "set-cookie": re.compile(r"(^\s*+(?:[^=;]*+=)?+\s*+)[^;\s][^;]*"),
}
"""The cookies in a header. All values are hidden, as a session's cookie may have any name, or none."""
BEARER = re.compile(r"(bearer:?\s+)(.*)", re.IGNORECASE)
BEARERS = re.compile(r"\b(bearer:?(?:\s|\+|%20)+)(?=\S*\d)([\w.~+/=-]{8,})", re.IGNORECASE)
"""A credential after `bearer` in a text: it has a digit, which words have not."""

USERINFO = re.compile(r"(://[^\s/?#:@\"'<>\\]*:)([^\s/?#@\"'<>\\]+)(?=@)")
"""The password in an address such as `https://ann:secret@example.com`."""

FORM = re.compile(r"[^\s=&<>{}\"']{1,64}=[^\r\n]*\s*")
"""A body that is a form."""

WORD_BEGINS = r"(?:(?<![A-Za-z0-9_])|(?<=\\[nrtbf]))"


def masked(credential: str) -> str:
    """Return the part of a credential that may be shown: `AS_emul…`; `***` for a short one."""
    if not credential:
        return ""
    if credential[SHOWN:] in {CUT, ABRIDGED}:
        return f"{credential[:SHOWN]}{CUT}"
    return f"{credential[:SHOWN]}{CUT}" if len(credential) >= 2 * SHOWN else HIDDEN


@dataclass(frozen=True)
class Secrets:
    """Where credentials appear in requests and responses, and what they look like."""

    fields: frozenset[str]
    """The names of fields that hold credentials beside the usual ones, in lower case."""
    shapes: Sequence[str]
    """Regular expressions that match credentials."""

    def is_named(self, name: str) -> bool:
        """Return whether a field or header of this name holds a credential or another secret."""
        return name.lower() in self.fields or is_secret_name(name)

    @cached_property
    def look(self) -> re.Pattern[str]:
        return re.compile(f"{WORD_BEGINS}(?:{'|'.join(self.shapes)})")


class Redactor:
    """Hides credentials: those in `issued`, the values of credential fields, and what looks like one."""

    def __init__(self, secrets: Secrets, issued: Iterable[str]) -> None:
        self._secrets = secrets
        self._issued = _any_of(tuple(issued))
        self._known = dict[tuple[str, str], str]()

    def text(self, text: str, shown: str = "") -> str:
        """Return a text with credentials hidden; `shown` is the client's, which may be unknown here."""
        text = replaced(self._issued, _mask, text)
        if len(shown) >= LEAST_SPREAD:
            text = text.replace(shown, masked(shown))
        text = replaced(BEARERS, _mask_bearer, hide_fields(text, self._secrets.is_named))
        text = replaced(USERINFO, _mask_password, text)
        return replaced(self._secrets.look, _mask, text)

    def query(self, query: bytes, shown: str = "") -> str:
        """Return a query with credentials hidden, also URL-encoded ones."""
        return self._pieces("&", query.decode("latin-1"), shown)

    def body(self, body: bytes, shown: str = "", charset: str = "utf-8") -> str:
        """Return a body's text with credentials hidden, also those in JSON that only decoding shows."""
        text = decoded(body, charset)
        if FORM.fullmatch(text):
            return self._pieces("&", text, shown)
        text = self.text(text, shown)
        if "\\" not in text and not has_secret_container(text, self._secrets.is_named):
            return text
        try:
            content = from_json(text)
        except ValueError:
            return text
        without = self.data(content, shown)
        return text if without == content else to_json(without).decode()

    def content(self, body: bytes, headers: Headers, shown: str = "") -> str:
        """Do what `body` does, in the charset that the headers or the body itself show."""
        return self.body(body, shown, charset_of(headers, body))

    def data(self, value: Any, shown: str = "") -> Any:
        """Return decoded JSON with credentials hidden, also in the names of fields."""
        if isinstance(value, str):
            return self._repeated(value, shown)
        if isinstance(value, list):
            return [self.data(item, shown) for item in value]
        if isinstance(value, dict):
            return {
                self._repeated(name, shown): _hidden(item)
                if self._secrets.is_named(name)
                else self.data(item, shown)
                for name, item in value.items()
            }
        return value

    def _repeated(self, text: str, shown: str) -> str:
        """Do what `text` does, but once for short texts that are repeated, such as names of fields."""
        if len(text) > LONGEST_KNOWN:
            return self.text(text, shown)
        known = self._known.get((text, shown))
        if known is None:
            if len(self._known) == MOST_KNOWN:
                self._known.clear()
            known = self._known[text, shown] = self.text(text, shown)
        return known

    def headers(self, headers: Headers, shown: str = "") -> list[tuple[str, str]]:
        """Return headers in order, with names in lower case and credentials hidden."""
        pairs = ((name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in headers)
        return [(name, self._header(name, value, shown)) for name, value in pairs]

    def _header(self, name: str, value: str, shown: str) -> str:
        if name == KEY_HEADER:
            return masked(value)
        if name in COOKIES:
            return COOKIES[name].sub(rf"\1{HIDDEN}", value)
        if not self._secrets.is_named(name) and not is_secret_header(name):
            return self.text(value, shown)
        bearer = BEARER.fullmatch(value)
        return bearer[1] + masked(bearer[2]) if bearer else HIDDEN

    def _pieces(self, between: str, text: str, shown: str) -> str:
        return between.join(self._piece(piece, shown) for piece in text.split(between))

    def _piece(self, piece: str, shown: str) -> str:
        name, equals, value = piece.partition("=")
        if self._secrets.is_named(unquote_plus(name).strip()):
            return f"{name}{equals}{HIDDEN if value else ''}"
        plain = unquote_plus(piece)
        without = self.text(plain, shown)
        return piece if without == plain else without


@lru_cache(maxsize=256)  # a redactor is made for each line of a log
def _any_of(issued: tuple[str, ...]) -> re.Pattern[str]:
    longest_first = sorted(issued, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")


def _hidden(value: Any) -> Any:
    """Return the value of a secret field with every text and number in it hidden."""
    if isinstance(value, list):
        return [_hidden(item) for item in value]
    if isinstance(value, dict):
        return {name: _hidden(item) for name, item in value.items()}
    return value if isinstance(value, bool) or not value else HIDDEN


def _mask(found: re.Match[str]) -> str:
    return masked(found[0])


def _mask_bearer(found: re.Match[str]) -> str:
    return found[1] + masked(found[2])


def _mask_password(found: re.Match[str]) -> str:
    return found[1] + HIDDEN


def charset_of(headers: Headers, body: bytes) -> str:
    """Return the charset that the content type of a body names, or else the body shows; UTF-8 if neither."""
    content_type = next((value for name, value in headers if name.lower() == b"content-type"), b"")
    found = CHARSET.search(content_type)
    return found[1].decode("latin-1") if found else shown_charset(body) or "utf-8"


def decoded(body: bytes, charset: str) -> str:
    """Return a body as text; it is read as UTF-8 where its charset is unknown."""
    return body.decode(codec_of(charset) or "utf-8", "replace")


def encoded(text: str, charset: str) -> bytes:
    """Return a text as a body in the charset that `decoded` reads."""
    return text.encode(codec_of(charset) or "utf-8", "replace")
