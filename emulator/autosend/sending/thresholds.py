"""The shares of bounces and complaints at which a gradual campaign is paused.

https://docs.autosend.com/marketing-emails/domain-warmup: a campaign's preset pauses it until its user resumes
it. The system's own limits pause it until support resumes it, and count if both are crossed.
"""

from collections.abc import Mapping

from sqlmodel import Session

from emulator.autosend.sending.delivery import CHANNEL
from emulator.autosend.tables.account import Project
from emulator.autosend.tables.campaigns import Campaign
from emulator.sending.job_table import Job
from emulator.sending.messages import tally_of
from emulator.storage.session import look_up
from emulator.storage.sqlite import json_text

PRESETS = {"conservative": (0.02, 0.0005), "balanced": (0.03, 0.0007), "aggressive": (0.05, 0.001)}
"""The shares of bounces and of complaints above which a campaign with a preset is paused."""

BOUNCE_LIMIT, FIRST_BOUNCE_LIMIT, FIRST = 0.10, 0.15, 500
"""The system's limits of bounces: the second one holds for the first 500 mails."""

PRESET_EXCEEDED = "Bounce or complaint threshold exceeded"
LIMIT_EXCEEDED = "Bounce or complaint limit exceeded"
"""The `pausedReason` of the two (inferred); after the second, only support can resume the campaign."""

REASONS = frozenset({PRESET_EXCEEDED, LIMIT_EXCEEDED})

COUNTED = ("sent", "bounced", "complained")


def reason_to_pause(session: Session, campaign: Campaign) -> str | None:
    """Return why a campaign is to be paused, None if nothing is exceeded since it was last resumed."""
    sent, bounced, complained = _since_resumed(session, campaign)
    complaint_limit = session.get_one(Project, campaign.project_id).complaint_limit
    bounce_limit = FIRST_BOUNCE_LIMIT if sent <= FIRST else BOUNCE_LIMIT
    if bounced > bounce_limit * sent or complained > complaint_limit * sent:
        return LIMIT_EXCEEDED
    bounces, complaints = PRESETS[campaign.threshold_preset]
    return PRESET_EXCEEDED if bounced > bounces * sent or complained > complaints * sent else None


def count_anew(campaign: Campaign, job: Job | None) -> None:
    """Compute the shares from the mails that are sent from now on."""
    campaign.counted_from = job.position if job else 0


def _since_resumed(session: Session, campaign: Campaign) -> tuple[int, ...]:
    if not campaign.counted_from:
        ever: Mapping[str, int] = tally_of(session, campaign.job_id, CHANNEL).ever
    else:
        place = (campaign.job_id, CHANNEL, campaign.counted_from, json_text(COUNTED))
        ever = dict(look_up(session, _LATER, place).fetchall())
    return tuple(ever.get(name, 0) for name in COUNTED)


_LATER = """
    SELECT change.status, count(DISTINCT message.id)
    FROM message JOIN status_change AS change ON change.message_id = message.id
    WHERE job_id = ? AND channel = ? AND position >= ?
      AND change.status IN (SELECT value FROM json_each(?)) GROUP BY 1
"""
