"""A request of the journal in the form that WireMock's patterns and responses need."""

import re
from base64 import b64encode
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, quote

from emulator.engine.clock import iso_millis
from emulator.watching.journal import Entry, by_name
from emulator.watching.redaction import Redactor, charset_of, decoded

UNESCAPED = "/:@!$&'()*+,;=~"
DEFAULT_PORT = 80
PORT = re.compile("[0-9]{1,5}")

UNCLAIMED = "8001"
CLAIMED = "8000"
ID = re.compile(rf"00000000-0000-4000-(?P<kind>{CLAIMED}|{UNCLAIMED})-(?P<number>[0-9a-f]{{12}})")


class Logged:
    """A request with the values that patterns are matched with. No credential is hidden in them."""

    def __init__(self, entry: Entry, *, is_claimed: bool = True) -> None:
        self.entry = entry
        self.is_claimed = is_claimed
        """Whether the request belongs to a sandbox."""
        self.id = f"00000000-0000-4000-{CLAIMED if is_claimed else UNCLAIMED}-{entry.number:012x}"
        """An id of the same form as WireMock's, which contains the number of the entry."""
        self.method = entry.method

    @cached_property
    def path(self) -> str:
        return quote(self.entry.path, safe=UNESCAPED)

    @cached_property
    def url(self) -> str:
        query = self.entry.query.decode("latin-1")
        return f"{self.path}?{query}" if query else self.path

    @cached_property
    def parameters(self) -> dict[str, list[str]]:
        return by_name(parse_qsl(self.entry.query.decode("latin-1"), keep_blank_values=True))

    @cached_property
    def headers(self) -> dict[str, list[str]]:
        """The headers' values by name, in lower case."""
        pairs = self.entry.request_headers
        return by_name((name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in pairs)

    @cached_property
    def cookies(self) -> dict[str, list[str]]:
        return _cookies(self.headers.get("cookie", []))

    @cached_property
    def body(self) -> str:
        body = self.entry.request_body
        return decoded(body, charset_of(self.entry.request_headers, body))

    def shown(self, redactor: Redactor) -> dict[str, Any]:
        """Return the request in WireMock's format, with credentials hidden."""
        entry, own = self.entry, self.entry.credential
        headers = by_name(redactor.headers(entry.request_headers, own))
        query = redactor.query(entry.query, own)
        url = redactor.text(self.path, own) + (f"?{query}" if query else "")
        host = next(iter(headers.get("host", [])), "localhost")
        name, _, port = host.rpartition(":")
        body = redactor.content(entry.request_body, entry.request_headers, own)
        parameters = by_name(parse_qsl(query, keep_blank_values=True))
        return {
            "url": url,
            "absoluteUrl": f"http://{host}{url}",
            "method": entry.method,
            "clientIp": entry.client,
            "headers": _in_usual_case(headers),
            "cookies": _single(_cookies(headers.get("cookie", []))),
            "browserProxyRequest": False,
            "loggedDate": entry.at,
            "bodyAsBase64": b64encode(body.encode("utf-8", "replace")).decode(),
            "body": body,
            "protocol": "HTTP/1.1",
            "scheme": "http",
            "host": name if PORT.fullmatch(port) else host,
            "port": int(port) if PORT.fullmatch(port) else DEFAULT_PORT,
            "loggedDateString": iso_millis(entry.at),
            "queryParams": {key: {"key": key, "values": values} for key, values in parameters.items()},
            "formParams": {},
        }

    def event(self, redactor: Redactor) -> dict[str, Any]:
        """Return the request with its response in WireMock's format of serve events."""
        entry, own = self.entry, self.entry.credential
        body = redactor.content(entry.answer_body, entry.answer_headers, own)
        headers = _in_usual_case(by_name(redactor.headers(entry.answer_headers, own)))
        answer = {"status": entry.status, "headers": headers, "body": body}
        return {
            "id": self.id,
            "request": self.shown(redactor),
            "responseDefinition": answer | ({} if entry.is_answered else {"fromConfiguredStub": False}),
            "response": answer | {"bodyAsBase64": b64encode(body.encode("utf-8", "replace")).decode()},
            "wasMatched": entry.is_answered,
            "timing": dict.fromkeys(
                ("addedDelay", "processTime", "responseSendTime", "serveTime", "totalTime"), 0
            ),
            "subEvents": [],
        }


def number_of(request_id: str) -> tuple[int, bool] | None:
    """Return an id's entry number, and whether the entry belongs to a sandbox; None if it is not our id."""
    found = ID.fullmatch(request_id)
    return (int(found["number"], 16), found["kind"] == CLAIMED) if found else None


def _in_usual_case(headers: dict[str, list[str]]) -> dict[str, str | list[str]]:
    """Return headers with names in the usual case: `Content-Type`. A header with one value is a string."""
    return _single(
        {"-".join(part.capitalize() for part in name.split("-")): values for name, values in headers.items()}
    )


def _single(values: dict[str, list[str]]) -> dict[str, str | list[str]]:
    return {name: listed[0] if len(listed) == 1 else listed for name, listed in values.items()}


def _cookies(headers: list[str]) -> dict[str, list[str]]:
    pairs = (piece.partition("=") for one in headers for piece in one.split(";"))
    return by_name((name.strip(), value.strip()) for name, equals, value in pairs if equals)
