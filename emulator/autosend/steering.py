"""How the control plane steers AutoSend's campaigns and automations, and shows the content of its mails."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict
from sqlmodel import Session, col, select

from emulator.autosend.identity import envelope
from emulator.autosend.rendering import rendered, rendered_subject
from emulator.autosend.sending import analytics, automations, forcing, runs
from emulator.autosend.sending import campaigns as sending
from emulator.autosend.sending.delivery import CANCELLED, CHANNEL, SUPPRESSED
from emulator.autosend.suppression import WHY_SUPPRESSED
from emulator.autosend.tables.automations import AUTOMATION, RUN_STATES, Automation, Run
from emulator.autosend.tables.campaigns import (
    CAMPAIGN,
    DELETED,
    GRADUAL_CAMPAIGN,
    Campaign,
    Preset,
    lifecycle_of,
)
from emulator.autosend.tables.contacts import Contact
from emulator.autosend.tables.mails import Attachment, Mail
from emulator.autosend.templates import plain_text, with_preview
from emulator.autosend.webhooks import header_id
from emulator.autosend.workflow import AutomationSettings
from emulator.engine.engine import Turn
from emulator.sandbox.links import make_link
from emulator.sending.content import AttachedFile, Content
from emulator.sending.headers import formatted
from emulator.sending.job_table import Job, job_ids_of
from emulator.sending.journeys import Journeys, Step
from emulator.sending.left_out import Unsent
from emulator.sending.lifecycle import Lifecycle
from emulator.sending.messages import Message
from emulator.sending.pace import set_job_pace
from emulator.sending.steering import Action, JobKind, JobView
from emulator.storage.tables import insertion_order

UNSENT = Unsent(
    (SUPPRESSED, CANCELLED),
    f"CASE message.status WHEN '{CANCELLED}' THEN 'a deleted contact' ELSE {WHY_SUPPRESSED} END",
)
"""The mails to contacts who were deleted, or are in a suppression group."""

REFRESH = "refresh"
"""The action that refreshes a campaign's analytics, and leads to no other state."""


def _refresh(turn: Turn, campaign: Campaign) -> None:
    analytics.refresh(turn.session, campaign)
    campaign.refreshed_at = turn.now
    turn.cancel(f"{analytics.SUBJECT}{campaign.id}")


class CampaignSettings(BaseModel):
    """The settings of a campaign that no operation can set."""

    model_config = ConfigDict(extra="forbid")

    threshold_preset: Preset = "balanced"


def content(session: Session, message: Message, job: Job, origin: str) -> Content:
    """Return the content of a mail, with the values of its recipient filled in."""
    mail = session.get_one(Mail, message.job_id)
    said = rendered(session, mail, message, origin)
    files = session.exec(
        select(Attachment).where(Attachment.job_id == mail.job_id).order_by(col(Attachment.id))
    )
    return Content(
        sender=formatted(mail.from_email, mail.from_name),
        subject=said.subject,
        text=said.text or plain_text(said.html),
        html=(with_preview(said.html, said.preview_text) if said.preview_text else said.html) or None,
        payload=_extras(mail),
        headers=said.headers | {"Message-ID": header_id(message.id)},
        links=said.followed,
        attachments=[_attached(session, file, origin) for file in files],
        envelope=envelope(session, mail, message),
    )


def subject(session: Session, message: Message) -> str:
    """Return the subject of a mail, with the values of its recipient filled in."""
    return rendered_subject(session, session.get_one(Mail, message.job_id), message)


def _extras(mail: Mail) -> dict[str, Any] | None:
    """Return the fields that the client sent with a mail but its recipient does not see, None if empty."""
    extras = {"categories": mail.categories, "campaignName": mail.campaign_name}
    return extras if any(extras.values()) else None


def _attached(session: Session, file: Attachment, origin: str) -> AttachedFile:
    is_here = file.content is not None
    return AttachedFile(
        file.file_name,
        file.content_type,
        None if file.content is None else len(file.content),
        make_link(session, origin, "autosend", f"file/{file.id}") if is_here else file.url,
        file.description,
        file.content,
        file.content_id,
    )


