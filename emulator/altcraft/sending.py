"""Sending mailings, and starting and stopping the mailings of campaigns.

https://guides.altcraft.com/en/developer-guide/campaigns and …/developer-guide/super-campaigns. A start
schedule starts a mailing at the minutes that it names, in its time zone. Schedules by the time zone of each
profile are not emulated.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from emulator.altcraft import runs, tasks
from emulator.altcraft.choosing import refreshing
from emulator.altcraft.choosing.uses import is_in_scenario
from emulator.altcraft.logs import note
from emulator.altcraft.people.changes import tell_of_messages
from emulator.altcraft.people.outcomes import write_back
from emulator.altcraft.refusals import AltcraftError, IncorrectRequest, WrongState
from emulator.altcraft.runs import OWN_SETTINGS, Overrides
from emulator.altcraft.schedule import go_duration
from emulator.altcraft.starts import STARTED, following, subject
from emulator.altcraft.tables.account import REMEMBERED, Account
from emulator.altcraft.tables.campaigns import CAMPAIGN, Campaign, move_campaign
from emulator.altcraft.tables.mailings import HeldStart, LogEntry, Mailing, Run, move_mailing
from emulator.altcraft.tables.scenarios import Scenario
from emulator.altcraft.templating.said import barrier, is_open_to_all
from emulator.altcraft.templating.sendable import check_sendable
from emulator.altcraft.webhooks import HOOKS
from emulator.engine.clock import Millis
from emulator.engine.engine import MANY_ROWS, Handler, Turn
from emulator.sending.job_table import Job
from emulator.sending.mail import SEEN, SendsMails
from emulator.sending.messages import Message, Selection
from emulator.webhooks.senders import HookedSender


class MailingSender(SendsMails, HookedSender):
    provider = "altcraft"
    contents = Run
    queued = runs.QUEUED
    dropped = runs.DROPPED
    skippable = SEEN
    hooks = HOOKS

    def drop(self, turn: Turn, job: Job, message_ids: Sequence[int]) -> None:
        """Cancel messages of a job that are queued."""
        self._leave(turn, job, self.take_out(turn, job, message_ids, runs.DROPPED))

    def is_open_to_all(self, session: Session, selection: Selection, status: str) -> bool:
        return is_open_to_all(session, session.get_one(Run, selection.job_id), selection.channel, status)

    def barrier(self, session: Session, message: Message, status: str) -> str | None:
        return barrier(session, message, status)

    def settle(self, turn: Turn, job: Job, selection: Selection, before: str) -> None:
        run = turn.session.get_one(Run, job.id)
        write_back(turn, selection, run.chain if run.at == turn.now or turn.is_past else 0)

    def announce(self, turn: Turn, selection: Selection, name: str, detail: str | None = None) -> None:
        super().announce(turn, selection, name, detail)
        tell_of_messages(turn, selection, name)

    def emptied(self, turn: Turn, job: Job) -> None:
        run = turn.session.get_one(Run, job.id)
        mailing = turn.session.get_one(Mailing, run.mailing_id)
        if mailing.kind == "trigger":
            return
        goes_on = mailing.kind != "regular" and runs.has_people_left(turn, mailing, run)
        end_run(turn, mailing, "rest" if goes_on else "finish")


SENDER = MailingSender()


def events() -> dict[str, Handler]:
    """Return the handlers of the due events of mailings and campaigns."""
    return (
        SENDER.events()
        | REMEMBERED.events()
        | tasks.events()
        | refreshing.events()
        | {
            "altcraft.start": _on_start,
            "altcraft.campaign_action": _on_campaign_action,
        }
    )


def activate(turn: Turn, mailing: Mailing) -> None:
    """Make a mailing active: its schedule or requests can start it. Raises WrongState."""
    check_campaign(turn, mailing, *ENDED)
    move_mailing(mailing, "activate")
    settle(turn, mailing)


def launch(
    turn: Turn, mailing: Mailing, overrides: Overrides = OWN_SETTINGS, *, action: str = "launch"
) -> None:
    """Begin a run of a mailing: `launch` also activates it, `start` requires that it is active.

    Raises WrongState for an inactive campaign and a draft template, ObjectNotFound for a missing source,
    template or virtual sender, IncorrectRequest for a push without a resource.
    """
    check_run(turn, mailing, overrides)
    check_campaign(turn, mailing, *NOT_ACTIVE)
    begin_run(turn, mailing, overrides, action)


def check_run(turn: Turn, mailing: Mailing, overrides: Overrides = OWN_SETTINGS) -> None:
    """Raise AltcraftError for a mailing that can not be sent in any state of it and its campaign."""
    check_reach(mailing)
    runs.check_source(turn.session, runs.source_of(mailing, overrides))
    check_sendable(turn.session, mailing)


def begin_run(
    turn: Turn, mailing: Mailing, overrides: Overrides = OWN_SETTINGS, action: str = "launch"
) -> None:
    """Begin a run of a mailing that can be sent. Raises WrongState where its state does not allow it."""
    move_mailing(mailing, action)
    job = runs.make(turn, mailing, overrides)
    settle(turn, mailing)
    SENDER.start(turn, job)


def end_run(turn: Turn, mailing: Mailing, action: str) -> None:
    """End a run, by `finish`, or by `rest` if people are left for the next one."""
    move_mailing(mailing, action)
    note(turn, mailing, "Campaign finished", state="end")
    note(turn, mailing, "Total time spent", value=go_duration(max(0, turn.now - mailing.run_since)))
    settle(turn, mailing)


def latest_run(turn: Turn, mailing: Mailing) -> Job | None:
    """Return the job of a mailing's latest run; None if it was never launched."""
    return turn.session.get(Job, mailing.job_id) if mailing.job_id else None


