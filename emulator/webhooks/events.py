"""Webhooks: requests by which providers tell their clients of events.

A delivery is stored in the same transaction as the change that it tells of. Its attempts are
due events on the sandbox's clock; courier.py makes them. Each provider defines the content,
the signature and the retries of its deliveries: see `Hooks`.
"""

import json
from abc import ABC
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, ClassVar

from sqlmodel import JSON, Column, Field, Session, col, select

from emulator.engine.clock import SECOND, Millis, iso_millis
from emulator.engine.engine import Handler, Turn
from emulator.sending.messages import Message, StatusChange
from emulator.storage.columns import OneOf, RowOf
from emulator.storage.session import look_up
from emulator.storage.tables import Table
from emulator.webhooks.disturbances import take_disturbance
from emulator.webhooks.targets import Target

ATTEMPT, BATCH_OVER = "webhooks.attempt", "webhooks.batch_over"
"""The due events of deliveries."""

GATHERING = "gathering"
"""The state of a batch that waits for more events."""
WAITING, SENDING = "waiting", "sending"
DELIVERED, FAILED, DROPPED = "delivered", "failed", "dropped"
HELD = "held"
"""The state of a delivery that waits until a later one has been attempted."""

NO_SUCCESS = "the provider does not take this response for a success"
"""The error of an attempt whose response only looks like a success, as a 204 at RCS does."""

STATES = (GATHERING, WAITING, SENDING, DELIVERED, FAILED, DROPPED, HELD)


class Delivery(Table, table=True):
    """One webhook request to a client, over all of its attempts."""

    __tablename__ = "webhook_delivery"

    id: int | None = Field(default=None, primary_key=True)
    provider: str
    target_id: int | None = Field(default=None, index=True)
    """The id of its target; None where the address comes with the message itself."""
    url: str
    type: str
    """The type of the first event that it tells of."""
    types: list[str] = Field(sa_column=Column(JSON, nullable=False))
    """The types of all its events, each once; only a batch has several."""
    message_id: int | None = None
    name: str
    """The name that tells the receiver which delivery it is: the same for all attempts and a duplicate."""
    body: str
    method: str = "POST"
    """`GET` where a file is fetched that a client has named."""
    events: int = 1
    """How many events the body contains."""
    secret: str = ""
    """The secret that signs it, kept from its target: that may be deleted when it is replayed."""
    kept_settings: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    """The settings of its target when that was deleted: they say which answers to a replay are a success."""
    state: Annotated[str, OneOf(*STATES)] = Field(default=WAITING, index=True)
    is_corrupt: bool = False
    """Whether it is sent with a wrong signature."""
    backdated_by: Millis | None = None
    """By how much its timestamp header is before the time of sending; None if it is not."""
    attempts: int = 0
    replayed_after: int = 0
    """How many attempts it had when it was last replayed: it is retried as often as if it were new."""
    next_attempt_at: Millis | None = None
    created_at: Millis


class Attempt(Table, table=True):
    """One attempt to make a delivery, with the request's headers and the client's response."""

    __tablename__ = "webhook_attempt"

    id: int | None = Field(default=None, primary_key=True)
    delivery_id: Annotated[int, RowOf("webhook_delivery")] = Field(index=True)
    number: int
    at: Millis
    """When it was sent, by the sandbox's clock; the next one counts from there."""
    sent_at: Millis
    """When it was sent, in the machine's time."""
    took: Millis
    """How long it took, by the sandbox's clock."""
    duration: Millis
    """How long it took, in the machine's time."""
    request_headers: dict[str, str] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    status: int | None = None
    """The HTTP status; None where no response came."""
    error: str | None = None
    answer_headers: dict[str, str] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    answer_body: str = ""


@dataclass(frozen=True)
class Notice:
    """One event that a provider tells of."""

    type: str
    body: Any
    """The content of the request's body, before it is written as JSON."""


@dataclass(frozen=True)
class Destination:
    """An address for notices, with its target if it has one."""

    url: str
    target: Target | None = None


