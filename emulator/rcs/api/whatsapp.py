"""WhatsApp messages, which are made of templates: github.com/bsgworld/go-sdk v2/api/openapi.yaml."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import Field, StringConstraints

from emulator.gateway.route import OperationRoute, refuses
from emulator.rcs import refusals
from emulator.rcs.channels import WHATSAPP
from emulator.rcs.contents import Recipient
from emulator.rcs.dialect import Call, UnguardedCall
from emulator.rcs.drafts import Draft
from emulator.rcs.models import Body, Data
from emulator.rcs.prices import active_tariff
from emulator.rcs.sends import checks
from emulator.rcs.sends.answers import CampaignAnswer, MessageInfo
from emulator.rcs.sends.content import MAX_PHONES, AgentName, AlternativeChannel, Phone, Scheduled
from emulator.rcs.sends.storing import sent_message, stored_campaign
from emulator.rcs.values import CallbackUrl, On
from emulator.rcs.violations import BLANK

router = APIRouter(prefix="/api", tags=["WhatsApp"], route_class=OperationRoute)

Language = Literal[
    "af", "sq", "ar", "az", "bn", "bg", "ca", "zh_CN", "zh_HK", "zh_TW", "hr", "cs", "da", "nl", "en",
    "en_GB", "en_US", "et", "fil", "fi", "fr", "ka", "de", "el", "gu", "ha", "he", "hi", "hu", "id", "ga",
    "it", "ja", "kn", "kk", "rw_RW", "ko", "ky_KG", "lo", "lv", "lt", "mk", "ms", "ml", "mr", "nb", "fa",
    "pl", "pt_BR", "pt_PT", "pa", "ro", "ru", "sr", "sk", "sl", "es", "es_AR", "es_ES", "es_MX", "sw", "sv",
    "ta", "te", "th", "tr", "uk", "ur", "uz", "vi", "zu",
]  # fmt: skip


class TemplateLanguage(Body):
    code: Language


class TemplateParameter(Body):
    type: Literal["text", "payload"]
    text: str | None = None
    payload: str | None = None


class TemplateComponent(Body):
    type: Literal["header", "body", "button"]
    sub_type: Literal["quick_reply", "url", "catalog"] | None = None
    index: Annotated[str, StringConstraints(max_length=9)] | None = None
    parameters: list[TemplateParameter] | None = None


class Template(Body):
    """The name of a template that is registered with the provider, and the values to fill in."""

    name: str = Field(min_length=1)
    language: TemplateLanguage
    components: list[TemplateComponent] | None = None

    @property
    def text(self) -> str:
        """The template's name and the texts that are filled in."""
        parameters = [one for part in self.components or [] for one in part.parameters or []]
        return " ".join([self.name, *(one.text for one in parameters if one.text)])


class WhatsAppContent(Body):
    sender: AgentName
    type: Literal["template"] | None = "template"
    template: Template | None = None
    alternative_channel: AlternativeChannel | None = None
    add_to_contact_book: On = True
    check_stop_list: On = True


class SendWhatsApp(WhatsAppContent, Scheduled):
    phones: list[Phone] = Field(min_length=1, max_length=MAX_PHONES)


class CreatedCampaign(CampaignAnswer):
    """A campaign on the top level, as in the schema, and also in `data`, as in other responses."""

    data: CampaignAnswer


@router.post(
    "/campaigns/whatsapp/send", responses=refuses(refusals.GivenDataInvalid, refusals.NotForThisAccount)
)
async def send_whatsapp_campaign(call: UnguardedCall, body: SendWhatsApp) -> CreatedCampaign:
    """Send a template by WhatsApp to up to 5000 phones as a campaign, with an SMS where it does not arrive.

    github.com/bsgworld/go-sdk v2/api/openapi.yaml, post_campaignsWhatsappSend
    """
    recipients = checks.named(call, body.phones)
    checks.check_start(body.start_at, call.now)
    draft = _draft(call, body, recipients, start_at=body.start_at)
    made = stored_campaign(call, draft, adds_contacts=body.add_to_contact_book).data
    return CreatedCampaign.model_construct(**vars(made), data=made)


class SendOneWhatsApp(WhatsAppContent):
    phone: Phone
    callback_url: CallbackUrl | None = None


@router.post(
    "/messages/whatsapp/send",
    responses=refuses(
        refusals.GivenDataInvalid,
        refusals.NotForThisAccount,
        refusals.ExistsOnStopList,
        refusals.InsufficientFunds,
        refusals.TooManyDuplicates,
    ),
)
async def send_single_whatsapp_message(call: Call, body: SendOneWhatsApp) -> Data[MessageInfo]:
    """Send one template by WhatsApp at once, without a campaign, if the money is enough.

    github.com/bsgworld/go-sdk v2/api/openapi.yaml, whatsapp_single
    """
    recipient = checks.named_alone(call, body.phone)
    draft = _draft(call, body, recipient, callback_url=body.callback_url)
    return sent_message(call, draft, adds_contact=body.add_to_contact_book)


def _draft(call: Call, body: WhatsAppContent, recipients: Sequence[Recipient], **settings: Any) -> Draft:
    """Check that the template, agent and sender of the body exist; return the draft."""
    if body.template is None:
        raise refusals.GivenDataInvalid({"template": [BLANK]})
    checks.check_agent(call.db, body.sender)
    fallback = checks.checked_fallback(call.db, body.alternative_channel)
    return Draft(
        channel=WHATSAPP,
        sender=body.sender,
        recipients=recipients,
        tariff_code=active_tariff(call.db, None),
        text=body.template.text,
        options={"template": body.template.model_dump(exclude_none=True)},
        fallback=fallback,
        is_rejected="reject" in body.template.name.casefold(),
        check_stop_list=body.check_stop_list,
        **settings,
    )
