"""The clock set back: later messages and campaigns count as of just now, and lists show them."""

from typing import Any

import pytest

from tests.rcs import otp
from tests.rcs.conftest import Rcs, send_body
from tests.rcs.short_links import make


def set_back(rcs: Rcs, instant: str) -> None:
    answer = rcs.emulator.http.post("/_emulator/clock", json={"set": instant})
    assert answer.status_code == 200, answer.text


def ids(rcs: Rcs, path: str, **params: str) -> list[Any]:
    answer = rcs.call("GET", path, params=params).json()
    return [row["id"] for row in answer["data"]]


@pytest.mark.parametrize("instant", ["2026-03-15T14:00:00Z", "2026-03-01T12:00:00Z"])
@pytest.mark.parametrize("params", [{}, {"filter[from]": "2026-02-20 00:00:00"}])
def test_messages_and_campaigns_are_listed(rcs: Rcs, instant: str, params: dict[str, str]) -> None:
    campaign = rcs.send()["id"]
    rcs.advance("1m")
    [message] = rcs.messages(campaign_id=campaign)
    set_back(rcs, instant)
    assert campaign in ids(rcs, "/campaigns", **params)
    assert message["id"] in ids(rcs, "/messages", **params, **{"page[limit]": "500"})


def test_a_period_that_ends_before_now_ends_there(rcs: Rcs) -> None:
    campaign = rcs.send()["id"]
    rcs.advance("1m")
    set_back(rcs, "2026-03-15T14:00:00Z")
    ended = {"filter[to]": "2026-03-15 13:59:59"}
    assert campaign not in ids(rcs, "/campaigns", **ended)
    assert campaign in ids(rcs, "/campaigns", **{"filter[to]": "2026-03-15 14:00:00"})


def test_sessions_and_links_are_of_the_day_that_it_is(rcs: Rcs) -> None:
    session, link = otp.send(rcs)["id"], make(rcs)["id"]
    set_back(rcs, "2026-03-10T12:00:00Z")
    for day, is_there in (("2026-03-10", True), ("2026-03-09", False)):
        found = rcs.data("GET", "/2fa/authentications", params={"filter[from]": day, "filter[to]": day})
        assert (session in [row["id"] for row in found["list"]]) is is_there
        links = ids(rcs, "/short-url/links", **{"from": day, "to": day})
        assert (link in links) is is_there


@pytest.mark.parametrize("instant", ["2026-03-15T14:29:55Z", "2026-03-15T13:30:00Z", "2025-03-15T14:30:00Z"])
def test_a_request_is_no_repetition_of_one_that_came_later(rcs: Rcs, instant: str) -> None:
    rcs.send()
    set_back(rcs, instant)
    rcs.send()
    assert rcs.refused("POST", "/campaigns/rcs/send", send_body())[0] == 429


def test_nor_is_it_once_the_clock_has_come_there_again(rcs: Rcs) -> None:
    for _ in range(2):
        set_back(rcs, "2026-03-15T13:30:00Z")
        rcs.advance("1h")
        rcs.send()
