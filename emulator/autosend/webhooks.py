"""The signed webhooks by which AutoSend tells its clients of mails and contacts.

https://docs.autosend.com/others/webhooks (events, payload, signature, retries). Its pages name different
intervals between retries; those of the page on retries are used.
"""

import hmac
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, ClassVar

from sqlmodel import Session

from emulator.autosend.javascript import stringified
from emulator.autosend.rendering import first_link, rendered_subject
from emulator.autosend.suppression import global_code
from emulator.autosend.tables.contacts import Contact
from emulator.autosend.tables.mails import Attachment, Mail, Recipient
from emulator.engine.clock import DAY, SECOND, Millis, iso_millis
from emulator.engine.engine import Turn
from emulator.gateway.policy import MEBIBYTE
from emulator.sending.mail import SOFT
from emulator.sending.messages import Message, StatusChange
from emulator.sending.outcomes import reason_in, word_of
from emulator.webhooks.announcing import FILE, report
from emulator.webhooks.events import Delivery, Destination, Hooks, Notice, deliver, has_targets, targets
from emulator.webhooks.targets import DISABLED, Target

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
    "resubscribed": "email.group_resubscribed",
}

HARD_BOUNCE = {"bounceType": "Permanent", "bounceSubType": "General", "reason": "550 5.1.1 no such user"}
SOFT_BOUNCE = {"bounceType": "Transient", "bounceSubType": "MailboxFull", "reason": "452 4.2.2 mailbox full"}
DEFERRAL = {"delayType": "MailboxFull", "delayReason": "452 4.2.2 mailbox full"}
REFUSAL = "the receiving server says {}"
"""The reason that accompanies a bounce type or delay type given by a rule."""
ACCEPTED = range(200, 300)
"""The statuses of responses by which clients accept a webhook."""
TRIED_FOR = DAY
"""How long a deferred mail is tried again (inferred)."""
MAILS = "66b1c2d3"
"""The first digits of all ids of mails."""


FETCHED = "attachment-"
"""The beginning of the name of a request for an attachment's file; the attachment's id follows."""


class AutoSendHooks(Hooks):
    provider = "autosend"
    types = TYPES
    fetched_types = (FILE,)
    retries = (5 * SECOND, 10 * SECOND, 20 * SECOND)
    signature = "X-Webhook-Signature"
    is_dated = True
    settings: ClassVar[Mapping[str, Any]] = {DISABLED: False}
    largest_file = 40 * MEBIBYTE

    def check_settings(self, settings: Mapping[str, Any]) -> None:
        if not isinstance(settings.get(DISABLED, False), bool):
            raise ValueError(f"{DISABLED} must be true or false")  # noqa: TRY004 -- the contract's error

    def statuses(self, type_: str) -> Collection[str]:
        told = {status for status, its_type in BY_STATUS.items() if its_type == type_}
        return {type_, *told, *(("unsubscribed",) if type_ == "email.group_unsubscribed" else ())}

    def new_secret(self, turn: Turn) -> str:
        return f"whsec_{turn.ids.hex('autosend.webhook.secret', 32)}"

    def destinations(self, turn: Turn, job_id: int, channel: str) -> Iterable[Destination]:
        if not has_targets(turn, self.provider):
            return []
        return targets(turn, self.provider, turn.session.get_one(Mail, job_id).project_id)

    def notices(self, session: Session, message: Message, change: StatusChange) -> Iterator[Notice]:
        mail = session.get_one(Mail, message.job_id)
        if mail.is_of_autosend:
            return
        type_ = _type_of(session, mail, change)
        data = None if type_ is None else _data(session, message, mail, type_, change)
        if type_ is not None and data is not None:
            yield _notice(type_, change.at, data)

    def written(self, body: Any) -> str:
        """Return a body as `JSON.stringify` writes it: clients verify it after parsing and rewriting it."""
        return stringified(body)

    def headers(self, delivery: Delivery, at: Millis) -> dict[str, str]:
        if delivery.method == "GET":
            return {"User-Agent": "AutoSend/1.0"}
        signature = hmac.digest(delivery.secret.encode(), delivery.body.encode(), "sha256")
        return {
            "Content-Type": "application/json",
            "User-Agent": "AutoSend-Webhooks/1.0",
            "X-Webhook-Signature": signature.hex(),
            "X-Webhook-Event": delivery.type,
            "X-Webhook-Delivery-Id": delivery.name,
            "X-Webhook-Timestamp": str(at),
        }

    def keep_file(self, turn: Turn, delivery: Delivery, headers: Mapping[str, str], content: bytes) -> None:
        attachment = turn.session.get(Attachment, int(delivery.name.removeprefix(FETCHED)))
        if attachment is not None:
            attachment.content = content

    def is_accepted(self, settings: Mapping[str, Any], status: int, answer: str) -> bool:
        return status in ACCEPTED


def email_id(message_id: int) -> str:
    """Return the id of a mail in AutoSend's API: 24 hex digits."""
    return f"{MAILS}{message_id:016x}"


