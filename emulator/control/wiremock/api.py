"""WireMock's endpoints about requests, for the default sandbox or for a named one."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from heapq import nsmallest
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BeforeValidator
from pydantic_core import from_json
from starlette.requests import Request

from emulator import spelling
from emulator.control.entries import read_entries
from emulator.control.problems import Problem
from emulator.control.values import Number, Providers, TheWorld, find_sandbox, instant
from emulator.control.wiremock.logged import Logged, number_of
from emulator.control.wiremock.patterns import RequestPattern, read_pattern
from emulator.control.wiremock.problems import MISUNDERSTOOD, Misunderstood
from emulator.gateway.catalogue import Operation
from emulator.providers import Provider
from emulator.sandbox.sandbox import Sandbox
from emulator.sandbox.world import DEFAULT_SANDBOX, World
from emulator.watching.redaction import Redactor

T = TypeVar("T")

NEAR_MISSES = 3
"""How many near misses WireMock returns."""

MOST_EXPLAINED = 10
"""How many unmatched requests are compared with the documented operations: the latest ones."""

LONGEST_COMPARED = 200
"""How many characters of a path are compared with those of the documentation."""

EXAMPLE = {"method": "POST", "urlPath": "/v1/campaigns", "bodyPatterns": [{"matchesJsonPath": "$.name"}]}
PATTERN_BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"type": "object"}, "example": EXAMPLE}},
    }
}


@dataclass(frozen=True)
class Shelf:
    """The requests of a sandbox; the default sandbox also has those that belong to no sandbox."""

    world: World
    sandbox: Sandbox

    @property
    def redactor(self) -> Redactor:
        return self.world.redactor(self.sandbox)

    @property
    def journal_is_off(self) -> bool:
        return not self.sandbox.journal.is_on

    def requests(self) -> list[Logged]:
        """Return the sandbox's requests, the oldest first."""
        return [Logged(entry) for entry in self.sandbox.journal.entries()]

    def strays(self) -> list[Logged]:
        """Return the requests that belong to no sandbox, the oldest first."""
        if self.sandbox is not self.world.default:
            return []
        return [Logged(entry, is_claimed=False) for entry in self.world.unclaimed.entries()]

    def unmatched(self) -> list[Logged]:
        """Return the requests that no implemented operation handled, the latest first."""
        lost = [request for request in self.requests() if not request.entry.is_answered]
        return sorted([*lost, *self.strays()], key=lambda request: request.entry.at)[::-1]

    def remove(self, requests: Iterable[Logged]) -> None:
        for request in requests:
            (self.sandbox.journal if request.is_claimed else self.world.unclaimed).remove([request.entry])

    def clear(self) -> None:
        self.sandbox.journal.clear()
        if self.sandbox is self.world.default:
            self.world.unclaimed.clear()

    def find(self, request_id: str) -> Logged | None:
        found = number_of(request_id)
        if found is None:
            return None
        number, is_claimed = found
        shelves = self.requests() if is_claimed else self.strays()
        return next((request for request in shelves if request.entry.number == number), None)


async def _shelf(world: TheWorld, sandbox: str = DEFAULT_SANDBOX) -> Shelf:
    return Shelf(world, find_sandbox(world, sandbox))


async def _pattern(request: Request) -> RequestPattern:
    try:
        return read_pattern(from_json(await request.body()))
    except ValueError as error:
        raise Misunderstood("", f"the body is not JSON: {error}") from error


TheShelf = Annotated[Shelf, Depends(_shelf)]
Pattern = Annotated[RequestPattern, Depends(_pattern)]

RequestId = Annotated[str, Path(examples=["00000000-0000-4000-8000-000000000001"])]


def _no_number(text: str) -> str:
    """Refuse numbers, which pydantic takes for seconds or milliseconds since 1970."""
    if spelling.DECIMAL.fullmatch(text.strip()):
        raise ValueError("must be a date and time, such as 2026-03-15T14:30:00Z")
    return text


Since = Annotated[datetime, BeforeValidator(_no_number)]

api = APIRouter(tags=["WireMock"], responses={422: MISUNDERSTOOD})


@api.get("/requests", summary="Get all requests in the journal")
async def get_all_requests(
    shelf: TheShelf,
    *,
    limit: Annotated[Number | None, Query()] = None,
    since: Annotated[Since | None, Query(description="In the sandbox's time")] = None,
    unmatched: Annotated[bool, Query(description="Only those that no operation answered")] = False,
) -> dict[str, Any]:
    """Return the requests with their responses, the latest first."""
    everything = shelf.unmatched() if unmatched else shelf.requests()[::-1]
    begin = -1 if since is None else instant("since", since if since.tzinfo else since.replace(tzinfo=UTC))
    found = [request for request in everything if request.entry.at > begin][:limit]
    return {
        "requests": await _events(shelf, found),
        "meta": {"total": len(everything)},
        "requestJournalDisabled": shelf.journal_is_off,
    }


@api.delete("/requests", summary="Delete all requests in the journal")
@api.post("/requests/reset", summary="Empty the journal", deprecated=True)
@api.post("/reset", summary="Reset mappings and the journal: there are no mappings")
async def delete_all_requests(shelf: TheShelf) -> dict[str, Any]:
    """Empty the journal. Data, clock and rules of the sandbox stay as they are."""
    shelf.clear()
    return {}


@api.get("/requests/unmatched", summary="Find unmatched requests")
async def find_unmatched_requests(shelf: TheShelf) -> dict[str, Any]:
    """Return the requests that no implemented operation handled, the latest first."""
    return await _requests(shelf, shelf.unmatched())


