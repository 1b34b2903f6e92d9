"""E-mails: github.com/bsgworld/go-sdk v2/api/openapi.yaml, email_send and email_template_send."""

from email import message_from_bytes, policy
from typing import Any

import pytest

from tests.rcs.conftest import Rcs

MAIL = {
    "to": ["ann@example.com"],
    "from": "My shop <shop@mail.example.com>",
    "subject": "Your order",
    "htmlbody": '<p>Ready <img src="cid:box"></p>',
}
OF_TEMPLATE = {"to": ["ann@example.com"], "from": "shop@mail.example.com", "template_id": 19}
BOX = {"name": "box.png", "cid": "box", "content": "iVBORw0KGgo="}


def send(rcs: Rcs, body: Any = MAIL) -> str:
    kind = "send-template-emails" if "template_id" in body else "send-emails"
    answer = rcs.call("POST", f"/email/{kind}", body)
    assert answer.status_code == 201, answer.text
    assert list(answer.json()) == ["message_id"]
    return str(answer.json()["message_id"])


def messages(rcs: Rcs, **criteria: Any) -> Any:
    params = {"provider": "rcs", "channel": "email"} | criteria
    return rcs.emulator.http.get("/_emulator/messages", params=params).json()["messages"]


def shown(rcs: Rcs, message_id: str) -> Any:
    answer = rcs.emulator.http.get(f"/_emulator/messages/{message_id}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def wrong(rcs: Rcs, change: Any, body: Any = MAIL) -> Any:
    kind = "send-template-emails" if "template_id" in body else "send-emails"
    found = rcs.wrong(f"/email/{kind}", body | change)
    assert messages(rcs) == []
    return found


def test_an_email_is_delivered_after_three_seconds(rcs: Rcs) -> None:
    own = send(rcs)
    assert len(own) == 24
    assert set(own) <= set("0123456789abcdef")
    assert shown(rcs, own)["status"] == "accepted"
    rcs.advance("2999ms")
    assert shown(rcs, own)["status"] == "sent"
    rcs.advance("1ms")
    message = shown(rcs, own)
    assert [(change["status"], change["at"]) for change in message["history"]] == [
        ("sent", "2026-03-15T14:30:01.000Z"),
        ("delivered", "2026-03-15T14:30:03.000Z"),
    ]


def test_an_email_as_the_control_plane_shows_it(rcs: Rcs) -> None:
    message = shown(rcs, send(rcs, MAIL | {"body": "Ready"}))
    assert (message["sender"], message["subject"]) == (MAIL["from"], "Your order")
    assert (message["text"], message["html"]) == ("Ready", True)
    assert message["to"] == [{"email": "ann@example.com", "name": None}]
    assert (message["role"], message["channel"], message["job"]) == ("to", "email", None)
    assert message["provider_ids"] == {"message_id": message["provider_id"]}
    html = rcs.emulator.http.get(f"/_emulator/messages/{message['id']}/html").text
    assert html == MAIL["htmlbody"]


def test_one_id_for_all_addresses(rcs: Rcs) -> None:
    """Each address is a message of its own, and all leave at once."""
    to = [f"{number}@example.com" for number in range(50)]
    own = send(rcs, MAIL | {"to": to})
    found = messages(rcs, id=own)
    assert [message["recipient"] for message in found] == to
    rcs.advance("3s")
    assert {message["status"] for message in messages(rcs, id=own)} == {"delivered"}
    assert [one["email"] for one in shown(rcs, found[0]["id"])["to"]] == to


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("bounced@example.com", "bounced"),
        ("ann+bounced@example.com", "bounced"),
        ("opened@example.com", "opened"),
        ("failed@example.com", "failed"),
        ("ann@example.com", "delivered"),
    ],
)
def test_the_address_decides_the_outcome(rcs: Rcs, address: str, status: str) -> None:
    own = send(rcs, MAIL | {"to": [address]})
    rcs.advance("10m")
    assert shown(rcs, own)["status"] == status


