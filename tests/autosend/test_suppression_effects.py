"""Which addresses get no mail, and why: https://docs.autosend.com/others/suppressions."""

import re
from typing import Any

import pytest

from tests.autosend.campaigns import RELEASE, create, status_of
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
from tests.autosend.webhooks import create as create_webhook
from tests.receiver import Receiver

TEAM = "66a0c1d2e3f4a5b6c7d8dd01"
ANN = "ann@example.com"


def send(autosend: AutoSend, to: str = TEAM, **settings: object) -> dict[str, int]:
    """Send a campaign, wait an hour, and return its metrics."""
    draft = {"name": "n", "subject": "s", "htmlTemplate": "<p>Hi</p>", "toLists": [to]}
    wanted = draft | {"publish": True, "sendNow": True} | settings
    campaign = autosend.data("POST", "/campaigns", wanted)["id"]
    autosend.advance("1h")
    metrics: dict[str, int] = autosend.data("GET", f"/campaigns/{campaign}")["metrics"]
    return metrics


def list_of(autosend: AutoSend, *emails: str) -> str:
    made = str(autosend.data("POST", "/contact-lists", {"name": " ".join(emails)[:200]})["id"])
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
def test_a_group_that_is_not_visible_keeps_back_whom_it_holds(autosend: AutoSend, group: str) -> None:
    suppress(autosend, ANN, groupId=group)
    autosend.data("PUT", f"{GROUPS}/{group}", {"isActive": False})
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


def test_who_unsubscribes_from_a_deleted_group_is_out_of_that_alone(autosend: AutoSend) -> None:
    campaign = {"name": "n", "subject": "s", "htmlTemplate": "<p>Hi</p>", "unsubscribeGroupId": NEWSLETTER}
    to = list_of(autosend, "unsubscribed@example.com")
    autosend.data("POST", "/campaigns", campaign | {"toLists": [to], "publish": True, "sendNow": True})
    autosend.advance("2m")
    autosend.call("DELETE", f"{GROUPS}/{NEWSLETTER}")
    autosend.advance("1h")
    assert NEWSLETTER not in codes(autosend)
    assert entries(autosend, email="unsubscribed@example.com") == []
    assert send(autosend, to)["suppressed"] == 0


@pytest.mark.parametrize("returns", [False, True])
def test_the_link_of_a_mail_whose_group_is_deleted_ends_the_mails_of_that_group(
    autosend: AutoSend, receiver: Receiver, *, returns: bool
) -> None:
    create_webhook(autosend, receiver.url, "email.unsubscribed", "email.group_unsubscribed")
    to = list_of(autosend, "new@example.com")
    later = {"sendMode": "scheduled", "scheduledAt": "2026-03-20T00:00:00Z", "publish": True}
    waiting = create(autosend, toLists=[to], unsubscribeGroupId=NEWSLETTER, **later)
    send(autosend, to, unsubscribeGroupId=NEWSLETTER)
    autosend.call("DELETE", f"{GROUPS}/{NEWSLETTER}")
    link = unsubscribe_link(autosend.messages("new@example.com")[0])
    assert "gets no more" in autosend.emulator.http.post(link).text
    if returns:
        assert "gets these" in autosend.emulator.http.post(link, data=COME_BACK).text
    autosend.advance("9d")
    (told,) = receiver.requests
    assert told.json["type"] == "email.group_unsubscribed"
    assert told.json["data"]["unsubscribeGroupId"] == NEWSLETTER
    assert autosend.data("GET", f"/campaigns/{waiting}")["metrics"]["suppressed"] == int(not returns)
    assert send(autosend, to)["suppressed"] == 0


def unsubscribe_link(message: dict[str, Any]) -> str:
    found = re.search("<(.*)>", message["headers"]["List-Unsubscribe"])
    assert found is not None
    return found[1]


COME_BACK = {"action": "resubscribe"}


def test_the_link_in_a_mail_puts_its_reader_into_the_group_and_back(autosend: AutoSend) -> None:
    send(autosend, list_of(autosend, "new@example.com"), unsubscribeGroupId=NEWSLETTER)
    link = unsubscribe_link(autosend.messages("new@example.com")[0])
    assert autosend.emulator.http.post(link).status_code == 200
    assert entries(autosend, email="new@example.com") == [("new@example.com", NEWSLETTER, "UNSUBSCRIBE")]
    assert autosend.emulator.http.post(link, data=COME_BACK).status_code == 200
    assert holding(autosend, "new@example.com") == []


@pytest.mark.parametrize("groups", [[GLOBAL], [ALL_MAIL], [GLOBAL, ALL_MAIL]])
def test_who_subscribes_again_to_mails_of_no_group_gets_them(autosend: AutoSend, groups: list[str]) -> None:
    send(autosend, list_of(autosend, "new@example.com"))
    link = unsubscribe_link(autosend.messages("new@example.com")[0])
    for group in groups:
        suppress(autosend, "new@example.com", groupId=group)
    assert "gets these mails" in autosend.emulator.http.post(link, data=COME_BACK).text
    assert holding(autosend, "new@example.com") == []


