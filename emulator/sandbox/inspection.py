"""Inspection of snapshots: a file from elsewhere may have been edited, cut off or damaged.

All that is read later is checked before anything in the file is used: the tables, the type of each value,
JSON, references between rows, and the events, rules and deliveries that wait.
"""

import json
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from functools import cache
from typing import Any

from pydantic import ValidationError
from sqlmodel import SQLModel

from emulator.engine.clock import NO_CLOCK, Clock
from emulator.faults.rules import RequestFault
from emulator.reasons import plain_reason
from emulator.sandbox.declared import all_of, check_rows, check_values, wrong_in_row, wrong_value
from emulator.sandbox.parts import SandboxPart, kinds_of
from emulator.sandbox.state import state_of
from emulator.sending.job_table import SUBJECT
from emulator.sending.jobs import JobSender
from emulator.sending.outcomes import FORCED, GROUP, is_outcome
from emulator.sending.rules import REGISTRATIONS
from emulator.storage.columns import must_be_of
from emulator.storage.failures import IncompatibleStoreError, StorageError
from emulator.storage.ids import LARGEST_NUMBER
from emulator.storage.store import Store
from emulator.webhooks.events import GATHERING

SUBJECTS = {"webhook:": "webhook_delivery", SUBJECT: "job"}
"""The tables of the rows that due events are about, by how the events' subjects begin."""

NUMBERED = {
    "message": "message",
    "job": "job",
    "left_out": "left_out",
    "fault": "fault_rule",
    "webhook.delivery": "webhook_delivery",
    "webhook.target": "webhook_target",
}
"""The tables whose ids are given out as numbers, by the kind of the numbers."""


@contextmanager
def reading() -> Iterator[None]:
    """Raise IncompatibleStoreError for any error in the block but StorageError: the file is to blame."""
    try:
        yield
    except StorageError:
        raise
    except IncompatibleStoreError as error:
        raise IncompatibleStoreError(str(error)) from error
    except Exception as error:
        raise IncompatibleStoreError(f"the file can not be used ({type(error).__name__}: {error})") from error


def check_contents(store: Store, parts: Sequence[SandboxPart], handlers: Container[str]) -> None:
    """Raise IncompatibleStoreError unless a store holds what this version of the emulator writes."""
    with reading():
        if all_of(store, SHAPE) != _usual_shape():
            raise IncompatibleStoreError("the file has other tables than this version of the emulator")
        if all_of(store, "PRAGMA integrity_check(1)") != [("ok",)]:
            raise IncompatibleStoreError("the file is damaged")
        for table in SQLModel.metadata.sorted_tables:
            check_values(store, table.name)
        _check_state(store)
        check_rows(store)
        _check_contents(store, parts)
        _check_numbers(store)
        _check_events(store, parts, handlers)
        _check_jobs(store, parts)
        _check_messages(store, parts)
        _check_faults(store, {part.name: part for part in parts})
        _check_outcomes(store, {part.name: part for part in parts})
        _check_webhooks(store, {part.name: part for part in parts})
        store.session.rollback()
        store.session.forget()


def check_kept(store: Store) -> None:
    """Raise IncompatibleStoreError unless a kept sandbox has a clock, a plan and events to go on with.

    It may have events of the right form that crash: they are set aside one by one.
    """
    try:
        for table in ("sandbox_state", "due_event", "failed_event"):
            check_values(store, table)
        _check_state(store)
    except IncompatibleStoreError as error:
        raise IncompatibleStoreError(f"{store.path}: {error}") from error
    store.session.rollback()
    store.session.forget()


@cache
def _usual_shape() -> list[Any]:
    """Return the tables and indexes that a sandbox has."""
    with closing(Store()) as store:
        store.create_tables()
        return all_of(store, SHAPE)


def _check_state(store: Store) -> None:
    if all_of(store, "SELECT id FROM sandbox_state") != [(1,)]:
        raise IncompatibleStoreError("the file holds no sandbox, or several")
    state = state_of(store.session)
    try:
        Clock.named(state.clock_setting)
    except ValueError:
        setting = state.clock_setting
        raise wrong_value(store, "sandbox_state", "clock_setting", setting, NO_CLOCK) from None


def _check_contents(store: Store, parts: Iterable[SandboxPart]) -> None:
    """Check that each job has what it sends."""
    for part in parts:
        for sender in part.senders:
            contents = sender.contents.__tablename__
            empty = f'SELECT id FROM job WHERE provider = ? AND id NOT IN (SELECT job_id FROM "{contents}")'  # noqa: S608 -- our tables
            for (number,) in store.connection.execute(f"{empty} LIMIT 1", (sender.provider,)):
                raise IncompatibleStoreError(
                    f"the file has the job {number} of {part.name}, of which there is no {contents}"
                )


