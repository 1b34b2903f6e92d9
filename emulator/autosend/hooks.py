"""What AutoSend tells its clients: webhooks of mail events, signed.

https://docs.autosend.com/others/webhooks (events, payload, signature, retries). The rest of its page
on retries names other intervals; those of the retries page are followed.
"""

import hmac
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sqlmodel import Session, select

from emulator.autosend.tables import Campaign, Template
from emulator.core.clock import SECOND, Millis, iso_millis
from emulator.core.engine import Turn
from emulator.core.messages import Message, StatusChange
from emulator.core.webhooks import Delivery, Destination, Hooks, Notice, Target, has_targets, targets

TYPES = (
    "email.sent",
    "email.delivered",
    "email.deferred",
    "email.opened",
    "email.clicked",
    "email.bounced",
    "email.spam_reported",
    "email.unsubscribed",
    "email.group_unsubscribed",
    "email.group_resubscribed",
    "contact.created",
    "contact.updated",
    "contact.deleted",
    "email.received",
)

BY_STATUS = {
    "sent": "email.sent",
    "delivered": "email.delivered",
    "deferred": "email.deferred",
    "opened": "email.opened",
    "clicked": "email.clicked",
    "bounced": "email.bounced",
    "complained": "email.spam_reported",
    "unsubscribed": "email.unsubscribed",
}

HARD_BOUNCE = {"bounceType": "Permanent", "bounceSubType": "General", "reason": "550 5.1.1 no such user"}
SOFT_BOUNCE = {"bounceType": "Transient", "bounceSubType": "MailboxFull", "reason": "452 4.2.2 mailbox full"}
DEFERRAL = {"delayType": "MailboxFull", "delayReason": "452 4.2.2 mailbox full"}
DEFAULT_LINK = "https://example.com/"
"""What is clicked in a mail that has no link."""


class AutoSendHooks(Hooks):
    provider = "autosend"
    types = TYPES
    retries = (5 * SECOND, 10 * SECOND, 20 * SECOND)
    signature = "X-Webhook-Signature"

    def new_secret(self, turn: Turn) -> str:
        return f"whsec_{turn.ids.hex('autosend.webhook.secret', 32)}"

    def destinations(self, turn: Turn, job_id: int) -> Iterable[Destination]:
        if not has_targets(turn, self.provider):
            return []
        campaign = turn.session.exec(select(Campaign).where(Campaign.job_id == job_id)).first()
        return targets(turn, self.provider, campaign.project_id if campaign else "")

    def notices(self, session: Session, message: Message, change: StatusChange) -> Iterator[Notice]:
        type_ = BY_STATUS.get(change.status)
        campaign = session.exec(select(Campaign).where(Campaign.job_id == message.job_id)).first()
        if type_ is not None and campaign is not None:
            data = _data(session, message, campaign, type_)
            yield Notice(type_, {"type": type_, "createdAt": iso_millis(change.at), "data": data})

    def headers(self, delivery: Delivery, target: Target | None, at: Millis) -> dict[str, str]:
        key = (target.secret if target else "").encode()
        return {
            "Content-Type": "application/json",
            "User-Agent": "AutoSend-Webhooks/1.0",
            "X-Webhook-Signature": hmac.digest(key, delivery.body.encode(), "sha256").hex(),
            "X-Webhook-Event": delivery.type,
            "X-Webhook-Delivery-Id": delivery.name,
            "X-Webhook-Timestamp": str(at),
        }

    def is_accepted(self, target: Target | None, status: int, answer: str) -> bool:
        return 200 <= status < 300  # noqa: PLR2004 -- any success


def email_id(message_id: int) -> str:
    """Answer the id that a mail has at AutoSend: 24 hex digits."""
    return f"66b1c2d3{message_id:016x}"


def _data(session: Session, message: Message, campaign: Campaign, type_: str) -> dict[str, Any]:
    ids = {"emailId": email_id(message.id), "test": False, "campaignId": campaign.id}
    if campaign.template_id is not None:
        ids["templateId"] = campaign.template_id
    if type_ == "email.unsubscribed":
        return ids
    mail = {
        "from": campaign.from_email or "",
        "to": {"email": message.recipient, "name": ""},
        "subject": campaign.subject,
    }
    return {"emailId": ids["emailId"], **mail, **ids, **_details(session, message, campaign, type_)}


def _details(session: Session, message: Message, campaign: Campaign, type_: str) -> Mapping[str, Any]:
    match type_:
        case "email.bounced":
            return SOFT_BOUNCE if message.outcome.startswith("soft-bounced") else HARD_BOUNCE
        case "email.deferred":
            return DEFERRAL
        case "email.clicked":
            return {"clickedUrl": _first_link(session, campaign)}
        case "email.spam_reported":
            return {"complaintType": "abuse"}
    return {}


def _first_link(session: Session, campaign: Campaign) -> str:
    template = session.get(Template, campaign.template_id) if campaign.template_id else None
    found = re.search(r"""href=["'](https?://[^"']+)""", template.html) if template else None
    return found[1] if found else DEFAULT_LINK
