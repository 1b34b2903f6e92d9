"""Requests to register senders, and how they become senders.

Who decides, and when, is not documented: here the sandbox's clock and a word in the request decide.

https://bsg.world/documentations/rest-api/senders/
"""

from collections.abc import Mapping
from typing import Any

from sqlmodel import Session, select
from sqlmodel.sql.expression import SelectOfScalar

from emulator.engine.clock import SECOND
from emulator.engine.engine import Handler, Turn
from emulator.rcs.tables.account import Sender, SenderRequest

STEP = 20 * SECOND
"""How long each state lasts until the final one."""

UNDER_WAY = ("new", "accepted", "in_progress")
UNWANTED = "reject"
"""The word by which a request is rejected, in upper or lower case."""
REJECTION = "Rejected by the emulator"
REQUEST_IDS = "rcs.sender_request"
SENDER_IDS = "rcs.sender"
SUBJECT = "rcs.sender_request:"


def submit(turn: Turn, request: SenderRequest) -> None:
    """Store a request; due events lead it through its states."""
    turn.session.add(request)
    _plan(turn, request)


def put(turn: Turn, request: SenderRequest, state: str) -> None:
    """Set the state of a request, with dates and sender, and schedule the state after it."""
    turn.cancel(f"{SUBJECT}{request.id}")
    if request.status == "registered" != state:
        _unregister(turn.session, request)
    request.status, request.status_changed_at = state, None if state == "new" else turn.now
    request.registered_at = turn.now if state == "registered" else None
    request.rejection_reason = REJECTION if state == "rejected" else None
    if state == "registered":
        _register(turn, request)
    _plan(turn, request)


def is_unwanted(*texts: str) -> bool:
    """Return whether a request with these texts is rejected in the end."""
    return any(UNWANTED in text.casefold() for text in texts)


def is_taken(session: Session, type_: str, name: str, country: str) -> bool:
    """Return whether there is such a sender, or a request for it that was not rejected."""
    asked = _requests_for(type_, name, country).where(SenderRequest.status != "rejected")
    return session.exec(asked).first() is not None or _sender(session, type_, name, country) is not None


def events() -> dict[str, Handler]:
    """Return the handlers of the due events of requests."""
    return {"rcs.sender_request": _on_step}


def _on_step(turn: Turn, about: str, details: Mapping[str, Any]) -> None:
    request = turn.session.get_one(SenderRequest, int(about.removeprefix(SUBJECT)))
    put(turn, request, _next(request))


def _next(request: SenderRequest) -> str:
    if request.status != UNDER_WAY[-1]:
        return UNDER_WAY[UNDER_WAY.index(request.status) + 1]
    unwanted = is_unwanted(request.sender, request.description, request.informing_purpose)
    return "rejected" if unwanted else "registered"


def _plan(turn: Turn, request: SenderRequest) -> None:
    if request.status in UNDER_WAY:
        turn.schedule(turn.now + STEP, "rcs.sender_request", f"{SUBJECT}{request.id}")


def _register(turn: Turn, request: SenderRequest) -> None:
    if _sender(turn.session, request.type, request.sender, request.country_code) is not None:
        return
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


def _unregister(session: Session, request: SenderRequest) -> None:
    """Delete the sender of a request that is no longer registered, unless another request for it is."""
    others = _requests_for(request.type, request.sender, request.country_code).where(
        SenderRequest.status == "registered", SenderRequest.id != request.id
    )
    sender = _sender(session, request.type, request.sender, request.country_code)
    if sender is not None and session.exec(others).first() is None:
        session.delete(sender)


def _requests_for(type_: str, name: str, country: str) -> SelectOfScalar[int]:
    return select(SenderRequest.id).where(
        SenderRequest.type == type_, SenderRequest.sender == name, SenderRequest.country_code == country
    )


def _sender(session: Session, type_: str, name: str, country: str) -> Sender | None:
    there = select(Sender).where(Sender.type == type_, Sender.name == name, Sender.country == country)
    return session.exec(there).first()