def _check_numbers(store: Store) -> None:
    """Check that the next numbers to be given out are not in use yet."""
    for name, number in all_of(store, "SELECT name, seq FROM sqlite_sequence"):
        if not isinstance(number, int) or not 0 <= number <= LARGEST_NUMBER:
            must = f"must be a whole number from 0 to {LARGEST_NUMBER}"
            raise wrong_in_row("sqlite_sequence.seq", number, must, f"the name {name!r}")
    given = dict(all_of(store, "SELECT name, last FROM sequence"))
    for kind, table in NUMBERED.items():
        last = given.get(kind, 0)
        for (number,) in all_of(store, f'SELECT id FROM "{table}" WHERE id < 1 OR id > {last} LIMIT 1'):  # noqa: S608 -- our tables
            must = f"must be from 1 to {last}, as sequence.last in the row with the name {kind!r} says"
            raise wrong_value(store, table, "id", number, must)


def _check_events(store: Store, parts: Iterable[SandboxPart], handlers: Container[str]) -> None:
    names = [name for (name,) in all_of(store, "SELECT DISTINCT name FROM due_event")]
    unknown = sorted(name for name in names if name not in handlers)
    if unknown:
        must = f"must be known to this version (unknown events: {', '.join(unknown)[:200]})"
        raise wrong_value(store, "due_event", "name", unknown[0], must)
    subjects = dict(SUBJECTS)
    for part in parts:
        subjects |= part.subjects
    for (subject,) in all_of(store, "SELECT DISTINCT subject FROM due_event"):
        start, colon, key = subject.partition(":")
        about = subjects.get(start + colon)
        if about is not None and not store.connection.execute(_known_by(about), (key,)).fetchone():
            raise wrong_value(store, "due_event", "subject", subject, f"must name a row of {about}")
    for (subject,) in all_of(store, f"{SUBJECTS_OF_WEBHOOKS} NOT LIKE 'webhook:%' LIMIT 1"):
        must = "must begin with webhook: where the name of the event begins with webhooks."
        raise wrong_value(store, "due_event", "subject", subject, must)


def _known_by(table: str) -> str:
    return f'SELECT 1 FROM "{table}" WHERE CAST(id AS TEXT) = ? LIMIT 1'  # noqa: S608 -- our tables


def _check_jobs(store: Store, parts: Sequence[SandboxPart]) -> None:
    """Check that each job is of a sender, and has a channel and a state that its provider knows."""
    channels = {sender.provider: part.channels for part in parts for sender in part.senders}
    for provider, channel in all_of(store, "SELECT DISTINCT provider, channel FROM job"):
        if provider not in channels:
            raise wrong_value(store, "job", "provider", provider, must_be_of(channels))
        if channel not in channels[provider]:
            must = must_be_of(channels[provider])
            raise wrong_value(store, "job", "channel", channel, must, f"provider = '{provider}'")
    for kind in kinds_of(parts):
        for row in kind.rows(store.session):
            state, states = kind.state(row), kind.lifecycle(row).states
            if state not in states:
                table = str(kind.entity.__tablename__)
                raise wrong_value(store, table, kind.state_column, state, must_be_of(states))


def _check_messages(store: Store, parts: Sequence[SandboxPart]) -> None:
    """Check that each message has what its sender knows: a channel, a status and an outcome."""
    channels = {sender.provider: part.channels for part in parts for sender in part.senders}
    senders = {sender.provider: sender for part in parts for sender in part.senders}
    statuses = {name: sorted(sender.statuses_in(sender.outcomes)) for name, sender in senders.items()}
    for provider, channel, status, outcome in all_of(store, MESSAGES):
        outcomes = senders[provider].outcomes
        is_known = outcome == FORCED or is_outcome(outcomes, outcome)
        for column, value, is_right, words, shown in (
            ("channel", channel, channel in channels[provider], channels[provider], "channel"),
            ("status", status, status in statuses[provider], statuses[provider], "status"),
            ("outcome", outcome, is_known, sorted(outcomes), UNGROUPED),
        ):
            if not is_right:
                must, own = must_be_of(words), OF_JOBS.format(provider)
                raise wrong_value(store, "message", column, value, must, own, shown)
    _check_recipients(store, senders.values())
    _check_histories(store, statuses)


def _check_recipients(store: Store, senders: Iterable[JobSender]) -> None:
    for sender in senders:
        if sender.phones is not None:
            broken, must = sender.phones.rule
            where = f"{OF_JOBS.format(sender.provider)} AND ({broken.format('recipient')})"
            for (recipient,) in all_of(store, f"SELECT recipient FROM message WHERE {where} LIMIT 1"):  # noqa: S608 -- our names
                raise wrong_value(store, "message", "recipient", recipient, must, where)


