"""The page on which recipients choose what they get: https://docs.autosend.com/others/unsubscribe-groups."""

import re
from html import unescape
from typing import Any

import pytest

from tests.autosend.campaigns import RELEASE, create
from tests.autosend.conftest import AutoSend
from tests.autosend.suppressions import ALL_MAIL, GLOBAL, GROUPS, NEWSLETTER, entries, holding, suppress
from tests.autosend.webhooks import create as create_webhook
from tests.receiver import Receiver

ANN = "ann@new.example"
HTML = '<a href="{{unsubscribe}}">Leave</a> <a href="{{unsubscribe_preference}}">Choose</a>'
SENT = {"from": {"email": "a@example.org"}, "to": {"email": ANN}, "subject": "s", "html": HTML}
EVENTS = ("email.unsubscribed", "email.group_unsubscribed", "email.group_resubscribed")


def links(autosend: AutoSend, **fields: Any) -> tuple[str, str]:
    """Send a mail, and return its unsubscribe link and its link to the preference page."""
    autosend.data("POST", "/mails/send", SENT | fields)
    autosend.advance("5s")
    (message,) = autosend.messages(ANN)[:1]
    html = autosend.emulator.http.get(f"/_emulator/messages/{message['id']}/html").text
    leave, choose = (unescape(one) for one in re.findall(r'<a href="([^"]+)"', html))
    return leave, choose


def switches(page: str) -> dict[str, bool]:
    """Return the switches of a page by name, and whether each one is on."""
    return {name: bool(on) for name, on in re.findall(r'type="checkbox" name="([^"]+)"( checked)?', page)}


def choose(autosend: AutoSend, link: str, *names: str) -> dict[str, bool]:
    """Turn these switches on and all others off, save, and return the switches of the page."""
    answer = autosend.emulator.http.post(link, data={"action": "save"} | dict.fromkeys(names, "on"))
    assert (answer.status_code, "Saved." in answer.text) == (200, True)
    return switches(answer.text)


EVERYTHING = {"all": True, f"group-{ALL_MAIL}": True, f"group-{NEWSLETTER}": True}


def test_both_links_have_pages_of_their_own(autosend: AutoSend) -> None:
    pages = [autosend.emulator.http.get(link).text for link in links(autosend, unsubscribeGroupId=NEWSLETTER)]
    assert ["gets these mails" in page for page in pages] == [True, False]
    assert ["What you receive" in page for page in pages] == [False, True]


def test_the_page_shows_visible_groups_with_names_and_descriptions(autosend: AutoSend) -> None:
    autosend.data("POST", GROUPS, {"name": "Offers & more", "description": "Twice a year"})
    hidden = autosend.data("POST", GROUPS, {"name": "Secret"})["groupId"]
    autosend.data("PUT", f"{GROUPS}/{hidden}", {"isActive": False})
    page = autosend.emulator.http.get(links(autosend)[1]).text
    assert ("Offers &amp; more" in page, "Twice a year" in page, "Secret" in page) == (True, True, False)


def test_looking_at_the_page_changes_nothing(autosend: AutoSend) -> None:
    _, page = links(autosend)
    assert switches(autosend.emulator.http.get(page).text) == EVERYTHING
    assert autosend.emulator.http.head(page).status_code == 200
    assert holding(autosend, ANN) == []


def test_leaving_and_rejoining_groups_is_told(autosend: AutoSend, receiver: Receiver) -> None:
    create_webhook(autosend, receiver.url, *EVENTS)
    _, page = links(autosend, unsubscribeGroupId=NEWSLETTER)
    assert choose(autosend, page, "all", f"group-{NEWSLETTER}") == EVERYTHING | {f"group-{ALL_MAIL}": False}
    assert entries(autosend, email=ANN) == [(ANN, ALL_MAIL, "UNSUBSCRIBE")]
    choose(autosend, page, "all", f"group-{ALL_MAIL}")
    assert holding(autosend, ANN) == [NEWSLETTER]
    assert choose(autosend, page, *EVERYTHING) == EVERYTHING
    autosend.advance("1m")
    told = [(one.json["data"]["unsubscribeGroupId"], one.json["type"]) for one in receiver.requests]
    both = ["email.group_unsubscribed", "email.group_resubscribed"]
    assert [type_ for group, type_ in told if group == ALL_MAIL] == both
    assert [type_ for group, type_ in told if group == NEWSLETTER] == both


