"""Error responses in WireMock's format."""

from typing import Any

from starlette.responses import JSONResponse

from emulator.control.problems import Problem

SCHEMA = {
    "type": "object",
    "required": ["errors"],
    "properties": {
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["code", "source", "title", "detail"],
                "properties": {
                    "code": {"type": "integer"},
                    "source": {"type": "object", "properties": {"pointer": {"type": "string"}}},
                    "title": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        }
    },
}

MISUNDERSTOOD: dict[str, Any] = {
    "description": "A pattern that is invalid, or that is not supported here",
    "content": {"application/json": {"schema": SCHEMA}},
}
"""The description of this error response in the OpenAPI document."""


class Misunderstood(Problem):
    """A pattern that is invalid, or that is not supported here."""

    def __init__(self, pointer: str, detail: str) -> None:
        super().__init__(422, detail)
        self.pointer = pointer

    def response(self, *, to_read: bool = False) -> JSONResponse:
        error = {
            "code": 10,
            "source": {"pointer": self.pointer or "/"},
            "title": "Error parsing JSON",
            "detail": self.detail,
        }
        return JSONResponse({"errors": [error]}, self.status)
