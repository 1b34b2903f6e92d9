"""Activation, runs and deactivation: https://guides.altcraft.com/en/developer-guide/campaigns."""

from collections import Counter

import pytest

from tests.altcraft.conftest import Altcraft
from tests.altcraft.test_runs import messages

FLAGS = {
    "Inactive": {"is_active": False, "is_completed": False},
    "Active": {"is_active": True, "is_completed": False},
    "Running": {"is_active": True, "is_completed": False},
    "Completed": {"is_active": False, "is_completed": True},
}


@pytest.mark.parametrize(
    ("mailing", "status"),
    [
        (12, "Inactive"),
        (34, "Active"),
        (15, "Running"),
        (44, "Inactive"),
        (47, "Completed"),
        (82, "Inactive"),
        (41, "Active"),
        (42, "Running"),
        (45, "Inactive"),
        (46, "Inactive"),
        (51, "Inactive"),
        (52, "Completed"),
        (60, "Active"),
        (61, "Inactive"),
    ],
)
def test_the_account_has_mailings_in_every_state(altcraft: Altcraft, mailing: int, status: str) -> None:
    expected = FLAGS[status] | {"status": status}
    assert altcraft.data("/campaigns/get_status", id=mailing) == expected
    information = altcraft.data("/campaigns/get", id=mailing)
    assert {name: information[name] for name in expected} == expected


def test_activation_alone_sends_nothing(altcraft: Altcraft) -> None:
    altcraft.data("/campaigns/activate/", id=12)
    assert altcraft.status(12) == "Active"
    altcraft.advance("1d")
    assert altcraft.status(12) == "Active"
    assert altcraft.log(12) == []


@pytest.mark.parametrize(("mailing", "status"), [(34, "Active"), (15, "Running"), (60, "Active")])
def test_activating_what_is_active_changes_nothing(altcraft: Altcraft, mailing: int, status: str) -> None:
    before = altcraft.data("/campaigns/get", id=mailing)
    assert altcraft.data("/campaigns/activate/", id=mailing) is None
    assert altcraft.data("/campaigns/get", id=mailing) == before
    assert before["status"] == status


def test_a_broadcast_is_completed_by_its_run(altcraft: Altcraft) -> None:
    altcraft.data("/campaigns/activate/", id=12, run_now=True)
    assert altcraft.status(12) == "Running"
    altcraft.advance("1s")
    assert altcraft.status(12) == "Running"
    altcraft.advance("1s")
    assert altcraft.status(12) == "Completed"
    assert altcraft.log(12) == [
        "Begin campaign",
        "Left out because of the global status: 1",
        "Campaign finished",
        "Total time spent",
    ]


def test_a_regular_mailing_is_active_again_after_its_run_and_can_run_again(altcraft: Altcraft) -> None:
    for _ in range(2):
        altcraft.data("/campaigns/activate/", id=82, run_now=True)
        assert altcraft.status(82) == "Running"
        altcraft.advance("1m")
        assert altcraft.status(82) == "Active"
    assert altcraft.log(82).count("Campaign finished") == 2


@pytest.mark.parametrize(
    ("run", "seconds"),
    [
        ({}, 3),
        ({"override_source_type": "list", "override_source_id": 1}, 2),
        ({"override_source_type": "segment", "override_source_id": 3}, 1),
        ({"override_limit": 21}, 2),
        ({"override_source_type": "list", "override_source_id": 1, "override_limit": 5}, 1),
        ({"override_limit": 0}, 3),
        ({"content": {"a": 1}, "attach": [{"name": "a.txt", "data": "data:;base64,YQ=="}]}, 3),
    ],
)
def test_overrides_hold_for_one_run(altcraft: Altcraft, run: dict[str, object], seconds: int) -> None:
    """Mailing 82 goes to 60 profiles, at 20 messages a second."""
    altcraft.data("/campaigns/activate/", id=82, run_now=True, **run)
    altcraft.advance("1m")
    altcraft.data("/campaigns/activate/", id=82, run_now=True)
    altcraft.advance("1m")
    times = [line["value"] for line in altcraft.data("/campaigns/log_v2", id=82) if line["value"]]
    assert times == [f"{seconds}s", "3s"]


def test_overrides_mean_nothing_without_run_now(altcraft: Altcraft) -> None:
    override = {"override_source_type": "list", "override_source_id": 99, "override_limit": 1}
    assert altcraft.data("/campaigns/activate/", id=82, **override) is None
    assert altcraft.status(82) == "Active"


@pytest.mark.parametrize(("kind", "named"), [("list", "database"), ("segment", "segment")])
def test_an_unknown_audience(altcraft: Altcraft, kind: str, named: str) -> None:
    override = {"override_source_type": kind, "override_source_id": 99}
    refusal = (404, f"Object not found: {named} 99")
    assert altcraft.refused("/campaigns/activate/", id=12, run_now=True, **override) == refusal
    assert altcraft.refused("/campaigns/broadcasts/start", id=34, **override) == refusal


