"""Sets states of campaigns for tests, past their lifecycle, with the times and the queue that fit them."""

from emulator.autosend.sending import analytics, campaigns, thresholds
from emulator.autosend.tables.campaigns import Campaign
from emulator.engine.engine import Turn

BY_A_TEST = "Set by a test"

NOT_BEGUN = frozenset({"draft", "scheduled"})
SENDING = frozenset({"sending", "sending_gradual"})


def put(turn: Turn, campaign: Campaign, state: str) -> None:
    """Set the state of a campaign; start, hold or drop its queue, and cancel its due events.

    A campaign that never began gets its queue if the state is a sending one; if it can not be sent, only its
    state changes.
    """
    is_limited = campaign.status == "paused" and campaign.paused_reason in thresholds.REASONS
    campaign.status, campaign.updated_at = state, turn.now
    if is_limited:
        campaigns.let_limit_rise(turn, campaign)
    _set_times(turn, campaign, state)
    analytics.note_change(turn, campaign)
    turn.cancel(campaigns.subject(campaign))
    if state == "paused":
        campaigns.plan_expiry(turn, campaign)
    if campaign.job_id is None and state in SENDING:
        campaigns.fill_queue(turn, campaign)
    job = campaigns.job_of_campaign(turn.session, campaign)
    if job is None:
        return
    if state in SENDING:
        campaigns.SENDER.go_on(turn, job)
    elif state == "paused":
        campaigns.SENDER.hold(turn, job)
    else:
        campaigns.SENDER.stop(turn, job)


def _set_times(turn: Turn, campaign: Campaign, state: str) -> None:
    """Set the times of a state, and clear those of others; an earlier pause stays recorded."""
    campaign.sent_at = turn.now if state == "sent" else None
    campaign.aborted_at = turn.now if state == "aborted" else None
    campaign.failure_reason = BY_A_TEST if state == "failed" else None
    if state in SENDING and campaign.sending_since is None:
        campaign.sending_since = turn.now
    if state == "paused":
        campaign.paused_at, campaign.paused_reason = turn.now, campaigns.BY_HAND
    if state in NOT_BEGUN:
        campaign.sending_since = campaign.paused_at = campaign.resumed_at = campaign.paused_reason = None
