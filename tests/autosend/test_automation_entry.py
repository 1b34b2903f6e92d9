"""Which contacts enter automations, and when: https://docs.autosend.com/automations/create."""

from typing import Any

import pytest

from tests.autosend.automations import (
    add_contact,
    by_list,
    change,
    counts,
    create,
    get,
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

ADA = "66c1d2e3f4a5b6c7d8e90001"
READERS, NOBODY = "66a0c1d2e3f4a5b6c7d8dddd", "66a0c1d2e3f4a5b6c7d8dd03"
EVERYBODY = "GLOBAL_CONTACT_LIST"
GRACE = "grace@example.com"
PRO = matches("plan", "pro")


def entered(autosend: AutoSend, automation: Any) -> int:
    return counts(autosend, automation)[0]


def test_a_list_is_an_entrance(autosend: AutoSend) -> None:
    entry = {"type": "contact_added_to_list", "contactListId": NOBODY}
    series = create(autosend, entryCriteria=entry)
    add_contact(autosend, listIds=[READERS])
    assert counts(autosend, series)[0] == 0
    change(autosend, listIds=[NOBODY])
    autosend.advance("1m")
    assert subjects(autosend) == ["Hello {{firstName}}"]


def test_criteria_keep_others_out(autosend: AutoSend) -> None:
    criteria = matches("customFields.plan", "pro")
    series = create(autosend, entryCriteria={"type": "contact_created", "filterCriteria": criteria})
    add_contact(autosend)
    add_contact(autosend, "ida@example.com", customFields={"plan": "pro"})
    assert counts(autosend, series)[0] == 1
    autosend.advance("1m")
    assert subjects(autosend, "ida@example.com") == ["Hello {{firstName}}"]


def test_a_property_that_comes_to_match_is_an_entrance(autosend: AutoSend) -> None:
    entry = {"type": "contact_property_matches_with", "filterCriteria": matches("seats", 5, "number")}
    add_contact(autosend, "ida@example.com", customFields={"seats": 5})
    series = create(autosend, entryCriteria=entry)
    change(autosend, "ida@example.com", firstName="Ida")
    change(autosend, "ada@example.com", firstName="A.")
    assert counts(autosend, series)[0] == 0
    change(autosend, "ada@example.com", customFields={"seats": 5})
    assert counts(autosend, series)[0] == 1
    add_contact(autosend, customFields={"seats": 5})
    assert counts(autosend, series)[0] == 2


@pytest.mark.parametrize(
    ("ends", "values", "entered"),
    [
        ({"from": "free", "to": "pro"}, ["free", "pro"], 1),
        ({"from": "free", "to": "pro"}, ["trial", "pro"], 0),
        ({"from": "free", "to": "pro"}, ["free", "team"], 0),
        ({"from": "free", "to": "pro"}, ["pro", "free"], 0),
        ({"to": "pro"}, ["trial", "pro"], 1),
        ({"to": "pro"}, ["pro", "pro"], 0),
        ({"from": "free"}, ["free", "team"], 1),
        ({"from": "free"}, ["team", "trial"], 0),
        ({"to": "pro"}, ["", "pro"], 0),
        ({"from": "pro", "to": "pro"}, ["pro", "pro"], 0),
        ({"from": "free", "to": "pro"}, ["", "pro"], 0),
        ({"from": "free", "to": "pro"}, ["Free", "pro"], 0),
    ],
)
def test_a_property_that_changes_is_an_entrance(
    autosend: AutoSend, ends: dict[str, str], values: list[str], entered: int
) -> None:
    group = {"field": "plan", "operator": "changes_from_to", "value": ends}
    entry = {"type": "contact_property_changes_from_to", "filterCriteria": {"groups": [group]}}
    series = create(autosend, entryCriteria=entry)
    add_contact(autosend, customFields={"plan": values[0]})
    assert counts(autosend, series)[0] == 0
    change(autosend, customFields={"plan": values[1]}, firstName="G.")
    assert counts(autosend, series)[0] == entered


@pytest.mark.parametrize("operator", ["AND", "OR"])
def test_of_several_properties_that_change_all_or_any_must(autosend: AutoSend, operator: str) -> None:
    ends = {"operator": "changes_from_to", "value": {"from": "1", "to": "2"}}
    criteria = {"logicalOperator": operator, "groups": [ends | {"field": "a"}, ends | {"field": "b"}]}
    entry = {"type": "contact_property_changes_from_to", "filterCriteria": criteria}
    series = create(autosend, entryCriteria=entry)
    for email, before, after in (
        ("both@example.com", "11", "22"),
        ("one@example.com", "11", "21"),
        ("crossed@example.com", "13", "32"),
        ("first@example.com", "15", "25"),
    ):
        add_contact(autosend, email, customFields={"a": before[0], "b": before[1]})
        change(autosend, email, customFields={"a": after[0], "b": after[1]})
    assert entered(autosend, series) == {"AND": 1, "OR": 3}[operator]


def test_coming_to_fit_a_segment_is_an_entrance(autosend: AutoSend) -> None:
    add_contact(autosend, "there@example.com", customFields={"plan": "pro"})
    series = create(autosend, entryCriteria=by_list(new_segment(autosend, PRO)))
    change(autosend, "there@example.com", firstName="There")
    add_contact(autosend, customFields={"plan": "free"})
    assert entered(autosend, series) == 0
    change(autosend, customFields={"plan": "Pro"})
    assert entered(autosend, series) == 0
    change(autosend, customFields={"plan": "pro"})
    assert entered(autosend, series) == 1
    add_contact(autosend, "new@example.com", customFields={"plan": "pro"})
    assert entered(autosend, series) == 2
    autosend.advance("1m")
    assert subjects(autosend) == subjects(autosend, "new@example.com") == ["Hello {{firstName}}"]


def test_a_segment_has_the_contacts_of_its_list(autosend: AutoSend) -> None:
    series = create(autosend, entryCriteria=by_list(new_segment(autosend, PRO, parentId=NOBODY)))
    add_contact(autosend, customFields={"plan": "pro"})
    assert entered(autosend, series) == 0
    join(autosend, NOBODY, GRACE, "free@example.com")
    assert entered(autosend, series) == 1
    change(autosend, "free@example.com", customFields={"plan": "pro"})
    assert entered(autosend, series) == 2
    add_contact(autosend, "new@example.com", customFields={"plan": "pro"}, listIds=[NOBODY])
    assert entered(autosend, series) == 3


def test_a_segment_in_a_segment_is_an_entrance_too(autosend: AutoSend) -> None:
    outer = new_segment(autosend, matches("vip", True, "boolean"))
    series = create(autosend, entryCriteria=by_list(new_segment(autosend, PRO, name="In", parentId=outer)))
    add_contact(autosend, customFields={"plan": "pro"})
    assert entered(autosend, series) == 0
    change(autosend, customFields={"vip": True})
    assert entered(autosend, series) == 1


@pytest.mark.parametrize(("town", "number"), [("Paris", 1), ("paris", 0)])
def test_criteria_count_when_a_list_or_segment_is_joined(autosend: AutoSend, town: str, number: int) -> None:
    criteria = matches("town", "Paris")
    segment = new_segment(autosend, PRO)
    all_series = [
        create(autosend, entryCriteria=by_list(one, filterCriteria=criteria)) for one in (NOBODY, segment)
    ]
    add_contact(autosend, customFields={"town": town})
    change(autosend, customFields={"plan": "pro"}, listIds=[NOBODY])
    assert [entered(autosend, series) for series in all_series] == [number, number]
    change(autosend, customFields={"town": "Paris"})
    assert [entered(autosend, series) for series in all_series] == [number, number]


def test_every_new_contact_is_added_to_the_list_of_all(autosend: AutoSend) -> None:
    series = create(autosend, entryCriteria=by_list(EVERYBODY))
    assert get(autosend, series)["entryCriteria"] == by_list(EVERYBODY)
    change(autosend, "ada@example.com", firstName="A.")
    join(autosend, EVERYBODY, "ada@example.com")
    assert entered(autosend, series) == 0
    add_contact(autosend)
    join(autosend, EVERYBODY, "second@example.com")
    join(autosend, NOBODY, "third@example.com")
    change(autosend, "fourth@example.com")
    assert entered(autosend, series) == 4


@pytest.mark.parametrize(("list_id", "number"), [(NOBODY, 1), (EVERYBODY, 2), (None, 2)])
def test_a_property_trigger_is_about_the_contacts_of_its_list(
    autosend: AutoSend, list_id: str | None, number: int
) -> None:
    add_contact(autosend, "in@example.com", listIds=[NOBODY], customFields={"plan": "free"})
    add_contact(autosend, "out@example.com", listIds=[READERS], customFields={"plan": "free"})
    ends = {"operator": "changes_from_to", "field": "plan", "value": {"from": "free", "to": "pro"}}
    matching = {"type": "contact_property_matches_with", "filterCriteria": PRO}
    changing = {"type": "contact_property_changes_from_to", "filterCriteria": {"groups": [ends]}}
    scope = {} if list_id is None else {"contactListId": list_id}
    all_series = [create(autosend, entryCriteria=entry | scope) for entry in (matching, changing)]
    for email in ("in@example.com", "out@example.com"):
        change(autosend, email, customFields={"plan": "pro"})
    assert [entered(autosend, series) for series in all_series] == [number, number]


def test_a_property_trigger_may_be_about_the_contacts_of_a_segment(autosend: AutoSend) -> None:
    segment = new_segment(autosend, matches("town", "Paris"))
    entry = {"type": "contact_property_matches_with", "filterCriteria": PRO, "contactListId": segment}
    series = create(autosend, entryCriteria=entry)
    add_contact(autosend, "out@example.com", customFields={"plan": "pro"})
    add_contact(autosend, customFields={"plan": "pro", "town": "Paris"})
    assert entered(autosend, series) == 1


@pytest.mark.parametrize("order", ["together", "list first", "property first"])
def test_who_comes_to_the_list_with_the_property_enters_too(autosend: AutoSend, order: str) -> None:
    entry = {"type": "contact_property_matches_with", "filterCriteria": PRO, "contactListId": NOBODY}
    series = create(autosend, entryCriteria=entry)
    fields: tuple[dict[str, Any], ...] = {"listIds": [NOBODY]}, {"customFields": {"plan": "pro"}}
    if order == "together":
        add_contact(autosend, **(fields[0] | fields[1]))
    else:
        for one in fields if order == "list first" else reversed(fields):
            change(autosend, **one)
    assert entered(autosend, series) == 1


def test_values_and_names_are_case_sensitive(autosend: AutoSend) -> None:
    group = {"field": "event.properties.currency", "operator": "equals", "value": "EUR"}
    entry = {"type": "event_trigger", "eventName": "order_completed", "filterCriteria": {"groups": [group]}}
    named = {"type": "event_trigger", "filterCriteria": {"groups": [group | {"field": "event.name"}]}}
    by_value = create(autosend, entryCriteria=entry)
    by_name = create(autosend, entryCriteria=named | {"eventName": "order_completed"})
    by_field = create(
        autosend,
        entryCriteria={"type": "contact_created", "filterCriteria": matches("customFields.Plan", "pro")},
    )
    body = {"eventName": "order_completed", "contactId": ADA, "eventProperties": {"currency": "eur"}}
    autosend.data("POST", "/events/send", body, 201)
    add_contact(autosend, customFields={"plan": "pro"})
    assert [entered(autosend, one) for one in (by_value, by_name, by_field)] == [0, 0, 0]
    autosend.data("POST", "/events/send", body | {"eventProperties": {"currency": "EUR"}}, 201)
    add_contact(autosend, "new@example.com", customFields={"Plan": "pro"})
    assert [entered(autosend, one) for one in (by_value, by_name, by_field)] == [1, 0, 1]


def test_an_event_is_about_no_list(autosend: AutoSend) -> None:
    entry = {"type": "event_trigger", "eventName": "order_completed", "contactListId": NOBODY}
    series = create(autosend, entryCriteria=entry)
    autosend.data("POST", "/events/send", {"eventName": "order_completed", "contactId": ADA}, 201)
    assert entered(autosend, series) == 1


def send(autosend: AutoSend) -> None:
    autosend.data("POST", "/events/send", {"eventName": "order_completed", "contactId": ADA}, 201)


def test_every_recording_of_an_event_starts_what_may_be_entered_again(autosend: AutoSend) -> None:
    entry = {"type": "event_trigger", "eventName": "order_completed"}
    series = create(autosend, entryCriteria=entry, steps=[wait(1, "hours"), letter("Thanks")])
    assert set_up(autosend, series, allow_reentry=True).status_code == 200
    for _ in range(3):
        send(autosend)
        send(autosend)
        assert counts(autosend, series)[3] == 1
        autosend.advance("1h")
    assert counts(autosend, series) == (3, 3, 0, 0)
    assert subjects(autosend, "ada@example.com") == ["Thanks"] * 3


def test_who_left_a_segment_may_come_again_where_that_is_allowed(autosend: AutoSend) -> None:
    entry = by_list(new_segment(autosend, PRO))
    once, often = (create(autosend, entryCriteria=entry) for _ in range(2))
    set_up(autosend, often, allow_reentry=True)
    for plan in ("pro", "free", "pro"):
        change(autosend, customFields={"plan": plan})
        autosend.advance("1h")
    assert [entered(autosend, series) for series in (once, often)] == [1, 2]


def test_the_automation_with_the_lowest_number_is_first(autosend: AutoSend) -> None:
    for priority in (2, 3, 1):
        series = create(autosend, steps=[wait(), letter(f"Priority {priority}")])
        set_up(autosend, series, priority=priority)
    add_contact(autosend)
    autosend.advance("1m")
    assert subjects(autosend) == ["Priority 1", "Priority 2", "Priority 3"]


@pytest.mark.parametrize("run_workflow", [True, False])
def test_bulk_updates_lead_into_segments_where_they_say_so(autosend: AutoSend, *, run_workflow: bool) -> None:
    series = create(autosend, entryCriteria=by_list(new_segment(autosend, PRO)))
    add_contact(autosend)
    contacts = [{"email": email, "customFields": {"plan": "pro"}} for email in (GRACE, "new@example.com")]
    body = {"contacts": contacts, "runWorkflow": run_workflow}
    autosend.data("POST", "/contacts/bulk-update", body)
    assert entered(autosend, series) == 2 * run_workflow


def test_a_paused_automation_of_a_segment_lets_none_in(autosend: AutoSend) -> None:
    series = create(autosend, entryCriteria=by_list(new_segment(autosend, PRO)))
    pause(autosend, series)
    add_contact(autosend, customFields={"plan": "pro"})
    autosend.data("POST", f"/automations/{series['id']}/resume")
    change(autosend, firstName="Grace")
    assert entered(autosend, series) == 0


@pytest.mark.parametrize("type_", ["contact_added_to_list", "contact_property_matches_with"])
@pytest.mark.parametrize("is_segment", [True, False])
def test_what_an_active_automation_is_about_stays(
    autosend: AutoSend, type_: str, *, is_segment: bool
) -> None:
    used = new_segment(autosend, PRO) if is_segment else NOBODY
    entry = {"type": type_, "contactListId": used, "filterCriteria": PRO}
    series = create(autosend, entryCriteria=entry)
    refused = autosend.refused("DELETE", f"/contact-lists/{used}")
    assert refused[:2] == (400, "CANNOT_DELETE_CONTACT_LIST_IN_USE")
    pause(autosend, series)
    autosend.call("DELETE", f"/contact-lists/{used}")
    assert autosend.refused("POST", f"/automations/{series['id']}/resume")[1] == "CANNOT_ACTIVATE_AUTOMATION"


def test_changes_that_concern_no_automation_cost_one_look(autosend: AutoSend) -> None:
    add_contact(autosend)
    create(autosend)
    with statements(autosend) as seen:
        change(autosend, customFields={"plan": "pro"})
    about = [one for one in seen if "autosend_automation" in one]
    assert len(about) == 1
    plan = autosend.emulator.query(f"EXPLAIN QUERY PLAN {about[0]}")
    assert any("USING INDEX ix_autosend_automation_project_id" in step for *_, step in plan)


def test_a_change_is_compared_with_segments_by_the_id_of_its_contact(autosend: AutoSend) -> None:
    create(autosend, entryCriteria=by_list(new_segment(autosend, PRO, parentId=NOBODY)))
    add_contact(autosend)
    with statements(autosend) as seen:
        change(autosend, customFields={"plan": "pro"})
    looks = [one for one in seen if one.startswith("SELECT") and "json_each" in one]
    plans = [autosend.emulator.query(f"EXPLAIN QUERY PLAN {one}") for one in looks]
    about_contacts = [plan[0][-1] for plan in plans if "autosend_contact " in plan[0][-1]]
    assert len(about_contacts) >= 3
    assert all("(id=?)" in step for step in about_contacts)


@pytest.mark.slow
@pytest.mark.parametrize("is_segment", [True, False])
def test_many_who_join_together_are_looked_at_together(autosend: AutoSend, *, is_segment: bool) -> None:
    target = new_segment(autosend, PRO, parentId=NOBODY) if is_segment else NOBODY
    series = create(autosend, entryCriteria=by_list(target))
    emails = [f"many{number}@example.com" for number in range(100)]
    for email in emails:
        add_contact(autosend, email, customFields={"plan": "pro"})
    with statements(autosend) as seen:
        join(autosend, NOBODY, *emails)
    assert entered(autosend, series) == 100
    looks = [one for one in seen if "SELECT" in one and "autosend_automation" in one]
    assert len(looks) <= 3
