"""Automations: https://docs.autosend.com/api-reference/automations."""

from datetime import UTC, datetime
from typing import Any

import pytest

from emulator.autosend.account.automations import AutomationFixture
from tests.autosend.automations import EMAIL, TEMPLATE, create, get, matches, wait
from tests.autosend.conftest import OTHER_PROJECT, AutoSend

WELCOME, WIN_BACK = "66b3c4d5e6f7a8b9c0d10001", "66b3c4d5e6f7a8b9c0d10002"
READERS, SEGMENT = "66a0c1d2e3f4a5b6c7d8dddd", "66a0c1d2e3f4a5b6c7d8dd02"
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
        "sent": 0,
        "delivered": 0,
        "opened": 0,
        "clicked": 0,
        "bounced": 0,
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
        "settings": {"maxExecutionDays": 60, "allowReentry": False, "timezone": "UTC", "priority": 1},
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
    assert get(autosend, made) == made


def test_steps_get_ids_where_they_have_none(autosend: AutoSend) -> None:
    first, second = create(autosend, steps=[wait(1, "mins"), EMAIL | {"stepId": "mine"}])["steps"]
    assert first["stepId"].startswith("step_")
    assert first == wait(1, "mins", stepId=first["stepId"], checkExitCriteria=True)
    assert second == EMAIL | {"stepId": "mine", "checkExitCriteria": True}


@pytest.mark.parametrize("name", [None, "", "  "])
@pytest.mark.parametrize("active", [True, False])
def test_a_name_is_required(autosend: AutoSend, name: str | None, *, active: bool) -> None:
    answer = refused(autosend, name=name, active=active)
    assert answer == (400, "NAME_REQUIRED", "Workflow name is required")


SEQUENCES = [
    [EMAIL],
    [wait()],
    [EMAIL, wait()],
    [wait(), wait(), EMAIL],
    [wait(), EMAIL, EMAIL],
    [wait(), EMAIL, wait()],
    [wait(stepId="a", nextStepId="a"), EMAIL],
    [wait(stepId="a"), EMAIL | {"nextStepId": "a"}],
]


@pytest.mark.parametrize("steps", SEQUENCES)
def test_waits_and_mails_alternate(autosend: AutoSend, steps: list[Any]) -> None:
    answer = autosend.call("POST", "/automations", {"name": "Series", "steps": steps})
    assert answer.status_code == 400
    assert answer.json() == {
        "success": False,
        "error": {
            "message": "Steps must strictly alternate wait → email starting with wait and ending with email",
            "code": "INVALID_STEP_SEQUENCE",
        },
    }


def branch(*ways: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"type": "branch", "branches": list(ways)} | fields


W1, E1 = wait(stepId="w1"), EMAIL | {"stepId": "e1"}
GRAPHS = [
    [EMAIL, branch({})],
    [wait(), EMAIL | {"nextStepId": "b"}, branch({"nextStepId": "e1"}, stepId="b"), E1],
    [wait(), branch({"branchId": "x", "mergeStepId": "e1"}, stepId="b"), E1],
    [wait(), EMAIL, EMAIL, branch({})],
    [W1, E1 | {"nextStepId": "b"}, branch({"nextStepId": "w1"}, stepId="b")],
    [branch({"nextStepId": "b"}, stepId="b")],
    [
        branch({"branchId": "x", "appliesTo": "all_branch_steps", "mergeStepId": "w1"}, stepId="b"),
        W1 | {"parentBranchStepId": "b", "parentBranchId": "x"},
    ],
]


@pytest.mark.parametrize("steps", GRAPHS)
def test_with_branches_mails_follow_waits_and_nothing_leads_back(
    autosend: AutoSend, steps: list[Any]
) -> None:
    code, text = refused(autosend, steps=steps)[1:]
    assert code == "INVALID_STEP_SEQUENCE"
    assert text in {"Every email step must follow a wait step", "Steps must not lead back to themselves"}