class Hooks(ABC):
    """How one provider's webhooks look, and how they are signed and retried."""

    provider: ClassVar[str]
    types: ClassVar[tuple[str, ...]]
    """The types of its events."""
    other_types: ClassVar[tuple[str, ...]] = ()
    """The types of its deliveries that tell of no event."""
    fetched_types: ClassVar[tuple[str, ...]] = ()
    """The types of its deliveries that fetch a file: nothing disturbs them on their way."""
    retries: ClassVar[tuple[Millis, ...]] = ()
    """The time from each failed attempt to the next one; no more follow."""
    timeout: ClassVar[float] = 10.0
    """How long a client may take to respond, in seconds."""
    signature: ClassVar[str | None] = None
    """The header that holds the signature; None where requests have none."""
    is_dated: ClassVar[bool] = False
    """Whether requests say when they were sent."""
    gathers: ClassVar[bool] = False
    """Whether a delivery to a target gathers several events, as a list in its body."""
    largest_file: ClassVar[int] = 0
    """How many bytes are kept of a fetched file."""
    settings: ClassVar[Mapping[str, Any]] = {}
    """The settings that a target can have, with their defaults."""

    def suffers(self, action: str) -> bool:
        """Return whether a disturbance can act on its requests: only signed ones can be signed wrong."""
        if action == "corrupt_signature":
            return self.signature is not None
        return self.is_dated or action != "backdate"

    @property
    def sent_types(self) -> tuple[str, ...]:
        """The types of its deliveries that tell clients something: all but fetches of files."""
        return (*self.types, *self.other_types)

    def destinations(self, turn: Turn, job_id: int, channel: str) -> Iterable[Destination]:
        """Return the destinations of notices about a job's messages on a channel, whatever their type."""
        return targets(turn, self.provider)

    def notices(self, session: Session, message: Message, change: StatusChange) -> Iterator[Notice]:
        """Yield the notices for a message that reached a status, or whose recipient did something."""
        yield from ()

    def statuses(self, type_: str) -> Collection[str] | None:
        """Return the entries of histories that events of a type tell of; None where any may be."""
        return None

    def new_secret(self, turn: Turn) -> str:
        """Return the secret that signs a new target's notices; empty where nothing is signed."""
        return ""

    def check_settings(self, settings: Mapping[str, Any]) -> None:
        """Raise ValueError for invalid settings of a target."""

    def written(self, body: Any) -> str:
        """Return a request's body as JSON, exactly as it is sent and signed."""
        return json.dumps(body)

    def headers(self, delivery: Delivery, at: Millis) -> dict[str, str]:
        """Return the request's headers; `at` is the time of sending that they tell the receiver."""
        return {"Content-Type": "application/json"}

    def keep_file(self, turn: Turn, delivery: Delivery, headers: Mapping[str, str], content: bytes) -> None:
        """Store a file that was fetched."""

    def is_accepted(self, settings: Mapping[str, Any], status: int, answer: str) -> bool:
        """Return whether a response means that a client accepted a notice to a target with these settings."""
        return status == 200  # noqa: PLR2004 -- OK


def has_targets(turn: Turn, provider: str) -> bool:
    """Return whether a provider has active targets; False in the past of a fixture, which tells nobody."""
    return not turn.is_past and turn.store.execute(_ANY_TARGET, (provider,)).fetchone() is not None


def targets(turn: Turn, provider: str, scope: str = "") -> list[Destination]:
    """Return the active targets of a provider that receive events of a scope."""
    if not has_targets(turn, provider):
        return []
    found = select(Target).where(Target.provider == provider, Target.is_active).order_by(col(Target.id))
    listening = (target for target in turn.session.exec(found) if target.scope in {"", scope})
    return [Destination(target.url, target) for target in listening]


def tell(
    turn: Turn, hooks: Hooks, destination: Destination, notice: Notice, message_id: int | None = None
) -> Delivery | None:
    """Store a delivery of a notice, to be attempted at once; return None if the target does not want it."""
    target = destination.target
    if target is not None and not target.wants(target.scope, notice.type):
        return None
    return deliver(turn, hooks, destination, notice, message_id)


