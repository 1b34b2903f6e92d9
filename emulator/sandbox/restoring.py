"""Saving sandboxes as snapshots, and restoring sandboxes from them."""

from asyncio import to_thread
from collections.abc import Awaitable, Callable, Container, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from emulator.engine.clock import Millis
from emulator.sandbox.credentials import kind_of
from emulator.sandbox.inspection import check_contents, reading
from emulator.sandbox.parts import SandboxPart
from emulator.sandbox.sandbox import Sandbox
from emulator.sandbox.snapshots import Snapshot, Snapshots
from emulator.sandbox.template import anchor, fresh_credentials, give_credentials, go_on
from emulator.storage.drafts import drafting, open_draft
from emulator.storage.store import Store
from emulator.watching.journal import Kept
from emulator.watching.kept_journal import take_journal, write_journal
from emulator.watching.redaction import Redactor


class Saving:
    """Saves sandboxes as snapshots, and restores sandboxes from them; long work is done aside."""

    def __init__(
        self,
        snapshots: Snapshots,
        parts: Sequence[SandboxPart],
        handlers: Container[str],
        redactor: Callable[[Sandbox], Redactor],
        go_on_from: Callable[[Sandbox, Store, Kept], Awaitable[None]],
    ) -> None:
        self._snapshots = snapshots
        self._parts = parts
        self._handlers = handlers
        self._redactor = redactor
        self._go_on_from = go_on_from

    async def save(self, sandbox: Sandbox, name: str, *, replace: bool = False) -> Snapshot:
        """Save a snapshot of a sandbox as it is now, with its journal. The sandbox waits while it is copied.

        Raises SnapshotInTheWayError, TooManySnapshotsError and StorageError.
        """
        await to_thread(self._snapshots.check_place, name, replace=replace)
        async with drafting(self._snapshots.folder) as draft:
            await sandbox.ready()
            sandbox.check_there()
            beside = Beside(sandbox.clock.now(), sandbox.journal.kept(), self._redactor(sandbox))
            await sandbox.aside.run(partial(sandbox.store.write_draft, draft))
            await to_thread(complete, draft, beside)
            return await to_thread(self._snapshots.save, name, draft, replace=replace)

    async def take_in(self, name: str, draft: Path, *, replace: bool = False) -> Snapshot:
        """Save the draft of a SQLite file from elsewhere as a snapshot.

        Raises IncompatibleStoreError, SnapshotInTheWayError, TooManySnapshotsError and StorageError.
        """
        (await self._contents_of(draft)).close()
        return await to_thread(self._snapshots.save, name, draft, replace=replace)

    async def restore(self, sandbox: Sandbox, name: str) -> None:
        """Replace what a sandbox holds by a snapshot; the sandbox keeps its own credentials and seed.

        Raises UnknownSnapshotError, IncompatibleStoreError and StorageError, and changes nothing then, unless
        the memory fails while the snapshot is read into it: then the sandbox is reset.
        """
        async with drafting(sandbox.folder) as draft:
            await to_thread(self._snapshots.write, name, draft)
            with closing(await self._contents_of(draft)) as contents:
                if sandbox.folder is None:
                    contents.check_fits_in_memory()
                await sandbox.ready()
                sandbox.check_there()
                own = partial(make_own, contents, sandbox, self._parts)
                await self._go_on_from(sandbox, contents, await sandbox.aside.run(own))

    async def _contents_of(self, draft: Path) -> Store:
        return await to_thread(open_contents, draft, self._parts, self._handlers)


@dataclass(frozen=True)
class Beside:
    """What a sandbox has at a moment beside its database."""

    now: Millis
    journal: Kept
    redactor: Redactor


def complete(draft: Path, beside: Beside) -> None:
    """Add to the draft of a sandbox's database what a snapshot has besides: its time and its journal."""
    with closing(open_draft(draft)) as store:
        anchor(store, beside.now)
        write_journal(store, beside.journal, beside.redactor)


def open_contents(draft: Path, parts: Sequence[SandboxPart], handlers: Container[str]) -> Store:
    """Open the draft of a snapshot. Raises IncompatibleStoreError if it can not be used as it is."""
    with reading():
        contents = open_draft(draft)
        try:
            check_contents(contents, parts, handlers)
        except BaseException:
            contents.close()
            raise
    return contents


def make_own(contents: Store, sandbox: Sandbox, parts: Sequence[SandboxPart]) -> Kept:
    """Turn a snapshot's contents into those of a sandbox, with its own credentials; return the journal.

    If the sandbox has fewer credentials than the snapshot, it gets fresh ones. Raises IncompatibleStoreError.
    """
    fresh = fresh_credentials(sandbox.plan.tag or sandbox.name)
    with reading():
        journal = take_journal(contents)
        own = {part.name: _paired(part.issued(contents), part.issued(sandbox.store)) for part in parts}

        def issue(provider: str, credential: str) -> str:
            return own[provider].get(credential) or fresh(provider, credential)

        go_on(contents, sandbox.name, sandbox.plan)
        give_credentials(contents, parts, issue)
    return journal


def _paired(found: Sequence[str], own: Sequence[str]) -> dict[str, str]:
    """Return the sandbox's own credential that replaces each one found in a snapshot.

    It is one with the same beginning, such as `live_`, or, if there is none, one that is left over.
    """
    pairs, left = dict[str, str](), list(own)
    for is_any in (False, True):
        for credential in found:
            fitting = (one for one in left if is_any or kind_of(one) == kind_of(credential))
            match = None if credential in pairs else next(fitting, None)
            if match is not None:
                pairs[credential] = match
                left.remove(match)
    return pairs
