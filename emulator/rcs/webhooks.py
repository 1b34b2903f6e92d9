"""The webhooks of RCS: callbacks of statuses and of pressed buttons.

https://bsg.world/developers/rest-api (callbacks). They go to the message's own `callback_url`, or else to
the account's; no signature and no retries are documented, so there are none.

The account has two addresses, "Callback URL For RCS" and "Callback URL" for all other messages. If only one
is set, it serves both (inferred). The callbacks of a substitute go to the address for its own channel.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

from sqlmodel import Session

from emulator.engine.clock import to_datetime
from emulator.engine.engine import Turn
from emulator.rcs.channels import NOT_YET_SENT, RCS
from emulator.rcs.contents import said
from emulator.rcs.money import cost
from emulator.rcs.prices import decimal
from emulator.rcs.tables.account import Account
from emulator.rcs.tables.campaigns import Dispatch
from emulator.rcs.values import stamp_or_none
from emulator.sending.messages import Message, StatusChange, reached
from emulator.webhooks.events import Destination, Hooks, Notice, targets

STATUS = "status"
CLICK = "click"
"""The type of callback, and the mark, of a recipient who presses a button."""

FOR_RCS, FOR_OTHERS = "callback_url_for_rcs", "callback_url"
"""The fields of the account that have its addresses."""

REPORTED = frozenset({"delivered", "expired", "undelivered", "failed", "not_service_user", "not_viber_user"})
"""The statuses that come with a delivery report, whether the message arrived or not."""

AFTER_REPORT = REPORTED | {"read"}
"""The statuses of messages whose delivery report has come."""


class RcsCallbacks(Hooks):
    provider = "rcs"
    types = (STATUS, CLICK)
    settings: ClassVar[Mapping[str, Any]] = {"field": ""}
    """The field of the account that a target belongs to; empty for a target of all messages."""

    def destinations(self, turn: Turn, job_id: int, channel: str) -> Iterable[Destination]:
        dispatch = turn.session.get(Dispatch, job_id)
        if dispatch is not None and dispatch.callback_url is not None:
            return [Destination(dispatch.callback_url)]
        return _of_channel(targets(turn, self.provider), channel)

    def check_settings(self, settings: Mapping[str, Any]) -> None:
        if settings.get("field", "") not in ("", FOR_RCS, FOR_OTHERS):  # a client's value may be anything
            raise ValueError(f"field must be {FOR_RCS} or {FOR_OTHERS}, or empty for all messages")

    def notices(self, session: Session, message: Message, change: StatusChange) -> Iterator[Notice]:
        dispatch = session.get(Dispatch, message.job_id)
        if dispatch is None:  # an e-mail, of which nobody is told
            return
        if change.status != CLICK:
            yield Notice(STATUS, _status(session, message, dispatch, change))
            return
        button = next(iter(buttons(said(session, message).options or {})), None)
        if button is not None:
            yield Notice(CLICK, _click(message, button, change))


def _of_channel(found: Sequence[Destination], channel: str) -> list[Destination]:
    """Return the account's destinations for messages on a channel."""
    wanted, other = (FOR_RCS, FOR_OTHERS) if channel == RCS else (FOR_OTHERS, FOR_RCS)
    chosen = wanted if wanted in map(_field_of, found) else other
    return [one for one in found if _field_of(one) in {"", chosen}]


def _field_of(destination: Destination) -> Any:
    return destination.target.settings.get("field", "") if destination.target else ""


def buttons(options: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the suggestions of a message, in order."""
    return [button for card in options.get("cards") or [] for button in card.get("suggestions") or []]


def _status(session: Session, message: Message, dispatch: Dispatch, change: StatusChange) -> dict[str, Any]:
    account = session.get_one(Account, dispatch.account_id)
    sent_at, reported_at = _times(session, message, change)
    return {
        "error": 0,
        "errorDescription": "No errors",
        "id": str(message.id),
        "msisdn": message.recipient,
        "reference": message.reference,
        "time_in": stamp_or_none(message.created_at),
        "time_sent": stamp_or_none(sent_at),
        "time_dr": stamp_or_none(reported_at),
        "status": change.status,
        "price": decimal(cost(message.channel, change.status, message.price)),
        "currency": account.currency,
    }


def _click(message: Message, button: dict[str, Any], change: StatusChange) -> dict[str, Any]:
    return {
        "id": str(message.id),
        "reference": message.reference,
        "msisdn": message.recipient,
        "text": button.get("text"),
        "postback": button.get("postback_data"),
        "time_click": f"{to_datetime(change.at):%Y-%m-%dT%H:%M:%S}",
    }


def _times(session: Session, message: Message, change: StatusChange) -> tuple[int | None, int | None]:
    """Return when a message was sent and when its report came, as known at the time of a status."""
    sent_at = reported_at = None
    for status, at in reached(session, message.id, change.id):
        if status in NOT_YET_SENT:
            sent_at = None
        elif status == "sent":
            sent_at = at
        elif status in REPORTED:
            reported_at = at
    return sent_at, reported_at if change.status in AFTER_REPORT else None
