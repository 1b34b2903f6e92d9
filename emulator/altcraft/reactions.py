"""Starts triggers and scenarios by changes of people and by events of messages to them.

https://guides.altcraft.com/en/developer-guide/campaigns/trigger-campaigns/2195922 (types of triggers). They
start at the instant of the change, in the order of their ids, triggers first.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from sqlmodel import col, select

from emulator.altcraft import scenarios, triggers
from emulator.altcraft.choosing.queries import query_of
from emulator.altcraft.choosing.selected import those
from emulator.altcraft.logs import note
from emulator.altcraft.people.changes import HAPPENED, LISTENING, OF_MESSAGES, RECORDED, RESTATUSED, STATUS
from emulator.altcraft.people.values import type_of
from emulator.altcraft.refusals import IncorrectRequest
from emulator.altcraft.sending import is_paused
from emulator.altcraft.tables.mailings import Mailing
from emulator.altcraft.tables.people import Database
from emulator.altcraft.tables.scenarios import Scenario
from emulator.altcraft.triggers import Given
from emulator.engine.engine import Handler, Turn
from emulator.storage.session import look_up
from emulator.storage.sqlite import json_text

MOST_STARTS = 100
"""How often a listener starts at most for a profile in one chain of starts at an instant."""

MOST_IN_THE_PAST = 1
"""The same in the past of a fixture, where a chain goes on in time, to keep the start of the server short."""

QUERIES: Mapping[str, Callable[[Any], Any]] = {
    "equal": lambda value: {"$eq": value},
    "not_equal": lambda value: {"$ne": value},
    "greater": lambda value: {"$gt": value},
    "less": lambda value: {"$lt": value},
    "exist": lambda _: {"$exists": True},
    "not_exist": lambda _: {"$exists": False},
}
"""The condition of each operator of `update_query`, in the syntax of queries."""


class Changed(NamedTuple):
    """A change of a profile, as the history has it."""

    profile_id: str
    database_id: int
    action: str
    details: Mapping[str, Any]
    resource_id: int | None = None
    """The resource of the subscription that changed."""
    channel: str | None = None


def events() -> dict[str, Handler]:
    return {RECORDED: _on_changes, RESTATUSED: _on_statuses, HAPPENED: _on_messages}


class Listener(NamedTuple):
    """A trigger, or a start node of a scenario, that starts by changes."""

    source: Mailing | Scenario
    type: str
    reacts_to: Mapping[str, Any]
    database_id: int
    resource_id: int
    start: Callable[[Sequence[str], Given], Any]
    started: str
    """The statement for those of some people for whom it has started too often in a chain."""
    warn: Callable[[str], None]


def _on_changes(turn: Turn, about: str, details: Mapping[str, Any]) -> None:
    rows = look_up(turn.session, _CHANGED, (details["after"], details["until"]))
    _start(turn, [Changed(*row)._replace(details=json.loads(row[3])) for row in rows], _chain(turn, details))


def _on_statuses(turn: Turn, about: str, details: Mapping[str, Any]) -> None:
    subscriptions = look_up(turn.session, _SUBSCRIPTIONS, (json_text(details["subscriptions"]),)).fetchall()
    profiles = look_up(turn.session, _DATABASES, (json_text(details["profiles"]),)).fetchall()
    news, fields = {"status": True}, {"fields": ["_status"]}
    changes = [Changed(one, database, STATUS, news, *of) for one, database, *of in subscriptions]
    changes += [Changed(one, database, STATUS, fields) for one, database in profiles]
    _start(turn, changes, _chain(turn, details))


def _start(turn: Turn, changes: Sequence[Changed], chain: "Chain") -> None:
    for listener in _listening(turn):
        own = [one for one in changes if one.database_id == listener.database_id]
        _set_off(turn, listener, _moved(turn, listener, own), chain)


def _on_messages(turn: Turn, about: str, details: Mapping[str, Any]) -> None:
    """Start the listeners to an event of messages for their recipients, and scenarios that wait for it."""
    ids, action, chain = details["people"], details["action"], _chain(turn, details)
    rows = look_up(turn.session, _DATABASES, (json_text(ids),)).fetchall()
    for listener in _listening(turn):
        if listener.type != OF_MESSAGES or listener.reacts_to["action"] != action:
            continue
        people = [profile_id for profile_id, database_id in rows if database_id == listener.database_id]
        _set_off(turn, listener, people, chain)
    if details["sending"] is not None:
        scenarios.hear(turn, action, details["sending"], chain.number)


class Chain(NamedTuple):
    """A chain of starts at an instant: each was caused by what the one before it did."""

    number: int
    is_new: bool


def _chain(turn: Turn, details: Mapping[str, Any]) -> Chain:
    """Return the chain of a change or event, or a new chain if it is in none."""
    number = details["chain"]
    return Chain(number or turn.ids.number("altcraft.chain"), is_new=not number)


def _set_off(turn: Turn, listener: Listener, people: Sequence[str], chain: Chain) -> None:
    """Start a listener for people, except those for whom it started too often in the same chain.

    Starts are counted, not the length of the chain: two listeners that start each other double at each step.
    """
    if people and not chain.is_new:
        most = MOST_IN_THE_PAST if turn.is_past else MOST_STARTS
        where = {"source": listener.source.id, "chain": chain.number, "now": turn.now, "most": most}
        own = {"people": json_text(people), "is_past": turn.is_past}
        rows = look_up(turn.session, listener.started, where | own).fetchall()
        if rows:
            _stop(turn, listener)
            people = [one for one in people if (one,) not in rows]
    if people:
        listener.start(people, Given(chain=chain.number))


def _stop(turn: Turn, listener: Listener) -> None:
    """Warn of a listener that starts itself, once at an instant, but not in the past of a fixture."""
    if listener.source.stopped_at != turn.now and not turn.is_past:
        listener.source.stopped_at = turn.now
        listener.warn(f"starts itself: stopped after {MOST_STARTS} times")


def _listening(turn: Turn) -> list[Listener]:
    """Return the active listeners: triggers, then scenarios, by id."""
    wanted = select(Mailing).where(col(Mailing.trigger_type).in_(LISTENING), Mailing.state == "active")
    mailings = turn.session.exec(wanted.order_by(col(Mailing.id))).all()
    found = [_of_trigger(turn, mailing) for mailing in mailings if not is_paused(turn, mailing)]
    reacting = select(Scenario).where(col(Scenario.reacts), Scenario.state == "active")
    for scenario in turn.session.exec(reacting.order_by(col(Scenario.id))).all():
        if scenarios.is_running(turn, scenario):
            starts = [node for node in scenarios.starts_of(scenario) if node["starts_by"] in LISTENING]
            found += [_of_start(turn, scenario, node) for node in starts]
    return found


def _of_trigger(turn: Turn, mailing: Mailing) -> Listener:
    return Listener(
        mailing,
        mailing.trigger_type,
        mailing.reacts_to,
        mailing.data_id,
        mailing.resource_id,
        partial(triggers.start, turn, mailing),
        _STARTED,
        lambda text: note(turn, mailing, text.capitalize(), level="WARNING"),
    )


def _of_start(turn: Turn, scenario: Scenario, node: scenarios.Node) -> Listener:
    return Listener(
        scenario,
        node["starts_by"],
        node["reacts_to"],
        scenario.list_id,
        node["resource_id"],
        partial(scenarios.enter, turn, scenario, start=node),
        _ENTERED,
        partial(scenarios.warn, turn, scenario),
    )


def _moved(turn: Turn, listener: Listener, changes: Sequence[Changed]) -> list[str]:
    """Return the profiles whose changes start a listener, each once, in the order of the changes."""
    if listener.type == "update":
        return _updated(turn, listener, changes)
    starts = STARTS[listener.type]
    return list(dict.fromkeys(one.profile_id for one in changes if starts(listener, one)))


def _updated(turn: Turn, listener: Listener, changes: Sequence[Changed]) -> list[str]:
    """Return the profiles for which a wanted field changed to a value that fits."""
    found: dict[str, None] = {}
    for wanted in listener.reacts_to["update_query"]:
        people = [one.profile_id for one in changes if _has_changed(one, wanted["fieldname"])]
        found.update(dict.fromkeys(_matching(turn, listener, people, wanted)))
    return list(found)


def _has_changed(change: Changed, name: str) -> bool:
    """Return whether a field of an existing profile changed."""
    is_write = change.action in {"update", "import", STATUS} and not change.details.get("is_new")
    return is_write and name in change.details.get("fields", ())


def _matching(turn: Turn, listener: Listener, people: Sequence[str], wanted: Mapping[str, Any]) -> list[str]:
    operator = wanted.get("operator")
    if not people or operator is None:
        return list(people)
    database = turn.session.get_one(Database, listener.database_id)
    name, value = wanted["fieldname"], wanted.get("value")
    types = {name: _read_as(wanted["fieldtype"], value)}
    try:
        selected = query_of(database, {name: QUERIES[operator](value)}, types=types)
    except IncorrectRequest:  # the field was removed, or its type changed
        return []
    own = those(people)
    statement = _AMONG.format(people=own.sql, selected=selected.sql)
    rows = look_up(turn.session, statement, {**own.parameters, **selected.parameters})
    return [profile_id for (profile_id,) in rows]


def _read_as(type_: str, value: Any) -> str:
    """Return the type that an undeclared field is read as: `fieldtype`, or else the value's type."""
    return type_ if type_ not in {"", "unicode"} or value is None else type_of(value)


