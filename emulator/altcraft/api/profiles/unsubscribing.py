"""Unsubscribing a recipient by the message's id.

https://guides.altcraft.com/en/developer-guide/profiles/41484441
"""

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field
from sqlmodel import select

from emulator.altcraft import refusals
from emulator.altcraft.dialect import Call, Policy
from emulator.altcraft.models import Asking, Code
from emulator.altcraft.people.outcomes import leave, unsubscribe
from emulator.altcraft.sending import SENDER
from emulator.altcraft.smids import message_of
from emulator.altcraft.tables.mailings import Sent
from emulator.altcraft.tables.people import Database, Resource, Subscription
from emulator.altcraft.values import Listed, Name
from emulator.gateway.route import OperationRoute, refuses
from emulator.sending.job_table import Job
from emulator.sending.messages import Message, Selection, reached, record_mark

router = APIRouter(prefix="/api/v1.1/profiles", tags=["Profiles"], route_class=OperationRoute)

EditCall = Annotated[Call, Policy(right="profiles.edit", deduplicated="by id")]

UNDER_WAY = frozenset({"sent", "deferred", "delivered", "opened", "clicked"})
"""The statuses of messages that recipients have, or may have, and that may end as unsubscribed."""


class MessageUnsubscription(Asking):
    rtoken: Name = Field(description="Resource token")
    smid: Name = Field(description="Id of the sent message")
    categories: Listed[str] = Field([], description="Categories to leave; the resource where there are none")


class Unsubscribed(Code):
    profile_id: str


@router.post("/message_unsub", responses=refuses(refusals.ObjectNotFound, refusals.InvalidField))
async def unsubscribe_profile_from_resource(call: EditCall, body: MessageUnsubscription) -> Unsubscribed:
    """Unsubscribe the recipient of a message, or remove them from categories of its resource.

    https://guides.altcraft.com/en/developer-guide/profiles/41484441
    """
    resource = _resource_of(call, body.rtoken)
    message = _message_of(call, body.smid)
    sent, subscription = _sent(call, message, body.smid)
    if subscription is None or subscription.resource_id != resource.id:
        raise refusals.IncorrectRequest("smid", "is a message of another resource")
    if any(one not in resource.categories for one in body.categories):
        raise refusals.InvalidField("categories", "category not found in resource")
    if body.categories:
        leave(call.turn, subscription, body.categories)
    elif unsubscribe(call.turn, subscription):
        _mark_unsubscribed(call, message)
    return Unsubscribed(profile_id=sent.profile_id)


def _resource_of(call: Call, token: str) -> Resource:
    """Return the resource with a token. Raises ObjectNotFound."""
    resource = call.db.exec(select(Resource).where(Resource.token == token)).first()
    if resource is None or not call.grant.sees(resource.groups):
        raise refusals.ObjectNotFound("resource", token)
    return resource


def _message_of(call: Call, smid: str) -> Message:
    """Return the message with an id. Raises ObjectNotFound."""
    number = message_of(call.db, smid)
    message = None if number is None else call.db.get(Message, number)
    if message is None:
        raise refusals.ObjectNotFound("message", smid)
    return message


def _sent(call: Call, message: Message, smid: str) -> tuple[Sent, Subscription | None]:
    """Return the recipient and the subscription of a message. Raises ObjectNotFound."""
    sent = call.db.get(Sent, message.id)
    subscription = call.db.get(Subscription, sent.subscription_id) if sent and sent.subscription_id else None
    database = call.db.get(Database, subscription.database_id) if subscription else None
    if sent is None or (database is not None and not call.grant.sees(database.groups)):
        raise refusals.ObjectNotFound("message", smid)
    return sent, subscription


def _mark_unsubscribed(call: Call, message: Message) -> None:
    """Move a message to `unsubscribed`, through `delivered` if it was not.

    A message that did not arrive, or that was complained about, keeps its status: only its history changes.
    """
    known = {status for status, _ in reached(call.db, message.id)}
    if message.status in UNDER_WAY:
        before = [] if "delivered" in known else ["delivered"]
        job = call.db.get_one(Job, message.job_id)
        SENDER.force(call.turn, job, message, [*before, "unsubscribed"])
        return
    place = (message.job_id, message.channel, message.position, message.position)
    selection = Selection(*place, message.outcome, message.status)
    record_mark(call.turn, selection, "unsubscribed")
    SENDER.announce(call.turn, selection, "unsubscribed")