ONE_CLICK = b"List-Unsubscribe=One-Click"
MULTIPART = b'--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n'
FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize("group", [{"unsubscribeGroupId": NEWSLETTER}, {}])
@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (ONE_CLICK, FORM),
        (b"action=unsubscribe", FORM),
        (b"", None),
        (b"a=1&a=2&&&%zz=%", FORM),
        (b"&" * 100_000, FORM),
        (b"\xff\x00", "application/octet-stream"),
        (b'{"action": "resubscribe"}', "application/json"),
        (MULTIPART, "multipart/form-data; boundary=x"),
    ],
)
def test_unsubscribing_twice_is_unsubscribing_once(
    autosend: AutoSend, receiver: Receiver, content: bytes, kind: str | None, group: dict[str, str]
) -> None:
    create_webhook(autosend, receiver.url, "email.unsubscribed", "email.group_unsubscribed")
    send(autosend, list_of(autosend, "new@example.com"), **group)
    link = unsubscribe_link(autosend.messages("new@example.com")[0])
    headers = {"Content-Type": kind} if kind else {}
    pages = [autosend.emulator.http.post(link, content=content, headers=headers) for _ in range(3)]
    assert [(page.status_code, "gets no more" in page.text) for page in pages] == [(200, True)] * 3
    assert holding(autosend, "new@example.com") == [group.get("unsubscribeGroupId", GLOBAL)]
    autosend.advance("1m")
    assert len(receiver.requests) == 1
    (message,) = autosend.messages("new@example.com")
    assert [step["status"] for step in message["history"]].count("unsubscribed") == 1


def test_who_leaves_by_a_mail_that_waits_does_not_get_it(autosend: AutoSend, receiver: Receiver) -> None:
    create_webhook(autosend, receiver.url, "email.group_unsubscribed")
    mail = {
        "from": {"email": "a@example.org"},
        "to": {"email": "new@example.com"},
        "subject": "s",
        "text": "t",
    }
    at = {"scheduledAt": "2026-03-15T15:30:00Z", "unsubscribeGroupId": NEWSLETTER}
    sent = autosend.data("POST", "/mails/send", mail | at)
    autosend.emulator.http.post(unsubscribe_link(autosend.messages("new@example.com")[0]))
    assert holding(autosend, "new@example.com") == [NEWSLETTER]
    assert autosend.data("GET", f"/mails/{sent['emailId']}/status")["status"] == "queued"
    autosend.advance("2h")
    status = autosend.data("GET", f"/mails/{sent['emailId']}/status")
    assert (status["status"], status["sentAt"]) == ("suppressed", None)
    assert len(receiver.requests) == 1


@pytest.mark.parametrize(
    ("email", "status"), [("new@example.com", "cancelled"), ("new+bounced@example.com", "bounced")]
)
def test_who_leaves_by_a_mail_that_did_not_arrive_is_out_and_not_counted(
    autosend: AutoSend, email: str, status: str
) -> None:
    campaign = create(autosend, **RELEASE, toLists=[list_of(autosend, email)], unsubscribeGroupId=NEWSLETTER)
    autosend.advance("2m" if status == "cancelled" else "1h")
    if status == "cancelled":
        autosend.data("POST", f"/campaigns/{campaign}/abort")
    autosend.emulator.http.post(unsubscribe_link(autosend.messages(email)[0]))
    assert NEWSLETTER in holding(autosend, email)
    assert autosend.messages(email)[0]["status"] == status
    assert autosend.data("GET", f"/campaigns/{campaign}")["metrics"]["unsubscribed"] == 0


def test_looking_at_the_page_changes_nothing(autosend: AutoSend) -> None:
    send(autosend, list_of(autosend, "new@example.com"), unsubscribeGroupId=NEWSLETTER)
    link = unsubscribe_link(autosend.messages("new@example.com")[0])
    pages = [autosend.emulator.http.get(link).text for _ in range(2)]
    assert ["gets these mails" in page for page in pages] == [True, True]
    assert holding(autosend, "new@example.com") == []


def test_coming_back_twice_is_coming_back_once(autosend: AutoSend, receiver: Receiver) -> None:
    create_webhook(autosend, receiver.url, "email.group_resubscribed")
    send(autosend, list_of(autosend, "new@example.com"), unsubscribeGroupId=NEWSLETTER)
    link = unsubscribe_link(autosend.messages("new@example.com")[0])
    autosend.emulator.http.post(link)
    pages = [autosend.emulator.http.post(link, data=COME_BACK).text for _ in range(2)]
    assert ["gets these mails" in page for page in pages] == [True, True]
    autosend.advance("1m")
    assert len(receiver.requests) == 1


def test_who_bounced_can_unsubscribe_too(autosend: AutoSend) -> None:
    send(autosend, list_of(autosend, "new@example.com"), unsubscribeGroupId=NEWSLETTER)
    link = unsubscribe_link(autosend.messages("new@example.com")[0])
    suppress(autosend, "new@example.com", groupId=GLOBAL)
    autosend.emulator.http.post(link, content=ONE_CLICK)
    assert sorted(holding(autosend, "new@example.com")) == sorted([GLOBAL, NEWSLETTER])


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