def message_id(email_id: str) -> int | None:
    """Return the id of the message with an `emailId`, None for a text that is not an id of a mail."""
    found = re.fullmatch(rf"{MAILS}([0-7][0-9a-f]{{15}})", email_id)
    return int(found[1], 16) if found else None


def header_id(message_id: int) -> str:
    """Return the `Message-ID` of a mail (inferred)."""
    return f"<{email_id(message_id)}@autosend.email>"


def message_of_header(header_id: str) -> int | None:
    """Return the id of the message with a `Message-ID`, None for one that AutoSend did not make."""
    found = re.fullmatch(r"<(.*)@autosend\.email>", header_id)
    return message_id(found[1]) if found else None


def tell_project(turn: Turn, project_id: str, type_: str, data: Mapping[str, Any]) -> None:
    """Store an event that is not about a sent mail, and notify the project's webhooks."""
    report(turn, HOOKS, project_id, _notice(type_, turn.now, data))


def resend(turn: Turn, target: Target, type_: str, data: Mapping[str, Any]) -> Delivery:
    """Send an event that a client made up to one webhook, whether it is active or not."""
    return deliver(turn, HOOKS, Destination(target.url, target), _notice(type_, turn.now, data))


def tell_of_contact(turn: Turn, contact: Contact, event: str, *changed: str) -> None:
    """Notify webhooks that a contact was `created`, `updated` (with the changed fields) or `deleted`."""
    data: dict[str, Any] = {"contactId": contact.id, "email": contact.email}
    if event != "deleted":
        data["name"] = contact.name
    if event == "updated":
        data["changedFields"] = list(changed)
    tell_project(turn, contact.project_id, f"contact.{event}", data)


def is_tracked(mail: Mail, status: str) -> bool:
    """Return whether AutoSend can see that a mail reached a status: opens and clicks may be untracked."""
    if status == "opened":
        return mail.tracking_open
    return mail.tracking_click if status == "clicked" else True


def _type_of(session: Session, mail: Mail, change: StatusChange) -> str | None:
    if not is_tracked(mail, change.status):
        return None
    if change.status == "unsubscribed" and _group_of(session, mail, change) is not None:
        return "email.group_unsubscribed"
    return BY_STATUS.get(change.status)


def _group_of(session: Session, mail: Mail, change: StatusChange) -> str | None:
    """Return the group that a recipient left or came back to, None for all mails."""
    code = change.detail or mail.unsubscribe_group
    return None if code == global_code(session, mail.project_id) else code


def _notice(type_: str, at: Millis, data: Mapping[str, Any]) -> Notice:
    return Notice(type_, {"type": type_, "createdAt": iso_millis(at), "data": data})


def _data(
    session: Session, message: Message, mail: Mail, type_: str, change: StatusChange
) -> dict[str, Any] | None:
    """Return the `data` of an event; None for a click in a mail without links."""
    ids = ids_of(mail)
    head: dict[str, Any] = {"emailId": email_id(message.id)}
    if type_ == "email.unsubscribed":
        return head | {"test": mail.is_test} | ids
    if type_ in {"email.group_unsubscribed", "email.group_resubscribed"}:
        if type_ == "email.group_resubscribed":
            ids = {name: value for name, value in ids.items() if name == "campaignId"}
        group = _group_of(session, mail, change)
        return head | {"test": mail.is_test, "unsubscribeGroupId": group} | ids
    recipient = session.get(Recipient, message.id)
    about = {
        "from": mail.from_email,
        "to": {"email": message.recipient, "name": recipient.name if recipient else ""},
        "subject": rendered_subject(session, mail, message),
        "test": mail.is_test,
    }
    if type_ != "email.clicked":
        return head | about | ids | _details(type_, change)
    address = change.detail or first_link(session, mail, message)
    return None if address is None else head | about | ids | {"clickedUrl": address}


def ids_of(mail: Mail) -> dict[str, str]:
    """Return the ids of a mail's campaign, template, automation and batch, by their names in the API."""
    ids = {
        "campaignId": mail.campaign_id,
        "templateId": mail.template_id,
        "workflowAutomationId": mail.automation_id,
        "batchId": mail.batch_id,
    }
    return {name: value for name, value in ids.items() if value is not None}


def _because(cause: str, usual: Mapping[str, str], type_: str, reason: str) -> dict[str, str]:
    """Return the details of a bounce or deferral: the usual ones, changed by the reason of a rule."""
    given = reason_in(cause)
    return dict(usual) | ({} if given is None else {type_: given, reason: REFUSAL.format(given)})


def _details(type_: str, change: StatusChange) -> dict[str, Any]:
    cause = change.detail or ""
    match type_:
        case "email.bounced":
            usual = SOFT_BOUNCE if word_of(cause) == SOFT else HARD_BOUNCE
            return _because(cause, usual, "bounceSubType", "reason")
        case "email.deferred":
            until = iso_millis(change.at + TRIED_FOR)
            return _because(cause, DEFERRAL, "delayType", "delayReason") | {"expirationTime": until}
        case "email.spam_reported":
            return {"complaintType": "abuse"}
    return {}


HOOKS = AutoSendHooks()
