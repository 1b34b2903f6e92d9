"""API keys and passwords of the SMTP relay: they expire, or are deleted in the dashboard.

https://docs.autosend.com/api-keys: expired and deleted keys are refused like unknown ones, at once.
"""

from collections.abc import Mapping
from typing import Any

from sqlmodel import Session, select

from emulator.autosend.tables.account import ApiKey, Organization, Project
from emulator.engine.clock import Millis
from emulator.engine.engine import Handler, Turn

SUBJECT = "autosend.key:"


def is_good(session: Session, key: str) -> bool:
    """Return whether a key is valid: not expired, and not deleted, alone or with its project or account."""
    found = session.get(ApiKey, key)
    if found is None or found.status != "active":
        return False
    if found.project_id is not None and session.get(Project, found.project_id) is None:
        return False
    return bool(session.get_one(Organization, found.organization_id).status != "deleted")


def add_key(turn: Turn, key: str, expires_at: Millis | None, **own: Any) -> None:
    """Store a key with the further columns `own`, and schedule its expiry."""
    row = ApiKey(key=key, id=turn.ids.hex("autosend.key"), **own)
    turn.session.add(row)
    if expires_at is not None:
        turn.schedule_dated(expires_at, "autosend.expire_key", f"{SUBJECT}{row.id}")


def events() -> dict[str, Handler]:
    """Return the handlers of the due events of keys."""
    return {"autosend.expire_key": _on_expiry}


def _on_expiry(turn: Turn, subject: str, _: Mapping[str, Any]) -> None:
    row = turn.session.exec(select(ApiKey).where(ApiKey.id == subject.removeprefix(SUBJECT))).one()
    if row.status == "active":
        row.status = "expired"
