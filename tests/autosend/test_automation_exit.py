"""Which contacts leave automations before the end: https://docs.autosend.com/automations."""

from typing import Any

import pytest

from tests.autosend.automations import (
    add_contact,
    by_list,
    change,
    counts,
    create,
    join,
    letter,
    matches,
    new_segment,
    pause,
    set_up,
    statements,
    subjects,
    wait,
)
from tests.autosend.conftest import AutoSend

NOBODY = "66a0c1d2e3f4a5b6c7d8dd03"
ADA = "66c1d2e3f4a5b6c7d8e90001"
GRACE = "grace@example.com"
GROUP, GLOBAL = "7QK2M", {"isGlobal": True}
PRO = matches("plan", "pro")
NO_LONGER_MET, TO_THE_END = "entry_criteria_no_longer_met", "workflow_complete"
STEPS = [wait(1, "hours"), letter("One")]
EXITED, INSIDE = (1, 0, 1, 0), (1, 0, 0, 1)


def of(type_: str, list_id: str | None = None) -> dict[str, Any]:
    scope = {} if list_id is None else {"contactListId": list_id}
    return {"type": type_, "filterCriteria": PRO} | scope


def leave(autosend: AutoSend, *emails: str) -> None:
    autosend.data("POST", f"/contact-lists/{NOBODY}/contacts/remove", {"emails": list(emails)})


def begin(autosend: AutoSend, exit_: str = NO_LONGER_MET, **fields: Any) -> Any:
    """Create an automation, and a contact that enters it: a member of a list, with a `plan`."""
    series = create(autosend, **({"steps": STEPS, "exitCriteria": {"type": exit_}} | fields))
    add_contact(autosend, listIds=[NOBODY], customFields={"plan": "pro"})
    assert counts(autosend, series) == INSIDE
    return series


@pytest.mark.parametrize(("exit_", "now"), [(NO_LONGER_MET, EXITED), (TO_THE_END, INSIDE)])
@pytest.mark.parametrize("checked", [True, False])
@pytest.mark.parametrize(
    ("by", "what"),
    [
        ("list", "leaving"),
        ("segment", "changing"),
        ("segment of a list", "leaving"),
        ("segment of a list", "changing"),
        ("property", "changing"),
        ("property of a list", "leaving"),
        ("property of a list", "changing"),
        ("creation", "changing"),
    ],
)
def test_who_no_longer_fits_the_entrance_is_out_at_once(
    autosend: AutoSend, by: str, what: str, exit_: str, now: Any, *, checked: bool
) -> None:
    entry = {
        "list": lambda: by_list(NOBODY),
        "segment": lambda: by_list(new_segment(autosend, PRO)),
        "segment of a list": lambda: by_list(new_segment(autosend, PRO, parentId=NOBODY)),
        "property": lambda: of("contact_property_matches_with"),
        "property of a list": lambda: of("contact_property_matches_with", NOBODY),
        "creation": lambda: of("contact_created"),
    }[by]()
    steps = [step | {"checkExitCriteria": checked} for step in STEPS]
    series = begin(autosend, exit_, entryCriteria=entry, steps=steps)
    if what == "leaving":
        leave(autosend, GRACE)
    else:
        change(autosend, customFields={"plan": "Pro"})
    assert counts(autosend, series) == now
    autosend.advance("1h")
    assert subjects(autosend) == ([] if now == EXITED else ["One"])


def test_who_changes_and_fits_on_stays(autosend: AutoSend) -> None:
    series = begin(autosend, entryCriteria=by_list(new_segment(autosend, PRO)))
    change(autosend, firstName="Grace", customFields={"town": "Paris"})
    assert counts(autosend, series) == INSIDE


def test_who_fits_only_some_time_later_again_is_out_all_the_same(autosend: AutoSend) -> None:
    series = begin(autosend, entryCriteria=by_list(NOBODY))
    leave(autosend, GRACE)
    join(autosend, NOBODY, GRACE)
    assert counts(autosend, series) == EXITED


def test_a_property_that_changes_back_is_an_exit(autosend: AutoSend) -> None:
    ends = {"field": "plan", "operator": "changes_from_to", "value": {"from": "free", "to": "pro"}}
    entry = {"type": "contact_property_changes_from_to", "filterCriteria": {"groups": [ends]}}
    series = create(autosend, entryCriteria=entry, exitCriteria={"type": NO_LONGER_MET}, steps=STEPS)
    for plan, numbers in (("free", (0, 0, 0, 0)), ("pro", INSIDE), ("free", EXITED)):
        change(autosend, customFields={"plan": plan})
        assert counts(autosend, series) == numbers


