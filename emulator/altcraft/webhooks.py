"""What Altcraft tells its clients: action hooks, in batches.

https://guides.altcraft.com/en/user-guide/integrations/action-hooks/37849819 (events) and …/37849807
(transport). Neither signature nor retries are documented, so there are none. A first opening or click
is reported as unique and as such; what bounced or failed has no event among those documented.
"""

import re
from collections.abc import Iterator, Mapping
from hashlib import md5
from typing import Any, ClassVar

from sqlmodel import Session, col, or_, select

from emulator.altcraft.tables import Account, Mailing, Profile
from emulator.engine.clock import to_datetime
from emulator.sending.jobs import Job
from emulator.sending.messages import Message, StatusChange
from emulator.webhooks.events import Hooks, Notice, Target

BY_STATUS = {
    "sent": ("send",),
    "delivered": ("deliv",),
    "opened": ("uopen", "open"),
    "clicked": ("uclick", "click"),
    "unsubscribed": ("unsub",),
}

SUFFIXES = {"email": "", "sms": "_sms", "push": "_push"}
"""What the names of tracking events end with on a channel."""

TRACKING = ("uopen", "open", "uclick", "click", "unsub")

MOST_EVENTS = 1000
LONGEST_TIMEOUT = 86_400

PLACE = {"ip": "192.0.2.14", "country": ".us"}
"""Where every recipient is said to be."""


class ActionHooks(Hooks):
    provider = "altcraft"
    types = (
        "send",
        "deliv",
        *TRACKING,
        *(f"{name}_sms" for name in ("uclick", "click", "unsub")),
        *(f"{name}_push" for name in ("uopen", "open", "uclick", "click")),
    )
    gathers = True
    settings: ClassVar[dict[str, Any]] = {"batch": 1, "timeout": 10, "pattern": ""}

    def notices(self, session: Session, message: Message, change: StatusChange) -> Iterator[Notice]:
        for name in BY_STATUS.get(change.status, ()):
            type_ = name + SUFFIXES[message.channel] if name in TRACKING else name
            if type_ in self.types:
                yield Notice(type_, _event(session, message, change, type_))

    def check_settings(self, settings: Mapping[str, Any]) -> None:
        batch, timeout = settings.get("batch", 1), settings.get("timeout", 1)
        if type(batch) is not int or not 1 <= batch <= MOST_EVENTS:
            raise ValueError(f"batch must be a number from 1 to {MOST_EVENTS}")
        if type(timeout) not in {int, float} or not 0 < timeout <= LONGEST_TIMEOUT:
            raise ValueError(f"timeout must be a number of seconds above 0, up to {LONGEST_TIMEOUT}")
        try:
            re.compile(settings.get("pattern", ""))
        except (re.error, TypeError) as error:
            raise ValueError(f"pattern must be a regular expression: {error}") from error

    def is_accepted(self, target: Target | None, status: int, answer: str) -> bool:
        pattern = target.settings.get("pattern", "") if target else ""
        if pattern:
            return re.search(pattern, answer) is not None
        return status == 200  # noqa: PLR2004 -- OK


def _event(session: Session, message: Message, change: StatusChange, type_: str) -> dict[str, Any]:
    job = session.get_one(Job, message.job_id)
    mailing = session.get(Mailing, int(job.owner.rpartition("/")[2]))
    profile = _profile(session, mailing, message)
    person: dict[str, Any] = {}
    if profile is not None:
        person["profile_id"] = profile.id
        person["list_id"] = profile.database_id
        if profile.email:
            person["_md5"] = md5(profile.email.encode(), usedforsecurity=False).hexdigest()
    return {
        "event_type": type_,
        "event_date": f"{to_datetime(change.at):%Y-%m-%dT%H:%M:%S.%f}000Z",
        **person,
        "account_id": session.get_one(Account, 1).number,
        "is_test": False,
        "is_static": False,
        "custom_data": {},
        "event_data": _data(mailing, type_),
    }


def _data(mailing: Mailing | None, type_: str) -> dict[str, Any]:
    if mailing is None:
        return {}
    data = {
        "message_id": mailing.content[0]["message_id"] if mailing.content else 0,
        "campaign_id": mailing.id,
        "segment_id": mailing.data_id if mailing.data_type == "segment" else 0,
        "resource_id": mailing.resource_id,
    }
    return data if type_ in {"send", "deliv"} else data | PLACE


def _profile(session: Session, mailing: Mailing | None, message: Message) -> Profile | None:
    reached = or_(
        Profile.email == message.recipient,
        Profile.phone == message.recipient,
        Profile.id == message.recipient,
    )
    statement = select(Profile).where(reached).order_by(col(Profile.number))
    if mailing is not None and mailing.data_type == "list":
        statement = statement.where(Profile.database_id == mailing.data_id)
    return session.exec(statement).first()
