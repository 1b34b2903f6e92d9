"""What a snapshot is made of, and what becomes of it in the sandbox that goes on from it."""

from collections.abc import Container, Sequence
from contextlib import closing

from emulator.sandbox.credentials import kind_of
from emulator.sandbox.inspection import check_contents, reading
from emulator.sandbox.parts import SandboxPart
from emulator.sandbox.sandbox import Sandbox
from emulator.sandbox.template import anchor, fresh_credentials, give_credentials, go_on
from emulator.storage.store import Store
from emulator.watching.journal import Entry
from emulator.watching.kept_journal import take_journal, write_journal
from emulator.watching.redaction import Redactor


def image_of(sandbox: Sandbox, redactor: Redactor) -> bytes:
    """Return a sandbox as it is now, with its journal, as the bytes of a SQLite file."""
    with closing(sandbox.store.copy()) as copy:
        anchor(copy, sandbox.clock.now())
        write_journal(copy, sandbox.journal.entries(), redactor)
        return copy.image()


def contents_of(
    image: bytes, template: Store, parts: Sequence[SandboxPart], handlers: Container[str]
) -> Store:
    """Return what a snapshot's file holds. Raises IncompatibleStoreError if it can not be used as it is."""
    with reading():
        contents = Store.of_image(image)
        try:
            check_contents(contents, template, parts, handlers)
        except BaseException:
            contents.close()
            raise
    return contents


def make_own(contents: Store, sandbox: Sandbox, parts: Sequence[SandboxPart]) -> list[Entry]:
    """Let a snapshot's contents be those of a sandbox, with the credentials that it has; return its journal.

    Where the sandbox has fewer credentials, it gets fresh ones. Raises IncompatibleStoreError.
    """
    fresh = fresh_credentials(sandbox.plan.tag or sandbox.name)
    with reading():
        entries = take_journal(contents)
        own = {part.name: _paired(part.issued(contents), part.issued(sandbox.store)) for part in parts}

        def issue(provider: str, credential: str) -> str:
            return own[provider].get(credential) or fresh(provider, credential)

        go_on(contents, sandbox.name, sandbox.plan)
        give_credentials(contents, parts, issue)
    return entries


def _paired(found: Sequence[str], own: Sequence[str]) -> dict[str, str]:
    """Return which of a sandbox's own credentials takes the place of each that was found.

    It is one that begins alike, such as with `live_`, and one that is left over where there is none.
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
