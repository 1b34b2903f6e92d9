"""The money of accounts, topped up and set past the providers' APIs."""

from typing import Any

import pytest

from emulator.settings import shipped_fixtures
from tests.conftest import Emulator, Sandbox

SATELLITE = [f"88161234500{ending}" for ending in range(7)]
"""Satellite phones: four messages to them take all of the account's money."""


@pytest.fixture
def box(emulator: Emulator) -> Sandbox:
    return emulator.sandbox("rich", clock="frozen")


def change(box: Sandbox, **wanted: Any) -> Any:
    answer = box.control("POST", "/balances/rcs", json=wanted)
    assert answer.status_code == 200, answer.text
    return answer.json()


def shown(box: Sandbox) -> Any:
    return box.http.get("/api/accounts/balance", headers=box.rcs).json()["data"]["balance"]


def campaign(box: Sandbox) -> tuple[int, str]:
    """Send to satellite phones until the money is gone; return the campaign's id and status."""
    body = {
        "phones": [{"number": phone} for phone in SATELLITE],
        "sender": "my_agent",
        "options": {"text": "Hello"},
    }
    number = box.http.post("/api/campaigns/rcs/send", json=body, headers=box.rcs).json()["data"]["id"]
    box.advance("1m")
    return number, status(box, number)


def status(box: Sandbox, number: int) -> str:
    found: str = box.http.get(f"/api/campaigns/{number}", headers=box.rcs).json()["data"]["status"]
    return found


def test_the_balances_of_providers_whose_messages_cost_money(box: Sandbox) -> None:
    expected = {
        "provider": "rcs",
        "currency": "USD",
        "balance": 1000,
        "credit": 0,
        "reserved": 0,
        "available": 1000,
    }
    assert box.control("GET", "/balances").json() == {"total": 1, "balances": [expected]}
    assert box.control("GET", "/balances/rcs").json() == expected


def test_a_campaign_that_paused_goes_on_after_a_top_up(box: Sandbox) -> None:
    number, before = campaign(box)
    assert (before, shown(box)) == ("paused", 0)
    assert change(box, add="1000")["balance"] == 1000
    assert status(box, number) == "paused"
    box.http.put(f"/api/campaigns/{number}/renew", headers=box.rcs)
    box.advance("1m")
    assert (status(box, number), shown(box)) == ("done", 250)


@pytest.mark.parametrize(
    ("wanted", "balance"),
    [
        ({"add": "0.0000001"}, 1000.0000001),
        ({"add": 12.5}, 1012.5),
        ({"set": 0}, 0),
        ({"set": "2.5"}, 2.5),
        ({"set": "1e3"}, 1000),
    ],
)
def test_amounts(box: Sandbox, wanted: dict[str, Any], balance: float) -> None:
    assert change(box, **wanted)["balance"] == balance
    assert shown(box) == balance


def test_a_balance_is_no_further_below_zero_than_the_credit(emulator: Emulator) -> None:
    overdrawn = emulator.sandbox(clock="frozen")
    account = (shipped_fixtures() / "demo" / "rcs" / "account.yaml").read_text()
    text = account.replace("money: 1000 ", "money: -50.25 ").replace("credit: 0 ", "credit: 125 ")
    assert overdrawn.control("POST", "/seed", json={"fixtures": {"rcs": text}}).status_code == 200
    assert shown(overdrawn) == -50.25
    found = change(overdrawn, set=-125)
    assert (found["balance"], found["available"], shown(overdrawn)) == (-125, 0, -125)
    refused = overdrawn.control("POST", "/balances/rcs", json={"set": "-125.0000001"})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "set")
    assert change(overdrawn, add=25)["available"] == 25


def test_what_is_put_aside_is_shown(box: Sandbox) -> None:
    body = {"phone": {"number": SATELLITE[0]}, "sender": "my_agent", "options": {"text": "Hello"}}
    assert box.http.post("/api/messages/rcs/send", json=body, headers=box.rcs).status_code == 200
    found = change(box, set=300)
    assert (found["balance"], found["reserved"], found["available"]) == (300, 250, 50)


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({}, "body"),
        ({"add": 1, "set": 1}, "body"),
        ({"add": 0}, "add"),
        ({"add": -5}, "add"),
        ({"set": -1}, "set"),
        ({"add": "much"}, "add"),
        ({"add": "NaN"}, "add"),
        ({"set": "Infinity"}, "set"),
        ({"add": True}, "add"),
        ({"add": "0.00000001"}, "add"),
        ({"set": "1e-999999"}, "set"),
        ({"set": "1e999999"}, "set"),
        ({"set": 10**10}, "set"),
        ({"add": 10**9}, "add"),
        ({"amount": 5}, "amount"),
    ],
)
def test_a_wrong_amount_changes_nothing(box: Sandbox, wanted: dict[str, Any], field: str) -> None:
    answer = box.control("POST", "/balances/rcs", json=wanted)
    assert answer.status_code == 422, answer.text
    assert field in {error["field"] for error in answer.json()["errors"]}
    assert shown(box) == 1000


@pytest.mark.parametrize("provider", ["autosend", "telegram"])
def test_a_provider_without_a_balance(box: Sandbox, provider: str) -> None:
    for answer in (
        box.control("GET", f"/balances/{provider}"),
        box.control("POST", f"/balances/{provider}", json={"add": 1}),
    ):
        assert answer.status_code == 404
        assert answer.json()["detail"].endswith("Those that have one: rcs")


def test_a_balance_is_that_of_its_sandbox(emulator: Emulator, box: Sandbox) -> None:
    change(box, set=5)
    assert emulator.http.get("/_emulator/balances/rcs").json()["balance"] == 1000
    box.control("POST", "/reset")
    assert shown(box) == 1000
