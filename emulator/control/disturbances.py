"""Disturbances: what a test makes go wrong with webhook deliveries."""

from collections.abc import Sequence
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from emulator.control.problems import Problem
from emulator.control.values import (
    Chosen,
    Length,
    Number,
    Providers,
    RowNumber,
    Wanted,
    Whole,
    check_word,
    duration_of,
    find_row,
    invalid,
    milliseconds,
    provider_named,
)
from emulator.providers import Provider
from emulator.webhooks.disturbances import WebhookDisturbance, disturbances_of

MOST_DISTURBANCES = 1000

Action = Literal["duplicate", "reorder", "drop", "delay", "corrupt_signature", "backdate"]

LENGTHS = {"delay": "delay", "age": "backdate"}
"""The fields that are lengths of time, with the actions that need them."""


class NewDisturbance(Wanted):
    """What happens to the deliveries that match, on their way. Nothing is random."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"action": "duplicate", "times": 1}]})

    provider: str | None = None
    type: str | None = Field(
        None, description="Of a batch, the type of any of its events", examples=["email.delivered"]
    )
    action: Action
    delay: Length | None = Field(None, description="How much later a delayed delivery is attempted")
    age: Length | None = Field(
        None, description="How much older than it is a backdated delivery of AutoSend claims to be"
    )
    after: Number = Field(0, description="How many deliveries go through before it takes effect")
    times: Annotated[Whole, Field(ge=1, le=1_000_000)] | None = Field(
        None, description="How often it takes effect; by default always"
    )


class Disturbance(BaseModel):
    id: int
    provider: str | None
    type: str | None
    action: Action
    delay: str | None
    age: str | None
    after: int
    times: int | None
    matched: int = Field(description="How many deliveries matched it")
    hits: int = Field(description="How many of them it took effect on")


class DisturbanceList(BaseModel):
    total: int
    disturbances: list[Disturbance]


router = APIRouter(prefix="/_emulator/webhooks/disturbances", tags=["Webhooks"])


@router.get("", summary="List the disturbances")
async def list_disturbances(sandbox: Chosen) -> DisturbanceList:
    """Return all disturbances of deliveries, in the order in which they were set."""
    with sandbox.turn() as turn:
        rows = disturbances_of(turn.session)
        return DisturbanceList(total=len(rows), disturbances=[_disturbance(row) for row in rows])


@router.post("", summary="Disturb deliveries", status_code=201)
async def add_disturbance(wanted: NewDisturbance, sandbox: Chosen, providers: Providers) -> Disturbance:
    """Duplicate, reorder, drop, delay or backdate deliveries, or sign them wrong.

    The first disturbance that matches a delivery acts on it.
    """
    asked = list(providers) if wanted.provider is None else [provider_named(providers, wanted.provider)]
    check_word("type", wanted.type, _types(asked), "a type of deliveries there that are sent")
    for name, action in LENGTHS.items():
        _check_length(name, action, wanted)
    meant = [one.hooks for one in asked if wanted.type is None or wanted.type in one.hooks.sent_types]
    if not any(hooks.suffers(wanted.action) for hooks in meant):
        raise invalid("action", "takes no effect on these: they are not signed, or not dated")
    with sandbox.turn() as turn:
        if len(disturbances_of(turn.session)) >= MOST_DISTURBANCES:
            raise Problem(409, f"There are {MOST_DISTURBANCES} disturbances; delete some.")
        lengths = {name: milliseconds(getattr(wanted, name) or "") for name in LENGTHS}
        row = WebhookDisturbance(**wanted.model_dump() | lengths)
        turn.session.add(row)
        return _disturbance(row)


@router.delete("/{disturbance_id}", summary="Delete a disturbance", status_code=204)
async def delete_disturbance(disturbance_id: RowNumber, sandbox: Chosen) -> None:
    """Delete a disturbance: it takes no effect any more."""
    with sandbox.turn() as turn:
        turn.session.delete(find_row(turn, WebhookDisturbance, disturbance_id, "disturbance"))


@router.delete("", summary="Delete all disturbances", status_code=204)
async def delete_disturbances(sandbox: Chosen) -> None:
    """Delete all disturbances, so that deliveries are sent as usual again."""
    with sandbox.turn() as turn:
        for row in disturbances_of(turn.session):
            turn.session.delete(row)


def _check_length(name: str, action: str, wanted: NewDisturbance) -> None:
    """Raise Problem if an action lacks its length of time, or if another action has it."""
    length = getattr(wanted, name)
    if length is None:
        if wanted.action == action:
            raise invalid(name, f"the action {action} needs it")
    elif wanted.action != action:
        raise invalid(name, f"goes with the action {action}, and with no other")


def _disturbance(row: WebhookDisturbance) -> Disturbance:
    lengths = {name: duration_of(getattr(row, name)) if getattr(row, name) else None for name in LENGTHS}
    return Disturbance(**row.model_dump() | lengths)


def _types(providers: Sequence[Provider]) -> list[str]:
    return list(dict.fromkeys(type_ for provider in providers for type_ in provider.hooks.sent_types))
