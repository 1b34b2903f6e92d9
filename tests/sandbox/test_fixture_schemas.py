"""The JSON Schemas of fixture files are as strict as the reading: editors show errors that stop a start."""

import json
from collections.abc import Callable
from copy import deepcopy
from functools import cache
from typing import Any

import jsonschema_rs
import pytest

from emulator.app import make_providers
from emulator.cli.fixture_schema import fixture_schema
from emulator.settings import Settings, shipped_fixtures
from emulator.yaml_text import read_yaml
from tests.conftest import Emulator

pytestmark = pytest.mark.slow

DATE = "2026-03-01T10:00:00+00:00"
FILES = sorted(shipped_fixtures().glob("*/*/account.yaml"))


@cache
def validator(provider: str) -> Any:
    (model,) = (one.account.fixture for one in make_providers(Settings()) if one.name == provider)
    return jsonschema_rs.Draft202012Validator(fixture_schema(model))


def content(text: str) -> Any:
    """Return a file as editors read it: dates are texts."""
    return json.loads(json.dumps(read_yaml(text), default=lambda date: date.isoformat()))


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parts[-3]} {file.parts[-2]}")
def test_the_shipped_files_are_as_their_schemas_say(file: Any) -> None:
    found = content(file.read_text("utf-8"))
    assert [error.message for error in validator(file.parts[-2]).iter_errors(found)] == []


def filtered(**group: Any) -> Callable[[Any], None]:
    """Return a change that adds a segment with a filter of one condition."""

    def change(account: Any) -> None:
        account["projects"][0].setdefault("lists", []).append(
            {
                "id": "66a0c1d2e3f4a5b6c7d8dddd",
                "name": "S",
                "type": "segment",
                "filter": {"groups": [{"field": "company", "operator": "equals", "value": "x"} | group]},
            }
        )

    return change


def entered(**group: Any) -> Callable[[Any], None]:
    """Return a change that adds an automation with a condition in its entry criteria."""

    def change(account: Any) -> None:
        groups = [{"field": "company", "operator": "equals", "value": "x"} | group]
        entry = {"type": "contact_property_matches_with", "filterCriteria": {"groups": groups}}
        account["projects"][0]["automations"] = [
            {"id": "66a0c1d2e3f4a5b6c7d8ddde", "name": "A", "entry": entry, "steps": [], "created": DATE}
        ]

    return change


def ruled(more: Any = None, **rule: Any) -> Callable[[Any], None]:
    """Return a change that adds a segment with an item of one rule."""

    def change(account: Any) -> None:
        one = {"type": "email", "name": "email", "operator": "exist"} | rule
        item = {"list_id": 1, "condition": "and", "queries": [one]} | (more or {})
        account["segments"] = [{"id": 1, "name": "S", "kind": "dynamic", "items": [item]}]

    return change


def expecting(least: Any) -> Callable[[Any], None]:
    """Return a change that sets with how many points members begin."""

    def change(account: Any) -> None:
        account["loyalty_programs"][0]["currencies"][0]["initial"] = least

    return change


def mailed(kind: str, **settings: Any) -> Callable[[Any], None]:
    """Return a change that adds a mailing of a kind."""
    mailing = {"id": 1, "name": "M", "kind": kind, "list": 1, "templates": [1], "edited": DATE}

    def change(account: Any) -> None:
        account["mailings"] = [mailing | settings]

    return change


OF_COMPANY = {
    "type": "unicode",
    "name": "_fname",
    "operator": "begin",
    "value": [{"name": "value", "value": "A"}],
}
RIGHT = [
    ("autosend", filtered()),
    ("autosend", filtered(fieldType="number", operator="greater_than", value=3)),
    ("autosend", filtered(fieldType="date", operator="is_empty", value=None)),
    ("autosend", entered()),
    ("altcraft", ruled()),
    ("altcraft", ruled(**OF_COMPANY)),
    ("altcraft", ruled(child=[OF_COMPANY], condition="or")),
    ("altcraft", ruled({"percent_from": 10, "percent_to": 20, "limit": 5})),
    ("altcraft", ruled(compo="domain", operator="equal", value=[{"name": "domain", "value": "example.com"}])),
    ("altcraft", ruled(operator="not_in_file")),
    ("altcraft", mailed("trigger", wait="5m", hours=[], limit=0)),
    ("altcraft", mailed("regular", wait="0s", hours=[5], limit=3, starts_by="api_call")),
    ("altcraft", expecting(0)),
    ("altcraft", expecting("12.50")),
]
SECOND = {"id": 2, "name": "Another", "global": True}
WRONG = [
    ("autosend", filtered(kind="number")),
    ("autosend", filtered(operator="equal")),
    ("autosend", filtered(fieldType="number", operator="contains")),
    ("autosend", filtered(fieldType="strng")),
    ("autosend", filtered(operator="contains", value=None)),
    ("autosend", entered(kind="number")),
    ("autosend", entered(operator="equal")),
    ("autosend", entered(fieldType="boolean", operator="contains")),
    ("altcraft", mailed("trigger", hours=[5])),
    ("altcraft", mailed("trigger", limit=3)),
    ("altcraft", mailed("regular", wait="5m")),
    ("altcraft", mailed("regular", starts_by="api_import")),
    ("altcraft", lambda account: account["templates"][0].pop("email")),
    ("altcraft", lambda account: account["suppression_lists"].append(SECOND)),
    ("altcraft", expecting("12.505")),
    ("altcraft", expecting(10**12)),
    ("altcraft", lambda account: account["groups"].pop(0)),
    ("altcraft", lambda account: account["tokens"][2].update(groups=[])),
    ("altcraft", ruled({"limits": 5})),
    ("altcraft", ruled({"percent_to": 101})),
    ("altcraft", ruled({"limit": -1})),
    ("altcraft", ruled({"queries": []})),
    ("altcraft", ruled(kind="x")),
    ("altcraft", ruled(type="emial")),
    ("altcraft", ruled(operator="exists")),
    ("altcraft", ruled(type="statseg", operator="equal", value=[{"name": "segment_id", "value": 1}])),
    ("altcraft", ruled(compo="domian")),
    ("altcraft", ruled(value=[{"name": "value", "value": 1, "more": 2}])),
    ("altcraft", ruled(child=[{"kind": "x"}], condition="or")),
    ("altcraft", ruled(child=[OF_COMPANY | {"operator": "begins"}], condition="or")),
]


def of_empty(provider: str, change: Callable[[Any], None]) -> Any:
    text = (shipped_fixtures() / "empty" / provider / "account.yaml").read_text("utf-8")
    account = deepcopy(content(text))
    change(account)
    return account


def is_taken(emulator: Emulator, provider: str, account: Any) -> bool:
    box = emulator.sandbox(fixtures="empty", clock="frozen")
    answer = box.control("POST", "/seed", json={"fixtures": {provider: json.dumps(account)}})
    assert answer.status_code in {200, 422}
    return bool(answer.status_code == 200)


@pytest.mark.parametrize(("provider", "change"), RIGHT)
def test_what_is_read_is_right_by_the_schema(
    emulator: Emulator, provider: str, change: Callable[[Any], None]
) -> None:
    account = of_empty(provider, change)
    assert is_taken(emulator, provider, account)
    assert [error.message for error in validator(provider).iter_errors(account)] == []


@pytest.mark.parametrize(("provider", "change"), WRONG)
def test_what_is_refused_is_wrong_by_the_schema(
    emulator: Emulator, provider: str, change: Callable[[Any], None]
) -> None:
    account = of_empty(provider, change)
    assert not is_taken(emulator, provider, account)
    assert not validator(provider).is_valid(account)