INCOMPLETE = [
    ({"steps": [wait(), {"type": "email"}]}, "EMAIL_TEMPLATE_REQUIRED"),
    ({"steps": [wait(), {"type": "email", "email": {"subject": "s"}}]}, "EMAIL_TEMPLATE_REQUIRED"),
    ({"steps": [wait(), {"type": "email", "email": {"htmlTemplate": "h"}}]}, "EMAIL_TEMPLATE_REQUIRED"),
    ({"steps": [branch()]}, "BRANCH_BRANCHES_REQUIRED"),
    ({"steps": [{"type": "branch"}]}, "BRANCH_BRANCHES_REQUIRED"),
    ({"entryCriteria": {"type": "event_trigger"}}, "EVENT_NAME_REQUIRED"),
    ({"entryCriteria": {"type": "event_trigger", "eventName": ""}}, "EVENT_NAME_REQUIRED"),
]
TEXTS = {
    "EMAIL_TEMPLATE_REQUIRED": "Email steps require a templateId, or an htmlTemplate with a subject",
    "BRANCH_BRANCHES_REQUIRED": "Branch steps require at least one branch",
    "EVENT_NAME_REQUIRED": "Event name is required for the event_trigger entry criteria",
}


@pytest.mark.parametrize(("fields", "code"), INCOMPLETE)
@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/automations"), ("PATCH", f"/automations/{WIN_BACK}")]
)
def test_what_parts_require(
    autosend: AutoSend, method: str, path: str, fields: dict[str, Any], code: str
) -> None:
    assert refused(autosend, method, path, **fields) == (400, code, TEXTS[code])
    assert autosend.data("GET", f"/automations/{WIN_BACK}")["name"] == "Win-back"


CHANGE = {"field": "plan", "operator": "changes_from_to", "value": {"from": "free", "to": "pro"}}
WRONG = [
    ({"name": "n" * 256}, "name"),
    ({"description": "d" * 1001}, "description"),
    ({"tags": [""]}, "tags.0"),
    ({"tags": ["a", "  "]}, "tags.1"),
    ({"active": "perhaps"}, "active"),
    ({"unsubscribeGroupId": "NONE0"}, "unsubscribeGroupId"),
    ({"entryCriteria": {"type": "birthday"}}, "entryCriteria.type"),
    ({"entryCriteria": {"type": "event_trigger", "eventName": "unknown"}}, "entryCriteria.eventName"),
    ({"entryCriteria": {"contactListId": UNKNOWN}}, "entryCriteria.contactListId"),
    ({"entryCriteria": {"contactListId": SEGMENT}}, "entryCriteria.contactListId"),
    ({"entryCriteria": {"filterCriteria": {"groups": [CHANGE]}}}, "entryCriteria"),
    (
        {"entryCriteria": {"filterCriteria": {"groups": [CHANGE | {"operator": "resembles"}]}}},
        "entryCriteria.filterCriteria.groups.0",
    ),
    (
        {"entryCriteria": {"filterCriteria": {"groups": [CHANGE | {"value": {}}]}}},
        "entryCriteria.filterCriteria.groups.0",
    ),
    ({"exitCriteria": {"type": "never"}}, "exitCriteria.type"),
    ({"steps": [{"type": "sms"}]}, "steps.0.type"),
    ({"steps": [wait(-1), EMAIL]}, "steps.0.delay.value"),
    ({"steps": [wait(1, "weeks"), EMAIL]}, "steps.0.delay.unit"),
    ({"steps": [wait(10**400), EMAIL]}, "steps.0.delay.value"),
    ({"steps": [wait(stepId="a"), EMAIL | {"stepId": "a"}]}, "steps.1.stepId"),
    ({"steps": [wait(nextStepId="nowhere"), EMAIL]}, "steps.0.nextStepId"),
    ({"steps": [wait(), branch({"nextStepId": "nowhere"})]}, "steps.1.branches.0.nextStepId"),
    ({"steps": [wait(), branch({"mergeStepId": "nowhere"})]}, "steps.1.branches.0.mergeStepId"),
    ({"steps": [wait(parentBranchStepId="b"), branch({}, stepId="b")]}, "steps.0.parentBranchId"),
    ({"steps": [wait(parentBranchStepId="b", parentBranchId="x"), EMAIL]}, "steps.0.parentBranchId"),
    ({"steps": [branch({"filterCriteria": {"groups": [CHANGE]}})]}, "steps.0.branches.0"),
    ({"steps": [wait(stepId="a"), EMAIL | {"branches": [{"nextStepId": "a"}]}]}, "steps.1.branches"),
    ({"steps": [wait(branches=[{}]), EMAIL]}, "steps.0.branches"),
    ({"steps": [branch({"branchId": "x"}, {}, {"branchId": "x"})]}, "steps.0.branches.2.branchId"),
    (
        {"steps": [wait(), {"type": "email", "email": {"templateId": "A-unknown"}}]},
        "steps.1.email.templateId",
    ),
    (
        {"steps": [{"type": "email", "email": {"subject": "s", "htmlTemplate": "{{#if a}}"}}]},
        "steps.0.email.htmlTemplate",
    ),
    (
        {"steps": [{"type": "email", "email": {"subject": "{{", "htmlTemplate": "h"}}]},
        "steps.0.email.subject",
    ),
    (
        {"steps": [wait(), {"type": "email", "email": EMAIL["email"] | {"senderEmail": "me"}}]},  # type: ignore[operator]
        "steps.1.email.senderEmail",
    ),
    ({"steps": [wait()] * 101}, "steps"),
]


