"""The types of what the control plane takes and returns, as TypedDicts: plain dicts at run time."""

from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple, TypeAlias, TypedDict

Json: TypeAlias = dict[str, Any]

Duration: TypeAlias = str | timedelta
"""A length of time: `500ms`, `90s`, `15m`, `2h`, `3d`, `1d12h`, or a timedelta."""

Instant: TypeAlias = str | datetime
"""A point in time, ISO 8601 with a zone, or an aware datetime."""

Id: TypeAlias = str | int

JsonList: TypeAlias = list[Json]


class FiredEvent(TypedDict):
    at: str
    event: str
    subject: str


class ClockState(TypedDict):
    now: str
    mode: str
    speed: float
    next_event: str | None
    met: bool | None
    fired: int
    events: list[FiredEvent]
    failed: int
    outstanding: int


class FailedEvent(TypedDict):
    id: int
    due: str
    event: str
    subject: str
    details: str
    failed_at: str
    error: str
    trace: str


FailedEventList: TypeAlias = list[FailedEvent]


class AccountAccess(TypedDict):
    base_url: str
    credentials: list[str]


class SandboxSummary(TypedDict):
    name: str
    seed: int
    now: str
    clock: str
    begins_at: str | None
    fixtures: str | None
    requests: int
    failed_events: int
    made_at: str | None
    expires_after: str | None


class SandboxDetail(SandboxSummary):
    access: dict[str, AccountAccess]
    environment: dict[str, str]
    environment_block: str
    clock_state: ClockState
    last_message: int | None
    url: str | None


class SnapshotInfo(TypedDict):
    name: str
    sandbox: str | None
    at: str | None
    taken_at: str
    size: int
    problem: str | None


SnapshotList: TypeAlias = list[SnapshotInfo]


class JournalEntry(TypedDict):
    """One request that a sandbox received, and its response."""

    number: int
    at: str
    provider: str
    operation: str | None
    credential: str
    method: str
    path: str
    query: str
    request_headers: dict[str, str]
    request_body: str
    unread: list[str]
    status: int | None
    answer_headers: dict[str, str]
    answer_body: str
    cut: bool
    refused: bool
    nearest: list[str]
    faults: list[int]
    credential_of: str | None
    unclaimed: str | None


Entries: TypeAlias = list[JournalEntry]


class Marks(NamedTuple):
    """The numbers of the latest requests elsewhere at the time when a sandbox was made."""

    default: int
    """The latest of the sandbox `default`, which the usual credentials open."""
    unclaimed: int
    """The latest that belongs to no sandbox."""


class Message(TypedDict):
    id: int
    provider: str
    channel: str
    job: str | None
    provider_id: str | None
    provider_ids: dict[str, str]
    recipient: str
    role: str | None
    reference: str | None
    status: str
    outcome: str
    subject: str
    created_at: str
    sent_at: str | None
    delivered_at: str | None


MessageList: TypeAlias = list[Message]


class NearMessage(Message):
    misses: list[str]


NearMessages: TypeAlias = list[NearMessage]


class StatusAt(TypedDict):
    status: str
    at: str
    detail: str | None


class AttachedFile(TypedDict):
    name: str
    content_type: str
    size: int | None
    url: str | None
    description: str
    content_id: str


class Party(TypedDict):
    email: str
    name: str | None


class MessageDetail(Message):
    sender: str
    to: list[Party]
    cc: list[Party]
    bcc: list[Party]
    text: str
    html: bool
    payload: Json | None
    headers: dict[str, str]
    attachments: list[AttachedFile]
    links: list[str]
    codes: list[str]
    history: list[StatusAt]
    statuses: list[str]


CodeList: TypeAlias = list[str]


class Job(TypedDict):
    id: str
    provider: str
    kind: str
    key: str
    provider_ids: dict[str, str]
    name: str
    channel: str
    status: str
    total: int
    counts: dict[str, int]
    actions: list[str]


JobList: TypeAlias = list[Job]


class Balance(TypedDict):
    provider: str
    currency: str
    balance: float
    credit: float
    reserved: float
    available: float


BalanceList: TypeAlias = list[Balance]


Move = TypedDict("Move", {"from": str, "action": str, "to": str})


class Launch(TypedDict):
    started_at: str
    source: str
    provider_ids: dict[str, str]
    total: int
    counts: dict[str, int]


class Step(TypedDict):
    key: str
    type: str
    people: int


class Traveller(TypedDict):
    number: int
    id: str
    address: str | None
    state: str
    step: str | None
    entered_at: str


TravellerList: TypeAlias = list[Traveller]


class LeftOutRecipient(TypedDict):
    recipient: str
    reason: str
    at: str


class LeftOut(TypedDict):
    """Who got no message of a job: all are counted, the first are named."""

    total: int
    reasons: dict[str, int]
    recipients: list[LeftOutRecipient]


class JobDetail(Job):
    launches: list[Launch]
    settings: dict[str, Any]
    steps: list[Step]
    people: dict[str, int]
    left_out: LeftOut
    states: list[str]
    moves: list[Move]
    pace: float | None


class ProviderPace(TypedDict):
    provider: str
    pace: float


PaceList: TypeAlias = list[ProviderPace]


class Criteria(TypedDict, total=False):
    """The requests to match. All criteria that are given must be met.

    In place of a value, `{"contains": …}`, `{"matches": …}` or `{"absent": True}` can be given.
    """

    provider: str
    operation: str
    method: str
    path: str | Json
    query: Json
    headers: Json
    body: Json
    credential: str
    status: int
    text: str


class RequestFilter(TypedDict, total=False):
    provider: str
    operation: str
    credential: str
    method: str
    status: int
    text: str
    unread: bool
    unclaimed: bool
    after: int
    limit: int


class MessageCriteria(TypedDict, total=False):
    """The messages to match. `id` is the emulator's, or one that the provider or the client gave."""

    id: Id
    provider: str
    recipient: str
    status: str
    channel: str
    job: str
    subject: str
    text: str
    since: Instant
    until: Instant
    latest: bool
    after: int


class MessageFilter(MessageCriteria, total=False):
    order: Literal["oldest", "newest"]
    limit: int


class DeliveryCriteria(TypedDict, total=False):
    provider: str
    state: str
    type: str
    target: Id


class DeliveryFilter(DeliveryCriteria, total=False):
    after: Id
    order: Literal["oldest", "newest"]
    limit: int
