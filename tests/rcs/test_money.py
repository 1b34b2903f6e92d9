"""The prices of messages: the billing rules of https://telcowwt.com/documentations/rest-api/rcs-api/."""

from typing import Any

import pytest

from tests.rcs.conftest import Rcs, send_body

CARD = {"text": "Sale"}
SATELLITE = [f"88161234500{ending}" for ending in range(5)]
"""Numbers with expensive messages: four of them cost the whole balance."""


@pytest.mark.parametrize(
    ("phone", "options", "price"),
    [
        ("380671112233", {"text": "Hello"}, 0.0175696),
        ("380671112233", {"cards": [CARD]}, 0.02),
        ("380671112233", {"cards": [CARD, CARD]}, 0.025),
        ("447911123456", {"text": "Hello"}, 0.03),
        ("999111222333", {"text": "Hello"}, 0.1),
    ],
)
def test_the_price_is_that_of_destination_and_kind(rcs: Rcs, phone: str, options: Any, price: float) -> None:
    assert rcs.send(phone, options=options)["calculated_price"] == price


@pytest.mark.parametrize(("code", "price"), [(None, 0.0175696), (9, 0.0175696), (5, 0.01), ("5", 0.01)])
def test_the_tariff_decides(rcs: Rcs, code: Any, price: float) -> None:
    assert rcs.send(tariff_code=code)["calculated_price"] == price


@pytest.mark.parametrize("code", [3, 77, 2**63 - 1])
def test_an_inactive_or_unknown_tariff(rcs: Rcs, code: int) -> None:
    body = {"phones": [{"number": "380671112233"}], "sender": "my_agent", "options": {"text": "Hello"}}
    refusal = rcs.refused("POST", "/campaigns/rcs/send", body | {"tariff_code": code})
    assert refusal == (422, "Tariff was not found", [])


def test_the_estimate_is_only_in_the_answer_to_creation(rcs: Rcs) -> None:
    campaign = rcs.send("380671112233", "447911123456")
    assert campaign["calculated_price"] == 0.0475696
    assert rcs.campaign(campaign["id"])["calculated_price"] == 0


def test_only_delivered_messages_are_charged(rcs: Rcs) -> None:
    endings = ("000", "901", "903", "904", "905", "906")
    campaign = rcs.send(*[f"380671112{ending}" for ending in endings])["id"]
    rcs.advance("5s")
    assert rcs.balance() == 1000
    rcs.advance("5m")
    assert rcs.balance() == 999.9648608
    assert rcs.detail(campaign)["total_price"] == "0.0351392"
    amounts = [message["amount"]["value"] for message in rcs.messages(campaign_id=campaign)]
    assert amounts == ["0.0175696"] * 2 + ["0.0000000"] * 4


def test_an_alternative_sms_is_charged_when_it_is_sent(rcs: Rcs) -> None:
    text = "x" * 161
    sms = {"sms": {"sender": "MyShop", "text": text}}
    campaign = rcs.send("380671112907", alternative_channel=sms)["id"]
    rcs.advance("6s")
    assert rcs.balance() == 999.9
    assert rcs.detail(campaign)["total_price"] == "0.1000000"
    assert rcs.messages(campaign_id=campaign)[1]["parts"] == 2


BY_SMS, BY_RCS = {"sender": "MyShop", "text": "Hello"}, {"sender": "my_agent", "text": "Hello"}
BADLY_REACHED = {"phones": [{"number": "380671112903"}]}
CASCADE = {"channels": ["rcs", "sms"], "recipients": BADLY_REACHED, "rcs": BY_RCS, "sms": BY_SMS}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/campaigns/rcs/send", send_body(alternative_channel={"sms": BY_SMS}) | BADLY_REACHED),
        ("/campaigns/send", CASCADE),
    ],
)
def test_an_sms_in_the_stead_of_a_message_is_charged_by_the_tariff_of_the_account(
    rcs: Rcs, path: str, body: Any
) -> None:
    campaign = rcs.data("POST", path, body | {"tariff_code": 5})["id"]
    rcs.advance("1m")
    [message] = [one for one in rcs.messages(campaign_id=campaign) if one["type"] == "sms"]
    assert message["amount"]["value"] == "0.0500000"
    assert rcs.balance() == 999.95


