"""The thresholds that pause gradual campaigns: https://docs.autosend.com/marketing-emails/domain-warmup."""

from typing import Any

import pytest

from tests.autosend.campaigns import RELEASE, create, status_of
from tests.autosend.conftest import AutoSend

PRESET = "Bounce or complaint threshold exceeded"
LIMIT = "Bounce or complaint limit exceeded"


def ramp(
    autosend: AutoSend,
    *words: str,
    daily: int,
    preset: str = "balanced",
    sender: str = "a@example.org",
    after: str = "1h",
) -> str:
    """Start a gradual campaign to a contact for each word, which is the outcome of its mail."""
    made = str(autosend.data("POST", "/contact-lists", {"name": f"{len(words)} {preset}"})["id"])
    emails = [f"{preset}{number}+{word}@new.example" for number, word in enumerate(words)]
    for place in range(0, len(emails), 500):
        body = {"contactListId": made, "emails": emails[place : place + 500]}
        autosend.data("POST", "/contact-lists/contacts/bulk-add", body)
    gradual = {"sendMode": "gradual", "gradualStrategy": "fixed", "dailyBatchSize": daily}
    campaign = create(autosend, **gradual, **RELEASE, toLists=[made], **{"from": {"email": sender}})
    set_job(autosend, campaign, threshold_preset=preset)
    autosend.advance(after)
    return campaign


def set_job(autosend: AutoSend, campaign: str, **settings: Any) -> Any:
    path = f"/_emulator/jobs/autosend/campaign/{campaign}/settings"
    answer = autosend.emulator.http.post(path, json={"settings": settings})
    assert answer.status_code == 200, answer.text
    return answer.json()


def steer(autosend: AutoSend, campaign: str, **change: Any) -> int:
    path = f"/_emulator/jobs/autosend/campaign/{campaign}/status"
    return autosend.emulator.http.post(path, json=change).status_code


def reason(autosend: AutoSend, campaign: str) -> tuple[str, str | None]:
    details = autosend.data("GET", f"/campaigns/{campaign}")
    return details["status"], details["pausedReason"]


def words(bounced: int, delivered: int) -> list[str]:
    return ["bounced"] * bounced + ["delivered"] * delivered


@pytest.mark.parametrize(
    ("preset", "bounced", "paused"),
    [
        ("conservative", 2, None),
        ("conservative", 3, PRESET),
        ("balanced", 3, None),
        ("balanced", 4, PRESET),
        ("aggressive", 5, None),
        ("aggressive", 6, PRESET),
        ("aggressive", 15, PRESET),
        ("aggressive", 16, LIMIT),
    ],
)
def test_a_campaign_is_paused_above_the_share_of_its_preset_or_the_limit(
    autosend: AutoSend, preset: str, bounced: int, paused: str | None
) -> None:
    everyone = words(0, 100 - bounced) + words(bounced, 0) + words(0, 1)
    campaign = ramp(autosend, *everyone, daily=100, preset=preset)
    assert reason(autosend, campaign) == ("paused" if paused else "sending_gradual", paused)


@pytest.mark.slow
def test_beyond_the_first_500_a_tenth_is_the_limit(autosend: AutoSend) -> None:
    campaign = ramp(autosend, *words(0, 530), *words(70, 0), "delivered", daily=600, preset="aggressive")
    assert reason(autosend, campaign) == ("paused", LIMIT)


@pytest.mark.slow
def test_its_user_resumes_what_the_preset_paused_and_the_share_counts_anew(autosend: AutoSend) -> None:
    later = (words(0, 97) + words(3, 0)) * 2
    campaign = ramp(autosend, *words(0, 96), *words(4, 0), *later, "delivered", daily=100)
    assert reason(autosend, campaign) == ("paused", PRESET)
    assert autosend.data("POST", f"/campaigns/{campaign}/resume")["status"] == "sending_gradual"
    autosend.advance("1d")
    assert reason(autosend, campaign)[0] == "sending_gradual"
    autosend.advance("1d")
    assert reason(autosend, campaign)[0] == "sending_gradual"
    assert autosend.data("GET", f"/campaigns/{campaign}")["metrics"]["bounced"] == 10


@pytest.mark.parametrize("change", [{"action": "resume"}, {"status": "sending_gradual", "force": True}])
def test_support_alone_resumes_what_the_limit_paused(autosend: AutoSend, change: dict[str, Any]) -> None:
    campaign = ramp(autosend, *words(2, 8), "delivered", daily=10)
    assert reason(autosend, campaign) == ("paused", LIMIT)
    refused = autosend.refused("POST", f"/campaigns/{campaign}/resume")
    assert refused == (400, "CANNOT_RESUME_CAMPAIGN", "Campaign cannot be resumed in status paused")
    assert steer(autosend, campaign, **change) == 200
    assert reason(autosend, campaign)[0] == "sending_gradual"
    autosend.advance("1d")
    assert status_of(autosend, campaign) == "sent"


