"""Sends AutoSend's campaigns: release, pace, days of gradual sending, pausing and aborting.

https://docs.autosend.com/marketing-emails/campaigns and the rules of each campaign operation.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlmodel import Session, col, select

from emulator.autosend.audience import audience
from emulator.autosend.domains import hold_limit, release_limit
from emulator.autosend.sending import analytics, thresholds
from emulator.autosend.sending.campaign_mails import (
    domain_of,
    keep_contacts,
    mail_of,
    messages,
    problem,
    settle_sender,
)
from emulator.autosend.sending.delivery import CHANNEL, MailSender
from emulator.autosend.sending.humans import opened_by_humans
from emulator.autosend.tables.account import Project
from emulator.autosend.tables.campaigns import Campaign, CannotResumeCampaign, move
from emulator.autosend.tables.mails import Mail
from emulator.engine.back import bring_forward
from emulator.engine.clock import DAY, EARLIEST, MINUTE, Millis
from emulator.engine.engine import MANY_ROWS, Handler, Turn
from emulator.sending.job_table import Job, job_of, new_job
from emulator.sending.left_out import forget_left_out, leave_out
from emulator.sending.messages import Selection, add_messages

RELEASE_DELAY = 2 * MINUTE
PAUSED_FOR_GOOD_AFTER = 14 * DAY
NEXT_DAY = "autosend.next_day"
BY_HAND = "Manually paused"
"""The `pausedReason` of a campaign that its user paused."""

EXCLUDED = "an excluded list"
"""The reason for leaving out contacts whom a campaign's excluded lists have."""

GROWTH = {"fixed": 1.0, "1.25x": 1.25, "1.5x": 1.5, "1.75x": 1.75, "2x": 2.0}
"""The factor by which a gradual campaign's volume grows from day to day, by strategy."""


class CampaignSender(MailSender):
    provider = "autosend"
    plans = (NEXT_DAY,)

    def keep_back(self, turn: Turn, job: Job, mail: Mail, place: Mapping[str, object]) -> int:
        number = super().keep_back(turn, job, mail, place)
        if number:
            campaign = campaign_of(turn, job)
            campaign.suppressed += number
            analytics.note_change(turn, campaign)
        return number

    def changed(
        self, turn: Turn, job: Job, selection: Selection, number: int, *, is_first: bool = True
    ) -> None:
        super().changed(turn, job, selection, number, is_first=is_first)
        campaign = campaign_of(turn, job)
        analytics.note_change(turn, campaign)
        if selection.status == self.sent and not campaign.gradual_day_since:
            campaign.gradual_day_since = turn.now
        if selection.status == "opened":
            campaign.human_opened += opened_by_humans(turn, selection)
        is_watched = campaign.send_mode == "gradual" and campaign.status in {"sending_gradual", "paused"}
        if selection.status in {"bounced", "complained"} and is_watched:
            reason = thresholds.reason_to_pause(turn.session, campaign)
            if reason is not None:
                _pause_at_threshold(turn, campaign, reason)

    def starved(self, turn: Turn, job: Job) -> None:
        super().starved(turn, job)
        campaign_of(turn, job).gradual_day_since = 0

    def window_closed(self, turn: Turn, job: Job) -> None:
        campaign = campaign_of(turn, job)
        if campaign.gradual_day_since + DAY <= turn.meant:
            campaign.gradual_day_since = turn.now
        _plan_next_day(turn, campaign, job)

    def start(self, turn: Turn, job: Job, after: Millis | None = None) -> None:
        """Set the job running; if all mails of its day have left, it goes on with the next day."""
        super().start(turn, job, after)
        if job.state == "running" and job.position == job.window < job.total:
            _plan_next_day(turn, campaign_of(turn, job), job)

    def emptied(self, turn: Turn, job: Job) -> None:
        turn.cancel(job.subject, NEXT_DAY)
        _end(turn, campaign_of(turn, job))


SENDER = CampaignSender()


def events() -> dict[str, Handler]:
    """Return the handlers of the due events of campaigns."""
    return (
        SENDER.events()
        | analytics.events()
        | {
            "autosend.release": _on_release,
            "autosend.action": _on_action,
            NEXT_DAY: _on_next_day,
            "autosend.paused_too_long": _on_paused_too_long,
        }
    )


def publish(turn: Turn, campaign: Campaign) -> None:
    """Schedule the campaign's release: at its scheduled time, but not before 120 seconds from now."""
    _move(turn, campaign, "publish")
    earliest = turn.now + RELEASE_DELAY
    at = earliest if campaign.send_now or campaign.scheduled_at is None else campaign.scheduled_at
    campaign.scheduled_at = max(at, earliest)
    turn.cancel(subject(campaign), "autosend.release")
    turn.schedule(campaign.scheduled_at, "autosend.release", subject(campaign), rows=MANY_ROWS)


def release(turn: Turn, campaign: Campaign) -> None:
    """Start sending a scheduled campaign."""
    _move(turn, campaign, "release")
    turn.cancel(subject(campaign), "autosend.release")
    _begin(turn, campaign)


