"""The audience: the profiles of a set that a launch reaches. Counters use the same checks, except policies.

A profile is reached by a subscription to the wanted resource or, without a resource, by its own address. A
profile is left out that has no such address, or is held back by its global status, the subscription's status,
a suppression list, or a sending policy.
https://guides.altcraft.com/en/developer-guide/objects/Subscription-status_2195807 and
…/developer-guide/suppression-lists.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlmodel import Session

from emulator.altcraft.choosing.policies import NAME as BY_POLICY
from emulator.altcraft.choosing.policies import NOBODY, Holding
from emulator.altcraft.choosing.selected import Selected
from emulator.sending.headers import domain_sql
from emulator.storage.session import look_up
from emulator.storage.sqlite import json_text

SUPPRESSED_KINDS = {"email": "email", "sms": "phone"}
"""The kind of a channel's addresses in suppression lists."""


@dataclass(frozen=True)
class Audience:
    """A set of profiles to reach, and the conditions of reaching them."""

    people: Selected
    channel: str
    resource_id: int = 0
    """The resource whose subscribers are meant; 0 for the profiles' own addresses."""
    for_confirm: bool = False
    """Whether unconfirmed subscriptions are used, too."""
    is_unconditional: bool = False
    """Whether statuses, suppression lists and policies are ignored."""
    providers: Sequence[str] = ()
    """The providers whose push subscriptions are used; empty for all."""
    address: str = ""
    """The only address that is used; empty for any."""
    is_fanout: bool = True
    """Whether all push subscriptions of a profile are meant, rather than the latest."""
    templates: Sequence[int] = ()
    """The templates that are sent; their suppression lists hold back, too."""
    policy: Holding = NOBODY
    """The condition by which a sending policy holds profiles back."""

    @property
    def takes_all(self) -> bool:
        """Whether it reaches a profile by all of its subscriptions."""
        return self.channel == "push" and self.is_fanout


class Recipient(NamedTuple):
    """A profile that is reached, and the address that it is reached by."""

    profile_id: str
    subscription_id: int | None
    address: str
    email: str | None
    """The profile's own e-mail."""


class Held(NamedTuple):
    """Why a profile is held back, and the address that is; what else is known of a profile without one."""

    reason: str
    address: str


@dataclass
class Reached:
    """The profiles of an audience that are reached now, and those that are held back."""

    recipients: list[Recipient] = field(default_factory=list)
    held: dict[str, Held] = field(default_factory=dict)
    """The first reason why an address is held back, by profile. Another address of it may be reached."""

    def keep(self, recipients: list[Recipient], reason: str) -> None:
        """Keep these recipients, and hold the others back for a reason."""
        if len(recipients) < len(self.recipients):
            kept = set(recipients)
            for one in (one for one in self.recipients if one not in kept):
                self.held.setdefault(one.profile_id, Held(reason, one.address))
        self.recipients = recipients

    def left_out(self) -> Mapping[str, Sequence[str]]:
        """Return an address of each profile that is not reached by any, by the reason."""
        reached = {one.profile_id for one in self.recipients} if self.held else set[str]()
        found = defaultdict[str, list[str]](list)
        for profile_id, held in self.held.items():
            if profile_id not in reached:
                found[held.reason].append(held.address)
        return found


def reach(session: Session, audience: Audience) -> Reached:
    """Return the profiles reached, the oldest first; each is there once, except with push fanout."""
    parameters = {
        **audience.people.parameters,
        **audience.policy.parameters,
        "channel": audience.channel,
        "kind": SUPPRESSED_KINDS.get(audience.channel, audience.channel),
        "resource": audience.resource_id,
        "for_confirm": audience.for_confirm,
        "unconditional": audience.is_unconditional,
        "providers": json_text(list(audience.providers)),
        "address": audience.address,
        "templates": json_text(list(audience.templates)),
    }
    reached, seen, reasons = Reached(), set[str](), _reasons(audience)
    held = dict[str, tuple[int, str]]()
    latest_first = audience.channel == "push"
    for *row, check in look_up(session, _judged(audience, latest_first=latest_first), parameters):
        recipient = Recipient(*row)
        if check:
            first, _ = held.get(recipient.profile_id, (len(reasons), ""))
            if check < first:
                held[recipient.profile_id] = check, _known_by(recipient)
        elif audience.takes_all or recipient.profile_id not in seen:
            seen.add(recipient.profile_id)
            reached.recipients.append(recipient)
    reached.held = {profile_id: Held(reasons[check], known) for profile_id, (check, known) in held.items()}
    return reached


def _known_by(one: Recipient) -> str:
    """Return the address of a recipient or, where there is none on the channel, the e-mail or the id."""
    return one.address or one.email or one.profile_id


def count_subscribed(session: Session, people: Selected, resource_id: int) -> Mapping[tuple[str, str], int]:
    """Return how many subscriptions of a resource the profiles of a set have, by channel and status.

    A status `<number>` counts all subscriptions, `<number> sendable` those that a launch would reach.
    """
    parameters = {**people.parameters, "resource": resource_id, "templates": "[]"}
    counted = Counter[tuple[str, str]]()
    for channel, status, is_sendable, number in look_up(session, _counting(people), parameters):
        counted[channel, str(status)] += number
        if is_sendable:
            counted[channel, f"{status} sendable"] += number
    return counted


