"""Viber and WhatsApp, with SMS as substitutes: github.com/bsgworld/go-sdk v2/api/openapi.yaml."""

from typing import Any

import pytest

from tests.rcs.conftest import Rcs

SMS = {"sms": {"sender": "MyShop", "text": "Hello by SMS"}}
TEMPLATE = {
    "name": "order_ready",
    "language": {"code": "en"},
    "components": [{"type": "body", "parameters": [{"type": "text", "text": "Ann"}]}],
}
VIBER = {"sender": "Notify", "text": "Hello by Viber"}
WHATSAPP = {"sender": "my_agent", "template": TEMPLATE}
PARTS = {
    "viber": VIBER,
    "sms": {"sender": "MyShop", "text": "Hello by SMS"},
    "rcs": {"sender": "my_agent", "text": "Hello"},
}


def sent(rcs: Rcs, channel: str, *endings: str, **settings: Any) -> int:
    """Send a campaign to phones with these last digits, and return its id."""
    phones = [{"number": f"38067111{index}{ending}"} for index, ending in enumerate(endings, 1)]
    content = VIBER if channel == "viber" else WHATSAPP
    body = {"phones": phones} | content | settings
    return int(rcs.data("POST", f"/campaigns/{channel}/send", body)["id"])


def seen(rcs: Rcs, campaign: int) -> list[tuple[str, str]]:
    return [(message["type"], message["status"]) for message in rcs.messages(campaign_id=campaign)]


@pytest.mark.parametrize(
    ("channel", "status_of_905"), [("viber", "not_viber_user"), ("whatsapp", "not_service_user")]
)
def test_the_end_of_the_number_decides(rcs: Rcs, channel: str, status_of_905: str) -> None:
    endings = ("111", "901", "902", "903", "904", "905", "906", "907", "908", "909")
    campaign = sent(rcs, channel, *endings)
    rcs.advance("80h")
    statuses = [status for _, status in seen(rcs, campaign)]
    assert statuses == [
        "delivered",
        "read",
        "expired",
        "undelivered",
        "failed",
        status_of_905,
        "unknown",
        "undelivered",
        "delivered",
        "read",
    ]


@pytest.mark.parametrize("channel", ["viber", "whatsapp"])
def test_an_sms_stands_in_for_what_did_not_arrive(rcs: Rcs, channel: str) -> None:
    campaign = sent(rcs, channel, "111", "905", alternative_channel=SMS)
    rcs.advance("1h")
    assert [type_ for type_, _ in seen(rcs, campaign)] == [channel, channel, "sms"]
    assert seen(rcs, campaign)[2] == ("sms", "delivered")
    second = rcs.messages(campaign_id=campaign)[1]
    sms = rcs.messages(campaign_id=campaign)[2]
    assert second["alternative_channels"] == {"sms": {"parts": 1, "id": [sms["id"]]}}
    assert rcs.campaign(campaign)["alternative_channels"]["sms"]["statistics"] == {"delivered": 1, "sent": 1}


@pytest.mark.parametrize(("channel", "price"), [("viber", 0.03), ("whatsapp", 0.04)])
def test_a_message_is_charged_when_it_is_delivered(rcs: Rcs, channel: str, price: float) -> None:
    before = rcs.balance()
    campaign = sent(rcs, channel, "111", "903")
    rcs.advance("4s")
    assert rcs.balance() == before
    rcs.advance("1m")
    assert round(before - rcs.balance(), 7) == price
    amounts = [message["amount"]["value"] for message in rcs.messages(campaign_id=campaign)]
    assert amounts == [f"{price:.7f}", "0.0000000"]
    assert rcs.detail(campaign)["total_price"] == f"{price:.7f}"


def test_counters_of_those_without_viber(rcs: Rcs) -> None:
    campaign = sent(rcs, "viber", "905")
    rcs.advance("1h")
    counters = rcs.detail(campaign)["statistics"]
    assert (counters["not_viber_user"], counters["not_rcs_user"]) == (1, 0)


def test_what_a_viber_message_holds(rcs: Rcs) -> None:
    settings = {
        "image_url": "https://img.example.com/new.jpg",
        "button_caption": "LOOK",
        "link_url": "shop.example.com/x?a=1",
    }
    campaign = sent(rcs, "viber", "111", **settings)
    [message] = rcs.messages(campaign_id=campaign)
    assert (message["text"], "rcs_options" in message) == ("Hello by Viber", False)
    shown = rcs.emulator.http.get(f"/_emulator/messages/{message['id']}").json()
    assert (shown["text"], shown["sender"], shown["payload"]) == ("Hello by Viber", "Notify", settings)


def test_what_a_whatsapp_message_says(rcs: Rcs) -> None:
    [message] = rcs.messages(campaign_id=sent(rcs, "whatsapp", "111"))
    assert (message["text"], message["type"]) == ("order_ready Ann", "whatsapp")