@pytest.mark.parametrize(("fields", "field"), WRONG)
def test_a_wrong_field_is_named(autosend: AutoSend, fields: dict[str, Any], field: str) -> None:
    answer = autosend.call("POST", "/automations", {"name": "Series", "steps": [wait(), EMAIL]} | fields)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "VALIDATION_FAILED")
    assert [detail["field"] for detail in answer.json()["error"]["details"]] == [field]
    assert len(autosend.data("GET", "/automations")["workflowAutomations"]) == 2


UNFILLED = [
    {"steps": []},
    {"steps": [{"type": "wait"}, EMAIL]},
    {"entryCriteria": {"type": "contact_added_to_list"}},
    {"entryCriteria": {"type": "contact_property_matches_with"}},
    {"entryCriteria": {"type": "contact_property_matches_with", "filterCriteria": {}}},
    {
        "entryCriteria": {
            "type": "contact_property_changes_from_to",
            "filterCriteria": matches("plan", "pro"),
        }
    },
]
CANNOT_ACTIVATE = {
    "success": False,
    "error": {
        "message": "Cannot activate workflow. Please check all required fields are filled",
        "code": "CANNOT_ACTIVATE_AUTOMATION",
    },
}


@pytest.mark.parametrize("fields", UNFILLED)
def test_what_is_not_complete_is_a_draft_alone(autosend: AutoSend, fields: dict[str, Any]) -> None:
    body = {"name": "Series", "steps": [wait(), EMAIL], "active": True} | fields
    answer = autosend.call("POST", "/automations", body)
    assert (answer.status_code, answer.json()) == (400, CANNOT_ACTIVATE)
    draft = create(autosend, **fields, active=False)
    for method, path, change in (("POST", "/resume", None), ("PATCH", "", {"active": True})):
        answer = autosend.call(method, f"/automations/{draft['id']}{path}", change)
        assert (answer.status_code, answer.json()) == (400, CANNOT_ACTIVATE)
    assert get(autosend, draft) == draft


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


def test_an_update_changes_what_is_given(autosend: AutoSend) -> None:
    before = autosend.data("GET", f"/automations/{WIN_BACK}")
    autosend.advance("1h")
    change = {"name": "New", "tags": ["a"], "description": None}
    after = autosend.data("PATCH", f"/automations/{WIN_BACK}", change)
    changed = {"name": "New", "tags": ["a"], "updatedAt": "2026-03-15T15:30:00.000Z"}
    assert after == before | changed


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


FIXTURE = {"id": WELCOME, "name": "Series", "created": datetime(2026, 3, 1, tzinfo=UTC)}
NAMED = [wait(stepId="a"), EMAIL | {"stepId": "b"}]


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"steps": [wait(), EMAIL]}, "steps need a stepId, and branches a branchId"),
        ({"steps": [branch({}, stepId="a")]}, "steps need a stepId, and branches a branchId"),
        ({"steps": NAMED[:1]}, "Steps must strictly alternate"),
        ({"steps": [NAMED[0] | {"nextStepId": "c"}, NAMED[1]]}, "Step not found: c"),
        ({"steps": NAMED, "entry": {"type": "event_trigger"}}, "Event name is required"),
    ],
)
def test_a_fixture_keeps_the_same_rules(fields: dict[str, Any], complaint: str) -> None:
    AutomationFixture.model_validate(FIXTURE | {"steps": NAMED})
    with pytest.raises(ValueError, match=complaint):
        AutomationFixture.model_validate(FIXTURE | fields)
