"""Sending policies: limits of how many messages a profile may get in some days."""

from sqlmodel import Field

from emulator.storage.tables import Table, json_object


class SendingPolicy(Table, table=True):
    __tablename__ = "altcraft_sending_policy"

    id: int = Field(primary_key=True)
    name: str
    limits: dict[str, list[int]] = json_object()
    """Messages and days of each limit that there is: `recipient`, `resource`, `channel` and `contact`."""
