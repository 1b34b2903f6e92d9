"""The second yardstick: the same work, written as in the tutorials of FastAPI and SQLModel.

It has as many routes as the emulator, and a stock session for each request. It reads and writes the same
as the emulator for these requests: the key; the campaign with its sender, template, lists and counts; a mail
with its message and its next event. Two things make it faster than the tutorials: its endpoints are
`async`, so no request goes to a thread, and its SQLite is in memory, as the emulator's is.
"""

from collections.abc import AsyncIterator, Callable
from typing import Annotated, Any

from accounts import CAMPAIGNS, KEY, RCS_KEY, TOKEN
from fastapi import Depends, FastAPI, Header, HTTPException
from shapes import (
    Broadcast,
    BroadcastReply,
    Campaign,
    CampaignReply,
    Counted,
    FullCampaign,
    FullCampaignReply,
    Identified,
    ListReply,
    Mail,
    Mailing,
    MailingReply,
    Progress,
    Queued,
    QueuedReply,
    SenderReply,
    TemplateReply,
)
from sqlalchemy import func
from sqlalchemy.pool import StaticPool
from sqlmodel import JSON, Column, Field, Session, SQLModel, create_engine, select

from emulator.gateway.examples import load_examples

PROJECT, DOMAIN = "1", "example.com"
RCS_CAMPAIGN, MAILING = 3, 40
STATUSES = ("queued", "sent", "delivered", "opened", "bounced")
engine = create_engine("sqlite://", connect_args={"check_same_thread": False}, poolclass=StaticPool)
app = FastAPI()


class ApiKey(SQLModel, table=True):
    key: str = Field(primary_key=True)
    project: str


class Domain(SQLModel, table=True):
    name: str = Field(primary_key=True)
    project: str


class Suppression(SQLModel, table=True):
    email: str = Field(primary_key=True)
    project: str


class Sender(SQLModel, table=True):
    id: str = Field(primary_key=True)
    email: str
    name: str


class Template(SQLModel, table=True):
    id: str = Field(primary_key=True)
    name: str
    subject: str
    preview: str
    html: str


class ContactList(SQLModel, table=True):
    id: str = Field(primary_key=True)
    name: str
    contacts: int


class CampaignList(SQLModel, table=True):
    campaign: str = Field(primary_key=True)
    list: str = Field(primary_key=True, foreign_key="contactlist.id")


class StoredCampaign(SQLModel, table=True):
    id: str = Field(primary_key=True)
    project: str
    status: str = "sending"
    sender: str = "1"
    template: str = "1"


class StoredBroadcast(SQLModel, table=True):
    id: int = Field(primary_key=True)
    project: str


class StoredMailing(SQLModel, table=True):
    id: int = Field(primary_key=True)
    project: str
    channel: str = "push"
    content: list[Any] = Field(sa_column=Column(JSON))


