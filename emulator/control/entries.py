"""The requests of the journal as the control plane shows them: credentials are hidden here alone."""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Annotated, TypeAlias, TypeVar

from fastapi import Depends, Path, Query
from pydantic import BaseModel, Field

from emulator.control.problems import Problem
from emulator.control.values import MAX_NUMBER, Chosen, TheWorld, Whole
from emulator.engine.clock import iso_millis
from emulator.gateway.catalogue import Catalogue
from emulator.gateway.nearest import nearest
from emulator.patterns import TooMuchWorkError, effort
from emulator.providers import Provider
from emulator.sandbox.aside import beside
from emulator.watching.journal import OWN_PAGES, Entry, Journal, joined
from emulator.watching.journal import Unclaimed as Reason
from emulator.watching.redaction import Redactor, masked

T = TypeVar("T")

LONG = 65_536
"""From how many bytes on entries of a journal are read on another thread."""


class JournalEntry(BaseModel):
    """One request and its response. Credentials are hidden."""

    number: int
    at: str = Field(description="The sandbox's time", examples=["2026-03-15T14:30:00.000Z"])
    provider: str = Field(
        description="`emulator` for its own pages, whose requests are kept if refused",
        json_schema_extra={"enum": [OWN_PAGES]},
    )
    operation: str | None = Field(description="The documented operation; null for an unknown path")
    credential: str = Field(description="The beginning of what the client showed", examples=["AS_emul…"])
    method: str
    path: str
    query: str
    request_headers: dict[str, str]
    request_body: str
    unread: list[str] = Field(description="Fields that the client sent and no handler read")
    status: int | None = Field(
        description="The HTTP status of the answer: null while it is under way, 0 where none came"
    )
    answer_headers: dict[str, str]
    answer_body: str
    cut: bool = Field(description="Whether the bodies are cut off, because they were too large")
    refused: bool = Field(description="Whether the provider refused it, which Altcraft does with status 200")
    nearest: list[str] = Field(
        description="Operations that an unknown path may have meant", examples=[["POST /v1/campaigns"]]
    )
    faults: list[int] = Field(description="The numbers of the fault rules that acted on it")
    credential_of: str | None = Field(
        description="The provider that an unknown credential is of; null where it is of none",
        examples=["autosend"],
    )
    unclaimed: Reason | None = Field(description="Why it belongs to no sandbox; null for one of a sandbox")


class UnclaimedCount(BaseModel):
    """The requests that belong to no sandbox, as far as they are kept."""

    total: int
    reasons: dict[Reason, int] = Field(description="How many of them there are by reason")
    latest: int = Field(description="The number of the latest of them; 0 where there is none")


def shown(entry: Entry, redactor: Redactor, providers: Iterable[Provider]) -> JournalEntry:
    """Return a journal entry as the control plane shows it, with credentials hidden."""
    own = entry.credential
    return JournalEntry(
        number=entry.number,
        at=iso_millis(entry.at),
        provider=entry.provider,
        operation=entry.operation,
        credential=masked(own),
        method=entry.method,
        path=redactor.text(entry.path, own),
        query=redactor.query(entry.query, own),
        request_headers=joined(redactor.headers(entry.request_headers, own)),
        request_body=redactor.content(entry.request_body, entry.request_headers, own),
        unread=[redactor.text(name, own) for name in entry.unread],
        status=entry.answered,
        answer_headers=joined(redactor.headers(entry.answer_headers, own)),
        answer_body=redactor.content(entry.answer_body, entry.answer_headers, own),
        cut=entry.is_cut,
        refused=entry.is_refused,
        nearest=[] if entry.operation else nearest(catalogues(providers), entry.method, entry.path),
        faults=entry.faults,
        credential_of=entry.credential_of,
        unclaimed=entry.unclaimed,
    )


def count_unclaimed(journal: Journal) -> UnclaimedCount:
    """Return how many requests the journal of those that belong to no sandbox holds, and why."""
    entries = journal.entries()
    reasons = Counter(entry.unclaimed for entry in entries if entry.unclaimed)
    return UnclaimedCount(
        total=len(entries), reasons=dict(reasons), latest=entries[-1].number if entries else 0
    )


def catalogues(providers: Iterable[Provider]) -> tuple[Catalogue, ...]:
    return tuple(provider.catalogue for provider in providers)


async def read_entries(entries: Iterable[Entry], work: Callable[[], T]) -> T:
    """Return the result of work on entries; if they are long, it is done on another thread."""
    return await beside(work) if sum(entry.size for entry in entries) > LONG else work()


def compared(entry: Entry, judge: Callable[[], T]) -> T:
    """Return the result of comparing an entry with criteria. Raises Problem if it takes too much work."""
    try:
        with effort():
            return judge()
    except TooMuchWorkError as error:
        raise Problem(422, f"Request {entry.number} was not compared: {error}.") from error


def kept(journal: Journal) -> Journal:
    """Return the journal. Raises Problem if it is switched off."""
    if not journal.is_on:
        raise Problem(409, "The journal is switched off: EMULATOR_JOURNAL_ENTRIES is 0.")
    return journal


Unclaimed: TypeAlias = Annotated[
    bool,
    Query(description="Those of no sandbox: their credential, their Host or their path leads to none"),
]


async def _journal(world: TheWorld, sandbox: Chosen, *, unclaimed: Unclaimed = False) -> Journal:
    return kept(world.unclaimed if unclaimed else sandbox.journal)


async def _redactor(world: TheWorld, sandbox: Chosen) -> Redactor:
    return world.redactor(sandbox)


TheJournal = Annotated[Journal, Depends(_journal)]
"""The journal of the sandbox that a request names, or that of requests that belong to no sandbox."""

Hiding = Annotated[Redactor, Depends(_redactor)]
"""The redactor, which hides the credentials of the sandbox that a request names."""

EntryNumber = Annotated[Whole, Path(ge=1, le=MAX_NUMBER, description="The request's number", examples=[1])]
