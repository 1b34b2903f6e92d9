"""When a campaign is sent: https://docs.autosend.com/api-reference/campaigns/create."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.autosend.campaigns import GRADUAL, RELEASE, create, status_of
from tests.autosend.conftest import AutoSend
from tests.autosend.test_domains import COM
from tests.autosend.test_support import ACCOUNT, put, steer


def test_a_scheduled_campaign_goes_out_at_its_time(autosend: AutoSend) -> None:
    campaign = create(autosend, publish=True, sendMode="scheduled", scheduledAt="2026-03-16T09:00:00.000Z")
    autosend.advance("18h29m59s")
    assert status_of(autosend, campaign) == "scheduled"
    autosend.advance("1s")
    assert status_of(autosend, campaign) == "sending"


def test_a_time_less_than_two_minutes_ahead_gets_a_buffer(autosend: AutoSend) -> None:
    campaign = create(autosend, publish=True, sendMode="scheduled", scheduledAt="2026-03-15T14:30:10.000Z")
    assert autosend.data("GET", f"/campaigns/{campaign}")["scheduledAt"] == "2026-03-15T14:32:00.000Z"


def test_a_scheduled_campaign_can_be_moved(autosend: AutoSend) -> None:
    campaign = create(autosend, **RELEASE)
    autosend.data(
        "PATCH", f"/campaigns/{campaign}", {"sendNow": False, "scheduledAt": "2026-03-16T00:00:00Z"}
    )
    autosend.advance("3m")
    assert status_of(autosend, campaign) == "scheduled"
    autosend.advance("10h")
    assert status_of(autosend, campaign) == "sent"


def test_a_campaign_to_be_sent_now_can_be_put_off(autosend: AutoSend) -> None:
    campaign = create(autosend, **RELEASE)
    autosend.data("PATCH", f"/campaigns/{campaign}", {"scheduledAt": "2026-04-01T00:00:00Z"})
    details = autosend.data("GET", f"/campaigns/{campaign}")
    assert (details["scheduledAt"], details["sendMode"]) == ("2026-04-01T00:00:00.000Z", "scheduled")
    autosend.advance("1d")
    assert status_of(autosend, campaign) == "scheduled"


@pytest.mark.parametrize("more", [{}, {"publish": False}, {"publish": True}, {"sendNow": False}])
@pytest.mark.parametrize(("at", "before"), [("15T18:00:00", "3h29m59s"), ("17T12:00:00", "45h29m59s")])
@pytest.mark.parametrize("mode", [{}, GRADUAL], ids=["scheduled", "gradual"])
def test_a_scheduled_campaign_is_sent_at_the_time_that_it_shows(
    autosend: AutoSend, mode: dict[str, Any], at: str, before: str, more: dict[str, bool]
) -> None:
    campaign = create(autosend, publish=True, scheduledAt="2026-03-16T12:00:00Z", **mode)
    moved = {"scheduledAt": f"2026-03-{at}Z"} | more
    assert autosend.data("PATCH", f"/campaigns/{campaign}", moved)["status"] == "scheduled"
    assert autosend.data("GET", f"/campaigns/{campaign}")["scheduledAt"] == f"2026-03-{at}.000Z"
    autosend.advance(before)
    assert status_of(autosend, campaign) == "scheduled"
    autosend.advance("1s")
    assert status_of(autosend, campaign) in {"sending", "sending_gradual"}


def test_a_time_without_an_offset_is_in_the_time_zone(autosend: AutoSend) -> None:
    when = {"scheduledAt": "2026-04-01T10:00:00", "timezone": "America/New_York"}
    campaign = create(autosend, publish=True, **when)
    assert autosend.data("GET", f"/campaigns/{campaign}")["scheduledAt"] == "2026-04-01T14:00:00.000Z"


@pytest.mark.parametrize(
    ("change", "field"), [({"from": {"email": "x@evil.example"}}, "from.email"), ({"toLists": []}, "toLists")]
)
def test_a_scheduled_campaign_stays_fit_to_be_sent(
    autosend: AutoSend, change: dict[str, Any], field: str
) -> None:
    campaign = create(autosend, **RELEASE)
    answer = autosend.call("PATCH", f"/campaigns/{campaign}", change)
    assert answer.status_code == 400
    assert [detail["field"] for detail in answer.json()["error"]["details"]] == [field]


def test_a_scheduled_campaign_keeps_its_time_when_none_is_given(autosend: AutoSend) -> None:
    campaign = create(autosend, **RELEASE)
    autosend.data("PATCH", f"/campaigns/{campaign}", {"scheduledAt": None})
    assert autosend.data("GET", f"/campaigns/{campaign}")["scheduledAt"] == "2026-03-15T14:32:00.000Z"


def test_who_is_in_an_excluded_list_gets_nothing_though_the_list_is_deleted(autosend: AutoSend) -> None:
    team = "66a0c1d2e3f4a5b6c7d8dd01"
    left_out = autosend.data("POST", "/contact-lists", {"name": "Not these"})["id"]
    autosend.data("POST", "/contacts/email", {"email": "eve@example.com", "listIds": [left_out]})
    campaign = create(autosend, **RELEASE, toLists=[team], excludeLists=[left_out])
    assert autosend.call("DELETE", f"/contact-lists/{left_out}").status_code == 200
    autosend.advance("1h")
    sent = autosend.data("GET", f"/campaigns/{campaign}")["metrics"]["totalContacts"]
    assert (sent, autosend.messages("eve@example.com")) == (2, [])


def template_of(autosend: AutoSend, **fields: str) -> str:
    made = autosend.data("POST", "/templates", {"templateName": "Later", "subject": "Hi"} | fields)
    return str(made["templateId"])


@pytest.mark.parametrize(
    ("html", "reason"),
    [
        ("{{#if x}}oops", "Malformed template"),
        ("", "Template content is required"),
        (" \n ", "Template content is required"),
    ],
)
def test_what_can_not_be_read_when_its_time_comes_fails(autosend: AutoSend, html: str, reason: str) -> None:
    made = template_of(autosend, emailTemplate="<p>Hi</p>")
    campaign = create(autosend, **RELEASE, templateId=made, htmlTemplate=None)
    autosend.data("PUT", f"/templates/{made}", {"emailTemplate": html})
    autosend.advance("1h")
    failed = autosend.data("GET", f"/campaigns/{campaign}")
    assert failed["status"] == "failed"
    assert failed["failureReason"].startswith(reason)


def test_a_campaign_of_a_template_without_content_is_a_draft_alone(autosend: AutoSend) -> None:
    campaign = create(autosend, templateId=template_of(autosend), htmlTemplate=None)
    answer = autosend.call("PATCH", f"/campaigns/{campaign}", RELEASE)
    complaint = {"field": "templateId", "message": "Template content is required"}
    assert (answer.status_code, answer.json()["error"]["details"]) == (400, [complaint])
    assert autosend.data("GET", f"/campaigns/{campaign}")["status"] == "draft"


def test_a_time_makes_an_immediate_campaign_a_scheduled_one_whatever_else_it_says(autosend: AutoSend) -> None:
    when = "2026-03-25T00:00:00.000Z"
    campaign = create(autosend, publish=True, sendMode="immediate", scheduledAt=when)
    details = autosend.data("GET", f"/campaigns/{campaign}")
    assert (details["sendMode"], details["scheduledAt"]) == ("scheduled", when)


def test_a_draft_that_is_not_to_be_published_can_be_given_a_time(autosend: AutoSend) -> None:
    campaign = create(autosend)
    later = {"publish": False, "scheduledAt": "2026-04-01T00:00:00Z"}
    assert autosend.data("PATCH", f"/campaigns/{campaign}", later)["status"] == "draft"
    assert autosend.data("GET", f"/campaigns/{campaign}")["scheduledAt"] == "2026-04-01T00:00:00.000Z"


def test_a_draft_whose_time_is_taken_away_is_sent_as_soon_as_it_is_published(autosend: AutoSend) -> None:
    campaign = create(autosend, scheduledAt="2026-04-01T00:00:00Z")
    assert autosend.data("PATCH", f"/campaigns/{campaign}", {"scheduledAt": None})["sendMode"] == "immediate"
    details = autosend.data("GET", f"/campaigns/{campaign}")
    assert (details["status"], details["scheduledAt"], details["sendMode"]) == ("draft", None, "immediate")
    autosend.data("PATCH", f"/campaigns/{campaign}", {"publish": True})
    details = autosend.data("GET", f"/campaigns/{campaign}")
    assert (details["scheduledAt"], details["sendMode"]) == ("2026-03-15T14:32:00.000Z", "immediate")
    autosend.advance("1h")
    assert status_of(autosend, campaign) == "sent"


@pytest.mark.parametrize("change", [{"sendMode": "immediate", "publish": True}, {"sendNow": True}])
def test_a_draft_with_a_time_that_is_to_be_sent_at_once_is_no_scheduled_one(
    autosend: AutoSend, change: dict[str, Any]
) -> None:
    campaign = create(autosend, scheduledAt="2026-04-01T00:00:00Z")
    assert autosend.data("PATCH", f"/campaigns/{campaign}", change)["sendMode"] == "immediate"
    details = autosend.data("GET", f"/campaigns/{campaign}")
    assert (details["status"], details["scheduledAt"]) == ("scheduled", "2026-03-15T14:32:00.000Z")


@pytest.mark.parametrize("mode", [{}, GRADUAL], ids=["scheduled", "gradual"])
@pytest.mark.parametrize("more", [{}, {"publish": True}])
def test_a_scheduled_campaign_that_becomes_immediate_is_sent_at_once(
    autosend: AutoSend, mode: dict[str, Any], more: dict[str, Any]
) -> None:
    campaign = create(autosend, publish=True, scheduledAt="2026-04-01T00:00:00Z", **mode)
    autosend.advance("10s")
    autosend.data("PATCH", f"/campaigns/{campaign}", {"sendMode": "immediate"} | more)
    details = autosend.data("GET", f"/campaigns/{campaign}")
    assert (details["sendMode"], details["scheduledAt"]) == ("immediate", "2026-03-15T14:32:10.000Z")
    autosend.advance("1m")
    autosend.data("PATCH", f"/campaigns/{campaign}", {"sendMode": "immediate", "subject": "Soon"})
    assert autosend.data("GET", f"/campaigns/{campaign}")["scheduledAt"] == "2026-03-15T14:32:10.000Z"
    autosend.advance("5m")
    assert status_of(autosend, campaign) == "sent"


def test_a_draft_that_is_said_to_be_scheduled_waits_for_a_time(autosend: AutoSend) -> None:
    campaign = create(autosend, scheduledAt="2026-04-01T00:00:00Z")
    autosend.data("PATCH", f"/campaigns/{campaign}", {"scheduledAt": None, "sendMode": "scheduled"})
    details = autosend.data("GET", f"/campaigns/{campaign}")
    assert (details["scheduledAt"], details["sendMode"]) == (None, "scheduled")
    refused = autosend.call("PATCH", f"/campaigns/{campaign}", {"publish": True}).json()["error"]["details"]
    assert [detail["field"] for detail in refused] == ["scheduledAt"]


def test_a_gradual_campaign_begins_with_fifty_mails_a_day(autosend: AutoSend) -> None:
    campaign = create(autosend, sendMode="gradual", gradualStrategy="fixed")
    assert autosend.data("GET", f"/campaigns/{campaign}")["gradualSend"]["dailyBatchSize"] == 50


def test_a_gradual_draft_stays_gradual_without_its_time(autosend: AutoSend) -> None:
    campaign = create(autosend, **GRADUAL, scheduledAt="2026-04-01T00:00:00Z")
    autosend.data("PATCH", f"/campaigns/{campaign}", {"scheduledAt": None})
    details = autosend.data("GET", f"/campaigns/{campaign}")
    assert (details["scheduledAt"], details["sendMode"]) == (None, "gradual")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2026-03-20T24:00:00Z", "2026-03-21T00:00:00.000Z"),
        ("2026-03-20T10:00:00z", "2026-03-20T10:00:00.000Z"),
        ("2026-03-20", "2026-03-20T00:00:00.000Z"),
        ("2026-03-20T10:00+03:00", "2026-03-20T07:00:00.000Z"),
    ],
)
def test_times_are_read_as_javascript_reads_them(autosend: AutoSend, written: str, read: str) -> None:
    campaign = create(autosend, publish=True, scheduledAt=written)
    assert autosend.data("GET", f"/campaigns/{campaign}")["scheduledAt"] == read


@pytest.mark.parametrize(
    "written",
    ["2026-W12-5", "20260320T100000Z", "2026-03-20T10", "2026-03-20T24:30:00Z", "2026-03-20T10:00:00,5Z"],
)
def test_other_ways_to_write_a_time_are_refused(autosend: AutoSend, written: str) -> None:
    campaign = create(autosend)
    assert autosend.refused("PATCH", f"/campaigns/{campaign}", {"scheduledAt": written})[0] == 400


def test_a_day_that_was_interrupted_is_a_day_before_the_next_one_begins(autosend: AutoSend) -> None:
    campaign = create(autosend, **RELEASE, **GRADUAL | {"dailyBatchSize": 20})
    autosend.emulator.http.post(f"/_emulator/jobs/autosend/campaign/{campaign}/pace", json={"pace": 1})
    autosend.advance("125s")
    autosend.data("POST", f"/campaigns/{campaign}/pause")
    begun = autosend.data("GET", f"/campaigns/{campaign}")["metrics"]["sent"]
    assert 0 < begun < 20
    autosend.advance("3d")
    autosend.data("POST", f"/campaigns/{campaign}/resume")
    autosend.advance("1h")
    assert autosend.data("GET", f"/campaigns/{campaign}")["metrics"]["sent"] == 20
    autosend.advance("1d")
    assert status_of(autosend, campaign) == "sent"


def test_a_campaign_whose_domain_fell_back_fails_when_its_time_comes(autosend: AutoSend) -> None:
    campaign = create(autosend, **RELEASE)
    [found] = [
        one for one in autosend.data("GET", "/domains")["domains"] if one["domainName"] == "example.com"
    ]
    path = f"/_emulator/jobs/autosend/domain/{found['id']}/status"
    assert autosend.emulator.http.post(path, json={"action": "fall back"}).status_code == 200
    autosend.advance("1h")
    failed = autosend.data("GET", f"/campaigns/{campaign}")
    assert (failed["status"], failed["failureReason"]) == (
        "failed",
        "The domain of the sender is not verified",
    )


@pytest.mark.parametrize("mode", [{}, GRADUAL], ids=["immediate", "gradual"])
def test_a_campaign_that_fails_at_its_release_has_one_total_everywhere(
    autosend: AutoSend, mode: dict[str, Any]
) -> None:
    campaign = create(autosend, **RELEASE, **mode)
    path = f"/_emulator/jobs/autosend/domain/{COM}/status"
    assert autosend.emulator.http.post(path, json={"action": "fall back"}).status_code == 200
    autosend.advance("1h")
    details = autosend.data("GET", f"/campaigns/{campaign}")
    assert (details["status"], set(details["metrics"].values())) == ("failed", {0})
    stored = autosend.data("GET", f"/campaigns/{campaign}/analytics")
    assert (set(stored["counts"].values()), stored["refreshedAt"]) == ({0}, None)
    assert autosend.emulator.http.get(f"/_emulator/jobs/autosend/campaign/{campaign}").json()["total"] == 0


def sent(autosend: AutoSend, campaign: str) -> int:
    return int(autosend.data("GET", f"/campaigns/{campaign}")["metrics"]["sent"])


def suspend(autosend: AutoSend, campaign: str) -> None:
    steer(autosend, ACCOUNT, action="suspend")


def reinstate(autosend: AutoSend, campaign: str) -> None:
    steer(autosend, ACCOUNT, status="active")


def limit(autosend: AutoSend, campaign: str) -> None:
    put(autosend, ACCOUNT, quota=10)


def lift(autosend: AutoSend, campaign: str) -> None:
    put(autosend, ACCOUNT, quota=None)


def slow_down(autosend: AutoSend, campaign: str) -> None:
    set_pace(autosend, campaign, 1 / 36_000)


def speed_up(autosend: AutoSend, campaign: str) -> None:
    set_pace(autosend, campaign, 10)


def set_pace(autosend: AutoSend, campaign: str, pace: float) -> None:
    path = f"/_emulator/jobs/autosend/campaign/{campaign}/pace"
    assert autosend.emulator.http.post(path, json={"pace": pace}).status_code == 200


@pytest.mark.parametrize(
    ("hold", "lift", "hours"),
    [
        (suspend, reinstate, 23),
        (suspend, reinstate, 30),
        (suspend, reinstate, 100),
        (limit, lift, 23),
        (limit, lift, 100),
        (slow_down, speed_up, 100),
    ],
)
def test_a_day_whose_mails_were_held_is_a_day_before_the_next_one_begins(
    autosend: AutoSend,
    hold: Callable[[AutoSend, str], None],
    lift: Callable[[AutoSend, str], None],
    hours: int,
) -> None:
    campaign = create(autosend, **RELEASE, **GRADUAL | {"gradualStrategy": "fixed", "dailyBatchSize": 12})
    hold(autosend, campaign)
    autosend.advance(f"{hours}h")
    assert sent(autosend, campaign) < 12
    lift(autosend, campaign)
    autosend.advance("1m")
    assert sent(autosend, campaign) == 12
    autosend.advance("23h58m")
    assert sent(autosend, campaign) == 12
    autosend.advance("2m")
    assert sent(autosend, campaign) == 24


def test_a_day_that_was_held_and_interrupted_is_a_day_before_the_next_one_begins(autosend: AutoSend) -> None:
    campaign = create(autosend, **RELEASE, **GRADUAL | {"gradualStrategy": "fixed", "dailyBatchSize": 12})
    suspend(autosend, campaign)
    autosend.advance("10h")
    autosend.data("POST", f"/campaigns/{campaign}/pause")
    autosend.advance("10h")
    autosend.data("POST", f"/campaigns/{campaign}/resume")
    reinstate(autosend, campaign)
    autosend.advance("1m")
    autosend.advance("23h58m")
    assert sent(autosend, campaign) == 12
