"""The part of a provider that sandboxes use; requests and responses are in providers.py."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlmodel import Session

from emulator.engine.back import GoingBack
from emulator.engine.engine import Handler
from emulator.sandbox.fixtures import Accounts
from emulator.sending.jobs import JobSender
from emulator.sending.pace import Pacing
from emulator.sending.steering import JobKind
from emulator.storage.store import Store
from emulator.webhooks.events import Hooks


@dataclass(frozen=True, kw_only=True)
class SandboxPart:
    """What a provider adds to every sandbox: its account, credentials, due events, webhooks and jobs."""

    name: str
    """The provider's name in the emulator's own paths and folders: `autosend`."""
    account: Accounts
    """The accounts that its sandboxes begin with."""
    credentials: Callable[[Session], Iterable[tuple[str, object]]]
    """Returns the credentials of a sandbox, each with what it grants. Swagger UI fills in the first."""
    names: Callable[[Session], Iterable[tuple[str, object]]] = lambda _: ()
    """Returns other keys that lead to a sandbox, each with its grant; requests never hold them verbatim."""
    issued: Callable[[Store], list[str]]
    """Returns the values that must be unique per sandbox, credentials first, in the order of the fixture."""
    reissue: Callable[[Store, str, str], None]
    """Replaces a value that `issued` returned by another, wherever the account has it."""
    events: Mapping[str, Handler]
    """The handlers of the provider's due events, by the event's name."""
    going_back: Sequence[GoingBack] = ()
    """The functions that adapt its data to a clock that was set back."""
    hooks: Hooks
    """The provider's webhooks."""
    kinds: Sequence[JobKind[Any]]
    """The kinds of jobs that tests can steer."""
    senders: Sequence[JobSender]
    """Its senders, one for each way in which it sends."""
    pacing: Pacing
    """The tables that store its accounts and their paces."""
    channels: Sequence[str]
    """The channels of its messages."""
    numbers: Mapping[str, int] = field(default_factory=dict)
    """The kinds of numbers that are global at the provider; how many of each a sandbox is likely to need."""
    subjects: Mapping[str, str] = field(default_factory=dict)
    """The tables of the rows that its events are about, by how the subjects begin: `rcs.campaign:`."""
    credential_fields: frozenset[str] = frozenset()
    """The names of fields that hold credentials in bodies and queries, in lower case."""
    credential_shape: str = ""
    """A regular expression for the provider's credentials; empty where any word could be one."""

    def errors(self) -> Mapping[str, Any]:
        """Return the refusals that a fault rule can name, by name."""
        return {}


def kinds_of(parts: Iterable[SandboxPart]) -> list[JobKind[Any]]:
    """Return the kinds of jobs of all providers."""
    return [kind for part in parts for kind in part.kinds]
