"""Steering of campaigns, requests for senders, and templates of one-time passwords by tests."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import ClassVar

from sqlmodel import Session

from emulator.engine.engine import Turn
from emulator.rcs import mails, senders, sending, two_factor
from emulator.rcs.channels import SMS
from emulator.rcs.contents import said
from emulator.rcs.identity import code_sent, words
from emulator.rcs.outcomes import STOP_LIST, WITHHELD
from emulator.rcs.shortening import bare_links
from emulator.rcs.tables.account import SENDER_REQUEST, SenderRequest
from emulator.rcs.tables.campaigns import CAMPAIGN, SMS_CAMPAIGN, Campaign, Dispatch, lifecycle_of
from emulator.rcs.tables.two_factor import OTP_TEMPLATE, OtpTemplate
from emulator.sending.content import Content
from emulator.sending.job_table import Job
from emulator.sending.left_out import Unsent
from emulator.sending.lifecycle import Lifecycle
from emulator.sending.messages import Message
from emulator.sending.pace import set_job_pace
from emulator.sending.steering import Action, JobView, NumberedKind


def _finish(turn: Turn, campaign: Campaign) -> None:
    """Let all messages leave at once, which ends the campaign if the money is enough."""
    sending.CAMPAIGNS.rush(turn, sending.job_of_campaign(turn, campaign))


def content(session: Session, message: Message, job: Job, origin: str) -> Content:
    """Return the content of a message: a text, cards, or an e-mail."""
    if message.channel == mails.EMAIL:
        return mails.content(session, message)
    dispatch = session.get_one(Dispatch, job.id)
    found, sent = said(session, message), code_sent(session, dispatch)
    title, text = words(found.text, found.options)
    codes = None if sent is None else [sent.code]
    links = bare_links(session, text)
    return Content(found.sender, title, text, payload=found.options, links=links, codes=codes)


class Campaigns(NumberedKind[Campaign]):
    provider = "rcs"
    kind = "campaign"
    entity = Campaign
    actions: ClassVar[Mapping[str, Action[Campaign]]] = {
        "moderate": sending.moderate,
        "accept": partial(sending.begin, action="accept"),
        "refuse": sending.refuse,
        "begin": partial(sending.begin, action="begin"),
        "starve": sending.starve,
        "renew": sending.renew,
        "finish": _finish,
        "stop": sending.stop,
    }

    lives = (CAMPAIGN, SMS_CAMPAIGN)
    unsent = Unsent(("failed",), repr(STOP_LIST), f"message.outcome = '{WITHHELD}'")

    def lifecycle(self, row: Campaign) -> Lifecycle:
        return lifecycle_of(row)

    def view(self, session: Session, row: Campaign) -> JobView:
        return JobView(
            str(row.id), row.name, row.status, row.channel, (row.job_id,), {"campaign_id": str(row.id)}
        )

    def put(self, turn: Turn, row: Campaign, state: str) -> None:
        row.status = state
        turn.cancel(sending.subject(row))
        job = sending.job_of_campaign(turn, row)
        _set_times(turn, row, state)
        if state == "sending":
            sending.CAMPAIGNS.go_on(turn, job)
        elif state in {"done", "stopped", "spam"}:
            sending.drop_queue(turn, row)
        elif job.left < job.total:
            sending.CAMPAIGNS.hold(turn, job)

    def pace(self, session: Session, row: Campaign) -> float | None:
        return session.get_one(Job, row.job_id).pace

    def set_pace(self, turn: Turn, row: Campaign, pace: float) -> None:
        set_job_pace(turn, sending.CAMPAIGNS, sending.job_of_campaign(turn, row), pace)


def _set_times(turn: Turn, campaign: Campaign, state: str) -> None:
    """Set the times of a campaign that belong to a state, and remove the others."""
    campaign.finished_at = turn.now if state in {"done", "stopped"} else None
    if state in {"creation", "moderation", "scheduled", "spam"}:
        campaign.real_start_at = None
    elif state != "stopped" and campaign.real_start_at is None:
        campaign.real_start_at = turn.now


class SenderRequests(NumberedKind[SenderRequest]):
    """Requests for senders: they send nothing, but have states that operators decide on."""

    provider = "rcs"
    kind = "sender_request"
    entity = SenderRequest
    lives = (SENDER_REQUEST,)
    actions: ClassVar[Mapping[str, Action[SenderRequest]]] = {
        "accept": partial(senders.put, state="accepted"),
        "begin": partial(senders.put, state="in_progress"),
        "register": partial(senders.put, state="registered"),
        "reject": partial(senders.put, state="rejected"),
    }

    def view(self, session: Session, row: SenderRequest) -> JobView:
        name = f"Sender {row.sender} in {row.country_code}"
        return JobView(str(row.id), name, row.status, row.type, (), {"sender_request_id": str(row.id)})

    def put(self, turn: Turn, row: SenderRequest, state: str) -> None:
        senders.put(turn, row, state)


class OtpTemplates(NumberedKind[OtpTemplate]):
    """Templates of one-time passwords: they send nothing, but are moderated, except for the default one."""

    provider = "rcs"
    kind = "otp_template"
    entity = OtpTemplate
    lives = (OTP_TEMPLATE,)
    actions: ClassVar[Mapping[str, Action[OtpTemplate]]] = {
        "approve": partial(two_factor.put_template, status="approved"),
        "reject": partial(two_factor.put_template, status="rejected"),
    }

    def rows(self, session: Session) -> Sequence[OtpTemplate]:
        return [template for template in super().rows(session) if not template.is_default]

    def find(self, session: Session, key: str) -> OtpTemplate | None:
        template = super().find(session, key)
        return None if template is None or template.is_default else template

    def view(self, session: Session, row: OtpTemplate) -> JobView:
        return JobView(str(row.id), f"Template {row.name}", row.status, SMS, (), {"template_id": str(row.id)})

    def put(self, turn: Turn, row: OtpTemplate, state: str) -> None:
        two_factor.put_template(turn, row, state)
