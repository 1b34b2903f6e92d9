"""Requests with large bodies, which run aside: others do not wait for them."""

from collections.abc import Callable
from typing import Any

import pytest

from emulator.gateway.path import LARGE_BODY
from emulator.sandbox.sandbox import Sandbox
from tests.conftest import Emulator

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


@pytest.mark.parametrize("request_of", [mail, campaign, profile])
@pytest.mark.parametrize(("size", "times"), [(10, 0), (LARGE_BODY, 1)])
def test_a_large_body_is_worked_on_aside(
    emulator: Emulator,
    monkeypatch: pytest.MonkeyPatch,
    request_of: Callable[[int], tuple[str, dict[str, str], dict[str, Any]]],
    size: int,
    times: int,
) -> None:
    seen: list[Sandbox] = []
    real = Sandbox.long_turn

    async def long_turn(sandbox: Sandbox, work: Any) -> Any:
        seen.append(sandbox)
        return await real(sandbox, work)

    monkeypatch.setattr(Sandbox, "long_turn", long_turn)
    path, headers, body = request_of(size)
    answer = emulator.http.post(path, headers=headers, json=body)
    assert answer.is_success, answer.text
    assert len(seen) == times
