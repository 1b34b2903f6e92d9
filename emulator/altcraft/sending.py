"""How Altcraft sends mailings, and how campaigns start and stop theirs.

https://guides.altcraft.com/en/developer-guide/campaigns and …/developer-guide/super-campaigns. A start
schedule starts a mailing at the minutes that it names, in the zone that it names; schedules by the
time zone of each profile, and sending in portions that grow from cycle to cycle, are not emulated.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from emulator.altcraft.refusals import WrongState
from emulator.altcraft.schedule import next_start
from emulator.altcraft.tables import (
    Account,
    Campaign,
    LogEntry,
    Mailing,
    Profile,
    Scenario,
    SegmentMember,
    move_campaign,
    move_mailing,
)
from emulator.altcraft.webhooks import ActionHooks
from emulator.engine.clock import HOUR, MINUTE, SECOND, Millis
from emulator.engine.engine import Handler, Turn
from emulator.sending.jobs import Job, new_job
from emulator.sending.mail import MAIL_OUTCOMES, mail_outcome
from emulator.sending.messages import NewMessage, add_messages
from emulator.webhooks.senders import HookedSender

RECIPIENTS: Mapping[str, Any] = {"email": Profile.email, "sms": Profile.phone, "push": Profile.id}
"""The column that has the address of a profile on a channel."""


@dataclass(frozen=True)
class Run:
    """What one run of a mailing has instead of the mailing's own audience and limit."""

    data_type: str | None = None
    data_id: int = 0
    limit: int | None = None


OWN_SETTINGS = Run()


class MailingSender(HookedSender):
    provider = "altcraft"
    queued = "queued"
    sent = "sent"
    delivered = "delivered"
    outcomes = MAIL_OUTCOMES
    hooks = ActionHooks()

    def emptied(self, turn: Turn, job: Job) -> None:
        mailing = turn.session.exec(select(Mailing).where(Mailing.job_id == job.id)).one()
        move_mailing(mailing, "finish")
        _note(turn, mailing, "Campaign finished", state="end")
        _note(turn, mailing, "Total time spent", value=go_duration(turn.now - mailing.run_since))
        _settle(turn, mailing)


SENDER = MailingSender()


def events() -> dict[str, Handler]:
    """Return the handlers of the due events of mailings and campaigns."""
    return SENDER.events() | {
        "altcraft.start": _on_start,
        "altcraft.mailing_action": _on_mailing_action,
        "altcraft.campaign_action": _on_campaign_action,
    }


def activate(turn: Turn, mailing: Mailing) -> None:
    """Make a mailing active, to start by its schedule or when it is told to."""
    _check_campaign(turn, mailing)
    move_mailing(mailing, "activate")
    _settle(turn, mailing)


def launch(turn: Turn, mailing: Mailing, run: Run = OWN_SETTINGS, *, action: str = "launch") -> None:
    """Begin a run of a mailing: `launch` also activates it, `start` needs it active."""
    _check_campaign(turn, mailing)
    move_mailing(mailing, action)
    mailing.run_since = turn.now
    _note(turn, mailing, "Begin campaign", state="start")
    people = audience(turn.session, mailing, run)
    pace = mailing.pace or turn.session.get_one(Account, 1).pace
    job = new_job(turn, "altcraft", mailing.channel, total=len(people), pace=pace, owner=owner(mailing))
    mailing.job_id = job.id
    _settle(turn, mailing)
    messages = (
        NewMessage(position, address, mail_outcome(email), "queued")
        for position, (address, email) in enumerate(people)
    )
    add_messages(turn, job.id, mailing.channel, messages)
    SENDER.start(turn, job)


def deactivate(turn: Turn, mailing: Mailing) -> None:
    """Make a mailing inactive. A run that is going goes on to its end."""
    was_active = mailing.is_active
    move_mailing(mailing, "deactivate")
    if was_active:
        _note(turn, mailing, "Campaign deactivated")
    _settle(turn, mailing)


