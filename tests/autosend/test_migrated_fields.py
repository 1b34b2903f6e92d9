"""Custom fields of imports: the properties that they become, and the values of contacts.

https://docs.autosend.com/migration/resend, https://docs.autosend.com/migration/sendgrid
"""

from typing import Any

import pytest

from emulator.autosend.migration import fitting
from tests.autosend.conftest import AutoSend
from tests.autosend.migrations import ALL, RESEND, SENDGRID, contact, done, job


@pytest.mark.parametrize(("provider", "failed"), [(RESEND, 2), (SENDGRID, 1)])
def test_a_custom_field_that_exists_fails_alone(autosend: AutoSend, provider: str, failed: int) -> None:
    done(autosend, provider, **ALL)
    assert f"{failed} custom fields failed" in job(autosend)["name"]
    assert job(autosend)["status"] == "COMPLETED"
    email = "mia@example.com" if provider == RESEND else "tom@example.com"
    assert contact(autosend, email)["customFields"]["company"] in {"Mills", "Hill & Co"}


def test_values_of_custom_fields_come_through_mappings_alone(autosend: AutoSend) -> None:
    done(autosend, RESEND, audienceIds=["aud1"])
    assert contact(autosend, "mia@example.com")["customFields"] == {}


@pytest.mark.parametrize(
    "by",
    [
        {"resendFieldId": "cf2"},
        {"resendFieldName": "seats"},
        {"resendFieldId": "cf2", "resendFieldName": "company"},
        {"resendFieldId": "cf9", "resendFieldName": "seats"},
        {"resendFieldId": "", "resendFieldName": "seats"},
    ],
)
def test_custom_fields_become_the_properties_that_they_are_mapped_to(
    autosend: AutoSend, by: dict[str, str]
) -> None:
    mapping = by | {"autosendFieldName": "places", "fieldType": "number"}
    done(autosend, RESEND, audienceIds=["aud1"], customFieldMappings=[mapping])
    assert contact(autosend, "ada@example.com")["customFields"]["places"] == 7
    assert contact(autosend, "mia@example.com")["customFields"] == {}
    declared = "SELECT type FROM autosend_contact_property WHERE name = 'places'"
    assert autosend.emulator.query(declared) == [("number",)]


def test_a_custom_field_becomes_all_properties_that_it_is_mapped_to(autosend: AutoSend) -> None:
    seats = {"resendFieldId": "cf2", "fieldType": "number"}
    mappings = [seats | {"autosendFieldName": name} for name in ("places", "chairs")]
    done(autosend, RESEND, audienceIds=["aud1"], customFieldMappings=mappings)
    fields = contact(autosend, "ada@example.com")["customFields"]
    assert (fields["places"], fields["chairs"]) == (7, 7)


def test_custom_fields_that_are_mapped_to_one_property_fill_it_together(autosend: AutoSend) -> None:
    mappings = [{"resendFieldId": one, "autosendFieldName": "note"} for one in ("cf1", "cf2")]
    done(autosend, RESEND, audienceIds=["aud1"], customFieldMappings=mappings)
    notes = [contact(autosend, f"{one}@example.com")["customFields"]["note"] for one in ("ada", "mia")]
    assert notes == ["7", "Mills"]


@pytest.mark.parametrize(
    ("value", "type_", "kept"),
    [
        ("a", "string", "a"),
        (5.0, "string", "5"),
        (1.5, "string", "1.5"),
        (True, "string", "true"),
        (None, "string", None),
        ("7", "number", 7),
        ("1.5", "number", 1.5),
        (3, "number", 3),
        ("seven", "number", None),
        (True, "number", None),
        (float("inf"), "number", None),
        (float("nan"), "number", None),
        (None, "number", None),
        (True, "boolean", True),
        ("FALSE", "boolean", False),
        ("yes", "boolean", None),
        ("2026-01-02", "date", "2026-01-02"),
        ("soon", "date", None),
        (None, "date", None),
    ],
)
def test_values_become_those_of_the_type_or_none(value: Any, type_: str, kept: Any) -> None:
    assert fitting(value, type_) == kept
    assert type(fitting(value, type_)) is type(kept)
