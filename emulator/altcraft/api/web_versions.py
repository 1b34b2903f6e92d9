"""The web version of a message: its content as its recipient sees it.

https://guides.altcraft.com/en/developer-guide/miscellaneous/2196089. The contents of `sms` and `push` are
inferred.
"""

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from emulator.altcraft import refusals
from emulator.altcraft.dialect import Call, Policy
from emulator.altcraft.models import Asking, Model, Reply
from emulator.altcraft.runs import DROPPED, QUEUED
from emulator.altcraft.smids import message_of
from emulator.altcraft.tables.mailings import Mailing, Run
from emulator.altcraft.templating.said import Said, said
from emulator.altcraft.values import Instant, Name
from emulator.gateway.route import OperationRoute, refuses
from emulator.sending.messages import Message

router = APIRouter(prefix="/api/v1.1/webver", tags=["Miscellaneous"], route_class=OperationRoute)

ViewCall = Annotated[Call, Policy(right="mailings.view")]


class SentMessage(Asking):
    send_message_id: Name = Field(description="Id of the sent message, in any of its forms")


class Email(Model):
    from_email: str
    from_name: str
    replyto_email: str
    replyto_name: str
    subject: str
    html: str
    text: str


class Sms(Model):
    text: str


class Push(Model):
    title: str
    body: str
    icon: str
    click_url: str


class EmailVersion(Model):
    createtime: Instant
    email: Email


class SmsVersion(Model):
    createtime: Instant
    sms: Sms


class PushVersion(Model):
    createtime: Instant
    push: Push


WebVersion = EmailVersion | SmsVersion | PushVersion
WebVersionReply = Reply[WebVersion]


@router.post("/get", responses=refuses(refusals.ObjectNotFound))
async def get_web_version_of_a_message(call: ViewCall, body: SentMessage) -> WebVersionReply:
    """Return the content of a sent message, in an object named after its channel.

    https://guides.altcraft.com/en/developer-guide/miscellaneous/2196089
    """
    message, run = _find(call, body.send_message_id)
    return WebVersionReply(data=_version(message, said(call.db, run, message)))


def _find(call: Call, number: str) -> tuple[Message, Run]:
    """Return a message that was sent, and its run.

    Raises ObjectNotFound, also for a message of a mailing that the token does not see.
    """
    message_id = message_of(call.db, number)
    message = None if message_id is None else call.db.get(Message, message_id)
    if message is None or message.status in {QUEUED, DROPPED}:
        raise refusals.ObjectNotFound("message", number)
    run = call.db.get_one(Run, message.job_id)
    mailing = call.db.get(Mailing, run.mailing_id)
    if mailing is not None and not call.grant.sees(mailing.groups):
        raise refusals.ObjectNotFound("message", number)
    return message, run


def _version(message: Message, words: Said) -> WebVersion:
    at = message.created_at
    match message.channel:
        case "sms":
            return SmsVersion(createtime=at, sms=Sms(text=words.text))
        case "push":
            push = Push(title=words.subject, body=words.text, icon=words.icon, click_url=words.click_url)
            return PushVersion(createtime=at, push=push)
    return EmailVersion(createtime=at, email=Email.model_validate(vars(words)))
