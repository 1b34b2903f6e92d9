"""Fixtures of the operators that phones belong to, and of statistic jobs."""

from pydantic import Field
from sqlmodel import select

from emulator.engine.engine import Turn
from emulator.rcs import statistics
from emulator.rcs.tables.campaigns import Campaign
from emulator.rcs.tables.statistics import Operator
from emulator.sandbox.fixtures import Fixture
from emulator.sending.messages import Message


class OperatorFixture(Fixture):
    """An operator, and how the numbers of its phones begin: the longest prefix that fits a phone decides."""

    brand: str = Field(min_length=1)
    mcc: str = Field(pattern="^[0-9]{3}$")
    mnc: str = Field(pattern="^[0-9]{2,3}$")
    prefixes: list[str] = Field(min_length=1)


class StatisticJobFixture(Fixture):
    """A job that has collected what became of the messages of a campaign."""

    key: str = Field(pattern="^[0-9a-f]{18}$")
    campaign: int


def load_operators(turn: Turn, operators: list[OperatorFixture]) -> None:
    for operator in operators:
        turn.session.add_all(operator.row(Operator, prefix=prefix) for prefix in operator.prefixes)


def load_statistic_jobs(turn: Turn, jobs: list[StatisticJobFixture]) -> None:
    """Make the jobs, which are done once the campaigns have had their past."""
    for job in jobs:
        campaign = turn.session.get_one(Campaign, job.campaign)
        ids = list(turn.session.exec(select(Message.id).where(Message.job_id == campaign.job_id)))
        asked = {"message_ids": ids}
        statistics.create(turn, asked, asked, key=job.key, takes=0)
