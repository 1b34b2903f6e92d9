"""The states of a campaign: https://telcowwt.com/documentations/rest-api/rcs-api/."""

import pytest

from emulator.engine.clock import iso_millis
from emulator.rcs.tables.campaigns import CAMPAIGN
from tests.rcs.conftest import Rcs

IN_STATE = {"sending": 1, "done": 2, "moderation": 4, "scheduled": 5, "paused": 6, "stopped": 7, "spam": 8}
"""The id of a campaign of the fixtures in each state; one in `creation` must be created."""


def campaign_in(rcs: Rcs, state: str) -> int:
    return IN_STATE[state] if state in IN_STATE else int(rcs.send()["id"])


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
@pytest.mark.parametrize(
    ("state", "action", "target"), [cell for cell in CAMPAIGN.cells() if cell[1] in {"stop", "renew"}]
)
def test_every_action_in_every_state(
    rcs: Rcs, method: str, state: str, action: str, target: str | None
) -> None:
    campaign = campaign_in(rcs, state)
    assert rcs.campaign(campaign)["status"] == state
    if target is None:
        refusal = rcs.refused(method, f"/campaigns/{campaign}/{action}")
        assert refusal == (422, "Invalid campaign status", [])
    else:
        assert rcs.data(method, f"/campaigns/{campaign}/{action}")["status"] == target
    assert rcs.campaign(campaign)["status"] == (target or state)


def test_a_new_campaign_is_moderated_and_then_sent(rcs: Rcs) -> None:
    campaign = rcs.send()
    seen = [campaign["status"]]
    for _ in range(4):
        rcs.advance("1s")
        seen.append(rcs.campaign(campaign["id"])["status"])
    assert seen == ["creation", "moderation", "moderation", "sending", "done"]


def test_the_times_of_a_campaign(rcs: Rcs) -> None:
    campaign = rcs.send()
    assert campaign["name"] == "RCS api campaign / 2026-03-15 14:30:00"
    assert (campaign["real_start_at"], campaign["finished_at"]) == (None, None)
    rcs.advance("1m")
    done = rcs.campaign(campaign["id"])
    assert done["created_at"] == done["start_at"] == "2026-03-15 14:30:00"
    assert done["real_start_at"] == "2026-03-15 14:30:03"
    assert done["finished_at"] == "2026-03-15 14:30:04"


@pytest.mark.slow
@pytest.mark.parametrize(
    "options", [{"text": "Buy SPAM now"}, {"cards": [{"text": "Good"}, {"text": "Tinned spam"}]}]
)
def test_spam_does_not_pass_moderation(rcs: Rcs, options: object) -> None:
    campaign = rcs.send(options=options)["id"]
    rcs.advance("1s")
    assert rcs.campaign(campaign)["status"] == "moderation"
    rcs.advance("2s")
    assert rcs.campaign(campaign)["status"] == "spam"
    rcs.advance("1d")
    assert [message["status"] for message in rcs.messages(campaign_id=campaign)] == ["scheduled"]


def test_a_scheduled_campaign_waits_for_its_time(rcs: Rcs) -> None:
    campaign = rcs.send(start_at="2026-03-15 16:30:00")
    assert campaign["status"] == "scheduled"
    assert campaign["start_at"] == "2026-03-15 16:30:00"
    rcs.advance("1h59m59s")
    assert rcs.campaign(campaign["id"])["status"] == "scheduled"
    rcs.advance("1s")
    assert rcs.campaign(campaign["id"])["status"] == "sending"
    assert rcs.campaign(campaign["id"])["real_start_at"] == "2026-03-15 16:30:00"


def test_a_campaign_that_is_scheduled_for_the_present_second_begins_now(rcs: Rcs) -> None:
    rcs.advance("500ms")
    campaign = rcs.send(start_at="2026-03-15 14:30:00")["id"]
    rcs.advance("1s")
    [message] = rcs.messages(campaign_id=campaign)
    [(first,)] = rcs.emulator.query("SELECT min(at) FROM status_change WHERE message_id = ?", message["id"])
    assert iso_millis(first) == "2026-03-15T14:30:00.500Z"


@pytest.mark.slow
def test_scheduled_spam_is_refused_before_its_time(rcs: Rcs) -> None:
    campaign = rcs.send(start_at="2026-03-15 16:30:00", options={"text": "spam"})
    assert campaign["status"] == "scheduled"
    rcs.advance("3s")
    assert rcs.campaign(campaign["id"])["status"] == "spam"
    rcs.advance("1d")
    assert rcs.campaign(campaign["id"])["statistics"]["sent"] == 0


def test_the_documented_cancellation(rcs: Rcs) -> None:
    assert rcs.data("PUT", "/campaigns/1/stop") == {
        "id": 1,
        "name": "RCS api campaign / 2021-04-27 19:44:06",
        "sender": "emulator",
        "status": "stopped",
        "message_type": "rcs",
        "start_at": "2021-04-27 19:44:06",
        "real_start_at": "2021-04-27 19:44:09",
        "finished_at": "2026-03-15 14:30:00",
        "created_at": "2021-04-27 19:44:06",
        "statistics": {"delivered": 0, "sent": 0},
        "calculated_price": 123.4,
        "currency": "USD",
        "alternative_channels": {
            "sms": {
                "statistic": {"delivered": 0, "sent": 0},
                "statistics": {"delivered": 0, "sent": 0},
            }
        },
    }


@pytest.mark.slow
def test_nothing_goes_out_after_a_stop(rcs: Rcs) -> None:
    phones = [f"3806711{number:05}" for number in range(60)]
    campaign = rcs.send(*phones)["id"]
    rcs.advance("4s500ms")
    rcs.data("PUT", f"/campaigns/{campaign}/stop")
    rcs.advance("30d")
    counters = rcs.detail(campaign)["statistics"]
    assert (counters["delivered"], counters["sending"], counters["scheduled"]) == (20, 20, 20)
    assert rcs.campaign(campaign)["status"] == "stopped"