def deactivate(turn: Turn, mailing: Mailing) -> None:
    """Make a mailing inactive. A run that is going goes on to its end."""
    was_active = mailing.is_active
    move_mailing(mailing, "deactivate")
    if was_active:
        note(turn, mailing, "Campaign deactivated")
    settle(turn, mailing)


def abort(turn: Turn, mailing: Mailing) -> None:
    """Make a mailing inactive, and drop its queue."""
    was_active, was_sending = mailing.is_active, mailing.is_sending
    move_mailing(mailing, "abort")
    job = latest_run(turn, mailing)
    if was_sending and job is not None:
        SENDER.stop(turn, job)
        note(turn, mailing, "Sending aborted", state="end", level="WARNING")
    if was_active:
        note(turn, mailing, "Campaign deactivated")
    _drop_starts(turn, mailing)
    settle(turn, mailing)


def _drop_starts(turn: Turn, mailing: Mailing) -> None:
    """Forget the starts of a trigger that wait for their time, or for the campaign."""
    turn.cancel(subject(mailing), STARTED)
    for held in _held_starts(turn, mailing):
        turn.session.delete(held)


def _held_starts(turn: Turn, mailing: Mailing) -> list[HeldStart]:
    held = select(HeldStart).where(HeldStart.mailing_id == mailing.id).order_by(col(HeldStart.id))
    return list(turn.session.exec(held))


def delete(turn: Turn, mailing: Mailing) -> None:
    """Delete a mailing and its log. Raises WrongState if it is being sent, or in an active scenario."""
    if is_in_scenario(turn.session, mailing):
        raise WrongState("mailing", mailing.id, "in use")
    move_mailing(mailing, "delete")
    _drop_starts(turn, mailing)
    turn.cancel(subject(mailing))
    for entry in turn.session.exec(select(LogEntry).where(LogEntry.mailing_id == mailing.id)):
        turn.session.delete(entry)
    turn.session.delete(mailing)


