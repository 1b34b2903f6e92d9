"""Responses that fault rules change, in the parts in which they are sent."""

import asyncio

import pytest
from starlette.types import Message

from emulator.faults import effects
from emulator.faults.effects import FaultEffect
from emulator.faults.rules import RequestFault

START: Message = {"type": "http.response.start", "status": 200, "headers": []}


def parts(rule: RequestFault, body: bytes) -> list[Message]:
    async def collect() -> list[Message]:
        effect = FaultEffect(rule, {})
        whole = {"type": "http.response.body", "body": body}
        return [part for message in (START, whole) async for part in effect.parts(message)]

    return asyncio.run(collect())


def test_a_slow_body_goes_out_in_equal_pieces_with_equal_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []

    async def note(seconds: float) -> None:
        pauses.append(seconds)

    monkeypatch.setattr(effects, "machine_pause", note)
    start, *pieces = parts(RequestFault(provider="autosend", slow_body=200), b"0123456789ab")
    assert start == START
    assert [piece["body"] for piece in pieces] == [b"012", b"345", b"678", b"9ab"]
    assert [piece["more_body"] for piece in pieces] == [True, True, True, False]
    assert pauses == [0.05] * 4
