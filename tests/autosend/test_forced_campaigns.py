"""Campaigns whose state a test sets, past the API."""

from typing import Any

import pytest

from tests.autosend.automations import join
from tests.autosend.campaigns import GRADUAL, NOBODY, RELEASE, RELEASED, create, status_of
from tests.autosend.conftest import AutoSend
from tests.autosend.suppressions import suppress


def job_of(campaign: str) -> str:
    return f"/_emulator/jobs/autosend/campaign/{campaign}"


def steer(autosend: AutoSend, campaign: str, **wanted: Any) -> Any:
    answer = autosend.emulator.http.post(f"{job_of(campaign)}/status", json=wanted)
    assert answer.status_code == 200, answer.text
    return answer.json()


def force(autosend: AutoSend, campaign: str, *states: str) -> None:
    for state in states:
        assert steer(autosend, campaign, status=state, force=True)["status"] == state


def sent(autosend: AutoSend, campaign: str) -> int:
    return int(autosend.data("GET", f"/campaigns/{campaign}")["metrics"]["sent"])


def messages(autosend: AutoSend, campaign: str) -> list[Any]:
    params = {"job": f"autosend/campaign/{campaign}"}
    found = autosend.emulator.http.get("/_emulator/messages", params=params).json()["messages"]
    return list(found)


def force_messages(autosend: AutoSend, campaign: str, status: str) -> None:
    for message in messages(autosend, campaign):
        wanted = {"status": status, "force": True}
        autosend.emulator.http.post(f"/_emulator/messages/{message['id']}/status", json=wanted)


def check_calm(autosend: AutoSend) -> None:
    assert autosend.emulator.http.get("/_emulator/clock/failed").json()["total"] == 0


def under_way(autosend: AutoSend, **mode: object) -> str:
    """Return a campaign under way; a gradual one has sent the mails of its first day."""
    campaign = create(autosend, **mode, **RELEASE)
    autosend.advance(RELEASED)
    if mode:
        autosend.advance("1m")
        assert sent(autosend, campaign) == GRADUAL["dailyBatchSize"]
    return campaign


@pytest.mark.parametrize("wanted", [{"action": "finish"}, {"status": "sent"}])
def test_nothing_follows_the_end_of_a_gradual_campaign(autosend: AutoSend, wanted: dict[str, str]) -> None:
    campaign = under_way(autosend, **GRADUAL)
    assert steer(autosend, campaign, **wanted)["status"] == "sent"
    number = sent(autosend, campaign)
    autosend.advance("2d")
    check_calm(autosend)
    assert sent(autosend, campaign) == number


def test_nothing_follows_the_end_that_the_messages_bring_about(autosend: AutoSend) -> None:
    campaign = under_way(autosend, **GRADUAL)
    force_messages(autosend, campaign, "failed")
    assert status_of(autosend, campaign) == "sent"
    autosend.advance("2d")
    check_calm(autosend)


@pytest.mark.parametrize("mode", [{}, GRADUAL])
def test_a_sent_campaign_that_is_paused_by_force_is_sent_when_it_is_resumed(
    autosend: AutoSend, mode: dict[str, object]
) -> None:
    campaign = create(autosend, **mode, **RELEASE)
    autosend.advance("9d")
    force(autosend, campaign, "paused")
    assert autosend.data("POST", f"/campaigns/{campaign}/resume")["status"] == "sent"
    autosend.advance("2d")
    check_calm(autosend)


@pytest.mark.parametrize("state", ["draft", "scheduled", "paused", "sent", "failed", "aborted"])
def test_a_gradual_campaign_sends_no_further_days_in_another_state(autosend: AutoSend, state: str) -> None:
    campaign = under_way(autosend, **GRADUAL)
    force(autosend, campaign, state)
    number = sent(autosend, campaign)
    autosend.advance("3d")
    check_calm(autosend)
    assert (status_of(autosend, campaign), sent(autosend, campaign)) == (state, number)


def test_a_gradual_campaign_that_is_a_draft_again_begins_anew(autosend: AutoSend) -> None:
    campaign = under_way(autosend, **GRADUAL)
    autosend.advance("1d")
    force(autosend, campaign, "draft")
    autosend.data("PATCH", f"/campaigns/{campaign}", {"publish": True, "sendNow": True})
    autosend.advance("3m")
    assert autosend.data("GET", f"/campaigns/{campaign}")["gradualSend"]["currentDay"] == 1
    assert sent(autosend, campaign) == GRADUAL["dailyBatchSize"]