def _reasons(audience: Audience) -> Sequence[str]:
    """Return the reason for each number of a failed check; 0 stands for no failure."""
    is_own = not audience.resource_id and audience.channel in _OWN
    missing = "a missing address" if is_own else "the resource"
    return "", missing, "the global status", "the subscription's status", "a suppression list", BY_POLICY


def _judged(audience: Audience, *, latest_first: bool) -> str:
    """Return the statement for all addresses of the audience, each with the first check that fails, or 0."""
    by_subscription = (
        "registered_at DESC, hash_id" if latest_first else "priority, registered_at DESC, id DESC"
    )
    who = _SUBSCRIBED if audience.resource_id else _OWN.get(audience.channel, _NOBODY)
    join = "JOIN" if audience.address else "LEFT JOIN"  # profiles without the wanted address are not found
    order = f"number, {by_subscription}" if audience.resource_id else "number"
    return f"""
        WITH reachable AS ({who.format(people=audience.people.sql, join=join)})
        SELECT profile_id, id, address, email, CASE
            WHEN address IS NULL THEN 1
            WHEN :unconditional THEN 0
            WHEN global_status <> 0 THEN 2
            WHEN status <> 0 AND NOT (:for_confirm AND status = 4) THEN 3
            WHEN {_SUPPRESSED} THEN 4
            WHEN {audience.policy.condition} THEN 5
            ELSE 0
        END FROM reachable ORDER BY {order}
    """


def _counting(people: Selected) -> str:
    return f"""
        WITH reachable AS ({_SUBSCRIPTIONS.format(people=people.sql, join="JOIN", on="")})
        SELECT channel, status, global_status = 0 AND NOT {_SUPPRESSED}, count(*)
        FROM reachable GROUP BY 1, 2, 3
    """


_SUBSCRIPTIONS = """
    SELECT profile.id AS profile_id, profile.number, profile.database_id, profile.email,
        profile.status AS global_status, subscription.id, subscription.address, subscription.status,
        subscription.priority, subscription.registered_at, subscription.hash_id, subscription.channel,
        CASE subscription.channel WHEN 'sms' THEN 'phone' ELSE subscription.channel END AS kind
    FROM altcraft_profile AS profile
    {join} altcraft_subscription AS subscription ON subscription.profile_id = profile.id
        AND subscription.resource_id = :resource AND NOT subscription.is_deleted {on}
    WHERE profile.id IN ({people})
"""
_SUBSCRIBED = _SUBSCRIPTIONS.replace(
    "{on}",
    """AND subscription.channel = :channel
        AND (:providers = '[]' OR subscription.provider IN (SELECT value FROM json_each(:providers)))
        AND (:address = '' OR subscription.address = :address)""",
)
_BY_OWN_ADDRESS = """
    SELECT profile.id AS profile_id, profile.number, profile.database_id, profile.email,
        profile.status AS global_status, NULL AS id, {address} AS address, 0 AS status, :kind AS kind
    FROM altcraft_profile AS profile
    WHERE profile.id IN ({{people}}) AND (:address = '' OR {address} = :address)
"""
_OWN = {
    "email": _BY_OWN_ADDRESS.format(address="profile.email"),
    "sms": _BY_OWN_ADDRESS.format(address="json_extract(profile.phones, '$[0]')"),
}
"""The statements by the profiles' own addresses."""

_NOBODY = _BY_OWN_ADDRESS.format(address="NULL")
"""On other channels, on which profiles have no address of their own."""

_HOLDS = """(
    held.list_id IN (SELECT id FROM altcraft_suppression_list WHERE is_global) OR held.list_id = (
        SELECT suppress_id FROM altcraft_database WHERE altcraft_database.id = reachable.database_id
    ) OR held.list_id IN (
        SELECT suppress_id FROM altcraft_template WHERE id IN (SELECT value FROM json_each(:templates))
    )
)"""
_SUPPRESSED = f"""(
    CASE WHEN reachable.kind IN (SELECT kind FROM altcraft_suppressed) THEN EXISTS (
        SELECT 1 FROM altcraft_suppressed AS held
        WHERE held.kind = reachable.kind AND held.md5 = md5(reachable.address) AND {_HOLDS}
    ) ELSE 0 END OR
    CASE WHEN reachable.kind = 'email' AND 'domain' IN (SELECT kind FROM altcraft_suppressed) THEN EXISTS (
        SELECT 1 FROM altcraft_suppressed AS held WHERE held.kind = 'domain' AND {_HOLDS}
        AND held.md5 = md5({domain_sql("reachable.address")})
    ) ELSE 0 END
)"""
"""Whether a suppression list has the address or its domain: global, of the database, or of a template.

Entries are found by their MD5, as a list may have nothing else of them. Python computes it, which is the
slowest part and holds other threads; so it is not computed if no list has entries of the kind.
"""
