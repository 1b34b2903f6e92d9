"""The world: all sandboxes of a process, and the templates that they are copied from."""

import asyncio
import logging
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from itertools import count
from pathlib import Path

from emulator.engine.back import GoingBack
from emulator.engine.clock import Millis, beginning, machine_millis, machine_pause, machine_seconds
from emulator.engine.engine import Handler
from emulator.faults import rules
from emulator.sandbox.aside import beside
from emulator.sandbox.awake import Awake
from emulator.sandbox.directory import Directory
from emulator.sandbox.filling import Filling
from emulator.sandbox.fixtures import SETS
from emulator.sandbox.inspection import check_kept, reading
from emulator.sandbox.links import link_key
from emulator.sandbox.numbering import Numbering
from emulator.sandbox.origins import NO_ORIGIN, Origins
from emulator.sandbox.parts import SandboxPart, kinds_of
from emulator.sandbox.replica import realm, seed_of_seeds
from emulator.sandbox.restoring import Saving
from emulator.sandbox.sandbox import Sandbox, SandboxGoneError
from emulator.sandbox.snapshots import Snapshots
from emulator.sandbox.state import Plan
from emulator.sandbox.template_sets import Templates
from emulator.sandbox.world_settings import WorldSettings
from emulator.sending import pace
from emulator.sending.steering import telling
from emulator.storage.failures import IncompatibleStoreError, StorageError
from emulator.storage.folder import SANDBOXES, SNAPSHOTS, DataFolder
from emulator.storage.ids import made_seed
from emulator.storage.shelf import Shelf
from emulator.storage.store import Store
from emulator.storage.tables import load_tables
from emulator.watching.journal import Journal, Kept
from emulator.watching.redaction import Redactor, Secrets
from emulator.webhooks import batches, targets
from emulator.webhooks import events as webhooks
from emulator.webhooks.courier import Courier
from emulator.webhooks.outbound import Outbound

DEFAULT_SANDBOX = "default"
MOST_SANDBOXES = 10_000
WAKE_EVERY = 0.05
"""Seconds between two checks for due events, while no request comes."""

HOW_TO_GO_ON = "move the file away, and the sandbox begins anew; another version that wrote it can use it"
"""The advice for a default sandbox that can not be used."""

PAUSE_AFTER_CRASH = 5.0
"""Seconds until a sandbox is checked again after a check that failed, for example as the disk is full."""

logger = logging.getLogger("emulator")


class SandboxExistsError(Exception):
    """There is a sandbox with this name already."""


class TooManySandboxesError(Exception):
    """There are MOST_SANDBOXES sandboxes already."""


