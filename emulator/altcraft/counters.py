"""The counters of databases, resources and segments: how many subscriptions can be sent to.

https://guides.altcraft.com/en/developer-guide/databases/get-counters and …/segments/get-counters. They are
live, and use the checks of a launch (choosing/audience.py), except sending policies.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlmodel import Session

from emulator.altcraft.choosing.audience import count_subscribed
from emulator.altcraft.choosing.selected import Selected
from emulator.altcraft.people.values import UNCONFIRMED
from emulator.altcraft.tables.people import STATUSES, Resource
from emulator.storage.session import look_up

ALWAYS_COUNTED = ("email", "sms", "push")
"""The channels that are counted even if the resource does not have them."""


class Counted(NamedTuple):
    """The people of a database, and the resource, whose subscriptions are counted."""

    people: Selected
    database_id: int
    resource: Resource


def count_people(session: Session, people: Selected) -> int:
    """Return how many profiles a set has."""
    counting = f"SELECT count(*) FROM ({people.sql})"  # noqa: S608 -- a statement of our own
    number: int = look_up(session, counting, dict(people.parameters)).fetchone()[0]
    return number


def all_statuses(session: Session, asked: Counted) -> list[dict[str, Any]]:
    """Return the counters of each channel, for each status a subscription can have."""
    total = count_people(session, asked.people)
    counted = count_subscribed(session, asked.people, asked.resource.id)
    return [
        {
            "channel": channel,
            "status": {
                "all": total,
                **{name: counted[channel, str(number)] for number, name in enumerate(STATUSES)},
                **_sendable(counted, channel),
            },
        }
        for channel in _channels(asked.resource)
    ]


def sendable(session: Session, people: Selected, resource: Resource) -> list[dict[str, Any]]:
    """Return how many subscriptions of each channel a launch would reach."""
    counted = count_subscribed(session, people, resource.id)
    return [{"channel": one, "status": _sendable(counted, one)} for one in _channels(resource)]


def _channels(resource: Resource) -> list[str]:
    return list(dict.fromkeys([*ALWAYS_COUNTED, *resource.channels]))


def _sendable(counted: Mapping[tuple[str, str], int], channel: str) -> dict[str, int]:
    return {
        "subscribed_sendable": counted[channel, "0 sendable"],
        "unconfirmed_sendable": counted[channel, f"{UNCONFIRMED} sendable"],
    }