@api.get("/requests/unmatched/near-misses", summary="Retrieve near-misses for all unmatched requests")
async def find_near_misses_of_unmatched(shelf: TheShelf, providers: Providers) -> dict[str, Any]:
    """Return, for each of the latest unmatched requests, the documented operations closest to it."""
    redactor, latest = shelf.redactor, shelf.unmatched()[:MOST_EXPLAINED]

    def read() -> list[dict[str, Any]]:
        return [
            _near_miss(request, redactor, distance) | {"stubMapping": _stub(operation)}
            for request in latest
            for operation, distance in _closest(request, providers)
        ]

    return {"nearMisses": await _read(latest, read)}


@api.get("/requests/{request_id}", summary="Get a request by its id")
async def get_request(request_id: RequestId, shelf: TheShelf) -> dict[str, Any]:
    """Return one request with its response."""
    request = shelf.find(request_id)
    if request is None:
        raise Problem(404, f"The journal has no request {request_id[:80]!r}.")
    [event] = await _events(shelf, [request])
    return event


@api.delete("/requests/{request_id}", summary="Delete a request by its id")
async def delete_request(request_id: RequestId, shelf: TheShelf) -> dict[str, Any]:
    """Remove one request from the journal, if it is there."""
    request = shelf.find(request_id)
    if request is not None:
        shelf.remove([request])
    return {}


@api.post("/requests/count", summary="Count requests by criteria", openapi_extra=PATTERN_BODY)
async def count_requests(shelf: TheShelf, pattern: Pattern) -> dict[str, Any]:
    """Return how many requests match a pattern."""
    matching = await _matching(shelf, pattern)
    return {"count": len(matching), "requestJournalDisabled": shelf.journal_is_off}


@api.post("/requests/find", summary="Find requests by criteria", openapi_extra=PATTERN_BODY)
async def find_requests(shelf: TheShelf, pattern: Pattern) -> dict[str, Any]:
    """Return the requests that match a pattern, the oldest first."""
    return await _requests(shelf, await _matching(shelf, pattern))


@api.post("/requests/remove", summary="Remove requests by criteria", openapi_extra=PATTERN_BODY)
async def remove_requests(shelf: TheShelf, pattern: Pattern) -> dict[str, Any]:
    """Remove the requests that match a pattern from the journal, and return them."""
    removed = await _matching(shelf, pattern)
    shelf.remove(removed)
    return {"serveEvents": await _events(shelf, removed)}


@api.post("/near-misses/request-pattern", summary="Find near misses of a pattern", openapi_extra=PATTERN_BODY)
async def find_near_misses(shelf: TheShelf, pattern: Pattern) -> dict[str, Any]:
    """Return the requests that come closest to matching a pattern, without those that match."""
    redactor, requests = shelf.redactor, shelf.requests()[::-1]

    def read() -> list[dict[str, Any]]:
        distances = ((pattern.distance(request), request) for request in requests)
        missing = (pair for pair in distances if pair[0])
        return [
            _near_miss(request, redactor, distance) | {"requestPattern": pattern.written}
            for distance, request in nsmallest(NEAR_MISSES, missing, key=lambda pair: pair[0])
        ]

    return {"nearMisses": await _read(requests, read)}


async def _read(requests: Iterable[Logged], work: Callable[[], T]) -> T:
    return await read_entries((request.entry for request in requests), work)


async def _matching(shelf: Shelf, pattern: RequestPattern) -> list[Logged]:
    requests = shelf.requests()
    return await _read(requests, lambda: list(filter(pattern.meets, requests)))


async def _requests(shelf: Shelf, found: Sequence[Logged]) -> dict[str, Any]:
    redactor = shelf.redactor
    shown = await _read(found, lambda: [request.shown(redactor) for request in found])
    return {"requests": shown, "requestJournalDisabled": shelf.journal_is_off}


async def _events(shelf: Shelf, found: Sequence[Logged]) -> list[dict[str, Any]]:
    redactor = shelf.redactor
    return await _read(found, lambda: [request.event(redactor) for request in found])


def _near_miss(request: Logged, redactor: Redactor, distance: float) -> dict[str, Any]:
    return {"request": request.shown(redactor), "matchResult": {"distance": distance}}


def _closest(request: Logged, providers: Iterable[Provider]) -> list[tuple[Operation, float]]:
    """Return the documented operations whose paths are most similar to a request's, with their distances.

    Of operations with the same path, the one with the request's method comes first.
    """
    by_path: dict[str, list[Operation]] = {}
    for provider in providers:
        if provider.name == request.entry.provider:
            for operation in provider.catalogue.routable():
                by_path.setdefault(operation.route, []).append(operation)
    paths = get_close_matches(request.entry.path[:LONGEST_COMPARED], by_path, NEAR_MISSES, cutoff=0.0)
    close = [
        (operation, _distance(place, is_other_method=operation.method != request.method))
        for place, path in enumerate(paths)
        for operation in by_path[path]
    ]
    return sorted(close, key=lambda pair: pair[1])[:NEAR_MISSES]


def _distance(place: int, *, is_other_method: bool) -> float:
    return (2 * place + is_other_method) / (2 * NEAR_MISSES)


def _stub(operation: Operation) -> dict[str, Any]:
    """Return a documented operation as if it were a stub mapping."""
    request = {"method": operation.method, "urlPathTemplate": operation.route}
    return {"name": operation.title, "request": request, "response": {"status": 200}}


router = APIRouter()
router.include_router(api, prefix="/__admin")
router.include_router(api, prefix="/_emulator/wiremock/{sandbox}/__admin", include_in_schema=False)
