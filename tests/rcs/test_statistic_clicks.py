"""The clicks on short links in statistic jobs."""

from typing import Any

import pytest

from tests.rcs.conftest import Rcs

DOMAIN = "db05af9e-0000-4ed6-b1ac-a373d9010001"
TODAY = {"type": "params", "time_in_from": "2026-03-15 14:30:00", "time_in_to": "2026-03-15 23:59:59"}


def rows(rcs: Rcs, **criteria: Any) -> list[tuple[str, int | None]]:
    """Return the phones and clicks that a job finds."""
    key = rcs.call("POST", "/stat/jobs", TODAY | criteria).json()["key"]
    rcs.advance("5s")
    found = rcs.call("GET", f"/stat/jobs/{key}").json().get("result", [])
    rcs.call("DELETE", f"/stat/jobs/{key}")
    return [(row["msisdn"], row["sl_clicks"]) for row in found]


@pytest.fixture
def sent(rcs: Rcs) -> Rcs:
    """Return a client that sent a link to two phones, where one followed it twice, and a text to a third."""
    body = {
        "phones": [{"number": 380671110001}, {"number": 380671110002}],
        "sender": "MyShop",
        "text": "See LINK",
        "short_links": [
            {"link": "https://shop.example.com/x", "placeholder": "LINK", "domain_ids": [DOMAIN]}
        ],
    }
    campaign = rcs.data("POST", "/campaigns/sms/send", body)
    rcs.send_one("380671110003")
    texts = [message["text"] for message in rcs.messages(campaign_id=campaign["id"])]
    place = texts[0].partition("://")[2]
    for _ in range(2):
        rcs.emulator.http.get(f"/_emulator/s/{place}", follow_redirects=False)
    return rcs


def test_the_clicks_on_the_link_of_a_message(sent: Rcs) -> None:
    assert rows(sent) == [("380671110001", 2), ("380671110002", 0), ("380671110003", None)]


@pytest.mark.parametrize(
    ("comparison", "count", "found"),
    [
        ("=", "2", ["380671110001"]),
        ("=", 0, ["380671110002"]),
        (">", 0, ["380671110001"]),
        ("<", "2", ["380671110002"]),
        ("<", 9, ["380671110001", "380671110002"]),
        (">", 2, []),
    ],
)
def test_messages_by_their_clicks(sent: Rcs, comparison: str, count: Any, found: list[str]) -> None:
    chosen = rows(sent, sl_clicks_comp=comparison, sl_clicks_count=count)
    assert [phone for phone, _ in chosen] == found


@pytest.mark.parametrize("wait", ["0s", "3d"])
def test_the_clicks_of_a_message_stay_when_its_link_is_gone(sent: Rcs, wait: str) -> None:
    days = {"from": "2026-03-15", "to": "2026-03-15"}
    links = sent.call("GET", "/short-url/links", params=days).json()["data"]
    [link] = [one["id"] for one in links if one["count_clicks"] == 2]
    sent.call("DELETE", f"/short-url/links/{link}")
    if wait == "0s":
        sent.call("DELETE", f"/short-url/links/{link}")
    sent.advance(wait)
    assert rows(sent)[0] == ("380671110001", 2)
    assert [phone for phone, _ in rows(sent, sl_clicks_comp=">", sl_clicks_count="1")] == ["380671110001"]