def update(turn: Turn, mailing: Mailing, *, is_active: bool | None) -> None:
    """Record a change of settings, and set the active flag. A current run keeps its settings."""
    move_mailing(mailing, "update")
    mailing.updated_user, mailing.updated_at = turn.session.get_one(Account, 1).user, turn.now
    if is_active is None:
        settle(turn, mailing)
    elif is_active:
        activate(turn, mailing)
    else:
        deactivate(turn, mailing)


NOT_ACTIVE = tuple(state for state in CAMPAIGN.states if state != "active")
"""The states of a campaign in which none of its mailings can be launched."""

ENDED = ("completed", "deleted")
"""The states of a campaign in which its mailings and scenarios are inactive for good."""


def check_campaign(turn: Turn, nested: Mailing | Scenario, *forbidden: str) -> None:
    """Raise WrongState for a mailing or scenario whose campaign is in one of these states."""
    campaign = _campaign_of(turn, nested)
    if campaign is not None and campaign.state in forbidden:
        raise WrongState("campaign", campaign.id, campaign.state)


def check_active(turn: Turn, mailing: Mailing) -> None:
    """Raise WrongState for a mailing that is not active, or whose campaign is not."""
    if not mailing.is_active:
        raise WrongState("mailing", mailing.id, "inactive")
    check_campaign(turn, mailing, *NOT_ACTIVE)


def check_reach(mailing: Mailing) -> None:
    """Raise IncorrectRequest for a push that has no resource: only subscriptions are reached by it."""
    if mailing.channel == "push" and not mailing.resource_id:
        raise IncorrectRequest("resource_id", "a push needs a resource")


def is_paused(turn: Turn, nested: Mailing | Scenario) -> bool:
    """Return whether a mailing or scenario is in a campaign that is not active."""
    campaign = _campaign_of(turn, nested)
    return campaign is not None and campaign.state in NOT_ACTIVE


def _campaign_of(turn: Turn, nested: Mailing | Scenario) -> Campaign | None:
    return turn.session.get(Campaign, nested.campaign_id) if nested.campaign_id else None


def settle(turn: Turn, mailing: Mailing) -> None:
    """Plan the next start by the schedule of a new or changed mailing."""
    turn.cancel(subject(mailing), "altcraft.start")
    repeats = mailing.kind == "regular" and mailing.state == "running"
    if mailing.kind != "trigger" and (mailing.state == "active" or repeats):
        start = following(turn, mailing)
        if start is not None:
            turn.schedule(start, "altcraft.start", subject(mailing), rows=MANY_ROWS)


def go_back(turn: Turn, was: Millis) -> None:
    """Plan the next starts of all mailings anew, after the clock was set back."""
    for mailing in turn.session.exec(select(Mailing).where(Mailing.kind != "trigger")).all():
        settle(turn, mailing)


def mailing_about(turn: Turn, about: str) -> Mailing:
    return turn.session.get_one(Mailing, int(about.removeprefix("altcraft.mailing:")))


def _on_start(turn: Turn, about: str, details: Mapping[str, Any]) -> None:
    """Start a mailing by its schedule, unless it is still sending or its campaign is not active.

    If it can not be sent, write the reason into its log.
    """
    mailing = mailing_about(turn, about)
    if mailing.is_sending or is_paused(turn, mailing):
        settle(turn, mailing)
        return
    try:
        check_run(turn, mailing)
    except AltcraftError as problem:
        note(turn, mailing, str(problem), level="ERROR")
        settle(turn, mailing)
    else:
        begin_run(turn, mailing, action="start")


def plan_stop(turn: Turn, campaign: Campaign) -> None:
    """Stop the current runs of a fixture's campaign that is not active."""
    _plan(turn, campaign, turn.now, "stop")


@dataclass(frozen=True)
class CampaignDates:
    """The instants at which a campaign changes its state."""

    start: Millis
    deactivation: Millis | None = None
    completion: Millis | None = None