def test_a_whatsapp_campaign_is_answered_bare_and_in_data(rcs: Rcs) -> None:
    answer = rcs.call("POST", "/campaigns/whatsapp/send", {"phones": [{"number": "380671111111"}]} | WHATSAPP)
    found = answer.json()
    assert found["name"] == "WhatsApp api campaign / 2026-03-15 14:30:00"
    assert {name: value for name, value in found.items() if name != "data"} == found["data"]


@pytest.mark.parametrize("said", [{}, {"type": None}, {"type": "template"}])
def test_a_whatsapp_message_is_of_a_template_whether_it_says_so_or_not(rcs: Rcs, said: Any) -> None:
    body = {name: value for name, value in WHATSAPP.items() if name != "type"} | said
    message = rcs.data("POST", "/messages/whatsapp/send", {"phone": {"number": "380671111111"}} | body)
    assert message["status"] == "accepted"


def test_the_same_whatsapp_campaign_may_be_sent_twice(rcs: Rcs) -> None:
    assert sent(rcs, "whatsapp", "111") != sent(rcs, "whatsapp", "111")


def test_a_template_that_the_provider_rejects(rcs: Rcs) -> None:
    campaign = sent(rcs, "whatsapp", "111", template=TEMPLATE | {"name": "Rejected_one"})
    rcs.advance("1h")
    assert seen(rcs, campaign) == [("whatsapp", "failed")]


def test_a_single_whatsapp_message(rcs: Rcs) -> None:
    message = rcs.data("POST", "/messages/whatsapp/send", {"phone": {"number": "380671111111"}} | WHATSAPP)
    assert (message["status"], message["type"], message["amount"]["value"]) == (
        "accepted",
        "whatsapp",
        "0.0400000",
    )
    rcs.advance("1m")
    assert rcs.messages(id=message["id"])[0]["status"] == "delivered"


@pytest.mark.parametrize("channel", ["viber", "whatsapp"])
def test_the_stop_list_of_the_channel_alone_is_looked_at(rcs: Rcs, channel: str) -> None:
    rcs.emulator.query(
        f"INSERT INTO rcs_stop_list_item (phone, created_at, rcs, sms, viber, whatsapp) "  # noqa: S608 -- a column
        f"VALUES ('380671111111', 0, 0, 0, {channel == 'viber'}, {channel == 'whatsapp'})"
    )
    listed = sent(rcs, channel, "111", "222")
    assert [message["phone"] for message in rcs.messages(campaign_id=listed)] == [380671112222]
    unchecked = sent(rcs, channel, "111", "222", check_stop_list=False)
    assert len(rcs.messages(campaign_id=unchecked)) == 2
    assert len(rcs.messages(campaign_id=rcs.send("380671111111")["id"])) == 1


@pytest.mark.parametrize(
    ("channels", "ending", "types"),
    [
        (["viber"], "111", ["viber"]),
        (["viber", "sms"], "905", ["viber", "sms"]),
        (["rcs", "viber"], "905", ["rcs", "viber"]),
        (["sms", "viber"], "904", ["sms", "viber"]),
        (["viber", "rcs"], "903", ["viber", "rcs"]),
    ],
)
def test_viber_in_universal_sends(rcs: Rcs, channels: list[str], ending: str, types: list[str]) -> None:
    content = {channel: PARTS[channel] for channel in channels}
    body = {"channels": channels, "recipients": {"phones": [{"number": f"380671112{ending}"}]}} | content
    campaign = rcs.data("POST", "/campaigns/send", body)["id"]
    rcs.advance("80h")
    assert [type_ for type_, _ in seen(rcs, campaign)] == types


def test_what_viber_messages_that_stand_in_for_others_are_shown_as(rcs: Rcs) -> None:
    content = {channel: PARTS[channel] for channel in ("rcs", "viber")}
    body = {"channels": ["rcs", "viber"], "recipients": {"phones": [{"number": "380671112903"}]}} | content
    campaign = rcs.data("POST", "/campaigns/send", body)["id"]
    rcs.advance("1h")
    first, second = rcs.messages(campaign_id=campaign)
    assert first["alternative_channels"] == {"viber": {"parts": 1, "id": [second["id"]]}}
    assert (second["sender"], second["text"]) == ("Notify", "Hello by Viber")
    assert list(rcs.campaign(campaign)["alternative_channels"]) == ["viber"]


def test_an_sms_shows_the_viber_message_that_stands_in_for_it(rcs: Rcs) -> None:
    parts = {"sms": {"sender": "MyShop", "text": "Hello"}, "viber": {"sender": "Notify", "text": "Hi"}}
    recipients = {"phones": [{"number": "380671112903"}, {"number": "380671112234"}]}
    body = {"channels": ["sms", "viber"], "recipients": recipients} | parts
    campaign = rcs.data("POST", "/campaigns/send", body)["id"]
    rcs.advance("10m")
    replaced, arrived, substitute = rcs.messages(campaign_id=campaign)
    assert replaced["alternative_channels"] == {"viber": {"parts": 1, "id": [substitute["id"]]}}
    assert "alternative_channels" not in arrived


