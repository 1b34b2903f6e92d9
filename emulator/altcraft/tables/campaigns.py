"""Campaigns, which hold mailings and scenarios, and the states that they go through."""

from typing import Any, Literal, get_args

from emulator.altcraft import refusals
from emulator.altcraft.tables.account import Listable
from emulator.engine.clock import Millis
from emulator.sending.lifecycle import Lifecycle
from emulator.storage.tables import json_object

CampaignState = Literal["cloning", "inactive", "waiting", "active", "completed", "deleted"]


class Campaign(Listable, table=True):
    __tablename__ = "altcraft_campaign"

    state: str
    description: str = ""
    list_id: int
    segment_id: int
    control_group: dict[str, Any] = json_object()
    created_at: Millis
    updated_at: Millis
    updated_user: str


CAMPAIGN = Lifecycle(
    "campaign",
    get_args(CampaignState),
    {
        ("inactive", "activate"): "active",
        ("waiting", "activate"): "active",
        ("active", "activate"): "active",
        ("inactive", "plan"): "waiting",
        ("waiting", "plan"): "waiting",
        ("active", "plan"): "active",
        ("inactive", "deactivate"): "inactive",
        ("waiting", "deactivate"): "inactive",
        ("active", "deactivate"): "inactive",
        ("inactive", "complete"): "completed",
        ("waiting", "complete"): "completed",
        ("active", "complete"): "completed",
    },
)
"""The lifecycle of campaigns. `plan` is activation at a later date, which is followed by `activate` then."""


def move_campaign(campaign: Campaign, action: str, now: Millis) -> None:
    """Take a campaign through `action`. Raises WrongState where its lifecycle has no such move."""
    target = CAMPAIGN.target(campaign.state, action)
    if target is None:
        raise refusals.WrongState("campaign", campaign.id, campaign.state)
    campaign.state = target
    campaign.updated_at = now