def test_who_leaves_everything_is_unsubscribed(autosend: AutoSend, receiver: Receiver) -> None:
    create_webhook(autosend, receiver.url, *EVENTS)
    _, page = links(autosend, unsubscribeGroupId=NEWSLETTER)
    groups = (f"group-{ALL_MAIL}", f"group-{NEWSLETTER}")
    assert choose(autosend, page, *groups) == EVERYTHING | {"all": False}
    assert entries(autosend, email=ANN) == [(ANN, GLOBAL, "UNSUBSCRIBE")]
    autosend.data("POST", "/mails/send", SENT)
    assert autosend.messages(ANN)[-1]["status"] == "suppressed"
    choose(autosend, page, *EVERYTHING)
    autosend.advance("1m")
    assert [one.json["type"] for one in receiver.requests] == ["email.unsubscribed"]
    assert holding(autosend, ANN) == []


def test_saving_twice_is_saving_once(autosend: AutoSend, receiver: Receiver) -> None:
    create_webhook(autosend, receiver.url, *EVENTS)
    _, page = links(autosend)
    for _ in range(3):
        choose(autosend, page, "all")
    autosend.advance("1m")
    assert len(receiver.requests) == 2


@pytest.mark.parametrize(
    "content", [b"", b"List-Unsubscribe=One-Click", b"action=other&all=on", b"&=%zz", b"\xff"]
)
def test_a_form_of_another_kind_changes_nothing(autosend: AutoSend, content: bytes) -> None:
    _, page = links(autosend)
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = autosend.emulator.http.post(page, content=content, headers=form)
    assert (answer.status_code, switches(answer.text)) == (200, EVERYTHING)
    assert holding(autosend, ANN) == []


def test_a_hidden_group_keeps_its_state(autosend: AutoSend) -> None:
    suppress(autosend, ANN, groupId=NEWSLETTER)
    autosend.data("PUT", f"{GROUPS}/{NEWSLETTER}", {"isActive": False})
    _, page = links(autosend)
    choose(autosend, page, *EVERYTHING)
    assert holding(autosend, ANN) == [NEWSLETTER]


@pytest.mark.slow
def test_the_page_holds_all_groups_that_a_project_may_have(autosend: AutoSend) -> None:
    names = [autosend.data("POST", GROUPS, {"name": f"Group {number}"})["groupId"] for number in range(60)]
    _, page = links(autosend)
    switched = {f"group-{code}" for code in names}
    assert switched <= choose(autosend, page, "all", *switched).keys()
    assert sorted(holding(autosend, ANN)) == sorted([ALL_MAIL, NEWSLETTER])


def test_one_link_leaves_its_group_and_the_page_shows_it(autosend: AutoSend) -> None:
    leave, page = links(autosend, unsubscribeGroupId=NEWSLETTER)
    autosend.emulator.http.post(leave)
    assert switches(autosend.emulator.http.get(page).text) == EVERYTHING | {f"group-{NEWSLETTER}": False}
    assert autosend.messages(ANN)[0]["status"] == "unsubscribed"


def test_the_page_of_a_mail_of_nobody_is_not_there(autosend: AutoSend) -> None:
    _, page = links(autosend)
    assert autosend.emulator.http.get(page.replace("signature=", "signature=0")).status_code == 404