def _is_subscribed(listener: Listener, change: Changed) -> bool:
    """Return whether a change of a subscription starts a listener of type `subscribe`."""
    if change.action not in {"subscribe", STATUS} or listener.resource_id not in {0, change.resource_id}:
        return False
    wanted = listener.reacts_to
    news = (wanted[flag] and change.details.get(name) for flag, name in FLAGS.items())
    return wanted.get("channel") in {None, change.channel} and any(news)


FLAGS = {
    "is_new_ch": "channel",
    "is_new_contact": "contact",
    "is_new_sub": "sub",
    "is_status_changed": "status",
}
"""The settings of a trigger of type `subscribe`, with the detail of a change that each looks at."""


def _is_action(listener: Listener, change: Changed) -> bool:
    wanted = listener.reacts_to
    moved = change.details.get("segment_id")
    return change.action == wanted["action"] and wanted.get("segment_id") in {None, moved}


def _is_goal(listener: Listener, change: Changed) -> bool:
    wanted = listener.reacts_to
    if change.action != "goal" or change.details.get("pixel_id") != wanted["pixel_id"]:
        return False
    return wanted.get("goal") in {None, "", change.details.get("goal")}


STARTS: Mapping[str, Callable[[Listener, Changed], bool]] = {
    "api_import": lambda _, change: change.action == "import",
    "action": _is_action,
    "subscribe": _is_subscribed,
    "pixel": _is_goal,
}
"""The function that returns whether a change starts a listener, by the listener's type."""

