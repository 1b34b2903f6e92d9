"""Contact lists: https://bsg.world/documentations/rest-api/lists/."""

from typing import Any

import pytest

from tests.rcs.conftest import Rcs

ANN, JACK = 388000001, 388000002
GONE: Any = (422, "Contact group is not found", [])


def create(rcs: Rcs, name: str, **settings: Any) -> Any:
    answer = rcs.call("POST", "/groups", {"name": name} | settings)
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]


def ids(rcs: Rcs, **params: Any) -> list[int]:
    return [one["id"] for one in rcs.data("GET", "/groups/search", params=params)]


def test_the_lists(rcs: Rcs) -> None:
    answer = rcs.call("GET", "/groups").json()
    assert answer["total"] == 3
    assert answer["data"][1] == {
        "id": 1860002,
        "name": "Subscribers",
        "description": "Everybody who wants news",
        "default": False,
        "created_at": "2026-03-15 14:30:00",
        "items": 42,
        "stop_list_count": 0,
    }


def test_those_who_want_no_sms_or_nothing_by_viber_are_counted_once(rcs: Rcs) -> None:
    for phone, types in (
        (380670000001, ["sms", "viber"]),
        (380670000002, ["viber"]),
        (380670000903, ["rcs"]),
    ):
        rcs.data("POST", "/stoplist/attach", {"phones": [phone], "types": types})
    assert rcs.data("GET", "/groups/1860001")["stop_list_count"] == 2


def test_a_new_list_is_changed(rcs: Rcs) -> None:
    made = create(rcs, "June", description="Those of June")
    changed = rcs.data("PUT", f"/groups/{made['id']}", {"name": "July", "description": "Those of July"})
    assert changed == made | {"name": "July", "description": "Those of July"}


def test_there_is_one_default_list(rcs: Rcs) -> None:
    made = create(rcs, "June", default=True)
    found = {one["id"]: one["default"] for one in rcs.data("GET", "/groups")}
    assert [number for number, is_default in found.items() if is_default] == [made["id"]]


@pytest.mark.parametrize("settings", [{}, {"description": None, "default": None}])
def test_what_an_update_does_not_name_stays(rcs: Rcs, settings: dict[str, None]) -> None:
    changed = rcs.data("PUT", "/groups/1860002", {"name": "Readers"} | settings)
    assert changed["description"] == "Everybody who wants news"
    assert rcs.data("GET", "/groups/1860001")["default"] is True


def test_a_name_is_used_once(rcs: Rcs) -> None:
    taken: Any = (422, "Contact group is already exists", [])
    assert rcs.refused("POST", "/groups", {"name": "VIP"}) == taken
    assert rcs.refused("PUT", "/groups/1860002", {"name": "VIP"}) == taken
    assert rcs.data("PUT", "/groups/1860001", {"name": "VIP"})["name"] == "VIP"


def test_contacts_of_a_deleted_list_stay(rcs: Rcs) -> None:
    assert rcs.call("DELETE", "/groups/1860001").status_code == 204
    assert rcs.refused("GET", "/groups/1860001") == GONE
    assert [one["id"] for one in rcs.data("GET", f"/contacts/{ANN}")["groups"]] == [1860002]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/groups/5", None),
        ("GET", "/groups/x", None),
        ("PUT", "/groups/5", {"name": "June"}),
        ("DELETE", "/groups/5", None),
        ("POST", "/groups/attach", {"contacts": [ANN], "groups": [1860003, 5]}),
        ("POST", "/groups/detach", {"contacts": [ANN], "groups": [1860001, 5]}),
    ],
)
def test_an_unknown_list(rcs: Rcs, method: str, path: str, body: Any) -> None:
    assert rcs.refused(method, path, body) == GONE
    assert [one["id"] for one in rcs.data("GET", f"/contacts/{ANN}")["groups"]] == [1860001, 1860002]


def test_contacts_are_put_in_and_taken_out(rcs: Rcs) -> None:
    body = {"contacts": [ANN, JACK], "groups": [1860003]}
    assert rcs.call("POST", "/groups/attach", body).json() == {}
    rcs.advance("11s")
    assert rcs.call("POST", "/groups/attach", body).json() == {}
    assert rcs.data("GET", "/groups/1860003")["items"] == 2
    assert rcs.call("POST", "/groups/detach", body | {"contacts": [ANN]}).json() == {}
    assert rcs.data("GET", "/groups/1860003")["items"] == 1


def test_one_contact_is_taken_out_by_a_text(rcs: Rcs) -> None:
    answer = rcs.call("POST", "/groups/detach", {"contacts": str(ANN), "groups": "1860001"})
    assert (answer.status_code, answer.json()) == (200, {})
    assert rcs.data("GET", "/groups/1860001")["items"] == 2


