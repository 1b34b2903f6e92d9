"""Filling sandboxes: from copies of templates, with credentials that no other sandbox has."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from itertools import count
from pathlib import Path

from emulator.sandbox.aside import beside
from emulator.sandbox.directory import CredentialTakenError, Directory
from emulator.sandbox.origins import Origins
from emulator.sandbox.parts import SandboxPart
from emulator.sandbox.sandbox import Sandbox
from emulator.sandbox.state import Plan, write_state
from emulator.sandbox.template import fresh_credentials, give_credentials, set_apart
from emulator.sandbox.template_sets import Templates
from emulator.storage.drafts import copied, drafting
from emulator.storage.store import Store


class Filling:
    """Fills new sandboxes and those that begin anew, and enters their credentials in the directory."""

    def __init__(
        self,
        providers: Sequence[SandboxPart],
        templates: Templates,
        origins: Origins,
        directory: Directory,
        rooms: Mapping[str, int],
    ) -> None:
        self._providers = providers
        self._templates = templates
        self._origins = origins
        self._directory = directory
        self._rooms = rooms
        """How many numbers each seed has, by kind, of the numbers that no two seeds share."""

    def begin(self, sandbox: Sandbox, plan: Plan) -> None:
        """Fill a sandbox from its own template, or the common one, at once. Raises StorageError."""
        origin = self._origins.of(sandbox.name, plan.origin)
        contents = self._templates.copied(plan) if origin is None else origin.copied(None)
        with _closed_if_it_fails(contents), self.in_step(sandbox):
            self._make_own(contents, sandbox, plan)
            sandbox.begin(contents)

    async def renew(self, sandbox: Sandbox, plan: Plan, template: Store | None = None) -> None:
        """Fill a sandbox from a template, by default that of `begin`, without making other clients wait.

        Raises StorageError.
        """
        async with drafting(sandbox.folder) as place:
            draft = None if sandbox.folder is None else place
            contents = await self._copy(sandbox.name, plan, template, draft)
            with _closed_if_it_fails(contents):
                await sandbox.aside.free()
                with self.in_step(sandbox):
                    self._make_own(contents, sandbox, plan)
                    if contents.path is None:
                        sandbox.begin(contents)
                    else:
                        await sandbox.begin_from(contents)

    @contextmanager
    def in_step(self, sandbox: Sandbox) -> Iterator[None]:
        """If the block fails before a sandbox begins anew, give it its credentials in the directory back."""
        earlier, generation = self._directory.claims_of(sandbox.name), sandbox.generation
        try:
            yield
        except Exception:
            if sandbox.generation == generation:
                self._directory.enter(sandbox, earlier)
            raise

    def enter(self, sandbox: Sandbox, contents: Store) -> None:
        """Enter the credentials in a store as those of a sandbox. Raises CredentialTakenError."""
        with contents.transaction() as session:
            claims = [
                (provider.name, credential, grant)
                for provider in self._providers
                for credential, grant in (*provider.credentials(session), *provider.names(session))
            ]
        self._directory.enter(sandbox, claims)

    async def _copy(self, name: str, plan: Plan, template: Store | None, draft: Path | None) -> Store:
        if template is not None:
            return await beside(partial(copied, template, draft))
        origin = self._origins.of(name, plan.origin)
        if origin is not None:
            return await beside(partial(origin.copied, draft))
        return await self._templates.copy(plan, draft)

    def _make_own(self, contents: Store, sandbox: Sandbox, plan: Plan) -> None:
        """Turn the copy of a template into a sandbox's own: its times, numbers, state and credentials."""
        clock = plan.first_clock()
        set_apart(contents, clock, plan.seed, self._rooms)
        for attempt in count(1):
            write_state(contents, sandbox.name, plan, clock)
            give_credentials(contents, self._providers, fresh_credentials(plan.tag))
            try:
                self.enter(sandbox, contents)
            except CredentialTakenError:
                plan = replace(plan, tag=f"{plan.tag}~{attempt}")
            else:
                return


@contextmanager
def _closed_if_it_fails(contents: Store) -> Iterator[None]:
    try:
        yield
    except BaseException:
        contents.close()
        raise
