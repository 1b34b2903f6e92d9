"""Who gets no mail, and why: https://docs.autosend.com/guides/suppressions."""

import re
from typing import Any

import pytest

from tests.autosend.conftest import AutoSend
from tests.autosend.suppressions import (
    ALL_MAIL,
    GLOBAL,
    GROUPS,
    NEWSLETTER,
    codes,
    entries,
    holding,
    suppress,
    unsuppress,
)
from tests.autosend.webhooks import create
from tests.receiver import Receiver

TEAM = "66a0c1d2e3f4a5b6c7d8dd01"
ANN = "ann@example.com"


def send(autosend: AutoSend, to: str = TEAM, **settings: object) -> dict[str, int]:
    """Send a campaign, wait an hour, and answer its metrics."""
    draft = {"name": "n", "subject": "s", "htmlTemplate": "<p>Hi</p>", "toLists": [to]}
    wanted = draft | {"publish": True, "sendNow": True} | settings
    campaign = autosend.data("POST", "/campaigns", wanted)["id"]
    autosend.advance("1h")
    metrics: dict[str, int] = autosend.data("GET", f"/campaigns/{campaign}")["metrics"]
    return metrics


def list_of(autosend: AutoSend, *emails: str) -> str:
    made = str(autosend.data("POST", "/contact-lists", {"name": " ".join(emails)})["id"])
    autosend.data("POST", "/contact-lists/contacts/bulk-add", {"contactListId": made, "emails": emails})
    return made


@pytest.mark.parametrize(
    ("group", "named", "suppressed"),
    [
        (NEWSLETTER, NEWSLETTER, 1),
        (ALL_MAIL, NEWSLETTER, 0),
        (NEWSLETTER, None, 0),
        (ALL_MAIL, None, 1),
        (GLOBAL, NEWSLETTER, 1),
        (GLOBAL, None, 1),
    ],
)
def test_a_campaign_skips_whom_its_own_or_the_global_group_holds(
    autosend: AutoSend, group: str, named: str | None, suppressed: int
) -> None:
    suppress(autosend, ANN, groupId=group)
    metrics = send(autosend, unsubscribeGroupId=named)
    assert (metrics["totalContacts"], metrics["suppressed"], metrics["sent"]) == (
        3,
        suppressed,
        3 - suppressed,
    )


@pytest.mark.parametrize("group", [NEWSLETTER, GLOBAL])
def test_an_inactive_group_keeps_nobody_back(autosend: AutoSend, group: str) -> None:
    suppress(autosend, ANN, groupId=group)
    autosend.data("PUT", f"{GROUPS}/{group}", {"isActive": False})
    assert send(autosend, unsubscribeGroupId=NEWSLETTER)["suppressed"] == 0
    autosend.data("PUT", f"{GROUPS}/{group}", {})
    assert send(autosend, unsubscribeGroupId=NEWSLETTER)["suppressed"] == 1


def test_whoever_is_unsuppressed_gets_mails_again(autosend: AutoSend) -> None:
    suppress(autosend, ANN)
    assert send(autosend)["suppressed"] == 1
    unsuppress(autosend, ANN)
    assert send(autosend)["suppressed"] == 0


def test_a_deleted_group_keeps_nobody_back(autosend: AutoSend) -> None:
    suppress(autosend, ANN, groupId=ALL_MAIL)
    autosend.call("DELETE", f"{GROUPS}/{ALL_MAIL}")
    assert send(autosend)["suppressed"] == 0


def test_a_campaign_names_a_group_that_is_there(autosend: AutoSend) -> None:
    draft = {"name": "n", "subject": "s", "htmlTemplate": "h", "unsubscribeGroupId": "XXXXX"}
    answer = autosend.call("POST", "/campaigns", draft)
    details = answer.json()["error"]["details"]
    assert details == [{"field": "unsubscribeGroupId", "message": "Suppression group not found"}]


@pytest.mark.parametrize(
    ("recipient", "named", "group", "reason"),
    [
        ("bounced@example.com", NEWSLETTER, GLOBAL, "BOUNCE"),
        ("soft-bounced@example.com", None, GLOBAL, "BOUNCE"),
        ("complained@example.com", NEWSLETTER, GLOBAL, "COMPLAINT"),
        ("unsubscribed@example.com", NEWSLETTER, NEWSLETTER, "UNSUBSCRIBE"),
        ("unsubscribed@example.com", None, GLOBAL, "UNSUBSCRIBE"),
    ],
)
def test_what_becomes_of_a_mail_suppresses_its_recipient(
    autosend: AutoSend, recipient: str, named: str | None, group: str, reason: str
) -> None:
    to = list_of(autosend, recipient)
    assert send(autosend, to, unsubscribeGroupId=named)["suppressed"] == 0
    assert entries(autosend, email=recipient) == [(recipient, group, reason)]
    assert send(autosend, to, unsubscribeGroupId=named)["suppressed"] == 1


