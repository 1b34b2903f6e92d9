"""Texts that stand for numbers: the same ones for properties of events, conditions and imported fields."""

import json
from typing import Any

import pytest

from tests.autosend.conftest import AutoSend
from tests.autosend.migrations import ALL, RESEND
from tests.autosend.test_events import ADA
from tests.autosend.test_migration_failures import call, changed, ended
from tests.conftest import Emulator, Sandbox

NUMBERS = {"7": 7, " -2.50 ": -2.5, "+.5": 0.5, "1E2": 100, "2.": 2}
NO_NUMBERS = ["1_000", "\u0663", "\uff11\uff12", "\u00b2", "0x10", "nan", "Infinity", "1e400", "1 000", "1,5"]
LONG = "9" * 5000

each_number = pytest.mark.parametrize(("text", "number"), NUMBERS.items())
each_other = pytest.mark.parametrize("text", [*NO_NUMBERS, LONG], ids=lambda text: text[:10])


@pytest.fixture
def event(autosend: AutoSend) -> AutoSend:
    properties = [{"propertyName": "seats", "type": "number"}]
    autosend.data("POST", "/events", {"eventName": "booked", "properties": properties}, 201)
    return autosend


def booked(seats: str) -> dict[str, Any]:
    return {"eventName": "booked", "contactId": ADA, "eventProperties": {"seats": seats}}


@each_number
def test_a_property_of_an_event_is_the_number_that_a_text_spells(
    event: AutoSend, text: str, number: float
) -> None:
    seats = event.data("POST", "/events/send", booked(text), 201)["properties"]["seats"]
    assert (seats, type(seats)) == (number, type(number))


@each_other
def test_a_property_of_an_event_is_no_text_that_spells_none(event: AutoSend, text: str) -> None:
    code = event.refused("POST", "/events/send", booked(text))[1]
    assert code == "INVALID_PROPERTY_VALUE"


VALUE = "filterCriteria.groups.0.value"


def segment(value: str) -> dict[str, Any]:
    group = {"field": "seats", "fieldType": "number", "operator": "greater_than", "value": value}
    return {"name": "Big", "type": "segment", "filterCriteria": {"logicalOperator": "AND", "groups": [group]}}


@each_number
def test_a_condition_compares_with_the_number_that_a_text_spells(
    autosend: AutoSend, text: str, number: float
) -> None:
    for seats in (number, number + 0.5):
        body: dict[str, Any] = {"email": f"of{seats}@example.com", "customFields": {"seats": seats}}
        autosend.data("POST", "/contacts/email", body)
    made = autosend.data("POST", "/contact-lists", segment(text))
    body = {"contactListId": made["id"], "limit": 100}
    found = autosend.data("POST", "/contact-lists/contacts/search", body)["contacts"]
    assert f"of{number + 0.5}@example.com" in [one["email"] for one in found]
    assert f"of{number}@example.com" not in [one["email"] for one in found]


@each_other
def test_a_condition_compares_with_no_text_that_spells_none(autosend: AutoSend, text: str) -> None:
    answer = autosend.call("POST", "/contact-lists", segment(text))
    assert answer.status_code == 400
    assert answer.json()["error"]["details"][0]["message"] == f"{VALUE} must be a number"


@pytest.fixture
def imported(emulator: Emulator) -> Sandbox:
    """A sandbox that has imported a contact for each text; its field `seats` is a number."""
    rows = (
        f"        - {{email: c{place}@seats.example, fields: {{seats: {json.dumps(text)}}}}}\n"
        for place, text in enumerate([*NUMBERS, *NO_NUMBERS, LONG])
    )
    leo = "        - {email: leo@example.com, unsubscribed: true}\n"
    box = changed(emulator, leo, leo + "".join(rows))
    call(box, f"{RESEND}/migrate", **ALL)
    assert ended(box)[0] == "COMPLETED"
    return box


@pytest.mark.slow
def test_an_imported_field_is_the_number_that_a_text_spells_if_any(imported: Sandbox) -> None:
    numbers = [*NUMBERS.values(), *[None] * (len(NO_NUMBERS) + 1)]
    emails = [f"c{place}@seats.example" for place in range(len(numbers))]
    found = imported.http.post(
        "/v1/contacts/search/emails", json={"emails": emails}, headers=imported.autosend
    ).json()["data"]["contacts"]
    seats = {one["email"]: one["customFields"].get("seats") for one in found}
    assert [seats[email] for email in emails] == numbers