def test_a_condition_on_the_contact_of_an_event_is_looked_at_too(autosend: AutoSend) -> None:
    group = {"field": "event.properties.order_total", "fieldType": "number", "operator": "greater_than"}
    criteria = {"groups": [*PRO["groups"], group | {"value": 100}]}
    entry = {"type": "event_trigger", "eventName": "order_completed", "filterCriteria": criteria}
    series = create(autosend, entryCriteria=entry, exitCriteria={"type": NO_LONGER_MET}, steps=STEPS)
    change(autosend, "ada@example.com", customFields={"plan": "pro"})
    body = {"eventName": "order_completed", "contactId": ADA, "eventProperties": {"order_total": 101}}
    autosend.data("POST", "/events/send", body, 201)
    change(autosend, "ada@example.com", firstName="A.")
    assert counts(autosend, series) == INSIDE
    change(autosend, "ada@example.com", customFields={"plan": "free"})
    assert counts(autosend, series) == EXITED


def test_who_leaves_a_paused_automation_is_out(autosend: AutoSend) -> None:
    series = begin(autosend, entryCriteria=by_list(NOBODY))
    pause(autosend, series)
    leave(autosend, GRACE)
    assert counts(autosend, series) == EXITED


@pytest.mark.parametrize(("checked", "sent"), [(True, []), (False, ["One"])])
def test_a_step_looks_at_what_changed_silently_if_it_is_to(
    autosend: AutoSend, sent: list[str], *, checked: bool
) -> None:
    steps = [step | {"checkExitCriteria": checked} for step in STEPS]
    entry = of("contact_property_matches_with")
    series = begin(autosend, entryCriteria=entry, steps=steps)
    silent = {"contacts": [{"email": GRACE, "customFields": {"plan": "free"}}]}
    autosend.data("POST", "/contacts/bulk-update", silent)
    assert counts(autosend, series) == INSIDE
    autosend.advance("1h")
    assert subjects(autosend) == sent


@pytest.mark.slow
def test_many_who_leave_together_are_looked_at_together(autosend: AutoSend) -> None:
    emails = [f"many{number}@example.com" for number in range(100)]
    segment = new_segment(autosend, PRO, parentId=NOBODY)
    exit_ = {"type": NO_LONGER_MET}
    by_both = [by_list(NOBODY), by_list(segment)]
    all_series = [create(autosend, entryCriteria=one, exitCriteria=exit_, steps=STEPS) for one in by_both]
    for email in emails:
        add_contact(autosend, email, customFields={"plan": "pro"}, listIds=[NOBODY])
    with statements(autosend) as seen:
        leave(autosend, *emails)
    assert [counts(autosend, series) for series in all_series] == [(100, 0, 100, 0)] * 2
    looks = [one for one in seen if one.lstrip().startswith("SELECT") and "autosend_contact" in one]
    assert len(looks) <= 8