@pytest.mark.parametrize("recipient", ["opened@example.com", "failed@example.com", "delayed@example.com"])
def test_what_else_becomes_of_a_mail_suppresses_nobody(autosend: AutoSend, recipient: str) -> None:
    send(autosend, list_of(autosend, recipient))
    assert holding(autosend, recipient) == []


def test_who_unsubscribes_from_one_group_gets_mails_of_another(autosend: AutoSend) -> None:
    offers = autosend.data("POST", GROUPS, {"name": "Offers"})["groupId"]
    to = list_of(autosend, "unsubscribed@example.com")
    send(autosend, to, unsubscribeGroupId=offers)
    assert holding(autosend, "unsubscribed@example.com") == [offers]
    assert send(autosend, to, unsubscribeGroupId=NEWSLETTER)["suppressed"] == 0


def test_who_unsubscribes_from_a_deleted_group_is_out_of_all(autosend: AutoSend) -> None:
    campaign = {"name": "n", "subject": "s", "htmlTemplate": "<p>Hi</p>", "unsubscribeGroupId": NEWSLETTER}
    to = list_of(autosend, "unsubscribed@example.com")
    autosend.data("POST", "/campaigns", campaign | {"toLists": [to], "publish": True, "sendNow": True})
    autosend.advance("2m")
    autosend.call("DELETE", f"{GROUPS}/{NEWSLETTER}")
    autosend.advance("1h")
    assert NEWSLETTER not in codes(autosend)
    assert holding(autosend, "unsubscribed@example.com") == [GLOBAL]


def unsubscribe_link(message: dict[str, Any]) -> str:
    found = re.search("<(.*)>", message["headers"]["List-Unsubscribe"])
    assert found is not None
    return found[1]


def test_the_link_in_a_mail_puts_its_reader_into_the_group_and_back(autosend: AutoSend) -> None:
    send(autosend, list_of(autosend, "new@example.com"), unsubscribeGroupId=NEWSLETTER)
    link = unsubscribe_link(autosend.messages("new@example.com")[0])
    assert autosend.emulator.http.post(link).status_code == 200
    assert entries(autosend, email="new@example.com") == [("new@example.com", NEWSLETTER, "UNSUBSCRIBE")]
    assert autosend.emulator.http.post(link).status_code == 200
    assert holding(autosend, "new@example.com") == []


def test_a_suppression_outlives_its_contact(autosend: AutoSend) -> None:
    suppress(autosend, ANN)
    autosend.call("POST", "/contacts/remove", {"emails": [ANN]})
    assert holding(autosend, ANN) == [ALL_MAIL]
    assert send(autosend, list_of(autosend, ANN))["suppressed"] == 1


def test_the_groups_of_a_contact_are_those_that_hold_its_address(autosend: AutoSend) -> None:
    ada = "66c1d2e3f4a5b6c7d8e90001"
    suppress(autosend, "ada@example.com", groupId=NEWSLETTER)
    suppress(autosend, "ada@example.com", isGlobal=True)
    groups = autosend.data("GET", f"/contacts/{ada}/unsubscribe-groups")["groups"]
    assert groups == [{"groupId": NEWSLETTER, "name": "Newsletter"}]


def test_the_link_lifts_no_other_suppression_and_tells_of_none(
    autosend: AutoSend, receiver: Receiver
) -> None:
    create(autosend, receiver.url, "email.group_resubscribed")
    send(autosend, list_of(autosend, "new@example.com"), unsubscribeGroupId=NEWSLETTER)
    link = unsubscribe_link(autosend.messages("new@example.com")[0])
    suppress(autosend, "new@example.com", groupId=GLOBAL)
    pages = [autosend.emulator.http.post(link).text, autosend.emulator.http.get(link).text]
    assert ["gets no more of these mails" in page for page in pages] == [True, True]
    autosend.advance("1m")
    assert receiver.requests == []
    assert holding(autosend, "new@example.com") == [GLOBAL]
