"""Refusals as WireMock writes them."""

from starlette.responses import JSONResponse

from emulator.control.problems import Problem


class Misunderstood(Problem):
    """A pattern that is not one, or not one that is known here."""

    def __init__(self, pointer: str, detail: str) -> None:
        super().__init__(422, detail)
        self.pointer = pointer

    def response(self) -> JSONResponse:
        error = {
            "code": 10,
            "source": {"pointer": self.pointer or "/"},
            "title": "Error parsing JSON",
            "detail": self.detail,
        }
        return JSONResponse({"errors": [error]}, self.status)
