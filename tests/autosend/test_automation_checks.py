"""Invalid automations: https://docs.autosend.com/api-reference/automations/create-automation."""

from datetime import UTC, datetime
from typing import Any

import pytest

from emulator.autosend.account.automations import AutomationFixture
from tests.autosend.automations import (
    CANNOT_ACTIVATE,
    EMAIL,
    branch,
    create,
    get,
    matches,
    wait,
    without_settings,
)
from tests.autosend.conftest import AutoSend

WELCOME, WIN_BACK = "66b3c4d5e6f7a8b9c0d10001", "66b3c4d5e6f7a8b9c0d10002"
UNKNOWN = "000000000000000000000000"


def refused(autosend: AutoSend, method: str = "POST", path: str = "/automations", **fields: Any) -> Any:
    return autosend.refused(method, path, {"name": "Series", "steps": [wait(), EMAIL]} | fields)


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
    (
        {"steps": [wait(), {"type": "email", "email": {"subject": " ", "htmlTemplate": "h"}}]},
        "EMAIL_TEMPLATE_REQUIRED",
    ),
    (
        {"steps": [wait(), {"type": "email", "email": {"subject": "s", "htmlTemplate": " \n "}}]},
        "EMAIL_TEMPLATE_REQUIRED",
    ),
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
ASKED = "filterCriteria.groups.0"
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
    (
        {"entryCriteria": {"type": "contact_added_to_list", "contactListId": UNKNOWN}},
        "entryCriteria.contactListId",
    ),
    ({"entryCriteria": {"filterCriteria": {"groups": [CHANGE]}}}, f"entryCriteria.{ASKED}.operator"),
    (
        {"entryCriteria": {"filterCriteria": {"groups": [CHANGE | {"operator": "resembles"}]}}},
        f"entryCriteria.{ASKED}.operator",
    ),
    (
        {"entryCriteria": {"filterCriteria": {"groups": [CHANGE | {"value": {}}]}}},
        f"entryCriteria.{ASKED}.value",
    ),
    ({"exitCriteria": {"type": "never"}}, "exitCriteria.type"),
    ({"steps": [{"type": "sms"}]}, "steps.0.type"),
    ({"steps": [wait(-1), EMAIL]}, "steps.0.delay.value"),
    ({"steps": [wait(1, "weeks"), EMAIL]}, "steps.0.delay.unit"),
    ({"steps": [wait(10**400), EMAIL]}, "steps.0.delay.value"),
    ({"steps": [wait(1.5), EMAIL]}, "steps.0.delay.value"),
    ({"steps": [wait("1"), EMAIL]}, "steps.0.delay.value"),  # type: ignore[arg-type]
    ({"steps": [wait(stepId="a"), EMAIL | {"stepId": "a"}]}, "steps.1.stepId"),
    ({"steps": [wait(nextStepId="nowhere"), EMAIL]}, "steps.0.nextStepId"),
    ({"steps": [wait(), branch({"nextStepId": "nowhere"})]}, "steps.1.branches.0.nextStepId"),
    ({"steps": [wait(), branch({"mergeStepId": "nowhere"})]}, "steps.1.branches.0.mergeStepId"),
    ({"steps": [wait(parentBranchStepId="b"), branch({}, stepId="b")]}, "steps.0.parentBranchId"),
    ({"steps": [wait(parentBranchStepId="b", parentBranchId="x"), EMAIL]}, "steps.0.parentBranchId"),
    ({"steps": [branch({"filterCriteria": {"groups": [CHANGE]}})]}, f"steps.0.branches.0.{ASKED}.operator"),
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
    (
        {"steps": [{"type": "email", "email": {"htmlTemplate": "я" * (2 * 1024 * 1024 + 1)}}]},
        "steps.0.email.htmlTemplate",
    ),
    ({"steps": [wait()] * 101}, "steps"),
]


@pytest.mark.parametrize(("fields", "field"), WRONG)
def test_a_wrong_field_is_named(autosend: AutoSend, fields: dict[str, Any], field: str) -> None:
    answer = autosend.call("POST", "/automations", {"name": "Series", "steps": [wait(), EMAIL]} | fields)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "VALIDATION_FAILED")
    assert [detail["field"] for detail in answer.json()["error"]["details"]] == [field]
    assert len(autosend.data("GET", "/automations")["workflowAutomations"]) == 2