def by_page(autosend: AutoSend, **_: Any) -> None:
    """Unsubscribe by the link in the last mail to the contact."""
    header = autosend.messages(GRACE)[-1]["headers"]["List-Unsubscribe"]
    answer = autosend.emulator.http.post(header.strip("<>"), data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200


def by_request(autosend: AutoSend, **fields: Any) -> None:
    body = {"emails": [GRACE], "reason": "UNSUBSCRIBE"} | fields
    assert autosend.data("POST", "/suppression-groups/emails/suppress", body) == {"suppressed": 1}


@pytest.mark.parametrize("exit_", [NO_LONGER_MET, TO_THE_END])
@pytest.mark.parametrize("by", [by_page, by_request])
@pytest.mark.parametrize(("group", "named"), [({"unsubscribeGroupId": GROUP}, GROUP), ({}, "")])
def test_who_unsubscribes_is_out(
    autosend: AutoSend, exit_: str, by: Any, group: dict[str, str], named: str
) -> None:
    steps = [wait(), letter("One"), wait(1, "hours"), letter("Two")]
    series = begin(autosend, exit_, steps=steps, **group)
    autosend.advance("1m")
    assert subjects(autosend) == ["One"]
    by(autosend, **({"groupId": named} if named else GLOBAL))
    assert counts(autosend, series) == EXITED
    autosend.advance("1h")
    assert subjects(autosend) == ["One"]


def test_who_leaves_all_mails_is_out_of_all_automations(autosend: AutoSend) -> None:
    all_series = [create(autosend, steps=STEPS, **more) for more in ({"unsubscribeGroupId": GROUP}, {})]
    add_contact(autosend)
    by_request(autosend, **GLOBAL)
    assert [counts(autosend, series) for series in all_series] == [EXITED, EXITED]


def test_who_leaves_another_group_stays(autosend: AutoSend) -> None:
    other = autosend.data("POST", "/suppression-groups", {"name": "Other"})["groupId"]
    series = begin(autosend, unsubscribeGroupId=GROUP)
    by_request(autosend, groupId=other)
    assert counts(autosend, series) == INSIDE


@pytest.mark.parametrize("reason", ["MANUAL", "BOUNCE", "COMPLAINT"])
def test_who_is_suppressed_otherwise_stays_and_gets_no_mail(autosend: AutoSend, reason: str) -> None:
    series = begin(autosend)
    by_request(autosend, **GLOBAL, reason=reason)
    assert counts(autosend, series) == INSIDE
    autosend.advance("1h")
    assert counts(autosend, series) == (1, 1, 0, 0)
    assert subjects(autosend) == []


def test_unsubscribing_by_an_outcome_is_an_exit_too(autosend: AutoSend) -> None:
    steps = [wait(), letter("One"), wait(10, "days"), letter("Two")]
    series = create(autosend, steps=steps, unsubscribeGroupId=GROUP)
    add_contact(autosend, "grace+unsubscribed@example.com")
    autosend.advance("9d")
    assert counts(autosend, series) == EXITED


def test_who_came_back_may_enter_again_where_that_is_allowed(autosend: AutoSend) -> None:
    series = create(autosend, entryCriteria=by_list(NOBODY), steps=STEPS, unsubscribeGroupId=GROUP)
    set_up(autosend, series, allow_reentry=True)
    join(autosend, NOBODY, GRACE)
    by_request(autosend, groupId=GROUP)
    autosend.data("POST", "/suppression-groups/emails/unsuppress", {"emails": [GRACE], "groupId": GROUP})
    leave(autosend, GRACE)
    join(autosend, NOBODY, GRACE)
    assert counts(autosend, series) == (2, 0, 1, 1)


@pytest.mark.parametrize("path", ["/contact-properties/name/plan", "/custom-fields/fieldName/plan"])
@pytest.mark.parametrize("list_id", [None, NOBODY])
def test_whose_property_is_deleted_leaves_at_once(autosend: AutoSend, path: str, list_id: str | None) -> None:
    series = begin(autosend, entryCriteria=of("contact_property_matches_with", list_id))
    assert autosend.call("DELETE", path).status_code == 200
    assert counts(autosend, series) == EXITED
    autosend.advance("1d")
    assert subjects(autosend) == []


@pytest.mark.parametrize("path", ["/contact-properties/name/plan", "/custom-fields/fieldName/plan"])
@pytest.mark.parametrize("by", ["match", "change", "segment"])
def test_nobody_enters_because_a_property_is_deleted(autosend: AutoSend, path: str, by: str) -> None:
    add_contact(autosend, customFields={"plan": "pro"})
    none = {"groups": [{"field": "customFields.plan", "fieldType": "string", "operator": "is_empty"}]}
    gone = {"groups": [none["groups"][0] | {"operator": "changes_from_to", "value": {"from": "pro"}}]}
    entry: dict[str, Any] = {
        "match": {"type": "contact_property_matches_with", "filterCriteria": none},
        "change": {"type": "contact_property_changes_from_to", "filterCriteria": gone},
        "segment": by_list(new_segment(autosend, none)),
    }[by]
    series = create(autosend, entryCriteria=entry)
    assert autosend.call("DELETE", path).status_code == 200
    change(autosend, lastName="Hopper")
    autosend.advance("1h")
    assert (counts(autosend, series), subjects(autosend)) == ((0, 0, 0, 0), [])


def test_whose_list_is_deleted_while_it_is_paused_leaves_at_once(autosend: AutoSend) -> None:
    series = begin(autosend, entryCriteria=by_list(NOBODY))
    pause(autosend, series)
    assert autosend.call("DELETE", f"/contact-lists/{NOBODY}").status_code == 200
    assert counts(autosend, series) == EXITED


def test_a_list_around_the_segment_of_an_active_automation_can_not_be_deleted(autosend: AutoSend) -> None:
    segment = new_segment(autosend, PRO, parentId=NOBODY)
    begin(autosend, entryCriteria=by_list(segment))
    status, found, _ = autosend.refused("DELETE", f"/contact-lists/{NOBODY}")
    assert (status, found) == (400, "CANNOT_DELETE_CONTACT_LIST_IN_USE")


@pytest.mark.parametrize(
    "entry", [{"type": "contact_created"}, {"type": "event_trigger", "eventName": "order_placed"}]
)
def test_a_list_that_an_automation_does_not_look_at_neither_holds_nor_ends_it(
    autosend: AutoSend, entry: dict[str, Any]
) -> None:
    autosend.data("POST", "/events", {"eventName": "order_placed"}, 201)
    other = autosend.data("POST", "/contact-lists", {"name": "Others"})["id"]
    more = {"steps": STEPS, "exitCriteria": {"type": NO_LONGER_MET}}
    series = create(autosend, entryCriteria=entry | {"contactListId": other}, **more)
    add_contact(autosend)
    autosend.call("POST", "/events/send", {"eventName": "order_placed", "email": GRACE})
    assert counts(autosend, series) == INSIDE
    assert autosend.call("DELETE", f"/contact-lists/{other}").status_code == 200
    assert counts(autosend, series) == INSIDE
    pause(autosend, series)
    autosend.data("POST", f"/automations/{series['id']}/resume")
    autosend.advance("1d")
    assert subjects(autosend) == ["One"]
