"""The first yardstick: FastAPI alone, with responses like the providers', without storing anything."""

from fastapi import FastAPI
from shapes import (
    Broadcast,
    BroadcastReply,
    Campaign,
    CampaignReply,
    Identified,
    Mail,
    Mailing,
    MailingReply,
    Queued,
    QueuedReply,
)

app = FastAPI()


@app.get("/v1/campaigns/{campaign_id}")
async def get_campaign(campaign_id: str) -> CampaignReply:
    return CampaignReply(data=Campaign(id=campaign_id))


@app.post("/v1/campaigns/{campaign_id}/pause")
async def pause_campaign(campaign_id: str) -> CampaignReply:
    return CampaignReply(data=Campaign(id=campaign_id, status="paused"))


@app.post("/v1/campaigns/{campaign_id}/resume")
async def resume_campaign(campaign_id: str) -> CampaignReply:
    return CampaignReply(data=Campaign(id=campaign_id))


@app.post("/v1/mails/send")
async def send_email(mail: Mail) -> QueuedReply:
    return QueuedReply(data=Queued())


@app.get("/api/campaigns/{campaign_id}")
async def get_broadcast(campaign_id: int) -> BroadcastReply:
    return BroadcastReply(data=Broadcast(id=campaign_id))


@app.post("/api/v1.1/campaigns/get")
async def get_mailing(wanted: Identified) -> MailingReply:
    return MailingReply(data=Mailing(id=wanted.id))


@app.get("/readyz")
async def readyz() -> str:
    return "ok"
