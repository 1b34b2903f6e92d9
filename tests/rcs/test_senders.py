"""Senders, and requests to register one: https://bsg.world/documentations/rest-api/senders/."""

from typing import Any

import pytest

from tests.rcs.conftest import INVALID, Rcs, send_body

NATURAL = {
    "country_code": "UA",
    "type": "sms",
    "sender": "NewShop",
    "name": "Ann Example",
    "code_of_company": "00032001",
    "informing_purpose": "Orders",
    "description": "Flowers",
}
LEGAL = {
    "country_code": "UA",
    "type": "sms",
    "sender": "NewShop",
    "code_of_company": "31300001",
    "tax_number": "13160000014",
    "informing_purpose": "Orders",
    "description": "Flowers",
}
FORMS = [("/senders/requests/natural", NATURAL), ("/senders/requests/legal", LEGAL)]
each_form = pytest.mark.parametrize(("path", "body"), FORMS, ids=["natural", "legal"])


def ask(rcs: Rcs, path: str = "/senders/requests/natural", **said: Any) -> Any:
    """Ask for a sender, and return the request."""
    answer = rcs.call("POST", path, dict(FORMS)[path] | said)
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]


def senders(rcs: Rcs, type_: str = "sms") -> dict[str, tuple[int | None, str]]:
    return {
        one["sender"]: (one["id"], one["status"])
        for one in rcs.data("GET", "/senders", params={"type": type_})
    }


def request(rcs: Rcs, number: int) -> Any:
    [found] = rcs.data("GET", "/senders/requests/sms", params={"filter[id]": number})
    return found


def sms(rcs: Rcs, sender: str) -> int:
    body = send_body("380671112233", sender=sender, text="Hello")
    return rcs.call("POST", "/campaigns/sms/send", body).status_code


def test_the_senders_of_a_type(rcs: Rcs) -> None:
    answer = rcs.call("GET", "/senders", params={"type": "sms"}).json()
    names = [one["sender"] for one in answer["data"]]
    assert names == ["Shop", "MyShop", "Best Seller", "Vet klinika", "Bakery"]
    assert answer["total"] == 5
    assert answer["data"][-1] == {
        "id": 6,
        "status": "active",
        "country": "UA",
        "sender": "Bakery",
        "created_at": "2026-02-13 14:30:00",
        "is_default": False,
    }


def test_the_default_sender_comes_first(rcs: Rcs) -> None:
    rcs.emulator.query("UPDATE rcs_sender SET is_default = true, status = 'blocked' WHERE name = 'MyShop'")
    [first, second, *_] = rcs.data("GET", "/senders", params={"type": "sms"})
    assert (first["sender"], first["status"], second["sender"]) == ("MyShop", "blocked", "Shop")


@pytest.mark.parametrize("query", [{}, {"type": ""}, {"type": "rcs"}, {"type": "SMS"}])
def test_senders_are_asked_for_by_type(rcs: Rcs, query: dict[str, str]) -> None:
    found = rcs.refused("GET", "/senders", params=query)
    assert found == (422, INVALID, {"type": ["The value you selected is not a valid choice."]})


@pytest.mark.parametrize(
    ("wait", "status", "changed", "registered"),
    [
        ("19999ms", "new", None, None),
        ("20s", "accepted", "2026-03-15 14:30:20", None),
        ("40s", "in_progress", "2026-03-15 14:30:40", None),
        ("60s", "registered", "2026-03-15 14:31:00", "2026-03-15 14:31:00"),
        ("1d", "registered", "2026-03-15 14:31:00", "2026-03-15 14:31:00"),
    ],
)
@each_form
def test_a_request_goes_its_way(
    rcs: Rcs, path: str, body: Any, wait: str, status: str, changed: str | None, registered: str | None
) -> None:
    number = ask(rcs, path)["id"]
    rcs.advance(wait)
    found = request(rcs, number)
    assert (found["status"], found["status_changed_at"], found["registered_at"]) == (
        status,
        changed,
        registered,
    )
    assert (found["created_at"], found["rejection_reason"]) == ("2026-03-15 14:30:00", None)


