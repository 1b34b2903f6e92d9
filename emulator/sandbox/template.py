"""Templates: the databases that sandboxes are copied from when they begin or are reset."""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from emulator.engine.clock import HOUR, Clock, Millis, machine_millis
from emulator.engine.engine import Engine, Handler
from emulator.sandbox.credentials import reissued
from emulator.sandbox.fixtures import FixtureError, folder_of
from emulator.sandbox.parts import SandboxPart
from emulator.sandbox.refusal import ProviderError
from emulator.sandbox.state import Plan, write_state
from emulator.sandbox.template_cache import Kept, TemplateCache, key_of
from emulator.sandbox.world_settings import WorldSettings
from emulator.storage.drafts import laid_aside
from emulator.storage.ids import keep_apart
from emulator.storage.store import Store

Issue = Callable[[str, str], str]
"""Returns a sandbox's own credential, given a provider and the old one."""


MOST_DATED = 8
"""How many templates of instants are kept; the one that was not used for longest is dropped."""

FRESH_FOR = HOUR
"""How long sandboxes that begin now are copied from one template: their history is older by up to that."""


class Templates:
    """The templates of a server, built when first needed: of each set of fixtures, now and at instants."""

    def __init__(
        self, providers: Sequence[SandboxPart], handlers: Mapping[str, Handler], settings: WorldSettings
    ) -> None:
        self._providers = providers
        self._handlers = handlers
        self._settings = settings
        self._cache = TemplateCache(settings.cache)
        self._recent: dict[str, tuple[Millis, Store]] = {}
        """The template of now by its set, with the time at which it was built."""
        self._dated: dict[tuple[str, Millis], Store] = {}
        """The templates of instants by their set and instant, the one that was used last at the end."""

    def check(self, plan: Plan) -> None:
        """Raise FixtureError where there is nothing that sandboxes with such a plan could be made of."""
        self._folder(plan)

    def get(self, plan: Plan) -> Store:
        """Return the template of sandboxes with such a plan. Raises FixtureError."""
        instant = machine_millis() if plan.begins_at is None else plan.begins_at
        since, recent = self._recent.get(self._chosen(plan), (0, None))
        if not plan.begins_now or instant < since:
            return self._for_instant(plan, instant)
        if recent is not None and instant <= since + FRESH_FOR:
            return recent
        return self._for_now(plan, instant)

    def build(self, given: Path, plan: Plan) -> Store:
        """Build a template from a folder, and from the plan's set for providers that it has none of.

        Raises FixtureError.
        """
        usual = self._folder(plan)
        folders = {
            provider.name: (given if (given / provider.name).is_dir() else usual) / provider.name
            for provider in self._providers
        }
        return build_template(self._providers, self._handlers, folders, plan, plan.first_clock())

    def close(self) -> None:
        for template in (*self._dated.values(), *(recent for _, recent in self._recent.values())):
            template.close()

    def _for_now(self, plan: Plan, instant: Millis) -> Store:
        since, template = self._common(plan, "now", instant)
        if (old := self._recent.get(self._chosen(plan))) is not None:
            old[1].close()
        self._recent[self._chosen(plan)] = since, template
        return template

    def _for_instant(self, plan: Plan, instant: Millis) -> Store:
        place = self._chosen(plan), instant
        template = self._dated.pop(place, None) or self._common(plan, instant, instant)[1]
        self._dated[place] = template
        if len(self._dated) > MOST_DATED:
            self._dated.pop(next(iter(self._dated))).close()
        return template

    def _common(self, plan: Plan, begins: object, instant: Millis) -> Kept:
        """Return the template that all sandboxes of a set are copied from, whatever their seeds and keys."""
        key = self._key(plan, begins)
        kept = self._cache.find(key) if key else None
        if kept is not None and kept[0] <= instant <= kept[0] + FRESH_FOR:
            return kept[0], laid_aside(kept[1])
        if kept is not None:
            kept[1].close()
        template = self.build(self._folder(plan), Plan(self._settings.seed, "frozen", begins_at=instant))
        if key:
            self._cache.keep(key, instant, template)
        return instant, laid_aside(template)

    def _key(self, plan: Plan, begins: object) -> str | None:
        """Return what the template is kept under, None where its fixtures can not be read."""
        try:
            packages = [provider.account.package for provider in self._providers]
            return key_of(self._folder(plan), packages, self._settings.seed, begins)
        except OSError:
            return None

    def _folder(self, plan: Plan) -> Path:
        return folder_of(self._chosen(plan), self._settings.shipped_fixtures)

    def _chosen(self, plan: Plan) -> str:
        return plan.fixtures or self._settings.fixtures


