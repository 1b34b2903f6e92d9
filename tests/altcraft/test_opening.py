"""Opens and clicks: of a mail by the picture and the links in its HTML, of an SMS only by its links."""

from typing import Any

import pytest

from tests.altcraft.conftest import Altcraft
from tests.altcraft.messages import sent

LINK = "https://shop.example/"
PAGE = f'<a href="{LINK}">Shop</a>'
FULL = ["sent", "delivered", "opened", "clicked"]


def history(message: dict[str, Any]) -> list[str]:
    return [one["status"] for one in message["history"]]


def rule(altcraft: Altcraft, outcome: str) -> None:
    wanted = {"provider": "altcraft", "outcome": outcome}
    assert altcraft.emulator.http.post("/_emulator/outcomes", json=wanted).status_code == 201


def after_an_hour(altcraft: Altcraft, message: dict[str, Any]) -> list[str]:
    altcraft.advance("1h")
    return history(altcraft.emulator.http.get(f"/_emulator/messages/{message['id']}").json())


@pytest.mark.parametrize(
    ("channel", "fields", "statuses"),
    [
        ("email", {"html": PAGE}, FULL),
        ("email", {"html": "<p>Hi</p>", "text": "Hi"}, FULL[:-1]),
        ("email", {"text": "Hi"}, FULL[:-2]),
        ("email", {"text": LINK}, ["sent", "delivered", "clicked"]),
        ("email", {"text": "https{lead._id}://shop.example/"}, FULL[:-2]),
        ("email", {"html": f"{{if lead._id}}<!-- {{end}}{PAGE} -->"}, FULL[:-1]),
        ("sms", {"sms": "Hi"}, FULL[:-2]),
        ("sms", {"sms": LINK}, ["sent", "delivered", "clicked"]),
        ("push", {"title": "Hi", "body": "Hi"}, FULL),
    ],
)
def test_nothing_is_opened_or_clicked_that_nothing_tells_of(
    altcraft: Altcraft, channel: str, fields: dict[str, str], statuses: list[str]
) -> None:
    rule(altcraft, "clicked")
    resource: dict[str, Any] = {"resource_id": 26} if channel == "push" else {}
    message, *_ = sent(altcraft, fields, channel, **resource)
    assert after_an_hour(altcraft, message) == statuses


def test_the_address_opens_no_mail_without_html(altcraft: Altcraft) -> None:
    _, message = sent(altcraft, {"text": "Hi"})
    assert message["recipient"] == "bob+opened@example.com"
    assert after_an_hour(altcraft, message) == ["sent", "delivered"]


def test_who_would_open_an_sms_does_not(altcraft: Altcraft) -> None:
    for message in sent(altcraft, {"sms": "Hi"}, "sms"):
        assert after_an_hour(altcraft, message) == ["sent", "delivered"]


def test_who_has_nothing_to_open_unsubscribes_all_the_same(altcraft: Altcraft) -> None:
    rule(altcraft, "unsubscribed")
    message, _ = sent(altcraft, {"text": "Hi"})
    assert after_an_hour(altcraft, message) == ["sent", "delivered", "unsubscribed"]


def test_what_each_recipient_reads_decides(altcraft: Altcraft) -> None:
    rule(altcraft, "unsubscribed")
    mine = '{if lead.email equal "ann@example.com"}<p>Hi</p>{end}'
    ann, bob = sent(altcraft, {"html": mine, "text": "Hi"})
    assert after_an_hour(altcraft, ann) == ["sent", "delivered", "opened", "unsubscribed"]
    assert after_an_hour(altcraft, bob) == ["sent", "delivered", "unsubscribed"]


@pytest.mark.parametrize(
    ("channel", "fields", "status", "reason"),
    [
        ("email", {"text": LINK}, "opened", "has no HTML"),
        ("email", {"html": "<p>Hi</p>"}, "clicked", "has no link"),
        ("sms", {"sms": LINK}, "opened", "is an SMS"),
        ("sms", {"sms": "Hi"}, "clicked", "has no link"),
    ],
)
def test_what_nothing_could_tell_of_is_not_set_unless_it_is_forced(
    altcraft: Altcraft, channel: str, fields: dict[str, str], status: str, reason: str
) -> None:
    message, _ = sent(altcraft, fields, channel)
    path = f"/_emulator/messages/{message['id']}/status"
    refused = altcraft.emulator.http.post(path, json={"status": status})
    assert refused.status_code == 409
    assert reason in refused.json()["detail"]
    forced = altcraft.emulator.http.post(path, json={"status": status, "force": True}).json()
    assert forced["status"] == status
