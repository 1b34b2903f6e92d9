"""Requests with large bodies, which run aside: others do not wait for them."""

import gzip
import json
from collections.abc import Callable
from typing import Any

import pytest
from httpx2 import Response

from emulator.autosend.dialect import AutoSendDialect
from emulator.gateway import path
from emulator.gateway.path import LARGE_BODY
from tests.conftest import Emulator
from tests.held import held_by, long_turns, served_beside

AUTOSEND = {"Authorization": "Bearer AS_emulator000000000000"}
RCS = {"Authorization": "Bearer live_emulator000000000000"}
TOKEN = "abcdefghijklmnqrstuvwxyz"


def mail(number: int) -> tuple[str, dict[str, str], dict[str, Any]]:
    sender, reader = {"email": "hello@example.com"}, {"email": "reader@example.com"}
    body = {"from": sender, "to": reader, "subject": "Hello", "html": f"<p>{'x' * number}</p>"}
    return "/v1/mails/send", AUTOSEND, body


def campaign(number: int) -> tuple[str, dict[str, str], dict[str, Any]]:
    phones = [{"number": f"38067{phone:07}"} for phone in range(number // 20 + 1)]
    body = {"phones": phones, "sender": "my_agent", "options": {"text": "Hello"}}
    return "/api/campaigns/rcs/send", RCS, body


def profile(number: int) -> tuple[str, dict[str, str], dict[str, Any]]:
    email = "new@example.com"
    data = {"email": email, "occupation": "x" * number}
    body = {"token": TOKEN, "db_id": 1, "matching": "email", "email": email, "data": data}
    return "/api/v1.1/profiles/import", {}, body


def stopped(number: int) -> tuple[str, dict[str, str], dict[str, Any]]:
    phones = list(range(380671000000, 380671000000 + number))
    return "/api/stoplist/attach", RCS, {"phones": phones, "types": ["rcs"]}


def started(number: int) -> tuple[str, dict[str, str], dict[str, Any]]:
    data = [{"data": {"email": f"{one}@example.com"}} for one in range(number)]
    body = {"token": TOKEN, "workflow_id": 4, "data": data}
    return "/api/v1.1/workflows/import_and_start_batch", {}, body


def phoned(number: int) -> tuple[str, dict[str, str], dict[str, Any]]:
    data = {"email": "new@example.com", "phones": [f"+7900{one:07}" for one in range(number)]}
    body = {"token": TOKEN, "db_id": 1, "matching": "email", "email": "new@example.com", "data": data}
    return "/api/v1.1/profiles/import", {}, body


@pytest.mark.parametrize(
    ("request_of", "size", "times"),
    [
        *((large, *case) for large in (mail, campaign, profile) for case in ((10, 0), (LARGE_BODY, 1))),
        *((small, *case) for small in (stopped, started, phoned) for case in ((40, 0), (300, 1))),
    ],
)
def test_a_body_that_is_large_or_has_many_values_is_worked_on_aside(
    emulator: Emulator,
    monkeypatch: pytest.MonkeyPatch,
    request_of: Callable[[int], tuple[str, dict[str, str], dict[str, Any]]],
    size: int,
    times: int,
) -> None:
    seen = long_turns(monkeypatch)
    address, headers, body = request_of(size)
    answer = emulator.http.post(address, headers=headers, json=body)
    assert answer.is_success, answer.text
    assert len(seen) == times


def sent(emulator: Emulator, content: bytes, **headers: str) -> Response:
    address, own, _ = mail(0)
    headers = own | {"Content-Type": "application/json"} | headers
    return emulator.http.post(address, headers=headers, content=content)


def served(emulator: Emulator) -> Response:
    return emulator.http.get("/_emulator/clock")


def test_a_large_body_is_decoded_beside_the_requests_of_others(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = json.dumps(mail(LARGE_BODY)[2]).encode()
    held = held_by(monkeypatch, AutoSendDialect, "read")
    answer = served_beside(held, lambda: sent(emulator, content), lambda: served(emulator))
    assert answer.status_code == 200


def test_a_packed_body_is_unpacked_beside_the_requests_of_others(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = gzip.compress(json.dumps(mail(10)[2]).encode())
    held = held_by(monkeypatch, path, "unpacked")
    answer = served_beside(
        held,
        lambda: sent(emulator, content, **{"Content-Encoding": "gzip"}),
        lambda: served(emulator),
    )
    assert answer.status_code == 200


def test_a_large_body_that_is_malformed_is_refused_as_a_small_one(emulator: Emulator) -> None:
    small, large = sent(emulator, b"{"), sent(emulator, b" " * LARGE_BODY + b"{")
    assert (small.status_code, large.status_code) == (400, 400)
    assert small.json() == large.json()
