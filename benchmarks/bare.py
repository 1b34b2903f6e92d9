"""The first yardstick: FastAPI alone, with responses like the providers', without storing anything."""

from xml.etree import ElementTree as ET

from fastapi import FastAPI, Request, Response
from shapes import (
    Accepted,
    AcceptedReply,
    Broadcast,
    BroadcastReply,
    Campaign,
    CampaignReply,
    ChangedReply,
    Counted,
    FullCampaign,
    FullCampaignReply,
    Identified,
    Imported,
    ImportedReply,
    MadeCampaign,
    MadeCampaignReply,
    Mail,
    Mailing,
    MailingReply,
    NewCampaign,
    Queued,
    QueuedReply,
    RcsCampaign,
    RcsMessage,
    SmsMessage,
    StatusReply,
)

app = FastAPI()


@app.get("/v1/campaigns/{campaign_id}")
async def get_campaign(campaign_id: str) -> FullCampaignReply:
    return FullCampaignReply(data=FullCampaign(id=campaign_id))


@app.post("/v1/campaigns/{campaign_id}/pause")
async def pause_campaign(campaign_id: str) -> CampaignReply:
    return CampaignReply(data=Campaign(id=campaign_id, status="paused"))


@app.post("/v1/campaigns/{campaign_id}/resume")
async def resume_campaign(campaign_id: str) -> CampaignReply:
    return CampaignReply(data=Campaign(id=campaign_id))


@app.post("/v1/campaigns")
async def create_campaign(campaign: NewCampaign) -> MadeCampaignReply:
    made = MadeCampaign(id="60d5ec49f1b2c72d9c8b4567", name=campaign.name, subject=campaign.subject)
    return MadeCampaignReply(data=made)


@app.post("/v1/mails/send")
async def send_email(mail: Mail) -> QueuedReply:
    return QueuedReply(data=Queued())


@app.get("/api/campaigns/{campaign_id}")
async def get_broadcast(campaign_id: int) -> BroadcastReply:
    return BroadcastReply(data=Broadcast(id=campaign_id))


@app.post("/api/messages/rcs/send")
async def send_rcs(message: RcsMessage) -> AcceptedReply:
    phone = message.phone
    accepted = Accepted(
        type="rcs", phone=int(phone.number), sender=message.sender, reference_id=phone.reference_id
    )
    return AcceptedReply(data=accepted)


@app.post("/api/messages/send")
async def send_by_channels(message: SmsMessage) -> AcceptedReply:
    phone = message.phone
    accepted = Accepted(
        type="sms", phone=int(phone.number), sender=message.sms.sender, reference_id=phone.reference_id
    )
    return AcceptedReply(data=accepted)


@app.post("/api/campaigns/rcs/send")
async def send_campaign(campaign: RcsCampaign) -> BroadcastReply:
    made = Broadcast(
        id=53700001,
        status="creation",
        sender=campaign.sender,
        real_start_at=None,
        finished_at=None,
        statistics=Counted(delivered=0, sent=0),
        calculated_price=len(campaign.phones) * 0.0175696,
        alternative_channels=None,
    )
    return BroadcastReply(data=made)


@app.post("/api/v1.1/campaigns/get")
async def get_mailing(wanted: Identified) -> MailingReply:
    return MailingReply(data=Mailing(id=wanted.id))


@app.post("/api/v1.1/campaigns/get_status")
async def get_status(wanted: Identified) -> StatusReply:
    return StatusReply()


@app.post("/api/v1.1/campaigns/get_status/")
async def get_status_as_xml(request: Request) -> Response:
    """Return the same in XML: read and written by what the standard library has in C."""
    fields = ET.fromstring(await request.body())  # noqa: S314 -- the benchmark's own requests
    Identified.model_validate({field.tag: field.text for field in fields})
    root = ET.Element("xml")
    _write(root, StatusReply().model_dump(mode="json"))
    return Response(ET.tostring(root), media_type="application/xml")


def _write(parent: ET.Element, fields: dict[str, object]) -> None:
    for name, value in fields.items():
        field = ET.SubElement(parent, name)
        if isinstance(value, dict):
            _write(field, value)
        else:
            field.text = str(value)


@app.post("/api/v1.1/campaigns/activate")
async def activate(wanted: Identified) -> ChangedReply:
    return ChangedReply()


@app.post("/api/v1.1/campaigns/deactivate")
async def deactivate(wanted: Identified) -> ChangedReply:
    return ChangedReply()


@app.post("/api/v1.1/profiles/import")
async def import_profile(profile: Imported) -> ImportedReply:
    return ImportedReply()


@app.get("/readyz")
async def readyz() -> str:
    return "ok"
