"""Automations: https://docs.autosend.com/api-reference/automations."""

from typing import Any

import pytest

from tests.autosend.automations import (
    CANNOT_ACTIVATE,
    EMAIL,
    TEMPLATE,
    branch,
    create,
    get,
    wait,
    without_settings,
)
from tests.autosend.conftest import OTHER_PROJECT, AutoSend

WELCOME, WIN_BACK = "66b3c4d5e6f7a8b9c0d10001", "66b3c4d5e6f7a8b9c0d10002"
READERS = "66a0c1d2e3f4a5b6c7d8dddd"
UNKNOWN = "000000000000000000000000"
NOT_FOUND = (404, "WORKFLOW_NOT_FOUND", "Workflow automation not found")


def refused(autosend: AutoSend, method: str = "POST", path: str = "/automations", **fields: Any) -> Any:
    return autosend.refused(method, path, {"name": "Series", "steps": [wait(), EMAIL]} | fields)


def test_what_is_created_is_a_draft_with_defaults(autosend: AutoSend) -> None:
    made = autosend.data("POST", "/automations", {"name": "Series"}, 201)
    assert made.pop("analytics") == {
        "totalEntered": 0,
        "totalCompleted": 0,
        "totalExited": 0,
        "totalActive": 0,
    }
    assert made == {
        "id": made["id"],
        "projectId": "66a0c1d2e3f4a5b6c7d8aaaa",
        "organizationId": "66a0c1d2e3f4a5b6c7d8bbbb",
        "createdBy": {"id": "66a0c1d2e3f4a5b6c7d8cccc", "firstName": "", "lastName": ""},
        "name": "Series",
        "description": "",
        "status": "draft",
        "entryCriteria": {"type": "contact_created"},
        "exitCriteria": {"type": "workflow_complete"},
        "steps": [],
        "tags": [],
        "unsubscribeGroupId": None,
        "trackingOpen": True,
        "trackingClick": True,
        "activeAt": None,
        "createdAt": "2026-03-15T14:30:00.000Z",
        "updatedAt": "2026-03-15T14:30:00.000Z",
    }


def test_what_is_created_is_answered_as_it_was_written(autosend: AutoSend) -> None:
    group = {"id": "g1", "field": "customFields.plan", "operator": "equals", "value": "pro"}
    fields = {
        "description": "Two letters",
        "entryCriteria": {
            "type": "contact_added_to_list",
            "contactListId": READERS,
            "filterCriteria": {"logicalOperator": "OR", "groups": [group | {"fieldType": "string"}]},
        },
        "exitCriteria": {"type": "entry_criteria_no_longer_met"},
        "tags": ["onboarding", "näch"],
        "unsubscribeGroupId": "7QK2M",
        "trackingOpen": False,
        "trackingClick": False,
    }
    made = create(autosend, **fields)
    assert {name: made[name] for name in fields} == fields
    assert (made["status"], made["activeAt"]) == ("active", "2026-03-15T14:30:00.000Z")
    assert without_settings(get(autosend, made)) == made


def test_steps_get_ids_where_they_have_none(autosend: AutoSend) -> None:
    first, second = create(autosend, steps=[wait(1, "mins"), EMAIL | {"stepId": "mine"}])["steps"]
    assert first["stepId"].startswith("step_")
    assert first == wait(1, "mins", stepId=first["stepId"], checkExitCriteria=True)
    assert second == EMAIL | {"stepId": "mine", "checkExitCriteria": True}


def test_an_automation_whose_event_is_gone_can_not_be_resumed(autosend: AutoSend) -> None:
    autosend.data("POST", f"/automations/{WELCOME}/pause")
    autosend.call("DELETE", "/events/eventName/signed_up")
    answer = autosend.call("POST", f"/automations/{WELCOME}/resume")
    assert (answer.status_code, answer.json()) == (400, CANNOT_ACTIVATE)


def test_an_automation_of_a_project_without_senders_names_its_own(autosend: AutoSend) -> None:
    autosend.emulator.query("DELETE FROM autosend_sender")
    assert refused(autosend, active=True)[1] == "CANNOT_ACTIVATE_AUTOMATION"
    email = {"subject": "s", "htmlTemplate": "h", "senderEmail": "news@example.org"}
    assert create(autosend, steps=[wait(), {"type": "email", "email": email}])["status"] == "active"


