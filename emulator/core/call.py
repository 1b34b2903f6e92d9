"""One request to a provider as its endpoint sees it, and the base of every refusal."""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, ClassVar, TypeVar

from pydantic import BaseModel
from pydantic_core import PydanticUndefined
from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import Response

from emulator.core.clock import Millis
from emulator.core.engine import Turn
from emulator.core.faults import RateWindow
from emulator.core.sandbox import Sandbox

EXCHANGE = "emulator.exchange"
"""Where a request's scope holds its exchange."""

Problems = Sequence[Mapping[str, Any]]
"""What is wrong with fields, as pydantic lists it."""


class ProviderError(Exception):
    """A refusal. Each provider has a table of subclasses with code, text and HTTP status."""

    status: ClassVar[int]

    @classmethod
    def example(cls) -> "ProviderError":
        """Answer one of its kind, for the documentation."""
        return cls()


class InvalidFieldsError(Exception):
    """Fields of a request are missing or wrong."""

    def __init__(self, problems: Problems) -> None:
        super().__init__(problems)
        self.problems = problems


class Call(Request):
    """One request, decoded, with the sandbox that its credential chose.

    Endpoints take it as a parameter. Providers derive their own, with what they know of the caller.
    """

    turn: Turn
    sandbox: Sandbox
    media_type: ClassVar[str] = "application/json"
    """How the provider names the JSON of its answers."""
    without_body: ClassVar[Any] = PydanticUndefined
    """What is read where no body was sent; undefined where that is refused by itself."""
    window: RateWindow | None = None
    """The rate limit that a fault rule set for it, in place of the provider's own."""

    def __init__(self, request: Request, credential: str, body: bytes, payload: Any) -> None:
        super().__init__(request.scope, request.receive)
        self.credential = credential
        """What the client shows to be let in; empty where it shows nothing."""
        self.raw = body
        """The body as the client sent it."""
        self.payload = payload
        """What the body's JSON, or the JSON that its XML stands for, holds."""

    @property
    def db(self) -> Session:
        return self.turn.session

    @property
    def now(self) -> Millis:
        return self.turn.now


Endpoint = TypeVar("Endpoint", bound=Callable[..., Coroutine[Any, Any, BaseModel | Response]])
Handle = Callable[[Call], Coroutine[Any, Any, Response]]
"""Takes a call to its endpoint."""
