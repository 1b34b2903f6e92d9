"""The payload of pushes for apps, and the apps' reports that a push was delivered or opened.

https://guides.altcraft.com/en/developer-guide/application-push-notifications/2196102 (ids) and
https://guides.altcraft.com/en/user-guide/communication-channels/push/mobile-push/mobile-push-app-integration/49709440
(links). The `_uid` of a push identifies it completely.
"""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from sqlmodel import Session

from emulator.altcraft.opaque import seal, unseal
from emulator.altcraft.principals import HASH_HEAD, hash_head
from emulator.altcraft.refusals import WrongState
from emulator.altcraft.runs import QUEUED
from emulator.altcraft.sending import SENDER
from emulator.altcraft.smids import message_of, smid
from emulator.altcraft.tables.mailings import Run, Sent
from emulator.altcraft.tables.people import Resource, Subscription
from emulator.engine.clock import Millis
from emulator.engine.engine import Handler, Turn
from emulator.sending.job_table import Job
from emulator.sending.mail import MAIL_OUTCOMES
from emulator.sending.messages import Message, Selection, record_mark
from emulator.sending.outcomes import FORCED, route, script
from emulator.storage.session import look_up

Told = Literal["delivered", "opened"]
"""The reports of apps on pushes, as statuses of the messages."""

LINKED: tuple[tuple[str, Told], ...] = (("ack", "delivered"), ("open", "opened"))
"""The names of a push's links, each with the status that it reports."""

LINK_PATH = "/api/v1.1/pushes/crypto_post_events?/"
HASH_REST = 32

UID_PARTS = 4
"""The number of parts of a `_uid`: `e|<launch>|<id of the message>|<provider>`."""

ARRIVED = frozenset({"delivered", "opened", "clicked", "unsubscribed", "complained"})
"""The statuses of messages that have arrived."""

FOLLOWS = ARRIVED - {"delivered"}
"""The statuses that a delivered push may reach."""

GOES_ON = frozenset({"delivered", "opened", "clicked"})
"""The statuses of pushes that may reach further ones."""

LATER = "altcraft.push_later"


def events() -> dict[str, Handler]:
    """Return the handlers of later statuses of pushes."""
    return {LATER: _on_later}


class Push(NamedTuple):
    """The message, run and subscription of a push."""

    message: Message
    run: Run
    subscription: Subscription | None
    """None if it was deleted."""

    @property
    def uid(self) -> str:
        provider = self.subscription.provider if self.subscription else ""
        return f"e|{self.run.job_id}|{smid(self.message.id, 'w')}|{provider}"

    def went_by(self, provider: str) -> bool:
        """Return whether a provider may have sent it: that of a token that was replaced is not known."""
        own = self.subscription
        return own is None or own.address != self.message.recipient or own.provider == provider

    def is_of(self, provider: str, token: str) -> bool:
        """Return whether it went to a device, given by its token of that time or its present one."""
        own = self.subscription
        is_now = own is not None and (own.provider, own.address) == (provider, token)
        return is_now or (token == self.message.recipient and self.went_by(provider))


def is_whole(uid: str) -> bool:
    """Return whether an id is a `_uid`, which says everything about a push."""
    return uid.startswith("e|")


def find(session: Session, uid: str) -> Push | None:
    """Return the push with a `_uid`, or with an id of its message in any form."""
    if not is_whole(uid):
        number = message_of(session, uid)
        return None if number is None else _push(session, number)
    parts = uid.split("|", UID_PARTS - 1)
    number = message_of(session, parts[2]) if len(parts) == UID_PARTS else None
    push = None if number is None else _push(session, number)
    if push is None or str(push.run.job_id) != parts[1]:
        return None
    return push if push.went_by(parts[3]) else None


