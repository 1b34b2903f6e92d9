"""Deleted contacts get no mails: https://docs.autosend.com/api-reference/contacts/delete-contact-by-ids."""

from typing import Any

import pytest

from tests.autosend.automations import add_contact
from tests.autosend.automations import create as create_automation
from tests.autosend.campaigns import RELEASE, create, status_of
from tests.autosend.conftest import AutoSend
from tests.autosend.test_support import ACCOUNT, MAIL, steer

AMY, BOB, CAT, DAN = (f"{name}@new.example" for name in ("amy", "bob", "cat", "dan"))
WAYS = [
    ("DELETE", "/contacts/{id}", None),
    ("DELETE", "/contacts/email/userId/u-{email}", None),
    ("POST", "/contacts/remove", "emails"),
]
ways = pytest.mark.parametrize(("method", "path", "field"), WAYS, ids=["id", "user id", "address"])


def delete(autosend: AutoSend, contact: dict[str, Any], method: str, path: str, field: str | None) -> None:
    body = {field: [contact["email"]]} if field else None
    assert autosend.call(method, path.format_map(contact), body).status_code == 200


def contacts(autosend: AutoSend) -> tuple[str, dict[str, dict[str, Any]]]:
    """Return a new list, and its four contacts by their addresses."""
    made = autosend.data("POST", "/contact-lists", {"name": "Four"})["id"]
    found = {
        email: add_contact(autosend, email, userId=f"u-{email}", listIds=[made])
        for email in (AMY, BOB, CAT, DAN)
    }
    return made, found


def statuses(autosend: AutoSend) -> list[str]:
    return [autosend.messages(email)[0]["status"] for email in (AMY, BOB, CAT, DAN)]


@ways
def test_a_gradual_campaign_passes_over_who_is_deleted(
    autosend: AutoSend, method: str, path: str, field: str | None
) -> None:
    made, found = contacts(autosend)
    gradual = {"sendMode": "gradual", "gradualStrategy": "fixed", "dailyBatchSize": 1}
    campaign = create(autosend, **gradual, **RELEASE, toLists=[made])
    autosend.advance("1h")
    for email in (AMY, BOB):
        delete(autosend, found[email], method, path, field)
    autosend.advance("1d")
    assert statuses(autosend) == ["delivered", "cancelled", "delivered", "queued"]
    autosend.advance("1d")
    assert (status_of(autosend, campaign), statuses(autosend)[3]) == ("sent", "delivered")
    counts = autosend.data("GET", f"/campaigns/{campaign}/analytics")["counts"]
    assert [counts[name] for name in ("totalContacts", "suppressed", "sent")] == [4, 0, 3]
    autosend.advance("10m")
    found_later = autosend.data("GET", f"/campaigns/{campaign}/analytics")
    assert (found_later["counts"]["attempted"], found_later["rates"]["successRate"]) == (4, 75)


def test_a_campaign_that_was_held_passes_over_who_is_deleted(autosend: AutoSend) -> None:
    made, found = contacts(autosend)
    steer(autosend, ACCOUNT, action="suspend")
    campaign = create(autosend, **RELEASE, toLists=[made])
    autosend.advance("1h")
    for contact in found.values():
        delete(autosend, contact, *WAYS[0])
    steer(autosend, ACCOUNT, status="active")
    autosend.advance("1h")
    assert (status_of(autosend, campaign), statuses(autosend)) == ("sent", ["cancelled"] * 4)


def test_a_mail_of_an_automation_that_was_held_goes_to_nobody_who_is_deleted(autosend: AutoSend) -> None:
    create_automation(autosend)
    steer(autosend, ACCOUNT, action="suspend")
    contact = add_contact(autosend, AMY)
    autosend.advance("1h")
    assert autosend.messages(AMY)[0]["status"] == "queued"
    delete(autosend, contact, *WAYS[0])
    steer(autosend, ACCOUNT, status="active")
    autosend.advance("1h")
    assert autosend.messages(AMY)[0]["status"] == "cancelled"


def test_who_has_the_address_since_does_not_get_what_was_meant_for_another(
    autosend: AutoSend,
) -> None:
    made, found = contacts(autosend)
    steer(autosend, ACCOUNT, action="suspend")
    create(autosend, **RELEASE, toLists=[made])
    autosend.advance("1h")
    for email in (AMY, BOB):
        delete(autosend, found[email], *WAYS[0])
    add_contact(autosend, AMY)
    autosend.data("POST", "/contacts/email", {"email": BOB})
    steer(autosend, ACCOUNT, status="active")
    autosend.advance("1h")
    assert statuses(autosend) == ["cancelled", "cancelled", "delivered", "delivered"]


def test_who_has_the_address_since_gets_what_is_sent_from_then_on(autosend: AutoSend) -> None:
    made, found = contacts(autosend)
    delete(autosend, found[AMY], *WAYS[0])
    add_contact(autosend, AMY, listIds=[made])
    create(autosend, **RELEASE, toLists=[made])
    autosend.advance("1h")
    assert statuses(autosend) == ["delivered"] * 4


def test_a_mail_to_an_address_goes_to_it_whether_that_is_a_contact_or_not(autosend: AutoSend) -> None:
    contact = add_contact(autosend, AMY)
    autosend.data("POST", "/mails/send", MAIL | {"to": {"email": AMY}, "scheduledAt": "2026-03-16T00:00Z"})
    delete(autosend, contact, *WAYS[0])
    autosend.advance("1d")
    assert autosend.messages(AMY)[0]["status"] == "delivered"
