"""Universal sends: github.com/bsgworld/go-sdk v2/api/openapi.yaml."""

from typing import Any

import pytest

from tests.rcs.conftest import Rcs
from tests.rcs.short_links import SYSTEM

RCS_PART = {"sender": "my_agent", "text": "Hello"}
SMS_PART = {"sender": "MyShop", "text": "Hello by SMS"}
PHONE = {"number": 380671112233}


def body(*channels: str, **settings: Any) -> dict[str, Any]:
    parts = {"rcs": RCS_PART, "sms": SMS_PART}
    content = {channel: parts[channel] for channel in channels if channel in parts}
    return {"channels": list(channels), "recipients": {"phones": [PHONE]}} | content | settings


def single(*channels: str, **settings: Any) -> dict[str, Any]:
    return body(*channels) | {"phone": PHONE} | settings


def test_an_rcs_campaign(rcs: Rcs) -> None:
    campaign = rcs.data("POST", "/campaigns/send", body("rcs"))
    assert (campaign["message_type"], campaign["sender"]) == ("rcs", "my_agent")
    assert campaign["alternative_channels"] is None
    rcs.advance("1m")
    [message] = rcs.messages(campaign_id=campaign["id"])
    assert (message["status"], message["rcs_options"]) == ("delivered", {"text": "Hello"})


def test_a_campaign_to_lists(rcs: Rcs) -> None:
    campaign = rcs.data("POST", "/campaigns/send", body("rcs", recipients={"groups": [1860001]}))
    assert rcs.detail(campaign["id"])["total_messages"] == 3


def test_the_second_channel_stands_in_for_the_first(rcs: Rcs) -> None:
    phones = {"phones": [{"number": "380671112903"}]}
    campaign = rcs.data("POST", "/campaigns/send", body("rcs", "sms", recipients=phones))["id"]
    rcs.advance("1m")
    found = [(message["type"], message["text"]) for message in rcs.messages(campaign_id=campaign)]
    assert found == [("rcs", "Hello"), ("sms", "Hello by SMS")]


@pytest.mark.parametrize("channels", [["sms"], ["sms", "rcs"]])
def test_an_sms_campaign(rcs: Rcs, channels: list[str]) -> None:
    campaign = rcs.data("POST", "/campaigns/send", body(*channels))
    assert (campaign["message_type"], campaign["sender"]) == ("sms", "MyShop")
    assert campaign["name"] == "SMS api campaign / 2026-03-15 14:30:00"
    assert campaign["calculated_price"] == 0.05
    rcs.advance("1m")
    [message] = rcs.messages(campaign_id=campaign["id"])
    assert (message["type"], message["status"]) == ("sms", "delivered")
    assert "rcs_options" not in message
    assert rcs.balance() == 999.95


def test_an_sms_is_charged_even_if_it_does_not_arrive(rcs: Rcs) -> None:
    rcs.data("POST", "/campaigns/send", body("sms", recipients={"phones": [{"number": "380671112907"}]}))
    rcs.advance("1m")
    assert rcs.balance() == 999.95


def test_an_sms_campaign_heeds_the_sms_stop_list(rcs: Rcs) -> None:
    phones = {"phones": [{"number": "380670000091"}, {"number": "380670000092"}]}
    campaign = rcs.data("POST", "/campaigns/send", body("sms", recipients=phones))["id"]
    assert [message["phone"] for message in rcs.messages(campaign_id=campaign)] == [380670000091]


@pytest.mark.parametrize(("channel", "price"), [("rcs", "0.0175696"), ("sms", "0.0500000")])
def test_a_single_message(rcs: Rcs, channel: str, price: str) -> None:
    message = rcs.data("POST", "/messages/send", single(channel))
    assert (message["type"], message["status"]) == (channel, "accepted")
    assert message["amount"]["value"] == price
    rcs.advance("1m")
    assert rcs.messages(id=message["id"])[0]["status"] == "delivered"


def test_a_dry_run_makes_no_campaign(rcs: Rcs) -> None:
    request = body("rcs", "sms", dry_run=True)
    campaign = rcs.data("POST", "/campaigns/send", request)
    assert (campaign["id"], campaign["status"]) == (53700001, "creation")
    assert campaign["calculated_price"] == 0.0175696
    assert rcs.data("POST", "/campaigns/send", request) == campaign
    assert rcs.refused("GET", "/campaigns/53700001")[0] == 404
    assert rcs.data("POST", "/campaigns/send", body("rcs"))["id"] == 53700001