# The + keeps SQLite from using the index of the source, by which it would read all of its starts.
_STARTED = """
    SELECT sent.profile_id FROM altcraft_sent AS sent
    JOIN message ON message.id = sent.message_id
    JOIN altcraft_run AS run ON run.job_id = message.job_id
    WHERE sent.profile_id IN (SELECT value FROM json_each(:people))
    AND +run.mailing_id = :source AND run.chain = :chain AND (run.at = :now OR :is_past)
    GROUP BY sent.profile_id HAVING count(DISTINCT run.job_id) >= :most
"""
_ENTERED = """
    SELECT profile_id FROM altcraft_passage
    WHERE profile_id IN (SELECT value FROM json_each(:people))
    AND +scenario_id = :source AND chain = :chain AND (entered_at = :now OR :is_past)
    GROUP BY profile_id HAVING count(*) >= :most
"""
_CHANGED = """
    SELECT past.profile_id, profile.database_id, past.action, past.details, subscription.resource_id,
        subscription.channel
    FROM altcraft_past AS past
    JOIN altcraft_profile AS profile ON profile.id = past.profile_id
    LEFT JOIN altcraft_subscription AS subscription ON subscription.id = past.subscription_id
    WHERE past.id > ? AND past.id <= ? AND NOT past.is_silent ORDER BY past.id
"""
_DATABASES = """
    SELECT id, database_id FROM altcraft_profile WHERE id IN (SELECT value FROM json_each(?)) ORDER BY number
"""
_SUBSCRIPTIONS = """
    SELECT profile_id, database_id, resource_id, channel FROM altcraft_subscription
    WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id
"""
_AMONG = "SELECT id FROM altcraft_profile WHERE id IN ({people}) AND id IN ({selected}) ORDER BY number"
