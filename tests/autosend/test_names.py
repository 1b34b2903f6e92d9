"""Names that are required: empty and blank ones are refused."""

from typing import Any

import pytest

from tests.autosend.campaigns import DRAFT, create
from tests.autosend.conftest import ACCOUNT_KEY, AutoSend
from tests.autosend.suppressions import GROUPS, NEWSLETTER
from tests.autosend.test_templates import MADE, WELCOME

PROPERTY = {"propertyName": "n", "type": "string"}
WITHOUT: list[tuple[str, str, dict[str, Any], str]] = [
    ("POST", "/account/projects", {}, "name"),
    ("POST", "/domains", {}, "domain"),
    ("POST", "/templates", MADE, "templateName"),
    ("POST", "/templates", MADE, "subject"),
    ("PUT", f"/templates/{WELCOME}", {}, "templateName"),
    ("PUT", f"/templates/{WELCOME}", {}, "subject"),
    ("POST", GROUPS, {}, "name"),
    ("PUT", f"{GROUPS}/{NEWSLETTER}", {}, "name"),
    ("POST", "/campaigns", DRAFT, "name"),
    ("POST", "/campaigns", DRAFT, "subject"),
    ("PATCH", "/campaigns/{campaign}", {}, "name"),
    ("PATCH", "/campaigns/{campaign}", {}, "subject"),
    ("POST", "/contact-properties", {"type": "string"}, "name"),
    ("POST", "/custom-fields", {"fieldType": "string"}, "fieldName"),
    ("POST", "/events", {}, "eventName"),
    ("POST", "/events/send", {"email": "ada@example.com"}, "eventName"),
]


@pytest.mark.parametrize("name", ["", " ", "\t  "])
@pytest.mark.parametrize(("method", "path", "body", "field"), WITHOUT, ids=str)
def test_an_empty_or_blank_name_is_required(
    autosend: AutoSend, method: str, path: str, body: dict[str, Any], field: str, name: str
) -> None:
    account = {"Authorization": f"Bearer {ACCOUNT_KEY}"} if path.startswith("/account/") else {}
    url = path.format(campaign=create(autosend))
    answer = autosend.call(method, url, body | {field: name}, headers=account)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (400, "VALIDATION_FAILED")
    assert error["details"] == [{"field": field, "message": f"{field} is required"}]


@pytest.mark.parametrize("name", ["", "  "])
def test_a_property_of_an_event_has_a_name(autosend: AutoSend, name: str) -> None:
    body = {"eventName": "seen", "properties": [PROPERTY | {"propertyName": name}]}
    (detail,) = autosend.call("POST", "/events", body).json()["error"]["details"]
    assert detail["message"] == "properties.0.propertyName is required"


def test_a_name_is_kept_as_it_is_written(autosend: AutoSend) -> None:
    assert autosend.data("POST", GROUPS, {"name": " News "})["name"] == " News "
