"""Universal sending: by a first channel, and by a second one if the message does not arrive.

github.com/bsgworld/go-sdk v2/api/openapi.yaml
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any, Literal, get_args

from fastapi import APIRouter
from pydantic import Field, JsonValue, model_validator

from emulator.engine.clock import Millis
from emulator.gateway.route import OperationRoute, refuses
from emulator.rcs import drafts, refusals
from emulator.rcs.channels import RCS, SMS, VIBER
from emulator.rcs.contents import Recipient
from emulator.rcs.dialect import Call, Policy
from emulator.rcs.finishing import Finish
from emulator.rcs.models import Body, Data
from emulator.rcs.prices import active_tariff
from emulator.rcs.sends import checks
from emulator.rcs.sends.answers import CampaignAnswer, MessageInfo, Statistics, alternatives, message_info
from emulator.rcs.sends.content import (
    MAX_GROUPS,
    AgentName,
    DeliveryOptions,
    ListId,
    Options,
    OwnSmsSenderName,
    Phone,
    Scheduled,
    SmsWording,
)
from emulator.rcs.sends.storing import sent_message, stored_campaign
from emulator.rcs.sends.viber import ViberContent
from emulator.rcs.short_links import DomainNotFound
from emulator.rcs.shortening import check_domains
from emulator.rcs.values import DIFFERENT, CallbackUrl, Flag, Off
from emulator.rcs.violations import BLANK, complaint, too_many_contacts

router = APIRouter(prefix="/api", tags=["Universal sending"], route_class=OperationRoute)

MAX_RECIPIENTS = 10_000
REFUSALS = (
    refusals.GivenDataInvalid,
    DomainNotFound,
    refusals.NotForThisAccount,
    refusals.UserChannelInactive,
    refusals.TariffNotFound,
    refusals.TooManyDuplicates,
)

CampaignCall = Annotated[Call, Policy(rehearsed_by="dry_run", is_long=True)]
MessageCall = Annotated[Call, Policy(rehearsed_by="dry_run")]

SENDABLE = frozenset({RCS, SMS, VIBER})
"""The channels that an account can have; the others of the documentation are switched off."""

Channel = Literal["sms", "rcs", "viber", "voice", "telegram"]
CHANNELS = frozenset(get_args(Channel))


class RcsPart(Options):
    sender: AgentName


class SmsPart(SmsWording):
    sender: OwnSmsSenderName
    unsubscribe_caption: str | None = Field(None, max_length=50)


class ViberPart(ViberContent):
    sender: AgentName


Part = RcsPart | SmsPart | ViberPart


class UniversalContent(DeliveryOptions):
    """The body that both universal sends share."""

    channels: Annotated[list[Channel], DIFFERENT] = Field(min_length=1, max_length=2)
    rcs: RcsPart | None = None
    sms: SmsPart | None = None
    viber: ViberPart | None = None
    voice: dict[str, JsonValue] | None = None
    telegram: dict[str, JsonValue] | None = None
    dry_run: Flag | None = False

    @classmethod
    def without_effect(cls, content: Mapping[str, Any]) -> set[str]:
        """Return the contents of unused channels, and the hours of validity if there are seconds."""
        used = content.get("channels")
        others = {name for name in CHANNELS if name not in used} if isinstance(used, list) else set()
        return super().without_effect(content) | others

    @model_validator(mode="after")
    def _has_content(self) -> "UniversalContent":
        for channel in self.channels:
            if channel in SENDABLE and self.part(channel) is None:
                raise complaint(BLANK, channel)
        return self

    def part(self, channel: str) -> Part | None:
        """Return the content for a channel."""
        found: Part | None = getattr(self, channel)
        return found


class Recipients(Body):
    phones: list[Phone] | None = Field(None, min_length=1, max_length=MAX_RECIPIENTS)
    groups: list[ListId] | None = Field(None, min_length=1, max_length=MAX_GROUPS)

    @model_validator(mode="after")
    def _names_somebody(self) -> "Recipients":
        if self.phones is None and self.groups is None:
            raise complaint(BLANK, "phones")
        return self


class UniversalCampaign(UniversalContent, Scheduled):
    recipients: Recipients


@router.post("/campaigns/send", responses=refuses(*REFUSALS, refusals.ContactGroupNotFound))
async def universal_campaign(call: CampaignCall, body: UniversalCampaign) -> Data[CampaignAnswer]:
    """Make a campaign on one channel, or on two of which the second stands in for the first.

    github.com/bsgworld/go-sdk v2/api/openapi.yaml, campaign_send
    """
    checks.check_sends(call.account)
    checks.check_start(body.start_at, call.now)
    recipients = _recipients(call, body.recipients)
    draft = _draft(call, body, recipients, start_at=body.start_at)
    if body.dry_run:
        return Data(data=_rehearsed(call, draft))
    return stored_campaign(call, draft, adds_contacts=body.add_to_contact_book)


class UniversalMessage(UniversalContent):
    phone: Phone
    callback_url: CallbackUrl | None = None
    respect_curfew: Off = False


@router.post(
    "/messages/send", responses=refuses(*REFUSALS, refusals.ExistsOnStopList, refusals.InsufficientFunds)
)
async def universal_single_message(call: MessageCall, body: UniversalMessage) -> Data[MessageInfo]:
    """Send one message at once on one channel, or on two of which the second stands in for the first.

    With `respect_curfew`, each of them waits for the end of the account's curfew where it would leave in it.

    github.com/bsgworld/go-sdk v2/api/openapi.yaml, send_message
    """
    draft = replace(
        _draft(call, body, checks.named_alone(call, body.phone)),
        callback_url=body.callback_url,
        respects_curfew=body.respect_curfew,
    )
    if body.dry_run:
        message = drafts.check_message(call.turn, call.account, draft)
        return Data(data=message_info(call, draft, drafts.upcoming_message(call.turn), message))
    return sent_message(call, draft, adds_contact=body.add_to_contact_book)


def _recipients(call: Call, recipients: Recipients) -> Sequence[Recipient]:
    """Return the recipients of a campaign: the phones, and those in the lists, each once."""
    named = checks.named(call, recipients.phones or [], "recipientsphones")
    found = {recipient.phone: recipient for recipient in named}
    if recipients.groups is not None:
        listed = checks.listed(call, recipients.groups, MAX_RECIPIENTS, "recipientsgroups")
        found = {recipient.phone: recipient for recipient in listed} | found
    if len(found) > MAX_RECIPIENTS:
        text = too_many_contacts(MAX_RECIPIENTS, "phones and lists")
        raise refusals.GivenDataInvalid({"recipients": [text]})
    return list(found.values())


def _rehearsed(call: Call, draft: drafts.Draft) -> CampaignAnswer:
    """Return the campaign that a rehearsal would make, with the id that the next one gets."""
    nothing = Statistics(delivered=0, sent=0)
    campaign = drafts.new_campaign(draft, call.now, campaign_id=drafts.upcoming_campaign(call.turn))
    return CampaignAnswer.of(
        campaign,
        message_type=draft.channel,
        statistics=nothing,
        calculated_price=drafts.estimate(call.turn, draft),
        currency=call.account.currency,
        alternative_channels=alternatives(drafts.dispatch_of(call.account, draft), lambda _: nothing),
    )


def _draft(
    call: Call,
    body: UniversalContent,
    recipients: Sequence[Recipient],
    *,
    start_at: Millis | None = None,
) -> drafts.Draft:
    """Check that the senders, domains and tariff of the body exist; return the draft."""
    _check_content(call, body, recipients)
    content = body.part(body.channels[0])
    assert content is not None
    text, options = _text_and_options(content)
    fills_in = isinstance(body, UniversalCampaign) and body.recipients.groups is not None
    return drafts.Draft(
        channel=body.channels[0],
        sender=content.sender,
        recipients=recipients,
        tariff_code=active_tariff(call.db, body.tariff_code),
        options=options,
        text=text,
        finish=_finish(content, fills_in=fills_in),
        lifetime=body.lifetime,
        fallback=_fallback(call, body, fills_in=fills_in),
        check_stop_list=body.check_stop_list,
        start_at=start_at,
    )


def _finish(content: Part, *, fills_in: bool) -> Finish:
    if isinstance(content, SmsPart):
        return content.finish(fills_in=fills_in, caption=content.unsubscribe_caption)
    return Finish(fills_in)


def _text_and_options(content: Part) -> tuple[str | None, dict[str, Any] | None]:
    """Return the text and the options of a channel's content."""
    if isinstance(content, SmsPart):
        return content.text, None
    return (None if isinstance(content, RcsPart) else content.text), content.as_sent()


def _check_content(call: Call, body: UniversalContent, recipients: Sequence[Recipient]) -> None:
    if not SENDABLE.issuperset(body.channels):
        raise refusals.UserChannelInactive
    if body.rcs is not None and RCS in body.channels:
        checks.check_agent(call.db, body.rcs.sender, "rcssender")
        checks.check_call_buttons(body.rcs, recipients, "rcs")
    for channel in {SMS, VIBER}.intersection(body.channels):
        content = body.part(channel)
        assert content is not None
        checks.check_sender(call.db, channel, content.sender, f"{channel}sender")


def _fallback(call: Call, body: UniversalContent, *, fills_in: bool) -> drafts.Fallback | None:
    """Return the content for the second channel, if there is one."""
    content = body.part(body.channels[1]) if len(body.channels) > 1 else None
    if content is None:
        return None
    finish = _finish(content, fills_in=fills_in)
    check_domains(call.db, finish.links)
    text, options = _text_and_options(content)
    return drafts.Fallback(
        content.sender,
        text or "",
        body.lifetime,
        body.check_stop_list,
        channel=body.channels[1],
        options=options,
        finish=finish,
    )
