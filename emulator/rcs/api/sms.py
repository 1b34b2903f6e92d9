"""SMS campaigns: to phones, to contact lists, with a text for each phone; and their price beforehand.

https://bsg.world/documentations/rest-api/sms-api/
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from emulator.engine.clock import Millis
from emulator.gateway.route import OperationRoute, refuses
from emulator.rcs import drafts, refusals
from emulator.rcs.channels import SMS
from emulator.rcs.contents import Own, Recipient
from emulator.rcs.dialect import Call, LongCall
from emulator.rcs.finishing import Finish
from emulator.rcs.models import Body, Data, Model
from emulator.rcs.prices import active_tariff
from emulator.rcs.sends import checks
from emulator.rcs.sends.answers import CampaignAnswer
from emulator.rcs.sends.content import (
    DEFAULT_HOURS,
    Hours,
    ListId,
    OwnSmsSenderName,
    Phone,
    Reference,
    SmsText,
    SmsWording,
    TariffCode,
    lifetime_of,
)
from emulator.rcs.sends.storing import stored_campaign
from emulator.rcs.short_links import DomainNotFound
from emulator.rcs.tables.account import Tariff
from emulator.rcs.texts import transliterated
from emulator.rcs.values import DIFFERENT, CallbackUrl, Moment, Money, Off, PhoneNumber
from emulator.rcs.violations import BLANK, complaint

router = APIRouter(prefix="/api/campaigns", tags=["SMS"], route_class=OperationRoute)

MAX_PHONES = 10_000
MOST_HOURS = 72

REFUSALS = (
    refusals.GivenDataInvalid,
    DomainNotFound,
    refusals.NotForThisAccount,
    refusals.TariffNotFound,
    refusals.TooManyDuplicates,
)


class SmsDelivery(Body):
    """How the SMS of a campaign are to be sent."""

    tariff_code: TariffCode | None = None
    validity: Hours | None = DEFAULT_HOURS
    callback_url: CallbackUrl | None = None

    @property
    def lifetime(self) -> Millis:
        return lifetime_of(self.validity)


class SmsCampaign(SmsWording, SmsDelivery):
    sender: OwnSmsSenderName
    start_at: Moment | None = None


class SendSms(SmsCampaign):
    phones: list[Phone] = Field(min_length=1, max_length=MAX_PHONES)


@router.post("/sms/send", responses=refuses(*REFUSALS))
async def send_sms_campaign(call: Call, body: SendSms) -> Data[CampaignAnswer]:
    """Send one text to up to 10,000 phones as a campaign, at once or from `start_at` on.

    https://bsg.world/documentations/rest-api/sms-api/sms-api/create-individual-bulk-sms-campaign/
    """
    return _campaign(call, body, checks.named(call, body.phones))


Groups = Annotated[list[ListId], DIFFERENT]


class SendSmsToLists(SmsCampaign):
    groups: Groups = Field(min_length=1)


@router.post("/sms/send-groups", responses=refuses(*REFUSALS, refusals.ContactGroupNotFound))
async def send_sms_to_lists(call: LongCall, body: SendSmsToLists) -> Data[CampaignAnswer]:
    """Send a text to everybody in contact lists, with the values of their contact fields in it.

    https://bsg.world/documentations/rest-api/sms-api/sms-api/create-an-sms-campaign-for-the-contacts-list-from-the-contact-book/
    """
    return _campaign(call, body, checks.listed(call, body.groups, MAX_PHONES), fills_in=True)


class PersonalSms(Body):
    phone: PhoneNumber
    text: SmsText
    sender: OwnSmsSenderName
    tariff_code: TariffCode | None = None
    reference_id: Reference | None = None
    transliterate: Off = False


def _no_hours(value: object) -> object:
    """Return None for a number of hours: the vendor's SDKs send one in every request, without a meaning."""
    return (
        None if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MOST_HOURS else value
    )


class SendPersonalSms(SmsDelivery):
    messages: list[PersonalSms] = Field(min_length=1, max_length=MAX_PHONES)
    start_at: Annotated[Moment | None, BeforeValidator(_no_hours)] = None

    @classmethod
    def without_effect(cls, content: Mapping[str, Any]) -> set[str]:
        return {"start_at"} if _no_hours(content.get("start_at")) is None else set()


