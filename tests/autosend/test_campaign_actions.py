"""Pause, resume, abort, duplicate: https://docs.autosend.com/api-reference/campaigns."""

from typing import Any

import pytest

from emulator.autosend.webhooks import email_id
from tests.autosend.conftest import AutoSend

SENDING = "60d5ec49f1b2c72d9c8b4567"
READERS = "66a0c1d2e3f4a5b6c7d8dddd"


def published(autosend: AutoSend, **settings: object) -> str:
    body = {"name": "Story", "subject": "Once", "htmlTemplate": "<p>upon</p>", "toLists": [READERS]}
    campaign = autosend.data("POST", "/campaigns", body | {"publish": True, "sendNow": True} | settings)
    return str(campaign["id"])


def test_send_now_waits_120_seconds(autosend: AutoSend) -> None:
    campaign = published(autosend)
    autosend.advance("119s")
    assert autosend.data("GET", f"/campaigns/{campaign}")["status"] == "scheduled"
    autosend.advance("1s")
    assert autosend.data("GET", f"/campaigns/{campaign}")["status"] == "sending"


def test_abort_drops_pending_mails_and_keeps_sent_ones_counted(autosend: AutoSend) -> None:
    autosend.advance("2h")
    before = autosend.data("GET", f"/campaigns/{SENDING}")["metrics"]["sent"]
    assert before > 0
    assert autosend.data("POST", f"/campaigns/{SENDING}/abort")["status"] == "aborted"
    autosend.advance("30d")
    after = autosend.data("GET", f"/campaigns/{SENDING}")
    assert after["metrics"]["sent"] == before
    assert after["abortedAt"] is not None


def test_a_paused_campaign_goes_on_where_it_stopped(autosend: AutoSend) -> None:
    assert autosend.data("POST", f"/campaigns/{SENDING}/pause")["status"] == "paused"
    autosend.advance("1d")
    paused = autosend.data("GET", f"/campaigns/{SENDING}")
    assert paused["metrics"]["sent"] == 1
    assert paused["pausedReason"] == "Manually paused"
    assert autosend.data("POST", f"/campaigns/{SENDING}/resume")["status"] == "sending"
    autosend.advance("10d")
    assert autosend.data("GET", f"/campaigns/{SENDING}")["metrics"]["sent"] == 49


def test_a_campaign_paused_for_14_days_is_aborted(autosend: AutoSend) -> None:
    autosend.data("POST", f"/campaigns/{SENDING}/pause")
    autosend.advance("13d")
    assert autosend.data("GET", f"/campaigns/{SENDING}")["status"] == "paused"
    autosend.advance("1d")
    assert autosend.data("GET", f"/campaigns/{SENDING}")["status"] == "aborted"


@pytest.mark.parametrize(("strategy", "volumes"), [("fixed", [5, 10, 15, 20]), ("2x", [5, 15, 35, 49])])
def test_gradual_sending_grows_by_its_strategy(autosend: AutoSend, strategy: str, volumes: list[int]) -> None:
    campaign = published(autosend, sendMode="gradual", gradualStrategy=strategy, dailyBatchSize=5)
    autosend.advance("130s")
    for volume in volumes:
        assert autosend.data("GET", f"/campaigns/{campaign}")["metrics"]["sent"] == volume
        autosend.advance("1d")


@pytest.mark.parametrize(
    ("changed", "volumes"),
    [
        ({"gradualStrategy": "2x"}, [10, 20, 40]),
        ({"dailyBatchSize": 7}, [10, 17, 24]),
        ({"dailyBatchSize": 7, "gradualStrategy": "2x"}, [10, 17, 31]),
        ({"dailyBatchSize": 5}, [10, 15, 20]),
    ],
)
def test_what_is_changed_of_gradual_sending_counts_from_the_next_day(
    autosend: AutoSend, changed: dict[str, Any], volumes: list[int]
) -> None:
    campaign = published(autosend, sendMode="gradual", gradualStrategy="fixed", dailyBatchSize=5)
    autosend.advance("130s")
    autosend.advance("1d")
    autosend.data("POST", f"/campaigns/{campaign}/pause")
    autosend.data("PATCH", f"/campaigns/{campaign}", changed)
    autosend.data("POST", f"/campaigns/{campaign}/resume")
    for volume in volumes:
        assert autosend.data("GET", f"/campaigns/{campaign}")["metrics"]["sent"] == volume
        autosend.advance("1d")


def test_a_copy_is_a_draft_with_the_settings_of_the_original(autosend: AutoSend) -> None:
    copy = autosend.data("POST", f"/campaigns/{SENDING}/duplicate")
    assert copy["status"] == "draft"
    assert copy["name"] == "Copy of Spring Sale Newsletter"
    assert copy["campaignId"] == copy["id"] != SENDING
    assert autosend.data("GET", f"/campaigns/{copy['id']}")["toLists"][0]["id"] == READERS


@pytest.mark.parametrize(
    ("action", "code"), [("abort", "CANNOT_ABORT_CAMPAIGN"), ("pause", "CANNOT_PAUSE_CAMPAIGN")]
)
def test_an_action_that_the_status_forbids_is_refused(autosend: AutoSend, action: str, code: str) -> None:
    draft = "66a0c1d2e3f4a5b6c7d80001"
    status, found, text = autosend.refused("POST", f"/campaigns/{draft}/{action}")
    assert (status, found) == (400, code)
    assert text.endswith("in status draft")


