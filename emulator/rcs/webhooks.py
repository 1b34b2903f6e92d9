"""What RCS tells its clients: callbacks of statuses and of pressed buttons.

https://bsg.world/developers/rest-api (callbacks). They go to the message's own `callback_url`, else to
the account's; neither signature nor retries are documented, so there are none.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sqlmodel import Session

from emulator.engine.clock import to_datetime
from emulator.engine.engine import Turn
from emulator.rcs.contents import said
from emulator.rcs.money import cost
from emulator.rcs.prices import decimal
from emulator.rcs.tables.account import Account
from emulator.rcs.tables.campaigns import Dispatch
from emulator.rcs.values import stamp_or_none
from emulator.sending.messages import Message, StatusChange
from emulator.webhooks.events import Destination, Hooks, Notice, targets

STATUS = "status"
CLICK = "click"
"""Not a status: what a recipient does who presses a button of the message."""


REPORTED = frozenset({"delivered", "expired", "undelivered", "failed", "not_service_user", "not_viber_user"})
"""The statuses that a delivery report brings; its time is shown whether the message arrived or not."""


class RcsCallbacks(Hooks):
    provider = "rcs"
    types = (STATUS, CLICK)

    def destinations(self, turn: Turn, job_id: int) -> Iterable[Destination]:
        dispatch = turn.session.get(Dispatch, job_id)
        if dispatch is not None and dispatch.callback_url is not None:
            return [Destination(dispatch.callback_url)]
        return targets(turn, self.provider)

    def notices(self, session: Session, message: Message, change: StatusChange) -> Iterator[Notice]:
        dispatch = session.get(Dispatch, message.job_id)
        if dispatch is None:  # an e-mail, of which nobody is told
            return
        if change.status != CLICK:
            yield Notice(STATUS, _status(session, message, dispatch, change))
            return
        button = first_button(said(session, dispatch, message).options or {})
        if button is not None:
            yield Notice(CLICK, _click(message, button, change))


def first_button(options: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the first suggestion of a message that has one."""
    for card in options.get("cards") or []:
        for button in card.get("suggestions") or []:
            found: dict[str, Any] = button
            return found
    return None


def _status(session: Session, message: Message, dispatch: Dispatch, change: StatusChange) -> dict[str, Any]:
    account = session.get_one(Account, dispatch.account_id)
    return {
        "error": 0,
        "errorDescription": "No errors",
        "id": str(message.id),
        "msisdn": message.recipient,
        "reference": message.reference,
        "time_in": stamp_or_none(message.created_at),
        "time_sent": stamp_or_none(_by(message.sent_at, change)),
        "time_dr": stamp_or_none(
            change.at if change.status in REPORTED else _by(message.delivered_at, change)
        ),
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


def _by(at: int | None, change: StatusChange) -> int | None:
    """Return an instant, or None if it is after the status was reached."""
    return at if at is not None and at <= change.at else None
