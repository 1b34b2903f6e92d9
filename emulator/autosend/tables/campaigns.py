"""Campaigns, and their lifecycles."""

from typing import Annotated, Literal, get_args

from sqlmodel import Field

from emulator.autosend.refusals import AutoSendError, refusal
from emulator.autosend.tables.contacts import GLOBAL_LIST
from emulator.engine.clock import Millis, Planned
from emulator.sending.job_table import Pace
from emulator.sending.lifecycle import Lifecycle
from emulator.storage.columns import OneOf, RowOf
from emulator.storage.store import Store
from emulator.storage.tables import Table, json_list, json_object

OnlyDraftCampaignsCanBeDeleted = refusal(
    400, "ONLY_DRAFT_CAMPAIGNS_CAN_BE_DELETED", "Only draft campaigns can be deleted", form="status"
)


def _cannot_be(done: str, code: str) -> type[AutoSendError]:
    text = f"Campaign cannot be {done} in status {{}}"
    return refusal(400, code, text, inferred="all", example=("draft",))


CannotAbortCampaign = _cannot_be("aborted", "CANNOT_ABORT_CAMPAIGN")
CannotPauseCampaign = _cannot_be("paused", "CANNOT_PAUSE_CAMPAIGN")
CannotResumeCampaign = _cannot_be("resumed", "CANNOT_RESUME_CAMPAIGN")
CannotEditCampaign = _cannot_be("edited", "CANNOT_EDIT_CAMPAIGN")

SendMode = Literal["immediate", "scheduled", "gradual"]
Strategy = Literal["fixed", "1.25x", "1.5x", "1.75x", "2x"]
Preset = Literal["conservative", "balanced", "aggressive"]


class Campaign(Table, table=True):
    __tablename__ = "autosend_campaign"

    id: str = Field(primary_key=True)
    number: int = Field(index=True)
    """The order in which campaigns were made."""
    project_id: Annotated[str, RowOf("autosend_project")] = Field(index=True)
    created_by: str | None
    status: str
    name: str
    subject: str
    preview_text: str = ""
    from_email: str | None = None
    from_name: str | None = None
    from_sender_id: str | None = None
    reply_to: str | None = None
    template_id: str | None = None
    to_lists: list[str] = json_list()
    exclude_lists: list[str] = json_list()
    unsubscribe_group_id: str | None = None
    send_to_global_list: bool = False
    send_mode: Annotated[str, OneOf(*get_args(SendMode))] = "immediate"
    send_now: bool = False
    scheduled_at: Planned | None = None
    timezone: str | None = None
    gradual_strategy: Annotated[str, OneOf(*get_args(Strategy))] | None = None
    daily_batch_size: int | None = None
    gradual_day: int = 0
    """The current day of gradual sending, from 1; 0 before the first."""
    gradual_day_since: Millis = 0
    """Since when that day's mails leave; 0 while they are held (a quota, a suspension, a domain's limit)."""
    gradual_volume: float = 0
    """How many mails that day sends, not rounded; 0 where the next one begins with `daily_batch_size`."""
    tracking_click: bool = True
    tracking_open: bool = True
    threshold_preset: Annotated[str, OneOf(*get_args(Preset))] = "balanced"
    source: str = "api"
    pace: Pace | None = None
    """Mails a second, where the campaign has another pace than its project."""
    job_id: int | None = Field(default=None, index=True)
    total_contacts: int = 0
    suppressed: int = 0
    human_opened: int = 0
    """How many of its mails count as opened by humans."""
    counted_from: int = 0
    """The position of the first mail that counts for the thresholds, since one of them last paused it."""
    analytics: dict[str, int] = json_object()
    """Its counts by status, as of the last refresh."""
    refreshed_at: Millis | None = None
    """When a test last refreshed its analytics; regular refreshes are not recorded here."""
    is_refresh_due: bool = False
    """Whether a refresh is scheduled, because something has changed since the last one."""
    sending_since: Millis | None = None
    sent_at: Millis | None = None
    paused_at: Millis | None = None
    paused_reason: str | None = None
    resumed_at: Millis | None = None
    aborted_at: Millis | None = None
    failure_reason: str | None = None
    created_at: Millis
    updated_at: Millis

    @property
    def campaign_id(self) -> str:
        """The `id`, under the field name that it had before April 2026: clients of both versions exist."""
        return self.id

    @property
    def ended_at(self) -> Millis | None:
        """When the campaign was sent, aborted or failed, None while it has not ended.

        For a failed one, it is the last change: nothing changes it later.
        """
        if self.status not in ENDED:
            return None
        return self.sent_at or self.aborted_at or self.updated_at

    @property
    def deleted_at(self) -> Millis | None:
        """When the draft was deleted, or None. Mails that a test let it send before still refer to it."""
        return self.updated_at if self.status == DELETED else None

    @property
    def is_for_everybody(self) -> bool:
        return self.send_to_global_list or GLOBAL_LIST in self.to_lists