def deliver(
    turn: Turn, hooks: Hooks, destination: Destination, notice: Notice, message_id: int | None = None
) -> Delivery:
    """Store a delivery of a notice, to be attempted at once, whether the target wants its type or not."""
    if hooks.gathers and destination.target is not None:
        return _gather(turn, hooks, destination, destination.target, notice)
    delivery = _new_delivery(turn, hooks, destination, notice.type, hooks.written(notice.body), message_id)
    _send_off(turn, hooks, delivery, as_made=True)
    return delivery


def _new_delivery(
    turn: Turn, hooks: Hooks, destination: Destination, type_: str, body: str, message_id: int | None
) -> Delivery:
    number = turn.ids.number("webhook.delivery")
    delivery = Delivery(
        id=number,
        provider=hooks.provider,
        target_id=destination.target.id if destination.target else None,
        secret=destination.target.secret if destination.target else "",
        url=destination.url,
        type=type_,
        types=[type_],
        message_id=message_id,
        name=f"delivery-{number}",
        body=body,
        created_at=turn.now,
    )
    turn.session.add(delivery)
    return delivery


def _send_off(turn: Turn, hooks: Hooks, delivery: Delivery, *, as_made: bool) -> None:
    """Schedule the first attempt of a delivery, or apply the disturbance that takes effect on it."""
    disturbance = take_disturbance(turn.session, delivery.provider, delivery.types, hooks.suffers)
    action = disturbance.action if disturbance else None
    if action == "drop":
        delivery.state = DROPPED
    elif action == "reorder":
        delivery.state = HELD
    else:
        delivery.is_corrupt = action == "corrupt_signature"
        delivery.backdated_by = disturbance.age if disturbance and action == "backdate" else None
        after = disturbance.delay if disturbance and action == "delay" else 0
        attempt_at(turn, delivery, turn.now + after, as_made=as_made and not after)
    _tell(turn, delivery)
    if action == "duplicate":
        again = Delivery(**delivery.model_dump() | {"id": turn.ids.number("webhook.delivery")})
        turn.session.add(again)
        attempt_at(turn, again, turn.now, as_made=as_made)
        _tell(turn, again)


def attempt_at(turn: Turn, delivery: Delivery, due: Millis, *, as_made: bool = False) -> None:
    """Schedule the next attempt of a delivery, in place of any that is scheduled.

    A new or replayed delivery goes out `as_made`; a delayed one goes by the state of its target at that time.
    """
    delivery.state, delivery.next_attempt_at = WAITING, due
    turn.cancel(subject(delivery))
    turn.schedule(due, ATTEMPT, subject(delivery), as_made=as_made)


def drop(turn: Turn, delivery: Delivery) -> None:
    """Drop a delivery, and report that to the feed."""
    delivery.state, delivery.next_attempt_at = DROPPED, None
    _tell(turn, delivery)


def release_held(turn: Turn, attempted: Delivery) -> None:
    """Schedule held deliveries that came before one just attempted, to the same address or target."""
    same = (col(Delivery.url) == attempted.url) | (col(Delivery.target_id) == (attempted.target_id or 0))
    held = select(Delivery).where(same, Delivery.state == HELD, col(Delivery.id) < attempted.id)
    for delivery in turn.session.exec(held.order_by(col(Delivery.id))):
        attempt_at(turn, delivery, turn.now)


def _gather(turn: Turn, hooks: Hooks, destination: Destination, target: Target, notice: Notice) -> Delivery:
    """Add a notice to its target's open batch; the batch is sent when it is full, or after its timeout."""
    settings = {**hooks.settings, **target.settings}
    open_batch = select(Delivery).where(Delivery.target_id == target.id, Delivery.state == GATHERING)
    delivery = turn.session.exec(open_batch).first()
    if delivery is None:
        delivery = _new_delivery(turn, hooks, destination, notice.type, json.dumps([notice.body]), None)
        delivery.state = GATHERING
        due = turn.now + round(settings["timeout"] * SECOND)
        turn.schedule(due, BATCH_OVER, subject(delivery))
    else:
        delivery.body = json.dumps([*json.loads(delivery.body), notice.body])
        delivery.types = list(dict.fromkeys([*delivery.types, notice.type]))
        delivery.events += 1
    if delivery.events >= settings["batch"]:
        turn.cancel(subject(delivery))
        _send_off(turn, hooks, delivery, as_made=delivery.events == 1)
    return delivery


