"""Altcraft's mailings, campaigns and scenarios in the control plane, by which tests steer them."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, ClassVar

from sqlmodel import Session, col, select

from emulator.altcraft import pushes, runs, scenarios, sending
from emulator.altcraft.identity import envelope, run_ids
from emulator.altcraft.logs import DELETED
from emulator.altcraft.people.showing import flat
from emulator.altcraft.refusals import AltcraftError
from emulator.altcraft.runs import file_name
from emulator.altcraft.tables.campaigns import CAMPAIGN, Campaign
from emulator.altcraft.tables.mailings import MAILINGS, Mailing, Run, RunFile, Sent, scenario_name
from emulator.altcraft.tables.people import Profile, Subscription
from emulator.altcraft.tables.scenarios import PASSAGE_STATES, SCENARIO, Passage, Scenario
from emulator.altcraft.templating.said import Said, said, title
from emulator.engine.clock import iso_millis
from emulator.engine.engine import Turn
from emulator.sending.content import LONGEST_TITLE, AttachedFile, Content
from emulator.sending.headers import formatted
from emulator.sending.job_table import Job, job_ids_of, sends_for
from emulator.sending.journeys import Journeys, Step
from emulator.sending.left_out import Unsent
from emulator.sending.lifecycle import Lifecycle
from emulator.sending.messages import Message
from emulator.sending.pace import UNDER_WAY, set_job_pace
from emulator.sending.steering import Action, JobView, LaunchView, MoveRefusedError, NumberedKind

UNSENT = Unsent((runs.DROPPED,), repr(DELETED))
"""The messages that were dropped one by one, as their recipients were deleted."""

PUSH_KEYS = {"title": "_title", "body": "_body", "icon": "_icon", "click_url": "_click_action"}


def _finish(turn: Turn, mailing: Mailing) -> None:
    """Let all messages of the run leave at once, which ends it; without a run, end the sending."""
    job = sending.latest_run(turn, mailing)
    if job is None:
        sending.end_run(turn, mailing, "finish")
    else:
        sending.SENDER.rush(turn, job)


def _first_run(turn: Turn, mailing: Mailing) -> Job | None:
    """Make the first run of a mailing; return its job, None if it can not be sent."""
    with suppress(AltcraftError):
        sending.check_run(turn, mailing)
        return runs.make(turn, mailing)
    return None


def _activate_campaign(turn: Turn, campaign: Campaign) -> None:
    sending.activate_campaign(turn, campaign, sending.CampaignDates(turn.now))


def content(session: Session, message: Message, job: Job, origin: str) -> Content:
    """Return the content of a message for its recipient, and the values that the client gave for its run."""
    run = session.get_one(Run, job.id)
    words = said(session, run, message)
    mailing = session.get(Mailing, run.mailing_id)
    files = session.exec(
        select(RunFile.name, RunFile.content_type, RunFile.shown)
        .where(RunFile.job_id == job.id)
        .order_by(col(RunFile.id))
    ).all()
    return Content(
        sender=formatted(words.from_email, words.from_name) if words.from_email else words.from_name,
        subject=None if message.channel == "sms" else words.subject,
        text=words.text,
        html=words.html or None,
        payload={
            "content": run.templates,
            "launch": {
                **run_ids(session, run),
                "job": job.id,
                "at": iso_millis(run.at),
                "source_type": run.data_type,
                "source_id": run.data_id,
                "content": run.values,
                "attach": [shown for _, _, shown in files],
            },
            "person": _person(session, message),
            **({"push": _push(session, message, words, origin)} if message.channel == "push" else {}),
        },
        headers=_headers(words),
        attachments=[
            *(
                AttachedFile(*file_name(session, place, file), None)
                for place, file in enumerate(words.files, 1)
            ),
            *(AttachedFile(name, content_type, None) for name, content_type, _ in files),
        ],
        envelope=envelope(words, mailing, message) if job.channel == "email" else None,
    )


def subject(session: Session, message: Message) -> str:
    """Return the subject or title of a message, or the text of an SMS, with its recipient's values."""
    text = title(session, session.get_one(Run, message.job_id), message)
    return text[:LONGEST_TITLE] if message.channel == "sms" else text


def _push(session: Session, message: Message, words: Said, origin: str) -> dict[str, Any]:
    """Return the payload of a push for an app, with its texts, also under the keys that the SDK reads."""
    shown = {"title": words.subject, "body": words.text, "icon": words.icon, "click_url": words.click_url}
    read = {PUSH_KEYS[name]: text for name, text in shown.items() if text}
    return shown | read | pushes.payload(session, message, origin)


def _headers(words: Said) -> dict[str, str]:
    return {"Reply-To": formatted(words.replyto_email, words.replyto_name)} if words.replyto_email else {}


def _person(session: Session, message: Message) -> dict[str, Any] | None:
    """Return the recipient: the profile, and the subscription unless it is the profile's own address."""
    sent = session.get(Sent, message.id)
    profile = session.exec(select(Profile).where(Profile.id == sent.profile_id)).first() if sent else None
    if sent is None or profile is None:
        return None
    person: dict[str, Any] = {"profile_id": profile.id, "list_id": profile.database_id}
    subscription = session.get(Subscription, sent.subscription_id) if sent.subscription_id else None
    return person | ({"subscription": flat(subscription)} if subscription else {})


