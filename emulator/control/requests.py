"""The journal as the control plane shows it."""

import re
from collections.abc import Iterable
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from emulator.control.values import Chosen, TheWorld
from emulator.core.clock import iso_millis
from emulator.core.journal import Entry, Headers, Journal

SECRET_HEADERS = frozenset({"authorization", "x-api-key"})
HIDDEN = "***"
SECRET_FIELDS = (
    re.compile(r'("(?:token|api_key|bearer)"\s*:\s*")[^"]*'),
    re.compile(r"(<(?:token|api_key)>)[^<]*"),
    re.compile(r"(\b(?:token|api_key)=)[^&]*"),
)


class JournalEntry(BaseModel):
    """One request and its answer. Credentials are hidden."""

    number: int
    at: str = Field(description="The sandbox's time", examples=["2026-03-15T14:30:00.000Z"])
    provider: str
    operation: str | None = Field(description="The documented operation; null for an unknown path")
    method: str
    path: str
    query: str
    request_headers: dict[str, str]
    request_body: str
    unread: list[str] = Field(description="Fields that the client sent and no handler read")
    status: int
    answer_headers: dict[str, str]
    answer_body: str


class RequestList(BaseModel):
    total: int = Field(description="How many requests the journal holds")
    requests: list[JournalEntry]


router = APIRouter(prefix="/_emulator/requests", tags=["Requests"])


@router.get("", summary="List the requests received")
async def list_requests(
    world: TheWorld,
    sandbox: Chosen,
    *,
    unclaimed: Annotated[bool, Query(description="Those whose credential belongs to no sandbox")] = False,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 100,
) -> RequestList:
    """Answer the latest requests and their answers, oldest first, with the fields that nobody read."""
    journal = world.unclaimed if unclaimed else sandbox.journal
    credentials = [credential for _, credential in world.directory.credentials_of(sandbox.name)]
    return request_list(journal, limit, credentials)


def request_list(journal: Journal, limit: int, credentials: Iterable[str]) -> RequestList:
    """Answer the latest entries, without the credentials: the known ones, and what stands where one would."""
    entries, known = journal.entries(), list(credentials)
    return RequestList(total=len(entries), requests=[_shown(entry, known) for entry in entries[-limit:]])


def _shown(entry: Entry, credentials: list[str]) -> JournalEntry:
    return JournalEntry(
        number=entry.number,
        at=iso_millis(entry.at),
        provider=entry.provider,
        operation=entry.operation,
        method=entry.method,
        path=entry.path,
        query=_hidden(entry.query.decode("latin-1"), credentials),
        request_headers=_headers(entry.request_headers),
        request_body=_hidden(entry.request_body.decode("utf-8", "replace"), credentials),
        unread=entry.unread,
        status=entry.status,
        answer_headers=_headers(entry.answer_headers),
        answer_body=_hidden(entry.answer_body.decode("utf-8", "replace"), credentials),
    )


def _headers(headers: Headers) -> dict[str, str]:
    pairs = ((name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in headers)
    return {name: HIDDEN if name in SECRET_HEADERS else value for name, value in pairs}


def _hidden(text: str, credentials: list[str]) -> str:
    for credential in credentials:
        text = text.replace(credential, HIDDEN)
    for pattern in SECRET_FIELDS:
        text = pattern.sub(rf"\g<1>{HIDDEN}", text)
    return text