@pytest.mark.slow
def test_a_stop_keeps_scheduled_messages_from_ever_leaving(rcs: Rcs) -> None:
    rcs.data("PUT", "/campaigns/5/stop")
    rcs.advance("30d")
    assert rcs.detail(5)["statistics"]["scheduled"] == 3


@pytest.mark.slow
def test_a_paused_campaign_goes_on_where_it_was(rcs: Rcs) -> None:
    before = rcs.detail(6)["statistics"]["scheduled"]
    rcs.advance("1d")
    assert rcs.detail(6)["statistics"]["scheduled"] == before
    rcs.data("PUT", "/campaigns/6/renew")
    rcs.advance("2d")
    assert rcs.campaign(6)["status"] == "done"
    assert rcs.detail(6)["statistics"]["scheduled"] == 0


@pytest.mark.parametrize("action", ["", "/detail"])
@pytest.mark.parametrize("number", ["999", "abc", "-1", "1.0", "9" * 30, "%00", "٣"])
def test_an_unknown_campaign(rcs: Rcs, number: str, action: str) -> None:
    assert rcs.refused("GET", f"/campaigns/{number}{action}") == (404, "Model not found", [])


@pytest.mark.parametrize("action", ["stop", "renew"])
def test_an_unknown_campaign_can_not_be_changed(rcs: Rcs, action: str) -> None:
    assert rcs.refused("PUT", f"/campaigns/999/{action}") == (404, "Model not found", [])


def steer(rcs: Rcs, campaign: int, action: str) -> None:
    answer = rcs.emulator.http.post(
        f"/_emulator/jobs/rcs/campaign/{campaign}/status", json={"action": action}
    )
    assert answer.status_code == 200, answer.text


def test_a_campaign_that_pauses_while_its_last_message_leaves_is_done_when_it_goes_on(rcs: Rcs) -> None:
    campaign = rcs.send()["id"]
    rcs.advance("3s")
    steer(rcs, campaign, "starve")
    rcs.advance("1m")
    assert rcs.campaign(campaign)["status"] == "paused"
    rcs.data("PUT", f"/campaigns/{campaign}/renew")
    assert rcs.campaign(campaign)["status"] == "done"


def test_a_campaign_whose_messages_a_test_decided_on_before_it_began(rcs: Rcs) -> None:
    campaign = rcs.send()["id"]
    [message] = rcs.messages(campaign_id=campaign)
    path = f"/_emulator/messages/{message['id']}/status"
    assert rcs.emulator.http.post(path, json={"status": "delivered"}).status_code == 200
    assert rcs.campaign(campaign)["status"] == "creation"
    rcs.advance("3s")
    assert rcs.campaign(campaign)["status"] == "done"


@pytest.mark.parametrize("ended", ["stopped", "spam"])
def test_a_campaign_that_a_test_ends_and_takes_up_again(rcs: Rcs, ended: str) -> None:
    before = rcs.emulator.query("SELECT reserved FROM rcs_account")
    campaign = rcs.send(*[f"3806711{number:05}" for number in range(30)])["id"]
    rcs.advance("3500ms")
    path = f"/_emulator/jobs/rcs/campaign/{campaign}/status"
    for status in (ended, "stopped"):
        assert rcs.emulator.http.post(path, json={"status": status, "force": True}).status_code == 200
        assert rcs.emulator.query("SELECT reserved FROM rcs_account") == before
    rcs.advance("5s")
    assert rcs.emulator.http.post(path, json={"status": "sending", "force": True}).status_code == 200
    rcs.advance("1m")
    assert rcs.campaign(campaign)["status"] == "done"
    assert {message["status"] for message in rcs.messages(campaign_id=campaign)} == {"delivered"}
    assert rcs.emulator.query("SELECT reserved FROM rcs_account") == before


def force(rcs: Rcs, campaign: int, status: str) -> tuple[str | None, str | None]:
    """Set the status of a campaign; return when it began and ended."""
    path = f"/_emulator/jobs/rcs/campaign/{campaign}/status"
    assert rcs.emulator.http.post(path, json={"status": status, "force": True}).status_code == 200
    found = rcs.campaign(campaign)
    assert found["status"] == status
    return found["real_start_at"], found["finished_at"]


@pytest.mark.parametrize("status", ["creation", "moderation", "scheduled"])
def test_a_campaign_that_is_set_back_to_before_its_start_has_neither_begun_nor_ended(
    rcs: Rcs, status: str
) -> None:
    assert rcs.campaign(2)["finished_at"] is not None
    assert force(rcs, 2, status) == (None, None)


@pytest.mark.parametrize("status", ["sending", "paused"])
def test_a_campaign_that_is_under_way_again_has_not_ended(rcs: Rcs, status: str) -> None:
    begun = rcs.campaign(7)["real_start_at"]
    assert force(rcs, 7, status) == (begun, None)


@pytest.mark.parametrize(
    ("status", "ended"), [("sending", None), ("paused", None), ("done", "2026-03-15 14:30:00")]
)
def test_a_campaign_that_is_set_under_way_has_begun(rcs: Rcs, status: str, ended: str | None) -> None:
    assert force(rcs, 5, status) == ("2026-03-15 14:30:00", ended)


@pytest.mark.parametrize(("status", "ended"), [("stopped", "2026-03-15 14:30:00"), ("spam", None)])
def test_a_campaign_that_is_ended_by_force_has_the_times_of_one_that_ended_so(
    rcs: Rcs, status: str, ended: str | None
) -> None:
    assert force(rcs, 5, status) == (None, ended)
