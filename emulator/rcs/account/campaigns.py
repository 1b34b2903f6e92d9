"""Fixtures of campaigns and their past."""

from collections.abc import Mapping, Sequence
from typing import Literal

from pydantic import Field, model_validator

from emulator.engine.clock import Millis
from emulator.engine.engine import Turn
from emulator.rcs import drafts, sending
from emulator.rcs.account.contacts import ListFixture, Phone
from emulator.rcs.account.tariffs import Money
from emulator.rcs.channels import RCS, SMS
from emulator.rcs.contents import Recipient
from emulator.rcs.tables.account import Account
from emulator.sandbox.fixtures import Duration, Fixture, Moment, Pace

FIRST_CAMPAIGN = 53_700_000


class FallbackFixture(Fixture):
    sender: str
    text: str


class CampaignFixture(Fixture):
    """A campaign and its past: `sent`, `paused` and `stopped` are lengths of time ago."""

    id: int = Field(ge=1, le=FIRST_CAMPAIGN)
    channel: Literal["rcs", "sms"] = "rcs"
    sender: str
    text: str
    phones: list[Phone] = []
    lists: list[int] = []
    created: Moment | None = None
    sent: Duration | None = None
    starts_in: Duration | None = None
    moderation: Duration = sending.MODERATION
    first_batch_in: Duration | None = None
    pace: Pace | None = None
    estimate: Money = 0
    fallback: FallbackFixture | None = None
    paused: Duration | None = None
    stopped: Duration | None = None

    @model_validator(mode="after")
    def _has_one_beginning(self) -> "CampaignFixture":
        if (self.created is None) == (self.sent is None):
            raise ValueError("needs either created or sent")
        return self


def load_campaigns(
    turn: Turn,
    account: Account,
    campaigns: Sequence[CampaignFixture],
    lists: Mapping[int, ListFixture],
    tariff_code: int,
) -> None:
    for campaign in campaigns:
        draft = _draft(turn, campaign, lists, tariff_code)
        created = turn.now - (campaign.sent or 0) if campaign.created is None else campaign.created
        then = Turn(turn.store, turn.ids, created)
        row, _ = drafts.store_campaign(then, account, draft, campaign_id=campaign.id, pace=campaign.pace)
        row.calculated_price = campaign.estimate
        first_batch = _first_batch(turn.now, created, campaign)
        sending.launch(then, row, moderation=campaign.moderation, first_batch=first_batch)
        for action, ago in (("starve", campaign.paused), ("stop", campaign.stopped)):
            if ago is not None:
                turn.schedule(turn.now - ago, "rcs.action", sending.subject(row), action=action)


def _draft(
    turn: Turn, campaign: CampaignFixture, lists: Mapping[int, ListFixture], tariff_code: int
) -> drafts.Draft:
    listed = [phone for list_id in campaign.lists for phone in lists[list_id].all_phones()]
    fallback = campaign.fallback
    return drafts.Draft(
        channel=campaign.channel,
        sender=campaign.sender,
        recipients=[Recipient(phone) for phone in dict.fromkeys((*campaign.phones, *listed))],
        tariff_code=tariff_code,
        options={"text": campaign.text} if campaign.channel == RCS else None,
        text=campaign.text if campaign.channel == SMS else None,
        fallback=drafts.Fallback(**fallback.model_dump()) if fallback else None,
        start_at=None if campaign.starts_in is None else turn.now + campaign.starts_in,
    )


def _first_batch(now: Millis, created: Millis, campaign: CampaignFixture) -> Millis:
    """Return how long after its beginning the campaign's first batch leaves."""
    if campaign.first_batch_in is None:
        return 0
    begins = created + sending.UNTIL_MODERATION + campaign.moderation
    return now + campaign.first_batch_in - begins
