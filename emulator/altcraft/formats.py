"""The forms of requests and responses, and how JSON and forms are read; xml_form.py reads and writes XML."""

import re
from email import message_from_bytes
from email.policy import Compat32
from functools import lru_cache
from typing import Any, Literal, TypeAlias

from emulator.gateway.encodings import BYTE_ORDER_MARKS
from emulator.gateway.json_bodies import decoded

Form: TypeAlias = Literal["json", "xml"]

NAMES: dict[str, Form] = {"json": "json", "xml": "xml"}
"""The form that a value of the parameter `format` names."""

FORMS: dict[str, Form] = {
    "application/json": "json",
    "text/json": "json",
    "application/xml": "xml",
    "text/xml": "xml",
}
"""The form that a media type names."""

LONGEST_HEADER = 1000
"""How many characters of a part's headers are read: the library takes long for more."""

UTF_8_MARK = b"\xef\xbb\xbf"


class MalformedBodyError(Exception):
    """A body is not what its content type says, or is not an object. Its text says why."""


class EmptyElement(str):
    """The value of an empty XML element: an empty text, an empty array or null, depending on the field."""

    __slots__ = ()


class Parts(dict[str, str]):
    """The parts of a form in several parts, by their names."""


class _Beginnings(Compat32):
    """A parsing policy that reads only the beginning of very long headers."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        return name, value[:LONGEST_HEADER]


BEGINNINGS = _Beginnings()


def is_in_parts(content_type: str) -> bool:
    return content_type.partition(";")[0].strip().lower() == "multipart/form-data"


def read_parts(content_type: str, body: bytes) -> Parts:
    """Decode `multipart/form-data` whose parts are texts. Raises MalformedBodyError."""
    head = f"Content-Type: {content_type}\r\n\r\n".encode("latin-1", "replace")
    parts = Parts()
    message: Any = message_from_bytes(head + body, policy=BEGINNINGS)
    for part in message.get_payload() if message.is_multipart() else ():
        name, content = part.get_param("name", header="content-disposition"), part.get_payload(decode=True)
        if not isinstance(name, str) or not isinstance(content, bytes):
            raise MalformedBodyError("Malformed form: a part has no name, or parts of its own")
        try:
            parts[name] = content.decode()
        except UnicodeDecodeError as problem:
            raise MalformedBodyError(f"Malformed form: the part {name!r} is no text in UTF-8") from problem
    if not parts:
        raise MalformedBodyError("Malformed form: it has no parts, or not the boundary that it names")
    return parts


@lru_cache(maxsize=256)
def accepted_forms(accept: str) -> frozenset[Form]:
    """Return the forms that an `Accept` header accepts; the quality 0 excludes one."""
    entries = [entry.strip().lower() for entry in accept.split(",")]
    names = (entry.partition(";")[0].strip() for entry in entries if not re.search(r";\s*q=0(\.0*)?$", entry))
    return frozenset(FORMS[name] for name in names if name in FORMS)


def form_of(content_type: str, body: bytes) -> Form | None:
    """Return the form of a content type, None if unknown; without one, guess it by the body's beginning."""
    name = content_type.partition(";")[0].strip().lower()
    if name:
        return FORMS.get(name)
    return "xml" if body.removeprefix(UTF_8_MARK).lstrip().startswith(b"<") else "json"


def read_json(body: bytes) -> dict[str, Any]:
    """Decode a JSON object. Raises MalformedBodyError."""
    if body.startswith(BYTE_ORDER_MARKS):
        raise MalformedBodyError("begins with a byte order mark")
    try:
        content = decoded(body)
    except ValueError as problem:
        raise MalformedBodyError(f"Malformed JSON: {problem}") from problem
    if not isinstance(content, dict):
        raise MalformedBodyError("must be a JSON object")
    return content
