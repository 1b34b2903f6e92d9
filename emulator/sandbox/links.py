"""Links in providers' mails and responses: signed addresses that are valid without a credential.

The address of a link names its sandbox, its provider, and its target as a path that the provider defines.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from sqlmodel import Session

from emulator.engine.clock import Millis
from emulator.sandbox.sandbox import SandboxState

PREFIX = "/_emulator/links/"

Form = Mapping[str, str]
"""The fields of a form that was posted to a link; without any, the form is empty."""


@dataclass(frozen=True)
class Linked:
    """The page or file that a link leads to."""

    content: bytes
    media_type: str
    file_name: str | None = None
    """The name under which the file is saved; None for a page that is shown."""


def make_link(session: Session, origin: str, provider: str, path: str, expires: Millis | None = None) -> str:
    """Return the signed address of a provider's `path` at a server's `origin`, such as `http://127.0.0.1:4610`.

    The link is valid before `expires`, or always.
    """
    state = session.get_one(SandboxState, 1)
    place = f"{quote(state.name)}/{provider}/{quote(path)}"
    until = "" if expires is None else str(expires)
    signature = _signature(state.seed, place, until)
    query = f"expires={until}&signature={signature}" if until else f"signature={signature}"
    return f"{origin.rstrip('/')}{PREFIX}{place}?{query}"


def is_valid(session: Session, provider: str, path: str, until: str, signature: str, now: Millis) -> bool:
    """Return whether a link was signed by this sandbox, and has not expired."""
    state = session.get_one(SandboxState, 1)
    expected = _signature(state.seed, f"{quote(state.name)}/{provider}/{quote(path)}", until)
    is_ours = hmac.compare_digest(expected.encode(), signature.encode("utf-8", "replace"))
    return is_ours and (not until or now < int(until))


def _signature(seed: int, place: str, until: str) -> str:
    return hmac.digest(str(seed).encode(), f"{place}?{until}".encode(), "sha256").hex()[:32]
