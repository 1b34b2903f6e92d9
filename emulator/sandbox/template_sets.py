"""The templates of a server: for each set of fixtures, those of now and of given instants, built when needed.

To build one takes a fifth of a second and more, and to copy one about a second for each GB. While the server
runs, both are done on other threads (docs/decisions/0034-long-work.md).
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from emulator.engine.clock import HOUR, Millis, machine_millis
from emulator.engine.engine import Handler
from emulator.sandbox.aside import Aside, beside
from emulator.sandbox.fixtures import fixture_file, folder_of
from emulator.sandbox.parts import SandboxPart
from emulator.sandbox.state import Plan
from emulator.sandbox.template import build_template
from emulator.sandbox.template_cache import Kept, TemplateCache, key_of
from emulator.sandbox.world_settings import WorldSettings
from emulator.storage.drafts import copied, laid_aside
from emulator.storage.store import Store, schema_fingerprint

MOST_DATED = 8
"""How many templates of instants are kept of a set; the one that was not used for longest is dropped."""

FRESH_FOR = HOUR
"""How long a template serves for sandboxes that begin now: their history is older by up to that."""


class Templates:
    """The templates of a server."""

    def __init__(
        self, providers: Sequence[SandboxPart], handlers: Mapping[str, Handler], settings: WorldSettings
    ) -> None:
        self._providers = providers
        self._handlers = handlers
        self._settings = settings
        self._cache = TemplateCache(settings.cache)
        self._sets: dict[str, TemplateSet] = {}
        self._building: dict[Aside, Store] = {}
        """The templates that are being built, any number at once, by the Aside that holds each meanwhile."""

    def check(self, plan: Plan) -> None:
        """Raise FixtureError if there are no fixtures for sandboxes with such a plan."""
        self._folder(self._chosen(plan))

    def copied(self, plan: Plan, draft: Path | None = None) -> Store:
        """Return a copy of the template for a plan: a large one in the file `draft`, if one is given.

        Raises FixtureError and StorageError.
        """
        return copied(self._set(plan).get(plan), draft)

    async def copy(self, plan: Plan, draft: Path | None) -> Store:
        """Do what `copied` does on another thread, after other work with templates of the same set."""
        async with self._set(plan).lock:
            return await beside(partial(self.copied, plan, draft))

    def build(self, given: Path, plan: Plan) -> Store:
        """Build a template from a folder; providers without fixtures there get those of the plan's set.

        Raises FixtureError.
        """
        return self._build(given, self._folder(self._chosen(plan)), plan)

    def close(self) -> None:
        """Close all templates; those that are being built are broken off."""
        for aside, store in list(self._building.items()):
            with aside.ended(store.break_off):
                pass
        for one in self._sets.values():
            one.close()

    def _set(self, plan: Plan) -> "TemplateSet":
        name = self._chosen(plan)
        return self._sets.setdefault(name, TemplateSet(partial(self._common, name)))

    def _common(self, name: str, begins: object, instant: Millis) -> Kept:
        """Return the template that all sandboxes of a set are copied from, whatever their seeds and keys."""
        folder = self._folder(name)
        key = self._key(folder, begins)
        kept = self._cache.find(key) if key else None
        if kept is not None and kept[0] <= instant <= kept[0] + FRESH_FOR:
            return kept[0], laid_aside(kept[1])
        if kept is not None:
            kept[1].close()
        template = self._build(folder, folder, Plan(self._settings.seed, "frozen", begins_at=instant))
        if key:
            self._cache.keep(key, instant, template)
        return instant, laid_aside(template)

    def _build(self, given: Path, usual: Path, plan: Plan) -> Store:
        files = {
            provider.name: fixture_file(given if (given / provider.name).is_dir() else usual, provider.name)
            for provider in self._providers
        }
        aside, store = Aside(), Store()
        with aside.held():
            self._building[aside] = store
            try:
                build_template(store, self._providers, self._handlers, files, plan, plan.first_clock())
            finally:
                del self._building[aside]
        return store

    def _key(self, folder: Path, begins: object) -> str | None:
        """Return the template's key in the cache; None if its fixtures can not be read."""
        try:
            packages = [provider.account.package for provider in self._providers]
            files = [fixture_file(folder, provider.name) for provider in self._providers]
            return key_of(files, packages, schema_fingerprint(), self._settings.seed, begins)
        except OSError:
            return None

    def _folder(self, name: str) -> Path:
        return folder_of(name, self._settings.shipped_fixtures)

    def _chosen(self, plan: Plan) -> str:
        return plan.fixtures or self._settings.fixtures


class TemplateSet:
    """The templates of one set of fixtures."""

    def __init__(self, make: Callable[[object, Millis], Kept]) -> None:
        self.lock = asyncio.Lock()
        """Held while they are used on another thread."""
        self._make = make
        """Makes a template, given the beginning for its key (`now` or an instant) and its instant."""
        self._recent: Kept | None = None
        self._dated: dict[Millis, Store] = {}
        """The templates of instants, the one that was used last at the end."""

    def get(self, plan: Plan) -> Store:
        """Return the template of sandboxes with such a plan. Raises FixtureError."""
        instant = machine_millis() if plan.begins_at is None else plan.begins_at
        if not plan.begins_now or (self._recent is not None and instant < self._recent[0]):
            return self._for_instant(instant)
        if self._recent is not None and instant <= self._recent[0] + FRESH_FOR:
            return self._recent[1]
        return self._for_now(instant)

    def close(self) -> None:
        recent = [] if self._recent is None else [self._recent[1]]
        for template in (*self._dated.values(), *recent):
            template.close()

    def _for_now(self, instant: Millis) -> Store:
        made = self._make("now", instant)
        if self._recent is not None:
            self._recent[1].close()
        self._recent = made
        return made[1]

    def _for_instant(self, instant: Millis) -> Store:
        template = self._dated.pop(instant, None) or self._make(instant, instant)[1]
        self._dated[instant] = template
        if len(self._dated) > MOST_DATED:
            self._dated.pop(next(iter(self._dated))).close()
        return template