def ramp(autosend: AutoSend, *emails: str, daily: int = 2) -> str:
    """Start sending a gradual campaign; return its id once the mails of the first day are sent."""
    gradual = {"sendMode": "gradual", "gradualStrategy": "fixed", "dailyBatchSize": daily}
    campaign = create(autosend, **gradual, **RELEASE, toLists=[list_of(autosend, *emails)])
    autosend.advance("1h")
    return campaign


def counts_of(autosend: AutoSend, campaign: str) -> tuple[int, int, int]:
    """Return how many mails of a campaign were sent, suppressed and attempted."""
    counts = autosend.data("GET", f"/campaigns/{campaign}/analytics")["counts"]
    return counts["sent"], counts["suppressed"], counts["attempted"]


def readers(number: int) -> list[str]:
    return [f"new{place}@example.com" for place in range(number)]


def test_a_gradual_campaign_skips_who_was_suppressed_since_the_day_before(autosend: AutoSend) -> None:
    campaign = ramp(autosend, *readers(6))
    suppress(autosend, "new2@example.com", "new5@example.com", "new0@example.com")
    autosend.advance("1d")
    assert counts_of(autosend, campaign) == (4, 1, 4)
    assert [len(autosend.messages(f"new{place}@example.com")[0]["history"]) for place in (2, 3)] == [1, 2]
    assert autosend.messages("new2@example.com")[0]["status"] == "suppressed"
    autosend.advance("1d")
    assert counts_of(autosend, campaign) == (4, 2, 4)
    assert status_of(autosend, campaign) == "sent"


def test_a_paused_campaign_skips_who_was_suppressed_meanwhile(autosend: AutoSend) -> None:
    campaign = ramp(autosend, *readers(4))
    autosend.data("POST", f"/campaigns/{campaign}/pause")
    suppress(autosend, "new2@example.com", "new3@example.com", isGlobal=True)
    autosend.advance("2d")
    autosend.data("POST", f"/campaigns/{campaign}/resume")
    autosend.advance("1h")
    assert (status_of(autosend, campaign), counts_of(autosend, campaign)) == ("sent", (2, 2, 2))


def test_who_is_not_suppressed_any_more_when_it_leaves_gets_it(autosend: AutoSend) -> None:
    campaign = ramp(autosend, *readers(4))
    suppress(autosend, "new2@example.com")
    autosend.advance("1h")
    unsuppress(autosend, "new2@example.com")
    autosend.advance("1d")
    assert counts_of(autosend, campaign) == (4, 0, 4)


def test_a_bounce_in_one_campaign_keeps_another_from_the_address(autosend: AutoSend) -> None:
    bounced = "late+bounced@example.com"
    ramping = ramp(autosend, *readers(2), bounced)
    assert send(autosend, list_of(autosend, bounced))["bounced"] == 1
    autosend.advance("1d")
    assert (status_of(autosend, ramping), counts_of(autosend, ramping)) == ("sent", (2, 1, 2))
    heard = [message["status"] for message in autosend.messages(bounced)]
    assert heard == ["suppressed", "bounced"]


@pytest.mark.slow
def test_who_is_suppressed_takes_no_room_in_the_day_of_a_new_domain(autosend: AutoSend) -> None:
    domain = autosend.data("POST", "/domains", {"domain": "fresh.example"})["id"]
    autosend.data("POST", f"/domains/{domain}/verify")
    autosend.advance("10s")
    sender = {"from": {"email": "a@fresh.example"}}
    create(autosend, **sender, **RELEASE, toLists=[list_of(autosend, *readers(299))])
    autosend.advance("1h")
    two = list_of(autosend, "x@example.com", "y@example.com")
    campaign = create(autosend, **sender, **RELEASE, toLists=[two])
    autosend.advance("2m")
    suppress(autosend, "x@example.com")
    autosend.advance("1h")
    assert (status_of(autosend, campaign), counts_of(autosend, campaign)) == ("sent", (1, 1, 1))


def test_the_link_lifts_no_other_suppression_and_tells_of_none(
    autosend: AutoSend, receiver: Receiver
) -> None:
    create_webhook(autosend, receiver.url, "email.group_resubscribed")
    send(autosend, list_of(autosend, "new@example.com"), unsubscribeGroupId=NEWSLETTER)
    link = unsubscribe_link(autosend.messages("new@example.com")[0])
    suppress(autosend, "new@example.com", groupId=GLOBAL)
    pages = [
        autosend.emulator.http.post(link, data=COME_BACK).text,
        autosend.emulator.http.get(link).text,
    ]
    assert ["gets no more of these mails" in page for page in pages] == [True, True]
    autosend.advance("1m")
    assert receiver.requests == []
    assert holding(autosend, "new@example.com") == [GLOBAL]
