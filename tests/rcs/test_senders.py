"""Senders and requests to register them: https://bsg.world/documentations/rest-api/senders/."""

from typing import Any

import pytest

from tests.rcs.conftest import Rcs

PERSON = {
    "country_code": "UA",
    "type": "sms",
    "sender": "NewShop",
    "code_of_company": "00032001",
    "name": "Ann Example",
    "informing_purpose": "Orders",
    "description": "Flowers",
}
COMPANY = {name: value for name, value in PERSON.items() if name != "name"} | {"tax_number": "1"}
SMS = {"phones": [{"number": 380671112233}], "sender": "NewShop", "text": "Hello"}


def submit(rcs: Rcs, body: Any = PERSON, kind: str = "natural") -> Any:
    answer = rcs.call("POST", f"/senders/requests/{kind}", body)
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]


def requests(rcs: Rcs, **filters: Any) -> Any:
    params = {f"filter[{name}]": value for name, value in filters.items()}
    return rcs.data("GET", "/senders/requests/sms", params=params)


def senders(rcs: Rcs, type_: str = "sms") -> dict[str, str]:
    found = rcs.data("GET", "/senders", params={"type": type_})
    return {sender["sender"]: sender["status"] for sender in found}


def test_a_request_becomes_a_sender_that_sends(rcs: Rcs) -> None:
    submit(rcs)
    seen = []
    for step in ("0s", "20s", "20s", "19s"):
        rcs.advance(step)
        seen.append((requests(rcs)[0]["status"], senders(rcs)["NewShop"]))
    assert seen == [
        ("new", "registering"),
        ("accepted", "registering"),
        ("in_progress", "registering"),
        ("in_progress", "registering"),
    ]
    assert rcs.wrong("/campaigns/sms/send", SMS) == {"sender": ["Sender not found"]}
    rcs.advance("1s")
    [request] = requests(rcs)
    assert (request["status"], request["registered_at"], request["status_changed_at"]) == (
        "registered",
        "2026-03-15 14:31:00",
        "2026-03-15 14:31:00",
    )
    assert senders(rcs)["NewShop"] == "active"
    assert rcs.data("POST", "/campaigns/sms/send", SMS)["sender"] == "NewShop"


@pytest.mark.parametrize("field", ["sender", "description", "informing_purpose"])
def test_a_request_that_is_rejected(rcs: Rcs, field: str) -> None:
    submit(rcs, PERSON | {field: "Rejected"})
    rcs.advance("1m")
    [request] = requests(rcs)
    assert (request["status"], request["rejection_reason"], request["registered_at"]) == (
        "rejected",
        "Rejected by the emulator",
        None,
    )
    assert request["sender"] not in senders(rcs)


def test_a_name_is_asked_for_once_in_a_country_unless_it_was_rejected(rcs: Rcs) -> None:
    wrong = {"sender": ["This value is already used."]}
    submit(rcs, PERSON | {"description": "reject me"})
    assert rcs.wrong("/senders/requests/legal", COMPANY) == wrong
    assert submit(rcs, PERSON | {"country_code": "DE"})["status"] == "new"
    rcs.advance("1m")
    assert submit(rcs)["status"] == "new"
    rcs.advance("2m")
    assert rcs.wrong("/senders/requests/natural", PERSON) == wrong


def test_a_viber_sender(rcs: Rcs) -> None:
    submit(rcs, PERSON | {"type": "viber"})
    rcs.advance("1m")
    assert senders(rcs, "viber") == {"Notify": "active", "NewShop": "active"}
    assert "NewShop" not in senders(rcs)


@pytest.mark.parametrize(
    "names",
    [
        {"legal_name": "Shop Ltd", "address": "Kyiv"},
        {"juridical_name": "Shop Ltd", "juridical_address": "Kyiv"},
    ],
)
def test_a_companys_request_in_either_spelling(rcs: Rcs, names: dict[str, str]) -> None:
    made = submit(rcs, COMPANY | names, "legal")
    assert (made["legal_name"], made["address"], made["tax_number"]) == ("Shop Ltd", "Kyiv", "1")
    assert not {"name", "registered_at", "status_changed_at", "rejection_reason"} & set(made)
    assert rcs.emulator.http.get("/_emulator/requests").json()["requests"][-1]["unread"] == []


