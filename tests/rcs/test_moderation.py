"""Moderation refuses texts with `spam` that a client wrote; random `spam` in addresses does not count."""

from collections.abc import Sequence
from typing import Any

import pytest

from emulator.rcs import unsubscribing
from tests.conftest import Emulator
from tests.rcs.conftest import Rcs
from tests.rcs.short_links import SYSTEM, sms
from tests.rcs.test_short_link_rules import domain_of

SHORT = {"link": "https://shop.example.com/gift", "placeholder": "LINK", "domain_ids": [SYSTEM]}


def end(rcs: Rcs, campaign: Any) -> str:
    rcs.advance("10s")
    return str(rcs.campaign(campaign["id"])["status"])


def test_a_slug_that_is_made_of_a_target_is_no_text(rcs: Rcs) -> None:
    domain = domain_of(rcs, "from_original")
    campaign, [text] = sms(rcs, link="https://shop.example.com/spam", domain_ids=[domain])
    assert "spam" in text
    assert end(rcs, campaign) == "done"


def test_a_slug_that_is_made_at_random_is_no_text(emulator: Emulator) -> None:
    box = emulator.sandbox("slugs", seed=44281, fixtures="empty", clock="frozen")
    phones = [{"number": 380671112220}, {"number": 380671112221}]
    body = {"sender": "MyShop", "text": "See LINK", "phones": phones, "short_links": [SHORT]}
    campaign = box.http.post("/api/campaigns/sms/send", json=body, headers=box.rcs).json()["data"]
    box.advance("10s")
    said = box.http.get("/api/messages", headers=box.rcs).json()["data"]
    assert any("spam" in message["text"].lower() for message in said)
    found = box.http.get(f"/api/campaigns/{campaign['id']}", headers=box.rcs).json()["data"]
    assert found["status"] == "done"


def test_an_unsubscribe_link_is_no_text(rcs: Rcs, monkeypatch: pytest.MonkeyPatch) -> None:
    def slugs(*_: Any) -> Sequence[str]:
        return ["0Spam12345"]

    monkeypatch.setattr(unsubscribing, "sealed_slugs", slugs)
    campaign = rcs.send(options={"text": "Bye http://nosms.cc/XXXX"})
    [message] = rcs.messages(campaign_id=campaign["id"])
    assert "0Spam12345" in str(message)
    assert end(rcs, campaign) == "done"


def test_what_stands_beside_links_is_a_text(rcs: Rcs) -> None:
    campaign, _ = sms(rcs, text="Spam: LINK")
    assert end(rcs, campaign) == "spam"


@pytest.mark.parametrize("text", ["Hello", "Hello {387001}"])
@pytest.mark.parametrize(
    "beside",
    [
        {"media": {"url": "https://shop.example.com/spam.png"}},
        {"title": "Spam of the week"},
        {"suggestions": [{"text": "Go", "url": "https://nospam.example/"}]},
    ],
    ids=str,
)
def test_nothing_but_texts_is_judged_be_they_personal_or_not(rcs: Rcs, text: str, beside: Any) -> None:
    options = {"cards": [{"text": text} | beside]}
    campaign = rcs.data(
        "POST", "/campaigns/rcs/send-groups", {"groups": [1860001], "sender": "my_agent", "options": options}
    )
    assert end(rcs, campaign) == "done"


@pytest.mark.parametrize("text", ["Spam", "Spam for {387001}"])
@pytest.mark.parametrize("place", ["text", "card"])
def test_texts_are_judged_be_they_personal_or_not(rcs: Rcs, text: str, place: str) -> None:
    options = {"cards": [{"text": text}]} if place == "card" else {"text": text}
    campaign = rcs.data(
        "POST", "/campaigns/rcs/send-groups", {"groups": [1860001], "sender": "my_agent", "options": options}
    )
    assert end(rcs, campaign) == "spam"