def abort(turn: Turn, mailing: Mailing, *, action: str = "abort") -> None:
    """Drop the queue of a mailing: `abort` also makes it inactive, `halt` leaves it as it is."""
    was_active, was_sending = mailing.is_active, mailing.is_sending
    move_mailing(mailing, action)
    if was_sending:
        SENDER.stop(turn, turn.session.get_one(Job, mailing.job_id))
        _note(turn, mailing, "Sending aborted", state="end", level="WARNING")
    if was_active and not mailing.is_active:
        _note(turn, mailing, "Campaign deactivated")
    _settle(turn, mailing)


def delete(turn: Turn, mailing: Mailing) -> None:
    """Delete a mailing and its log."""
    move_mailing(mailing, "delete")
    turn.cancel(_subject(mailing))
    for entry in turn.session.exec(select(LogEntry).where(LogEntry.mailing_id == mailing.id)):
        turn.session.delete(entry)
    turn.session.delete(mailing)


def update(turn: Turn, mailing: Mailing, *, is_active: bool | None) -> None:
    """Note that a mailing's settings were changed, and set its active flag."""
    move_mailing(mailing, "update")
    mailing.updated_user, mailing.updated_at = turn.session.get_one(Account, 1).user, turn.now
    if is_active is None:
        _settle(turn, mailing)
    elif is_active:
        activate(turn, mailing)
    else:
        deactivate(turn, mailing)


def _check_campaign(turn: Turn, mailing: Mailing) -> None:
    """Raise WrongState for a mailing whose campaign is completed: that is for good."""
    campaign = turn.session.get(Campaign, mailing.campaign_id) if mailing.campaign_id else None
    if campaign is not None and campaign.state == "completed":
        raise WrongState("campaign", campaign.id, campaign.state)


def audience(session: Session, mailing: Mailing, run: Run) -> list[tuple[str, str | None]]:
    """Return the address and the e-mail of every profile that a run of the mailing goes to."""
    address: Any = RECIPIENTS[mailing.channel]
    statement = select(address, Profile.email).where(address.is_not(None)).order_by(col(Profile.number))
    source, number = (run.data_type, run.data_id) if run.data_type else (mailing.data_type, mailing.data_id)
    if source == "segment":
        members = select(SegmentMember.profile_id).where(SegmentMember.segment_id == number)
        statement = statement.where(col(Profile.id).in_(members))
    else:
        statement = statement.where(Profile.database_id == number)
    limit = mailing.cycle_limit if run.limit is None else run.limit
    return list(session.exec(statement.limit(limit) if limit else statement))


def _settle(turn: Turn, mailing: Mailing) -> None:
    """Plan the start that the schedule of a changed mailing names next."""
    turn.cancel(_subject(mailing), "altcraft.start")
    repeats = mailing.kind == "regular" and mailing.state == "running"
    if mailing.kind != "trigger" and (mailing.state == "active" or repeats):
        start = next_start(mailing.start_schedule, turn.now)
        if start is not None:
            turn.schedule(start, "altcraft.start", _subject(mailing))


def _note(
    turn: Turn, mailing: Mailing, message: str, *, state: str = "", value: str = "", level: str = "INFO"
) -> None:
    """Write a line into a mailing's log."""
    turn.session.add(
        LogEntry(mailing_id=mailing.id, at=turn.now, level=level, message=message, state=state, value=value)
    )


def go_duration(length: Millis) -> str:
    """Format a length of time as Go does: `138ms`, `2.5s`, `1h0m30s`."""
    if 0 < length < SECOND:
        return f"{length}ms"
    hours, minutes = length // HOUR, length % HOUR // MINUTE
    seconds = f"{length % MINUTE / SECOND:g}s"
    if hours:
        return f"{hours}h{minutes}m{seconds}"
    return f"{minutes}m{seconds}" if minutes else seconds


def owner(mailing: Mailing) -> str:
    """Return the name that the control plane has for a mailing."""
    return f"altcraft/mailing/{mailing.id}"


def _subject(mailing: Mailing) -> str:
    return f"altcraft.mailing:{mailing.id}"