@pytest.mark.parametrize("type_", ["sms", "viber"])
def test_a_sender_is_registering_and_then_active(rcs: Rcs, type_: str) -> None:
    other = {"sms": "viber", "viber": "sms"}[type_]
    ask(rcs, type=type_)
    for _ in range(3):
        assert senders(rcs, type_)["NewShop"] == (None, "registering")
        rcs.advance("19s")
    rcs.advance("3s")
    assert senders(rcs, type_)["NewShop"] == (7, "active")
    assert "NewShop" not in senders(rcs, other)


def test_sends_take_a_sender_once_it_is_registered(rcs: Rcs) -> None:
    ask(rcs)
    assert sms(rcs, "NewShop") == 422
    rcs.advance("1m")
    assert sms(rcs, "NewShop") == 200


@pytest.mark.parametrize(
    "said",
    [{"sender": "RejectMe"}, {"description": "To be REJECTED"}, {"informing_purpose": "I want it rejected"}],
)
def test_a_word_in_a_request_rejects_it(rcs: Rcs, said: dict[str, str]) -> None:
    made = ask(rcs, **said)
    rcs.advance("59s")
    assert senders(rcs)[made["sender"]] == (None, "registering")
    rcs.advance("1s")
    found = request(rcs, made["id"])
    assert (found["status"], found["rejection_reason"]) == ("rejected", "Rejected by the emulator")
    assert (found["status_changed_at"], found["registered_at"]) == ("2026-03-15 14:31:00", None)
    assert made["sender"] not in senders(rcs)


def test_the_word_in_other_fields_rejects_nothing(rcs: Rcs) -> None:
    made = ask(rcs, name="Ann Reject", comment="reject")
    rcs.advance("1m")
    assert request(rcs, made["id"])["status"] == "registered"


@pytest.mark.parametrize("wait", ["0s", "1m"])
def test_a_name_is_asked_for_once_for_a_country_and_type(rcs: Rcs, wait: str) -> None:
    ask(rcs)
    rcs.advance(wait)
    taken = {"sender": ["This value is already used."]}
    assert rcs.wrong("/senders/requests/legal", LEGAL) == taken
    assert rcs.wrong("/senders/requests/natural", NATURAL | {"comment": "again"}) == taken
    ask(rcs, country_code="DE")
    ask(rcs, type="viber")
    ask(rcs, sender="newshop")


def test_a_name_may_be_asked_for_again_once_it_was_rejected(rcs: Rcs) -> None:
    ask(rcs, description="reject")
    rcs.advance("1m")
    second = ask(rcs)
    rcs.advance("1m")
    assert request(rcs, second["id"])["status"] == "registered"


@each_form
def test_a_repetition_is_refused_for_a_while(rcs: Rcs, path: str, body: Any) -> None:
    ask(rcs, path, description="reject")
    answer = rcs.call("POST", path, body | {"description": "reject"})
    assert (answer.status_code, answer.json()) == (429, {"message": "Too many duplicate request detected"})


@pytest.mark.parametrize("mode", ["demo", "test"])
@each_form
def test_only_a_full_account_registers_senders(rcs: Rcs, path: str, body: Any, mode: str) -> None:
    rcs.emulator.query("UPDATE rcs_account SET mode = ?", mode)
    text = "This action is not available for the account of your type"
    assert rcs.refused("POST", path, body) == (422, text, [])
    assert rcs.call("GET", "/senders/requests/sms").json()["meta"]["page"]["total"] == 2


def test_the_answer_to_a_company(rcs: Rcs) -> None:
    made = ask(
        rcs, "/senders/requests/legal", juridical_name="Shop Ltd", juridical_address="Kyiv", comment=""
    )
    assert made == LEGAL | {
        "id": 11003,
        "status": "new",
        "legal_name": "Shop Ltd",
        "address": "Kyiv",
        "created_at": "2026-03-15 14:30:00",
        "site_url": None,
        "comment": None,
    }


@pytest.mark.parametrize("nothing", [{}, {"comment": None, "site_url": None, "legal_name": None}])
def test_what_a_company_does_not_say_is_null(rcs: Rcs, nothing: Any) -> None:
    made = ask(rcs, "/senders/requests/legal", **nothing)
    assert [made[name] for name in ("legal_name", "address", "site_url", "comment")] == [None] * 4


