"""Mailings of a fixture start by their schedules; impossible pasts are refused."""

from typing import Any

import pytest
from httpx2 import Response

from tests.altcraft.seeds import asked, seeded
from tests.conftest import Emulator, Sandbox

EDITED = "2026-03-01T10:00:00Z"
SCHEDULED = {"active": True, "hours": [15], "minutes": [10]}


def with_mailings(box: Sandbox, *mailings: dict[str, Any], **more: list[Any]) -> Response:
    """Seed a sandbox with the set `empty`, some mailings to its database, and `more` parts."""
    common = {"name": "M", "kind": "broadcast", "list": 1, "templates": [1], "edited": EDITED}
    return seeded(box, mailings=[common | {"id": id_} | one for id_, one in enumerate(mailings, 7)], **more)


def sent(box: Sandbox, mailing: int) -> list[str]:
    """Return the distinct times at which a mailing's messages were made."""
    found = box.control("GET", "/messages", params={"job": f"altcraft/mailing/{mailing}", "limit": 100})
    return sorted({message["created_at"][:16] for message in found.json()["messages"]})


@pytest.fixture
def box(emulator: Emulator) -> Sandbox:
    return emulator.sandbox(fixtures="empty", clock="frozen", at="2026-03-10T14:30:00Z")


@pytest.mark.parametrize(
    ("settings", "starts"),
    [
        ({"kind": "regular"}, ["2026-03-10T15:10", "2026-03-11T15:10"]),
        ({"kind": "broadcast"}, ["2026-03-10T15:10"]),
        ({"kind": "splittest"}, ["2026-03-10T15:10"]),
        ({"kind": "broadcast", "limit": 3}, ["2026-03-10T15:10", "2026-03-11T15:10"]),
        ({"kind": "regular", "active": False}, []),
        ({"kind": "regular", "deactivated": "1h"}, []),
    ],
)
def test_an_active_mailing_of_a_fixture_starts_by_its_schedule(
    box: Sandbox, settings: dict[str, Any], starts: list[str]
) -> None:
    assert with_mailings(box, SCHEDULED | settings).status_code == 200
    assert sent(box, 7) == []
    box.advance("30h")
    assert sent(box, 7) == starts


def test_what_was_launched_started_by_its_schedule_since(box: Sandbox) -> None:
    assert with_mailings(box, SCHEDULED | {"kind": "regular", "launched": "30h"}).status_code == 200
    assert sent(box, 7) == ["2026-03-09T08:30", "2026-03-09T15:10"]
    box.advance("1h")
    assert sent(box, 7) == ["2026-03-09T08:30", "2026-03-09T15:10", "2026-03-10T15:10"]


def test_a_mailing_can_have_been_deactivated_and_then_aborted(box: Sandbox) -> None:
    past = {"active": True, "pace": 0.0001, "launched": "3h", "deactivated": "2h", "aborted": "1h"}
    assert with_mailings(box, past).status_code == 200
    status = box.control("GET", "/jobs/altcraft/mailing/7").json()["launches"][0]["counts"]
    assert status == {"cancelled": 4}


@pytest.mark.parametrize(
    ("mailing", "place", "reason"),
    [
        (
            {"active": True, "launched": "1h", "deactivated": "2h"},
            "deactivated",
            "can not have been deactivated before it was launched",
        ),
        (
            {"active": True, "launched": "3h", "deactivated": "1h", "aborted": "2h"},
            "aborted",
            "can not have been aborted before it was deactivated",
        ),
        ({"active": True, "aborted": "1h"}, "aborted", "what was aborted was launched before"),
        ({"launched": "1h"}, "active", "what was launched is active, or was: say active: true"),
        ({"deactivated": "1h", "active": False}, "active", "what was deactivated is active, or was"),
        ({"kind": "trigger", "active": True, "launched": "1h"}, "launched", "a trigger is not launched"),
        (
            {"active": True, "launched": "1h", "templates": [2]},
            "launched",
            "Incorrect request: template 2 is a draft",
        ),
        (
            {"active": True, "launched": "1h", "channel": "push"},
            "launched",
            "Incorrect request: resource_id: a push needs a resource",
        ),
        ({"kind": "trigger", "wait": "90s"}, "wait", "must be whole minutes"),
        ({"kind": "trigger", "wait": "30s"}, "wait", "must be whole minutes"),
        ({"kind": "trigger", "wait": "366d"}, "wait", "must be at most 365d"),
        ({"wait": "5m"}, "wait", "is of triggers"),
        ({"starts_by": "api_import"}, "starts_by", "is of triggers"),
        ({"action": "open"}, "action", "is of triggers"),
        ({"kind": "trigger", "minutes": [5]}, "minutes", "a trigger has none"),
        ({"kind": "trigger", "limit": 5}, "limit", "a trigger has none"),
        ({"kind": "trigger", "pixel": 1}, "pixel", "what starts by api_call has none"),
        ({"kind": "trigger", "is_new_ch": True}, "is_new_ch", "what starts by api_call has none"),
        (
            {"kind": "trigger", "starts_by": "pixel", "pixel": 1, "subscribed_channel": "sms"},
            "subscribed_channel",
            "what starts by pixel has none",
        ),
        (
            {"kind": "trigger", "starts_by": "action", "action": "open", "of_segment": 1},
            "of_segment",
            "is of entered and left",
        ),
        ({"providers": ["mozilla"]}, "providers", "is of pushes"),
    ],
)
def test_a_mailing_that_can_not_be_is_told(
    box: Sandbox, mailing: dict[str, Any], place: str, reason: str
) -> None:
    draft = {"id": 2, "name": "Draft", "draft": True, "sms": {"sms": "Hi"}}
    segment = {"id": 1, "name": "S", "database": 1}
    answer = with_mailings(box, mailing, templates=[draft], segments=[segment])
    assert answer.status_code == 422, answer.text
    assert f"mailings.0.{place}: {reason}" in answer.text


