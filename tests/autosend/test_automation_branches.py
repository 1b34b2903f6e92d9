"""Automations with branches: which way contacts go."""

from typing import Any

import pytest

from tests.autosend.automations import add_contact, counts, create, letter, matches, subjects, wait
from tests.autosend.conftest import AutoSend

ADA = "66c1d2e3f4a5b6c7d8e90001"
PRO = {"branchId": "pro", "label": "Pro", "filterCriteria": matches("plan", "pro"), "nextStepId": "w1"}
OTHERS = {"branchId": "others", "nextStepId": "w2"}


def inside(branch: str) -> dict[str, str]:
    return {"parentBranchStepId": "fork", "parentBranchId": branch}


def fork(*branches: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"stepId": "fork", "type": "branch", "branches": list(branches)} | fields


WAYS = [
    wait(stepId="w1", **inside("pro")),
    letter("For pros", **inside("pro")),
    wait(stepId="w2", **inside("others")),
    letter("For others", **inside("others")),
]
MERGED = [wait(stepId="w3"), letter("For all")]


def went(autosend: AutoSend, steps: list[Any], plan: str = "pro") -> list[str]:
    """Let a contact of a plan through an automation; answer the mails that it got."""
    create(autosend, steps=steps)
    add_contact(autosend, customFields={"plan": plan})
    autosend.advance("1h")
    return subjects(autosend)


@pytest.mark.parametrize(("plan", "mails"), [("pro", ["For pros"]), ("free", ["For others"])])
def test_a_contact_goes_the_first_way_that_it_fits(autosend: AutoSend, plan: str, mails: list[str]) -> None:
    assert went(autosend, [fork(PRO, OTHERS), *WAYS], plan) == mails


def test_a_branch_without_a_next_step_begins_with_the_first_in_it(autosend: AutoSend) -> None:
    pro, others = ({key: one[key] for key in one if key != "nextStepId"} for one in (PRO, OTHERS))
    assert went(autosend, [fork(pro, others), *WAYS]) == ["For pros"]


@pytest.mark.parametrize(("plan", "mails"), [("pro", ["For pros", "For all"]), ("free", ["For others"])])
def test_a_branch_merges_where_it_says(autosend: AutoSend, plan: str, mails: list[str]) -> None:
    steps = [fork(PRO | {"mergeStepId": "w3"}, OTHERS), *WAYS, *MERGED]
    assert went(autosend, steps, plan) == mails


def test_a_branch_with_nothing_in_it_is_a_way_on(autosend: AutoSend) -> None:
    empty = {"branchId": "empty", "mergeStepId": "w3"}
    assert went(autosend, [fork(empty), *MERGED]) == ["For all"]


@pytest.mark.parametrize(("next_", "mails"), [({"nextStepId": "w3"}, ["For all"]), ({}, [])])
def test_who_fits_no_branch_goes_on_behind_it(
    autosend: AutoSend, next_: dict[str, str], mails: list[str]
) -> None:
    assert went(autosend, [fork(PRO, **next_), *WAYS[:2], *MERGED], "free") == mails


def test_branches_can_be_in_branches(autosend: AutoSend) -> None:
    inner = fork(
        {"branchId": "a", "filterCriteria": matches("firstName", "Grace")},
        stepId="inner",
        parentBranchStepId="fork",
        parentBranchId="pro",
    )
    place = {"parentBranchStepId": "inner", "parentBranchId": "a"}
    outer = PRO | {"nextStepId": "inner", "mergeStepId": "w3"}
    steps = [fork(outer), inner, wait(stepId="w1", **place), letter("Inner", **place), *MERGED]
    create(autosend, steps=steps)
    add_contact(autosend, firstName="Grace", customFields={"plan": "pro"})
    add_contact(autosend, "ida@example.com", customFields={"plan": "pro"})
    autosend.advance("1h")
    assert subjects(autosend) == ["Inner", "For all"]
    assert subjects(autosend, "ida@example.com") == ["For all"]


@pytest.mark.parametrize("field", ["event.properties.order_total", "order_total"])
@pytest.mark.parametrize(
    ("total", "mails"), [(150, ["For pros"]), (50, ["For others"]), (None, ["For others"])]
)
def test_a_branch_may_ask_for_the_event(
    autosend: AutoSend, field: str, total: float | None, mails: list[str]
) -> None:
    group = {"field": field, "fieldType": "number", "operator": "greater_than", "value": 100}
    large = PRO | {"triggerType": "event_property", "filterCriteria": {"groups": [group]}}
    entry = {"type": "event_trigger", "eventName": "order_completed"}
    create(autosend, entryCriteria=entry, steps=[fork(large, OTHERS), *WAYS])
    body = {"eventName": "order_completed", "contactId": ADA, "eventProperties": {"order_total": total}}
    autosend.data("POST", "/events/send", body, 201)
    autosend.advance("1h")
    assert subjects(autosend, "ada@example.com") == mails


@pytest.mark.parametrize(
    ("applies_to", "merge", "mails", "completed"),
    [
        ("branch_entry", {"mergeStepId": "w3"}, ["For pros", "For all"], 1),
        ("all_branch_steps", {"mergeStepId": "w3"}, ["For all"], 1),
        ("all_branch_steps", {}, [], 0),
    ],
)
def test_a_branch_may_ask_at_each_of_its_steps(
    autosend: AutoSend, applies_to: str, merge: dict[str, str], mails: list[str], completed: int
) -> None:
    slow = wait(1, "days", stepId="w1", **inside("pro"))
    branch = PRO | {"appliesTo": applies_to} | merge
    series = create(autosend, steps=[fork(branch), slow, WAYS[1], *MERGED])
    add_contact(autosend, customFields={"plan": "pro"})
    autosend.advance("1h")
    autosend.data("POST", "/contacts/email", {"email": "grace@example.com", "customFields": {"plan": "free"}})
    autosend.advance("2d")
    assert subjects(autosend) == mails
    assert counts(autosend, series) == (1, completed, 1 - completed, 0)
