"""The received requests: searching the journal, and emptying it."""

from collections.abc import Sequence
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from emulator.control.entries import (
    EntryNumber,
    Hiding,
    JournalEntry,
    TheJournal,
    UnclaimedCount,
    compared,
    count_unclaimed,
    read_entries,
    shown,
)
from emulator.control.problems import Problem
from emulator.control.unmet import check_criteria
from emulator.control.values import Number, Providers, TheWorld, Whole
from emulator.faults.matching import Criteria
from emulator.gateway.seen import seen
from emulator.providers import Dialect, Provider
from emulator.watching.journal import OWN_PAGES, Entry, Journal

MOST_LISTED = 10_000


class RequestFilter(BaseModel):
    """The requests to list; a request must match all fields that are given."""

    provider: str | None = Field(
        None,
        description="`emulator`: its own pages, whose requests are kept if refused",
        json_schema_extra={"enum": [OWN_PAGES]},
    )
    operation: str | None = Field(None, description="As the catalogue writes it: `POST /v1/campaigns`")
    credential: str | None = Field(None, description="In full, or as the journal shows it")
    status: Whole | None = Field(None, description="The HTTP status of the answer; 0: none came")
    method: str | None = None
    text: str | None = Field(None, description="A part of the address or the body, in whatever case")
    unread: bool | None = Field(None, description="Whether there are fields that no handler read")
    after: Number | None = Field(None, description="A number: list what came after it, the oldest first")
    limit: Whole = Field(100, ge=1, le=MOST_LISTED)

    def criteria(self) -> Criteria:
        """Return the fields of the filter that are criteria for a request, as `Criteria`."""
        return Criteria(**self.model_dump(exclude_none=True, exclude={"unread", "after", "limit"}))

    def page(self, found: list[Entry]) -> list[Entry]:
        """Return the latest `limit` of the entries found, or the first ones if `after` is given."""
        return found[-self.limit :] if self.after is None else found[: self.limit]


class RequestList(BaseModel):
    total: int = Field(description="How many requests of the journal meet the filter")
    requests: list[JournalEntry]
    dropped: int = Field(description="How many earlier ones the journal had no more room for")
    unclaimed: UnclaimedCount


router = APIRouter(prefix="/_emulator/requests", tags=["Requests"])


@router.get("", summary="List the requests received")
async def list_requests(
    world: TheWorld,
    journal: TheJournal,
    redactor: Hiding,
    providers: Providers,
    wanted: Annotated[RequestFilter, Query()],
) -> RequestList:
    """Return the latest requests and their responses, the oldest first, with the fields nobody read."""
    criteria, known = wanted.criteria(), dialects(providers)
    check_criteria(providers, criteria)
    entries, unclaimed = journal.after(wanted.after or 0), count_unclaimed(world.unclaimed)
    dropped = journal.dropped

    def is_wanted(entry: Entry) -> bool:
        request = seen(entry, known.get(entry.provider), criteria)
        meets = compared(entry, partial(criteria.meets, request))
        return meets and (wanted.unread is None or wanted.unread == bool(entry.unread))

    def read() -> RequestList:
        found = list(filter(is_wanted, entries))
        listed = [shown(entry, redactor, providers) for entry in wanted.page(found)]
        return RequestList(total=len(found), requests=listed, dropped=dropped, unclaimed=unclaimed)

    return await read_entries(entries, read)


@router.delete("", summary="Forget the requests received", status_code=204)
async def forget_requests(journal: TheJournal) -> None:
    """Empty the journal. Data, clock and rules stay as they are."""
    journal.clear()


@router.get("/{number}", summary="Inspect a request")
async def inspect_request(
    number: EntryNumber, journal: TheJournal, redactor: Hiding, providers: Providers
) -> JournalEntry:
    """Return one request and its response."""
    entry = journal.get(number)
    if entry is None:
        raise Problem(404, f"The journal has no request {number}. {_numbers_kept(journal)}")
    return await read_entries([entry], partial(shown, entry, redactor, providers))


def _numbers_kept(journal: Journal) -> str:
    """Return a sentence about the requests that a journal has."""
    entries = journal.entries()
    if not entries:
        return "It has none: what it had was forgotten, or nothing has come yet."
    return f"It has those from {entries[0].number} to {entries[-1].number}."


def dialects(providers: Sequence[Provider]) -> dict[str, Dialect[Any, Any]]:
    return {provider.name: provider.dialect for provider in providers}
