"""Mails of automations that wait, for the end of a suspension or of a limit, while the automation changes."""

from collections.abc import Sequence
from typing import Any

import pytest

from tests.autosend.automations import (
    add_contact,
    by_list,
    change,
    counts,
    create,
    letter,
    matches,
    pause,
    set_up,
    wait,
)
from tests.autosend.conftest import AutoSend
from tests.autosend.test_domain_use import send_hundreds
from tests.autosend.test_domains import COM, add, verify
from tests.autosend.test_support import PROJECT, steer

GRACE = "grace@example.com"
STEPS = [wait(), letter("One"), wait(2, "days"), letter("Two")]
PRO = {"type": "contact_property_matches_with", "filterCriteria": matches("plan", "pro")}
NO_LONGER_MET = {"type": "entry_criteria_no_longer_met"}


def waiting(autosend: AutoSend, list_ids: Sequence[str] = (), **fields: Any) -> Any:
    """Return an automation whose first mail to a contact waits, because the project is suspended."""
    made = create(autosend, **{"steps": STEPS} | fields)
    steer(autosend, PROJECT, action="suspend")
    add_contact(autosend, listIds=list(list_ids), customFields={"plan": "pro"})
    autosend.advance("1h")
    assert found(autosend) == {"One": "queued"}
    return made


def found(autosend: AutoSend) -> dict[str, str]:
    """Return the status of each mail to the contact, by the mail's subject."""
    return {one["subject"]: one["status"] for one in autosend.messages(GRACE)}


def reinstate(autosend: AutoSend) -> None:
    steer(autosend, PROJECT, action="reinstate")
    autosend.advance("1h")


@pytest.mark.parametrize("is_paused", [False, True])
def test_mails_that_wait_are_dropped_with_their_automation(autosend: AutoSend, *, is_paused: bool) -> None:
    made = waiting(autosend)
    if is_paused:
        pause(autosend, made)
    assert autosend.call("DELETE", f"/automations/{made['id']}").status_code == 200
    assert found(autosend) == {"One": "cancelled"}
    reinstate(autosend)
    assert found(autosend) == {"One": "cancelled"}


def test_mails_that_wait_are_held_while_their_automation_is_paused(autosend: AutoSend) -> None:
    made = waiting(autosend)
    pause(autosend, made)
    reinstate(autosend)
    assert found(autosend) == {"One": "queued"}
    autosend.data("POST", f"/automations/{made['id']}/resume")
    autosend.advance("2s")
    assert found(autosend)["One"] == "delivered"
    autosend.advance("2d")
    assert found(autosend) == {"One": "delivered", "Two": "delivered"}


def test_mails_that_wait_leave_after_a_pause_once_their_project_may_send(autosend: AutoSend) -> None:
    made = waiting(autosend)
    pause(autosend, made)
    autosend.data("POST", f"/automations/{made['id']}/resume")
    autosend.advance("1h")
    assert found(autosend) == {"One": "queued"}
    reinstate(autosend)
    assert found(autosend) == {"One": "delivered"}


def test_a_draft_and_an_archived_automation_hold_them_too(autosend: AutoSend) -> None:
    made = waiting(autosend)
    job = f"autosend/automation/{made['id']}"
    steer(autosend, job, status="draft", force=True)
    reinstate(autosend)
    steer(autosend, job, status="archived", force=True)
    autosend.advance("1h")
    assert found(autosend) == {"One": "queued"}
    steer(autosend, job, status="active", force=True)
    autosend.advance("2s")
    assert found(autosend)["One"] == "delivered"


def test_mails_of_a_paused_automation_are_dropped_with_their_domain(autosend: AutoSend) -> None:
    made = waiting(autosend)
    pause(autosend, made)
    assert autosend.call("DELETE", f"/domains/{COM}").status_code == 200
    assert found(autosend) == {"One": "cancelled"}


