"""The HTTP connection to the control plane, with the standard library alone."""

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from reprlib import repr as shortened
from ssl import SSLCertVerificationError, SSLError
from typing import Any
from urllib.parse import SplitResult, quote, urlencode, urlsplit
from uuid import UUID

from emulator.client.shapes import Duration, Json
from emulator.header_values import can_stand_in_a_header
from emulator.reasons import reason_of_failure

PATIENCE = 120.0
"""Seconds to wait for a response: moving a clock on may send a million messages."""

SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86_400}


class ControlError(Exception):
    """The emulator refused a request. The text says why, and what to do."""

    def __init__(self, status: int, detail: str, errors: list[dict[str, str]] | None = None) -> None:
        self.status = status
        """The HTTP status; 0 if no emulator responded."""
        self.detail = detail
        self.errors = errors or []
        """The errors of single fields: `{"field": …, "message": …}`."""
        fields = "; ".join(f"{error['field']}: {error['message']}" for error in self.errors)
        super().__init__(f"{detail} {fields}".rstrip())


class UnreachableError(ControlError):
    """No emulator responds at the address."""

    def __init__(self, detail: str) -> None:
        super().__init__(0, detail)


class UntrustedError(UnreachableError):
    """What responds at the address has a certificate that is not trusted. The text says how to trust it."""


class Connection:
    """The connection to an emulator, never by a proxy. Raises ValueError if the address or token is invalid.

    `fleet` is the address of the fleet, if it has named this one as the address of a replica.
    """

    def __init__(self, url: str, token: str | None = None, *, fleet: str | None = None) -> None:
        parts = _parts(url)
        _check_token(token)
        self.url = url.rstrip("/")
        self.token = token
        self.advice = "Start one: emulator serve"
        """The advice in an error when nothing responds, unless it is a replica of a fleet."""
        self._fleet = fleet
        self._kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        self._host, self._port = parts.hostname or "", parts.port
        self._folder = parts.path.rstrip("/")

    def following(self, url: str | None) -> "Connection":
        """Return the connection to a public URL that this emulator has named; this one if it is no other.

        The token is sent there, too: the emulator that named the URL knows it anyway. Raises ControlError
        if the token would then leave without TLS, and was sent with TLS before.
        """
        if url is None or url.rstrip("/") == self.url:
            return self
        try:
            there = Connection(url, self.token, fleet=self._fleet or self.url)
        except ValueError as error:
            raise UnreachableError(f"What answers at {self.url} is not an emulator: {error}.") from error
        if self.token and self.is_secure and not there.is_secure:
            raise UnreachableError(
                f"The emulator at {self.url} calls itself {url}: the token is not sent there without TLS. "
                "Its EMULATOR_PUBLIC_URL has to begin with https, or yours with http."
            )
        return there

    @property
    def is_secure(self) -> bool:
        return self._kind is HTTPSConnection

    def ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Json | None = None,
        patience: float = PATIENCE,
    ) -> Any:
        """Send a request to a path below `/_emulator`; return the response's JSON. Raises ControlError.

        An empty response is returned as None.
        """
        __tracebackhide__ = True
        content = None if body is None else json.dumps(body, default=_text).encode()
        answer = self.fetch(method, f"/_emulator{path}", query=query, content=content, patience=patience)
        if not answer:
            return None
        try:
            return json.loads(answer)
        except ValueError as error:
            raise UnreachableError(f"What answers at {self.url} is not an emulator.") from error

    def fetch(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        content: bytes | None = None,
        media_type: str = "application/json",
        patience: float = PATIENCE,
    ) -> bytes:
        """Send a request to a path, and return the body of the response. Raises ControlError."""
        __tracebackhide__ = True
        given = {name: _text(value) for name, value in (query or {}).items() if value is not None}
        target = self._folder + path + (f"?{urlencode(given)}" if given else "")
        headers = {"Content-Type": media_type} if content is not None else {}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        connection = self._kind(self._host, self._port, timeout=patience)
        try:
            connection.request(method, target, content, headers)
            response = connection.getresponse()
            answer = response.read()
        except TimeoutError:
            raise UnreachableError(f"{self.url} did not answer within {patience:g} seconds.") from None
        except SSLCertVerificationError as error:
            raise UntrustedError(self._distrust(error.verify_message)) from None
        except SSLError as error:
            plain = f"http{self.url.removeprefix('https')}"
            raise UnreachableError(
                f"What answers at {self.url} speaks no TLS ({error.reason}): try {plain}"
            ) from None
        except (OSError, HTTPException) as error:
            reason = reason_of_failure(error)
            raise UnreachableError(f"No emulator answers at {self.url} ({reason}). {self._hint}") from None
        finally:
            connection.close()
        if response.status >= 300:  # noqa: PLR2004 -- 1xx and 2xx mean success
            raise self._refusal(response, answer)
        return answer

    def _distrust(self, reason: str) -> str:
        """Return why the certificate is not trusted, and what to do about it."""
        place = self._host, self._port or 443
        return (
            f"The certificate of {self.url} is not trusted ({reason}). "
            "SSL_CERT_FILE names a file that has it: smtp-certificate.pem in the emulator's data folder, or "
            "what this prints: "
            f'python -c "import ssl; print(ssl.get_server_certificate({place!r}))"'
        )

    @property
    def _hint(self) -> str:
        """The advice in an error when nothing responds."""
        if self._fleet is None:
            return self.advice
        return (
            f"It is a replica of {self._fleet}. If it ended, so did its sandboxes, unless it comes back with "
            f"its data folder: make new ones at {self._fleet}. If it runs, its EMULATOR_PUBLIC_URL has to be "
            "an address that leads from here to it alone."
        )

    def _refusal(self, response: HTTPResponse, answer: bytes) -> ControlError:
        if response.getheader("content-type") != "application/problem+json":
            return UnreachableError(f"{self.url} answers HTTP status {response.status}; is it an emulator?")
        problem = json.loads(answer)
        return ControlError(response.status, problem["detail"], problem.get("errors"))


