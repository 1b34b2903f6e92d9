"""What a sandbox needs to know of a provider, whatever its requests look like."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlmodel import Session

from emulator.engine.engine import Handler, Turn
from emulator.sending.steering import JobKind
from emulator.storage.store import Store
from emulator.webhooks.events import Hooks


@dataclass(frozen=True, kw_only=True)
class SandboxPart:
    """The part of every sandbox that is one provider's: its account, and what happens there."""

    name: str
    """The provider's, as in the emulator's own paths and folders: `autosend`."""
    load: Callable[[Turn, Path], None]
    """Puts the account that a fixture folder describes into a template. Raises FixtureError."""
    credentials: Callable[[Session], Iterable[tuple[str, object]]]
    """What a client may show to reach a sandbox, each with what it grants. Swagger UI fills in the first."""
    names: Callable[[Session], Iterable[tuple[str, object]]] = lambda _: ()
    """Lookup keys that lead to a sandbox but never appear verbatim in requests, each with what it grants."""
    issued: Callable[[Store], list[str]]
    """The values that must be unique per sandbox, credentials first, in the order of the fixture."""
    reissue: Callable[[Store, str, str], None]
    """Replaces one of what `issued` returns, wherever the account has it."""
    events: Mapping[str, Handler]
    """The handlers of its due events, by name."""
    hooks: Hooks
    """How it tells its clients of things."""
    kinds: Sequence[JobKind[Any]]
    """The jobs that tests can steer."""
    credential_fields: frozenset[str] = frozenset()
    """The names under which credentials stand in its bodies and queries, in lower case."""
    credential_shape: str = ""
    """What looks like one of its credentials, as a regular expression; empty where any word does."""


def kinds_of(parts: Iterable[SandboxPart]) -> list[JobKind[Any]]:
    """Return the kinds of jobs of all providers."""
    return [kind for part in parts for kind in part.kinds]
