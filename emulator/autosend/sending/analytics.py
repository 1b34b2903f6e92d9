"""The stored analytics of campaigns, refreshed every ten minutes until 20 days after the sending.

https://docs.autosend.com/api-reference/campaigns/analytics. The first refresh is when the sending begins. A
later one is carried out only if something has changed since the last one; otherwise it would store the same
counts.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlmodel import Session, select

from emulator.autosend.sending.delivery import CHANNEL
from emulator.autosend.tables.campaigns import Campaign
from emulator.engine.clock import DAY, MINUTE, Millis
from emulator.engine.engine import Handler, Turn
from emulator.sending.counting import ever_of
from emulator.sending.messages import tally_of

EVERY = 10 * MINUTE
UNTIL = 20 * DAY
"""How long after its end a campaign's analytics are refreshed."""

SUBJECT = "autosend.analytics:"
"""The beginning of the subject of refresh events; the campaign's id follows."""

REFRESH = "autosend.refresh"


def events() -> dict[str, Handler]:
    """Return the handler of the due event of analytics."""
    return {REFRESH: _on_refresh}


def note_change(turn: Turn, campaign: Campaign) -> None:
    """Schedule the next regular refresh of a campaign's analytics, because something has changed."""
    begun = campaign.sending_since
    if campaign.is_refresh_due or begun is None:
        return
    due = begun + ((turn.now - begun) // EVERY + 1) * EVERY
    if due <= _last(campaign, due):
        campaign.is_refresh_due = True
        turn.schedule(due, REFRESH, f"{SUBJECT}{campaign.id}")


def go_back(turn: Turn, was: Millis) -> None:
    """When the clock is set back, schedule the planned refreshes anew."""
    for campaign in turn.session.exec(select(Campaign).where(Campaign.is_refresh_due)).all():
        campaign.is_refresh_due = False
        turn.cancel(f"{SUBJECT}{campaign.id}", REFRESH)
        note_change(turn, campaign)


def refresh(session: Session, campaign: Campaign) -> None:
    """Store a campaign's counts as they are now."""
    campaign.analytics = counts(session, campaign)
    campaign.is_refresh_due = False


def counts(session: Session, campaign: Campaign) -> dict[str, int]:
    """Return a campaign's current counts: how many mails ever had each status, and its own counters."""
    return _with_own(campaign, tally_of(session, campaign.job_id, CHANNEL).ever)


def counts_of(session: Session, campaigns: Sequence[Campaign]) -> dict[str, dict[str, int]]:
    """Return the same counts of several campaigns, by the campaigns' ids."""
    ever = ever_of(session, [one.job_id for one in campaigns if one.job_id is not None], CHANNEL)
    return {one.id: _with_own(one, ever.get(one.job_id or 0, {})) for one in campaigns}


def _with_own(campaign: Campaign, ever: Mapping[str, int]) -> dict[str, int]:
    failed = ever.get("failed", 0)
    total, suppressed = campaign.total_contacts, campaign.suppressed
    is_under_way = campaign.send_mode == "gradual" and campaign.status in {"sending_gradual", "paused"}
    reached = ever.get("sent", 0) + failed + suppressed if is_under_way else total
    own = {
        "total_contacts": total,
        "suppressed": suppressed,
        "human_opened": campaign.human_opened,
        "attempted": max(0, reached - suppressed - failed),
    }
    return dict(ever) | own


def refreshed_at(campaign: Campaign, now: Millis) -> Millis | None:
    """Return when a campaign's analytics were last refreshed, None before its first mail."""
    begun = campaign.sending_since
    if begun is None:
        return None
    by_itself = begun + (_last(campaign, now) - begun) // EVERY * EVERY
    return max(by_itself, campaign.refreshed_at or 0)


def _on_refresh(turn: Turn, about: str, details: Mapping[str, Any]) -> None:
    refresh(turn.session, turn.session.get_one(Campaign, about.removeprefix(SUBJECT)))


def _last(campaign: Campaign, now: Millis) -> Millis:
    """Return until when analytics have been refreshed: `now`, or UNTIL after the campaign's end."""
    ended = campaign.ended_at
    return now if ended is None else min(now, ended + UNTIL)
