"""What the parts of a fixture are shown as, and what can not be there twice or lead nowhere."""

from typing import Any

import pytest

from tests.altcraft.seeds import seeded
from tests.conftest import Emulator, Sandbox


@pytest.fixture
def box(emulator: Emulator) -> Sandbox:
    return emulator.sandbox(fixtures="empty", clock="frozen")


def asked(box: Sandbox, path: str, **body: Any) -> Any:
    answer = box.http.post(f"/api/v1.1{path}", headers=box.altcraft, json=body).json()
    assert answer["error"] == 0, answer
    return answer["data"]


def complaint(answer: Any) -> str:
    """Return what is said of an account that is refused, after the file and the line."""
    assert answer.status_code == 422, answer.text
    (error,) = answer.json()["errors"]
    return str(error["message"]).split(": ", 1)[1]


QUERY = {"id": 1, "name": "Authors", "shortname": "authors", "connector": 2, "column": "author"}
CONNECTORS = [{"id": 2, "name": "Books"}]


def test_the_parameters_of_a_query_are_shown(box: Sandbox) -> None:
    query = QUERY | {"parameters": [{"name": "CITY", "type": "string", "options_type": "query"}]}
    assert seeded(box, connectors=CONNECTORS, queries=[query]).status_code == 200
    shown = asked(box, "/datatables/query_segments/get/", id=1)["parameters"]
    assert shown == [{"name": "CITY", "type": "string", "title": "", "options_type": "query"}]


def test_queries_have_short_names_of_their_own(box: Sandbox) -> None:
    answer = seeded(box, connectors=CONNECTORS, queries=[QUERY, QUERY | {"id": 3}])
    assert complaint(answer) == "queries.1.shortname: another one has the same shortname: authors"


def test_the_strata_of_a_campaign_are_shown(box: Sandbox) -> None:
    segment = {"id": 9, "name": "S", "database": 1, "profiles": ["ann@example.com"]}
    strata: dict[str, Any] = {"field_name": "_region", "field_type": "unicode", "condition_type": "list"}
    strata |= {"conditions": [{"list": ["North", 7]}]}
    campaign = {"id": 8, "name": "Spring", "list": 1, "segment": 9, "state": "active"}
    campaign |= {"created": "2026-02-01T08:00:00Z", "stratification": [strata]}
    assert seeded(box, segments=[segment], campaigns=[campaign]).status_code == 200
    (shown,) = asked(box, "/scampaigns/get", id=8)
    assert shown["audience"]["lcg"]["stratification_field_settings"] == [strata]