@pytest.mark.parametrize("half", ["override_source_type", "override_source_id"])
def test_an_audience_needs_a_type_and_an_id(altcraft: Altcraft, half: str) -> None:
    override = {"override_source_type": "list", "override_source_id": 1}
    del override[half]
    code, text = altcraft.refused("/campaigns/activate/", id=12, run_now=True, **override)
    assert (code, text.split(": ")[1]) == (400, half)


@pytest.mark.parametrize(
    ("path", "mailing", "state"),
    [
        ("/campaigns/activate/", 15, "running"),
        ("/campaigns/activate/", 42, "running"),
        ("/campaigns/activate/", 44, "still running"),
        ("/campaigns/activate/", 47, "completed"),
        ("/campaigns/activate/", 60, "a trigger"),
        ("/campaigns/broadcasts/start", 12, "inactive"),
        ("/campaigns/broadcasts/start", 15, "running"),
        ("/campaigns/broadcasts/start", 44, "still running"),
        ("/campaigns/broadcasts/start", 47, "completed"),
    ],
)
def test_launches_that_the_state_forbids(altcraft: Altcraft, path: str, mailing: int, state: str) -> None:
    before = altcraft.data("/campaigns/get", id=mailing)
    assert altcraft.refused(path, id=mailing, run_now=True) == (
        400,
        f"Incorrect request: mailing {mailing} is {state}",
    )
    assert altcraft.data("/campaigns/get", id=mailing) == before


def test_a_completed_broadcast_can_not_be_activated(altcraft: Altcraft) -> None:
    refusal = (400, "Incorrect request: mailing 47 is completed")
    assert altcraft.refused("/campaigns/activate/", id=47) == refusal


def test_start_launches_an_active_broadcast(altcraft: Altcraft) -> None:
    override = {"override_source_type": "segment", "override_source_id": 7, "override_limit": 500}
    assert altcraft.data("/campaigns/broadcasts/start", id=34, **override) is None
    assert altcraft.status(34) == "Running"
    altcraft.advance("1s")
    assert altcraft.status(34) == "Completed"


@pytest.mark.parametrize("mailing", [41, 60, 99])
def test_start_knows_broadcasts_alone(altcraft: Altcraft, mailing: int) -> None:
    refusal = (404, f"Object not found: broadcast {mailing}")
    assert altcraft.refused("/campaigns/broadcasts/start", id=mailing) == refusal


def test_a_run_to_nobody_is_over_at_once(altcraft: Altcraft) -> None:
    altcraft.data("/campaigns/activate/", id=71, run_now=True)
    assert altcraft.status(71) == "Completed"
    assert altcraft.data("/campaigns/log_v2", id=71)[-1]["value"] == "0s"


def test_a_deactivated_broadcast_still_sends_what_is_queued(altcraft: Altcraft) -> None:
    altcraft.data("/campaigns/deactivate", id=15)
    assert altcraft.status(15) == "Inactive"
    altcraft.advance("1d")
    assert altcraft.status(15) == "Inactive"
    altcraft.advance("1d")
    assert altcraft.status(15) == "Completed"


def test_a_deactivated_regular_mailing_stays_inactive_after_its_run(altcraft: Altcraft) -> None:
    altcraft.data("/campaigns/deactivate", id=42)
    altcraft.advance("5d")
    assert altcraft.status(42) == "Inactive"
    assert altcraft.log(42)[-2:] == ["Campaign finished", "Total time spent"]


def test_a_deactivated_mailing_can_be_activated_again_during_its_run(altcraft: Altcraft) -> None:
    altcraft.data("/campaigns/deactivate", id=15)
    altcraft.data("/campaigns/activate/", id=15)
    assert altcraft.status(15) == "Running"


@pytest.mark.parametrize("mailing", [15, 42, 44, 45])
def test_aborting_drops_the_queue_at_once(altcraft: Altcraft, mailing: int) -> None:
    altcraft.data("/campaigns/deactivate", id=mailing, abort_if_running=True)
    assert altcraft.status(mailing) == "Inactive"
    altcraft.advance("30d")
    assert altcraft.status(mailing) == "Inactive"
    assert "Campaign finished" not in altcraft.log(mailing)
    altcraft.data("/campaigns/activate/", id=mailing, run_now=True)
    assert altcraft.status(mailing) == "Running"


@pytest.mark.parametrize("abort", [True, False])
@pytest.mark.parametrize("mailing", [12, 46, 47, 82, 61])
def test_deactivating_what_is_inactive_changes_nothing(
    altcraft: Altcraft, mailing: int, abort: object
) -> None:
    before = altcraft.data("/campaigns/get", id=mailing), altcraft.log(mailing)
    assert altcraft.data("/campaigns/deactivate", id=mailing, abort_if_running=abort) is None
    assert (altcraft.data("/campaigns/get", id=mailing), altcraft.log(mailing)) == before


