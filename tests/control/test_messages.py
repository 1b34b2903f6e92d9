"""Messages: one view of the messages of all three providers."""

from typing import Any

import pytest

from emulator.control.messages import MANY
from emulator.control.values import MAX_NUMBER
from tests.conftest import Emulator, Sandbox


@pytest.fixture
def box(emulator: Emulator) -> Sandbox:
    return emulator.sandbox("messages", clock="frozen")


def find(box: Sandbox, **params: Any) -> Any:
    answer = box.control("GET", "/messages", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize(
    ("params", "field", "value"),
    [
        ({"provider": "rcs"}, "provider", "rcs"),
        ({"channel": "sms"}, "channel", "sms"),
        ({"status": "bounced"}, "status", "bounced"),
        ({"job": "rcs/campaign/3"}, "job", "rcs/campaign/3"),
        ({"recipient": "ANN@example.com"}, "recipient", "ann@example.com"),
    ],
)
def test_messages_are_found_by(box: Sandbox, params: Any, field: str, value: str) -> None:
    found = find(box, **params)
    assert found["messages"]
    assert {message[field] for message in found["messages"]} == {value}


def test_messages_are_found_by_time(box: Sandbox) -> None:
    everything = find(box)["total"]
    since = find(box, since="2026-03-15T14:00:00Z")["total"]
    until = find(box, until="2026-03-15T13:59:59.999Z")["total"]
    assert 0 < since < everything
    assert since + until == everything


def test_messages_come_in_pages(box: Sandbox) -> None:
    first = find(box, limit=2)
    second = find(box, limit=2, after=first["messages"][-1]["id"])
    everything = find(box, limit=4)["messages"]
    assert first["messages"] + second["messages"] == everything


def test_messages_come_the_newest_first(box: Sandbox) -> None:
    everything = [message["id"] for message in find(box, limit=10_000)["messages"]]
    newest = find(box, limit=5, order="newest")
    assert [message["id"] for message in newest["messages"]] == everything[:-6:-1]
    assert newest["total"] == len(everything)


def test_a_message_has_its_content_and_history(box: Sandbox) -> None:
    found = find(box, job="rcs/campaign/3", recipient="903", channel="rcs")["messages"][0]
    detail = box.control("GET", f"/messages/{found['id']}").json()
    assert (detail["sender"], detail["text"], detail["html"]) == ("my_agent", "Your parcel is here", False)
    assert [change["status"] for change in detail["history"]] == ["sending", "sent", "undelivered"]


CARD = {"title": "Spring", "text": "Hi", "suggestions": [{"text": "Shop", "url": "https://shop.example.com"}]}


def test_a_single_message_belongs_to_no_job(box: Sandbox) -> None:
    body = {
        "phone": {"number": "380670001000", "reference_id": "order42"},
        "sender": "my_agent",
        "options": {"cards": [CARD]},
    }
    sent = box.http.post("/api/messages/rcs/send", json=body, headers=box.rcs)
    assert sent.status_code == 200, sent.text
    found = box.control("GET", f"/messages/{sent.json()['data']['id']}").json()
    assert (found["job"], found["reference"], found["subject"]) == (None, "order42", "Spring")
    assert found["payload"]["cards"][0]["suggestions"][0]["text"] == "Shop"


def test_the_html_of_a_mail_can_be_looked_at_and_can_do_nothing(box: Sandbox) -> None:
    mail = find(box, provider="autosend")["messages"][0]
    assert box.control("GET", f"/messages/{mail['id']}").json()["html"] is True
    page = box.control("GET", f"/messages/{mail['id']}/html")
    assert page.headers["content-type"].startswith("text/html")
    assert page.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
    assert "<h1>" in page.text


def test_a_text_message_has_no_html(box: Sandbox) -> None:
    message = find(box, provider="rcs")["messages"][0]
    assert box.control("GET", f"/messages/{message['id']}/html").status_code == 404


@pytest.mark.parametrize("path", ["/messages/99999", "/messages/99999/html"])
def test_an_unknown_message_is_a_problem(box: Sandbox, path: str) -> None:
    answer = box.control("GET", path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"provider": "pigeon"}, "provider"),
        ({"limit": 0}, "limit"),
        ({"after": -1}, "after"),
        ({"since": "yesterday"}, "since"),
        ({"since": "1960-01-01T00:00:00Z"}, "since"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_wrong_search_is_refused(box: Sandbox, params: Any, field: str) -> None:
    answer = box.control("GET", "/messages", params=params)
    assert answer.status_code == 422
    assert field in [error["field"] for error in answer.json()["errors"]]


@pytest.mark.parametrize("search", [{}, {"text": "Hi"}, {"recipient": "38067"}])
def test_behind_the_largest_id_there_is_no_message(box: Sandbox, search: Any) -> None:
    assert find(box, after=MAX_NUMBER, **search) == {"total": 0, "unsearched": 0, "messages": []}


def test_messages_of_another_sandbox_are_not_seen(emulator: Emulator, box: Sandbox) -> None:
    other = emulator.sandbox("other", clock="frozen")
    before = find(other)["total"]
    body = {"phone": {"number": "380670001000"}, "sender": "my_agent", "options": {"text": "Hi"}}
    box.http.post("/api/messages/rcs/send", json=body, headers=box.rcs)
    assert find(other)["total"] == before
    assert find(box)["total"] == before + 1


@pytest.mark.slow
def test_a_long_list_is_the_same_as_its_parts(emulator: Emulator) -> None:
    http = emulator.http
    whole = http.get("/_emulator/messages", params={"limit": 10_000}).json()
    assert len(whole["messages"]) == whole["total"] > MANY
    parts, part = list[Any](), whole
    while len(parts) < whole["total"]:
        after = {"after": parts[-1]["id"] if parts else 0, "limit": MANY}
        part = http.get("/_emulator/messages", params=after).json()
        parts += part["messages"]
    assert whole["messages"] == parts
    assert whole.keys() == part.keys()