def subject(delivery: Delivery) -> str:
    return f"webhook:{delivery.id}"


def delivery_about(turn: Turn, about: str) -> Delivery:
    return turn.session.get_one(Delivery, int(about.removeprefix("webhook:")))


def events(hooks: Mapping[str, Hooks]) -> dict[str, Handler]:
    """Return the handlers for the due events of the providers' webhooks, by event name."""
    return {ATTEMPT: _on_attempt, BATCH_OVER: partial(_on_batch_over, hooks)}


def _on_attempt(turn: Turn, about: str, details: Mapping[str, Any]) -> None:
    """Hand a delivery to the courier.

    A delayed delivery goes to the address that its target has by now; it is dropped if that was switched off.
    """
    delivery = delivery_about(turn, about)
    was_held_up = delivery.target_id is not None and not details.get("as_made")
    target = turn.session.get(Target, delivery.target_id) if was_held_up else None
    if target is not None:
        if not target.is_listening:
            drop(turn, delivery)
            return
        delivery.url = target.url
    delivery.state, delivery.next_attempt_at = SENDING, turn.now
    assert delivery.id is not None
    turn.posts.append(delivery.id)


def _on_batch_over(hooks: Mapping[str, Hooks], turn: Turn, about: str, details: Mapping[str, Any]) -> None:
    delivery = delivery_about(turn, about)
    _send_off(turn, hooks[delivery.provider], delivery, as_made=False)


def record_attempt(turn: Turn, hooks: Hooks, delivery: Delivery, attempt: Attempt) -> None:
    """Store the result of an attempt; if it failed, schedule the next retry, if any is left."""
    target = turn.session.get(Target, delivery.target_id) if delivery.target_id else None
    delivery.attempts += 1
    attempt.number, attempt.delivery_id = delivery.attempts, delivery.id or 0
    turn.session.add(attempt)
    settings, status = target.settings if target else delivery.kept_settings, attempt.status
    accepted = status is not None and hooks.is_accepted(settings, status, attempt.answer_body)
    delivery.state, delivery.next_attempt_at = DELIVERED if accepted else FAILED, None
    if not accepted and status in range(200, 300):
        attempt.error = attempt.error or NO_SUCCESS
    retries = hooks.retries if target is not None or delivery.target_id is None else ()
    failures = delivery.attempts - delivery.replayed_after
    is_repeated = not accepted and failures <= len(retries)
    if is_repeated:
        attempt_at(turn, delivery, attempt.at + retries[failures - 1])
    if target is not None:
        target.note_attempt(attempt.at)
        if not is_repeated:
            target.note_result(attempt.at, accepted=accepted)
    _tell(turn, delivery, attempt)
    release_held(turn, delivery)


def _tell(turn: Turn, delivery: Delivery, attempt: Attempt | None = None) -> None:
    """Report a delivery's change of state to the feed."""
    if turn.is_heard:
        turn.say(
            "delivery",
            id=delivery.id,
            provider=delivery.provider,
            type=delivery.type,
            types=delivery.types,
            url=delivery.url,
            state=delivery.state,
            attempts=delivery.attempts,
            status=attempt.status if attempt else None,
            error=attempt.error if attempt else None,
            at=iso_millis(attempt.at if attempt else turn.now),
        )


def undelivered(session: Session) -> list[int]:
    """Return the ids of deliveries handed to a courier without a result, as when its process ended.

    They come in the order in which they were handed over.
    """
    return [number for (number,) in look_up(session, _HANDED_OVER, (SENDING,))]


_ANY_TARGET = "SELECT 1 FROM webhook_target WHERE provider = ? AND is_active LIMIT 1"
_HANDED_OVER = "SELECT id FROM webhook_delivery WHERE state = ? ORDER BY next_attempt_at, id"
