"""How a request to register a sender becomes a sender that may be used.

https://bsg.world/documentations/rest-api/senders/
"""

from collections.abc import Mapping
from typing import Any

from sqlmodel import select

from emulator.engine.clock import SECOND
from emulator.engine.engine import Handler, Turn
from emulator.rcs.tables.account import Sender, SenderRequest

STEP = 20 * SECOND
"""How long each of the states before the last one takes."""

NEXT = {"new": "accepted", "accepted": "in_progress", "in_progress": "registered"}
REJECTION = "Rejected by the emulator"
REQUEST_IDS = "rcs.sender_request"
SENDER_IDS = "rcs.sender"


def submit(turn: Turn, request: SenderRequest) -> None:
    """Store a request, whose states follow by themselves."""
    turn.session.add(request)
    _plan(turn, request)


def move_on(turn: Turn, request: SenderRequest) -> None:
    """Take a request to its next state."""
    if NEXT[request.status] == "registered" and _is_unwanted(request):
        reject(turn, request)
        return
    request.status, request.status_changed_at = NEXT[request.status], turn.now
    if request.status == "registered":
        _register(turn, request)
    else:
        _plan(turn, request)


def reject(turn: Turn, request: SenderRequest) -> None:
    """End a request without a sender."""
    request.status, request.status_changed_at = "rejected", turn.now
    request.rejection_reason = REJECTION


def is_taken(turn: Turn, type_: str, name: str, country: str) -> bool:
    """Return whether there is such a sender, or a request for it that was not rejected."""
    asked = select(SenderRequest.id).where(
        SenderRequest.type == type_,
        SenderRequest.sender == name,
        SenderRequest.country_code == country,
        SenderRequest.status != "rejected",
    )
    there = select(Sender.id).where(Sender.type == type_, Sender.name == name, Sender.country == country)
    return turn.session.exec(asked).first() is not None or turn.session.exec(there).first() is not None


def events() -> dict[str, Handler]:
    """Return the handlers of the due events of requests."""
    return {"rcs.sender_request": _on_step}


def _on_step(turn: Turn, about: str, details: Mapping[str, Any]) -> None:
    request = turn.session.get_one(SenderRequest, int(about.removeprefix(SUBJECT)))
    move_on(turn, request)


SUBJECT = "rcs.sender_request:"


def _plan(turn: Turn, request: SenderRequest) -> None:
    turn.schedule(turn.now + STEP, "rcs.sender_request", f"{SUBJECT}{request.id}")


def _register(turn: Turn, request: SenderRequest) -> None:
    request.registered_at = turn.now
    turn.session.add(
        Sender(
            id=turn.ids.number(SENDER_IDS),
            type=request.type,
            name=request.sender,
            status="active",
            country=request.country_code,
            created_at=request.created_at,
            is_default=False,
        )
    )


def _is_unwanted(request: SenderRequest) -> bool:
    texts = (request.sender, request.description, request.informing_purpose)
    return any("reject" in text.casefold() for text in texts)