ENDED = frozenset({"sent", "failed", "aborted"})
DELETED = "deleted"


def _lifecycle(entity: str, sending: str, *, is_gradual: bool) -> Lifecycle:
    states = ("draft", "scheduled", sending, "paused", "sent", "failed", "aborted")
    moves = {
        ("draft", "update"): "draft",
        ("draft", "publish"): "scheduled",
        ("draft", "delete"): DELETED,
        ("scheduled", "update"): "scheduled",
        ("scheduled", "publish"): "scheduled",
        ("scheduled", "release"): sending,
        ("scheduled", "abort"): "aborted",
        (sending, "pause"): "paused",
        (sending, "abort"): "aborted",
        (sending, "finish"): "sent",
        (sending, "fail"): "failed",
        ("paused", "resume"): sending,
        ("paused", "reschedule"): "scheduled",
        ("paused", "abort"): "aborted",
        ("paused", "expire"): "aborted",
    }
    if is_gradual:
        moves["scheduled", "pause"] = "paused"
        moves["paused", "adjust"] = "paused"
    return Lifecycle(entity, states, moves)


CAMPAIGN = _lifecycle("campaign", "sending", is_gradual=False)
"""The lifecycle of campaigns with the send mode `immediate` or `scheduled`."""

GRADUAL_CAMPAIGN = _lifecycle("gradual campaign", "sending_gradual", is_gradual=True)
"""The lifecycle of campaigns with the send mode `gradual`."""

REFUSALS: dict[str, type[AutoSendError]] = {
    "update": CannotEditCampaign,
    "adjust": CannotEditCampaign,
    "publish": CannotEditCampaign,
    "delete": OnlyDraftCampaignsCanBeDeleted,
    "pause": CannotPauseCampaign,
    "resume": CannotResumeCampaign,
    "abort": CannotAbortCampaign,
}


def lifecycle_of(campaign: Campaign) -> Lifecycle:
    return GRADUAL_CAMPAIGN if campaign.send_mode == "gradual" else CAMPAIGN


def move(campaign: Campaign, action: str, now: Millis) -> None:
    """Move a campaign to the state that `action` leads to, or raise the refusal of that action."""
    target = lifecycle_of(campaign).target(campaign.status, action)
    if target is None:
        raise REFUSALS[action](campaign.status)
    campaign.status = target
    campaign.updated_at = now


_SEGMENTS_OF_CAMPAIGN = """
SELECT 1 FROM autosend_campaign AS campaign, autosend_contact_list AS list
WHERE campaign.id = ? AND list.type = 'segment' AND list.id IN (
    SELECT value FROM json_each(campaign.to_lists)
    UNION ALL SELECT value FROM json_each(campaign.exclude_lists)
) LIMIT 1
"""


def names_segments(store: Store, campaign_id: str) -> bool:
    """Return whether a campaign includes or excludes segments, in the store's last commit."""
    found = store.connection.execute(_SEGMENTS_OF_CAMPAIGN, (campaign_id,))
    return found.fetchone() is not None