def campaign_to_ann(autosend: AutoSend) -> tuple[str, str, str]:
    """Send a campaign of the newsletter to one contact; return its id, and the links of its mail."""
    made = autosend.data("POST", "/contact-lists", {"name": "Ann alone"})["id"]
    autosend.data("POST", "/contact-lists/contacts/bulk-add", {"contactListId": made, "emails": [ANN]})
    about = {
        "toLists": [made],
        "htmlTemplate": HTML,
        "unsubscribeGroupId": NEWSLETTER,
        "trackingClick": False,
    }
    campaign = create(autosend, **RELEASE, **about)
    autosend.advance("1h")
    (message,) = autosend.messages(ANN)
    html = autosend.emulator.http.get(f"/_emulator/messages/{message['id']}/html").text
    leave, choose = (unescape(one) for one in re.findall(r'<a href="([^"]+)"', html))
    return campaign, leave, choose


def unsubscribed(autosend: AutoSend, campaign: str) -> tuple[int, float]:
    autosend.advance("10m")
    found = autosend.data("GET", f"/campaigns/{campaign}/analytics")
    return found["counts"]["unsubscribed"], found["rates"]["unsubscribedRate"]


def test_who_leaves_by_the_link_again_and_again_counts_once(autosend: AutoSend) -> None:
    campaign, leave, _ = campaign_to_ann(autosend)
    for _ in range(3):
        autosend.emulator.http.post(leave)
        autosend.emulator.http.post(leave, data={"action": "resubscribe"})
    assert unsubscribed(autosend, campaign) == (1, 100)
    (message,) = autosend.messages(ANN)
    assert [step["status"] for step in message["history"]].count("unsubscribed") == 3


@pytest.mark.parametrize("left", [("all",), (f"group-{ALL_MAIL}",), (f"group-{NEWSLETTER}",), (*EVERYTHING,)])
def test_who_leaves_groups_on_the_page_counts_once_whichever_they_are(
    autosend: AutoSend, left: tuple[str, ...]
) -> None:
    campaign, leave, page = campaign_to_ann(autosend)
    for _ in range(2):
        choose(autosend, page, *EVERYTHING.keys() - set(left))
        choose(autosend, page, *EVERYTHING)
    assert unsubscribed(autosend, campaign) == (1, 100)
    autosend.emulator.http.post(leave)
    assert unsubscribed(autosend, campaign) == (1, 100)


def test_who_leaves_before_and_after_a_test_takes_the_mail_back_counts_once(autosend: AutoSend) -> None:
    campaign, leave, page = campaign_to_ann(autosend)
    autosend.emulator.http.post(leave)
    autosend.advance("1m")
    (message,) = autosend.messages(ANN)
    path = f"/_emulator/messages/{message['id']}/status"
    autosend.emulator.http.post(path, json={"status": "sent", "force": True})
    choose(autosend, page)
    assert unsubscribed(autosend, campaign) == (1, 100)


@pytest.mark.parametrize("after", ["120s", "124s"], ids=["waiting", "delivered"])
def test_who_leaves_on_the_page_and_again_by_the_outcome_counts_once(autosend: AutoSend, after: str) -> None:
    autosend.data("POST", "/contacts", {"email": "unsubscribed@new.example"})
    autosend.data("POST", "/contacts", {"email": "unsubscribed+2@new.example"})
    about = {"toLists": ["GLOBAL_CONTACT_LIST"], "htmlTemplate": HTML, "unsubscribeGroupId": NEWSLETTER}
    campaign = create(autosend, **RELEASE, **about)
    autosend.advance(after)
    (message,) = autosend.messages("unsubscribed@new.example")
    html = autosend.emulator.http.get(f"/_emulator/messages/{message['id']}/html").text
    _, page = (unescape(one) for one in re.findall(r'<a href="([^"]+)"', html))
    choose(autosend, page, "all", f"group-{NEWSLETTER}")
    autosend.advance("1h")
    steps = [step["status"] for step in autosend.messages("unsubscribed@new.example")[0]["history"]]
    assert steps.count("unsubscribed") == 2
    assert autosend.data("GET", f"/campaigns/{campaign}")["metrics"]["unsubscribed"] == 2
