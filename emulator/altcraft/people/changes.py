"""Changes of people: they are written into histories, and start triggers and scenarios.

Triggers start by changes, and by events of messages, at the same instant: a due event starts them, if any
trigger listens. A request with `skip_triggers` makes the same changes, marked as silent in the history.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from emulator.altcraft.people.history import ACTIONS
from emulator.altcraft.people.showing import EVENT_SUFFIXES
from emulator.engine.clock import Millis
from emulator.engine.engine import Turn
from emulator.sending.mail import SOFT
from emulator.sending.messages import Selection
from emulator.sending.outcomes import word_of
from emulator.storage.sqlite import json_text

RECORDED, RESTATUSED, HAPPENED = "altcraft.changes", "altcraft.restatused", "altcraft.happened"
"""The due events for changes of people, for changes of statuses, and for events of messages."""

STATUS = "status"
"""The action of a changed status. Histories do not show it, but its cause: `unsub`, `hardbounce`."""

OF_MESSAGES = "action"
"""The type of triggers that events of messages can start."""

LISTENING = ("api_import", OF_MESSAGES, "update", "pixel", "subscribe")
"""The types of triggers, and of start nodes of scenarios, that changes of people can start."""


class Change(NamedTuple):
    """A change of a profile, as an entry for its history."""

    profile_id: str
    action: str
    """`import`, `update`, `subscribe`, `goal`, `ordered`, `entered`, `left`, as the history names it."""
    subscription_id: int | None = None
    details: Mapping[str, Any] = {}
    """The changed `fields`; whether a subscription's `channel`, `contact`, `sub` and `status` are new; the
    `segment_id` of a segment that was entered or left."""
    at: Millis | None = None
    """When it happened; None for now."""


def record(turn: Turn, changes: Iterable[Change], *, is_silent: bool = False, chain: int = 0) -> None:
    """Write changes into the histories of their profiles; silent ones start nothing.

    `chain` is the chain of starts that led to the changes (`Run.chain`).
    """
    is_heard = not is_silent and _is_heard(turn)
    after = _last(turn) if is_heard else 0
    (place,) = turn.store.execute("SELECT coalesce(max(id), 0) FROM status_change").fetchone()
    rows = (
        (
            one.profile_id,
            one.action,
            turn.now if one.at is None else one.at,
            one.subscription_id,
            json_text(one.details),
            is_silent,
            place,
        )
        for one in changes
    )
    turn.store.execute_many(_RECORD, rows)
    if is_heard:
        until = _last(turn)
        about = {"after": after, "until": until, "chain": chain}
        turn.schedule(turn.now, RECORDED, "altcraft.people", rows=until - after, **about)


def tell_of_statuses(
    turn: Turn, subscriptions: Sequence[int] = (), profiles: Sequence[str] = (), chain: int = 0
) -> None:
    """Let triggers start by changed statuses of subscriptions, and changed global statuses of profiles."""
    number = len(subscriptions) + len(profiles)
    if number and _is_heard(turn):
        about = {"subscriptions": list(subscriptions), "profiles": list(profiles), "chain": chain}
        turn.schedule(turn.now, RESTATUSED, "altcraft.people", rows=number, **about)


def tell_of_messages(turn: Turn, selection: Selection, status: str) -> None:
    """Let triggers start by the status of messages: they were sent, delivered, opened and so on."""
    action = "softbounce" if _is_soft(selection, status) else ACTIONS.get(status)
    name = f"{action}{EVENT_SUFFIXES[selection.channel]}"
    if action is None or not turn.store.execute(_HEARD_OF_MESSAGES, (name,)).fetchone():
        return
    where = {**selection._asdict(), "now": turn.now, "is_past": turn.is_past}
    rows = turn.store.execute(_WHOM, where).fetchall()
    if rows:
        people, (_, sending, chain) = [row[0] for row in rows], rows[0]
        about = {"people": people, "action": name, "sending": sending, "chain": chain}
        turn.schedule(turn.now, HAPPENED, "altcraft.people", rows=len(rows), **about)


def lasting(turn: Turn, chain: int) -> int:
    """Return the chain of starts after a wait: a wait ends a chain, except in the past of a fixture."""
    return chain if turn.is_past else 0


def _is_soft(selection: Selection, status: str) -> bool:
    return status == "bounced" and word_of(selection.outcome) == SOFT


def _is_heard(turn: Turn) -> bool:
    """Return whether an active trigger or scenario starts by changes of people."""
    return turn.store.execute(_HEARD, (json_text(LISTENING),)).fetchone() is not None


def _last(turn: Turn) -> int:
    """Return the number of the last change that was written, 0 before the first."""
    last: int | None = turn.store.execute("SELECT max(id) FROM altcraft_past").fetchone()[0]
    return last or 0


_HEARD = """
    SELECT 1 FROM altcraft_mailing
    WHERE trigger_type IN (SELECT value FROM json_each(?)) AND state = 'active'
    UNION ALL SELECT 1 FROM altcraft_scenario WHERE reacts AND state = 'active' LIMIT 1
"""
_HEARD_OF_MESSAGES = """
    SELECT 1 FROM altcraft_passage WHERE awaits = ?1
    UNION ALL SELECT 1 FROM altcraft_mailing WHERE trigger_type = 'action' AND state = 'active'
    UNION ALL SELECT 1 FROM altcraft_scenario WHERE reacts AND state = 'active' LIMIT 1
"""
_WHOM = """
    SELECT sent.profile_id, run.sending, iif(run.at = :now OR :is_past, run.chain, 0) FROM message
    JOIN altcraft_sent AS sent ON sent.message_id = message.id
    JOIN altcraft_run AS run ON run.job_id = message.job_id
    WHERE message.job_id = :job_id AND message.channel = :channel AND message.outcome = :outcome
    AND message.position BETWEEN :first AND :last AND message.status = :status ORDER BY message.position
"""


_RECORD = """
    INSERT INTO altcraft_past (profile_id, action, at, subscription_id, details, is_silent, place)
    VALUES (?, ?, ?, ?, ?, ?, ?)
"""
