"""Altcraft's webhooks: action hooks, sent in batches.

https://guides.altcraft.com/en/user-guide/integrations/action-hooks/37849819 (events) and …/37849807
(transport). Neither signature nor retries are documented, so there are none. A first opening or click is
reported by two events, the unique one first. The names of `undeliv`, `campaign_start` and the events of promo
codes are inferred from the titles of the settings, in which pushes have no event for undelivered ones.
"""

from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from typing import Any, ClassVar

from sqlmodel import Session
from xxhash import xxh64_hexdigest

from emulator.altcraft.people.showing import ADDRESS, EVENT_SUFFIXES, flat, hashed
from emulator.altcraft.smids import smid
from emulator.altcraft.tables.account import Account
from emulator.altcraft.tables.mailings import Run, Sent
from emulator.altcraft.tables.people import Subscription
from emulator.engine.clock import SECOND, Millis, to_datetime
from emulator.engine.engine import Turn
from emulator.patterns import TooMuchWorkError, UnusablePatternError, pattern
from emulator.sending.messages import Message, StatusChange
from emulator.storage.session import look_up
from emulator.webhooks.announcing import report
from emulator.webhooks.events import Hooks, Notice

UNDELIVERED = "undeliv"
"""The event of messages that bounced or failed; pushes have none."""

BY_STATUS = {
    "sent": ("send",),
    "delivered": ("deliv",),
    "bounced": (UNDELIVERED,),
    "failed": (UNDELIVERED,),
    "opened": ("uopen", "open"),
    "clicked": ("uclick", "click"),
    "unsubscribed": ("unsub",),
}
"""The events of each status; the first of two is sent only once for a message."""

TRACKING = ("uopen", "open", "uclick", "click", "unsub")

OF_LAUNCHES = "campaign_start"
"""The event of a launch, which is told before those of its messages."""

OF_TASKS = "task"
"""The type of deliveries with the result of a finished task, to the address in the request."""

OF_PROFILES = ("promo_attach", "promo_activate")
"""The events of profiles that have no message."""

MOST_EVENTS = 1000
LONGEST_TIMEOUT = 86_400

PLACE = {"ip": "192.0.2.14", "country": ".us"}
"""The place of every recipient in events."""


class ActionHooks(Hooks):
    provider = "altcraft"
    types = (
        "send",
        "deliv",
        UNDELIVERED,
        *TRACKING,
        *(f"{name}_sms" for name in ("uclick", "click", "unsub")),
        *(f"{name}_push" for name in ("uopen", "open", "uclick", "click")),
        OF_LAUNCHES,
        *OF_PROFILES,
    )
    other_types = (OF_TASKS,)
    gathers = True
    settings: ClassVar[dict[str, Any]] = {"batch": 1, "timeout": 10, "pattern": ""}

    def notices(self, session: Session, message: Message, change: StatusChange) -> Iterator[Notice]:
        names = BY_STATUS.get(change.status, ())
        if len(names) > 1 and _happened_before(session, change):
            names = names[1:]
        for name in names:
            type_ = name + EVENT_SUFFIXES[message.channel] if name in TRACKING else name
            if type_ in self.types and not (type_ == UNDELIVERED and message.channel == "push"):
                yield Notice(type_, _event(session, message, change, type_))

    def statuses(self, type_: str) -> Collection[str]:
        if type_ in {OF_LAUNCHES, *OF_PROFILES}:
            return {type_}
        return {status for status, names in BY_STATUS.items() if type_.startswith(names)}

    def check_settings(self, settings: Mapping[str, Any]) -> None:
        batch, timeout = settings.get("batch", 1), settings.get("timeout", 1)
        if type(batch) is not int or not 1 <= batch <= MOST_EVENTS:
            raise ValueError(f"batch must be a number from 1 to {MOST_EVENTS}")
        if type(timeout) not in {int, float} or not 0 < timeout <= LONGEST_TIMEOUT:
            raise ValueError(f"timeout must be a number of seconds above 0, up to {LONGEST_TIMEOUT}")
        wanted = settings.get("pattern", "")
        if not isinstance(wanted, str):
            raise ValueError("pattern must be a regular expression")  # noqa: TRY004 -- the contract's error
        try:
            pattern(wanted)
        except UnusablePatternError as error:
            raise ValueError(f"pattern {error}") from error

    def is_accepted(self, settings: Mapping[str, Any], status: int, answer: str) -> bool:
        wanted = settings.get("pattern", "")
        if wanted:
            # An earlier version may have stored an unusable pattern; a long answer may take too much work.
            with suppress(UnusablePatternError, TooMuchWorkError):
                return pattern(wanted).is_in(answer)
            return False
        return status == 200  # noqa: PLR2004 -- OK


HOOKS = ActionHooks()


def _happened_before(session: Session, change: StatusChange) -> bool:
    """Return whether the message had the same status before a change, which is in its history already."""
    (earlier,) = look_up(session, _EARLIER, (change.message_id, change.status, change.id)).fetchone()
    return bool(earlier)