def _mailing_about(turn: Turn, about: str) -> Mailing:
    return turn.session.get_one(Mailing, int(about.removeprefix("altcraft.mailing:")))


def _on_start(turn: Turn, about: str, details: Mapping[str, Any]) -> None:
    """Start a mailing by its schedule, unless it is still sending or its campaign is not active."""
    mailing = _mailing_about(turn, about)
    campaign = turn.session.get(Campaign, mailing.campaign_id) if mailing.campaign_id else None
    is_paused = campaign is not None and campaign.state != "active"
    if mailing.is_sending or is_paused:
        _settle(turn, mailing)
    else:
        launch(turn, mailing, action="start")


def plan_past(turn: Turn, mailing: Mailing, due: Millis, action: str) -> None:
    """Let a fixture's mailing be launched, deactivated or aborted at `due`."""
    turn.schedule(due, "altcraft.mailing_action", _subject(mailing), action=action)


def _on_mailing_action(turn: Turn, about: str, details: Mapping[str, Any]) -> None:
    actions = {"launch": launch, "deactivate": deactivate, "abort": abort}
    actions[details["action"]](turn, _mailing_about(turn, about))


@dataclass(frozen=True)
class CampaignDates:
    """When a campaign is to change by itself."""

    start: Millis
    deactivation: Millis | None = None
    completion: Millis | None = None


def activate_campaign(turn: Turn, campaign: Campaign, dates: CampaignDates) -> None:
    """Make a campaign active, now or at its date, and plan its end. Cancels what was planned before."""
    is_now = dates.start <= turn.now
    move_campaign(campaign, "activate" if is_now else "plan", turn.now)
    turn.cancel(campaign_subject(campaign))
    _plan(turn, campaign, None if is_now else dates.start, "activate")
    _plan(turn, campaign, dates.deactivation, "deactivate")
    _plan(turn, campaign, dates.completion, "complete")


def deactivate_campaign(turn: Turn, campaign: Campaign) -> None:
    """Pause a campaign now, and cancel what its dates planned."""
    _pause_campaign(turn, campaign)
    turn.cancel(campaign_subject(campaign))


def _pause_campaign(turn: Turn, campaign: Campaign) -> None:
    """Let the running mailings of a campaign stop sending."""
    move_campaign(campaign, "deactivate", turn.now)
    for mailing in mailings_of(turn.session, campaign):
        if mailing.is_sending:
            abort(turn, mailing, action="halt")


def complete_campaign(turn: Turn, campaign: Campaign) -> None:
    """End a campaign for good: its mailings stop sending, they and its scenarios become inactive."""
    move_campaign(campaign, "complete", turn.now)
    turn.cancel(campaign_subject(campaign))
    for mailing in mailings_of(turn.session, campaign):
        abort(turn, mailing)
    for scenario in scenarios_of(turn.session, campaign):
        scenario.is_active = False


def mailings_of(session: Session, campaign: Campaign) -> list[Mailing]:
    nested = select(Mailing).where(Mailing.campaign_id == campaign.id)
    return list(session.exec(nested.order_by(col(Mailing.id))))


def scenarios_of(session: Session, campaign: Campaign) -> list[Scenario]:
    nested = select(Scenario).where(Scenario.campaign_id == campaign.id)
    return list(session.exec(nested.order_by(col(Scenario.id))))


def campaign_subject(campaign: Campaign) -> str:
    return f"altcraft.campaign:{campaign.id}"


def _plan(turn: Turn, campaign: Campaign, due: Millis | None, action: str) -> None:
    if due is not None:
        turn.schedule(due, "altcraft.campaign_action", campaign_subject(campaign), action=action)


def _on_campaign_action(turn: Turn, about: str, details: Mapping[str, Any]) -> None:
    campaign = turn.session.get_one(Campaign, int(about.removeprefix("altcraft.campaign:")))
    if details["action"] == "complete":
        complete_campaign(turn, campaign)
    elif details["action"] == "deactivate":
        _pause_campaign(turn, campaign)
    else:
        move_campaign(campaign, "activate", turn.now)