def find(autosend: AutoSend, campaign: str, status: str) -> list[dict[str, Any]]:
    """Return the messages of a campaign that the control plane shows in a status."""
    about = {"job": f"autosend/campaign/{campaign}", "status": status}
    found = autosend.emulator.http.get("/_emulator/messages", params=about).json()
    assert found["total"] == len(found["messages"])
    return list(found["messages"])


def job_counts(autosend: AutoSend, campaign: str) -> dict[str, int]:
    counts: dict[str, int] = autosend.emulator.http.get(
        f"/_emulator/jobs/autosend/campaign/{campaign}"
    ).json()["counts"]
    return counts


def test_mails_that_an_abort_drops_are_shown_as_cancelled(autosend: AutoSend) -> None:
    autosend.data("POST", f"/campaigns/{SENDING}/pause")
    held = len(find(autosend, SENDING, "queued"))
    assert held == job_counts(autosend, SENDING)["queued"] > 0
    autosend.data("POST", f"/campaigns/{SENDING}/abort")
    dropped = find(autosend, SENDING, "cancelled")
    assert {message["status"] for message in dropped} == {"cancelled"}
    assert (len(dropped), find(autosend, SENDING, "queued")) == (held, [])
    counts = job_counts(autosend, SENDING)
    assert (counts["cancelled"], "queued" in counts) == (held, False)
    detail = autosend.emulator.http.get(f"/_emulator/messages/{dropped[0]['id']}").json()
    assert (detail["status"], detail["history"]) == ("cancelled", [])
    assert autosend.data("GET", f"/mails/{email_id(dropped[0]['id'])}/status")["status"] == "cancelled"
    waited = autosend.emulator.http.post(
        "/_emulator/clock",
        json={"until": {"message": dropped[0]["id"], "status": "cancelled", "within": "1h"}},
    )
    assert waited.json()["met"] is True


def test_mails_of_a_campaign_that_is_paused_for_too_long_are_shown_as_cancelled(autosend: AutoSend) -> None:
    autosend.data("POST", f"/campaigns/{SENDING}/pause")
    autosend.advance("14d")
    assert job_counts(autosend, SENDING)["cancelled"] == len(find(autosend, SENDING, "cancelled")) > 0


def test_what_a_test_lets_go_on_is_cancelled_no_more(autosend: AutoSend) -> None:
    autosend.data("POST", f"/campaigns/{SENDING}/abort")
    again = {"status": "sending", "force": True}
    autosend.emulator.http.post(f"/_emulator/jobs/autosend/campaign/{SENDING}/status", json=again)
    assert find(autosend, SENDING, "cancelled") == []
    autosend.advance("9d")
    assert len(find(autosend, SENDING, "queued")) == 0


@pytest.mark.parametrize(("builder", "copied"), [("code", ""), ("visual", "Soon")])
def test_a_copy_has_no_preview_text_where_the_template_is_code(
    autosend: AutoSend, builder: str, copied: str
) -> None:
    body = {"name": "Story", "subject": "Once", "htmlTemplate": "<p>upon</p>", "previewText": "Soon"}
    campaign = autosend.data("POST", "/campaigns", body | {"builderType": builder})["id"]
    assert autosend.data("POST", f"/campaigns/{campaign}/duplicate")["previewText"] == copied


NOW, BY_FORCE = "2026-03-15T14:30:00.000Z", "Set by a test"
ENDS = ("sentAt", "abortedAt", "failureReason")


def force(autosend: AutoSend, campaign: str, status: str) -> Any:
    """Set the status of a campaign, and return it."""
    path = f"/_emulator/jobs/autosend/campaign/{campaign}/status"
    assert autosend.emulator.http.post(path, json={"status": status, "force": True}).status_code == 200
    found = autosend.data("GET", f"/campaigns/{campaign}")
    assert found["status"] == status
    return found


@pytest.mark.parametrize(
    ("status", "ends"),
    [
        ("sent", (NOW, None, None)),
        ("aborted", (None, NOW, None)),
        ("failed", (None, None, BY_FORCE)),
        ("paused", (None, None, None)),
    ],
)
def test_a_status_that_is_forced_comes_with_its_time_or_reason(
    autosend: AutoSend, status: str, ends: tuple[str | None, ...]
) -> None:
    found = force(autosend, published(autosend), status)
    assert tuple(found[name] for name in ENDS) == ends
    paused = (NOW, "Manually paused") if status == "paused" else (None, None)
    assert (found["pausedAt"], found["pausedReason"]) == paused


@pytest.mark.parametrize("before", ["sent", "aborted", "failed"])
@pytest.mark.parametrize("status", ["draft", "scheduled", "sending", "paused"])
def test_a_campaign_that_has_not_ended_any_more_has_no_end(
    autosend: AutoSend, before: str, status: str
) -> None:
    force(autosend, SENDING, before)
    found = force(autosend, SENDING, status)
    assert [found[name] for name in ENDS] == [None, None, None]


def test_a_draft_was_never_paused(autosend: AutoSend) -> None:
    autosend.data("POST", f"/campaigns/{SENDING}/pause")
    autosend.data("POST", f"/campaigns/{SENDING}/resume")
    found = force(autosend, SENDING, "draft")
    assert [found[name] for name in ("pausedAt", "pausedReason", "resumedAt")] == [None, None, None]
