"""Unsubscribe links in messages: https://telcowwt.com/documentations/rest-api/rcs-api/."""

import re
from typing import Any

import pytest

from tests.rcs.conftest import Rcs, send_body

PHONE = "380671112233"
LINK = "http://nosms.cc/XXXX"
CARD = {"text": "Sale", "suggestions": [{"text": "Stop", "url": LINK}]}


def follow(rcs: Rcs, link: str) -> Any:
    return rcs.emulator.http.get(f"/_emulator/s/{link.removeprefix('http://')}")


def flags(rcs: Rcs, phone: str = PHONE) -> list[str]:
    """Return the channels for which a phone is on the stop list."""
    found = rcs.data("GET", "/stoplist/search", params={"search[field]": "phone", "search[value]": phone})
    channels = ("rcs", "sms", "viber")
    return [channel for channel in channels if found and found[0][f"{channel}_stoplist"]]


def sent(rcs: Rcs, *phones: str, **options: Any) -> list[Any]:
    campaign = rcs.data("POST", "/campaigns/rcs/send", send_body(*phones, options=options))
    return list(rcs.messages(campaign_id=campaign["id"]))


def test_each_recipient_has_a_link_of_their_own(rcs: Rcs) -> None:
    first, second = sent(rcs, PHONE, "380671112234", text=f"Sale. Stop: {LINK}")
    links = [message["text"].removeprefix("Sale. Stop: ") for message in (first, second)]
    assert len({LINK, *links}) == 3
    page = follow(rcs, links[0])
    assert (page.status_code, "no more messages" in page.text) == (200, True)
    assert flags(rcs) == ["rcs"]
    assert flags(rcs, "380671112234") == []
    assert sent(rcs, PHONE, text="Sale again") == []


def test_a_button_leads_there_too(rcs: Rcs) -> None:
    [message] = sent(rcs, PHONE, cards=[CARD])
    [card] = message["rcs_options"]["cards"]
    link = card["suggestions"][0]["url"]
    assert link != LINK
    follow(rcs, link)
    assert flags(rcs) == ["rcs"]


def test_a_recipient_who_presses_the_button_is_unsubscribed(rcs: Rcs) -> None:
    sent(rcs, "380671112909", cards=[CARD])
    rcs.advance("89s")
    assert flags(rcs, "380671112909") == []
    rcs.advance("10s")
    assert flags(rcs, "380671112909") == ["rcs"]


CALL = {"text": "Call", "phone": "380671112200"}
SHOP = {"text": "Shop", "url": "https://a.example"}


@pytest.mark.parametrize(
    "content",
    [
        {"text": f"Sale. Stop: {LINK}"},
        {"cards": [{"text": f"Sale. Stop: {LINK}"}]},
        {"cards": [{"text": f"Sale. Stop: {LINK}", "suggestions": [CALL]}]},
    ],
)
def test_a_recipient_who_clicks_follows_the_link_in_a_text_as_well(rcs: Rcs, content: dict[str, Any]) -> None:
    sent(rcs, "380671112909", **content)
    rcs.advance("10m")
    assert flags(rcs, "380671112909") == ["rcs"]


@pytest.mark.parametrize(
    "content",
    [
        {"text": f"Sale: https://shop.example.com Stop: {LINK}"},
        {"cards": [{"text": f"Stop: {LINK}", "suggestions": [SHOP]}]},
        {"cards": [{"text": f"Stop: {LINK}", "suggestions": [CALL, SHOP]}]},
    ],
)
def test_where_there_is_another_link_nobody_unsubscribes_by_a_click(
    rcs: Rcs, content: dict[str, Any]
) -> None:
    sent(rcs, "380671112909", **content)
    rcs.advance("10m")
    assert flags(rcs, "380671112909") == []


def test_a_caption_puts_a_link_behind_an_sms(rcs: Rcs) -> None:
    part = {"sender": "MyShop", "text": "x" * 140, "unsubscribe_caption": "Unsubscribe: "}
    body = {"channels": ["sms"], "recipients": {"phones": [{"number": PHONE}]}, "sms": part}
    campaign = rcs.data("POST", "/campaigns/send", body)
    [message] = rcs.messages(campaign_id=campaign["id"])
    start = "x" * 140 + " Unsubscribe: http://nosms.cc/"
    assert message["text"].startswith(start)
    assert (message["parts"], campaign["calculated_price"]) == (2, 0.1)
    follow(rcs, message["text"].rpartition(" ")[2])
    assert flags(rcs) == ["sms"]


@pytest.mark.parametrize("caption", ["", "  "])
def test_a_blank_caption_leaves_no_gap_before_the_link(rcs: Rcs, caption: str) -> None:
    part = {"sender": "MyShop", "text": "Hello", "unsubscribe_caption": caption}
    body = {"channels": ["sms"], "recipients": {"phones": [{"number": PHONE}]}, "sms": part}
    campaign = rcs.data("POST", "/campaigns/send", body)
    [message] = rcs.messages(campaign_id=campaign["id"])
    assert message["text"].startswith("Hello http://nosms.cc/")