class Campaigns(JobKind[Campaign]):
    provider = "autosend"
    kind = "campaign"
    entity = Campaign
    actions: ClassVar[Mapping[str, Action[Campaign]]] = {
        "publish": sending.publish,
        "release": sending.release,
        "pause": partial(sending.pause, reason=sending.BY_HAND),
        "resume": sending.resume_as_support,
        "finish": sending.finish,
        "fail": partial(sending.fail, reason=forcing.BY_A_TEST),
        "abort": sending.abort,
        "expire": partial(sending.abort, action="expire"),
        REFRESH: _refresh,
    }
    settings_model = CampaignSettings
    unsent = UNSENT
    lives = (CAMPAIGN, GRADUAL_CAMPAIGN)

    def possible(self, row: Campaign) -> list[str]:
        return [*super().possible(row), *([REFRESH] if row.sending_since is not None else [])]

    def rows(self, session: Session) -> Sequence[Campaign]:
        statement = select(Campaign).where(Campaign.status != DELETED)
        return session.exec(statement.order_by(col(Campaign.number))).all()

    def find(self, session: Session, key: str) -> Campaign | None:
        found: Campaign | None = session.get(Campaign, key)
        return found if found and found.deleted_at is None else None

    def lifecycle(self, row: Campaign) -> Lifecycle:
        return lifecycle_of(row)

    def view(self, session: Session, row: Campaign) -> JobView:
        jobs = (row.job_id,) if row.job_id else ()
        return JobView(row.id, row.name, row.status, CHANNEL, jobs, {"campaignId": row.id})

    def put(self, turn: Turn, row: Campaign, state: str) -> None:
        forcing.put(turn, row, state)

    def pace(self, session: Session, row: Campaign) -> float | None:
        job = sending.job_of_campaign(session, row)
        return row.pace if job is None else job.pace

    def set_pace(self, turn: Turn, row: Campaign, pace: float) -> None:
        row.pace = pace
        job = sending.job_of_campaign(turn.session, row)
        if job is not None:
            set_job_pace(turn, sending.SENDER, job, pace)


class Automations(JobKind[Automation]):
    provider = "autosend"
    kind = "automation"
    entity = Automation
    unsent = UNSENT
    lives = (AUTOMATION,)
    actions: ClassVar[Mapping[str, Action[Automation]]] = {
        "pause": automations.pause,
        "resume": automations.resume,
    }
    settings_model = AutomationSettings
    journeys = Journeys(
        number=col(Run.id),
        job=col(Run.automation_id),
        person=col(Run.contact_id),
        state=col(Run.state),
        states=RUN_STATES,
        inside="active",
        step=col(Run.step_id),
        entered_at=col(Run.started_at),
        people=Contact,
        known=col(Contact.id),
        address=col(Contact.email),
    )

    def rows(self, session: Session) -> Sequence[Automation]:
        statement = select(Automation).where(col(Automation.deleted_at).is_(None))
        return session.exec(statement.order_by(insertion_order(Automation))).all()

    def find(self, session: Session, key: str) -> Automation | None:
        found: Automation | None = session.get(Automation, key)
        return found if found and found.deleted_at is None else None

    def view(self, session: Session, row: Automation) -> JobView:
        jobs, ids = job_ids_of(session, runs.owner(row)), {"workflowAutomationId": row.id}
        return JobView(row.id, row.name, row.status, CHANNEL, jobs, ids)

    def steps(self, row: Automation) -> Sequence[Step]:
        return [Step(step["stepId"], step["type"]) for step in row.steps]

    def set(self, turn: Turn, row: Automation, settings: Mapping[str, Any]) -> None:
        automations.set_settings(turn, row, settings)

    def put(self, turn: Turn, row: Automation, state: str) -> None:
        row.status, row.updated_at = state, turn.now
        if state == "active":
            row.active_at = turn.now
            runs.go_on(turn, row)
        else:
            runs.hold(turn, row)
