"""The yardstick: FastAPI alone, answering like AutoSend without keeping anything."""

from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel, Field

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


class Address(BaseModel):
    email: str
    name: str | None = None


class Mail(BaseModel):
    to: Address
    sender: Address = Field(alias="from")
    subject: str
    html: str
    dynamicData: dict[str, Any] = {}  # noqa: N815


class Queued(BaseModel):
    emailId: str = "66b1c2d3e4f5a6b7c8d9e001"  # noqa: N815
    message: str = "Email queued successfully."
    totalRecipients: int = 1  # noqa: N815


class QueuedReply(BaseModel):
    success: bool = True
    data: Queued


@app.post("/v1/mails/send")
async def send_email(mail: Mail) -> QueuedReply:
    return QueuedReply(data=Queued())


@app.get("/readyz")
async def readyz() -> str:
    return "ok"
