"""Inspection of snapshots: a file from elsewhere may have been edited, cut off or damaged.

All that is read later is checked before anything in the file is used: the tables, the type of each value,
JSON, references between rows, and the events, rules and deliveries that wait.
"""

import json
from collections import deque
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from functools import cache
from typing import Any

from pydantic import TypeAdapter
from sqlmodel import SQLModel

from emulator.engine.clock import LATEST, MAX_SPEED, Clock, Millis
from emulator.faults.rules import RequestFault
from emulator.sandbox.parts import SandboxPart, kinds_of
from emulator.sandbox.state import state_of
from emulator.sending.job_table import SUBJECT
from emulator.sending.outcomes import FORCED, GROUP, is_outcome
from emulator.sending.rules import REGISTRATIONS
from emulator.storage.failures import IncompatibleStoreError, StorageError
from emulator.storage.store import Store
from emulator.storage.tables import RowOf, Table, columns_marked, references_of, tables, words_of
from emulator.webhooks.disturbances import ACTIONS
from emulator.webhooks.events import GATHERING, STATES
from emulator.webhooks.targets import Target

LARGEST_NUMBER = 2**62
"""The largest number that may have been given out: those that follow must fit into SQLite, too."""

LONGEST: Millis = 2 * LATEST
"""The latest instant in a row: an event may be due after the last moment of a clock, and never happens."""

WRONG = {
    "INTEGER": "typeof({0}) <> 'integer'",
    "BOOLEAN": "typeof({0}) <> 'integer' OR {0} NOT IN (0, 1)",
    "FLOAT": "typeof({0}) <> 'real' OR abs({0}) > 1e300",
    "VARCHAR": "typeof({0}) <> 'text'",
    "JSON": "typeof({0}) <> 'text'",
    "BLOB": "typeof({0}) <> 'blob'",
}
"""The conditions that a value does not suit its column, by the column's type."""

SUBJECTS = {"webhook:": "webhook_delivery", SUBJECT: "job"}
"""The tables of the rows that due events are about, by how the events' subjects begin."""