@pytest.mark.parametrize("state", ["draft", "scheduled", "failed", "aborted"])
def test_a_gradual_campaign_goes_on_with_its_next_day(autosend: AutoSend, state: str) -> None:
    campaign = under_way(autosend, **GRADUAL)
    force(autosend, campaign, state, "sending_gradual")
    autosend.advance("9d")
    check_calm(autosend)
    assert status_of(autosend, campaign) == "sent"


@pytest.mark.parametrize("mode", [{"sendMode": "scheduled"}, GRADUAL])
@pytest.mark.parametrize("is_by_client", [True, False])
def test_a_scheduled_campaign_that_was_paused_begins_at_its_time(
    autosend: AutoSend, mode: dict[str, object], *, is_by_client: bool
) -> None:
    campaign = create(autosend, **mode, scheduledAt="2026-03-16T14:30:00.000Z", publish=True)
    force(autosend, campaign, "paused")
    if is_by_client:
        autosend.data("POST", f"/campaigns/{campaign}/resume")
    else:
        steer(autosend, campaign, action="resume")
    assert status_of(autosend, campaign) == "scheduled"
    autosend.advance("1d")
    assert status_of(autosend, campaign).startswith("sending")
    check_calm(autosend)


@pytest.mark.parametrize(("mode", "foreign"), [({}, "sending_gradual"), (GRADUAL, "sending")])
def test_a_campaign_has_the_state_of_sending_of_its_own_mode_alone(
    autosend: AutoSend, mode: dict[str, object], foreign: str
) -> None:
    campaign = create(autosend, **mode)
    assert foreign not in autosend.emulator.http.get(job_of(campaign)).json()["states"]
    wanted = {"status": foreign, "force": True}
    refused = autosend.emulator.http.post(f"{job_of(campaign)}/status", json=wanted)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"] == "status"


@pytest.mark.parametrize(("mode", "state"), [({}, "sending"), (GRADUAL, "sending_gradual")])
@pytest.mark.parametrize("before", [(), ("paused",), ("failed",), ("sent",), ("aborted",), ("scheduled",)])
def test_a_campaign_that_never_began_sends_when_it_is_forced_to(
    autosend: AutoSend, mode: dict[str, object], state: str, before: tuple[str, ...]
) -> None:
    campaign = create(autosend, **mode)
    force(autosend, campaign, *before, state)
    waiting = [one for one in messages(autosend, campaign) if one["status"] == "queued"]
    autosend.advance("9d")
    check_calm(autosend)
    assert status_of(autosend, campaign) == "sent"
    assert sent(autosend, campaign) == len(waiting) > 0


def test_a_campaign_that_nobody_would_get_is_sending_until_it_is_finished(autosend: AutoSend) -> None:
    campaign = create(autosend, toLists=[NOBODY])
    force(autosend, campaign, "sending")
    autosend.advance("1d")
    assert (status_of(autosend, campaign), messages(autosend, campaign)) == ("sending", [])
    assert steer(autosend, campaign, action="finish")["status"] == "sent"


def test_a_campaign_whose_recipients_are_all_suppressed_is_in_the_forced_state(autosend: AutoSend) -> None:
    join(autosend, NOBODY, "a@example.com", "b@example.com")
    suppress(autosend, "a@example.com", "b@example.com", isGlobal=True)
    campaign = create(autosend, toLists=[NOBODY])
    force(autosend, campaign, "sending")
    assert {one["status"] for one in messages(autosend, campaign)} == {"suppressed"}
    assert steer(autosend, campaign, action="finish")["status"] == "sent"


def test_mails_of_a_draft_that_is_deleted_go_their_way(autosend: AutoSend) -> None:
    campaign = under_way(autosend)
    autosend.advance("2s")
    force(autosend, campaign, "draft")
    first = messages(autosend, campaign)[0]["id"]
    autosend.call("DELETE", f"/campaigns/{campaign}")
    autosend.advance("1d")
    check_calm(autosend)
    http = autosend.emulator.http
    details = http.get(f"/_emulator/messages/{first}").json()
    assert details["status"] == "delivered"
    link = details["headers"]["List-Unsubscribe"].strip("<>")
    assert http.post(link, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert http.get(job_of(campaign)).status_code == 404
    assert campaign not in [one["id"] for one in autosend.data("GET", "/campaigns")["campaigns"]]
    assert autosend.call("GET", f"/campaigns/{campaign}").status_code == 404


def test_a_campaign_that_is_paused_by_force_ends_if_nobody_resumes_it(autosend: AutoSend) -> None:
    campaign = under_way(autosend)
    force(autosend, campaign, "aborted", "paused")
    autosend.advance("15d")
    assert status_of(autosend, campaign) == "aborted"
    check_calm(autosend)
