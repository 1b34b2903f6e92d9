"""Fixtures of the operators that phones belong to, and of statistic jobs."""

from typing import Annotated

from pydantic import Field
from sqlmodel import select

from emulator.engine.engine import Turn
from emulator.rcs import statistics
from emulator.rcs.tables.campaigns import Campaign
from emulator.rcs.tables.statistics import Operator
from emulator.sandbox.fixtures import Fixture, In, Unique
from emulator.sending.messages import Message


class OperatorFixture(Fixture):
    """An operator, and how the numbers of its phones begin: the longest prefix that fits a phone decides."""

    brand: str = Field(min_length=1)
    mcc: str = Field(pattern="^[0-9]{3}$")
    mnc: str = Field(pattern="^[0-9]{2,3}$")
    prefixes: list[Annotated[str, Field(pattern="^[1-9][0-9]{0,14}$")]] = Field(min_length=1)

    def store(self, turn: Turn) -> None:
        turn.session.add_all(self.row(Operator, prefix=prefix) for prefix in self.prefixes)


class StatisticJobFixture(Fixture):
    """A job that has collected what became of the messages of a campaign."""

    key: Annotated[str, Unique()] = Field(pattern="^[0-9a-f]{18}$")
    campaign: Annotated[int, In("campaigns")]

    def store(self, turn: Turn) -> None:
        """Store the job; it is done at once, after the campaign's past."""
        campaign = turn.session.get_one(Campaign, self.campaign)
        asked = {
            "message_ids": list(
                turn.session.exec(select(Message.id).where(Message.job_id == campaign.job_id))
            )
        }
        statistics.create(turn, asked, asked, key=self.key, takes=0)