def test_a_complaint_is_above_the_limit_unless_that_is_lifted(autosend: AutoSend) -> None:
    campaign = ramp(autosend, "complained", *words(0, 9), "delivered", daily=10)
    assert reason(autosend, campaign) == ("paused", LIMIT)
    project = "/_emulator/jobs/autosend/project/66a0c1d2e3f4a5b6c7d8aaaa/settings"
    lifted = {"settings": {"complaint_limit": 1.0}}
    assert autosend.emulator.http.post(project, json=lifted).status_code == 200
    campaign = ramp(autosend, "complained", *words(0, 10), "delivered", daily=11, preset="aggressive")
    assert reason(autosend, campaign) == ("paused", PRESET)


def test_a_campaign_that_was_paused_before_its_time_begins_at_its_time(autosend: AutoSend) -> None:
    at = "2026-09-01T08:00:00.000Z"
    gradual = {"sendMode": "gradual", "gradualStrategy": "fixed", "dailyBatchSize": 5}
    campaign = create(autosend, **gradual, scheduledAt=at, publish=True)
    autosend.data("POST", f"/campaigns/{campaign}/pause")
    autosend.advance("2d")
    resumed = autosend.data("POST", f"/campaigns/{campaign}/resume")
    details = autosend.data("GET", f"/campaigns/{campaign}")
    assert (resumed["status"], details["scheduledAt"], details["metrics"]["sent"]) == ("scheduled", at, 0)
    assert details["resumedAt"] == "2026-03-17T14:30:00.000Z"
    autosend.advance("15d")
    assert status_of(autosend, campaign) == "scheduled"
    autosend.advance("170d")
    assert status_of(autosend, campaign) == "sent"


def test_a_campaign_whose_time_has_passed_while_it_was_paused_begins_at_once(autosend: AutoSend) -> None:
    gradual = {"sendMode": "gradual", "gradualStrategy": "fixed", "dailyBatchSize": 5}
    campaign = create(autosend, **gradual, scheduledAt="2026-03-16T08:00:00.000Z", publish=True)
    autosend.data("POST", f"/campaigns/{campaign}/pause")
    autosend.advance("2d")
    assert autosend.data("POST", f"/campaigns/{campaign}/resume")["status"] == "sending_gradual"


@pytest.mark.parametrize(
    ("change", "is_taken"),
    [
        ({"dailyBatchSize": 7}, True),
        ({"gradualStrategy": "2x", "timezone": "Europe/Kyiv"}, True),
        ({"dailyBatchSize": 7, "subject": "Other"}, False),
        ({"sendMode": "immediate"}, False),
        ({"publish": True}, False),
    ],
)
def test_settings_of_gradual_sending_can_be_changed_while_it_is_paused(
    autosend: AutoSend, change: dict[str, Any], *, is_taken: bool
) -> None:
    campaign = ramp(autosend, *words(0, 30), daily=5)
    autosend.data("POST", f"/campaigns/{campaign}/pause")
    answer = autosend.call("PATCH", f"/campaigns/{campaign}", change)
    assert answer.status_code == (200 if is_taken else 400)
    details = autosend.data("GET", f"/campaigns/{campaign}")
    assert (details["status"], details["subject"]) == ("paused", "Once")
    assert details["gradualSend"]["dailyBatchSize"] == (change.get("dailyBatchSize", 5) if is_taken else 5)


def test_changed_settings_hold_for_the_next_day(autosend: AutoSend) -> None:
    campaign = ramp(autosend, *words(0, 30), daily=5)
    autosend.data("POST", f"/campaigns/{campaign}/pause")
    autosend.call("PATCH", f"/campaigns/{campaign}", {"dailyBatchSize": 10})
    autosend.data("POST", f"/campaigns/{campaign}/resume")
    autosend.advance("1d")
    assert autosend.data("GET", f"/campaigns/{campaign}")["metrics"]["sent"] == 15


@pytest.mark.parametrize(
    "settings",
    [{"threshold_preset": "bold"}, {"threshold_preset": 1}, {"unknown": 1}, {"threshold_preset": None}],
)
def test_wrong_settings_change_nothing(autosend: AutoSend, settings: dict[str, Any]) -> None:
    campaign = ramp(autosend, *words(0, 30), daily=5)
    path = f"/_emulator/jobs/autosend/campaign/{campaign}/settings"
    answer = autosend.emulator.http.post(path, json={"settings": settings})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (
        422,
        f"settings.{next(iter(settings))}",
    )
    assert set_job(autosend, campaign)["settings"] == {"threshold_preset": "balanced"}