def test_a_single_message_by_viber(rcs: Rcs) -> None:
    body = {"channels": ["viber"], "phone": {"number": "380671112111"}, "viber": VIBER}
    message = rcs.data("POST", "/messages/send", body)
    assert (message["type"], message["amount"]["value"]) == ("viber", "0.0300000")


BLANK, INVALID = ["This value should not be blank."], ["This value is not valid."]


@pytest.mark.parametrize(
    ("channel", "settings", "wrong"),
    [
        ("viber", {"sender": "MyShop"}, {"sender": ["Sender not found"]}),
        ("viber", {"text": ""}, {"text": BLANK}),
        ("viber", {"button_caption": "LOOK"}, {"link_url": BLANK}),
        ("viber", {"image_url": "https://img.example.com/new.jpg?a=1"}, {"image_url": INVALID}),
        ("viber", {"image_url": "https://localhost/new.jpg"}, {"image_url": INVALID}),
        ("viber", {"image_url": "https://img.example.com/a.b.jpg"}, {"image_url": INVALID}),
        ("viber", {"button_caption": "LOOK", "link_url": "shop"}, {"link_url": INVALID}),
        (
            "viber",
            {"alternative_channel": {"sms": {"sender": "Nobody", "text": "x"}}},
            {"alternative_channelsmssender": ["Sender not found"]},
        ),
        ("whatsapp", {"sender": "nobody"}, {"sender": ["Sender not found"]}),
        ("whatsapp", {"template": None}, {"template": BLANK}),
        ("whatsapp", {"type": "text"}, {"type": ["The value you selected is not a valid choice."]}),
        (
            "whatsapp",
            {"template": TEMPLATE | {"language": {"code": "xx"}}},
            {"templatelanguagecode": ["The value you selected is not a valid choice."]},
        ),
        ("whatsapp", {"template": TEMPLATE | {"language": {}}}, {"templatelanguagecode": BLANK}),
        (
            "whatsapp",
            {"template": TEMPLATE | {"components": [{"type": "footer"}]}},
            {"templatecomponents0type": ["The value you selected is not a valid choice."]},
        ),
    ],
)
def test_what_is_wrong(rcs: Rcs, channel: str, settings: Any, wrong: Any) -> None:
    body = {"phones": [{"number": "380671111111"}]} | (VIBER if channel == "viber" else WHATSAPP) | settings
    assert rcs.wrong(f"/campaigns/{channel}/send", body) == wrong


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/campaigns/viber/send", {"phones": [{"number": "380671111111"}]} | VIBER),
        ("/campaigns/whatsapp/send", {"phones": [{"number": "380671111111"}]} | WHATSAPP),
        ("/messages/whatsapp/send", {"phone": {"number": "380671111111"}} | WHATSAPP),
        (
            "/campaigns/rcs/send",
            {"phones": [{"number": "380671111111"}], "sender": "my_agent", "options": {"text": "x"}},
        ),
        (
            "/messages/rcs/send",
            {"phone": {"number": "380671111111"}, "sender": "my_agent", "options": {"text": "x"}},
        ),
        ("/campaigns/rcs/send-groups", {"groups": [1860001], "sender": "my_agent", "options": {"text": "x"}}),
        ("/campaigns/send", {"channels": ["viber"], "recipients": {"groups": [1860001]}, "viber": VIBER}),
        ("/messages/send", {"channels": ["viber"], "phone": {"number": "380671111111"}, "viber": VIBER}),
    ],
)
def test_a_demo_account_sends_nothing(rcs: Rcs, path: str, body: Any) -> None:
    rcs.emulator.query("UPDATE rcs_account SET mode = 'demo'")
    text = "This action is not available for the account of your type"
    assert rcs.refused("POST", path, body) == (422, text, [])


def test_values_of_contact_fields_are_filled_in_for_lists(rcs: Rcs) -> None:
    rcs.emulator.query("INSERT OR IGNORE INTO rcs_contact_field VALUES (387099, 'Name', 'text', NULL, 1)")
    rcs.emulator.query(
        "INSERT INTO rcs_contact_value SELECT id, 387099, 'Ann' FROM rcs_contact WHERE phone = '380670000001'"
    )
    options = {"cards": [{"title": "Dear {387099}", "text": "Hello"}]}
    body = {"groups": [1860001], "sender": "my_agent", "options": options}
    campaign = rcs.data("POST", "/campaigns/rcs/send-groups", body)["id"]
    titles = [one["rcs_options"]["cards"][0]["title"] for one in rcs.messages(campaign_id=campaign)]
    assert titles == ["Dear Ann", "Dear ", "Dear "]