class Mailings(NumberedKind[Mailing]):
    provider = "altcraft"
    kind = "mailing"
    entity = Mailing
    state_column = "state"
    actions: ClassVar[Mapping[str, Action[Mailing]]] = {
        "activate": sending.activate,
        "launch": sending.launch,
        "start": partial(sending.launch, action="start"),
        "deactivate": sending.deactivate,
        "finish": _finish,
        "abort": sending.abort,
    }

    lives = tuple(MAILINGS.values())
    unsent = UNSENT

    def lifecycle(self, row: Mailing) -> Lifecycle:
        return MAILINGS[row.kind]

    def view(self, session: Session, row: Mailing) -> JobView:
        jobs = job_ids_of(session, row.job_name)
        ids = {"id": str(row.id)}
        if jobs:
            ids |= run_ids(session, session.get_one(Run, jobs[-1]))
        return JobView(str(row.id), row.name, row.state, row.channel, jobs, ids)

    def launches(self, session: Session, row: Mailing) -> Sequence[LaunchView]:
        own = session.exec(select(Run).where(Run.mailing_id == row.id).order_by(col(Run.job_id)))
        return [
            LaunchView(run.job_id, run.at, f"{run.data_type} {run.data_id}", run_ids(session, run))
            for run in own
        ]

    def put(self, turn: Turn, row: Mailing, state: str) -> None:
        row.state = state
        job = sending.latest_run(turn, row)
        if job is None and row.is_sending:
            job = _first_run(turn, row)
        if job is None:
            row.run_since = turn.now if row.is_sending else 0
        elif not row.is_sending:
            sending.SENDER.stop(turn, job)
        elif not sending.is_paused(turn, row):
            sending.SENDER.go_on(turn, job)
        elif job.left < job.total:
            sending.SENDER.hold(turn, job)
        sending.settle(turn, row)

    def pace(self, session: Session, row: Mailing) -> float | None:
        job = session.get(Job, row.job_id) if row.job_id else None
        return job.pace if job is not None and job.state in UNDER_WAY else row.pace

    def set_pace(self, turn: Turn, row: Mailing, pace: float) -> None:
        _set_pace(turn, row, pace)


class Campaigns(NumberedKind[Campaign]):
    provider = "altcraft"
    kind = "campaign"
    entity = Campaign
    lives = (CAMPAIGN,)
    state_column = "state"
    actions: ClassVar[Mapping[str, Action[Campaign]]] = {
        "activate": _activate_campaign,
        "deactivate": sending.deactivate_campaign,
        "complete": sending.complete_campaign,
    }

    def view(self, session: Session, row: Campaign) -> JobView:
        return JobView(str(row.id), row.name, row.state, "", (), {"id": str(row.id)})

    def put(self, turn: Turn, row: Campaign, state: str) -> None:
        row.state, row.updated_at = state, turn.now
        turn.cancel(sending.campaign_subject(row))
        sending.follow_state(turn, row)

    def set_pace(self, turn: Turn, row: Campaign, pace: float) -> None:
        """Set the pace of the campaign's mailings."""
        mailings = sending.mailings_of(turn.session, row)
        if not mailings:
            raise MoveRefusedError(f"Campaign {row.id} has no mailings whose pace could be set.")
        for mailing in mailings:
            _set_pace(turn, mailing, pace)


class Scenarios(NumberedKind[Scenario]):
    provider = "altcraft"
    kind = "scenario"
    entity = Scenario
    lives = (SCENARIO,)
    state_column = "state"
    unsent = UNSENT
    actions: ClassVar[Mapping[str, Action[Scenario]]] = {
        "activate": scenarios.activate,
        "deactivate": scenarios.deactivate,
    }
    journeys = Journeys(
        number=col(Passage.id),
        job=col(Passage.scenario_id),
        person=col(Passage.profile_id),
        state=col(Passage.state),
        states=PASSAGE_STATES,
        inside="inside",
        step=col(Passage.node),
        entered_at=col(Passage.entered_at),
        people=Profile,
        known=col(Profile.id),
        address=col(Profile.email),
    )

    def view(self, session: Session, row: Scenario) -> JobView:
        own = select(Job.id).where(sends_for(scenario_name(row.id))).order_by(col(Job.id))
        return JobView(str(row.id), row.name, row.state, "", tuple(session.exec(own)), {"id": str(row.id)})

    def steps(self, row: Scenario) -> Sequence[Step]:
        return [Step(node["name"], node["type"]) for node in row.nodes]

    def put(self, turn: Turn, row: Scenario, state: str) -> None:
        row.state = state
        scenarios.release(turn, row)


def _set_pace(turn: Turn, mailing: Mailing, pace: float) -> None:
    mailing.pace = pace
    if mailing.job_id:
        set_job_pace(turn, sending.SENDER, turn.session.get_one(Job, mailing.job_id), pace)