# A change that happens just now has no id yet.
_EARLIER = """
    SELECT ?3 IS NOT NULL AND count(*) > 0 OR count(*) > 1 FROM status_change
    WHERE message_id = ?1 AND status = ?2 AND (?3 IS NULL OR id < ?3)
"""


def tell_of_profile(turn: Turn, type_: str, profile_id: str, data: Mapping[str, Any]) -> None:
    """Send an event of a profile that is not about a message; `data` has the event's own fields."""
    account = turn.session.get_one(Account, 1).number
    person = {**_profile_fields(turn.session, profile_id), **NO_SUBSCRIPTION}
    told = _body(type_, turn.now, account, person, data)
    report(turn, HOOKS, "", Notice(type_, told))


def tell_of_launch(turn: Turn, run: Run) -> None:
    """Send the event of a launch: by a schedule, a request, or the start of a trigger."""
    account = turn.session.get_one(Account, 1).number
    database = {"list_id": run.data_id} if run.data_type == "list" else {}
    data = _launched(run, 0) | {"launch_id": launch_id(account, run.mailing_id, run.at)}
    told = _body(OF_LAUNCHES, turn.now, account, {"_xxh": "", **database, **NO_SUBSCRIPTION}, data)
    report(turn, HOOKS, "", Notice(OF_LAUNCHES, told | {"custom_data": run.custom_data}))


NO_SUBSCRIPTION: Mapping[str, Any] = {"subscription_hash_id": "", "subscription": []}


def _event(session: Session, message: Message, change: StatusChange, type_: str) -> dict[str, Any]:
    run = session.get_one(Run, message.job_id)
    account = session.get_one(Account, 1).number
    person, data = _person(session, run, message), _data(run, account, message, type_)
    return _body(type_, change.at, account, person, data) | {"custom_data": run.custom_data}


def _body(
    type_: str, at: Millis, account: int, person: Mapping[str, Any], data: Mapping[str, Any]
) -> dict[str, Any]:
    return {
        "event_type": type_,
        "event_date": f"{to_datetime(at):%Y-%m-%dT%H:%M:%S.%f}000Z",
        **person,
        "account_id": account,
        "is_test": False,
        "is_static": False,
        "custom_data": {},
        "event_data": data,
    }


def _person(session: Session, run: Run, message: Message) -> dict[str, Any]:
    """Return the fields of a message's recipient: the profile and its subscription."""
    sent = session.get(Sent, message.id)
    person = _profile_fields(session, sent.profile_id) if sent else {}
    if sent is None or not person:
        return {"subscription": [_own_address(run, message)]}
    subscription = session.get(Subscription, sent.subscription_id) if sent.subscription_id else None
    if subscription is None:
        identity = f"{sent.profile_id}/{run.resource_id}/{message.channel}/{message.recipient}"
        person["subscription_hash_id"] = xxh64_hexdigest(identity.encode())[:8]
        person["subscription"] = [_own_address(run, message)]
    else:
        person["subscription_hash_id"] = subscription.hash_id
        person["subscription"] = [flat(subscription)]
    return person


def _profile_fields(session: Session, profile_id: str) -> dict[str, Any]:
    """Return the fields that identify a profile in events; none of one that was deleted."""
    found = look_up(session, _PROFILE, (profile_id,)).fetchone()
    if found is None:
        return {}
    xxh, database_id, email = found
    md5 = {"_md5": hashed(email)} if email else {}
    return {"profile_id": profile_id, "_xxh": xxh, "list_id": database_id, **md5}


_PROFILE = "SELECT xxh, database_id, email FROM altcraft_profile WHERE id = ?"


def _own_address(run: Run, message: Message) -> dict[str, Any]:
    """Return the fields of a subscription for a message to a profile's own address."""
    address = {ADDRESS[message.channel]: message.recipient}
    return {"resource_id": run.resource_id, "channel": message.channel, "status": "subscribed"} | address


def _data(run: Run, account: int, message: Message, type_: str) -> dict[str, Any]:
    data = _launched(run, message.position)
    if type_ in {"send", "deliv", UNDELIVERED}:
        return data
    launch = launch_id(account, run.mailing_id, run.at)
    return data | {"launch_id": launch, "send_message_id": smid(message.id)} | PLACE


def _launched(run: Run, position: int) -> dict[str, Any]:
    """Return the fields of a launch, and of the template of its message at a position."""
    return {
        "message_id": run.content_of(position).get("message_id", 0),
        "campaign_id": run.mailing_id,
        "segment_id": run.data_id if run.data_type == "segment" else 0,
        "resource_id": run.resource_id,
    }


def launch_id(account: int, mailing_id: int, at: Millis) -> str:
    """Return the id of a launch of a mailing: 24 hex digits."""
    return f"{account:08x}{mailing_id:08x}{at // SECOND:08x}"