def test_a_rule_decides_the_outcome(rcs: Rcs) -> None:
    rule = {"provider": "rcs", "channel": "email", "recipient": "*@example.com", "outcome": "bounced"}
    assert rcs.emulator.http.post("/_emulator/outcomes", json=rule).status_code == 201
    own = send(rcs)
    rcs.advance("10m")
    assert shown(rcs, own)["status"] == "bounced"


@pytest.mark.parametrize(
    ("content", "clicked", "opened"),
    [
        ({"htmlbody": None, "body": "https://shop.example/"}, "delivered", "has no HTML"),
        ({"htmlbody": "<p>Ready</p>"}, "opened", None),
        ({"htmlbody": '<a href="https://shop.example/">here</a>'}, "clicked", None),
    ],
)
def test_an_email_is_opened_by_its_html_and_clicked_by_its_links(
    rcs: Rcs, content: dict[str, Any], clicked: str, opened: str | None
) -> None:
    message_id = send(rcs, MAIL | content | {"to": ["ann+clicked@example.com"]})
    rcs.advance("1h")
    (message,) = messages(rcs, id=message_id)
    assert message["status"] == clicked
    plain = messages(rcs, id=send(rcs, MAIL | content | {"to": ["bob@example.com"]}))[0]
    path = f"/_emulator/messages/{plain['id']}/status"
    for status, reason in (("opened", opened), ("clicked", None if clicked == "clicked" else "has no link")):
        answer = rcs.emulator.http.post(path, json={"status": status})
        assert answer.status_code == (200 if reason is None else 409), answer.text
        assert reason is None or reason in answer.json()["detail"]
        assert rcs.emulator.http.post(path, json={"status": status, "force": True}).status_code == 200


@pytest.mark.parametrize("is_forced", [True, False])
@pytest.mark.parametrize(("word", "detail"), [("bounced", None), ("soft-bounced", "soft-bounced")])
def test_the_history_tells_a_soft_bounce(rcs: Rcs, word: str, detail: str | None, *, is_forced: bool) -> None:
    message_id = send(rcs, MAIL | {"to": [f"ann+{word}@example.com"]})
    rcs.advance("1s")
    if is_forced:
        path = f"/_emulator/messages/{message_id}/status"
        assert rcs.emulator.http.post(path, json={"status": "bounced"}).status_code == 200
    rcs.advance("1h")
    last = shown(rcs, message_id)["history"][-1]
    assert (last["status"], last["detail"]) == ("bounced", detail)


def test_the_status_of_an_email_can_be_forced(rcs: Rcs) -> None:
    own = send(rcs)
    answer = rcs.emulator.http.post(f"/_emulator/messages/{own}/status", json={"status": "bounced"})
    assert answer.json()["status"] == "bounced"


@pytest.mark.parametrize("name", ["contentType", "content_type"])
def test_parts_of_an_email_in_either_spelling(rcs: Rcs, name: str) -> None:
    own = send(rcs, MAIL | {"inlines": [BOX | {name: "image/png"}, BOX | {"name": "other"}]})
    first, second = shown(rcs, own)["attachments"]
    assert first == {
        "name": "box.png",
        "content_type": "image/png",
        "size": 8,
        "url": None,
        "description": "",
        "content_id": "box",
    }
    assert second["content_type"] == "application/octet-stream"
    assert rcs.emulator.http.get("/_emulator/requests").json()["requests"][-1]["unread"] == []


@pytest.mark.parametrize(
    "sender", ["My shop <shop@example.com>", '"Shop, My" <shop@example.com>', "Ä <shop@example.com>"]
)
def test_the_source_of_an_email(rcs: Rcs, sender: str) -> None:
    own = send(
        rcs, MAIL | {"from": sender, "body": "Ready", "inlines": [BOX | {"content_type": "image/png"}]}
    )
    raw = rcs.emulator.http.get(f"/_emulator/messages/{own}/raw").content
    mail = message_from_bytes(raw, policy=policy.default)
    assert (mail["Subject"], mail["To"]) == ("Your order", "ann@example.com")
    assert mail["From"].addresses[0].addr_spec == "shop@example.com"
    assert [part.get_content_type() for part in mail.walk() if not part.is_multipart()] == [
        "text/plain",
        "text/html",
        "image/png",
    ]
    (shown_together,) = [part for part in mail.walk() if part.get_content_type() == "multipart/related"]
    assert [part["Content-ID"] for part in shown_together.iter_parts()] == [None, "<box>"]