@pytest.mark.parametrize("path", ["/messages/rcs/send", "/messages/send"])
def test_single_messages_have_such_links(rcs: Rcs, path: str) -> None:
    text = f"Stop: {LINK}"
    body: dict[str, Any] = {"phone": {"number": PHONE}}
    if path == "/messages/send":
        body |= {"channels": ["rcs"], "rcs": {"sender": "my_agent", "text": text}}
    else:
        body |= {"sender": "my_agent", "options": {"text": text}}
    number = rcs.data("POST", path, body)["id"]
    [message] = rcs.messages(id=number)
    follow(rcs, message["text"].removeprefix("Stop: "))
    assert flags(rcs) == ["rcs"]


def test_an_unknown_link(rcs: Rcs) -> None:
    assert follow(rcs, LINK).status_code == 404


def test_an_sms_whose_link_is_followed(rcs: Rcs) -> None:
    entry = {
        "link": "https://shop.example.com/x",
        "placeholder": "LINK",
        "domain_ids": ["db05af9e-0000-4ed6-b1ac-a373d9010001"],
    }
    body = {"sender": "MyShop", "text": "LINK", "short_links": [entry]}
    body |= {"phones": [{"number": "380671112909"}, {"number": PHONE}]}
    campaign = rcs.data("POST", "/campaigns/sms/send", body)["id"]
    rcs.advance("10m")
    params = {"from": "2026-03-15", "to": "2026-03-15", "campaign": campaign}
    [click] = rcs.call("GET", "/short-url/clicks", params=params).json()["data"]
    assert (click["phone_number"], click["is_human"], click["is_unique"]) == (380671112909, True, True)
    assert {message["status"] for message in rcs.messages(campaign_id=campaign)} == {"delivered"}


SAID = f"Bye {LINK}"
VIBER = {"sender": "Notify", "text": "Bye", "button_caption": "No", "link_url": LINK}
TEMPLATE = {
    "name": "bye",
    "language": {"code": "en"},
    "components": [{"type": "body", "parameters": [{"type": "text", "text": LINK}]}],
}


@pytest.mark.parametrize(
    ("path", "body", "channel"),
    [
        ("/campaigns/sms/send", {"phones": [{"number": PHONE}], "sender": "MyShop", "text": SAID}, "sms"),
        (
            "/campaigns/sms/send-individual",
            {"messages": [{"phone": PHONE, "sender": "MyShop", "text": SAID}]},
            "sms",
        ),
        ("/campaigns/viber/send", {"phones": [{"number": PHONE}], "sender": "Notify", "text": SAID}, "viber"),
        ("/campaigns/viber/send", {"phones": [{"number": PHONE}]} | VIBER, "viber"),
        (
            "/campaigns/send",
            {"channels": ["viber"], "recipients": {"phones": [{"number": PHONE}]}, "viber": VIBER},
            "viber",
        ),
        (
            "/campaigns/whatsapp/send",
            {"phones": [{"number": PHONE}], "sender": "my_agent", "template": TEMPLATE},
            "whatsapp",
        ),
        (
            "/messages/whatsapp/send",
            {"phone": {"number": PHONE}, "sender": "my_agent", "template": TEMPLATE},
            "whatsapp",
        ),
    ],
)
def test_messages_of_all_sends_have_such_links(rcs: Rcs, path: str, body: Any, channel: str) -> None:
    assert rcs.call("POST", path, body).status_code == 200
    latest = {"recipient": PHONE, "latest": "true"}
    [message] = rcs.emulator.http.get("/_emulator/messages", params=latest).json()["messages"]
    shown = rcs.emulator.http.get(f"/_emulator/messages/{message['id']}").text
    assert LINK not in shown
    [link] = set(re.findall(r"http://nosms\.cc/\w+", shown))
    assert follow(rcs, link).status_code == 200
    [stopped] = rcs.emulator.query(f"SELECT {channel} FROM rcs_stop_list_item WHERE phone = ?", PHONE)  # noqa: S608 -- our own table
    assert stopped == (1,)


def test_who_gets_a_text_of_their_own_has_a_link_only_where_it_has_one(rcs: Rcs) -> None:
    texts = {"380671112241": "Hello", PHONE: SAID}
    messages = [{"phone": phone, "sender": "MyShop", "text": text} for phone, text in texts.items()]
    campaign = rcs.data("POST", "/campaigns/sms/send-individual", {"messages": messages})
    found = rcs.messages(campaign_id=campaign["id"])
    said = {str(message["phone"]): message["text"] for message in found}
    assert said["380671112241"] == "Hello"
    assert follow(rcs, said[PHONE].removeprefix("Bye ")).status_code == 200
