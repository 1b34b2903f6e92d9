"""The yardstick: FastAPI alone, answering like AutoSend's campaigns without keeping anything."""

from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()


class Campaign(BaseModel):
    id: str
    name: str = "Spring Sale Newsletter"
    subject: str = "Don't miss our Spring Sale!"
    previewText: str = "Up to 50% off this weekend only"  # noqa: N815 -- the provider's name
    status: str = "sending"
    sendMode: str = "immediate"  # noqa: N815
    trackingClick: bool = True  # noqa: N815
    trackingOpen: bool = True  # noqa: N815
    createdAt: str = "2026-03-01T10:00:00.000Z"  # noqa: N815
    updatedAt: str = "2026-03-15T14:30:00.000Z"  # noqa: N815


class Reply(BaseModel):
    success: bool = True
    data: Campaign


@app.get("/v1/campaigns/{campaign_id}")
async def get_campaign(campaign_id: str) -> Reply:
    return Reply(data=Campaign(id=campaign_id))


@app.post("/v1/campaigns/{campaign_id}/pause")
async def pause_campaign(campaign_id: str) -> Reply:
    return Reply(data=Campaign(id=campaign_id, status="paused"))


@app.post("/v1/campaigns/{campaign_id}/resume")
async def resume_campaign(campaign_id: str) -> Reply:
    return Reply(data=Campaign(id=campaign_id))


@app.get("/readyz")
async def readyz() -> str:
    return "ok"