def finish(turn: Turn, campaign: Campaign) -> None:
    """Send all queued mails now, which ends the campaign; one that has no queue ends at once."""
    job = job_of_campaign(turn.session, campaign)
    if job is None:
        _end(turn, campaign)
    else:
        SENDER.rush(turn, job)


def _end(turn: Turn, campaign: Campaign) -> None:
    _move(turn, campaign, "finish")
    campaign.sent_at = turn.now


def fail(turn: Turn, campaign: Campaign, reason: str) -> None:
    """End the campaign as failed; the mails in its queue are not sent."""
    _move(turn, campaign, "fail")
    campaign.failure_reason = reason
    job = job_of_campaign(turn.session, campaign)
    if job:
        SENDER.stop(turn, job)


def pause(turn: Turn, campaign: Campaign, reason: str) -> None:
    """Pause the campaign; it is aborted if nobody resumes it within 14 days."""
    _move(turn, campaign, "pause")
    campaign.paused_at, campaign.paused_reason = turn.now, reason
    _forget_plans(turn, campaign)
    job = job_of_campaign(turn.session, campaign)
    if job:
        SENDER.hold(turn, job)
    plan_expiry(turn, campaign)


def plan_expiry(turn: Turn, campaign: Campaign) -> None:
    """Schedule the end of a campaign that is paused now: it is aborted after 14 days."""
    due = turn.now + PAUSED_FOR_GOOD_AFTER
    turn.schedule(due, "autosend.paused_too_long", subject(campaign), rows=MANY_ROWS)


def _pause_at_threshold(turn: Turn, campaign: Campaign, reason: str) -> None:
    """Pause a campaign that has crossed a threshold; if it is paused already, change the reason."""
    if campaign.status != "paused":
        pause(turn, campaign, reason)
    elif campaign.paused_reason != thresholds.LIMIT_EXCEEDED:
        campaign.paused_reason = reason
    domain = domain_of(turn.session, campaign)
    if domain is not None:
        hold_limit(domain, turn.now)


def resume(turn: Turn, campaign: Campaign) -> None:
    """Resume a paused campaign for its user. Raises CannotResumeCampaign if only support can resume it."""
    if campaign.status == "paused" and campaign.paused_reason == thresholds.LIMIT_EXCEEDED:
        raise CannotResumeCampaign(campaign.status)
    resume_as_support(turn, campaign)


def resume_as_support(turn: Turn, campaign: Campaign) -> None:
    """Resume a campaign, whatever paused it; before its scheduled time, schedule it again."""
    job = job_of_campaign(turn.session, campaign)
    begins = campaign.scheduled_at or turn.now
    is_early = campaign.status == "paused" and job is None and begins > turn.now
    _move(turn, campaign, "reschedule" if is_early else "resume")
    campaign.resumed_at = turn.now
    _forget_plans(turn, campaign)
    if campaign.paused_reason in thresholds.REASONS:
        thresholds.count_anew(campaign, job)
        let_limit_rise(turn, campaign)
    if is_early:
        turn.schedule(begins, "autosend.release", subject(campaign), rows=MANY_ROWS)
        return
    if job is None:
        _begin(turn, campaign)
        return
    SENDER.start(turn, job)
    if job.position < job.window and campaign.gradual_day_since:
        paused_for = turn.now - (campaign.paused_at or turn.now)
        campaign.gradual_day_since = max(EARLIEST, campaign.gradual_day_since + paused_for)


def abort(turn: Turn, campaign: Campaign, action: str = "abort") -> None:
    """Drop every pending mail at once. Mails that were sent stay sent, and stay in the counters."""
    is_held = campaign.status == "paused" and campaign.paused_reason in thresholds.REASONS
    _move(turn, campaign, action)
    campaign.aborted_at = turn.now
    if is_held:
        let_limit_rise(turn, campaign)
    _forget_plans(turn, campaign)
    job = job_of_campaign(turn.session, campaign)
    if job:
        SENDER.stop(turn, job)


def _forget_plans(turn: Turn, campaign: Campaign) -> None:
    """Cancel the campaign's release, and the end of a pause that lasts too long."""
    turn.cancel(subject(campaign), "autosend.release", "autosend.paused_too_long")


def _move(turn: Turn, campaign: Campaign, action: str) -> None:
    """Move a campaign to the state that `action` leads to; `attempted` in its analytics depends on it."""
    move(campaign, action, turn.now)
    analytics.note_change(turn, campaign)


def let_limit_rise(turn: Turn, campaign: Campaign) -> None:
    """Let the daily limit of a campaign's domain rise again, unless another campaign holds it, too."""
    domain, project = domain_of(turn.session, campaign), campaign.project_id
    held = select(Campaign).where(Campaign.project_id == project, Campaign.status == "paused")
    others = turn.session.exec(held.where(col(Campaign.paused_reason).in_(thresholds.REASONS)))
    if domain is not None and not any(domain_of(turn.session, one) is domain for one in others):
        release_limit(domain, turn.now)


def owner(campaign: Campaign) -> str:
    """Return the campaign's name in the control plane."""
    return f"autosend/campaign/{campaign.id}"


