"""Lists of profiles: their order and cursor, the fields that are shown, and selection by a query."""

from typing import Any

import pytest

from emulator.altcraft.api.profiles import list as listing
from emulator.altcraft.principals import Grant
from tests.altcraft.conftest import SUBACCOUNT, Altcraft

LIST = "/profiles/list"


def pages(altcraft: Altcraft, **body: Any) -> list[list[str]]:
    """Return the ids on each page, up to the empty one."""
    found: list[list[str]] = []
    cursor = ""
    while True:
        answer = altcraft.answer(LIST, from_id=cursor, **body)
        cursor = answer["next_from_id"]
        if not answer["data"]:
            return found
        found.append([profile["id"] for profile in answer["data"]])


def emails(altcraft: Altcraft, query: dict[str, Any], db_id: int = 1) -> set[str]:
    rows = altcraft.data(LIST, db_id=db_id, query=query, fields=["email"])
    return {row["email"] for row in rows}


def test_profiles_come_by_xxh_and_their_cursor_is_that_of_the_last(altcraft: Altcraft) -> None:
    answer = altcraft.answer(LIST, db_id=1, limit=10)
    hashes = [profile["_xxh"] for profile in answer["data"]]
    assert len(hashes) == 10
    assert hashes == sorted(hashes)
    assert answer["next_from_id"] == f"{hashes[-1]}.20260315143000"
    assert answer.keys() == {"data", "error", "error_text", "next_from_id"}


def test_pages_have_everybody_once_and_the_last_one_is_empty(altcraft: Altcraft) -> None:
    found = pages(altcraft, db_id=1, limit=10)
    assert [len(page) for page in found] == [10, 10, 10, 10, 1]
    assert len({one for page in found for one in page}) == 41


def test_an_empty_page_repeats_its_own_cursor(altcraft: Altcraft) -> None:
    assert altcraft.answer(LIST, db_id=4)["next_from_id"] == ""
    last = altcraft.answer(LIST, db_id=1)["next_from_id"]
    assert altcraft.answer(LIST, db_id=1, from_id=last) == {
        "data": [],
        "error": 0,
        "error_text": "Successful operation",
        "next_from_id": last,
    }


def test_a_page_goes_on_behind_a_profile_that_is_named(altcraft: Altcraft) -> None:
    everybody = [profile["id"] for profile in altcraft.data(LIST, db_id=1)]
    assert [one["id"] for one in altcraft.data(LIST, db_id=1, from_id=everybody[4])] == everybody[5:]


def test_a_page_does_not_end_among_profiles_of_one_hash_and_second(altcraft: Altcraft) -> None:
    altcraft.emulator.query(
        "UPDATE altcraft_profile SET xxh = '00000000000000aa', created_at = created_at + 1000 * (number / 4)"
    )
    found = pages(altcraft, db_id=1, limit=3)
    assert len([one for page in found for one in page]) == 41
    assert len({one for page in found for one in page}) == 41
    assert {len(page) for page in found} <= {2, 3, 4}


def test_a_page_has_no_more_than_its_most_rows(altcraft: Altcraft, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "MOST_ROWS", 5)
    assert [len(page) for page in pages(altcraft, db_id=1, limit=1000)] == [5] * 8 + [1]


def test_everything_is_shown_of_a_profile_unless_fields_pick(altcraft: Altcraft) -> None:
    query = {"email": "customer2@example.com"}
    (whole,) = altcraft.data(LIST, db_id=1, query=query)
    assert whole["_city"] == "Omsk"
    assert whole["_open_exist"] is False
    assert [one["channel"] for one in whole["subscriptions"]] == ["email", "push", "sms"]
    assert whole["subscriptions"][0]["email_data"]["domain"] == "example.com"
    fields = ["_id", "_city", "_open_exist", "subscriptions"]
    (picked,) = altcraft.data(LIST, db_id=1, query=query, fields=fields)
    assert picked == {name: whole[name] for name in ("id", "_city", "_open_exist", "subscriptions")}
    assert altcraft.data(LIST, db_id=1, query=query, fields=["_lname"]) == [{}]


