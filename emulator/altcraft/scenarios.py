"""Automation scenarios: graphs of nodes through which profiles pass; each node does one thing.

https://guides.altcraft.com/en/user-guide/automation-scenarios/9407058 (nodes, re-entry) and
https://guides.altcraft.com/en/developer-guide/automation-scenarios (what the API can do). The names of nodes
in fixtures are inferred.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, NamedTuple

from sqlmodel import Session, col, select

from emulator.altcraft import runs, sending, triggers
from emulator.altcraft.choosing.audience import Audience
from emulator.altcraft.choosing.selected import those
from emulator.altcraft.choosing.selections import of_segment
from emulator.altcraft.logs import note
from emulator.altcraft.loyalty import promo_codes
from emulator.altcraft.people.changes import lasting
from emulator.altcraft.people.drafts import Drafting
from emulator.altcraft.people.history import ACTIONS
from emulator.altcraft.people.matching import by_id
from emulator.altcraft.people.showing import EVENT_SUFFIXES
from emulator.altcraft.people.writing import Writing, write_profile
from emulator.altcraft.refusals import AltcraftError, SubscriptionNotFound, WrongState
from emulator.altcraft.tables.choosing import Segment
from emulator.altcraft.tables.loyalty import LoyaltyProgram
from emulator.altcraft.tables.mailings import Mailing
from emulator.altcraft.tables.people import Database, Resource
from emulator.altcraft.tables.scenarios import Passage, Scenario
from emulator.altcraft.templating.rendering import shown
from emulator.altcraft.triggers import Given, SentTo, given_of
from emulator.engine.clock import Millis
from emulator.engine.engine import Handler, Turn
from emulator.storage.session import look_up
from emulator.storage.tables import among

DEFAULT = "default"
"""The `starts_by` of the start node at which requests put profiles in."""

MOST_NODES = 100
"""How many nodes a profile passes at one instant: a circle without a wait would never end."""

ENDS = 10
"""How often a profile in a circle goes on at the beginning and at the end of a fixture's long past."""

NEXT, THEN, OTHERWISE = "next", "then", "otherwise"
"""The exits of nodes: the only one, and those of nodes that decide."""

Node = Mapping[str, Any]

logger = logging.getLogger("emulator")


class Stay(NamedTuple):
    """Returned by a step at which the profile waits."""


STAY = Stay()


def check_running(turn: Turn, scenario: Scenario) -> None:
    """Raise WrongState for a scenario that nobody can enter."""
    if not scenario.is_active:
        raise WrongState("scenario", scenario.id, "inactive")
    sending.check_campaign(turn, scenario, *sending.NOT_ACTIVE)


def is_running(turn: Turn, scenario: Scenario) -> bool:
    """Return whether a scenario runs: it is active, and so is its campaign, if any."""
    return scenario.is_active and not sending.is_paused(turn, scenario)


def starts_of(scenario: Scenario) -> list[Node]:
    return [node for node in scenario.nodes if node["type"] == "start"]


def check_wanted(turn: Turn, scenario: Scenario, people: Sequence[str], wanted: SentTo | None) -> None:
    """Raise SubscriptionNotFound if a certain subscription is wanted, and none of the people has it.

    It is looked up in the audiences of the scenario's mailings on its channel or, without any, in all
    resources.
    """
    if wanted is None or wanted.not_strict:
        return
    numbers = [node["mailing"] for node in scenario.nodes if node["type"] == "campaign"]
    sent = select(Mailing).where(among(Mailing.id, numbers), Mailing.channel == wanted.channel)
    meant = those(people)
    audiences = [runs.audience_of(turn, mailing, meant) for mailing in turn.session.exec(sent)] or [
        Audience(meant, wanted.channel, resource_id=number)
        for number in (0, *turn.session.exec(select(Resource.id)))
    ]
    for audience in audiences:
        found = triggers.reach_wanted(turn.session, audience, wanted)
        if found.recipients or found.held:
            return
    raise SubscriptionNotFound(wanted.channel, wanted.address)