class World:
    """All sandboxes of one process.

    Raises FixtureError, IncompatibleStoreError and StorageError when it can not start.
    """

    def __init__(self, providers: Sequence[SandboxPart], settings: WorldSettings) -> None:
        for provider in providers:
            load_tables(f"emulator.{provider.name}.tables")
        self._settings = settings
        self._providers = providers
        self._secrets = Secrets(
            frozenset[str]().union(*(provider.credential_fields for provider in providers)),
            [provider.credential_shape for provider in providers if provider.credential_shape],
        )
        hooks = {provider.name: provider.hooks for provider in providers}
        self._handlers: dict[str, Handler] = webhooks.events(hooks)
        for provider in providers:
            self._handlers |= provider.events
        self.going_back: list[GoingBack] = [
            pace.go_back,
            rules.go_back,
            partial(batches.go_back, hooks),
            targets.go_back,
        ]
        """The functions that adapt a sandbox to a clock that was set back."""
        for provider in providers:
            self.going_back += provider.going_back
        rooms = {"message": 1_000_000, "webhook.delivery": 1_000_000, "webhook.target": 1000}
        for provider in providers:
            rooms |= provider.numbers
        self._tell = telling(kinds_of(providers))
        key = link_key(settings.seed if settings.is_seed_given else None, settings.control_token)
        begins_at = beginning(settings.clock, settings.at, machine_millis())
        plan = Plan(settings.seed, settings.clock, link_key=key, begins_at=begins_at)
        self._templates = Templates(providers, self._handlers, settings)
        self._templates.check(plan)
        self.sandboxes: dict[str, Sandbox] = {}
        self.is_ending = False
        """Whether the server ends, and breaks off what is under way."""
        self._reservations: set[str] = set()
        """The names of sandboxes that are not made yet, or not quite deleted."""
        self._awake = Awake(settings.memory, self.sandboxes)
        self._folder = DataFolder(settings.data) if settings.data else None
        self._numbering = Numbering(settings.data / "sandboxes.made" if settings.data else None)
        self._seed_of_seeds = seed_of_seeds(settings.seed, settings.public_url)
        self._realm = realm(settings.seed, settings.public_url, is_seed_given=settings.is_seed_given)
        self.public_url = settings.public_url
        self._origins = Origins(self._folder)
        self.snapshots = Snapshots(settings.data / SNAPSHOTS if settings.data else None)
        self.saving = Saving(self.snapshots, providers, self._handlers, self.redactor, self._go_on_from)
        self.unclaimed = self._journal()
        """The journal of requests that belong to no sandbox."""
        self.courier = Courier(hooks, Outbound(settings.webhook_hosts), settings.webhook_timestamp)
        self.directory = Directory(accepts_unknown=settings.accept_unknown_credentials)
        self._filling = Filling(providers, self._templates, self._origins, self.directory, rooms)
        try:
            self._open_all(plan)
            self.default = self.directory.default = self.sandboxes[DEFAULT_SANDBOX]
            self.check_storage()
        except BaseException:
            self.close()
            raise

    async def create(
        self,
        name: str | None = None,
        *,
        seed: int | None = None,
        clock: str | None = None,
        at: str | None = None,
        expires_after: Millis | None = None,
        webhook_timestamp: str | None = None,
        fixtures: str | None = None,
    ) -> Sandbox:
        """Create a sandbox from a set of fixtures, with credentials of its own.

        Without a set it holds what the default one did at first. `clock` and `at` are as for
        `clock.beginning`; `now` is the time when it is made, after a reset too. Without a seed it gets one
        that no other has; its credentials are given out once. Raises BeginningError, SandboxExistsError,
        TooManySandboxesError, FixtureError and StorageError.
        """
        made_at, clock = machine_millis(), clock or self._settings.clock
        usual = None if clock == "real" else self._settings.at
        begins_at = beginning(clock, usual if at is None else at, made_at)
        if self._is_taken(name):
            way = "reset" if name == DEFAULT_SANDBOX else "delete"
            raise SandboxExistsError(f"There is a sandbox {name!r}; {way} it, or choose another name.")
        if len(self.sandboxes) + len(self._reservations) >= MOST_SANDBOXES:
            raise TooManySandboxesError(f"There are {MOST_SANDBOXES} sandboxes; delete one.")
        number = self._numbering.next()
        plan = Plan(
            made_seed(self._seed_of_seeds, number) if seed is None else seed,
            clock,
            f"{self._realm}/{number}",
            expires_after,
            made_at,
            webhook_timestamp,
            link_key(seed, self._settings.control_token),
            fixtures,
            begins_at,
        )
        with self._adding(name or self._free_name()) as sandbox:
            await self._filling.renew(sandbox, plan)
        return sandbox

    async def reset(self, sandbox: Sandbox, seed: int | None = None) -> None:
        """Reset a sandbox to what it was when it was new: data, ids, clock, rules and journal.

        It keeps its seed unless another is given. Raises StorageError, and changes nothing in this case; so
        do `seed`, `delete` and `restore`.
        """
        async with sandbox.renewal:
            sandbox.check_there()
            plan = sandbox.plan if seed is None else self._reseeded(sandbox.plan, seed)
            await self._filling.renew(sandbox, plan)

    async def seed(self, sandbox: Sandbox, fixtures: Path, seed: int | None = None) -> None:
        """Fill a sandbox from the fixtures in a folder, now and at every reset. Raises FixtureError.

        Providers without fixtures in the folder get those of the sandbox's set.
        """
        plan = sandbox.plan if seed is None else self._reseeded(sandbox.plan, seed)
        origin = await beside(partial(self._templates.build, fixtures, plan))
        try:
            async with sandbox.renewal:
                sandbox.check_there()
                plan = replace(plan, origin=sandbox.plan.origin + 1)
                await self._origins.add(sandbox.name, plan.origin, origin)
                try:
                    await self._filling.renew(sandbox, plan, origin)
                except Exception:
                    await self._origins.keep_only(sandbox.name, sandbox.plan.origin)
                    raise
                await self._origins.keep_only(sandbox.name, plan.origin)
        finally:
            await beside(origin.close)

    async def delete(self, sandbox: Sandbox) -> None:
        """Delete a sandbox with its data and its own template; its credentials open nothing any more."""
        async with sandbox.renewal:
            await sandbox.aside.free()
            sandbox.check_there()
            await sandbox.discard()
            self.directory.leave(sandbox.name)
            del self.sandboxes[sandbox.name]
            with self._reserved(sandbox.name):
                await self._origins.keep_only(sandbox.name, NO_ORIGIN)

    async def _go_on_from(self, sandbox: Sandbox, contents: Store, journal: Kept) -> None:
        with self._filling.in_step(sandbox):
            with reading():
                self._filling.enter(sandbox, contents)
            try:
                await sandbox.begin_from(contents, journal)
            except (MemoryError, sqlite3.Error, StorageError):
                if sandbox.folder is None and not sandbox.is_awake:
                    self._filling.begin(sandbox, sandbox.plan)
                raise

    async def keep_awake(self) -> None:
        """Run due events, send webhooks and delete expired sandboxes, until cancelled."""
        left_alone_until: dict[str, float] = {}
        async with asyncio.TaskGroup() as long_work:
            while True:
                await machine_pause(WAKE_EVERY)
                now = machine_seconds()
                for sandbox in list(self.sandboxes.values()):
                    if sandbox.aside.is_busy or left_alone_until.get(sandbox.name, 0) > now:
                        continue
                    work = self._look_after(sandbox, left_alone_until)
                    if _has_long_work(sandbox):
                        long_work.create_task(work)
                    else:
                        await work
                self._awake.keep_to_memory()

    def redactor(self, sandbox: Sandbox | None) -> Redactor:
        """Return the redactor of a sandbox's credentials; with None, it goes by forms and names alone."""
        own = [] if sandbox is None else self.directory.credentials_of(sandbox.name)
        return Redactor(self._secrets, (credential for _, credential in own))

    def fixtures_of(self, sandbox: Sandbox) -> str | None:
        """Return the set of fixtures that a sandbox begins with; None where the emulator has a folder's."""
        name = sandbox.plan.fixtures or self._settings.fixtures
        return name if name in SETS else None

    def end_feeds(self) -> None:
        """End the feeds of all sandboxes, and so all that listens or waits, because the server ends."""
        self.is_ending = True
        for sandbox in self.sandboxes.values():
            sandbox.feed.end()

    def break_off(self) -> None:
        """Break off the long work that is under way, which nobody awaits any more once the server ends."""
        for sandbox in self.sandboxes.values():
            with sandbox.aside.ended(sandbox.break_off):
                pass

    def close(self) -> None:
        for sandbox in self.sandboxes.values():
            sandbox.close()
        self._templates.close()
        if self._folder is not None:
            self._folder.close()

    def check_storage(self) -> None:
        """Raise StorageError unless changes can be written to the data folder."""
        if self._folder is not None:
            self._folder.check()
            self.default.store.check_writable()

    async def _look_after(self, sandbox: Sandbox, left_alone_until: dict[str, float]) -> None:
        """Run what is due in a sandbox; leave it alone for a while where that crashes."""
        try:
            if sandbox.has_expired and sandbox is not self.default and not sandbox.renewal.locked():
                await self.delete(sandbox)
                return
            await sandbox.ready()
            sandbox.catch_up()
            self.courier.collect(sandbox)
        except StorageError as error:
            logger.error("sandbox %s: %s", sandbox.name, error)  # noqa: TRY400 -- its text says all
            left_alone_until[sandbox.name] = machine_seconds() + PAUSE_AFTER_CRASH
        except Exception:
            logger.exception("sandbox %s: its due events could not be run", sandbox.name)
            left_alone_until[sandbox.name] = machine_seconds() + PAUSE_AFTER_CRASH

    def _reseeded(self, plan: Plan, seed: int) -> Plan:
        return replace(plan, seed=seed, link_key=link_key(seed, self._settings.control_token))

    def _open_all(self, plan: Plan) -> None:
        """Open what the data folder keeps, and the default sandbox; set aside what can not be used."""
        kept = [] if self._folder is None else self._folder.names(SANDBOXES)
        aside = list[str]()
        for name in dict.fromkeys([DEFAULT_SANDBOX, *kept]):
            try:
                self._open(name, plan)
            except IncompatibleStoreError as error:
                if self._folder is None or name == DEFAULT_SANDBOX:
                    raise IncompatibleStoreError(error.fact, HOW_TO_GO_ON) from error
                self._folder.set_aside(SANDBOXES, name, f"sandbox {name}: {error.fact}")
                aside.append(name)
        self._origins.open({name: sandbox.plan.origin for name, sandbox in self.sandboxes.items()}, aside)

    def _open(self, name: str, plan: Plan) -> None:
        """Open the sandbox that is kept under a name, or create it."""
        with self._adding(name) as sandbox:
            if sandbox.is_new:
                self._filling.begin(sandbox, plan)
            else:
                self._take_up(sandbox)

    @contextmanager
    def _adding(self, name: str) -> Iterator[Sandbox]:
        """Yield a new sandbox for the block to fill; it is added to the world only if that succeeds."""
        shelf = Shelf(None) if self._folder is None else self._folder.shelf(SANDBOXES, name)
        sandbox = Sandbox(name, shelf, self._handlers, self._journal(), self._awake.make_room, self._tell)
        is_new = sandbox.is_new
        with self._reserved(name):
            try:
                yield sandbox
            except BaseException:
                sandbox.close()
                self.directory.leave(name)
                if is_new:
                    with suppress(StorageError):
                        shelf.discard()
                raise
        self.sandboxes[name] = sandbox

    @contextmanager
    def _reserved(self, name: str) -> Iterator[None]:
        self._reservations.add(name)
        try:
            yield
        finally:
            self._reservations.remove(name)

    def _take_up(self, sandbox: Sandbox) -> None:
        """Check a kept sandbox, and enter its credentials. Raises IncompatibleStoreError for a bad file."""
        try:
            sandbox.store.check_pages()
            check_kept(sandbox.store)
            self._filling.enter(sandbox, sandbox.store)
        except (IncompatibleStoreError, StorageError):
            raise
        except Exception as error:
            raise IncompatibleStoreError(f"{sandbox.store.path}: can not be used ({error!r})") from error

    def _free_name(self) -> str:
        return next(name for name in map("sandbox-{}".format, count(1)) if not self._is_taken(name))

    def _is_taken(self, name: str | None) -> bool:
        return name in self.sandboxes or name in self._reservations

    def _journal(self) -> Journal:
        return Journal(self._settings.journal_entries, self._settings.journal_bytes)


def _has_long_work(sandbox: Sandbox) -> bool:
    """Return whether the due events of a sandbox may take long; False if that can not be found out."""
    try:
        return sandbox.has_long_work
    except (StorageError, IncompatibleStoreError, SandboxGoneError):
        return False