def test_a_template_with_its_variables(rcs: Rcs) -> None:
    values = {"name": "Ann", "order": "#1234", "more": "x"}
    message = shown(rcs, send(rcs, OF_TEMPLATE | {"template_content": values}))
    assert message["subject"] == "Your order #1234"
    assert message["text"] == "Dear Ann, your order #1234 is on its way."
    html = rcs.emulator.http.get(f"/_emulator/messages/{message['id']}/html").text
    assert html == "<p>Dear Ann, your order #1234 is on its way.</p>"


def test_a_variable_without_a_value_stays(rcs: Rcs) -> None:
    message = shown(rcs, send(rcs, OF_TEMPLATE | {"template_content": {"name": "{{order}}"}}))
    assert message["text"] == "Dear {{order}}, your order {{order}} is on its way."


def test_a_subject_of_ones_own(rcs: Rcs) -> None:
    body = OF_TEMPLATE | {
        "subject": "Hi {{ name }}",
        "template_content": {"name": "Ann\r\nBcc: x@example.com"},
    }
    message = shown(rcs, send(rcs, body))
    assert message["subject"] == "Hi Ann Bcc: x@example.com"
    assert rcs.emulator.http.get(f"/_emulator/messages/{message['id']}/raw").status_code == 200


def test_an_unknown_template(rcs: Rcs) -> None:
    assert wrong(rcs, {"template_id": 20}, OF_TEMPLATE) == {"template_id": ["Template not found"]}


def test_null_is_as_good_as_nothing(rcs: Rcs) -> None:
    send(rcs, MAIL | {"body": None, "inlines": None})
    send(rcs, OF_TEMPLATE | {"subject": None, "template_content": None, "inlines": None})
    assert shown(rcs, send(rcs, MAIL | {"htmlbody": None, "body": "Ready"}))["html"] is False


def test_emails_cost_nothing_and_nothing_reads_them(rcs: Rcs) -> None:
    before = len(rcs.messages())
    send(rcs)
    rcs.advance("1m")
    assert rcs.balance() == 1000
    assert len(rcs.messages()) == before
    job = {"type": "params", "time_in_from": "2026-03-15 14:30:00", "time_in_to": "2026-03-15 23:59:59"}
    key = rcs.call("POST", "/stat/jobs", job).json()["key"]
    rcs.advance("5s")
    assert rcs.call("GET", f"/stat/jobs/{key}").json()["error"] == 93
    events: dict[str, str | int] = {"provider": "rcs", "after": 0, "limit": 1000}
    answer = rcs.emulator.http.get("/_emulator/webhooks/events", params=events)
    assert all("msisdn" in event["body"] for event in answer.json()["events"])
    assert "ann@example.com" not in answer.text


def test_emails_are_found_by_what_they_say(rcs: Rcs) -> None:
    send(rcs, MAIL | {"body": "Ready"})
    send(rcs, OF_TEMPLATE)
    assert len(messages(rcs, subject="your order")) == 2
    assert len(messages(rcs, text="on its way")) == 1


def test_a_repeated_email(rcs: Rcs) -> None:
    send(rcs)
    answer = rcs.call("POST", "/email/send-emails", MAIL)
    assert (answer.status_code, answer.json()) == (429, {"message": "Too many duplicate request detected"})
    rcs.advance("10s")
    send(rcs)


BLANK, TEXT = ["This value should not be blank."], ["This value should be of type string."]
ADDRESS = ["This value is not a valid email address."]
INVALID, LIST = ["This value is not valid."], ["This value should be of type array."]


