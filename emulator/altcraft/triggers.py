"""Triggers: mailings that are sent to single profiles whenever a request or a change starts them.

https://guides.altcraft.com/en/developer-guide/campaigns/trigger-campaigns. A trigger has no audience of its
own: its start names the profiles. It may wait, and then checks again who is reached.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from sqlmodel import Session

from emulator.altcraft import runs
from emulator.altcraft.choosing.audience import Audience, Reached, Recipient, reach
from emulator.altcraft.choosing.selected import those
from emulator.altcraft.logs import DELETED, note, note_left_out
from emulator.altcraft.people.changes import lasting
from emulator.altcraft.refusals import AltcraftError, SubscriptionNotFound, WrongState
from emulator.altcraft.runs import Circumstances
from emulator.altcraft.sending import SENDER, check_active, check_reach, is_paused, mailing_about
from emulator.altcraft.starts import STARTED, subject
from emulator.altcraft.tables.account import Account
from emulator.altcraft.tables.mailings import HeldStart, Mailing
from emulator.altcraft.templating.sendable import check_sendable
from emulator.engine.clock import MINUTE, Millis
from emulator.engine.engine import Handler, Turn
from emulator.storage.session import look_up
from emulator.storage.sqlite import json_text

API_CALL = "api_call"


@dataclass(frozen=True)
class SentTo:
    """The subscription that a trigger is to be sent to."""

    channel: str
    """Triggers on other channels are sent as usual."""
    address: str
    provider: str = ""
    """The provider of a push subscription; empty for any."""
    not_strict: bool = False
    """Whether profiles are reached as usual if nobody has this subscription."""


@dataclass(frozen=True)
class Given(Circumstances):
    """The values and circumstances of a start of a trigger."""

    wanted: SentTo | None = None
    after: Millis = 0
    """How long the start waits, in addition to the wait of the trigger."""

    def having(self, **others: Any) -> "Given":
        """Return the same with other values of some fields."""
        return replace(self, **others)


def given_of(stored: Mapping[str, Any]) -> Given:
    """Return a `Given` of its stored fields."""
    said = {one.name: stored[one.name] for one in fields(Given)}
    return Given(**said | {"wanted": SentTo(**said["wanted"]) if said["wanted"] else None})


def check_call(turn: Turn, mailing: Mailing) -> None:
    """Raise ObjectNotFound and WrongState for a trigger that a request can not start."""
    check_reach(mailing)
    check_sendable(turn.session, mailing)
    if mailing.trigger_type != API_CALL:
        raise WrongState("mailing", mailing.id, f"a trigger of type {mailing.trigger_type}")
    check_active(turn, mailing)


def start(turn: Turn, mailing: Mailing, people: Sequence[str], given: Given) -> list[str]:
    """Send a trigger to profiles, or plan it if it waits; return the ids of those reached, in order.

    Raises SubscriptionNotFound if a certain subscription is wanted, and nobody has it.
    """
    chosen = _chosen(turn, mailing, people, given)
    found = {one.profile_id for one in chosen}
    reached = [one for one in dict.fromkeys(people) if one in found]
    wait = given.after + MINUTE * mailing.skip_minutes
    if wait and reached:
        due = turn.now + wait
        turn.schedule(due, STARTED, subject(mailing), rows=len(reached), people=reached, **asdict(given))
    elif reached:
        _send(turn, mailing, chosen, given)
    return reached


def events() -> dict[str, Handler]:
    return {STARTED: _on_due}


def _on_due(turn: Turn, about: str, details: Mapping[str, Any]) -> None:
    """Send a trigger that waited to the people still reached, or hold it while its campaign is not active."""
    mailing = mailing_about(turn, about)
    if is_paused(turn, mailing):
        turn.session.add(HeldStart(mailing_id=mailing.id, details=dict(details)))
        return
    people, given = details["people"], given_of(details)
    given = given.having(chain=lasting(turn, given.chain))
    _note_deleted(turn, mailing, people, given)
    try:
        chosen = _chosen(turn, mailing, people, given)
    except SubscriptionNotFound:
        chosen = []
    if chosen:
        _send(turn, mailing, chosen, given)


def _note_deleted(turn: Turn, mailing: Mailing, people: Sequence[str], given: Given) -> None:
    """Write into the log how many people of a waiting start were deleted, if any."""
    gone = [one for (one,) in look_up(turn.session, _GONE, (json_text(list(people)),))]
    if gone:
        note_left_out(turn, mailing, DELETED, gone, given.scenario_id)


_GONE = """
    SELECT value FROM json_each(?) AS wanted
    WHERE NOT EXISTS (SELECT 1 FROM altcraft_profile WHERE id = wanted.value)
"""


def _chosen(turn: Turn, mailing: Mailing, people: Sequence[str], given: Given) -> list[Recipient]:
    """Return the recipients among profiles, each address once. Raises SubscriptionNotFound."""
    found = _reached(turn, mailing, people, given.wanted)
    runs.once_each(found)
    for reason, addresses in found.left_out().items():
        note_left_out(turn, mailing, reason, addresses, given.scenario_id)
    return found.recipients


def _reached(turn: Turn, mailing: Mailing, people: Sequence[str], wanted: SentTo | None) -> Reached:
    audience = runs.audience_of(turn, mailing, those(people))
    if wanted is None or wanted.channel != mailing.channel:
        return reach(turn.session, audience)
    found = reach_wanted(turn.session, audience, wanted)
    if found.recipients or found.held:
        return found
    if not wanted.not_strict:
        raise SubscriptionNotFound(mailing.channel, wanted.address)
    return reach(turn.session, audience)


def reach_wanted(session: Session, audience: Audience, wanted: SentTo) -> Reached:
    """Return the people of an audience who are reached by the wanted subscription."""
    providers = [wanted.provider] if wanted.provider else audience.providers
    return reach(session, replace(audience, address=wanted.address, providers=providers))


def _send(turn: Turn, mailing: Mailing, chosen: Sequence[Recipient], given: Given) -> None:
    """Send a trigger at once, beside other runs of it. If it can not be sent, its log has the reason."""
    try:
        check_sendable(turn.session, mailing)
    except AltcraftError as problem:
        note(turn, mailing, str(problem), level="ERROR")
        return
    pace = max(turn.session.get_one(Account, 1).pace, len(chosen))
    job = runs.new_run(turn, mailing, runs.source_of(mailing), given, len(chosen), pace)
    for complaint in runs.problems_of_run(turn.session, mailing, job):
        note(turn, mailing, complaint, level="WARNING")
    made = SENDER.make(turn, job, list(runs.messages_to(mailing.channel, chosen)))
    runs.note_people(turn, made.first_id, chosen)
    SENDER.start_made(turn, job, made)
