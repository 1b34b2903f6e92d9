"""The later statuses of a mail's outcome, after a client has opened the mail or followed a link."""

import pytest

from tests.autosend.conftest import AutoSend
from tests.autosend.test_tracking import pixel, redirects, send, status, told


def test_who_opens_a_mail_may_still_complain(autosend: AutoSend) -> None:
    message = send(autosend, to={"email": "complained@new.example"})
    autosend.emulator.http.get(pixel(message))
    autosend.advance("2m")
    history = autosend.messages("complained@new.example")[0]["history"]
    assert [one["status"] for one in history] == ["sent", "delivered", "opened", "complained"]
    autosend.emulator.http.get(pixel(message))
    assert status(autosend, message)["status"] == "complained"


def test_who_would_click_does_so_after_the_pixel_was_loaded(autosend: AutoSend) -> None:
    message = send(autosend, to={"email": "clicked@new.example"})
    autosend.emulator.http.get(pixel(message))
    autosend.advance("1h")
    history = autosend.messages("clicked@new.example")[0]["history"]
    assert [one["status"] for one in history] == ["sent", "delivered", "opened", "clicked"]


def test_who_has_clicked_does_not_do_so_again_by_the_outcome(autosend: AutoSend) -> None:
    message = send(autosend, to={"email": "clicked@new.example"})
    autosend.emulator.http.get(pixel(message))
    autosend.emulator.http.get(redirects(message)[0])
    autosend.advance("1h")
    assert len(told(autosend, "email.clicked")) == 1


def test_who_has_no_link_clicks_nothing_after_the_pixel_was_loaded(autosend: AutoSend) -> None:
    html = '<p>Hi</p>{{#if vip}}<a href="https://shop.example/">Yours</a>{{/if}}'
    message = send(autosend, to={"email": "clicked@new.example"}, html=html)
    autosend.emulator.http.get(pixel(message))
    autosend.advance("1h")
    assert status(autosend, message)["status"] == "opened"


@pytest.mark.parametrize("word", ["clicked", "complained", "unsubscribed"])
def test_what_a_test_makes_of_a_mail_that_was_opened_is_its_end(autosend: AutoSend, word: str) -> None:
    message = send(autosend, to={"email": f"{word}@new.example"})
    autosend.emulator.http.get(pixel(message))
    path = f"/_emulator/messages/{message['id']}/status"
    assert autosend.emulator.http.post(path, json={"status": "bounced", "force": True}).status_code == 200
    autosend.advance("1h")
    assert status(autosend, message)["status"] == "bounced"