class Message(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    job: str = Field(index=True)
    recipient: str
    status: str
    subject: str = ""
    content: dict[str, Any] = Field(sa_column=Column(JSON))


class Event(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    message: int
    due: int = Field(index=True)


def seed() -> None:
    """Create the tables, and the rows that the load needs."""
    SQLModel.metadata.create_all(engine)
    with Session(engine) as session:
        for key in (KEY, RCS_KEY, TOKEN):
            session.add(ApiKey(key=key, project=PROJECT))
        session.add(Domain(name=DOMAIN, project=PROJECT))
        session.add(Sender(id="1", email="hello@example.com", name="Example Shop"))
        html = '<h1>Hi {{firstName}}</h1><p>Read on.</p><p><a href="{{unsubscribe}}">Unsubscribe</a></p>'
        session.add(Template(id="1", name="Newsletter", subject="This month", preview="Short", html=html))
        session.add(ContactList(id="1", name="Readers", contacts=51))
        session.add(StoredBroadcast(id=RCS_CAMPAIGN, project=PROJECT))
        session.add(StoredMailing(id=MAILING, project=PROJECT, content=[{"message_id": 27}]))
        for name in (*CAMPAIGNS, str(RCS_CAMPAIGN)):
            session.add(StoredCampaign(id=name, project=PROJECT))
            session.add(CampaignList(campaign=name, list="1"))
            for status in STATUSES:
                session.add(Message(job=name, recipient="ada@example.com", status=status, content={}))
        session.commit()


async def get_session() -> AsyncIterator[Session]:
    with Session(engine) as session:
        yield session


Stored = Annotated[Session, Depends(get_session)]


def project_of(session: Session, key: str) -> str:
    found = session.get(ApiKey, key)
    if found is None:
        raise HTTPException(401)
    return found.project


async def get_project(session: Stored, authorization: Annotated[str, Header()] = "") -> str:
    return project_of(session, authorization.removeprefix("Bearer "))


Project = Annotated[str, Depends(get_project)]


def find(session: Session, project: str, campaign_id: str) -> StoredCampaign:
    chosen = select(StoredCampaign).where(StoredCampaign.id == campaign_id, StoredCampaign.project == project)
    campaign = session.exec(chosen).first()
    if campaign is None:
        raise HTTPException(404)
    return campaign


def counts(session: Session, job: str) -> dict[str, int]:
    counted = select(Message.status, func.count()).where(Message.job == job).group_by(Message.status)
    return dict(session.exec(counted).all())


def reply(session: Session, campaign: StoredCampaign) -> FullCampaignReply:
    sender = session.get_one(Sender, campaign.sender)
    template = session.get_one(Template, campaign.template)
    chosen = select(ContactList).join(CampaignList).where(CampaignList.campaign == campaign.id)
    data = FullCampaign(
        id=campaign.id,
        status=campaign.status,
        projectId=campaign.project,
        **{"from": SenderReply(email=sender.email, name=sender.name)},
        template=TemplateReply(
            templateId=template.id,
            templateName=template.name,
            subject=template.subject,
            previewText=template.preview,
            emailTemplate=template.html,
        ),
        toLists=[
            ListReply(id=found.id, name=found.name, contactCount=found.contacts)
            for found in session.exec(chosen)
        ],
        metrics=Progress(**counts(session, campaign.id)),
    )
    return FullCampaignReply(data=data)


async def get_campaign(session: Stored, project: Project, campaign_id: str) -> FullCampaignReply:
    return reply(session, find(session, project, campaign_id))


async def pause_campaign(session: Stored, project: Project, campaign_id: str) -> CampaignReply:
    return change(session, project, campaign_id, "paused")


async def resume_campaign(session: Stored, project: Project, campaign_id: str) -> CampaignReply:
    return change(session, project, campaign_id, "sending")


def change(session: Session, project: str, campaign_id: str, status: str) -> CampaignReply:
    campaign = find(session, project, campaign_id)
    campaign.status = status
    session.add(campaign)
    session.commit()
    session.refresh(campaign)
    return CampaignReply(data=Campaign(id=campaign.id, status=campaign.status))


async def send_email(session: Stored, project: Project, mail: Mail) -> QueuedReply:
    domain = session.get(Domain, mail.sender.email.partition("@")[2])
    if domain is None or domain.project != project:
        raise HTTPException(403)
    status = "suppressed" if session.get(Suppression, mail.to.email) else "queued"
    subject, html = mail.subject, mail.html
    for name, value in mail.dynamicData.items():
        subject = subject.replace(f"{{{{{name}}}}}", str(value))
        html = html.replace(f"{{{{{name}}}}}", str(value))
    message = Message(
        job="mail", recipient=mail.to.email, status=status, subject=subject, content={"html": html}
    )
    session.add(message)
    session.flush()
    session.add(Event(message=message.id or 0, due=0))
    session.commit()
    session.refresh(message)
    return QueuedReply(data=Queued(emailId=str(message.id)))


async def get_broadcast(session: Stored, project: Project, campaign_id: int) -> BroadcastReply:
    broadcast = session.get(StoredBroadcast, campaign_id)
    if broadcast is None or broadcast.project != project:
        raise HTTPException(404)
    by_status = counts(session, str(campaign_id))
    statistics = Counted(delivered=by_status["delivered"], sent=sum(by_status.values()))
    return BroadcastReply(data=Broadcast(id=broadcast.id, statistics=statistics))


async def get_mailing(session: Stored, wanted: Identified) -> MailingReply:
    project = project_of(session, wanted.token)
    mailing = session.get(StoredMailing, wanted.id)
    if mailing is None or mailing.project != project:
        raise HTTPException(404)
    return MailingReply(data=Mailing(id=mailing.id, channel=mailing.channel, content=mailing.content))


async def another() -> dict[str, bool]:
    return {"success": True}


MEASURED: dict[str, tuple[str, Callable[..., Any]]] = {
    "GET /v1/campaigns/{campaignId}": ("/v1/campaigns/{campaign_id}", get_campaign),
    "POST /v1/campaigns/{campaignId}/pause": ("/v1/campaigns/{campaign_id}/pause", pause_campaign),
    "POST /v1/campaigns/{campaignId}/resume": ("/v1/campaigns/{campaign_id}/resume", resume_campaign),
    "POST /v1/mails/send": ("/v1/mails/send", send_email),
    "GET /api/campaigns/{id}": ("/api/campaigns/{campaign_id}", get_broadcast),
    "POST /api/v1.1/campaigns/get": ("/api/v1.1/campaigns/get", get_mailing),
}


def add_routes() -> None:
    """Add every route of the emulator to the application; only the measured ones do real work."""
    for provider in ("altcraft", "autosend", "rcs"):
        for key in load_examples(provider):
            method, _, path = key.partition(" ")
            address, endpoint = MEASURED.get(key, (path, another))
            app.add_api_route(address, endpoint, methods=[method])


@app.get("/readyz")
async def readyz() -> str:
    return "ok"


seed()
add_routes()