@pytest.mark.parametrize("path", ["attach", "detach"])
def test_an_unknown_contact_changes_nothing(rcs: Rcs, path: str) -> None:
    body = {"contacts": [ANN, 5], "groups": [1860001 if path == "detach" else 1860003]}
    assert rcs.refused("POST", f"/groups/{path}", body) == (422, "Invalid contact id", [])
    assert rcs.data("GET", "/groups/1860001")["items"] == 3
    assert rcs.data("GET", "/groups/1860003")["items"] == 0


@pytest.mark.parametrize(
    ("criteria", "expected"),
    [
        ({"search[field]": "phone", "search[value]": "380670000002"}, [1860001]),
        ({"search[field]": "name", "search[operator]": "like", "search[value]": "sub"}, [1860002]),
        ({"search[field]": "items", "search[operator]": ">", "search[value]": "0"}, [1860001, 1860002]),
        ({"search[field]": "description", "search[operator]": "like", "search[value]": "NEWS"}, [1860002]),
        ({"sort": "items", "way": "desc"}, [1860002, 1860001, 1860003]),
        ({"sort": "name"}, [1860003, 1860002, 1860001]),
        ({}, [1860001, 1860002, 1860003]),
    ],
)
def test_a_search(rcs: Rcs, criteria: dict[str, str], expected: list[int]) -> None:
    assert ids(rcs, **criteria) == expected


def test_lists_have_other_names_in_a_search(rcs: Rcs) -> None:
    [one] = rcs.data("GET", "/groups/search", params={"search[field]": "id", "search[value]": "1860001"})
    assert one == {
        "id": 1860001,
        "name": "VIP",
        "description": None,
        "is_default": True,
        "items": 3,
        "created_at": "2026-03-15 14:30:00",
    }


@pytest.mark.parametrize(
    ("path", "body", "wrong"),
    [
        ("", {}, {"name": ["This value should not be blank."]}),
        ("", {"name": "ab"}, {"name": ["This value is too short. It should have 3 characters or more."]}),
        ("", {"name": "June", "default": "perhaps"}, {"default": ["This value should be of type boolean."]}),
        ("/attach", {"contacts": [ANN]}, {"groups": ["This value should not be blank."]}),
        (
            "/attach",
            {"contacts": [ANN] * 201, "groups": [1860001]},
            {"contacts": ["This collection should contain 200 elements or less."]},
        ),
    ],
)
def test_what_is_wrong(rcs: Rcs, path: str, body: Any, wrong: Any) -> None:
    assert rcs.wrong(f"/groups{path}", body) == wrong


def fill(rcs: Rcs, list_id: int, number: int) -> None:
    """Put so many new contacts into a list."""
    rcs.emulator.query(
        "INSERT INTO rcs_contact "
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) "
        "SELECT 500000000 + i, '3700' || (10000000 + i), 0 FROM n",
        number,
    )
    rcs.emulator.query(
        "INSERT INTO rcs_list_member SELECT ?, id FROM rcs_contact WHERE id > 500000000", list_id
    )


RCS_TO_LIST = {"groups": [1860003], "sender": "my_agent", "options": {"text": "Hello"}}
SMS_TO_LIST = {"groups": [1860003], "sender": "MyShop", "text": "Hello"}
UNIVERSAL = {
    "channels": ["sms"],
    "recipients": {"groups": [1860003]},
    "sms": {"sender": "MyShop", "text": "Hello"},
}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "body", "most", "field"),
    [
        ("/campaigns/rcs/send-groups", RCS_TO_LIST, 5000, "groups"),
        ("/campaigns/sms/send-groups", SMS_TO_LIST, 10_000, "groups"),
        ("/campaigns/price", SMS_TO_LIST, 10_000, "groups"),
        ("/campaigns/send", UNIVERSAL, 10_000, "recipientsgroups"),
    ],
)
def test_a_list_that_is_too_large_for_a_campaign_is_not_told_as_too_many_lists(
    rcs: Rcs, path: str, body: Any, most: int, field: str
) -> None:
    fill(rcs, 1860003, most + 1)
    assert rcs.wrong(path, body) == {field: [f"These lists should contain {most} contacts or less."]}


@pytest.mark.slow
def test_phones_and_lists_may_be_too_many_together(rcs: Rcs) -> None:
    fill(rcs, 1860003, 10_000)
    body = UNIVERSAL | {"recipients": {"groups": [1860003], "phones": [{"number": 380671112233}]}}
    assert rcs.wrong("/campaigns/send", body) == {
        "recipients": ["These phones and lists should contain 10000 contacts or less."]
    }
