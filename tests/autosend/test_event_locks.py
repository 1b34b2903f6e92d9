"""Events whose properties are locked by an automation: https://docs.autosend.com/automations/events."""

from typing import Any

import pytest

from tests.autosend.automations import letter, pause, wait
from tests.autosend.conftest import AutoSend

ORDER, SIGNED_UP = "/events/eventName/order_completed", "/events/eventName/signed_up"
PLAN = {"propertyName": "plan", "type": "string"}


@pytest.mark.parametrize(
    "properties",
    [[], [PLAN | {"type": "number"}], [PLAN | {"propertyName": "package"}]],
    ids=["gone", "another type", "another name"],
)
def test_names_and_types_of_what_an_automation_refers_to_are_locked(
    autosend: AutoSend, properties: list[Any]
) -> None:
    assert autosend.refused("PATCH", SIGNED_UP, {"properties": properties}) == (
        400,
        "EVENT_PROPERTIES_LOCKED",
        "Property names and types of an event that is used in an automation cannot be changed",
    )
    assert autosend.data("GET", SIGNED_UP)["properties"] == [
        PLAN | {"description": None, "suggestedValues": []}
    ]


def test_the_lock_leaves_the_rest_to_be_changed(autosend: AutoSend) -> None:
    more = [PLAN | {"suggestedValues": "free, pro"}, {"propertyName": "seats", "type": "number"}]
    after = autosend.data("PATCH", SIGNED_UP, {"properties": more})
    assert after["properties"][0]["suggestedValues"] == ["free", "pro"]


@pytest.mark.parametrize("type_", ["contact_created", "contact_property_matches_with"])
def test_an_automation_that_only_names_an_event_and_starts_otherwise_locks_nothing(
    autosend: AutoSend, type_: str
) -> None:
    entry = {"type": type_, "eventName": "order_completed"}
    autosend.data("POST", "/automations", {"name": "Series", "entryCriteria": entry}, 201)
    assert autosend.data("PATCH", ORDER, {"properties": []})["properties"] == []


@pytest.mark.parametrize("is_paused", [False, True])
def test_a_draft_locks_an_event_that_never_happened(autosend: AutoSend, *, is_paused: bool) -> None:
    entry = {"type": "event_trigger", "eventName": "order_completed"}
    made = autosend.data(
        "POST",
        "/automations",
        {"name": "Series", "entryCriteria": entry, "active": is_paused, "steps": [wait(), letter("One")]},
        201,
    )
    if is_paused:
        pause(autosend, made)
    assert autosend.refused("PATCH", ORDER, {"properties": []})[1] == "EVENT_PROPERTIES_LOCKED"


def test_the_lock_ends_with_the_automation(autosend: AutoSend) -> None:
    autosend.call("DELETE", "/automations/66b3c4d5e6f7a8b9c0d10001")
    assert autosend.data("PATCH", SIGNED_UP, {"properties": []})["properties"] == []
