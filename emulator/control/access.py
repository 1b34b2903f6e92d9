"""Who may use the control plane, and how much they may say."""

import hmac

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from emulator.control.problems import Problem

PREFIX = "/_emulator/"
MAX_BODY = 1024 * 1024
"""How many bytes a request may have."""


class ControlGuard:
    """Lets requests to the control plane through that show `token`; without a token, everybody's.

    It stands before anything reads a body.
    """

    def __init__(self, app: ASGIApp, token: str | None) -> None:
        self._app = app
        self._token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(PREFIX):
            problem = self._problem(Headers(scope=scope))
            if problem is not None:
                await problem.response()(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _problem(self, headers: Headers) -> Problem | None:
        shown = headers.get("authorization", "").partition(" ")[2]
        if self._token is not None and not hmac.compare_digest(shown.encode(), self._token.encode()):
            return Problem(401, "The control plane needs `Authorization: Bearer <EMULATOR_CONTROL_TOKEN>`.")
        declared = headers.get("content-length", "")
        if declared.isdecimal() and int(declared) > MAX_BODY:
            return Problem(413, f"The body has more than {MAX_BODY} bytes.")
        return None