def activate_campaign(turn: Turn, campaign: Campaign, dates: CampaignDates) -> None:
    """Make a campaign active, now or at its date, and plan its end. Cancel earlier plans."""
    is_now = dates.start <= turn.now
    if is_now:
        _resume_campaign(turn, campaign)
    else:
        move_campaign(campaign, "plan", turn.now)
    turn.cancel(campaign_subject(campaign))
    _plan(turn, campaign, None if is_now else dates.start, "activate")
    _plan(turn, campaign, dates.deactivation, "deactivate")
    _plan(turn, campaign, dates.completion, "complete")


def deactivate_campaign(turn: Turn, campaign: Campaign) -> None:
    """Pause a campaign now, and cancel its planned changes."""
    _pause_campaign(turn, campaign)
    turn.cancel(campaign_subject(campaign))


def _pause_campaign(turn: Turn, campaign: Campaign) -> None:
    """Hold the queues of a campaign's mailings until it is active again."""
    move_campaign(campaign, "deactivate", turn.now)
    hold_queues(turn, campaign)


def _resume_campaign(turn: Turn, campaign: Campaign) -> None:
    """Make a campaign active, and let the held queues of its mailings go on."""
    move_campaign(campaign, "activate", turn.now)
    release_queues(turn, campaign)


def follow_state(turn: Turn, campaign: Campaign) -> None:
    """Let a campaign's mailings and scenarios go on, stop for good or wait, by its state."""
    if campaign.state == "active":
        release_queues(turn, campaign)
    elif campaign.state in ENDED:
        drop_queues(turn, campaign)
    else:
        hold_queues(turn, campaign)


def hold_queues(turn: Turn, campaign: Campaign) -> None:
    for job in _jobs_of(turn, campaign, "running"):
        SENDER.hold(turn, job)


def release_queues(turn: Turn, campaign: Campaign) -> None:
    """Let held queues, starts and scenarios of a campaign go on."""
    for job in _jobs_of(turn, campaign, "held"):
        SENDER.go_on(turn, job)
    for mailing in mailings_of(turn.session, campaign):
        for held in _held_starts(turn, mailing):
            rows = len(held.details["people"])
            turn.schedule(turn.now, STARTED, subject(mailing), rows=rows, **held.details)
            turn.session.delete(held)
    if scenarios_of(turn.session, campaign):
        turn.schedule(turn.now, "altcraft.scenarios", f"altcraft.scenarios:{campaign.id}", rows=MANY_ROWS)


def drop_queues(turn: Turn, campaign: Campaign) -> None:
    """Make a campaign's mailings and scenarios inactive, and drop the queues."""
    for mailing in mailings_of(turn.session, campaign):
        abort(turn, mailing)
    for scenario in scenarios_of(turn.session, campaign):
        scenario.state = "inactive"


def _jobs_of(turn: Turn, campaign: Campaign, state: str) -> list[Job]:
    """Return the latest jobs of a campaign's mailings that are in a state."""
    numbers = [mailing.job_id for mailing in mailings_of(turn.session, campaign) if mailing.job_id]
    jobs = [turn.session.get_one(Job, number) for number in numbers]
    return [job for job in jobs if job.state == state]


def complete_campaign(turn: Turn, campaign: Campaign) -> None:
    """End a campaign for good: its mailings stop sending, they and its scenarios become inactive."""
    move_campaign(campaign, "complete", turn.now)
    turn.cancel(campaign_subject(campaign))
    drop_queues(turn, campaign)


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
        turn.schedule(
            due, "altcraft.campaign_action", campaign_subject(campaign), rows=MANY_ROWS, action=action
        )


def _on_campaign_action(turn: Turn, about: str, details: Mapping[str, Any]) -> None:
    campaign = turn.session.get_one(Campaign, int(about.removeprefix("altcraft.campaign:")))
    if details["action"] == "complete":
        complete_campaign(turn, campaign)
    elif details["action"] == "deactivate":
        _pause_campaign(turn, campaign)
    elif details["action"] == "stop":
        follow_state(turn, campaign)
    else:
        _resume_campaign(turn, campaign)
