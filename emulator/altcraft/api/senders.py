"""Senders, and virtual senders, which share messages among senders.

https://guides.altcraft.com/en/developer-guide/senders. Neither is in access groups.
"""

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field
from sqlmodel import select

from emulator.altcraft import refusals
from emulator.altcraft.choosing.uses import is_virtual_sender_used
from emulator.altcraft.dialect import Call, Policy
from emulator.altcraft.listing import Paging, find_virtual_sender, next_id, page_of
from emulator.altcraft.models import Asking, Code, Listing, Model, Page, Reply, Saved
from emulator.altcraft.senders import EmailRule, SmsRule, check_rules
from emulator.altcraft.tables.content import Sender, VirtualSender
from emulator.altcraft.values import Int64, Listed, Name
from emulator.gateway.route import OperationRoute, refuses

router = APIRouter(prefix="/api/v1.1", tags=["Senders"], route_class=OperationRoute)

ViewCall = Annotated[Call, Policy(right="senders.view")]
EditCall = Annotated[Call, Policy(right="senders.edit", deduplicated="by id")]


class SenderRow(Model):
    channel: str
    id: int
    name: str
    type: str


@router.post("/senders/list")
async def get_sender_list(call: ViewCall, body: Paging) -> Page[SenderRow]:
    """Page through the senders, by id.

    https://guides.altcraft.com/en/developer-guide/senders/2195754
    """
    senders, total = page_of(call, select(Sender), Sender.id, body.limit, body.from_id)
    rows = [SenderRow.of(one) for one in senders]
    return Page(data=rows, next_from_id=next_id(senders, body), total_count=total)


class VirtualSenderRow(Model):
    id: int
    name: str
    email_channel: bool
    sms_channel: bool


@router.post("/vsenders/list")
async def get_virtual_sender_list(call: ViewCall, body: Paging) -> Listing[VirtualSenderRow]:
    """Page through the virtual senders, by id, with the channels that they have rules for.

    https://guides.altcraft.com/en/developer-guide/senders/virtual-senders/2195762
    """
    senders, total = page_of(call, select(VirtualSender), VirtualSender.id, body.limit, body.from_id)
    rows = [
        VirtualSenderRow.of(one, email_channel=bool(one.email_rules), sms_channel=bool(one.sms_rules))
        for one in senders
    ]
    return Listing(data=rows, total_count=total)


class VirtualSenderById(Asking):
    id: Int64 = Field(description="Virtual sender id")


class VirtualSenderInformation(Model):
    id: int
    name: str
    email_rules: list[EmailRule]
    sms_rules: list[SmsRule]


@router.post("/vsenders/get", responses=refuses(refusals.ObjectNotFound))
async def get_virtual_sender_information(
    call: ViewCall, body: VirtualSenderById
) -> Reply[VirtualSenderInformation]:
    """Return the rules of a virtual sender.

    https://guides.altcraft.com/en/developer-guide/senders/virtual-senders/2195765
    """
    return Reply(data=VirtualSenderInformation.of(find_virtual_sender(call, body.id)))


class VirtualSenderSettings(Asking):
    name: Name
    email_rules: Listed[EmailRule] = Field(description="Rules for mails; may be empty")
    sms_rules: Listed[SmsRule] = Field(description="Rules for SMS; may be empty")


@router.post("/vsenders/add", responses=refuses(refusals.ObjectNotFound))
async def create_virtual_sender(call: EditCall, body: VirtualSenderSettings) -> Reply[Saved]:
    """Make a virtual sender.

    https://guides.altcraft.com/en/developer-guide/senders/virtual-senders/2195769
    """
    _check(call, body)
    number = call.turn.ids.number("altcraft.virtual_sender")
    call.db.add(VirtualSender(id=number, **body.said("token", "format")))
    return Reply(data=Saved(saved_id=number))


class UpdatedVirtualSender(VirtualSenderSettings, VirtualSenderById):
    pass


@router.post("/vsenders/update", responses=refuses(refusals.ObjectNotFound))
async def update_virtual_sender(call: EditCall, body: UpdatedVirtualSender) -> Reply[Saved]:
    """Replace the name and the rules of a virtual sender; known from the navigation of the documentation.

    https://guides.altcraft.com/en/developer-guide/senders/virtual-senders
    """
    sender = find_virtual_sender(call, body.id)
    _check(call, body)
    sender.sqlmodel_update(body.said("id", "token", "format"))
    return Reply(data=Saved(saved_id=sender.id))


class ClonedVirtualSender(VirtualSenderById):
    name: Name | None = Field(None, description="Name of the copy; else `Clone of …`")


@router.post("/vsenders/clone", responses=refuses(refusals.ObjectNotFound))
async def clone_virtual_sender(call: EditCall, body: ClonedVirtualSender) -> Reply[Saved]:
    """Copy a virtual sender.

    https://guides.altcraft.com/en/developer-guide/senders/virtual-senders/2195767
    """
    original = find_virtual_sender(call, body.id)
    copy = VirtualSender(
        id=call.turn.ids.number("altcraft.virtual_sender"),
        name=body.name or f"Clone of {original.name}"[:1000],
        email_rules=original.email_rules,
        sms_rules=original.sms_rules,
    )
    call.db.add(copy)
    return Reply(data=Saved(saved_id=copy.id))


@router.post("/vsenders/delete", responses=refuses(refusals.ObjectNotFound, refusals.WrongState))
async def delete_virtual_sender(call: EditCall, body: VirtualSenderById) -> Code:
    """Delete a virtual sender, unless an active mailing or scenario or a waiting start needs it.

    https://guides.altcraft.com/en/developer-guide/senders/virtual-senders/2195773
    """
    sender = find_virtual_sender(call, body.id)
    if is_virtual_sender_used(call.db, sender.id):
        raise refusals.WrongState("virtual sender", sender.id, "in use")
    call.db.delete(sender)
    return Code()


def _check(call: Call, body: VirtualSenderSettings) -> None:
    """Raise AltcraftError for a group or a sender that does not exist, or a sender of another channel."""
    check_rules(call.db, "email", body.email_rules)
    check_rules(call.db, "sms", body.sms_rules)
