"""The senders of automations' mails.

https://docs.autosend.com/api-reference/automations/create-automation. Inferred: a step that names no sender
has that of its template, or else the project's default one; what the step leaves out is taken from the stored
sender.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, select

from emulator.autosend.sending.campaign_mails import default_sender
from emulator.autosend.tables.account import Sender
from emulator.autosend.templates import find_template
from emulator.sending.headers import formatted


@dataclass(frozen=True)
class Origin:
    email: str
    name: str
    reply_to: str
    """The address for replies, as in a header; empty where they go to the sender."""


def origin_of(session: Session, project_id: str, email: Mapping[str, Any]) -> Origin | None:
    """Return the sender of an email step's mail, None if there is none."""
    named = email.get("senderEmail")
    stored = _stored(session, project_id, named) if named else _implied(session, project_id, email)
    if stored is None:
        return Origin(named, email.get("senderName") or "", _reply_to(email, "")) if named else None
    return Origin(stored.email, email.get("senderName") or stored.name, _reply_to(email, stored.reply_to))


def _reply_to(email: Mapping[str, Any], stored: str) -> str:
    address = email.get("senderReplyToEmail") or stored
    return formatted(address, email.get("senderReplyToName")) if address else ""


def _stored(session: Session, project_id: str, address: str) -> Sender | None:
    statement = select(Sender).where(Sender.project_id == project_id, Sender.email == address)
    return session.exec(statement).first()


def _implied(session: Session, project_id: str, email: Mapping[str, Any]) -> Sender | None:
    """Return the sender of a step's template, or else the project's default one, None if it has none."""
    template = find_template(session, project_id, email["templateId"]) if "templateId" in email else None
    own = session.get(Sender, template.sender_id) if template and template.sender_id else None
    return own or default_sender(session, project_id)