def test_a_dry_run_sends_no_message(rcs: Rcs) -> None:
    phone = PHONE | {"reference_id": "order42"}
    message = rcs.data("POST", "/messages/send", single("rcs", phone=phone, dry_run=True))
    assert (message["status"], message["reference_id"]) == ("accepted", "order42")
    rcs.advance("1m")
    assert rcs.messages(reference_id="order42") == []
    assert rcs.balance() == 1000
    assert rcs.data("POST", "/messages/send", single("rcs", phone=phone))["id"] == message["id"]


LINKED = SMS_PART | {
    "text": "LINK http://nosms.cc/XXXX",
    "short_links": [{"link": "https://shop.example.com/", "placeholder": "LINK", "domain_ids": [SYSTEM]}],
}


def linked_text(rcs: Rcs) -> str:
    """Send a campaign with links, and return the text of its message."""
    campaign = rcs.data("POST", "/campaigns/send", body("sms", sms=LINKED))
    return str(rcs.messages(campaign_id=campaign["id"])[0]["text"])


@pytest.mark.parametrize(
    ("path", "request_"),
    [
        ("/campaigns/send", body("sms", sms=LINKED, dry_run=True)),
        ("/messages/send", single("sms", sms=LINKED, dry_run=True)),
        ("/campaigns/price", LINKED | {"messages": [{"phone": 380671112233}]}),
    ],
)
def test_what_sends_nothing_takes_no_links(rcs: Rcs, path: str, request_: dict[str, Any]) -> None:
    alone = linked_text(rcs)
    rcs.emulator.reset()
    assert rcs.call("POST", path, request_).status_code == 200
    assert linked_text(rcs) == alone


def test_a_dry_run_finds_what_is_wrong(rcs: Rcs) -> None:
    wrong = RCS_PART | {"sender": "nobody"}
    assert rcs.wrong("/campaigns/send", body("rcs", rcs=wrong, dry_run=True)) == {
        "rcssender": ["Sender not found"]
    }


BLANK = ["This value should not be blank."]


@pytest.mark.parametrize(
    ("request_body", "errors"),
    [
        (body(), {"channels": ["This collection should contain 1 element or more."]}),
        (body("rcs", "sms", "voice"), {"channels": ["This collection should contain 2 elements or less."]}),
        (body("pigeon"), {"channels0": ["The value you selected is not a valid choice."]}),
        (body("rcs", "rcs"), {"channels": ["This collection should contain only unique elements."]}),
        (body("rcs", rcs=None), {"rcs": BLANK}),
        (body("sms", sms=None), {"sms": BLANK}),
        (body("rcs", rcs={"sender": "my_agent"}), {"rcstext": BLANK}),
        (body("rcs", rcs={"text": "Hello"}), {"rcssender": BLANK}),
        (body("rcs", rcs=RCS_PART | {"sender": "retired"}), {"rcssender": ["Sender not found"]}),
        (body("sms", sms=SMS_PART | {"sender": "NotMine"}), {"smssender": ["Sender not found"]}),
        (body("rcs", recipients={}), {"recipientsphones": BLANK}),
        (
            body("rcs", recipients={"phones": [PHONE, PHONE]}),
            {"recipientsphones1number": ["This value is already used."]},
        ),
        (body("rcs", validity=0), {"validity": ["This value should be between 1 and 72."]}),
    ],
)
def test_a_wrong_request(rcs: Rcs, request_body: dict[str, Any], errors: dict[str, list[str]]) -> None:
    assert rcs.wrong("/campaigns/send", request_body) == errors


@pytest.mark.parametrize("channels", [("voice",), ("rcs", "voice"), ("telegram", "sms")])
def test_a_channel_that_is_off(rcs: Rcs, channels: tuple[str, ...]) -> None:
    refusal = rcs.refused("POST", "/campaigns/send", body(*channels))
    assert refusal == (422, "User channel inactive", [])


