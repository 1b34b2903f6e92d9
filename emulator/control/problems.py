"""Error responses of the emulator's own pages, as problem details (RFC 9457)."""

from http import HTTPStatus
from typing import Any

from starlette.responses import JSONResponse

MEDIA_TYPE = "application/problem+json"

SCHEMA = {
    "title": "Problem",
    "description": "Problem details (RFC 9457)",
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What happened, and what to do"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "message"],
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
            },
        },
    },
}


UNCHANGED = "; nothing was changed"
"""The end of the text about an invalid request, unless the request only reads."""

ENDING = "The emulator is ending: what was under way is broken off, and may be done in part."
"""The text about a request that is under way when the server ends."""


class Problem(Exception):  # noqa: N818 -- the RFC's name
    """An error response with an HTTP status and a sentence that says what happened and what to do."""

    def __init__(self, status: int, detail: str, errors: list[dict[str, str]] | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = errors

    def response(self, *, to_read: bool = False) -> JSONResponse:
        """Return the response; one to a request that only reads does not say that nothing was changed."""
        body: dict[str, Any] = {
            "type": "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail.replace(UNCHANGED, "") if to_read else self.detail,
        }
        if self.errors is not None:
            body["errors"] = self.errors
        return JSONResponse(body, self.status, media_type=MEDIA_TYPE)