def test_a_companys_request_without_names(rcs: Rcs) -> None:
    made = submit(rcs, COMPANY, "legal")
    assert (made["legal_name"], made["address"]) == (None, None)


def test_an_empty_comment_is_none(rcs: Rcs) -> None:
    assert submit(rcs, PERSON | {"comment": ""})["comment"] is None


def test_requests_are_filtered_sorted_and_paged(rcs: Rcs) -> None:
    for number, country in enumerate(("UA", "DE", "IT")):
        submit(rcs, PERSON | {"sender": f"Shop{number}", "country_code": country})
        rcs.advance("20s")
    names = [request["sender"] for request in requests(rcs)]
    assert names == ["Shop0", "Shop1", "Shop2"]
    assert [request["sender"] for request in requests(rcs, status="accepted")] == ["Shop2"]
    assert [request["sender"] for request in requests(rcs, status="in progress")] == ["Shop1"]
    assert [request["sender"] for request in requests(rcs, country_code="DE")] == ["Shop1"]
    assert len(requests(rcs, created_at="2026-03-15T00:00:00.000000")) == 3
    assert requests(rcs, created_at="2026-03-16") == []
    answer = rcs.call(
        "GET", "/senders/requests/sms", params={"sort": "sender", "way": "desc", "page[limit]": 30}
    )
    assert [request["sender"] for request in answer.json()["data"]] == ["Shop2", "Shop1", "Shop0"]
    assert answer.json()["meta"] == {"page": {"total": 3, "limit": 30, "offset": 0}}


CHOICE, BLANK, INVALID = (
    ["The value you selected is not a valid choice."],
    ["This value should not be blank."],
    ["This value is not valid."],
)


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"sender": "Best Seller"}, {"sender": INVALID}),
        ({"sender": "TwelveLetter"}, {"sender": INVALID}),
        ({"type": "rcs"}, {"type": CHOICE}),
        (
            {"country_code": "Ukraine"},
            {"country_code": ["This value is too long. It should have 2 characters or less."]},
        ),
        ({"name": ""}, {"name": BLANK}),
        ({"site_url": "shop.example"}, {"site_url": ["This value is not a valid URL."]}),
        ({"description": None}, {"description": ["This value should be of type string."]}),
    ],
)
def test_what_is_wrong_of_a_request(rcs: Rcs, change: Any, wrong: Any) -> None:
    assert rcs.wrong("/senders/requests/natural", PERSON | change) == wrong
    assert requests(rcs) == []


@pytest.mark.parametrize("params", [{}, {"type": "rcs"}])
def test_senders_are_listed_by_type(rcs: Rcs, params: Any) -> None:
    assert list(rcs.refused("GET", "/senders", params=params)[2]) == ["type"]


@pytest.mark.parametrize("mode", ["demo", "test"])
def test_only_live_accounts_register_senders(rcs: Rcs, mode: str) -> None:
    rcs.emulator.query("UPDATE rcs_account SET mode = ?", mode)
    text = "This action is not available for the account of your type"
    assert rcs.refused("POST", "/senders/requests/natural", PERSON) == (422, text, [])


def test_a_blocked_sender_sends_nothing(rcs: Rcs) -> None:
    rcs.emulator.query("UPDATE rcs_sender SET status = 'blocked' WHERE name = 'Shop'")
    assert senders(rcs)["Shop"] == "blocked"
    assert rcs.wrong("/campaigns/sms/send", SMS | {"sender": "Shop"}) == {"sender": ["Sender not found"]}


def test_tariffs(rcs: Rcs) -> None:
    answer = rcs.call("GET", "/accounts/tariff").json()
    assert [(one["id"], one["code"]) for one in answer["data"]] == [(50003, 3), (50005, 5), (50009, 9)]
    assert (answer["total"], answer["data"][2]["is_default"]) == (3, True)


@pytest.mark.parametrize("number", ["x", "0"])
def test_an_address_book_is_a_number(rcs: Rcs, number: str) -> None:
    assert rcs.refused("GET", f"/settings/address-book-fields/{number}")[:2] == (404, "Model not found")