def test_the_answer_to_a_person(rcs: Rcs) -> None:
    made = ask(rcs, site_url="https://shop.example.com", comment="Soon, please")
    assert made == NATURAL | {
        "id": 11003,
        "status": "new",
        "created_at": "2026-03-15 14:30:00",
        "site_url": "https://shop.example.com",
        "comment": "Soon, please",
    }


BLANK = "This value should not be blank."
WRONG = "This value is not valid."
TEXT = "This value should be of type string."


def long(limit: int) -> str:
    return f"This value is too long. It should have {limit} characters or less."


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("sender", "Twelve4Chars", WRONG),
        ("sender", "1" * 16, WRONG),
        ("sender", "My Shop", WRONG),
        ("sender", "Привет", WRONG),
        ("sender", "Shop\n", WRONG),
        ("sender", "Shop\0", WRONG),
        ("sender", "", BLANK),
        ("sender", None, BLANK),
        ("sender", 380671112233, TEXT),
        ("country_code", "ua", WRONG),
        ("country_code", "UKR", WRONG),
        ("country_code", "XX", "This value is not a valid country."),
        ("country_code", ["UA"], TEXT),
        ("type", "rcs", "The value you selected is not a valid choice."),
        ("type", None, BLANK),
        ("type", {}, "The value you selected is not a valid choice."),
        ("code_of_company", "1" * 31, long(30)),
        ("code_of_company", 31300001, TEXT),
        ("description", "d" * 1001, long(1000)),
        ("description", "", BLANK),
        ("informing_purpose", "d" * 1001, long(1000)),
        ("informing_purpose", {"a": 1}, TEXT),
        ("comment", "c" * 1001, long(1000)),
        ("comment", 5, TEXT),
        ("site_url", "shop.example.com", "This value is not a valid URL."),
        ("site_url", "https://a.example/" + "a" * 133, long(150)),
        ("site_url", True, TEXT),
    ],
)
@each_form
def test_a_wrong_field(rcs: Rcs, path: str, body: Any, name: str, value: Any, text: str) -> None:
    assert rcs.wrong(path, body | {name: value}) == {name: [text]}


@pytest.mark.parametrize(
    ("path", "name", "limit"),
    [
        ("/senders/requests/natural", "name", 100),
        ("/senders/requests/legal", "tax_number", 30),
        ("/senders/requests/legal", "legal_name", 100),
        ("/senders/requests/legal", "address", 200),
    ],
)
def test_a_field_of_one_form(rcs: Rcs, path: str, name: str, limit: int) -> None:
    body = dict(FORMS)[path]
    assert rcs.wrong(path, body | {name: "x" * (limit + 1)}) == {name: [long(limit)]}
    assert rcs.wrong(path, body | {name: ""}) == {name: [BLANK]}
    assert rcs.wrong(path, body | {name: 1}) == {name: [TEXT]}
    assert ask(rcs, path, **{name: "x" * limit})["id"] == 11003


@each_form
def test_what_a_request_needs(rcs: Rcs, path: str, body: Any) -> None:
    assert rcs.wrong(path, {}) == {name: [BLANK] for name in body}
    assert rcs.call("GET", "/senders/requests/sms").json()["meta"]["page"]["total"] == 2


@pytest.mark.parametrize("sender", ["Abcdefghij1", "1", "1" * 15])
def test_the_form_of_a_sender(rcs: Rcs, sender: str) -> None:
    assert ask(rcs, sender=sender)["sender"] == sender


def test_the_names_of_the_schema_are_read(rcs: Rcs) -> None:
    ask(rcs, "/senders/requests/legal", juridical_name="Shop Ltd", juridical_address="Kyiv")
    assert rcs.emulator.http.get("/_emulator/requests").json()["requests"][-1]["unread"] == []


def test_a_blocked_sender_sends_nothing(rcs: Rcs) -> None:
    rcs.emulator.query("UPDATE rcs_sender SET status = 'blocked' WHERE name = 'Shop'")
    assert senders(rcs)["Shop"] == (1, "blocked")
    assert sms(rcs, "Shop") == 422