def test_null_is_as_good_as_left_out(autosend: AutoSend) -> None:
    criteria = {"logicalOperator": None, "groups": None}
    way = {"branchId": "x", "triggerType": None, "appliesTo": None, "filterCriteria": criteria}
    condition = {"field": "plan", "fieldType": None, "operator": "is_empty"}
    made = create(
        autosend,
        entryCriteria={"type": None, "filterCriteria": {"groups": [condition]}},
        exitCriteria={"type": None},
        steps=[branch(way, stepId="b", checkExitCriteria=None)],
    )
    assert made["entryCriteria"]["type"] == "contact_created"
    assert made["entryCriteria"]["filterCriteria"]["groups"][0]["fieldType"] == "string"
    assert made["exitCriteria"] == {"type": "workflow_complete"}
    (step,) = made["steps"]
    assert step.pop("branches") == [
        {
            "branchId": "x",
            "triggerType": "contact_property_matches_with",
            "appliesTo": "branch_entry",
            "filterCriteria": {"logicalOperator": "AND", "groups": []},
        }
    ]
    assert step == {"stepId": "b", "type": "branch", "checkExitCriteria": True}


def test_branches_may_be_called_the_same_in_different_steps(autosend: AutoSend) -> None:
    steps = [branch({"branchId": "x"}, nextStepId="b"), branch({"branchId": "x"}, stepId="b")]
    assert create(autosend, steps=steps)["status"] == "active"


def test_a_step_that_is_no_branch_may_have_none(autosend: AutoSend) -> None:
    steps = [wait(branches=[]), EMAIL | {"branches": None}]
    assert create(autosend, steps=steps)["status"] == "active"


def test_the_steps_of_one_automation_have_the_metadata_of_their_template(autosend: AutoSend) -> None:
    steps = [wait(), {"type": "email", "email": {"templateId": TEMPLATE}}, wait(), EMAIL]
    made = create(autosend, steps=steps)
    assert [step.get("email", {}).get("template") for step in made["steps"]] == [None] * 4
    of_template, of_its_own = (step["email"] for step in get(autosend, made)["steps"][1::2])
    assert of_template == {
        "templateId": TEMPLATE,
        "template": {
            "templateId": TEMPLATE,
            "templateName": "Newsletter",
            "subject": "What happened this month",
            "previewText": "In three minutes",
            "templateType": "marketing",
            "builderType": "code",
            "createdAt": "2026-02-01T09:00:00.000Z",
            "updatedAt": "2026-02-01T09:00:00.000Z",
        },
    }
    assert of_its_own == EMAIL["email"]


def test_what_was_read_can_be_sent_back(autosend: AutoSend) -> None:
    before = autosend.data("GET", f"/automations/{WIN_BACK}")
    after = autosend.data("PATCH", f"/automations/{WIN_BACK}", before)
    assert after["steps"][1]["email"] == {"templateId": TEMPLATE}
    assert autosend.data("GET", f"/automations/{WIN_BACK}") == before | {"updatedAt": after["updatedAt"]}


def test_one_automation_has_the_counters_of_contacts_alone(autosend: AutoSend) -> None:
    of_contacts = {"totalEntered": 0, "totalCompleted": 0, "totalExited": 0, "totalActive": 0}
    of_mails = {"sent": 0, "delivered": 0, "opened": 0, "clicked": 0, "bounced": 0}
    made = create(autosend)
    assert get(autosend, made)["analytics"] == made["analytics"] == of_contacts
    listed = autosend.data("GET", "/automations")["workflowAutomations"][0]
    assert (listed["analytics"], "settings" in listed) == (of_contacts | of_mails, False)
    assert get(autosend, made)["settings"] == {
        "maxExecutionDays": 60,
        "allowReentry": False,
        "timezone": "UTC",
        "priority": 1,
    }