def test_a_job_without_settings_says_so(autosend: AutoSend) -> None:
    answer = autosend.emulator.http.post("/_emulator/jobs/rcs/campaign/1/settings", json={"settings": {}})
    assert (answer.status_code, answer.json()["detail"]) == (
        409,
        "A job of the kind campaign has no settings.",
    )


@pytest.mark.slow
def test_the_limit_of_a_new_domain_does_not_rise_while_its_campaign_is_paused(autosend: AutoSend) -> None:
    domain = autosend.data("POST", "/domains", {"domain": "fresh.example"})["id"]
    autosend.data("POST", f"/domains/{domain}/verify")
    autosend.advance("10s")
    campaign = ramp(autosend, *words(4, 96), "delivered", daily=100, sender="a@fresh.example")
    assert reason(autosend, campaign) == ("paused", PRESET)
    autosend.advance("3d")
    autosend.data("POST", f"/campaigns/{campaign}/abort")
    large = ramp(autosend, *words(0, 700), daily=700, sender="a@fresh.example", preset="aggressive")
    assert autosend.data("GET", f"/campaigns/{large}")["metrics"]["sent"] == 300


def test_mails_of_before_count_no_more_once_it_was_resumed(autosend: AutoSend) -> None:
    campaign = ramp(autosend, "bounced", "soft-bounced", *words(0, 29), daily=30)
    autosend.advance("1m")
    assert reason(autosend, campaign) == ("paused", PRESET)
    autosend.data("POST", f"/campaigns/{campaign}/resume")
    autosend.advance("2h")
    assert reason(autosend, campaign)[0] == "sending_gradual"
    assert autosend.data("GET", f"/campaigns/{campaign}")["metrics"]["bounced"] == 2


@pytest.mark.slow
def test_a_pause_by_hand_does_not_make_the_shares_count_anew(autosend: AutoSend) -> None:
    campaign = ramp(autosend, *words(0, 899), "bounced", "delivered", daily=450)
    for action in ("pause", "resume"):
        autosend.data("POST", f"/campaigns/{campaign}/{action}")
    autosend.advance("1d")
    assert reason(autosend, campaign)[0] == "sending_gradual"


def test_what_is_crossed_during_a_pause_by_hand_counts_too(autosend: AutoSend) -> None:
    campaign = ramp(autosend, *words(2, 28), "delivered", daily=30, after="120s")
    autosend.advance("1s")
    autosend.data("POST", f"/campaigns/{campaign}/pause")
    assert reason(autosend, campaign) == ("paused", "Manually paused")
    autosend.advance("1m")
    assert reason(autosend, campaign) == ("paused", PRESET)


def test_another_campaign_of_the_domain_does_not_let_its_limit_rise(autosend: AutoSend) -> None:
    domain = autosend.data("POST", "/domains", {"domain": "fresh.example"})["id"]
    autosend.data("POST", f"/domains/{domain}/verify")
    autosend.advance("10s")
    ramp(autosend, *words(4, 96), "delivered", daily=100, sender="a@fresh.example")
    later = {"scheduledAt": "2026-12-01T00:00:00Z", "publish": True, "from": {"email": "a@fresh.example"}}
    other = create(autosend, **later)
    autosend.data("POST", f"/campaigns/{other}/abort")
    assert held(autosend, "fresh.example")
    autosend.data("POST", f"/campaigns/{other_of(autosend)}/abort")
    assert not held(autosend, "fresh.example")


def held(autosend: AutoSend, domain: str) -> bool:
    """Return whether the daily limit of a domain has stopped rising."""
    [(since,)] = autosend.emulator.query("SELECT held_since FROM autosend_domain WHERE name = ?", domain)
    return since is not None


def other_of(autosend: AutoSend) -> str:
    """Return the campaign that is paused."""
    return str(autosend.data("GET", "/campaigns?status=paused")["campaigns"][0]["id"])


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["2026-03-05T12:00:00Z", "1970-01-01T00:00:00Z"])
def test_what_was_paused_later_than_it_is_resumed_leaves_a_snapshot_that_can_be_loaded(
    autosend: AutoSend, moment: str
) -> None:
    domain = autosend.data("POST", "/domains", {"domain": "fresh.example"})["id"]
    autosend.data("POST", f"/domains/{domain}/verify")
    autosend.advance("5s")
    campaign = ramp(autosend, *words(0, 96), *words(4, 0), "delivered", daily=100, sender="a@fresh.example")
    assert reason(autosend, campaign) == ("paused", PRESET)
    http = autosend.emulator.http
    http.post("/_emulator/clock", json={"set": moment})
    autosend.data("POST", f"/campaigns/{campaign}/resume")
    http.post("/_emulator/snapshots", json={"name": "back"})
    image, kind = http.get("/_emulator/snapshots/back").content, {"Content-Type": "application/vnd.sqlite3"}
    answer = http.put("/_emulator/snapshots/loaded", content=image, headers=kind)
    assert answer.status_code == 201, answer.text
