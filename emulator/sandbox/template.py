"""Templates: the databases that sandboxes are copied from when they begin or are reset."""

import json
import logging
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from threading import Event, Thread

from sqlalchemy.exc import SQLAlchemyError

from emulator.engine.clock import LATEST, PLANNED, Clock, Millis, machine_millis
from emulator.engine.engine import Engine, Handler
from emulator.sandbox.credentials import reissued
from emulator.sandbox.fixtures import FixtureError, wrong_at
from emulator.sandbox.parts import SandboxPart
from emulator.sandbox.refusal import ProviderError
from emulator.sandbox.state import Plan, state_of, write_state
from emulator.storage.columns import columns_marked
from emulator.storage.ids import keep_apart
from emulator.storage.store import Store
from emulator.storage.tables import tables

Issue = Callable[[str, str], str]
"""Returns the sandbox's own credential, given a provider and the template's."""

TOLD_EVERY = 5.0
"""Seconds between two lines of the log about accounts that take long to load."""

UNKNOWN = "parts of it contradict each other: look for ids, names and keys that are there twice"
"""The reason that is given for an error that no check of fixtures has foreseen."""


def build_template(
    store: Store,
    providers: Sequence[SandboxPart],
    handlers: Mapping[str, Handler],
    files: Mapping[str, Path],
    plan: Plan,
    clock: Clock,
) -> None:
    """Fill an empty store with the accounts of the fixture files, at the clock's time.

    Raises FixtureError, and StorageError where it is broken off.
    """
    store.create_tables()
    write_state(store, "", plan, clock)
    engine = Engine(store, handlers, plan.seed, past_until=clock.virtual)
    for provider in providers:
        file = files[provider.name]
        try:
            with _logging_progress(store, file):
                with store.transaction():
                    provider.account.load(engine.turn(clock.virtual), file)
                engine.run_until(clock.virtual)
        except ProviderError as error:
            raise FixtureError(f"{file}: {error}") from error
        except (SQLAlchemyError, sqlite3.Error, ArithmeticError, LookupError, ValueError) as error:
            raise FixtureError(f"{file}: {UNKNOWN}") from error
        for subject, details, crash in store.execute("SELECT subject, details, error FROM failed_event"):
            reason = f"can not have been: {crash.rpartition(': ')[2]}"
            place = json.loads(details).get("place")
            if place is not None:
                raise wrong_at(file, place, reason)
            raise FixtureError(f"{file}: {subject} {reason}")
    store.session.forget()


@contextmanager
def _logging_progress(store: Store, file: Path) -> Iterator[None]:
    """Log how much of a file's accounts is stored, every few seconds of the block."""
    over = Event()
    teller = Thread(target=_log_progress, args=(store, file, over), daemon=True)
    teller.start()
    try:
        yield
    finally:
        over.set()
        teller.join()


def _log_progress(store: Store, file: Path, over: Event) -> None:
    while not over.wait(TOLD_EVERY):
        logger.info("%s: being loaded, %d rows are stored", file, store.connection.total_changes)


def set_apart(copy: Store, clock: Clock, seed: int, rooms: Mapping[str, int]) -> None:
    """Shift a template's planned times to a clock's time, and its numbers of kinds in `rooms` to a seed's.

    Due events move, and so do the columns that show when they come. Dated events stay where they are; those
    whose time has passed meanwhile are due at once.
    """
    with copy.transaction():
        then = state_of(copy.session).clock_virtual
        if then != clock.virtual:
            move = {"then": then, "now": clock.virtual, "latest": LATEST}
            for table, column in _planned():
                copy.rewrite(_MOVE.format(table, column), move)
            copy.execute(_SHIFT, move)
        keep_apart(copy.connection, seed, rooms)


@cache
def _planned() -> list[tuple[str, str]]:
    """Return the tables and columns that show planned times."""
    return [
        (str(table.__tablename__), column) for table in tables() for column in columns_marked(table, PLANNED)
    ]


def go_on(image: Store, name: str, plan: Plan) -> None:
    """Start a snapshot's clock again at its own time, with the name and the plan of another sandbox.

    Ids are made with the snapshot's seed, as they would have been there, until the sandbox is reset.
    """
    with image.transaction():
        image.execute(_GO_ON, vars(plan) | {"name": name, "machine": machine_millis()})


def anchor(image: Store, now: Millis) -> None:
    """Set the clock in a copy of a sandbox to `now`, from where its time goes on; remove its link key."""
    with image.transaction():
        image.execute(_ANCHOR, (now, machine_millis()))


def give_credentials(contents: Store, providers: Sequence[SandboxPart], issue: Issue) -> None:
    """Replace the credentials in a store by those that `issue` returns for them."""
    with contents.transaction():
        for provider in providers:
            every = (
                (credential, issue(provider.name, credential)) for credential in provider.issued(contents)
            )
            changes = {old: own for old, own in every if own != old}
            between: dict[str, str] = {}
            if not changes.keys().isdisjoint(changes.values()):  # a new one is another's old one
                between = {old: reissued(old, own) for old, own in changes.items()}
            for old, other in between.items():
                provider.reissue(contents, old, other)
            for old, own in changes.items():
                provider.reissue(contents, between.get(old, old), own)


def fresh_credentials(tag: str) -> Issue:
    """Return an `Issue` of credentials that are derived from a tag; without a tag, they stay as they are."""

    def issue(provider: str, credential: str) -> str:
        return reissued(credential, tag) if tag else credential

    return issue


logger = logging.getLogger("emulator.loading")

_SHIFT = """
    UPDATE due_event SET due = iif(
        is_dated, max(due, :now), due + :now - :then
    )
"""
_MOVE = """
    UPDATE "{0}" SET "{1}" = min("{1}" + :now - :then, :latest) WHERE "{1}" > :then
"""
_GO_ON = """
    UPDATE sandbox_state
    SET name = :name, ids_seed = coalesce(ids_seed, seed), seed = :seed, clock_machine = :machine,
        clock_setting = :clock, tag = :tag, expires_after = :expires_after, made_at = :made_at,
        webhook_timestamp = :webhook_timestamp, link_key = :link_key, fixtures = :fixtures,
        clock_begins = :begins_at, origin = :origin
"""
_ANCHOR = "UPDATE sandbox_state SET clock_virtual = ?, clock_machine = ?, link_key = ''"