def test_an_update_changes_what_is_given(autosend: AutoSend) -> None:
    before = autosend.data("GET", f"/automations/{WIN_BACK}")
    autosend.advance("1h")
    change = {"name": "New", "tags": ["a"], "description": None}
    after = autosend.data("PATCH", f"/automations/{WIN_BACK}", change)
    changed = {"name": "New", "tags": ["a"], "updatedAt": "2026-03-15T15:30:00.000Z"}
    assert after == without_settings(before) | changed | {"steps": after["steps"]}


def test_the_steps_of_an_update_replace_them_all(autosend: AutoSend) -> None:
    steps = [wait(stepId="step_c3"), {"type": "email", "email": {"templateId": TEMPLATE}, "stepId": "new"}]
    after = autosend.data("PATCH", f"/automations/{WIN_BACK}", {"steps": steps})
    assert [step["stepId"] for step in after["steps"]] == ["step_c3", "new"]


@pytest.mark.parametrize("name", ["", " "])
def test_a_name_can_not_be_taken_away(autosend: AutoSend, name: str) -> None:
    assert autosend.refused("PATCH", f"/automations/{WIN_BACK}", {"name": name})[1] == "NAME_REQUIRED"


@pytest.mark.parametrize("automation", [WELCOME, UNKNOWN], ids=["active", "unknown"])
@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"name": ""}, "NAME_REQUIRED"),
        ({"steps": [EMAIL]}, "INVALID_STEP_SEQUENCE"),
        ({"steps": [wait(), {"type": "email"}]}, "EMAIL_TEMPLATE_REQUIRED"),
        ({"entryCriteria": {"type": "event_trigger"}}, "EVENT_NAME_REQUIRED"),
        ({"unsubscribeGroupId": "NONE0"}, "VALIDATION_FAILED"),
    ],
)
def test_what_is_wrong_is_said_before_anything_of_the_automation(
    autosend: AutoSend, automation: str, fields: dict[str, Any], code: str
) -> None:
    assert autosend.refused("PATCH", f"/automations/{automation}", fields)[1] == code


@pytest.mark.parametrize(
    ("method", "path"), [("GET", ""), ("PATCH", ""), ("POST", "/pause"), ("POST", "/resume")]
)
@pytest.mark.parametrize("automation", [UNKNOWN, "nonsense", "%00"])
def test_an_unknown_automation_is_not_found(
    autosend: AutoSend, method: str, path: str, automation: str
) -> None:
    answer = autosend.call(method, f"/automations/{automation}{path}", {})
    error = {"message": "Workflow automation not found", "code": "WORKFLOW_NOT_FOUND"}
    assert (answer.status_code, answer.json()) == (404, {"success": False, "error": error})


def test_deleting_has_another_word_for_it(autosend: AutoSend) -> None:
    for _ in range(2):
        answer = autosend.call("DELETE", f"/automations/{WIN_BACK}")
    error = {"message": "Automation not found", "code": "AUTOMATION_NOT_FOUND", "status": 404}
    assert (answer.status_code, answer.json()) == (404, {"success": False, "error": error})
    assert autosend.refused("GET", f"/automations/{WIN_BACK}") == NOT_FOUND


def test_the_automations_of_another_project_are_none(autosend: AutoSend) -> None:
    assert autosend.call("GET", f"/automations/{WELCOME}", headers=OTHER_PROJECT).status_code == 404
    assert autosend.call("DELETE", f"/automations/{WELCOME}", headers=OTHER_PROJECT).status_code == 404
    page = autosend.call("GET", "/automations", headers=OTHER_PROJECT).json()["data"]
    assert page["workflowAutomations"] == []


def test_an_automation_whose_suppression_group_is_gone_is_not_activated(autosend: AutoSend) -> None:
    code = autosend.data("POST", "/suppression-groups", {"name": "Offers"})["groupId"]
    automation = create(autosend, unsubscribeGroupId=code, active=False)
    assert autosend.call("DELETE", f"/suppression-groups/{code}").status_code == 200
    answer = autosend.call("POST", f"/automations/{automation['id']}/resume")
    assert (answer.status_code, answer.json()) == (400, CANNOT_ACTIVATE)