@pytest.mark.parametrize(
    ("steps", "text"),
    [
        ([wait(), EMAIL] * 11, "An automation can have at most 10 emails"),
        ([branch(*[{}] * 11)], "An automation can have at most 10 branches"),
        (
            [branch(*[{}] * 5, stepId="b", nextStepId="c"), branch(*[{}] * 6, stepId="c")],
            "An automation can have at most 10 branches",
        ),
    ],
)
@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/automations"), ("PATCH", f"/automations/{WIN_BACK}")]
)
def test_an_automation_has_at_most_10_mails_and_10_branches(
    autosend: AutoSend, method: str, path: str, steps: list[Any], text: str
) -> None:
    before = autosend.data("GET", f"/automations/{WIN_BACK}")
    answer = autosend.call(method, path, {"name": "Series", "steps": steps})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "VALIDATION_FAILED")
    assert answer.json()["error"]["details"] == [{"field": "steps", "message": text}]
    assert autosend.data("GET", f"/automations/{WIN_BACK}") == before


def test_10_mails_and_10_branches_are_not_too_many(autosend: AutoSend) -> None:
    assert len(create(autosend, steps=[wait(), EMAIL] * 10)["steps"]) == 20
    assert len(create(autosend, steps=[branch(*[{}] * 10)])["steps"][0]["branches"]) == 10


BY_EVENT = [branch({"branchId": "x", "triggerType": "event_property"}, stepId="b")]
NOT_AN_EVENT = [
    {
        "field": "steps.0.branches.0.triggerType",
        "message": "triggerType must be one of: contact_property_matches_with",
    }
]


def test_only_what_an_event_starts_may_branch_by_its_properties(autosend: AutoSend) -> None:
    entry = {"type": "event_trigger", "eventName": "signed_up"}
    other = {"type": "contact_created"}
    made = create(autosend, steps=BY_EVENT, entryCriteria=entry, active=False)
    path = f"/automations/{made['id']}"
    for method, place, body in (
        ("POST", "/automations", {"name": "Series", "steps": BY_EVENT}),
        ("POST", "/automations", {"name": "Series", "steps": BY_EVENT, "entryCriteria": other}),
        ("PATCH", f"/automations/{WIN_BACK}", {"steps": BY_EVENT}),
        ("PATCH", path, {"entryCriteria": other}),
    ):
        error = autosend.call(method, place, body).json()["error"]
        assert (error["code"], error["details"]) == ("VALIDATION_FAILED", NOT_AN_EVENT)
    assert get(autosend, made)["entryCriteria"] == entry
    changed = {"entryCriteria": other, "steps": [wait(), EMAIL]}
    assert autosend.data("PATCH", path, changed)["entryCriteria"] == other


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


@pytest.mark.parametrize("fields", UNFILLED)
def test_what_is_not_complete_is_a_draft_alone(autosend: AutoSend, fields: dict[str, Any]) -> None:
    body = {"name": "Series", "steps": [wait(), EMAIL], "active": True} | fields
    answer = autosend.call("POST", "/automations", body)
    assert (answer.status_code, answer.json()) == (400, CANNOT_ACTIVATE)
    draft = create(autosend, **fields, active=False)
    for method, path, change in (("POST", "/resume", None), ("PATCH", "", {"active": True})):
        answer = autosend.call(method, f"/automations/{draft['id']}{path}", change)
        assert (answer.status_code, answer.json()) == (400, CANNOT_ACTIVATE)
    assert without_settings(get(autosend, draft)) == draft


@pytest.mark.parametrize("content", [{}, {"emailTemplate": "{{#if x}}oops"}, {"subject": "{{#if x}}"}])
def test_what_has_a_template_that_makes_no_mail_is_a_draft_alone(
    autosend: AutoSend, content: dict[str, str]
) -> None:
    template = {"templateName": "T", "subject": "Hi"} | content
    made = autosend.data("POST", "/templates", template)["templateId"]
    steps = [wait(), {"type": "email", "email": {"templateId": made}}]
    answer = autosend.call("POST", "/automations", {"name": "Series", "steps": steps, "active": True})
    assert (answer.status_code, answer.json()) == (400, CANNOT_ACTIVATE)
    draft = create(autosend, steps=steps, active=False)
    autosend.data("PUT", f"/templates/{made}", {"emailTemplate": "<p>Hi</p>", "subject": "Hi"})
    assert autosend.data("POST", f"/automations/{draft['id']}/resume")["status"] == "active"


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
        ({"steps": [BY_EVENT[0]]}, "triggerType must be one of"),
        ({"steps": NAMED, "settings": {"max_execution_days": 0}}, "max_execution_days"),
        ({"steps": NAMED, "settings": {"maxExecutionDays": 5}}, "maxExecutionDays"),
    ],
)
def test_a_fixture_keeps_the_same_rules(fields: dict[str, Any], complaint: str) -> None:
    AutomationFixture.model_validate(FIXTURE | {"steps": NAMED})
    with pytest.raises(ValueError, match=complaint):
        AutomationFixture.model_validate(FIXTURE | fields)