@pytest.mark.slow
def test_mails_over_the_daily_limit_of_a_domain_are_held_over_midnight(autosend: AutoSend) -> None:
    verify(autosend, add(autosend, "fresh.example"))
    send_hundreds(autosend, 3)
    autosend.advance("5m")
    made = create(autosend, steps=[wait(), letter("One", senderEmail="a@fresh.example")])
    add_contact(autosend)
    autosend.advance("1h")
    pause(autosend, made)
    autosend.advance("1d")
    assert found(autosend) == {"One": "queued"}
    autosend.data("POST", f"/automations/{made['id']}/resume")
    autosend.advance("2s")
    assert found(autosend) == {"One": "delivered"}


def unsubscribe(autosend: AutoSend, _: Any) -> None:
    body = {"emails": [GRACE], "reason": "UNSUBSCRIBE", "isGlobal": True}
    autosend.data("POST", "/suppression-groups/emails/suppress", body)


def leave(autosend: AutoSend, _: Any) -> None:
    change(autosend, customFields={"plan": "free"})


def delete_contact(autosend: AutoSend, _: Any) -> None:
    contact = autosend.data("POST", "/contacts/search/emails", {"emails": [GRACE]})["contacts"][0]
    assert autosend.call("DELETE", f"/contacts/{contact['id']}").status_code == 200


def take_the_rest_away(autosend: AutoSend, made: Any) -> None:
    pause(autosend, made)
    path = f"/automations/{made['id']}"
    autosend.data("PATCH", path, {"steps": [wait(), letter("Other")], "active": True})


def outlast(autosend: AutoSend, made: Any) -> None:
    set_up(autosend, made, max_execution_days=1)
    autosend.advance("1d")


@pytest.mark.parametrize("end", [leave, unsubscribe, delete_contact, take_the_rest_away, outlast])
def test_a_mail_that_waits_is_dropped_at_once_with_its_run(autosend: AutoSend, end: Any) -> None:
    made = waiting(autosend, entryCriteria=PRO, exitCriteria=NO_LONGER_MET)
    end(autosend, made)
    assert counts(autosend, made) == (1, 0, 1, 0)
    assert found(autosend) == {"One": "cancelled"}
    reinstate(autosend)
    assert found(autosend) == {"One": "cancelled"}


def test_the_last_mail_is_dropped_too_when_its_contact_no_longer_fits(autosend: AutoSend) -> None:
    made = waiting(autosend, steps=STEPS[:2], entryCriteria=PRO, exitCriteria=NO_LONGER_MET)
    assert counts(autosend, made) == (1, 1, 0, 0)
    leave(autosend, made)
    assert counts(autosend, made) == (1, 0, 1, 0)
    reinstate(autosend)
    assert found(autosend) == {"One": "cancelled"}


def test_the_last_mail_is_dropped_with_the_list_of_its_automation(autosend: AutoSend) -> None:
    list_id = autosend.data("POST", "/contact-lists", {"name": "Pilots"})["id"]
    by_it = {"steps": STEPS[:2], "entryCriteria": by_list(list_id), "exitCriteria": NO_LONGER_MET}
    made = waiting(autosend, [list_id], **by_it)
    pause(autosend, made)
    assert autosend.call("DELETE", f"/contact-lists/{list_id}").status_code == 200
    assert found(autosend) == {"One": "cancelled"}


def test_mails_of_those_who_go_on_or_have_come_to_the_end_leave(autosend: AutoSend) -> None:
    made = waiting(autosend, steps=STEPS[:2], entryCriteria=PRO)
    leave(autosend, made)
    assert counts(autosend, made) == (1, 1, 0, 0)
    reinstate(autosend)
    assert found(autosend) == {"One": "delivered"}


def test_the_mails_of_one_contact_are_dropped_and_those_of_others_leave(autosend: AutoSend) -> None:
    made = waiting(autosend, entryCriteria=PRO, exitCriteria=NO_LONGER_MET)
    add_contact(autosend, "ida@example.com", customFields={"plan": "pro"})
    autosend.advance("1m")
    leave(autosend, made)
    reinstate(autosend)
    assert found(autosend) == {"One": "cancelled"}
    assert [one["status"] for one in autosend.messages("ida@example.com")] == ["delivered"]