def enter(
    turn: Turn, scenario: Scenario, people: Sequence[str], given: Given, start: Node | None = None
) -> list[str]:
    """Put profiles into a scenario, if its mode allows it; return the ids of those that entered.

    They enter at `start`, or else at the start node for requests; without one, nobody enters.
    """
    start = start or next((node for node in starts_of(scenario) if node["starts_by"] == DEFAULT), None)
    if start is None:
        return []
    taken = _allowed(turn, scenario, list(dict.fromkeys(people)))
    kept = asdict(given)
    for profile_id in taken:
        passage = Passage(
            id=turn.ids.number("altcraft.passage"),
            scenario_id=scenario.id,
            profile_id=profile_id,
            node=start["name"],
            entered_at=turn.now,
            given=kept,
        )
        turn.session.add(passage)
        _go_on(turn, scenario, passage, NEXT, given.chain)
    return taken


def _allowed(turn: Turn, scenario: Scenario, people: Sequence[str]) -> list[str]:
    """Return the profiles that may enter now; in the mode `restart`, end their earlier passages."""
    mine = select(Passage).where(Passage.scenario_id == scenario.id, among(Passage.profile_id, list(people)))
    earlier = list(turn.session.exec(mine))
    if scenario.mode == "restart":
        for passage in earlier:
            if passage.state == "inside":
                _end(turn, passage, "left")
        return list(people)
    ever = scenario.mode == "skip_in_any_case"
    kept_out = {passage.profile_id for passage in earlier if ever or passage.state == "inside"}
    return [profile_id for profile_id in people if profile_id not in kept_out]


def activate(turn: Turn, scenario: Scenario, *, skip_profiles: bool = False) -> None:
    """Make a scenario active, and let its profiles go on; `skip_profiles` takes them out instead.

    Raises WrongState if its campaign is completed or deleted.
    """
    sending.check_campaign(turn, scenario, *sending.ENDED)
    if skip_profiles:
        for passage in _inside(turn.session, scenario):
            _end(turn, passage, "left")
    scenario.state = "active"
    release(turn, scenario)


def deactivate(turn: Turn, scenario: Scenario) -> None:
    """Make a scenario inactive; profiles stay where they are."""
    scenario.state = "inactive"


def release(turn: Turn, scenario: Scenario) -> None:
    """Take the steps that fell due while a scenario did not run."""
    if not is_running(turn, scenario):
        return
    for passage in _inside(turn.session, scenario):
        if passage.taken:
            _go_on(turn, scenario, passage, passage.taken)


def _inside(session: Session, scenario: Scenario) -> list[Passage]:
    inside = select(Passage).where(Passage.scenario_id == scenario.id, Passage.state == "inside")
    return list(session.exec(inside.order_by(col(Passage.id))))


def hear(turn: Turn, action: str, sending: int, chain: int) -> None:
    """Let profiles go on that wait for this event of the messages of a sending."""
    waiting = select(Passage).where(
        Passage.sending == sending, Passage.awaits == action, Passage.state == "inside"
    )
    for passage in turn.session.exec(waiting).all():
        turn.cancel(_subject(passage))
        _arrive(turn, passage, THEN, chain)


def warn(turn: Turn, scenario: Scenario, text: str) -> None:
    """Warn in the logs of a scenario's mailings, as it has no log; without mailings, in the server's log."""
    numbers = [node["mailing"] for node in scenario.nodes if node["type"] == "campaign"]
    mailings = turn.session.exec(select(Mailing).where(among(Mailing.id, numbers))).all()
    said = f"Scenario {scenario.id}: {text}"
    for mailing in mailings:
        note(turn, mailing, said, level="WARNING")
    if not mailings:
        logger.warning("altcraft: %s", said)


def events() -> dict[str, Handler]:
    return {"altcraft.passage": _on_due, "altcraft.scenarios": _on_resumed}


