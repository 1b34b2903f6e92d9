"""The settings of automations, which only fixtures and the control plane set, and no operation."""

from typing import Any

import pytest

from tests.autosend.automations import add_contact, counts, create, get, letter, set_up, subjects, wait
from tests.autosend.conftest import AutoSend

DEFAULTS = {"maxExecutionDays": 60, "allowReentry": False, "timezone": "UTC", "priority": 1}
CHANGED: dict[str, Any] = {
    "max_execution_days": 3,
    "allow_reentry": True,
    "timezone": "Europe/Paris",
    "priority": 5,
}


def test_settings_are_set_one_by_one_or_together(autosend: AutoSend) -> None:
    series = create(autosend)
    assert get(autosend, series)["settings"] == DEFAULTS
    answer = set_up(autosend, series, allow_reentry=True)
    assert answer.json()["settings"]["allow_reentry"] is True
    assert get(autosend, series)["settings"] == DEFAULTS | {"allowReentry": True}
    assert set_up(autosend, series, **CHANGED).json()["settings"] == CHANGED
    assert get(autosend, series)["settings"] == {
        "maxExecutionDays": 3,
        "allowReentry": True,
        "timezone": "Europe/Paris",
        "priority": 5,
    }


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"max_execution_days": 0}, "settings.max_execution_days"),
        ({"max_execution_days": 3651}, "settings.max_execution_days"),
        ({"max_execution_days": 1.5}, "settings.max_execution_days"),
        ({"max_execution_days": None}, "settings.max_execution_days"),
        ({"allow_reentry": "yes"}, "settings.allow_reentry"),
        ({"timezone": "Mars/Olympus"}, "settings.timezone"),
        ({"priority": 0}, "settings.priority"),
        ({"priority": "1"}, "settings.priority"),
        ({"maxExecutionDays": 3}, "settings.maxExecutionDays"),
        ({"allow_reentry": True, "priority": -1}, "settings.priority"),
    ],
)
def test_a_wrong_setting_is_named_and_nothing_is_set(
    autosend: AutoSend, settings: dict[str, Any], field: str
) -> None:
    series = create(autosend)
    answer = set_up(autosend, series, **settings)
    assert answer.status_code == 422
    assert field in answer.text
    assert get(autosend, series)["settings"] == DEFAULTS


def test_no_operation_sets_them(autosend: AutoSend) -> None:
    series = create(autosend, active=False, settings={"allowReentry": True})
    autosend.data("PATCH", f"/automations/{series['id']}", {"settings": {"allowReentry": True}})
    assert get(autosend, series)["settings"] == DEFAULTS


def test_nobody_stays_for_longer_than_is_allowed(autosend: AutoSend) -> None:
    series = create(autosend, steps=[wait(4, "days"), letter("Late")])
    set_up(autosend, series, max_execution_days=3)
    add_contact(autosend)
    autosend.advance("71h")
    assert counts(autosend, series) == (1, 0, 0, 1)
    autosend.advance("1h")
    assert counts(autosend, series) == (1, 0, 1, 0)
    autosend.advance("5d")
    assert subjects(autosend) == []


@pytest.mark.parametrize(
    ("days", "numbers"), [(2, (1, 0, 1, 0)), (3, (1, 0, 1, 0)), (4, (1, 0, 0, 1)), (90, (1, 0, 0, 1))]
)
def test_a_new_limit_is_one_for_those_inside_too(
    autosend: AutoSend, days: int, numbers: tuple[int, int, int, int]
) -> None:
    series = create(autosend, steps=[wait(80, "days"), letter("Late")])
    add_contact(autosend)
    autosend.advance("3d")
    set_up(autosend, series, max_execution_days=days)
    assert counts(autosend, series) == numbers
    autosend.advance("77d")
    assert counts(autosend, series) == ((1, 1, 0, 0) if days == 90 else (1, 0, 1, 0))


def test_who_was_put_out_of_time_may_come_again_where_that_is_allowed(autosend: AutoSend) -> None:
    ada, event = "66c1d2e3f4a5b6c7d8e90001", "order_completed"
    entry = {"type": "event_trigger", "eventName": event}
    series = create(autosend, entryCriteria=entry, steps=[wait(4, "days"), letter("Late")])
    set_up(autosend, series, max_execution_days=1, allow_reentry=True)
    for _ in range(2):
        autosend.data("POST", "/events/send", {"eventName": event, "contactId": ada}, 201)
        autosend.advance("1d")
    assert counts(autosend, series) == (2, 0, 2, 0)