def test_a_campaign_pauses_when_the_money_runs_out(rcs: Rcs) -> None:
    campaign = rcs.send(*SATELLITE)["id"]
    rcs.advance("1m")
    assert rcs.campaign(campaign)["status"] == "paused"
    assert rcs.campaign(campaign)["finished_at"] is None
    assert rcs.detail(campaign)["statistics"]["scheduled"] == 1
    assert rcs.balance() == 0


def test_renewing_without_money_pauses_again(rcs: Rcs) -> None:
    campaign = rcs.send(*SATELLITE)["id"]
    rcs.advance("1m")
    assert rcs.data("PUT", f"/campaigns/{campaign}/renew")["status"] == "sending"
    rcs.advance("1s")
    assert rcs.campaign(campaign)["status"] == "paused"


def test_what_was_not_delivered_pays_for_what_waits(rcs: Rcs) -> None:
    campaign = rcs.send("881612345903", *SATELLITE[:4])["id"]
    rcs.advance("1m")
    assert rcs.campaign(campaign)["status"] == "paused"
    rcs.data("PUT", f"/campaigns/{campaign}/renew")
    rcs.advance("1m")
    assert rcs.campaign(campaign)["status"] == "done"
    assert rcs.balance() == 0


def test_messages_under_way_are_not_paid_for_twice(rcs: Rcs) -> None:
    first = rcs.send("881612345902", "881612345903", "881612345904")["id"]
    second = rcs.send("881612345902", "881612345903")["id"]
    rcs.advance("3s")
    assert rcs.campaign(first)["status"] == "sending"
    assert rcs.campaign(second)["status"] == "paused"


def test_a_stop_gives_back_what_did_not_leave(rcs: Rcs) -> None:
    campaign = rcs.send(*SATELLITE[:4])["id"]
    rcs.advance("3s")
    rcs.data("PUT", f"/campaigns/{campaign}/stop")
    rcs.send_one(SATELLITE[4])
    rcs.advance("1m")
    assert rcs.balance() == 750


def test_a_single_message_needs_the_money_at_once(rcs: Rcs) -> None:
    for phone in SATELLITE[:4]:
        rcs.send_one(phone)
    body = {"phone": {"number": SATELLITE[4]}, "sender": "my_agent", "options": {"text": "Hello"}}
    assert rcs.refused("POST", "/messages/rcs/send", body) == (422, "Insufficient funds", [])


def test_no_sms_stands_in_without_money(rcs: Rcs) -> None:
    sms = {"sms": {"sender": "MyShop", "text": "Hello"}}
    for phone in SATELLITE[:4]:
        rcs.send_one(phone)
    free = rcs.send("380671112905", alternative_channel=sms)["id"]
    rcs.advance("1m")
    assert rcs.campaign(free)["status"] == "paused"
    assert rcs.messages(campaign_id=free)[0]["alternative_channels"] is None


def test_each_alternative_sms_is_charged_once(rcs: Rcs) -> None:
    phones = [f"3806711{number:02}{ending}" for number in range(5) for ending in (903, 904, 905)]
    sms = {"alternative_channel": {"sms": {"text": "Hello", "sender": "MyShop"}}}
    campaign = rcs.send(*phones, **sms)["id"]
    rcs.advance("1h")
    found = rcs.messages(campaign_id=campaign)
    assert sum(message["type"] == "sms" for message in found) == 15
    assert rcs.detail(campaign)["total_price"] == "0.7500000"
    assert rcs.balance() == 999.25