NUMBERED = {
    "message": "message",
    "job": "job",
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
        if _all(store, SHAPE) != _usual_shape():
            raise IncompatibleStoreError("the file has other tables than this version of the emulator")
        if _all(store, "PRAGMA integrity_check(1)") != [("ok",)]:
            raise IncompatibleStoreError("the file is damaged")
        for table in SQLModel.metadata.sorted_tables:
            _check_values(store, table.name)
        _check_state(store)
        _check_references(store)
        _check_accounts(store, parts)
        _check_numbers(store)
        _check_events(store, parts, handlers)
        _check_jobs(store, parts, handlers)
        _check_messages(store, parts)
        _check_faults(store, {part.name: part for part in parts})
        _check_outcomes(store, {part.name: part for part in parts})
        _check_webhooks(store, {part.name: part for part in parts})
        _check_journal(store, [part.name for part in parts])
        store.session.rollback()
        store.session.forget()


def check_kept(store: Store) -> None:
    """Raise IncompatibleStoreError unless a kept sandbox has a clock, a plan and events to go on with.

    It may have events of the right form that crash: they are set aside one by one.
    """
    try:
        for table in ("sandbox_state", "due_event", "failed_event"):
            _check_values(store, table)
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
        return _all(store, SHAPE)


def _check_values(store: Store, name: str) -> None:
    """Check the type of each value in a table, and what JSON holds."""
    conditions, texts, lists = _columns(name)
    wrong = " OR ".join(f"({condition})" for condition in conditions.values())
    if _all(store, f'SELECT 1 FROM "{name}" WHERE {wrong} LIMIT 1'):  # noqa: S608 -- our tables
        for column, condition in conditions.items():
            for (value,) in _all(store, f'SELECT "{column}" FROM "{name}" WHERE {condition} LIMIT 1'):  # noqa: S608 -- our tables
                raise _wrong(name, column, value)
    if texts:  # reading fails for a text that is not UTF-8
        deque(store.connection.execute(f'SELECT {", ".join(texts)} FROM "{name}"'), maxlen=0)  # noqa: S608 -- our tables
    for column, shape in lists.items():
        each = f'SELECT DISTINCT "{column}" FROM "{name}" WHERE "{column}" IS NOT NULL'  # noqa: S608 -- our tables
        for (text,) in store.connection.execute(each):
            try:
                shape.validate_python(json.loads(text), strict=True)
            except (ValueError, RecursionError):
                raise _wrong(name, column, text) from None


@cache
def _columns(name: str) -> tuple[dict[str, str], list[str], dict[str, TypeAdapter[Any]]]:
    """Return the conditions of wrong values by column, the columns of texts, and the types of JSON."""
    model = next(model for model in tables() if model.__tablename__ == name)
    times = {*columns_marked(model, "milliseconds")}
    conditions, texts, lists = dict[str, str](), list[str](), dict[str, TypeAdapter[Any]]()
    for column in SQLModel.metadata.tables[name].columns:
        place, kind, field = f'"{column.name}"', str(column.type), model.model_fields[column.name]
        wrong = WRONG[kind].format(place)
        if column.name in times:
            wrong += f" OR {place} NOT BETWEEN 0 AND {LONGEST}"
        words = words_of(field)
        if words:
            wrong += f" OR {place} NOT IN ({', '.join(map(repr, words))})"
        conditions[column.name] = f"{place} IS NOT NULL AND ({wrong})" if column.nullable else wrong
        if kind == "VARCHAR" and words is None:
            texts.append(place)
        if kind == "JSON":
            lists[column.name] = TypeAdapter[Any](field.annotation or Any)
    return conditions, texts, lists


def _check_state(store: Store) -> None:
    if _all(store, "SELECT id FROM sandbox_state") != [(1,)]:
        raise IncompatibleStoreError("the file holds no sandbox, or several")
    state = state_of(store.session)
    for column, is_right in (
        ("seed", state.seed >= 0),
        ("ids_seed", state.ids_seed is None or state.ids_seed >= 0),
        ("clock_virtual", state.clock_virtual <= LATEST),
        ("clock_begins", state.clock_begins is None or state.clock_begins <= LATEST),
        ("origin", state.origin >= 0),
        ("clock_speed", 0 <= state.clock_speed <= MAX_SPEED),
    ):
        if not is_right:
            raise _wrong("sandbox_state", column, getattr(state, column))
    try:
        Clock.named(state.clock_setting)
    except ValueError:
        raise _wrong("sandbox_state", "clock_setting", state.clock_setting) from None


def _check_references(store: Store) -> None:
    """Check that the rows which others name are there, and each row that there is one of."""
    for table in tables():
        name = table.__tablename__
        if table.IS_SINGLE and _all(store, f'SELECT id FROM "{name}"') != [(1,)]:  # noqa: S608 -- our tables
            raise IncompatibleStoreError(f"the file has not one {name} with the id 1")
        for column, named in references_of(table):
            for key, value in _all(store, _lacking(table, column, named)):
                raise IncompatibleStoreError(
                    f"the file has the {name} {key!r} with {value!r} as {column}, of which there is no "
                    f"{named.table}"
                )


def _lacking(table: type[Table], column: str, named: RowOf) -> str:
    """Return the statement that finds a row which names another that is not there, and the name."""
    own = SQLModel.metadata.tables[str(table.__tablename__)]
    key, is_list = own.primary_key.columns[0].name, str(own.columns[column].type) == "JSON"
    source = f'"{own.name}", json_each("{column}")' if is_list else f'"{own.name}"'
    value = "value" if is_list else f'"{column}"'
    return f"""
        SELECT "{own.name}"."{key}", {value} FROM {source}
        WHERE {value} IS NOT NULL AND {named.when}
        AND {value} NOT IN (SELECT "{named.column}" FROM "{named.table}") LIMIT 1
    """  # noqa: S608 -- our tables


def _check_accounts(store: Store, parts: Iterable[SandboxPart]) -> None:
    """Check that each provider has an account, and each of its jobs what it sends."""
    for part in parts:
        accounts = part.pacing.accounts.__tablename__
        if not _all(store, f'SELECT 1 FROM "{accounts}" LIMIT 1'):  # noqa: S608 -- our tables
            raise IncompatibleStoreError(f"the file has no {accounts}")
        for sender in part.senders:
            contents = sender.contents.__tablename__
            empty = f'SELECT 1 FROM job WHERE provider = ? AND id NOT IN (SELECT job_id FROM "{contents}")'  # noqa: S608 -- the same
            if store.connection.execute(f"{empty} LIMIT 1", (sender.provider,)).fetchone():
                raise IncompatibleStoreError(
                    f"the file has a job of {part.name} of which there is no {contents}"
                )


def _check_numbers(store: Store) -> None:
    """Check that the next numbers to be given out are not in use yet."""
    last = dict(_all(store, "SELECT name, last FROM sequence"))
    counted = _all(store, "SELECT name, seq FROM sqlite_sequence")
    last |= {f"the rows of {name}": number for name, number in counted}
    for name, number in last.items():
        if not isinstance(number, int) or not 0 <= number <= LARGEST_NUMBER:
            raise IncompatibleStoreError(
                f"the file says that the last number of {name} is {str(number)[:40]}"
            )
    for kind, table in NUMBERED.items():
        ((lowest, highest),) = _all(store, f'SELECT min(id), max(id) FROM "{table}"')  # noqa: S608 -- our tables
        if highest is not None and not 0 < lowest <= highest <= last.get(kind, 0):
            raise IncompatibleStoreError(f"the file has a {table} with a number that was not given out yet")


def _check_events(store: Store, parts: Iterable[SandboxPart], handlers: Container[str]) -> None:
    names = [name for (name,) in _all(store, "SELECT DISTINCT name FROM due_event")]
    unknown = sorted(name for name in names if name not in handlers)
    if unknown:
        raise IncompatibleStoreError(f"the file has unknown events: {', '.join(unknown)[:200]}")
    for table in ("due_event", "failed_event"):
        for (details,) in store.connection.execute(f"SELECT DISTINCT details FROM {table}"):  # noqa: S608 -- our tables
            if not isinstance(_json(details), dict):
                raise _wrong(table, "details", details)
    subjects = dict(SUBJECTS)
    for part in parts:
        subjects |= part.subjects
    for (subject,) in _all(store, "SELECT DISTINCT subject FROM due_event"):
        start, colon, key = subject.partition(":")
        about = subjects.get(start + colon)
        if about is not None and not store.connection.execute(_known_by(about), (key,)).fetchone():
            raise IncompatibleStoreError(f"the file has an event about {subject[:80]!r}, which there is not")
    for (subject,) in _all(store, f"{SUBJECTS_OF_WEBHOOKS} NOT LIKE 'webhook:%' LIMIT 1"):
        raise _wrong("due_event", "subject", subject)


def _known_by(table: str) -> str:
    return f'SELECT 1 FROM "{table}" WHERE CAST(id AS TEXT) = ? LIMIT 1'  # noqa: S608 -- our tables


def _check_jobs(store: Store, parts: Sequence[SandboxPart], handlers: Container[str]) -> None:
    for (provider,) in _all(store, "SELECT DISTINCT provider FROM job"):
        if f"{provider}.batch" not in handlers:
            raise _wrong("job", "provider", provider)
    for (pace,) in _all(store, "SELECT pace FROM job WHERE pace <= 0 LIMIT 1"):
        raise _wrong("job", "pace", pace)
    for kind in kinds_of(parts):
        for row in kind.rows(store.session):
            if kind.state(row) not in kind.lifecycle(row).states:
                raise _wrong(str(kind.entity.__tablename__), kind.state_column, kind.state(row))


def _check_messages(store: Store, parts: Sequence[SandboxPart]) -> None:
    """Check that each job and message has what its sender knows: a channel, a status and an outcome."""
    channels = {sender.provider: part.channels for part in parts for sender in part.senders}
    senders = {sender.provider: sender for part in parts for sender in part.senders}
    statuses = {name: sender.statuses_in(sender.outcomes) for name, sender in senders.items()}
    for provider, channel in _all(store, "SELECT DISTINCT provider, channel FROM job"):
        if channel not in channels[provider]:
            raise _wrong("job", "channel", channel)
    for provider, channel, status, outcome in _all(store, MESSAGES):
        for column, value, is_right in (
            ("channel", channel, channel in channels[provider]),
            ("status", status, status in statuses[provider]),
            ("outcome", outcome, outcome == FORCED or is_outcome(senders[provider].outcomes, outcome)),
        ):
            if not is_right:
                raise _wrong("message", column, value)
    for provider, status in _all(store, STATUS_COUNTS):
        if status not in statuses[provider]:
            raise _wrong("status_count", "status", status)
    known = set[str]().union(*statuses.values())
    for status, is_of_message in _all(store, STATUS_CHANGES):
        if is_of_message and status not in known:
            raise _wrong("status_change", "status", status)


def _check_faults(store: Store, parts: Mapping[str, SandboxPart]) -> None:
    for (written,) in _all(store, "SELECT written FROM fault_rule"):
        try:
            rule = RequestFault.read(written)
        except (ValueError, TypeError, RecursionError) as error:
            raise IncompatibleStoreError(f"the file has a fault rule that is none: {error}") from error
        rule.check()
        if rule.provider not in parts or (rule.error and rule.error not in parts[rule.provider].errors()):
            raise IncompatibleStoreError(
                "the file has a fault rule of an unknown provider, or an unknown error"
            )


def _check_outcomes(store: Store, parts: Mapping[str, SandboxPart]) -> None:
    _check_providers(store, parts, "outcome_rule")
    for provider, channel, outcome in _all(store, "SELECT provider, channel, outcome FROM outcome_rule"):
        asked = [part for part in parts.values() if provider in {None, part.name}]
        channels = {one for part in asked for one in part.channels if channel in {None, one}}
        if not channels:
            raise _wrong("outcome_rule", "channel", channel)
        senders = [sender for part in asked for sender in part.senders]
        named = (sender.outcome_named(one, outcome) for sender in senders for one in channels)
        if outcome not in REGISTRATIONS and not any(named):
            raise _wrong("outcome_rule", "outcome", outcome)


def _check_webhooks(store: Store, parts: Mapping[str, SandboxPart]) -> None:
    for table in ("webhook_target", "webhook_delivery", "webhook_disturbance"):
        _check_providers(store, parts, table)
    for table, column, known in (
        ("webhook_delivery", "state", STATES),
        ("webhook_disturbance", "action", ACTIONS),
    ):
        for (value,) in _all(store, f"SELECT DISTINCT {column} FROM {table}"):  # noqa: S608 -- our tables
            if value not in known:
                raise _wrong(table, column, value)
    for (body,) in _all(store, "SELECT body FROM webhook_happening WHERE NOT json_valid(body) LIMIT 1"):
        raise _wrong("webhook_happening", "body", body)
    for (body,) in store.connection.execute(
        "SELECT body FROM webhook_delivery WHERE state = ?", (GATHERING,)
    ):
        if not isinstance(_json(body), list):
            raise _wrong("webhook_delivery", "body", body)
    for number, provider in _all(store, "SELECT id, provider FROM webhook_target"):
        hooks = parts[provider].hooks
        hooks.check_settings({**hooks.settings, **store.session.get_one(Target, number).settings})


def _check_journal(store: Store, providers: Container[str]) -> None:
    _check_providers(store, providers, "journal_entry")
    ((lowest, highest),) = _all(store, "SELECT min(number), max(number) FROM journal_entry")
    if highest is not None and not 0 < lowest <= highest <= LARGEST_NUMBER:
        raise _wrong("journal_entry", "number", lowest if lowest <= 0 else highest)
    for number, dropped in _all(store, "SELECT id, number FROM journal_dropped"):
        if number != 1 or not 0 < dropped <= LARGEST_NUMBER:
            raise _wrong("journal_dropped", "number", dropped)


def _check_providers(store: Store, parts: Container[str], table: str) -> None:
    for (provider,) in _all(store, f"SELECT DISTINCT provider FROM {table} WHERE provider IS NOT NULL"):  # noqa: S608 -- our tables
        if provider not in parts:
            raise _wrong(table, "provider", provider)


def _json(text: str) -> Any:
    """Return the value of a JSON text; None if it is not JSON."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _wrong(table: str, column: str, value: object) -> IncompatibleStoreError:
    return IncompatibleStoreError(
        f"the file has {repr(value)[:60]} as {table}.{column}, which the emulator never writes"
    )


def _all(store: Store, statement: str) -> list[Any]:
    return store.connection.execute(statement).fetchall()


MESSAGES = f"""
    SELECT DISTINCT provider, message.channel, status,
                    CASE instr(outcome, '{GROUP}') WHEN 0 THEN outcome
                    ELSE substr(outcome, 1, instr(outcome, '{GROUP}') - 1) END
    FROM message JOIN job ON job.id = job_id
"""  # noqa: S608 -- no value
"""The values of messages to check, without the numbers of groups, which may differ for each message."""

STATUS_COUNTS = "SELECT DISTINCT provider, status FROM status_count JOIN job ON job.id = job_id"

STATUS_CHANGES = "SELECT DISTINCT status, message_id IS NOT NULL FROM status_change"

SUBJECTS_OF_WEBHOOKS = "SELECT subject FROM due_event WHERE name LIKE 'webhooks.%' AND subject"

SHAPE = "SELECT type, name, sql FROM sqlite_master ORDER BY type, name"
