"""Campaign analytics are stored: https://docs.autosend.com/api-reference/campaigns/analytics."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.autosend.campaigns import GRADUAL, RELEASE, create
from tests.autosend.conftest import AutoSend

BEGUN = "2026-03-15T14:32:00.000Z"


def analytics(autosend: AutoSend, campaign: str) -> tuple[str | None, int, int]:
    """Return when the analytics were refreshed, and how many mails were delivered and opened by then."""
    found = autosend.data("GET", f"/campaigns/{campaign}/analytics")
    return found["refreshedAt"], found["counts"]["delivered"], found["counts"]["opened"]


def live(autosend: AutoSend, campaign: str) -> Any:
    return autosend.data("GET", f"/campaigns/{campaign}")["metrics"]["delivered"]


def test_they_are_empty_before_the_campaign_begins(autosend: AutoSend) -> None:
    campaign = create(autosend, **RELEASE)
    assert analytics(autosend, campaign) == (None, 0, 0)


def test_they_are_first_refreshed_when_the_sending_begins(autosend: AutoSend) -> None:
    campaign = create(autosend, **RELEASE)
    autosend.advance("2m")
    autosend.advance("9m")
    assert (analytics(autosend, campaign), live(autosend, campaign)) == ((BEGUN, 0, 0), 49)
    counts = autosend.data("GET", f"/campaigns/{campaign}/analytics")["counts"]
    assert (counts["totalContacts"], counts["attempted"]) == (51, 49)


def test_they_are_refreshed_every_ten_minutes(autosend: AutoSend) -> None:
    campaign = create(autosend, **RELEASE)
    autosend.advance("12m")
    assert analytics(autosend, campaign) == ("2026-03-15T14:42:00.000Z", 49, 2)
    autosend.advance("599s")
    assert analytics(autosend, campaign)[0] == "2026-03-15T14:42:00.000Z"
    autosend.advance("1s")
    assert analytics(autosend, campaign)[0] == "2026-03-15T14:52:00.000Z"


def test_they_stand_still_twenty_days_after_the_end(autosend: AutoSend) -> None:
    html = '<a href="https://story.example/">On</a>'
    campaign = create(autosend, **RELEASE, htmlTemplate=html)
    autosend.advance("21d")
    last, delivered, opened = analytics(autosend, campaign)
    assert (last, delivered, opened) == ("2026-04-04T14:32:00.000Z", 49, 2)
    about = {"job": f"autosend/campaign/{campaign}", "status": "delivered"}
    messages = autosend.emulator.http.get("/_emulator/messages", params=about).json()["messages"]
    path = f"/_emulator/messages/{messages[0]['id']}/html"
    link = autosend.emulator.http.get(path).text.split('href="')[1].split('"')[0]
    autosend.emulator.http.get(link.replace("&amp;", "&"), follow_redirects=False)
    autosend.advance("1d")
    assert analytics(autosend, campaign) == (last, delivered, opened)
    assert autosend.data("GET", f"/campaigns/{campaign}")["metrics"]["opened"] == 3


def test_a_test_has_them_refreshed_at_once(autosend: AutoSend) -> None:
    campaign = create(autosend, **RELEASE)
    autosend.advance("2m")
    autosend.advance("5m")
    path = f"/_emulator/jobs/autosend/campaign/{campaign}/status"
    assert autosend.emulator.http.post(path, json={"action": "refresh"}).status_code == 200
    assert analytics(autosend, campaign) == ("2026-03-15T14:37:00.000Z", 49, 2)
    autosend.advance("5m")
    assert analytics(autosend, campaign) == ("2026-03-15T14:42:00.000Z", 49, 2)


def test_those_of_a_campaign_that_has_not_begun_can_not_be_refreshed(autosend: AutoSend) -> None:
    path = f"/_emulator/jobs/autosend/campaign/{create(autosend)}/status"
    assert autosend.emulator.http.post(path, json={"action": "refresh"}).status_code == 409


def test_what_was_attempted_is_of_the_last_refresh_too(autosend: AutoSend) -> None:
    campaign = create(autosend, **RELEASE, **GRADUAL)
    autosend.advance("15m")
    before = autosend.data("GET", f"/campaigns/{campaign}/analytics")
    autosend.data("POST", f"/campaigns/{campaign}/pause")
    paused = autosend.data("GET", f"/campaigns/{campaign}/analytics")
    assert paused == before | {"status": "paused"}
    assert paused["rates"]["successRate"] == 100


def test_whole_numbers_are_written_without_a_point(autosend: AutoSend) -> None:
    campaign = create(autosend, **RELEASE)
    autosend.advance("2m")
    autosend.advance("20m")
    analytics = autosend.call("GET", f"/campaigns/{campaign}/analytics").text
    assert '"complaintRate":0,' in analytics
    assert '"successRate":100,' in analytics
    full = autosend.call("GET", f"/campaigns/{campaign}").text
    assert re.search(r'"averageRatePerSecond":[0-9]+,"totalDurationSeconds":[0-9]+}', full)


def test_a_mail_that_goes_back_and_forth_counts_once_in_each_status(autosend: AutoSend) -> None:
    campaign = create(autosend, **RELEASE)
    autosend.advance("3m")
    about = {"job": f"autosend/campaign/{campaign}", "status": "delivered"}
    message = autosend.emulator.http.get("/_emulator/messages", params=about).json()["messages"][0]["id"]
    before = autosend.data("GET", f"/campaigns/{campaign}")["metrics"]
    for status in ("opened", "clicked", "sent", "delivered", "opened", "clicked") * 2:
        forced = {"status": status, "force": True}
        path = f"/_emulator/messages/{message}/status"
        assert autosend.emulator.http.post(path, json=forced).status_code == 200
        autosend.advance("1m")
    found = autosend.data("GET", f"/campaigns/{campaign}")["metrics"]
    assert [found[name] - before[name] for name in ("sent", "delivered")] == [0, 0]
    autosend.advance("10m")
    counts = autosend.data("GET", f"/campaigns/{campaign}/analytics")["counts"]
    assert (counts["opened"], counts["clicked"], counts["humanOpened"]) == (3, 2, 3)


def pause(autosend: AutoSend, campaign: str) -> None:
    autosend.data("POST", f"/campaigns/{campaign}/pause")


def resume(autosend: AutoSend, campaign: str) -> None:
    autosend.data("POST", f"/campaigns/{campaign}/resume")


def abort(autosend: AutoSend, campaign: str) -> None:
    autosend.data("POST", f"/campaigns/{campaign}/abort")


def wait(autosend: AutoSend, campaign: str) -> None:
    autosend.advance("15d")


def delete_domain(autosend: AutoSend, campaign: str) -> None:
    listed = autosend.data("GET", "/domains")["domains"]
    [found] = [one["id"] for one in listed if one["domainName"] == "example.com"]
    assert autosend.call("DELETE", f"/domains/{found}").status_code == 200


def fail(autosend: AutoSend, campaign: str) -> None:
    steer(autosend, campaign, action="fail")


def finish(autosend: AutoSend, campaign: str) -> None:
    steer(autosend, campaign, action="finish")


def force(autosend: AutoSend, campaign: str) -> None:
    steer(autosend, campaign, status="failed", force=True)


def steer(autosend: AutoSend, campaign: str, **change: Any) -> None:
    path = f"/_emulator/jobs/autosend/campaign/{campaign}/status"
    assert autosend.emulator.http.post(path, json=change).status_code == 200


@pytest.mark.parametrize(
    "ways",
    [
        (abort,),
        (pause, abort),
        (pause, wait),
        (pause, resume, abort),
        (delete_domain,),
        (pause, delete_domain),
        (fail,),
        (pause, force),
        (force,),
        (finish,),
    ],
    ids=lambda ways: "-".join(way.__name__ for way in ways),
)
def test_they_are_refreshed_after_each_change_of_the_status(
    autosend: AutoSend, ways: tuple[Callable[[AutoSend, str], None], ...]
) -> None:
    campaign = create(autosend, **RELEASE, **GRADUAL)
    autosend.advance("1h")
    before = autosend.data("GET", f"/campaigns/{campaign}/analytics")["counts"]
    for way in ways:
        way(autosend, campaign)
        autosend.advance("1h")
    found = autosend.data("GET", f"/campaigns/{campaign}/analytics")["counts"]
    steer(autosend, campaign, action="refresh")
    assert found == autosend.data("GET", f"/campaigns/{campaign}/analytics")["counts"]
    assert before["attempted"] < found["attempted"]


def force_sent(autosend: AutoSend, campaign: str) -> None:
    steer(autosend, campaign, status="sent", force=True)


def force_aborted(autosend: AutoSend, campaign: str) -> None:
    steer(autosend, campaign, status="aborted", force=True)


@pytest.mark.parametrize(
    "end", [abort, fail, force, finish, force_sent, force_aborted], ids=lambda end: end.__name__
)
def test_they_and_its_length_stand_still_however_it_ended(
    autosend: AutoSend, end: Callable[[AutoSend, str], None]
) -> None:
    campaign = create(autosend, **RELEASE, **GRADUAL)
    autosend.advance("1h")
    end(autosend, campaign)
    autosend.advance("21d")
    assert analytics(autosend, campaign)[0] == "2026-04-04T15:22:00.000Z"
    found = autosend.data("GET", f"/campaigns/{campaign}")["metrics"]
    assert found["totalDurationSeconds"] == 58 * 60