def _on_due(turn: Turn, about: str, details: Mapping[str, Any]) -> None:
    passage = turn.session.get(Passage, int(about.removeprefix("altcraft.passage:")))
    if passage is not None and passage.state == "inside":
        _arrive(turn, passage, details["exit"], lasting(turn, passage.chain))


def _on_resumed(turn: Turn, about: str, details: Mapping[str, Any]) -> None:
    """Go on with the scenarios of a campaign that became active."""
    number = int(about.removeprefix("altcraft.scenarios:"))
    for scenario in turn.session.exec(select(Scenario).where(Scenario.campaign_id == number)).all():
        release(turn, scenario)


def _arrive(turn: Turn, passage: Passage, exit_: str, chain: int = 0) -> None:
    """Leave a node by an exit or, if the scenario does not run, remember the exit."""
    later = None if turn.past_until is None else _later(passage, turn.now, turn.past_until)
    if later is not None:
        passage.awaits = ""
        turn.schedule(later, "altcraft.passage", _subject(passage), exit=exit_)
        return
    scenario = turn.session.get_one(Scenario, passage.scenario_id)
    if is_running(turn, scenario):
        _go_on(turn, scenario, passage, exit_, chain)
    else:
        passage.taken, passage.awaits = exit_, ""


def _later(passage: Passage, now: Millis, until: Millis) -> Millis | None:
    """Return when a profile in the past of a fixture goes on; None for now.

    A profile in a circle goes on only at both ends of the past. The gap between follows from the mean time of
    a step so far; if steps become quicker, some more are taken before the sandbox begins.
    """
    passage.went_on += 1
    if passage.went_on == 3 * ENDS:
        return until + 1
    length = max(1, (now - passage.entered_at) // passage.went_on)
    left_out = (until - now) // length - ENDS
    return now + left_out * length if passage.went_on == ENDS and left_out > 0 else None


def _go_on(turn: Turn, scenario: Scenario, passage: Passage, exit_: str, chain: int = 0) -> None:
    """Walk on from where a profile stands, up to a node that it waits at, or to the end."""
    nodes: dict[str, Node] = {node["name"]: node for node in scenario.nodes}
    passage.taken, passage.awaits, passage.chain = "", "", chain
    for _ in range(MOST_NODES):
        following = nodes[passage.node].get(exit_)
        if following is None:
            _end(turn, passage, "completed")
            return
        node = nodes[following]
        passage.node = node["name"]
        try:
            step = STEPS[node["type"]](turn, passage, node)
        except AltcraftError as problem:
            _warn_of_failure(turn, scenario, passage, problem)
            break
        if isinstance(step, Stay):
            return
        exit_ = step
    _end(turn, passage, "error")


def _warn_of_failure(turn: Turn, scenario: Scenario, passage: Passage, problem: AltcraftError) -> None:
    """Warn of a step that failed, of the first profile at an instant: others tend to fail in the same way."""
    if scenario.failed_at != turn.now:
        scenario.failed_at = turn.now
        warn(turn, scenario, f"node {passage.node} failed for profile {passage.profile_id}: {problem}")


def _end(turn: Turn, passage: Passage, state: str) -> None:
    turn.cancel(_subject(passage))
    passage.state, passage.ended_at = state, turn.now
    passage.awaits, passage.taken = "", ""


def _send(turn: Turn, passage: Passage, node: Node) -> str:
    """Send the node's trigger to the profile, if the trigger is active and reaches it."""
    mailing = turn.session.get(Mailing, node["mailing"])
    if mailing is None:
        scenario = turn.session.get_one(Scenario, passage.scenario_id)
        warn(turn, scenario, f"mailing {node['mailing']} is deleted")
        return NEXT
    try:
        sending.check_active(turn, mailing)
    except WrongState as problem:
        kind, number, state = problem.values
        said = f"Scenario {passage.scenario_id}: {kind} {number} is {state}"
        note(turn, mailing, said, level="WARNING")
        return NEXT
    passage.mailing_id, passage.sending = mailing.id, turn.ids.number("altcraft.sending")
    given = given_of(passage.given).having(
        scenario_id=passage.scenario_id, node=passage.node, sending=passage.sending, chain=passage.chain
    )
    triggers.start(turn, mailing, [passage.profile_id], given)
    return NEXT


def _wait(turn: Turn, passage: Passage, node: Node) -> str | Stay:
    if not node["length"]:
        return NEXT
    turn.schedule(turn.now + node["length"], "altcraft.passage", _subject(passage), exit=NEXT)
    return STAY


def _decide(turn: Turn, passage: Passage, node: Node) -> str:
    """Return the exit by a segment, or by the `content` of the start."""
    if node.get("segment"):
        if turn.session.get(Segment, node["segment"]) is None:
            scenario = turn.session.get_one(Scenario, passage.scenario_id)
            warn(turn, scenario, f"segment {node['segment']} is deleted")
            return OTHERWISE
        people = of_segment(turn.session, node["segment"], turn.meant)
        statement = f"SELECT :profile_id IN ({people.sql})"
        parameters = {**people.parameters, "profile_id": passage.profile_id}
        return THEN if look_up(turn.session, statement, parameters).fetchone()[0] else OTHERWISE
    values = passage.given["values"]
    is_so = all(shown(values.get(name)) == shown(value) for name, value in node["content"].items())
    return THEN if is_so else OTHERWISE


def _await(turn: Turn, passage: Passage, node: Node) -> str | Stay:
    """Wait for an event of the message that was sent last, or for the time to be over."""
    mailing = turn.session.get(Mailing, passage.mailing_id) if passage.mailing_id else None
    if mailing is None:
        return OTHERWISE
    where = (passage.profile_id, passage.sending, STATUSES[node["event"]])
    if look_up(turn.session, _HAPPENED, where).fetchone():
        return THEN
    if not node["timeout"]:
        return OTHERWISE
    passage.awaits = f"{node['event']}{EVENT_SUFFIXES[mailing.channel]}"
    turn.schedule(turn.now + node["timeout"], "altcraft.passage", _subject(passage), exit=OTHERWISE)
    return STAY


STATUSES = {action: status for status, action in ACTIONS.items()}
"""The statuses of messages that feedback nodes can wait for, by their names in the history."""


def _update(turn: Turn, passage: Passage, node: Node) -> str:
    """Update the profile with data in the form of imports. Raises AltcraftError."""
    scenario = turn.session.get_one(Scenario, passage.scenario_id)
    database = turn.session.get_one(Database, scenario.list_id)
    resources = {one.id: one for one in turn.session.exec(select(Resource))}
    draft = Drafting(database, resources).draft(node["data"], by_id(passage.profile_id))
    write_profile(turn, Writing(database, resources, "update", chain=passage.chain), draft)
    return NEXT


def _attach(turn: Turn, passage: Passage, node: Node) -> str:
    """Give the profile a promo code: the one that is named, or a free one. Raises AltcraftError."""
    program = turn.session.get_one(LoyaltyProgram, node["program"])
    promo_codes.attach(turn, program, passage.profile_id, node.get("code"))
    return NEXT


STEPS: Mapping[str, Callable[[Turn, Passage, Node], str | Stay]] = {
    "campaign": _send,
    "delay": _wait,
    "condition": _decide,
    "feedback": _await,
    "update": _update,
    "promo_attach": _attach,
}
"""The step of each type of node. It returns the exit to take, or STAY."""


def _subject(passage: Passage) -> str:
    return f"altcraft.passage:{passage.id}"


_HAPPENED = """
    SELECT 1 FROM altcraft_sent AS sent
    JOIN message ON message.id = sent.message_id
    JOIN altcraft_run AS run ON run.job_id = message.job_id
    JOIN status_change AS change ON change.message_id = message.id
    WHERE sent.profile_id = ? AND run.sending = ? AND change.status = ? LIMIT 1
"""