def test_what_happened_to_a_profile_is_shown_and_queried(altcraft: Altcraft) -> None:
    altcraft.data("/campaigns/activate/", id=12, run_now=True)
    altcraft.advance("1h")
    (bob,) = altcraft.data(LIST, db_id=1, query={"email": "bob+opened@example.com"})
    assert bob["_open_exist"] is True
    found = emails(altcraft, {"_open_date": {"$gte": "2026-03-15T14:30:00Z"}, "_click_exist": False})
    assert found == {"bob+opened@example.com"}


@pytest.mark.parametrize(
    ("query", "number"),
    [
        ({}, 41),
        ({"$or": [{"_fname": "Oleg"}, {"_city": "Omsk"}]}, 24),
        ({"level": "gold", "custom_tags": {"$all": ["cars", "cats"]}}, 3),
        ({"LOYALTY_SCORE": {"$gte": 100, "$lt": "500"}}, 18),
        ({"_city": {"$exists": False}}, 3),
        ({"_fname": {"$regex": "^m", "$options": "i"}}, 12),
        ({"subscriptions": {"$elemMatch": {"channel": "push", "push_data.provider": "google"}}}, 14),
        ({"subscriptions.resource_id": 99}, 0),
    ],
)
def test_a_query_selects(altcraft: Altcraft, query: dict[str, Any], number: int) -> None:
    assert len(altcraft.data(LIST, db_id=1, query=query, fields=["_id"])) == number


def test_an_open_database_is_queried_by_what_was_kept_in_it(altcraft: Altcraft) -> None:
    assert emails(altcraft, {"shoe size": 43}, db_id=2) == set()
    kept = '{"shoe size":43,"a\'b":{"c":[1,"x"]}}'
    altcraft.emulator.query("UPDATE altcraft_profile SET fields = ? WHERE email = 'eve@example.com'", kept)
    assert emails(altcraft, {"shoe size": {"$gt": 42}, "a'b.c": "x"}, db_id=2) == {"eve@example.com"}
    assert emails(altcraft, {"shoe size": "43"}, db_id=2) == set()


def test_a_token_sees_the_subscriptions_of_its_resources_alone(altcraft: Altcraft) -> None:
    altcraft.emulator.query(
        "UPDATE altcraft_subscription SET resource_id = 1 WHERE address = 'eve@example.com'"
    )
    body = {"db_id": 2, "fields": ["email", "subscriptions"]}
    query = {"email": {"$in": ["eve@example.com", "fred+unsubscribed@example.com"]}}
    shown = {
        row["email"]: len(row["subscriptions"])
        for row in altcraft.data(LIST, token=SUBACCOUNT, query=query, **body)
    }
    assert shown == {"eve@example.com": 0, "fred+unsubscribed@example.com": 1}
    hidden = {"subscriptions.email_data.email": "eve@example.com"}
    assert altcraft.data(LIST, token=SUBACCOUNT, query=hidden, **body) == []
    assert len(altcraft.data(LIST, query=hidden, **body)) == 1


def test_xml_asks_and_is_answered(altcraft: Altcraft) -> None:
    fields = "<fields>_id</fields><fields>_city</fields>"
    answer = altcraft.xml(LIST, f"<db_id>1</db_id><from_id/><limit>1</limit><query/>{fields}").text
    (profile,) = altcraft.data(LIST, db_id=1, limit=1, fields=["_id", "_city"])
    assert f"<id>{profile['id']}</id>" in answer
    assert "<next_from_id>" in answer
    query = "<query><email>Customer2@example.com</email></query><fields array='true'>email</fields>"
    answer = altcraft.xml(LIST, f"<db_id>1</db_id>{query}").text
    assert "<data><email>customer2@example.com</email></data>" in answer