def subject(campaign: Campaign) -> str:
    return f"autosend.campaign:{campaign.id}"


def job_of_campaign(session: Session, campaign: Campaign) -> Job | None:
    return session.get(Job, campaign.job_id) if campaign.job_id else None


def campaign_of(turn: Turn, job: Job) -> Campaign:
    mail = turn.session.get_one(Mail, job.id)
    return turn.session.get_one(Campaign, mail.campaign_id)


def go_back(turn: Turn, was: Millis) -> None:
    """When the clock is set back to before the current day of gradual sending, let that day begin now.

    A paused campaign keeps the beginning of its day: resuming it moves that by the length of the pause.
    """
    later = select(Campaign).where(Campaign.gradual_day_since > turn.now, Campaign.status != "paused")
    for campaign in turn.session.exec(later).all():
        campaign.gradual_day_since = turn.now
    bring_forward(turn, turn.now + DAY, [NEXT_DAY])


def _next_volume(campaign: Campaign) -> float:
    """Return how many mails a gradual campaign sends on its next day: today's number times its growth."""
    if not campaign.gradual_volume:
        return campaign.daily_batch_size or 1
    return min(campaign.gradual_volume * GROWTH[campaign.gradual_strategy or "fixed"], 1e12)


def _on_release(turn: Turn, about: str, details: Mapping[str, Any]) -> None:
    release(turn, _campaign_about(turn, about))


def _on_action(turn: Turn, about: str, details: Mapping[str, Any]) -> None:
    """Pause or abort the campaign at the time that its fixture gives."""
    campaign = _campaign_about(turn, about)
    if details["action"] == "pause":
        pause(turn, campaign, BY_HAND)
    else:
        abort(turn, campaign)


def _begin(turn: Turn, campaign: Campaign) -> None:
    reason = fill_queue(turn, campaign)
    if reason is None:
        SENDER.start(turn, turn.session.get_one(Job, campaign.job_id))
    else:
        fail(turn, campaign, reason)


def fill_queue(turn: Turn, campaign: Campaign) -> str | None:
    """Make the campaign's job from the current data, with its mail and messages, for the caller to start.

    Return why the campaign can not be sent, None if it can.
    """
    settle_sender(turn.session, campaign)
    contacts, excluded = audience(turn.session, campaign)
    if excluded or campaign.job_id:
        _note_excluded(turn, campaign, excluded)
    reason = problem(turn.session, campaign, len(contacts))
    if reason is not None:
        return reason
    suppressed = sum(1 for _, is_suppressed in contacts if is_suppressed)
    campaign.total_contacts, campaign.suppressed = len(contacts), suppressed
    project = turn.session.get_one(Project, campaign.project_id)
    pace = campaign.pace or project.pace
    job = new_job(
        turn,
        "autosend",
        CHANNEL,
        total=len(contacts),
        pace=pace,
        owner=owner(campaign),
        skipped=suppressed,
    )
    campaign.job_id, campaign.sending_since = job.id, turn.now
    campaign.gradual_day = campaign.gradual_volume = campaign.counted_from = campaign.human_opened = 0
    turn.session.add(mail_of(turn.session, campaign, job, turn.now))
    first_id = add_messages(turn, job.id, CHANNEL, messages(contacts), len(contacts))
    keep_contacts(turn, campaign, first_id, len(contacts))
    analytics.refresh(turn.session, campaign)
    if campaign.send_mode == "gradual":
        _open_next_day(turn, campaign, job)
    return None


def _note_excluded(turn: Turn, campaign: Campaign, emails: Sequence[str]) -> None:
    """Store whom the campaign's excluded lists keep from it, in place of what an earlier beginning stored."""
    forget_left_out(turn, owner(campaign))
    if emails:
        leave_out(turn, owner(campaign), EXCLUDED, emails)


def _plan_next_day(turn: Turn, campaign: Campaign, job: Job) -> None:
    """Schedule the next day of gradual sending: 24 hours after this one began, or now if that is past.

    If the clock was set back to before this day began, it counts as begun now.
    """
    due = max(turn.now, min(campaign.gradual_day_since, turn.now) + DAY)
    turn.schedule(due, NEXT_DAY, job.subject, rows=job.batch)


def _open_next_day(turn: Turn, campaign: Campaign, job: Job) -> None:
    campaign.gradual_day += 1
    campaign.gradual_day_since = turn.now
    campaign.gradual_volume = _next_volume(campaign)
    job.window = min(job.total, job.position + int(campaign.gradual_volume))


def _on_next_day(turn: Turn, about: str, details: Mapping[str, Any]) -> None:
    job = job_of(turn, about)
    campaign = campaign_of(turn, job)
    _open_next_day(turn, campaign, job)
    SENDER.start(turn, job)


def _on_paused_too_long(turn: Turn, about: str, details: Mapping[str, Any]) -> None:
    abort(turn, _campaign_about(turn, about), "expire")


def _campaign_about(turn: Turn, about: str) -> Campaign:
    return turn.session.get_one(Campaign, about.removeprefix("autosend.campaign:"))
