"""Automations with branches: the steps that contacts take."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.autosend.refusals import AutoSendError
from emulator.autosend.workflow import Step, checked_steps
from tests.autosend.automations import add_contact, counts, create, letter, matches, subjects, wait
from tests.autosend.conftest import AutoSend
from tests.conftest import Emulator

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
    """Let a contact with this `plan` pass through an automation, and return the subjects of its mails."""
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


NAMES = "abcd"
MAYBE = st.none() | st.none() | st.sampled_from(NAMES)
FORKS = st.fixed_dictionaries(
    {
        "filterCriteria": st.sampled_from([None, matches("plan", "pro"), matches("plan", "free")]),
        "appliesTo": st.sampled_from(["branch_entry", "all_branch_steps"]),
        "nextStepId": MAYBE,
        "mergeStepId": MAYBE,
    }
)


@st.composite
def branches_of_a_step(draw: st.DrawFn) -> list[dict[str, Any]]:
    return [{"branchId": name} | draw(FORKS) for name in draw(st.sampled_from(["x", "xy"]))]


@st.composite
def workflows(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Draw branch steps and mails without delay, linked and nested at random."""
    forks = {name: draw(branches_of_a_step()) for name in NAMES if draw(st.booleans())}
    arms = [(name, branch["branchId"]) for name, branches in forks.items() for branch in branches]
    steps: list[dict[str, Any]] = []
    for name in NAMES:
        place = draw(st.sampled_from([(None, None), *arms]))
        parent = {"parentBranchStepId": place[0], "parentBranchId": place[1]}
        following = {"nextStepId": draw(MAYBE)}
        if name in forks:
            steps.append(fork(*forks[name], stepId=name, **parent, **following))
            continue
        astray = draw(branches_of_a_step()) if draw(st.integers(0, 9)) == 0 else []
        steps.append(wait(stepId=name, **parent))
        steps.append(letter("Hello", stepId=f"{name}2", branches=astray, **parent, **following))
    return steps


def is_accepted(steps: list[dict[str, Any]]) -> bool:
    try:
        checked_steps([Step.model_validate(step) for step in steps])
    except AutoSendError:
        return False
    return True


@given(steps=workflows())
@settings(max_examples=250, deadline=None, derandomize=True)
def _whatever_is_accepted_ends(running: Emulator, steps: list[dict[str, Any]]) -> None:
    if not is_accepted(steps):
        return
    running.reset()
    running.query("DELETE FROM due_event")
    autosend = AutoSend(running)
    series = create(autosend, steps=steps)
    add_contact(autosend, customFields={"plan": "pro"})
    autosend.advance("0s")
    entered, completed, exited, active = counts(autosend, series)
    assert (entered, completed + exited, active) == (1, 1, 0)


@pytest.mark.slow
def test_whatever_is_accepted_ends(running: Emulator) -> None:
    _whatever_is_accepted_ends(running)
