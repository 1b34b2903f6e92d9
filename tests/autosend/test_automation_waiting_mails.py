"""Mails of automations that wait, for a suspension or a limit to end, while their automation changes."""

from typing import Any

import pytest

from tests.autosend.automations import add_contact, create, letter, pause, wait
from tests.autosend.conftest import AutoSend
from tests.autosend.test_domain_use import send_hundreds
from tests.autosend.test_domains import COM, add, verify
from tests.autosend.test_support import PROJECT, steer

GRACE = "grace@example.com"
STEPS = [wait(), letter("One"), wait(1, "days"), letter("Two")]


def waiting(autosend: AutoSend, **fields: Any) -> Any:
    """Return an automation whose first mail to a contact waits, as its project is suspended."""
    made = create(autosend, steps=STEPS, **fields)
    steer(autosend, PROJECT, action="suspend")
    add_contact(autosend)
    autosend.advance("1h")
    assert found(autosend) == {"One": "queued"}
    return made


def found(autosend: AutoSend) -> dict[str, str]:
    """Return the status of each mail to the contact by its subject."""
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