def build_template(
    providers: Sequence[SandboxPart],
    handlers: Mapping[str, Handler],
    folders: Mapping[str, Path],
    plan: Plan,
    clock: Clock,
) -> Store:
    """Make a template with the accounts of the fixture folders, at the clock's time. Raises FixtureError."""
    store = Store()
    store.create_tables()
    engine = Engine(store, handlers, plan.seed)
    for provider in providers:
        folder = folders[provider.name]
        try:
            with store.transaction():
                provider.account.load(engine.turn(clock.virtual), folder)
            engine.run_until(clock.virtual)
        except (ProviderError, SQLAlchemyError, sqlite3.Error, ArithmeticError, LookupError) as error:
            raise FixtureError(f"{folder}: the files contradict themselves: {error}") from error
        for event, reason in store.execute("SELECT name, error FROM failed_event"):
            raise FixtureError(f"{folder}: the files contradict themselves: {event} crashed: {reason}")
    store.session.forget()
    write_state(store, "", plan, clock)
    return store


def copy_template(template: Store, name: str, plan: Plan, clock: Clock, rooms: Mapping[str, int]) -> Store:
    """Return a copy that begins with this plan.

    Its due events are shifted to its clock's time, and the numbers of the kinds in `rooms` to its seed's.
    """
    copy = template.copy()
    with copy.transaction():
        copy.execute(_SHIFT, (clock.virtual,))
        keep_apart(copy.connection, plan.seed, rooms)
    write_state(copy, name, plan, clock)
    return copy


def go_on(image: Store, name: str, plan: Plan) -> None:
    """Let a snapshot's clock go on now from its own time, with the name and the plan of another sandbox.

    Ids go on with the snapshot's seed, as they would have there, until the sandbox is reset.
    """
    with image.transaction():
        image.execute(
            _GO_ON,
            (
                name,
                plan.seed,
                machine_millis(),
                plan.clock,
                plan.tag,
                plan.expires_after,
                plan.made_at,
                plan.webhook_timestamp,
                plan.link_key,
                plan.fixtures,
                plan.begins_at,
            ),
        )


def anchor(image: Store, now: Millis) -> None:
    """Set the clock in a copy of a sandbox to `now`, so that its time goes on from there; forget its key."""
    with image.transaction():
        image.execute(_ANCHOR, (now, machine_millis()))


def give_credentials(contents: Store, providers: Sequence[SandboxPart], issue: Issue) -> None:
    """Replace the credentials in a store by those that `issue` returns for them."""
    with contents.transaction():
        for provider in providers:
            every = (
                (credential, issue(provider.name, credential)) for credential in provider.issued(contents)
            )
            changes = [(old, reissued(old, own), own) for old, own in every if own != old]
            for old, between, _ in changes:  # what one becomes, another may still be
                provider.reissue(contents, old, between)
            for _, between, own in changes:
                provider.reissue(contents, between, own)


def fresh_credentials(tag: str) -> Issue:
    """Return an `Issue` of credentials that are derived from a tag; without a tag, they stay as they are."""

    def issue(provider: str, credential: str) -> str:
        return reissued(credential, tag) if tag else credential

    return issue


_SHIFT = """
    UPDATE due_event SET due = due + ? - (SELECT clock_virtual FROM sandbox_state)
"""
_GO_ON = """
    UPDATE sandbox_state
    SET name = ?, ids_seed = coalesce(ids_seed, seed), seed = ?, clock_machine = ?, clock_setting = ?,
        tag = ?, expires_after = ?, made_at = ?, webhook_timestamp = ?, link_key = ?, fixtures = ?,
        clock_begins = ?
"""
_ANCHOR = "UPDATE sandbox_state SET clock_virtual = ?, clock_machine = ?, link_key = ''"