def too_long(limit: int) -> list[str]:
    return [f"This value is too long. It should have {limit} characters or less."]


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"to": []}, {"to": ["This collection should contain 1 element or more."]}),
        ({"to": None}, {"to": BLANK}),
        ({"to": "ann@example.com"}, {"to": LIST}),
        ({"to": ["ann@example.com", "ann"]}, {"to1": ADDRESS}),
        ({"to": ["Ann <ann@example.com>"]}, {"to0": ADDRESS}),
        ({"to": [5]}, {"to0": TEXT}),
        ({"to": [""]}, {"to0": BLANK}),
        ({"to": ["a\n@example.com"]}, {"to0": ADDRESS}),
        ({"to": [f"{'x' * 40}@example.com"]}, {"to0": too_long(50)}),
        (
            {"to": ["ann@example.com", "ann@example.com"]},
            {"to": ["This collection should contain only unique elements."]},
        ),
        (
            {"to": [f"{number}@example.com" for number in range(51)]},
            {"to": ["This collection should contain 50 elements or less."]},
        ),
        ({"from": "My shop"}, {"from": ADDRESS}),
        ({"from": "My shop <shop>"}, {"from": ADDRESS}),
        ({"from": "My\nshop <shop@example.com>"}, {"from": ADDRESS}),
        ({"from": "a <b@example.com> c"}, {"from": ADDRESS}),
        ({"from": 5}, {"from": TEXT}),
        ({"from": ""}, {"from": BLANK}),
        ({"subject": ""}, {"subject": BLANK}),
        ({"subject": "x" * 999}, {"subject": too_long(998)}),
        ({"subject": "x\ny"}, {"subject": INVALID}),
        ({"subject": {}}, {"subject": TEXT}),
        ({"htmlbody": ""}, {"htmlbody": BLANK}),
        ({"htmlbody": None}, {"htmlbody": BLANK}),
        ({"htmlbody": None, "body": ""}, {"htmlbody": BLANK}),
        ({"htmlbody": "x" * 100_001}, {"htmlbody": too_long(100000)}),
        ({"htmlbody": []}, {"htmlbody": TEXT}),
        ({"body": "x" * 10_001}, {"body": too_long(10000)}),
        ({"body": 5}, {"body": TEXT}),
        ({"inlines": {}}, {"inlines": LIST}),
        ({"inlines": [5]}, {"inlines0": ["This value should be of type object."]}),
        ({"inlines": [{}]}, {"inlines0name": BLANK, "inlines0cid": BLANK, "inlines0content": BLANK}),
        ({"inlines": [BOX | {"content": "%%%"}]}, {"inlines0content": INVALID}),
        ({"inlines": [BOX | {"content": "ä"}]}, {"inlines0content": INVALID}),
        ({"inlines": [BOX | {"content": 5}]}, {"inlines0content": TEXT}),
        ({"inlines": [BOX | {"name": "a\r\nb"}]}, {"inlines0name": INVALID}),
        ({"inlines": [BOX | {"cid": ""}]}, {"inlines0cid": BLANK}),
        ({"inlines": [BOX | {"contentType": 5}]}, {"inlines0contentType": TEXT}),
        ({"inlines": [BOX] * 101}, {"inlines": ["This collection should contain 100 elements or less."]}),
    ],
)
def test_what_is_wrong_of_an_email(rcs: Rcs, change: Any, found: Any) -> None:
    assert wrong(rcs, change) == found


@pytest.mark.parametrize("name", ["to", "from", "subject", "htmlbody"])
def test_what_an_email_needs(rcs: Rcs, name: str) -> None:
    body = {key: value for key, value in MAIL.items() if key != name}
    assert rcs.wrong("/email/send-emails", body | {"body": "Ready"}) == {name: BLANK}


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"template_id": "x"}, {"template_id": ["This value should be of type integer."]}),
        (
            {"template_id": 2**64},
            {"template_id": ["This value should be less than or equal to 9223372036854775807."]},
        ),
        ({"subject": ""}, {"subject": BLANK}),
        ({"template_content": []}, {"template_content": ["This value should be of type object."]}),
        ({"template_content": {"name": 5}}, {"template_contentname": TEXT}),
        ({"template_content": {"name": {"first": "x"}}}, {"template_contentname": TEXT}),
    ],
)
def test_what_is_wrong_of_a_template_email(rcs: Rcs, change: Any, found: Any) -> None:
    assert wrong(rcs, change, OF_TEMPLATE) == found
