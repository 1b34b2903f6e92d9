"""Viber campaigns: github.com/bsgworld/go-sdk v2/api/openapi.yaml."""

from fastapi import APIRouter
from pydantic import Field

from emulator.gateway.route import OperationRoute, refuses
from emulator.rcs import refusals
from emulator.rcs.channels import VIBER
from emulator.rcs.dialect import Call
from emulator.rcs.drafts import Draft
from emulator.rcs.models import Data
from emulator.rcs.prices import active_tariff
from emulator.rcs.sends import checks
from emulator.rcs.sends.answers import CampaignAnswer
from emulator.rcs.sends.content import (
    DEFAULT_HOURS,
    MAX_PHONES,
    AlternativeChannel,
    Hours,
    OwnSmsSenderName,
    Phone,
    Scheduled,
    TariffCode,
    lifetime_of,
)
from emulator.rcs.sends.storing import stored_campaign
from emulator.rcs.sends.viber import ViberContent
from emulator.rcs.values import On

router = APIRouter(prefix="/api/campaigns/viber", tags=["Viber"], route_class=OperationRoute)


class SendViber(ViberContent, Scheduled):
    phones: list[Phone] = Field(min_length=1, max_length=MAX_PHONES)
    sender: OwnSmsSenderName
    tariff_code: TariffCode | None = None
    validity: Hours | None = DEFAULT_HOURS
    alternative_channel: AlternativeChannel | None = None
    add_to_contact_book: On = True
    check_stop_list: On = True


@router.post(
    "/send",
    responses=refuses(
        refusals.GivenDataInvalid,
        refusals.NotForThisAccount,
        refusals.TariffNotFound,
        refusals.TooManyDuplicates,
    ),
)
async def send_viber_campaign(call: Call, body: SendViber) -> Data[CampaignAnswer]:
    """Send a text by Viber to up to 5000 phones as a campaign, with an SMS where it does not arrive.

    github.com/bsgworld/go-sdk v2/api/openapi.yaml, viber_send
    """
    recipients = checks.named(call, body.phones)
    checks.check_start(body.start_at, call.now)
    checks.check_sender(call.db, VIBER, body.sender, "sender")
    fallback = checks.checked_fallback(call.db, body.alternative_channel)
    draft = Draft(
        channel=VIBER,
        sender=body.sender,
        recipients=recipients,
        tariff_code=active_tariff(call.db, body.tariff_code),
        text=body.text,
        options=body.as_sent(),
        lifetime=lifetime_of(body.validity),
        fallback=fallback,
        check_stop_list=body.check_stop_list,
        start_at=body.start_at,
    )
    return stored_campaign(call, draft, adds_contacts=body.add_to_contact_book)
