"""Recipients who click (909): they follow a link, or press a button, if the message has one."""

from typing import Any

import pytest

from tests.rcs.conftest import Rcs
from tests.rcs.short_links import SYSTEM, follow, listed, make

CLICKS = "380671112909"
ENTRY = {"link": "https://shop.example.com/x", "placeholder": "LINK", "domain_ids": [SYSTEM]}


def sms(rcs: Rcs, text: str, **part: Any) -> Any:
    """Send an SMS to a phone whose outcome is a click; return the message."""
    body = {
        "channels": ["sms"],
        "phone": {"number": CLICKS},
        "sms": {"sender": "MyShop", "text": text} | part,
    }
    return rcs.messages(id=rcs.data("POST", "/messages/send", body)["id"])[0]


def history(rcs: Rcs, message: Any) -> list[str]:
    """Return the statuses in a message's history two minutes later."""
    rcs.advance("2m")
    shown = rcs.emulator.http.get(f"/_emulator/messages/{message['id']}").json()
    return [entry["status"] for entry in shown["history"]]


def is_stopped(rcs: Rcs) -> bool:
    params = {"search[field]": "phone", "search[value]": CLICKS}
    return bool(rcs.data("GET", "/stoplist/search", params=params))


def delete_domain(rcs: Rcs, link: Any) -> None:
    rcs.call("DELETE", f"/short-url/domains/{SYSTEM}")


def delete(rcs: Rcs, link: Any) -> None:
    rcs.call("DELETE", f"/short-url/links/{link['id']}")


def remove(rcs: Rcs, link: Any) -> None:
    delete(rcs, link)
    delete(rcs, link)


def block(rcs: Rcs, link: Any) -> None:
    rcs.call("PUT", f"/short-url/links/{link['id']}", {"original_link": "https://reject.example/"})


def rename(rcs: Rcs, link: Any) -> None:
    rcs.call("PUT", f"/short-url/links/{link['id']}", {"slug": "renamed"})


@pytest.mark.parametrize("kill", [delete_domain, delete, remove, block, rename])
def test_a_first_link_that_leads_nowhere_is_not_clicked_and_no_other_in_its_stead(
    rcs: Rcs, kill: Any
) -> None:
    message = sms(
        rcs, "LINK OTHER", short_links=[ENTRY, ENTRY | {"placeholder": "OTHER"}], unsubscribe_caption="No:"
    )
    [link] = [one for one in listed(rcs) if one["short_link"][4:] in message["text"].partition(" ")[0]]
    before = listed(rcs, "clicks")
    kill(rcs, link)
    assert follow(rcs, link["short_link"])[0] == 404
    assert history(rcs, message) == ["sending", "sent", "delivered"]
    assert (listed(rcs, "clicks") in (before, []), is_stopped(rcs)) == (True, False)


def test_a_short_link_that_the_client_had_made_is_clicked_as_well(rcs: Rcs) -> None:
    link = make(rcs)
    message = sms(rcs, f"See {link['short_link']}")
    assert history(rcs, message)[-1] == "click"
    assert listed(rcs, "clicks")[0]["short_link"] == link["short_link"]


@pytest.mark.parametrize(("text", "follows"), [("Sale", True), ("Sale: https://shop.example.com/", False)])
def test_an_unsubscribe_link_is_followed_where_it_is_the_only_link(
    rcs: Rcs, text: str, *, follows: bool
) -> None:
    message = sms(rcs, text, unsubscribe_caption="No:")
    assert ("click" in history(rcs, message), is_stopped(rcs)) == (follows, follows)


def test_nothing_is_clicked_in_an_sms_without_a_link(rcs: Rcs) -> None:
    assert history(rcs, sms(rcs, "Sale")) == ["sending", "sent", "delivered"]


CARD = {"text": "Sale", "suggestions": [{"text": "Open", "url": "https://shop.example.com/"}]}


@pytest.mark.parametrize(("options", "clicks"), [({"text": "Sale"}, 0), ({"cards": [CARD]}, 1)])
def test_only_a_button_is_pressed_of_an_rcs_message(rcs: Rcs, options: Any, clicks: int) -> None:
    message = rcs.send_one(CLICKS, options=options)
    assert history(rcs, message) == ["sending", "sent", "delivered", "read", *["click"] * clicks]


@pytest.mark.parametrize(
    ("form", "clicks"),
    [
        ("HTTP://S.EXAMPLE/{}", 1),
        ("S.example/{}", 1),
        ("See:http://s.example/{}", 1),
        ("https://other.example/?u=http://s.example/{}", 0),
        ("https://other.example/#s.example/{}", 0),
    ],
)
def test_a_short_link_is_one_however_it_is_written_but_not_inside_of_another_address(
    rcs: Rcs, form: str, clicks: int
) -> None:
    link, before = make(rcs), len(listed(rcs, "clicks"))
    message = sms(rcs, form.format(link["short_link"].rpartition("/")[2]))
    assert (history(rcs, message).count("click"), len(listed(rcs, "clicks")) - before) == (clicks, clicks)


@pytest.mark.parametrize("force", [False, True])
def test_a_click_is_no_status_that_a_message_can_be_set_to(rcs: Rcs, force: Any) -> None:
    message = rcs.send_one(CLICKS, options={"cards": [CARD]})
    answer = rcs.emulator.http.post(
        f"/_emulator/messages/{message['id']}/status", json={"status": "click", "force": force}
    )
    assert answer.status_code == 409
    assert answer.json()["detail"].startswith("'click' is no status that such a message can be set to")
