"""The log of requests: one line for each, once its response has left."""

import logging
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from emulator.engine.clock import machine_seconds
from emulator.sandbox.sandbox import Sandbox
from emulator.watching.journal import Entry
from emulator.watching.redaction import Redactor

NOTES = "emulator.notes"
"""The key in a request's scope state for its notes, where requests are logged."""

SUCCESSFUL = range(200, 400)

logger = logging.getLogger("emulator.requests")


@dataclass(slots=True)
class Notes:
    """What is found out about a request on its way."""

    sandbox: Sandbox | None = None
    entry: Entry | None = None
    """The journal's entry, where it is a request to a provider."""


def note(scope: Scope, sandbox: Sandbox | None, entry: Entry | None = None) -> None:
    """Note the sandbox of a request, and its entry, for the line that is logged."""
    notes: Notes | None = scope.get("state", {}).get(NOTES)
    if notes is not None:
        notes.sandbox, notes.entry = sandbox, entry


class RequestLog:
    """Middleware that logs requests, without queries and credentials; some paths only if they fail."""

    def __init__(
        self, app: ASGIApp, redactor: Callable[[Sandbox | None], Redactor], quiet: Collection[str]
    ) -> None:
        self._app = app
        self._redactor = redactor
        self._quiet = quiet

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        notes, status, begun = Notes(), 0, machine_seconds()

        async def send_noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        scope.setdefault("state", {})[NOTES] = notes
        try:
            await self._app(scope, receive, send_noted)
        finally:
            if status not in SUCCESSFUL or scope["path"] not in self._quiet:
                self._log(scope, notes, status, machine_seconds() - begun)

    def _log(self, scope: Scope, notes: Notes, status: int, seconds: float) -> None:
        entry, sandbox = notes.entry, notes.sandbox
        redactor, own = self._redactor(sandbox), entry.credential if entry else ""
        fields = {
            "method": scope["method"],
            "path": redactor.text(scope["path"], own),
            "status": status or None,
            "milliseconds": round(seconds * 1000, 1),
            "sandbox": sandbox.name if sandbox else None,
            "unread": [redactor.text(name, own) for name in entry.unread] if entry else [],
        }
        logger.info("%s", _line(fields), extra={"fields": fields})


def _line(fields: Mapping[str, Any]) -> str:
    """Return a request in one line: `POST /v1/campaigns -> 201 in 3.2 ms, sandbox checkout`."""
    answer = fields["status"] or "no response"
    said = f"{fields['method']} {_visible(fields['path'])} -> {answer} in {fields['milliseconds']} ms"
    sandbox = f", sandbox {fields['sandbox']}" if fields["sandbox"] else ""
    unread = f", nobody read {', '.join(map(_visible, fields['unread']))}" if fields["unread"] else ""
    return said + sandbox + unread


def _visible(text: str) -> str:
    """Return a text without spaces and control characters, which would break the line."""
    if text.isprintable() and " " not in text:
        return text
    return "".join(letter if letter.isprintable() and letter != " " else quote(letter) for letter in text)
