"""The request to a provider that its dialect and its endpoints receive."""

from collections.abc import AsyncGenerator, Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

from sqlmodel import Session
from starlette.datastructures import Headers, QueryParams
from starlette.requests import Request
from starlette.types import Receive, Scope

from emulator.engine.clock import Millis
from emulator.engine.engine import Turn
from emulator.faults.rules import RateWindow
from emulator.gateway.heads import method_of
from emulator.gateway.policy import Policy
from emulator.sandbox.sandbox import Sandbox
from emulator.watching.journal import Entry, packed

if TYPE_CHECKING:
    from emulator.faults.effects import FaultEffect

JSON = "application/json"
NO_QUERY = QueryParams()

Problems = Sequence[Mapping[str, Any]]
"""The errors of a request's fields, as pydantic lists them."""


def entry_of(scope: Scope, provider: str) -> Entry:
    """Return the journal's entry of a request whose body is not received yet."""
    return Entry(
        provider=provider,
        method=method_of(scope),
        path=scope["path"],
        query=scope["query_string"],
        request_head=packed(scope["headers"]),
        client=scope["client"][0] if scope.get("client") else "",
    )


class IndexedHeaders(Headers):
    """Headers that are found by their names at once: Starlette goes through all of them each time."""

    def __init__(self, raw: Iterable[tuple[bytes, bytes]]) -> None:
        listed = list(raw)
        super().__init__(raw=listed)
        self._first = dict(reversed(listed))

    def __getitem__(self, key: str) -> str:
        return self._first[_stored(key)].decode("latin-1")

    def __contains__(self, key: Any) -> bool:
        return _stored(key) in self._first

    def get(self, key: str, default: Any = None) -> Any:
        value = self._first.get(_stored(key))
        return default if value is None else value.decode("latin-1")

    def getlist(self, key: str) -> list[str]:
        return super().getlist(key) if key in self else []


@lru_cache(maxsize=256)  # the same few names are asked for again and again
def _stored(name: str) -> bytes:
    return name.lower().encode("latin-1")


class Call(Request):
    """One request to a provider. Each step of its path (path.py) adds what it finds out. Endpoints take it.

    Providers derive their own classes, with what they know of the client.
    """

    turn: Turn
    """The transaction that the endpoint runs in."""
    policy: Policy
    """The policy of the operation, or the usual policy of the provider."""
    methods: Collection[str] = ()
    """The methods that its path takes, HEAD aside; none where the path is unknown."""
    empty_body: ClassVar[bytes] = b""
    """The body that FastAPI reads where the client sent none."""

    def __init__(self, scope: Scope, receive: Receive, *, provider: str, policy: Policy) -> None:
        super().__init__(scope, receive)
        self.policy = policy
        self.raw = b""
        """The body as the client sent it."""
        self.payload: Any = None
        """The decoded body: its JSON, or the JSON that its XML is converted to."""
        self.credential = ""
        """The credential that the client sent; empty where it sent none."""
        self.owner: Sandbox | None = None
        """The sandbox that the credential belongs to, once that is known."""
        self.generation = 0
        """The sandbox's generation when it let the request in."""
        self.window: RateWindow | None = None
        """The rate limit that a fault rule set for the request, in place of the provider's own."""
        self.effect: FaultEffect | None = None
        """The effect of a fault rule on the response while it is sent."""
        self.entry = entry_of(scope, provider)
        self._headers_shown = IndexedHeaders(scope["headers"])
        self.content_type = self._headers_shown.get("content-type", "")
        """The content type of the body, as the client sent it."""

    @property
    def sandbox(self) -> Sandbox:
        assert self.owner is not None
        return self.owner

    @property
    def db(self) -> Session:
        return self.turn.session

    @property
    def now(self) -> Millis:
        return self.turn.now

    @property
    def is_long(self) -> bool:
        """Whether the request may be about all rows of a kind, in a sandbox with many rows."""
        return self.policy.is_long

    @property
    def is_stale(self) -> bool:
        """Whether the sandbox began anew, or was deleted, since it let the request in."""
        return self.owner is not None and self.owner.generation != self.generation

    @property
    def headers(self) -> Headers:
        return self._headers_shown

    @property
    def query_params(self) -> QueryParams:
        return super().query_params if self.scope["query_string"] else NO_QUERY

    def show_as_json(self) -> None:
        """Set the content type of a body, which is decoded by now, to JSON: FastAPI reads nothing else."""
        if (self.raw or self.method != "GET") and self._headers_shown.get("content-type") != JSON:
            others = [pair for pair in self._headers_shown.raw if pair[0] != b"content-type"]
            self._headers_shown = IndexedHeaders([*others, (b"content-type", JSON.encode())])

    async def body(self) -> bytes:
        return self.raw or self.empty_body

    async def json(self) -> Any:
        return self.payload if self.raw else {}

    def form(self, **_: Any) -> NoReturn:
        raise TypeError("the dialect has decoded the form: it is the call's `payload`")

    async def stream(self) -> AsyncGenerator[bytes, None]:
        yield self.raw
        yield b""


def call_of(request: Request) -> Call:
    """Return the call that `Journaling` made for a request."""
    call: Call = request.scope["state"]["call"]
    return call