def _check_histories(store: Store, statuses: Mapping[str, Sequence[str]]) -> None:
    """Check that counts and histories have statuses that senders know."""
    for provider, status in all_of(store, STATUS_COUNTS):
        if status not in statuses[provider]:
            must, own = must_be_of(statuses[provider]), OF_JOBS.format(provider)
            raise wrong_value(store, "status_count", "status", status, must, own)
    known = {status for some in statuses.values() for status in some}
    for status, is_of_message in all_of(store, STATUS_CHANGES):
        if is_of_message and status not in known:
            must = must_be_of(sorted(known))
            raise wrong_value(store, "status_change", "status", status, must, "message_id IS NOT NULL")


def _check_faults(store: Store, parts: Mapping[str, SandboxPart]) -> None:
    for (written,) in all_of(store, "SELECT written FROM fault_rule"):
        try:
            rule = RequestFault.read(written)
            rule.check()
        except (ValueError, TypeError, RecursionError) as error:
            must = f"must be a fault rule ({_in_words(error)})"
            raise wrong_value(store, "fault_rule", "written", written, must) from error
        if rule.provider not in parts or (rule.error and rule.error not in parts[rule.provider].errors()):
            must = f"must name a provider and an error of it, not {rule.provider} and {rule.error}"
            raise wrong_value(store, "fault_rule", "written", written, must)


def _in_words(error: Exception) -> str:
    if not isinstance(error, ValidationError):
        return str(error)
    first = error.errors()[0]
    return " ".join(filter(None, (".".join(map(str, first["loc"])), plain_reason(first))))


def _check_outcomes(store: Store, parts: Mapping[str, SandboxPart]) -> None:
    _check_providers(store, parts, "outcome_rule")
    for provider, channel, outcome in all_of(store, "SELECT provider, channel, outcome FROM outcome_rule"):
        asked = [part for part in parts.values() if provider in {None, part.name}]
        channels = {one for part in asked for one in part.channels if channel in {None, one}}
        if not channels:
            must = must_be_of(dict.fromkeys(one for part in asked for one in part.channels))
            raise wrong_value(store, "outcome_rule", "channel", channel, must)
        senders = [sender for part in asked for sender in part.senders]
        named = (sender.outcome_named(one, outcome) for sender in senders for one in channels)
        if outcome not in REGISTRATIONS and not any(named):
            must = "must be an outcome of messages there"
            raise wrong_value(store, "outcome_rule", "outcome", outcome, must)


def _check_webhooks(store: Store, parts: Mapping[str, SandboxPart]) -> None:
    for table in ("webhook_target", "webhook_delivery", "webhook_disturbance", "journal_entry"):
        _check_providers(store, parts, table)
    for (body,) in store.connection.execute(
        "SELECT body FROM webhook_delivery WHERE state = ?", (GATHERING,)
    ):
        if not isinstance(_json(body), list):
            must = "must be a list in JSON, as it is gathering"
            raise wrong_value(store, "webhook_delivery", "body", body, must)
    for provider, settings in all_of(store, "SELECT provider, settings FROM webhook_target"):
        hooks = parts[provider].hooks
        try:
            hooks.check_settings({**hooks.settings, **json.loads(settings)})
        except ValueError as error:
            must = f"must be settings of {provider}'s webhooks ({error})"
            raise wrong_value(store, "webhook_target", "settings", settings, must) from error


def _check_providers(store: Store, parts: Iterable[str], table: str) -> None:
    for (provider,) in all_of(store, f"SELECT DISTINCT provider FROM {table} WHERE provider IS NOT NULL"):  # noqa: S608 -- our tables
        if provider not in parts:
            raise wrong_value(store, table, "provider", provider, must_be_of(parts))


def _json(text: str) -> Any:
    """Return the value of a JSON text; None if it is not JSON."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


UNGROUPED = f"""
    CASE instr(outcome, '{GROUP}') WHEN 0 THEN outcome
    ELSE substr(outcome, 1, instr(outcome, '{GROUP}') - 1) END
"""
"""The outcome of a message without the number of its group."""

MESSAGES = f"""
    SELECT DISTINCT provider, message.channel, status, {UNGROUPED} FROM message JOIN job ON job.id = job_id
"""  # noqa: S608 -- no value
"""The values of messages to check, without the numbers of groups, which may differ for each message."""

STATUS_COUNTS = "SELECT DISTINCT provider, status FROM status_count JOIN job ON job.id = job_id"

OF_JOBS = "job_id IN (SELECT id FROM job WHERE provider = '{}')"
"""The condition of the messages and counts of a sender."""

STATUS_CHANGES = "SELECT DISTINCT status, message_id IS NOT NULL FROM status_change"

SUBJECTS_OF_WEBHOOKS = "SELECT subject FROM due_event WHERE name LIKE 'webhooks.%' AND subject"

SHAPE = "SELECT type, name, sql FROM sqlite_master ORDER BY type, name"
