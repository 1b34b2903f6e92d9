"""The order of checks: first the fields of a request, then missing entities, and last the state."""

from typing import Any

import pytest

from tests.altcraft.conftest import Altcraft
from tests.altcraft.test_quick_import import quick
from tests.altcraft.test_trigger_launches import linked

TRIGGER, SCENARIO = 61, 6
"""An inactive trigger and an inactive scenario."""

TRIGGERS, SCENARIOS = "/campaigns/triggers", "/workflows"
NOBODY = (404, "Object not found: profile email=nobody@example.com")
NO_RESOURCE = (404, "Object not found: resource 99")
NO_MATCH = (400, "Incorrect request: email: Field required")
NO_FIELD = (440, 'with field "shoes": Incorrect field')


@pytest.mark.parametrize("path", [TRIGGERS, SCENARIOS])
@pytest.mark.parametrize(
    ("call", "body", "refusal"),
    [
        ("start", {"email": "nobody@example.com"}, NOBODY),
        ("start", {"resource_id": 99}, NO_RESOURCE),
        ("start", {"email": None}, NO_MATCH),
        ("import_and_start", {"data": {"shoes": 1}}, NO_FIELD),
        ("import_and_start", {"resource_id": 99}, NO_RESOURCE),
        ("import_and_start_batch", {"data": [{}], "resource_id": 99}, NO_RESOURCE),
    ],
)
def test_the_state_is_looked_at_last(
    altcraft: Altcraft, path: str, call: str, body: dict[str, Any], refusal: tuple[int, str]
) -> None:
    whom = (
        {"id": TRIGGER, "trigger_id": TRIGGER}
        if path == TRIGGERS
        else {"id": SCENARIO, "workflow_id": SCENARIO}
    )
    said = whom | {"email": "ann@example.com", "data": {}} | body
    assert altcraft.refused(f"{path}/{call}", **said) == refusal


@pytest.mark.parametrize("call", ["import_and_start", "import_and_start_batch"])
@pytest.mark.parametrize("path", [TRIGGERS, SCENARIOS])
def test_nobody_is_imported_for_what_is_inactive(altcraft: Altcraft, path: str, call: str) -> None:
    data: Any = {"email": "new@example.com"}
    said = {"trigger_id": TRIGGER, "workflow_id": SCENARIO, "email": "new@example.com"}
    data = [data] if call.endswith("batch") else data
    code, text = altcraft.refused(f"{path}/{call}", **said, data=data)
    assert (code, text.endswith("is inactive")) == (400, True)
    assert altcraft.refused("/profiles/get", db_id=1, email="new@example.com")[0] == 404


def test_a_link_of_an_inactive_trigger_finds_nobody_first(altcraft: Altcraft) -> None:
    answer = linked(altcraft, TRIGGER, "nobody@example.com")
    assert (answer.status_code, answer.text) == (404, "Not found")


@pytest.mark.parametrize("starts", [{"trigger_id": TRIGGER}, {"workflow_id": SCENARIO}])
def test_a_quick_import_tells_of_its_fields_first(altcraft: Altcraft, starts: dict[str, Any]) -> None:
    answer = quick(altcraft, email="ann@example.com", shoes=1, **starts)
    assert (answer.status_code, answer.text) == (400, NO_FIELD[1])


NEW = {"name": "T", "content": [{"message_id": 999}], "send_channel": "email", "list_id": 999}
DRAFT = {
    "name": "B",
    "content": [{"message_id": 9}],
    "send_channel": "email",
    "data_type": "list",
    "data_id": 1,
}


@pytest.mark.parametrize(
    ("path", "body", "refusal"),
    [
        (f"{TRIGGERS}/add", {"trigger_type": "action"}, "action: Field required"),
        (f"{TRIGGERS}/update", {"id": 999, "trigger_type": "pixel"}, "pixel_id: Field required"),
        (f"{TRIGGERS}/add", {"trigger_type": "action", "action": "left"}, "segment_id: Field required"),
    ],
)
def test_what_a_type_of_triggers_needs_comes_before_what_is_not_there(
    altcraft: Altcraft, path: str, body: dict[str, Any], refusal: str
) -> None:
    assert altcraft.refused(path, **NEW | body) == (400, f"Incorrect request: {refusal}")


@pytest.mark.parametrize("named", ["resource_id", "policy_id", "virtual_sender_id"])
def test_what_is_not_there_comes_before_a_draft(altcraft: Altcraft, named: str) -> None:
    code, _ = altcraft.refused("/campaigns/broadcasts/add", **DRAFT, **{named: 999})
    assert code == 404


def test_a_segment_that_is_gone_comes_before_a_campaign_that_is_paused(altcraft: Altcraft) -> None:
    altcraft.answer("/scampaigns/deactivate", id=18)
    altcraft.emulator.query("UPDATE altcraft_mailing SET data_type = 'segment', data_id = 99 WHERE id = 26")
    refusal = altcraft.refused("/campaigns/regulars/start", id=26)
    assert refusal == (404, "Object not found: segment 99")


def test_a_sender_that_is_gone_comes_before_a_trigger_that_is_inactive(altcraft: Altcraft) -> None:
    altcraft.emulator.query("UPDATE altcraft_mailing SET virtual_sender_id = 99 WHERE id = 61")
    refusal = altcraft.refused(f"{TRIGGERS}/start", id=TRIGGER, email="ann@example.com")
    assert refusal == (404, "Object not found: virtual sender 99")