@pytest.mark.parametrize(
    "path",
    [
        "/campaigns/activate/",
        "/campaigns/deactivate",
        "/campaigns/get",
        "/campaigns/log_v2",
        "/campaigns/clone",
        "/campaigns/delete",
        "/campaigns/get_status",
    ],
)
@pytest.mark.parametrize("number", [99, 0, -1, 2**63 - 1, -(2**63)])
def test_an_unknown_mailing(altcraft: Altcraft, path: str, number: int) -> None:
    assert altcraft.refused(path, id=number) == (404, f"Object not found: mailing {number}")


def scheduled(altcraft: Altcraft, **schedule: object) -> int:
    """Create an active broadcast with a start schedule; the time is Sunday, 2026-03-15 14:30 UTC."""
    audience = {"data_type": "segment", "data_id": 3, "content": [{"message_id": 1}]}
    body = audience | {"name": "By the clock", "send_channel": "email", "start_schedule": schedule}
    return int(altcraft.data("/campaigns/broadcasts/add", is_active=True, **body)["saved_id"])


@pytest.mark.parametrize(
    ("schedule", "before", "then"),
    [
        ({"start_mins": [38], "start_hours": [16]}, "127m", "1m"),
        ({"start_mins": [30], "start_hours": [14]}, "1439m", "1m"),
        ({"start_mins": [0], "start_hours": [9], "start_wdays": ["Tue"]}, "42h29m", "1m"),
        ({"start_mins": [0], "start_hours": [0], "start_mdays": [1], "start_months": [4]}, "16d9h29m", "1m"),
        ({"start_mins": [0], "start_hours": [19], "tz": "Europe/Moscow"}, "89m", "1m"),
        ({"start_mdays": [16]}, "9h29m", "1m"),
    ],
)
def test_a_schedule_starts_an_active_broadcast(
    altcraft: Altcraft, schedule: dict[str, object], before: str, then: str
) -> None:
    mailing = scheduled(altcraft, **schedule)
    altcraft.advance(before)
    assert altcraft.status(mailing) == "Active"
    altcraft.advance(then)
    assert altcraft.status(mailing) == "Running"
    altcraft.advance("1s")
    assert altcraft.status(mailing) == "Completed"


def test_deactivation_cancels_the_scheduled_start(altcraft: Altcraft) -> None:
    mailing = scheduled(altcraft, start_mins=[38], start_hours=[16])
    altcraft.data("/campaigns/deactivate", id=mailing)
    altcraft.advance("2d")
    assert altcraft.status(mailing) == "Inactive"
    altcraft.data("/campaigns/activate/", id=mailing)
    altcraft.advance("1d")
    assert altcraft.status(mailing) == "Completed"


def test_a_schedule_that_is_past_or_empty_starts_nothing(altcraft: Altcraft) -> None:
    mailings = [scheduled(altcraft, start_years=[2020], start_hours=[1]), scheduled(altcraft)]
    altcraft.advance("400d")
    assert [altcraft.status(mailing) for mailing in mailings] == ["Active", "Active"]


def test_what_was_handed_over_before_an_abort_stays_sent(altcraft: Altcraft) -> None:
    """Mailing 40 goes to 40 profiles on push, at 20 messages a second."""
    altcraft.data("/campaigns/activate/", id=40, run_now=True)
    altcraft.advance("1s")
    altcraft.data("/campaigns/deactivate", id=40, abort_if_running=True)
    altcraft.advance("1d")
    counts = Counter(one["status"] for one in messages(altcraft.emulator, 40))
    assert (counts.pop("cancelled"), counts.total()) == (20, 20)


def test_a_run_begins_with_the_whole_audience_again(altcraft: Altcraft) -> None:
    for _ in range(2):
        altcraft.data("/campaigns/activate/", id=40, run_now=True, override_limit=10)
        altcraft.advance("1m")
    assert len(messages(altcraft.emulator, 40)) == 20


@pytest.mark.parametrize(
    ("email", "outcome"),
    [("eve@example.com", "delivered"), ("fred+unsubscribed@example.com", "unsubscribed")],
)
def test_the_address_decides_what_becomes_of_a_message(altcraft: Altcraft, email: str, outcome: str) -> None:
    altcraft.data("/campaigns/activate/", id=70, run_now=True)
    altcraft.advance("1h")
    assert altcraft.emulator.message_counts(recipient=email) == {outcome: 1}


def test_a_phone_mailing_goes_to_phones(altcraft: Altcraft) -> None:
    altcraft.data("/campaigns/activate/", id=179, run_now=True)
    altcraft.advance("1m")
    assert altcraft.emulator.message_counts(recipient="+79000000005", channel="sms") == {"delivered": 1}