def test_phones_and_lists_together_reach_everybody_once(rcs: Rcs) -> None:
    phones = [PHONE, {"number": "380670000001", "reference_id": "a1"}]
    request = body("rcs", recipients={"phones": phones, "groups": [1860001]})
    campaign = rcs.data("POST", "/campaigns/send", request)["id"]
    found = [(message["phone"], message["reference_id"]) for message in rcs.messages(campaign_id=campaign)]
    assert sorted(found) == [
        (380670000001, "a1"),
        (380670000002, None),
        (380670000903, None),
        (380671112233, None),
    ]


@pytest.mark.parametrize("path", ["/campaigns/send", "/messages/send"])
def test_cards_win_over_a_text(rcs: Rcs, path: str) -> None:
    part = RCS_PART | {"cards": [{"text": "Sale"}]}
    phone = PHONE | {"reference_id": "cards1"}
    rcs.data("POST", path, single("rcs", rcs=part, phone=phone, recipients={"phones": [phone]}))
    rcs.advance("1m")
    [message] = rcs.messages(reference_id="cards1")
    assert message["rcs_options"] == {"cards": [{"text": "Sale"}]}
    assert message["amount"]["value"] == "0.0200000"


@pytest.mark.parametrize("sender", ["Best Seller", "Vet klinika", "A&B +1", "123456789012345"])
def test_the_sender_of_an_sms_has_symbols_and_spaces(rcs: Rcs, sender: str) -> None:
    columns = "type, name, status, created_at, is_default"
    rcs.emulator.query(f"INSERT INTO rcs_sender ({columns}) VALUES ('sms', ?, 'active', 0, 0)", sender)  # noqa: S608 -- names of columns
    campaign = rcs.data("POST", "/campaigns/send", body("sms", sms=SMS_PART | {"sender": sender}))
    assert campaign["sender"] == sender


@pytest.mark.parametrize("sender", ["TwelveLetter", "Магазин", "Shop\n", "Café", "1234567890123a"])
def test_a_name_that_no_sender_of_an_sms_has(rcs: Rcs, sender: str) -> None:
    request = body("sms", sms=SMS_PART | {"sender": sender})
    assert rcs.wrong("/campaigns/send", request) == {"smssender": ["This value is not valid."]}


def test_an_sms_campaign_is_stopped_before_its_moderation(rcs: Rcs) -> None:
    campaign = rcs.data("POST", "/campaigns/send", body("sms", "rcs"))
    assert campaign["status"] == "creation"
    assert rcs.data("PATCH", f"/campaigns/{campaign['id']}/stop")["status"] == "stopped"
    rcs.advance("1h")
    assert rcs.campaign(campaign["id"])["status"] == "stopped"
    assert [message["status"] for message in rcs.messages(campaign_id=campaign["id"])] == ["scheduled"]


def test_an_unknown_list(rcs: Rcs) -> None:
    request = body("rcs", recipients={"groups": [7]})
    assert rcs.refused("POST", "/campaigns/send", request) == (422, "Contact group is not found", [])


def test_a_scheduled_universal_campaign(rcs: Rcs) -> None:
    campaign = rcs.data("POST", "/campaigns/send", body("rcs", start_at="2026-03-16 09:00:00"))
    assert campaign["status"] == "scheduled"


@pytest.mark.slow
def test_more_phones_than_an_rcs_campaign_takes(rcs: Rcs) -> None:
    phones = [{"number": number} for number in range(380680000000, 380680010000)]
    campaign = rcs.data("POST", "/campaigns/send", body("rcs", recipients={"phones": phones}))
    assert rcs.detail(campaign["id"])["total_messages"] == 10_000


def test_an_rcs_message_stands_in_for_an_sms(rcs: Rcs) -> None:
    phones = {"phones": [{"number": "380671112907"}]}
    campaign = rcs.data("POST", "/campaigns/send", body("sms", "rcs", recipients=phones))
    assert campaign["alternative_channels"] is None
    rcs.advance("1m")
    sms, message = rcs.messages(campaign_id=campaign["id"])
    assert (sms["type"], sms["status"]) == ("sms", "undelivered")
    assert (message["type"], message["status"], message["sender"]) == ("rcs", "undelivered", "my_agent")
    assert message["rcs_options"] == {"text": "Hello"}
    assert rcs.balance() == 999.95