def test_a_trigger_is_of_a_database_not_of_a_segment(box: Sandbox) -> None:
    segment = {"id": 1, "name": "S", "database": 1}
    answer = with_mailings(box, {"kind": "trigger", "list": None, "segment": 1}, segments=[segment])
    assert "mailings.0: a trigger says list: it works with one database" in answer.text


def in_campaign(state: str) -> dict[str, list[Any]]:
    """Return the parts of an account with a campaign in a state, to which mailings can belong."""
    campaign = {"id": 1, "name": "C", "state": state, "list": 1, "segment": 1, "created": EDITED}
    return {"segments": [{"id": 1, "name": "S", "database": 1}], "campaigns": [campaign]}


@pytest.mark.parametrize("state", ["completed", "deleted"])
def test_what_is_in_a_campaign_that_ended_is_not_active(box: Sandbox, state: str) -> None:
    more = in_campaign(state)
    answer = with_mailings(box, {"active": True, "campaign": 1}, **more)
    assert f"mailings.0.campaign: Incorrect request: campaign 1 is {state}" in answer.text
    scenario = {"id": 1, "name": "S", "database": 1, "campaign": 1, "active": True}
    answer = seeded(box, scenarios=[scenario], **more)
    assert f"scenarios.0.campaign: Incorrect request: campaign 1 is {state}" in answer.text
    assert with_mailings(box, {"active": True, "campaign": 1, "launched": "3d"}, **more).status_code == 200


@pytest.mark.parametrize(
    ("state", "rest", "status"),
    [
        ("active", {}, "Completed"),
        ("inactive", {"queued": 3}, "Running"),
        ("cloning", {"queued": 3}, "Running"),
        ("completed", {"cancelled": 3}, "Inactive"),
        ("deleted", {"cancelled": 3}, "Inactive"),
    ],
)
def test_what_a_mailing_has_left_to_send_goes_the_way_of_its_campaign(
    box: Sandbox, state: str, rest: dict[str, int], status: str
) -> None:
    slow = {"active": True, "campaign": 1, "launched": "1h", "pace": 0.0005}
    assert with_mailings(box, slow, **in_campaign(state)).status_code == 200
    box.advance("3h")
    counts = box.control("GET", "/jobs/altcraft/mailing/7").json()["launches"][0]["counts"]
    assert {name: number for name, number in counts.items() if name in {"queued", "cancelled"}} == rest
    assert asked(box, "/campaigns/get_status", id=7)["status"] == status


@pytest.mark.parametrize("name", ["list", "segment"])
def test_a_campaign_is_about_a_database_and_a_segment_of_it(box: Sandbox, name: str) -> None:
    campaign = {
        "id": 1,
        "name": "C",
        "state": "active",
        "list": 1,
        "segment": 1,
        "created": EDITED,
    }
    more = {"databases": [{"id": 2, "name": "B"}], "segments": [{"id": 1, "name": "S", "database": 1}]}
    kind = "databases" if name == "list" else "segments"
    answer = seeded(box, campaigns=[campaign | {name: 9}], **more)
    assert f"campaigns.0.{name}: there is no 9 among the {kind}" in answer.text
    answer = seeded(box, campaigns=[campaign | {"list": 2}], **more)
    assert "campaigns.0.segment: segment 1 is not of database 2" in answer.text
