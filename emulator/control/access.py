"""Who may use the control plane."""

import hmac
from collections.abc import Callable, Coroutine
from typing import Any

from starlette.requests import Request

from emulator.control.problems import Problem


def token_check(token: str | None) -> Callable[[Request], Coroutine[Any, Any, None]]:
    """Make the check that a request shows `token`; without a token, everybody may."""

    async def check(request: Request) -> None:
        shown = request.headers.get("authorization", "").partition(" ")[2]
        if token is not None and not hmac.compare_digest(shown.encode(), token.encode()):
            raise Problem(401, "The control plane needs `Authorization: Bearer <EMULATOR_CONTROL_TOKEN>`.")

    return check