@router.post("/sms/send-individual", responses=refuses(*REFUSALS))
async def send_personalised_sms(call: Call, body: SendPersonalSms) -> Data[CampaignAnswer]:
    """Send each phone a text of its own, with a sender and a tariff of its own, as one campaign.

    https://bsg.world/documentations/rest-api/sms-api/sms-api/create-a-personalized-sms-campaign/
    """
    checks.check_mode(call.account, [message.phone for message in body.messages], "messages{}phone")
    _check_messages(call, body.messages)
    checks.check_start(body.start_at, call.now)
    first = body.messages[0]
    draft = drafts.Draft(
        channel=SMS,
        sender=first.sender,
        recipients=_personal(call, body.messages),
        tariff_code=_tariff(call, body.tariff_code),
        text=first.text,
        lifetime=body.lifetime,
        start_at=body.start_at,
        callback_url=body.callback_url,
    )
    return stored_campaign(call, draft, adds_contacts=False)


def _check_messages(call: Call, messages: Sequence[PersonalSms]) -> None:
    """Raise GivenDataInvalid for phones and references that appear twice and unknown senders."""
    phones = [Phone(number=message.phone, reference_id=message.reference_id) for message in messages]
    checks.check_phones(call.db, phones, "messages", "phone")
    senders = {f"messages{index}sender": message.sender for index, message in enumerate(messages)}
    checks.check_senders(call.db, SMS, senders)


def _personal(call: Call, messages: Sequence[PersonalSms]) -> list[Recipient]:
    """Return the recipients of the messages, each with a text, a sender and a tariff of its own."""
    codes = {code: _tariff(call, code) for code in {message.tariff_code for message in messages} - {None}}
    return [
        Recipient(
            message.phone,
            message.reference_id,
            Own(
                text=transliterated(message.text) if message.transliterate else message.text,
                sender=message.sender,
                tariff_code=codes.get(message.tariff_code),
            ),
        )
        for message in messages
    ]


class PricedPhone(Body):
    phone: PhoneNumber


class PriceRequest(Body):
    sender: OwnSmsSenderName
    text: Annotated[str, StringConstraints(min_length=1)]
    messages: list[PricedPhone] | None = None
    groups: Groups | None = None
    tariff_code: TariffCode | None = None

    @model_validator(mode="after")
    def _names_somebody(self) -> "PriceRequest":
        if not self.messages and not self.groups:
            raise complaint(BLANK, "messages")
        return self


class CampaignPrice(Model):
    price: Money
    currency: str


@router.post("/price", responses=refuses(*REFUSALS, refusals.ContactGroupNotFound))
async def sms_campaign_price(call: LongCall, body: PriceRequest) -> CampaignPrice:
    """Return what an SMS campaign would cost if all of its messages are sent.

    Phones on the stop list get none. With lists, the values of contact fields are filled in, also for phones
    that are named beside the lists.

    github.com/bsgworld/go-sdk v2/api/openapi.yaml, campaign_price
    """
    checks.check_sender(call.db, SMS, body.sender, "sender")
    named = [Recipient(message.phone) for message in body.messages or []]
    listed = checks.recipients_of(call.db, body.groups or [], MAX_PHONES)
    draft = drafts.Draft(
        channel=SMS,
        sender=body.sender,
        recipients=list({recipient.phone: recipient for recipient in (*named, *listed)}.values()),
        tariff_code=_tariff(call, body.tariff_code),
        text=body.text,
        finish=Finish(fills_in=bool(body.groups)),
    )
    return CampaignPrice.of(call.account, price=drafts.estimate(call.turn, draft))


def _campaign(
    call: Call, body: SmsCampaign, recipients: Sequence[Recipient], *, fills_in: bool = False
) -> Data[CampaignAnswer]:
    checks.check_start(body.start_at, call.now)
    checks.check_sender(call.db, SMS, body.sender, "sender")
    draft = drafts.Draft(
        channel=SMS,
        sender=body.sender,
        recipients=recipients,
        tariff_code=_tariff(call, body.tariff_code),
        text=body.text,
        finish=body.finish(fills_in=fills_in),
        lifetime=body.lifetime,
        start_at=body.start_at,
        callback_url=body.callback_url,
    )
    return stored_campaign(call, draft, adds_contacts=False)


def _tariff(call: Call, code: int | None) -> int:
    """Return the code of a tariff; 0 means the default one, unless a tariff has the code 0."""
    is_default = code == 0 and call.db.get(Tariff, 0) is None
    return active_tariff(call.db, None if is_default else code)
