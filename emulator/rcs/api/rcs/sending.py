"""Sending RCS messages: to phones, to one phone, to contact lists.

https://telcowwt.com/documentations/rest-api/rcs-api/
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from fastapi import APIRouter
from pydantic import Field

from emulator.engine.clock import Millis
from emulator.gateway.route import OperationRoute, refuses
from emulator.rcs import drafts, refusals
from emulator.rcs.channels import RCS
from emulator.rcs.contents import Recipient
from emulator.rcs.dialect import Call, LongCall
from emulator.rcs.finishing import USUAL, Finish
from emulator.rcs.models import Data
from emulator.rcs.prices import active_tariff
from emulator.rcs.sends import checks
from emulator.rcs.sends.answers import CampaignAnswer, MessageInfo
from emulator.rcs.sends.content import MAX_GROUPS, MAX_PHONES, ListId, Phone, RcsContent, Scheduled
from emulator.rcs.sends.storing import sent_message, stored_campaign
from emulator.rcs.values import CallbackUrl

router = APIRouter(prefix="/api", tags=["RCS: sending"], route_class=OperationRoute)

REFUSALS = (
    refusals.GivenDataInvalid,
    refusals.NotForThisAccount,
    refusals.TariffNotFound,
    refusals.TooManyDuplicates,
)


class SendToPhones(RcsContent, Scheduled):
    phones: list[Phone] = Field(min_length=1, max_length=MAX_PHONES)


@router.post("/campaigns/rcs/send", responses=refuses(*REFUSALS))
async def send_rcs_message(call: Call, body: SendToPhones) -> Data[CampaignAnswer]:
    """Send an RCS message to up to 5000 phones as a campaign, at once or from `start_at` on.

    https://bsg.world/developers/rest-api/send-rcs-message
    """
    return _campaign(call, body, checks.named(call, body.phones), body.start_at)


class SendToOne(RcsContent):
    takes_both_validities: ClassVar[bool] = True
    phone: Phone
    callback_url: CallbackUrl | None = None


@router.post(
    "/messages/rcs/send",
    responses=refuses(*REFUSALS, refusals.ExistsOnStopList, refusals.InsufficientFunds),
)
async def send_single_rcs_message(call: Call, body: SendToOne) -> Data[MessageInfo]:
    """Send one message at once, without a campaign, if the money is enough.

    https://telcowwt.com/documentations/rest-api/rcs-api/single-rcs-message-sending/
    """
    recipient = checks.named_alone(call, body.phone)
    draft = _draft(call, body, recipient, callback_url=body.callback_url)
    return sent_message(call, draft, adds_contact=body.add_to_contact_book)


class SendToGroups(RcsContent, Scheduled):
    groups: list[ListId] = Field(min_length=1, max_length=MAX_GROUPS)


@router.post("/campaigns/rcs/send-groups", responses=refuses(*REFUSALS, refusals.ContactGroupNotFound))
async def send_rcs_to_contact_lists(call: LongCall, body: SendToGroups) -> Data[CampaignAnswer]:
    """Send an RCS message to contact lists as a campaign; a phone in several lists gets one message.

    https://telcowwt.com/documentations/rest-api/rcs-api/sending-an-rcs-message-to-a-group-of-contacts/
    """
    return _campaign(call, body, checks.listed(call, body.groups), body.start_at, fills_in=True)


def _campaign(
    call: Call,
    body: RcsContent,
    recipients: Sequence[Recipient],
    start_at: Millis | None,
    *,
    fills_in: bool = False,
) -> Data[CampaignAnswer]:
    checks.check_start(start_at, call.now)
    draft = _draft(call, body, recipients, start_at=start_at, finish=Finish(fills_in=fills_in))
    return stored_campaign(call, draft, adds_contacts=body.add_to_contact_book)


def _draft(
    call: Call,
    body: RcsContent,
    recipients: Sequence[Recipient],
    *,
    start_at: Millis | None = None,
    callback_url: str | None = None,
    finish: Finish = USUAL,
) -> drafts.Draft:
    """Check that the agent, senders and tariff of the body exist; return the draft."""
    checks.check_agent(call.db, body.sender)
    checks.check_call_buttons(body.options, recipients)
    fallback = checks.checked_fallback(call.db, body.alternative_channel)
    if fallback is not None:
        fallback = replace(fallback, finish=finish)
    return drafts.Draft(
        channel=RCS,
        sender=body.sender,
        recipients=recipients,
        tariff_code=active_tariff(call.db, body.tariff_code),
        options=body.options.as_sent(),
        lifetime=body.lifetime,
        fallback=fallback,
        check_stop_list=body.check_stop_list,
        start_at=start_at,
        callback_url=callback_url,
        finish=finish,
    )