def linked(session: Session, resource_id: int, shown: str) -> tuple[Push, Told] | None:
    """Return the push of a link's hash, and the status that it reports; None for an unknown hash."""
    resource = session.get_one(Resource, resource_id)
    number = unseal(_kind(resource), shown[HASH_HEAD:], HASH_REST)
    if number is None:
        return None
    message_id, place = divmod(number, len(LINKED))
    push = _push(session, message_id)
    return (push, LINKED[place][1]) if push is not None and push.run.resource_id == resource_id else None


def payload(session: Session, message: Message, origin: str) -> dict[str, Any]:
    """Return the payload of a push for an app: its ids, and links for reports at the server's origin."""
    push = _push(session, message.id)
    assert push is not None
    resource = session.get(Resource, push.run.resource_id)
    brought: dict[str, Any] = {"_ac_push": True, "_uid": push.uid, "launch_id": push.run.job_id}
    if resource is not None and resource.token:
        brought["hub_link"] = {
            name: f"{origin}{LINK_PATH}{_hash(resource, message.id * len(LINKED) + place)}"
            for place, (name, _) in enumerate(LINKED)
        }
    return brought


def _hash(resource: Resource, number: int) -> str:
    return hash_head(resource.token) + seal(_kind(resource), number, HASH_REST)


def _kind(resource: Resource) -> str:
    """Return the kind of sealed numbers. It contains the token, so nobody without it can make a hash."""
    return f"link of {resource.token}"


def _push(session: Session, message_id: int) -> Push | None:
    message = session.get(Message, message_id)
    if message is None or message.channel != "push":
        return None
    sent = session.get(Sent, message_id)
    subscription = session.get(Subscription, sent.subscription_id) if sent and sent.subscription_id else None
    run = session.get(Run, message.job_id)
    return None if run is None else Push(message, run, subscription)


def tell(turn: Turn, push: Push, status: Told) -> None:
    """Move a push to `delivered`, or through it to `opened`. Its outcome's later statuses still follow.

    A repeated report is a further event of the history. Raises WrongState for a push that can not be
    delivered.
    """
    # Read anew: the same request may have reported another status just before.
    message = turn.session.get_one(Message, push.message.id)
    job = turn.session.get_one(Job, message.job_id)
    shown = SENDER.shown_status(job.state, message.status)
    has_it = _has_reached(turn.session, message.id, status)
    way = None if shown != message.status else route(MAIL_OUTCOMES, QUEUED, shown, status)
    if way is not None and not has_it:
        left_at = turn.now if message.sent_at is None else message.sent_at
        followed = SENDER.force(turn, job, message, way)
        _plan_rest(turn, job, message, followed, left_at, status)
    elif shown in ARRIVED:
        place = Selection(
            job.id, message.channel, message.position, message.position, message.outcome, message.status
        )
        record_mark(turn, place, status)
        SENDER.announce(turn, place, status)
    else:
        raise WrongState("message", smid(message.id), shown)


def _plan_rest(turn: Turn, job: Job, message: Message, followed: str, left_at: Millis, told: Told) -> None:
    """Schedule the later statuses of a push's outcome, as a forced message does not follow its outcome."""
    if followed == FORCED:
        return
    for step in script(MAIL_OUTCOMES, followed).steps:
        if step.status not in FOLLOWS - {told}:
            continue
        due = max(turn.now, left_at + step.after)
        turn.schedule(due, LATER, job.subject, message=message.id, status=step.status)


def _on_later(turn: Turn, about: str, details: Mapping[str, Any]) -> None:
    """Move a push to a status, unless it has reached it, or can not reach any more."""
    message = turn.session.get_one(Message, details["message"])
    if message.status in GOES_ON and not _has_reached(turn.session, message.id, details["status"]):
        SENDER.force(turn, turn.session.get_one(Job, message.job_id), message, [details["status"]])


def _has_reached(session: Session, message_id: int, status: str) -> bool:
    return look_up(session, _REACHED, (message_id, status)).fetchone() is not None


_REACHED = "SELECT 1 FROM status_change WHERE message_id = ? AND status = ? LIMIT 1"
