"""Helpers for tests of short links: the domains and links of the demo account, and following a link."""

from typing import Any

from tests.rcs.conftest import Rcs

SYSTEM, NUMERIC, OWN = (
    "db05af9e-0000-4ed6-b1ac-a373d9010001",
    "bc7166bf-0000-4bc6-9e60-9c9f0a850002",
    "bc7166bf-0000-4bc6-9e60-9c9f0a850003",
)
GIFT, SALE = "e25d87d5-0000-4697-8627-57ef0ec50001", "e25d87d5-0000-4697-8627-57ef0ec50002"
UNKNOWN = "00000000-0000-4000-a000-000000000000"
DAYS = {"from": "2026-03-01", "to": "2026-03-31"}
PHONE = 380671112233
BROWSER = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0", "Accept-Language": "uk,en;q=0.5"}


def make(rcs: Rcs, link: str = "https://shop.example.com/new", domain: str = SYSTEM) -> Any:
    answer = rcs.call("POST", "/short-url/links", {"domain_id": domain, "link": link})
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]


def listed(rcs: Rcs, what: str = "links", **params: Any) -> Any:
    answer = rcs.call("GET", f"/short-url/{what}", params=DAYS | params)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


def follow(rcs: Rcs, short_link: str, **headers: str) -> tuple[int, str | None]:
    """Follow a link as a recipient does; return the status and where it leads."""
    place = short_link.partition("://")[2]
    answer = rcs.emulator.http.get(f"/_emulator/s/{place}", headers=BROWSER | headers, follow_redirects=False)
    return answer.status_code, answer.headers.get("location")


def sms(rcs: Rcs, *phones: int, text: str = "See LINK", **link: Any) -> Any:
    entry = {"link": "https://shop.example.com/x", "placeholder": "LINK", "domain_ids": [SYSTEM]} | link
    body = {
        "phones": [{"number": phone} for phone in phones or (PHONE,)],
        "sender": "MyShop",
        "text": text,
        "short_links": [entry],
    }
    campaign = rcs.data("POST", "/campaigns/sms/send", body)
    return campaign, [message["text"] for message in rcs.messages(campaign_id=campaign["id"])]
