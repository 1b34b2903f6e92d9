"""Access to the control plane: who may use it, and how large a request may be."""

import hmac
from http import HTTPStatus
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from emulator.control.problems import Problem
from emulator.faults.effects import end_with_response
from emulator.gateway.encodings import encoding_of
from emulator.sandbox.links import PREFIX as LINKS
from emulator.sandbox.links import SHORT

PREFIXES = ("/_emulator/", "/__admin/")
MAX_BODY = 1024 * 1024
"""How many bytes the body of a request may have."""

MAX_SNAPSHOT = 4 * 1024 * 1024 * 1024
"""How many bytes an uploaded snapshot may have: they are written to a file as they arrive."""

SNAPSHOTS = "/_emulator/snapshots/"
LOCKED = "The control plane needs `Authorization: Bearer <EMULATOR_CONTROL_TOKEN>`."
FILE_TYPES = frozenset({"application/vnd.sqlite3", "application/octet-stream"})
READS = frozenset({"GET", "HEAD", "OPTIONS"})


class ControlGuard:
    """Middleware that refuses requests to the control plane without `token`; if it is None, none is needed.

    Requests of a web page of another origin are always refused, and so are writes that a form of such
    a page could send. The checks run before anything reads the body.
    """

    def __init__(self, app: ASGIApp, token: str | None) -> None:
        self._app = app
        self._token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and _is_guarded(scope["path"]):
            problem = self._problem(scope["method"], scope["path"], Headers(scope=scope))
            if problem is not None:
                if problem.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
                    end_with_response(scope)
                await problem.response()(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _problem(self, method: str, path: str, headers: Headers) -> Problem | None:
        shown = headers.get("authorization", "").partition(" ")[2]
        if self._token is not None and not hmac.compare_digest(shown.encode(), self._token.encode()):
            wrong = " The one that was given is wrong." if shown else ""
            return Problem(401, f"{LOCKED}{wrong}")
        if _is_foreign(headers):
            return Problem(403, "The control plane is not for pages of another origin.")
        is_file = method == "PUT" and path.startswith(SNAPSHOTS)
        limit = MAX_SNAPSHOT if is_file else MAX_BODY
        declared = headers.get("content-length", "")
        if declared.isdecimal() and int(declared) > limit:
            return Problem(413, f"The body has more than {limit} bytes.")
        encoding = encoding_of(headers)
        if encoding and _has_body(headers):
            return Problem(415, f"The body is packed with {encoding[:80]}: send it as it is.")
        allowed = FILE_TYPES if is_file else {"application/json"}
        if method not in READS and _has_body(headers) and _media_type(headers) not in allowed:
            return Problem(415, f"Content-Type must be {' or '.join(sorted(allowed))}.")
        return None


def _is_guarded(path: str) -> bool:
    """Return whether a path belongs to the control plane.

    Links do not: they are public, and those that show something are signed; short links lead elsewhere.
    """
    return path.startswith(PREFIXES) and not path.startswith((LINKS, SHORT))


def _is_foreign(headers: Headers) -> bool:
    """Return whether the headers show that a page of another origin sent the request."""
    origin = headers.get("origin")
    if origin is None:
        return headers.get("sec-fetch-site", "none") not in {"none", "same-origin"}
    try:
        place = urlsplit(origin).netloc
    except ValueError:
        return True
    return not place or place.lower() != headers.get("host", "").lower()


def _has_body(headers: Headers) -> bool:
    return headers.get("content-length", "0") != "0" or "transfer-encoding" in headers


def _media_type(headers: Headers) -> str:
    return headers.get("content-type", "").partition(";")[0].strip().lower()
