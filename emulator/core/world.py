"""The world: the template that fixtures made, and the sandboxes copied from it."""

import logging
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from emulator.core.call import ProviderError
from emulator.core.clock import Clock, machine_pause
from emulator.core.engine import Engine, Handler
from emulator.core.fixtures import FixtureError
from emulator.core.journal import Journal
from emulator.core.provider import Provider
from emulator.core.sandbox import Claim, Directory, Sandbox, fill, new_state
from emulator.core.store import Store

DEFAULT_SANDBOX = "default"
WAKE_EVERY = 0.05
"""Seconds between two looks at what is due, while no request comes."""

PAUSE_AFTER_CRASH = 5.0
"""Seconds until the next look after one that failed."""

logger = logging.getLogger("emulator")


@dataclass(frozen=True)
class WorldSettings:
    """What a world is made of."""

    fixtures: Path
    """The folder with one folder of fixture files per provider."""
    data: Path | None
    """Where sandboxes are kept; None keeps them in memory."""
    seed: int
    clock: str
    """`real`, `frozen`, or a speed factor."""
    journal_entries: int
    journal_bytes: int


class World:
    """All sandboxes of one process. Raises FixtureError and IncompatibleStoreError when it can not begin."""

    def __init__(self, providers: Sequence[Provider], settings: WorldSettings) -> None:
        self._settings = settings
        self._providers = providers
        self._handlers: dict[str, Handler] = {}
        for provider in providers:
            self._handlers |= provider.events()
        self._built_at = Clock.named(settings.clock)
        self._template = self._build_template()
        self.sandboxes: dict[str, Sandbox] = {}
        default = self._open(DEFAULT_SANDBOX)
        self.directory = Directory(default)
        self._enter(default)
        self.unclaimed = self._journal()
        """The journal of requests whose credential belongs to no sandbox."""

    def _build_template(self) -> Store:
        store = Store()
        store.create_tables()
        engine = Engine(store, self._handlers, self._settings.seed)
        now = self._built_at.virtual
        for provider in self._providers:
            folder = self._settings.fixtures / provider.name
            try:
                with store.transaction():
                    provider.load(engine.turn(now), folder)
                engine.run_until(now)
            except (ProviderError, SQLAlchemyError, sqlite3.Error, ArithmeticError, LookupError) as error:
                raise FixtureError(f"{folder}: the files contradict themselves: {error}") from error
        store.rest()
        return store

    def _open(self, name: str) -> Sandbox:
        store = Store(self._settings.data / f"{name}.sqlite") if self._settings.data else Store()
        if store.is_empty():
            state = new_state(self._settings.seed, self._settings.clock, self._built_at)
            fill(store, self._template, self._built_at.virtual, state)
        store.check_version()
        return Sandbox(name, store, self._handlers, self._journal())

    def _journal(self) -> Journal:
        return Journal(self._settings.journal_entries, self._settings.journal_bytes)

    def _enter(self, sandbox: Sandbox) -> None:
        self.sandboxes[sandbox.name] = sandbox
        self.directory.leave(sandbox)
        with sandbox.store.transaction() as session:
            for provider in self._providers:
                for credential, grant in provider.credentials(session):
                    self.directory.enter(provider.name, credential, Claim(sandbox, grant))

    def reset(self, sandbox: Sandbox) -> None:
        """Make a sandbox what it was when it was new: data, ids, clock and journal."""
        sandbox.refill(self._template, self._built_at.virtual)
        self._enter(sandbox)

    async def keep_awake(self) -> None:
        """Run what is due, for as long as the process lives, also while nobody asks."""
        pause = WAKE_EVERY
        while True:
            await machine_pause(pause)
            pause = WAKE_EVERY
            for sandbox in list(self.sandboxes.values()):
                try:
                    sandbox.catch_up()
                except Exception:
                    logger.exception("sandbox %s: a due event crashed; it stays due", sandbox.name)
                    pause = PAUSE_AFTER_CRASH

    def close(self) -> None:
        for sandbox in self.sandboxes.values():
            sandbox.store.close()
        self._template.close()