class Scope:
    """A connection whose requests are about one sandbox."""

    def __init__(self, connection: Connection, sandbox: str) -> None:
        self._connection = connection
        self._sandbox = sandbox

    def ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Json | None = None,
        patience: float = PATIENCE,
    ) -> Any:
        """Send a request about the sandbox to a path below `/_emulator`; return the response's JSON.

        Raises ControlError.
        """
        __tracebackhide__ = True
        about = {"sandbox": self._sandbox, **(query or {})}
        return self._connection.ask(method, path, query=about, body=body, patience=patience)

    def read(self, path: str) -> str:
        """Return the text at a path below `/_emulator`. Raises ControlError."""
        __tracebackhide__ = True
        return self.fetch(path).decode()

    def fetch(self, path: str) -> bytes:
        """Return the bytes at a path below `/_emulator`. Raises ControlError."""
        __tracebackhide__ = True
        return self._connection.fetch("GET", f"/_emulator{path}", query={"sandbox": self._sandbox})


class NamelessError(ValueError):
    """A name or an id that a request needs is None or empty."""


def part(name: object, *, safe: str = "") -> str:
    """Return a name, escaped as one segment of a path, or more of them with `safe="/"`.

    Raises NamelessError if it is None or empty.
    """
    __tracebackhide__ = True
    if name is None or name == "":
        raise NamelessError(f"a name or an id is needed, not {name!r}")
    return quote(str(name), safe=safe)


def seconds(duration: Duration) -> float:
    """Return a length of time in seconds; 0 for an invalid one, because the emulator refuses it anyway."""
    if isinstance(duration, timedelta):
        return duration.total_seconds()
    if not isinstance(duration, str):
        return 0
    return sum(float(number) * SECONDS[unit] for number, unit in re.findall(r"(\d+)(ms|s|m|h|d)", duration))


def _parts(url: str) -> SplitResult:
    """Return the parts of an emulator's address. Raises ValueError for a text that is no such address."""
    with suppress(ValueError):
        parts = urlsplit(url)
        is_plain = url.isprintable() and parts.path.isascii() and "" not in _labels(parts.hostname or "")
        if parts.scheme in {"http", "https"} and is_plain and parts.port != 0:
            return parts
    raise ValueError(f"{url!r} is not an address such as http://127.0.0.1:4610")


def _labels(host: str) -> list[str]:
    """Return the labels of a host name in the form for DNS. Raises ValueError for a name that has none."""
    return host.encode("idna").decode().removesuffix(".").split(".")


def _check_token(token: str | None) -> None:
    """Raise ValueError if a token can not stand in a header. The error does not show the token."""
    if token is not None and not can_stand_in_a_header(token):
        raise ValueError(
            "The token of the control plane (EMULATOR_CONTROL_TOKEN) can not be sent: it has a line end "
            "or another character that no HTTP header can have"
        )


def _text(value: object) -> str:
    """Return a value as text in the form that the control plane expects.

    Raises TypeError for a value of a type that can not be sent.
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, timedelta):
        return f"{round(value.total_seconds() * 1000)}ms"
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, str):
        return str.__str__(value)  # str() would return the name of an enumeration's member, not its value
    if isinstance(value, int | float | UUID):
        return str(value)
    raise TypeError(f"{shortened(value)} is of type {type(value).__name__}, which can not be sent")
