"""Sending policies, which hold back profiles that got enough messages.

https://guides.altcraft.com/en/user-guide/settings/9405554. A mailing's policy wins over its resource's, and
that over the account's. Messages count from when they were sent; queued ones from their launch. Messages do
not count that were dropped, could not be sent, or belong to the launch itself, nor those that are later than
now because the clock was set back.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlmodel import Session

from emulator.altcraft.tables.account import Account
from emulator.altcraft.tables.mailings import Mailing
from emulator.altcraft.tables.people import Resource
from emulator.altcraft.tables.policies import SendingPolicy
from emulator.engine.clock import DAY, Millis
from emulator.sending.outcomes import FORCED

NAME = "the sending policy"
"""The name of the reason in the logs of mailings."""


class Holding(NamedTuple):
    """The SQL condition that a policy holds an address back, and its parameters."""

    condition: str
    parameters: Mapping[str, Any]


NOBODY = Holding("0", {})


def holding(session: Session, mailing: Mailing, now: Millis) -> Holding:
    """Return the condition by which the policy of a mailing holds back now."""
    policy = _policy_of(session, mailing)
    if policy is None or not policy.limits:
        return NOBODY
    parameters: dict[str, Any] = {"policy_resource": mailing.resource_id, "policy_now": now}
    for name, (messages, days) in policy.limits.items():
        parameters |= {f"{name}_messages": messages, f"{name}_since": now - days * DAY}
    return Holding(f"({' OR '.join(_LIMITS[name] for name in policy.limits)})", parameters)


def _policy_of(session: Session, mailing: Mailing) -> SendingPolicy | None:
    resource = session.get(Resource, mailing.resource_id) if mailing.resource_id else None
    of_resource = resource.policy_id if resource else 0
    number = mailing.policy_id or of_resource or session.get_one(Account, 1).policy_id
    return session.get(SendingPolicy, number) if number else None


_IS_NOT_SENT = (
    "(message.status IN ('cancelled', 'failed') OR job.state = 'stopped' AND message.status = 'queued')"
)

_SENT_AT = "coalesce(message.sent_at, run.at)"

_LAST_SENT_AT = f"""(
    SELECT last.sent_at FROM message AS last
    WHERE last.job_id = run.job_id AND last.channel = :channel AND last.outcome <> '{FORCED}'
    ORDER BY last.position DESC LIMIT 1
)"""
"""When the last message of a run was sent: messages leave in order, except forced ones."""

_COUNTS = f"""
    SELECT count(*) FROM altcraft_sent AS got
    JOIN message ON message.id = got.message_id
    JOIN altcraft_run AS run ON run.job_id = message.job_id
    JOIN job ON job.id = message.job_id
    WHERE {_SENT_AT} <= :policy_now AND NOT {_IS_NOT_SENT}
"""
_OF_PROFILE = f"{_COUNTS} AND got.profile_id = reachable.profile_id"

_LIMITS = {
    "recipient": f"({_OF_PROFILE} AND {_SENT_AT} > :recipient_since) >= :recipient_messages",
    "resource": f"""(
        {_OF_PROFILE} AND {_SENT_AT} > :resource_since AND run.resource_id = :policy_resource
    ) >= :resource_messages""",
    "channel": f"""(
        {_OF_PROFILE} AND {_SENT_AT} > :channel_since AND message.channel = :channel
    ) >= :channel_messages""",
    "contact": f"""reachable.address IN (
        SELECT message.recipient FROM altcraft_run AS run
        CROSS JOIN message ON message.job_id = run.job_id JOIN job ON job.id = run.job_id
        WHERE coalesce({_LAST_SENT_AT}, :policy_now) > :contact_since  -- else all of the run is older
        AND {_SENT_AT} > :contact_since AND {_SENT_AT} <= :policy_now AND message.channel = :channel
        AND NOT {_IS_NOT_SENT}
        GROUP BY message.recipient HAVING count(*) >= :contact_messages
    )""",
}
"""The condition of each limit: that an address or its profile got as many messages as it allows."""
