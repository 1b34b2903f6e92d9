"""Links in providers' mails and responses: signed addresses that are valid without a credential.

The address of a link names its sandbox, its provider, and its target as a path that the provider defines.
"""

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from sqlmodel import Session

from emulator.engine.clock import Millis
from emulator.sandbox.credentials import machine_token
from emulator.sandbox.state import state_of

PREFIX = "/_emulator/links/"
SHORT = "/_emulator/s/"
"""How the paths of short links begin; their domain and the rest of their address follow."""

ROW_NUMBER = re.compile(r"[1-9][0-9]{0,18}")
UNTIL = re.compile(r"[0-9]{0,15}")
MOST_ROWS = 2**63 - 1
"""The largest number of a row that SQLite can store."""

Form = Mapping[str, str]
"""The fields of a form that was posted to a link; without any, the form is empty."""


@dataclass(frozen=True)
class Linked:
    """The page or file that a link leads to."""

    content: bytes
    media_type: str
    file_name: str | None = None
    """The name under which the file is saved; None for a page that is shown."""
    status: int = 200
    location: str | None = None
    """The address that it redirects to, with a status that says so."""
    is_kept: bool = True
    """Whether the client may keep it in its cache."""


@dataclass(frozen=True)
class Visit:
    """The request of somebody who follows a link."""

    method: str = "GET"
    form: Form | None = None
    """The form that was posted; None if none was."""
    address: str = ""
    user_agent: str = ""
    language: str = ""
    referrer: str | None = None
    origin: str = ""
    """The address of the server, as the request reached it."""


def make_link(session: Session, origin: str, provider: str, path: str, expires: Millis | None = None) -> str:
    """Return the signed address of a provider's `path` at a server's `origin`, such as `http://127.0.0.1:4610`.

    The link is valid before `expires`, or always.
    """
    state = state_of(session)
    place = f"{quote(state.name)}/{provider}/{quote(path)}"
    until = "" if expires is None else str(expires)
    signature = _signature(state.link_key, place, until)
    query = f"expires={until}&signature={signature}" if until else f"signature={signature}"
    return f"{origin}{PREFIX}{place}?{query}"


def is_valid(session: Session, provider: str, path: str, until: str, signature: str, now: Millis) -> bool:
    """Return whether a link was signed by this sandbox, and has not expired."""
    state = state_of(session)
    expected = _signature(state.link_key, f"{quote(state.name)}/{provider}/{quote(path)}", until)
    if not UNTIL.fullmatch(until):
        return False
    is_ours = hmac.compare_digest(expected.encode(), signature.encode("utf-8", "replace"))
    return is_ours and (not until or now < int(until))


def seal_of(session: Session, text: str) -> int:
    """Return a number that only this sandbox can make of a text."""
    key = state_of(session).link_key
    return int.from_bytes(hmac.digest(key.encode(), text.encode(), "sha256"))


def link_key(seed: int | None, token: str | None) -> str:
    """Return the key that signs a new sandbox's links: random, or made of a seed that was given.

    A given seed leads to the same links each time; the server's token, if it has one, keeps others from
    making them (docs/decisions/0025-links.md).
    """
    if seed is None:
        return machine_token()
    return hmac.digest((token or "").encode(), f"links of {seed}".encode(), "sha256").hex()


def row_number(text: str) -> int | None:
    """Return the number of a row in a link's path, None for a text that is none."""
    number = int(text) if ROW_NUMBER.fullmatch(text) else 0
    return number if 0 < number <= MOST_ROWS else None


def _signature(key: str, place: str, until: str) -> str:
    return hmac.digest(key.encode(), f"{place}?{until}".encode(), "sha256").hex()[:32]
