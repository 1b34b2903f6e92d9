"""A story: a shop's campaign with all features of the RCS provider; the sums are right at every step."""

from decimal import Decimal
from typing import Any

from tests.rcs.conftest import Rcs

DAYS = {"from": "2026-03-15", "to": "2026-03-15"}
DOMAIN = "db05af9e-0000-4ed6-b1ac-a373d9010001"


def money(rcs: Rcs) -> Decimal:
    return Decimal(str(rcs.balance()))


def charged(rcs: Rcs, campaign: int) -> Decimal:
    """Return the sum of a campaign's message prices, after checking that the campaign has the same."""
    messages = rcs.data("GET", "/messages", params={"filter[campaign_id]": campaign, "page[limit]": 500})
    total = sum((Decimal(message["amount"]["value"]) for message in messages), Decimal(0))
    assert Decimal(rcs.detail(campaign)["total_price"]) == total
    return total


def contact(rcs: Rcs, phone: str, name: str, list_id: int) -> None:
    fields = [{"id": 387001, "value": name}]
    answer = rcs.call("POST", "/contacts", {"phone": phone, "groups": [list_id], "fields": fields})
    assert answer.status_code == 201, answer.text


def find(rcs: Rcs, **filters: Any) -> list[Any]:
    messages = rcs.emulator.http.get("/_emulator/messages", params=filters).json()["messages"]
    return [rcs.emulator.http.get(f"/_emulator/messages/{message['id']}").json() for message in messages]


def test_a_shop_sends_to_its_customers(rcs: Rcs) -> None:
    customers = rcs.call("POST", "/groups", {"name": "Customers"}).json()["data"]["id"]
    people = {"380671110111": "Ann", "380671110905": "Bo", "380671110903": "Cy", "380671110222": "Di"}
    for phone, name in people.items():
        contact(rcs, phone, name, customers)
    rcs.data("POST", "/stoplist/attach", {"phones": [380671110222], "types": ["rcs"]})
    before = money(rcs)

    body = {
        "channels": ["rcs", "viber"],
        "recipients": {"groups": [customers]},
        "rcs": {"sender": "my_agent", "text": "Dear {387001}, the sale begins"},
        "viber": {"sender": "Notify", "text": "The sale begins"},
    }
    first = rcs.data("POST", "/campaigns/send", body)
    assert first["calculated_price"] == 3 * 0.0175696
    rcs.advance("1h")
    seen = [
        (one["phone"] % 1000, one["type"], one["status"], one["text"])
        for one in rcs.messages(campaign_id=first["id"])
    ]
    assert seen == [
        (111, "rcs", "delivered", "Dear Ann, the sale begins"),
        (905, "rcs", "not_service_user", "Dear Bo, the sale begins"),
        (903, "rcs", "undelivered", "Dear Cy, the sale begins"),
        (905, "viber", "not_viber_user", "The sale begins"),
        (903, "viber", "delivered", "The sale begins"),
    ]
    assert before - money(rcs) == charged(rcs, first["id"]) == Decimal("0.0475696")

    link = {"link": "https://shop.example.com/sale", "placeholder": "LINK", "domain_ids": [DOMAIN]}
    sms = {"groups": [customers], "sender": "MyShop", "text": "{387001}, see LINK", "short_links": [link]}
    second = rcs.data("POST", "/campaigns/sms/send-groups", sms)
    rcs.advance("1h")
    texts = [message["text"] for message in rcs.messages(campaign_id=second["id"])]
    assert [text.partition(",")[0] for text in texts] == ["Ann", "Bo", "Cy", "Di"]
    place = texts[0].rpartition("https://")[2]
    visited = rcs.emulator.http.get(f"/_emulator/s/{place}", follow_redirects=False)
    assert visited.headers["location"] == "https://shop.example.com/sale"
    [click] = rcs.call("GET", "/short-url/clicks", params=DAYS | {"campaign": second["id"]}).json()["data"]
    assert click["phone_number"] == 380671110111
    spent = charged(rcs, first["id"]) + charged(rcs, second["id"])
    assert before - money(rcs) == spent == Decimal("0.2475696")

    otp = {"recipient": "380671110111", "channel": "sms", "sender": "MyShop", "template_id": 12}
    otp |= {"code_lifetime": 300, "code_max_tries": 3, "code_digits": 6}
    session = rcs.call("POST", "/2fa/authentications/otp", otp).json()["id"]
    rcs.advance("10s")
    [code] = find(rcs, recipient="380671110111", latest=True)[0]["codes"]
    verified = rcs.call("POST", f"/2fa/authentications/otp/{session}/verify", {"access_code": code}).json()
    assert (verified["status"], verified["price"]) == ("verified", 0.05)
    assert before - money(rcs) == spent + Decimal("0.05")


def test_money_runs_out_and_is_topped_up(rcs: Rcs) -> None:
    rcs.emulator.http.post(
        "/_emulator/webhooks/targets", json={"provider": "rcs", "url": "https://shop.example/hook"}
    )
    rcs.emulator.http.post("/_emulator/balances/rcs", json={"set": "0.08"})
    body = {"groups": [1860001], "sender": "MyShop", "text": "Last day"}
    campaign = rcs.data("POST", "/campaigns/sms/send-groups", body)["id"]
    rcs.advance("1m")
    assert rcs.campaign(campaign)["status"] == "paused"
    assert (rcs.balance(), rcs.detail(campaign)["total_price"]) == (0.03, "0.0500000")
    rcs.emulator.http.post("/_emulator/balances/rcs", json={"add": "100"})
    assert rcs.data("PUT", f"/campaigns/{campaign}/renew")["status"] == "sending"
    rcs.advance("1m")
    assert rcs.campaign(campaign)["status"] == "done"
    assert money(rcs) == Decimal("100.08") - charged(rcs, campaign)
    params: dict[str, str | int] = {"provider": "rcs", "limit": 1000}
    told = rcs.emulator.http.get("/_emulator/webhooks/events", params=params).json()["events"]
    prices = {event["body"]["id"]: Decimal(event["body"]["price"]) for event in told}
    for message in rcs.messages(campaign_id=campaign):
        assert prices[str(message["id"])] == Decimal(message["amount"]["value"])