def test_an_alternative_sms_takes_its_own_time(rcs: Rcs) -> None:
    sms = {"alternative_channel": {"sms": {"text": "Hello", "sender": "MyShop"}}}
    campaign = rcs.send("380671112903", "380671112904", **sms)["id"]
    rcs.advance("1h")
    times = [
        (message["sent_at"][-8:], message["delivered_at"][-8:])
        for message in rcs.messages(campaign_id=campaign)
        if message["type"] == "sms"
    ]
    assert times == [("14:30:04", "14:30:06"), ("14:30:06", "14:30:08")]


PARTS = [
    ("x" * 160, 1),
    ("x" * 161, 2),
    ("x" * 306, 2),
    ("x" * 307, 3),
    ("]" * 80, 1),
    ("]" * 81, 2),
    ("]" * 152, 2),
    ("]" * 153, 3),
    ("€" * 382, 6),
    ("x" + "€" * 76, 1),
    ("x" + "€" * 152, 2),
    ("x" * 152 + "€" + "x" * 151, 2),
    ("x" * 152 + "€" + "x" * 152, 3),
    ("я" * 70, 1),
    ("я" * 71, 2),
    ("😀" * 35, 1),
    ("😀" * 36, 2),
    ("😀" * 66, 2),
    ("😀" * 67, 3),
    ("я" + "😀" * 66, 2),
    ("я" * 355, 6),
]
"""Texts, and in how many parts each goes out: 153 places of GSM in each, or 67 of UCS-2."""


@pytest.mark.parametrize(("text", "parts"), PARTS)
def test_no_part_of_an_sms_ends_within_a_character(rcs: Rcs, text: str, parts: int) -> None:
    sms = {"sender": "MyShop", "text": text}
    phones = {"phones": [{"number": "380671112233"}]}
    campaign = rcs.data("POST", "/campaigns/send", {"channels": ["sms"], "recipients": phones, "sms": sms})
    rcs.advance("1m")
    [message] = rcs.messages(campaign_id=campaign["id"])
    price = f"{0.05 * parts:.7f}"
    assert (message["parts"], message["amount"]["value"]) == (parts, price)
    assert campaign["calculated_price"] == float(price)
    assert rcs.detail(campaign["id"])["total_price"] == price


def test_an_alternative_sms_has_as_many_parts_as_an_sms(rcs: Rcs) -> None:
    sms = {"sms": {"sender": "MyShop", "text": "]" * 153}}
    campaign = rcs.send("380671112903", alternative_channel=sms)["id"]
    rcs.advance("1m")
    first, second = rcs.messages(campaign_id=campaign)
    assert first["alternative_channels"]["sms"]["parts"] == second["parts"] == 3
    assert second["amount"]["value"] == rcs.detail(campaign)["total_price"] == "0.1500000"


def test_what_was_sent_already_is_charged_once_when_the_rest_is_rushed(rcs: Rcs) -> None:
    phones = [{"number": f"3806711{number:05}"} for number in range(30)]
    sms = {"sender": "MyShop", "text": "Hello"}
    body = {"channels": ["sms"], "recipients": {"phones": phones}, "sms": sms}
    campaign = rcs.data("POST", "/campaigns/send", body)["id"]
    rcs.advance("4s")
    path = f"/_emulator/jobs/rcs/campaign/{campaign}/status"
    assert rcs.emulator.http.post(path, json={"action": "finish"}).status_code == 200
    rcs.advance("1m")
    assert rcs.detail(campaign)["total_price"] == "1.5000000"
    assert rcs.balance() == 998.5


def test_what_a_test_took_out_of_the_queue_needs_no_money(rcs: Rcs) -> None:
    campaign = rcs.send(*SATELLITE)["id"]
    first = rcs.messages(campaign_id=campaign)[0]["id"]
    path = f"/_emulator/messages/{first}/status"
    assert rcs.emulator.http.post(path, json={"status": "failed"}).status_code == 200
    rcs.advance("1m")
    assert rcs.campaign(campaign)["status"] == "done"
    assert rcs.balance() == 0