@pytest.mark.parametrize(
    ("field", "reason"),
    [
        ("email", "is no text"),
        ("phones", "is no text"),
        ("_city", "is no text"),
        ("_createtime", "is no date"),
        ("CRM_ID", "is no number"),
        ("level", "is no integer"),
    ],
)
def test_an_object_is_refused_in_xml_where_a_field_holds_none(
    altcraft: Altcraft, field: str, reason: str
) -> None:
    query = f"<query><{field}><in array='true'>5</in></{field}></query>"
    answer = altcraft.xml(LIST, f"<db_id>1</db_id>{query}").text
    assert f"<error_text>Incorrect request: query.{field}: {reason}</error_text>" in answer


@pytest.mark.parametrize(
    "operator", ["<$or><_city>Omsk</_city></$or>", "<item name='$or'><_city>Omsk</_city></item>"]
)
def test_xml_can_not_carry_operators(altcraft: Altcraft, operator: str) -> None:
    answer = altcraft.xml(LIST, f"<db_id>1</db_id><query>{operator}</query>").text
    assert "<error>400</error>" in answer
    assert "Incorrect request: body: operators of queries, such as $or, can not be written in XML" in answer


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ({}, (400, "Incorrect request: db_id: Field required")),
        ({"db_id": 9}, (404, "Object not found: database 9")),
        ({"db_id": 1, "token": SUBACCOUNT}, (404, "Object not found: database 1")),
        ({"db_id": 1, "token": "none"}, (403, "Access denied")),
        ({"db_id": 1, "query": {"$where": "1"}}, (400, "Incorrect request: query.$where: is no operator")),
        ({"db_id": 1, "query": {"town": "Omsk"}}, (400, "Incorrect request: query.town: is no field of")),
        ({"db_id": 1, "query": [1]}, (400, "Incorrect request: query: Input should be a valid object")),
        ({"db_id": 1, "query": "{}"}, (400, "Incorrect request: query: Input should be a valid object")),
        ({"db_id": 1, "fields": ["town"]}, (400, "Incorrect request: fields: town is no field of the")),
        ({"db_id": 1, "fields": [{}]}, (400, "Incorrect request: fields.0: Input should be a valid string")),
        ({"db_id": 1, "limit": 0}, (400, "Incorrect request: limit: Input should be greater than or equal")),
        ({"db_id": 1, "from_id": 7}, (400, "Incorrect request: from_id: Input should be a valid string")),
        ({"db_id": 1, "from_id": "0" * 24}, (404, f"Object not found: profile profile_id={'0' * 24}")),
        *(
            ({"db_id": 1, "from_id": cursor}, (400, "Incorrect request: from_id: must be a next_from_id"))
            for cursor in ("x", "0\0", "0" * 16, f"{'0' * 16}.20261315143000", f"{'0' * 16}.00010101000000")
        ),
    ],
)
def test_what_does_not_exist_or_fit_is_refused(
    altcraft: Altcraft, body: dict[str, Any], refusal: tuple[int, str]
) -> None:
    code, text = altcraft.refused(LIST, **body)
    assert (code, text[: len(refusal[1])]) == refusal


def test_too_much_work_is_refused(altcraft: Altcraft, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("emulator.patterns.MOST_STEPS", 8000)
    query = {"email": {"$regex": "(customer|subscriber)+7.*example"}}
    code, text = altcraft.refused(LIST, db_id=1, query=query)
    assert (code, text[:52]) == (400, "Incorrect request: query: it takes more than 8,000 s")
    assert altcraft.answer(LIST, db_id=1)["error"] == 0


def test_a_token_without_the_right_lists_nobody(altcraft: Altcraft, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Grant, "may", lambda _, right: right != "profiles.view")
    assert altcraft.refused(LIST, db_id=1) == (403, "Access denied")
