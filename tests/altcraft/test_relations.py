"""Relations between profiles of two databases: created, changed, removed and shown."""

from typing import Any

import pytest
from httpx2 import Response

from tests.altcraft.conftest import SUBACCOUNT, SUCCESS, VIEW_ONLY, Altcraft

ANN, BOB = {"email": "ann@example.com"}, {"email": "bob+opened@example.com"}
EVE, FRED = {"email": "eve@example.com"}, {"email": "fred+unsubscribed@example.com"}
FIVE_MODES = "must be one of email, email_profile, phone, profile_id, custom"
WRITING = ["attach", "edit", "strengthen", "detach"]


def change(altcraft: Altcraft, action: str, a: Any = BOB, b: Any = EVE, **body: Any) -> Any:
    """Change relation 3 of two profiles, and return the whole response."""
    return altcraft.answer(f"/relations/{action}", rel_id=3, profile_a=a, profile_b=b, **body)


def refused(altcraft: Altcraft, action: str, **body: Any) -> tuple[int, str]:
    said = {"rel_id": 3, "profile_a": BOB, "profile_b": EVE, "weights": {"likes": 1}} | body
    return altcraft.refused(f"/relations/{action}", **said)


def props(altcraft: Altcraft, a: Any = BOB) -> list[Any]:
    """Return the properties of all relations of a profile."""
    return [row["props"] for row in altcraft.data("/relations/get", rel_id=3, **a)]


def test_relations_of_a_profile_are_shown_with_the_other_profile(altcraft: Altcraft) -> None:
    answer = altcraft.answer("/relations/get", rel_id=3, **ANN)
    assert answer["total_count"] == 1
    (row,) = answer["data"]
    assert len(row["profile_id_a"]) == len(row["profile_id_b"]) == 24
    assert (row["xxh_a"], row["xxh_b"], row["db_b"]) == ("10f64e1beb9ffc07", "ff6be8c89d65cb31", 2)
    assert row["props"] == {"exr": {"value": 11323123}}


@pytest.mark.parametrize("action", ["attach", "edit", "strengthen"])
def test_a_relation_is_made_where_there_is_none(altcraft: Altcraft, action: str) -> None:
    made = change(
        altcraft, action, weights={"user_like": 2, "donate": -343.5, "is_online": True, "by": "app"}
    )
    (row,) = altcraft.data("/relations/get", rel_id=3, **BOB)
    assert made == {
        "error": 0,
        "error_text": "",
        "profile_a": row["profile_id_a"],
        "profile_b": row["profile_id_b"],
        "relation_id": 3,
    }
    assert row["props"] == {
        "user_like": {"value": 2},
        "donate": {"value": -343.5},
        "is_online": {"value": True},
        "by": {"value": "app"},
    }


@pytest.mark.parametrize(
    ("action", "weights", "left"),
    [
        ("attach", {"likes": 1}, {"likes": 1, "donate": 10, "online": True, "by": "app"}),
        ("edit", {"likes": 1, "online": False}, {"likes": 1, "donate": 10, "online": False, "by": "app"}),
        ("edit", {"by": 7}, {"likes": 5, "donate": 10, "online": True, "by": 7}),
        (
            "strengthen",
            {"likes": 1, "donate": -12.5},
            {"likes": 6, "donate": -2.5, "online": True, "by": "app"},
        ),
        ("strengthen", {"new": 3}, {"likes": 5, "donate": 10, "online": True, "by": "app", "new": 3}),
        (
            "strengthen",
            {"online": False, "by": "web"},
            {"likes": 5, "donate": 10, "online": False, "by": "web"},
        ),
        (
            "strengthen",
            {"online": 1, "likes": "many"},
            {"likes": "many", "donate": 10, "online": 1, "by": "app"},
        ),
    ],
)
def test_properties_are_replaced_or_added_to(
    altcraft: Altcraft, action: str, weights: dict[str, object], left: dict[str, object]
) -> None:
    change(altcraft, "attach", weights={"likes": 5, "donate": 10, "online": True, "by": "app"})
    change(altcraft, action, weights=weights)
    assert props(altcraft) == [{name: {"value": value} for name, value in left.items()}]


def test_attaching_needs_no_properties(altcraft: Altcraft) -> None:
    change(altcraft, "attach")
    assert props(altcraft) == [{}]
    change(altcraft, "attach", weights={"likes": 1})
    change(altcraft, "attach", weights={})
    assert props(altcraft) == [{"likes": {"value": 1}}]


def test_texts_that_are_numbers_or_flags_count_as_these(altcraft: Altcraft) -> None:
    change(altcraft, "attach", weights={"likes": "2", "rate": "-0.5", "online": "TRUE", "code": "007"})
    change(altcraft, "strengthen", weights={"likes": "3"})
    shown = {name: prop["value"] for name, prop in props(altcraft)[0].items()}
    assert shown == {"likes": 5, "rate": -0.5, "online": True, "code": "007"}


def test_null_and_empty_texts_say_nothing(altcraft: Altcraft) -> None:
    change(altcraft, "attach", weights={"likes": 2})
    change(altcraft, "edit", weights={"likes": None, "by": ""})
    assert props(altcraft) == [{"likes": {"value": 2}}]


def test_relations_have_a_direction_and_a_kind(altcraft: Altcraft) -> None:
    change(altcraft, "attach", weights={"likes": 1})
    assert refused(altcraft, "get", **EVE) == (404, "Object not found: profile email=eve@example.com")
    assert refused(altcraft, "get", rel_id=4, **BOB) == (404, "Object not found: relation 4")


def test_detaching_takes_the_relation_away(altcraft: Altcraft) -> None:
    change(altcraft, "attach", weights={"likes": 1})
    change(altcraft, "attach", b=FRED, weights={"likes": 2})
    assert change(altcraft, "detach").keys() == {
        "error",
        "error_text",
        "profile_a",
        "profile_b",
        "relation_id",
    }
    assert props(altcraft) == [{"likes": {"value": 2}}]
    change(altcraft, "attach")
    assert props(altcraft) == [{"likes": {"value": 2}}, {}]


def test_detaching_what_is_not_attached_is_refused(altcraft: Altcraft) -> None:
    ids = change(altcraft, "attach")
    change(altcraft, "detach")
    pair = f"{ids['profile_a']} and {ids['profile_b']}"
    assert refused(altcraft, "detach") == (404, f"Object not found: relation 3 of profiles {pair}")


def test_a_profile_without_relations_has_an_empty_list(altcraft: Altcraft) -> None:
    assert altcraft.answer("/relations/get", rel_id=3, **BOB) == SUCCESS | {"data": [], "total_count": 0}
    assert (
        "<data/>"
        in altcraft.xml("/relations/get", "<rel_id>3</rel_id><email>bob+opened@example.com</email>").text
    )


def test_the_counter_sums_the_numbers_of_all_relations(altcraft: Altcraft) -> None:
    change(altcraft, "attach", b=EVE, weights={"likes": 2, "rate": 0.5, "online": True, "by": "app"})
    change(altcraft, "attach", b=FRED, weights={"likes": -5, "rate": 1, "online": 4, "once": 1})
    (row, _) = altcraft.data("/relations/get", rel_id=3, **BOB)
    assert altcraft.data("/relations/get_counter", rel_id=3, **BOB) == {
        "profile_id": row["profile_id_a"],
        "profile_xxh": row["xxh_a"],
        "props": {
            "likes": {"value": -3},
            "rate": {"value": 1.5},
            "online": {"value": 4},
            "once": {"value": 1},
        },
    }


def test_the_counter_of_a_profile_without_relations_is_empty(altcraft: Altcraft) -> None:
    assert altcraft.data("/relations/get_counter", rel_id=3, **BOB)["props"] == {}


def test_profiles_are_found_in_five_modes(altcraft: Altcraft) -> None:
    (row,) = altcraft.data("/relations/get", rel_id=3, **ANN)
    phone = altcraft.data("/relations/get", rel_id=3, matching="phone", phone="+7 900 000-00-01")
    assert phone == [row]
    assert altcraft.data("/relations/get", rel_id=3, matching="email_profile", email=" ANN@example.com") == [
        row
    ]
    assert altcraft.data("/relations/get", rel_id=3, profile_id=row["profile_id_a"]) == [row]
    custom = {"matching": "custom", "field_name": "_fname", "field_value": "Nobody"}
    refusal = altcraft.refused("/relations/get", rel_id=3, **custom)
    assert refusal == (404, "Object not found: profile _fname=Nobody")


def test_the_sides_are_found_in_modes_of_their_own(altcraft: Altcraft) -> None:
    (row,) = altcraft.data("/relations/get", rel_id=3, **ANN)
    by_id = {"matching": "profile_id", "profile_id": row["profile_id_b"]}
    change(altcraft, "strengthen", a={"phone": 79000000001}, b=by_id, weights={"exr": 1})
    assert props(altcraft, ANN) == [{"exr": {"value": 11323124}}]


def test_own_addresses_count_whatever_the_resource(altcraft: Altcraft) -> None:
    found = altcraft.data("/relations/get_counter", rel_id=3, resource_id=26, **ANN)
    assert found["props"] == {"exr": {"value": 11323123}}


def test_a_profile_that_several_match_is_refused(altcraft: Altcraft) -> None:
    custom = {"matching": "custom", "field_name": "_city", "field_value": "Omsk"}
    assert refused(altcraft, "attach", profile_a=custom) == (409, "More than one profile matches: _city=Omsk")
    assert altcraft.refused("/relations/get", rel_id=3, **custom)[0] == 409


@pytest.mark.parametrize("action", WRITING)
@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ({"rel_id": None}, (400, "Incorrect request: rel_id: Field required")),
        ({"rel_id": "x"}, (400, "Incorrect request: rel_id: Input should be a valid integer")),
        ({"rel_id": 9}, (404, "Object not found: relation 9")),
        ({"profile_b": EVE | {"resource_id": 999}}, (404, "Object not found: resource 999")),
        ({"profile_a": ""}, (400, "Incorrect request: profile_a: Field required")),
        ({"profile_b": {}}, (400, "Incorrect request: profile_b.email: Field required")),
        (
            {"profile_a": {"email": "nobody"}},
            (400, "Incorrect request: profile_a.email: is no e-mail address"),
        ),
        ({"profile_a": {"email": ["x"]}}, (400, "Incorrect request: profile_a.email: is no text")),
        ({"profile_b": {"phone": {}}}, (400, "Incorrect request: profile_b.phone: is no text")),
        (
            {"profile_b": {"profile_id": 7}},
            (400, "Incorrect request: profile_b.profile_id: Input should be a valid string"),
        ),
        ({"profile_b": {"profile_id": "7\0"}}, (404, "Object not found: profile profile_id=7\0")),
        (
            {"profile_a": {"matching": "email_sub"} | BOB},
            (
                400,
                f"Incorrect request: profile_a.matching: {FIVE_MODES}",
            ),
        ),
        (
            {"profile_a": {"matching": ["email"]}},
            (400, "Incorrect request: profile_a.matching: Input should be a valid string"),
        ),
        (
            {"profile_a": {"email": "eve@example.com"}},
            (404, "Object not found: profile email=eve@example.com"),
        ),
        (
            {"profile_b": {"email": "ann@example.com"}},
            (404, "Object not found: profile email=ann@example.com"),
        ),
        (
            {"profile_a": {"field_name": "orders", "field_value": [{"id": 1}]}},
            (400, "Incorrect request: profile_a.field_name: objects match nobody"),
        ),
    ],
)
def test_what_does_not_exist_or_fit_is_refused(
    altcraft: Altcraft, action: str, body: dict[str, object], refusal: tuple[int, str]
) -> None:
    assert refused(altcraft, action, **body) == refusal
    assert props(altcraft) == []


NO_PROPERTY = "must be a number, a flag or a text"


@pytest.mark.parametrize("action", ["attach", "edit", "strengthen"])
@pytest.mark.parametrize(
    ("weights", "reason"),
    [
        ("many", "weights: Input should be a valid object"),
        ([1], "weights: Input should be a valid object"),
        ({"likes": 1, "by": [1]}, f"weights.by: {NO_PROPERTY}"),
        ({"likes": {"value": 1}}, f"weights.likes: {NO_PROPERTY}"),
        ({"likes": 2**63}, "weights.likes: is out of range"),
        ({"likes": 1e300}, "weights.likes: is out of range"),
        ({"likes": "9" * 30}, "weights.likes: is out of range"),
        ({"by": "x" * 10_001}, "weights.by: is longer than 10000 characters"),
        ({"": 1}, "weights: a name: String should have at least 1 character"),
    ],
)
def test_weights_that_are_no_properties_are_refused(
    altcraft: Altcraft, action: str, weights: object, reason: str
) -> None:
    assert refused(altcraft, action, weights=weights) == (400, f"Incorrect request: {reason}")
    assert props(altcraft) == []


@pytest.mark.parametrize("action", ["edit", "strengthen"])
def test_changing_properties_needs_some(altcraft: Altcraft, action: str) -> None:
    assert refused(altcraft, action, weights=None) == (400, "Incorrect request: weights: Field required")


def test_a_sum_that_is_too_large_changes_nothing(altcraft: Altcraft) -> None:
    change(altcraft, "attach", weights={"likes": 2**63 - 1, "donate": 1})
    refusal = refused(altcraft, "strengthen", weights={"donate": 1, "likes": 1})
    assert refusal == (400, "Incorrect request: weights.likes: is out of range")
    assert props(altcraft) == [{"likes": {"value": 2**63 - 1}, "donate": {"value": 1}}]
    change(altcraft, "attach", b=FRED, weights={"likes": 2**63 - 1})
    total = altcraft.data("/relations/get_counter", rel_id=3, **BOB)["props"]["likes"]
    assert total == {"value": 2**64 - 2}


@pytest.mark.parametrize("path", ["/relations/get", "/relations/get_counter"])
@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ({}, (400, "Incorrect request: rel_id: Field required")),
        ({"rel_id": 3}, (400, "Incorrect request: email: Field required")),
        ({"rel_id": 9} | ANN, (404, "Object not found: relation 9")),
        ({"rel_id": 3, "resource_id": 999} | ANN, (404, "Object not found: resource 999")),
        ({"rel_id": 3, "email": "x@example.com"}, (404, "Object not found: profile email=x@example.com")),
        (
            {"rel_id": 3, "matching": "push_sub"} | ANN,
            (
                400,
                f"Incorrect request: matching: {FIVE_MODES}",
            ),
        ),
    ],
)
def test_reading_is_refused_alike(
    altcraft: Altcraft, path: str, body: dict[str, object], refusal: tuple[int, str]
) -> None:
    assert altcraft.refused(path, **body) == refusal


def xml_change(altcraft: Altcraft, action: str, weights: str) -> Response:
    a = f"<profile_a><email>{BOB['email']}</email></profile_a>"
    b = f"<profile_b><email>{EVE['email']}</email></profile_b>"
    return altcraft.xml(f"/relations/{action}", f"<rel_id>3</rel_id>{a}{b}{weights}")


def test_relations_in_xml(altcraft: Altcraft) -> None:
    xml_change(altcraft, "attach", "<weights><likes>2</likes><online>true</online><by>app</by></weights>")
    answer = xml_change(altcraft, "strengthen", "<weights><likes>-0.5</likes><by/></weights>").text
    (row,) = altcraft.data("/relations/get", rel_id=3, **BOB)
    a, b = row["profile_id_a"], row["profile_id_b"]
    assert answer == (
        f"<xml><error>0</error><error_text/><profile_a>{a}</profile_a><profile_b>{b}</profile_b>"
        "<relation_id>3</relation_id></xml>"
    )
    shown = altcraft.xml("/relations/get", f"<rel_id>3</rel_id><profile_id>{a}</profile_id>").text
    assert shown == (
        f"<xml><data><profile_id_a>{a}</profile_id_a><xxh_a>{row['xxh_a']}</xxh_a>"
        f"<profile_id_b>{b}</profile_id_b><xxh_b>{row['xxh_b']}</xxh_b><db_b>2</db_b><props><likes><value>1.5</value></likes>"
        "<online><value>true</value></online><by><value>app</value></by></props></data>"
        "<error>0</error><error_text>Successful operation</error_text><total_count>1</total_count></xml>"
    )


def test_names_of_properties_that_xml_can_not_have(altcraft: Altcraft) -> None:
    change(altcraft, "attach", weights={"a b": 1, "\0": 2})
    assert props(altcraft) == [{"a b": {"value": 1}, "\0": {"value": 2}}]
    shown = altcraft.xml("/relations/get_counter", f"<rel_id>3</rel_id><email>{BOB['email']}</email>").text
    assert '<item name="a b"><value>1</value></item>' in shown


def test_a_refusal_in_xml(altcraft: Altcraft) -> None:
    assert xml_change(altcraft, "edit", "").text == (
        "<xml><data/><error>400</error>"
        "<error_text>Incorrect request: weights: Field required</error_text></xml>"
    )
    answer = xml_change(altcraft, "edit", "<weights><a>1</a><a>2</a></weights>").text
    assert f"weights.a: {NO_PROPERTY}" in answer


def test_an_empty_element_changes_no_property_as_an_empty_object_does(altcraft: Altcraft) -> None:
    xml_change(altcraft, "edit", "<weights><a>1</a></weights>")
    assert "<error>0</error>" in xml_change(altcraft, "edit", "<weights/>").text
    (relation,) = altcraft.data("/relations/get", rel_id=3, **BOB)
    assert relation["props"] == {"a": {"value": 1}}


@pytest.mark.parametrize("action", WRITING)
def test_changing_needs_the_right_to_edit_profiles(altcraft: Altcraft, action: str) -> None:
    assert refused(altcraft, action, token=VIEW_ONLY) == (403, "Access denied")
    assert altcraft.data("/relations/get", token=VIEW_ONLY, rel_id=3, **BOB) == []


@pytest.mark.parametrize("action", [*WRITING, "get", "get_counter"])
def test_a_token_that_sees_one_database_alone_is_refused(altcraft: Altcraft, action: str) -> None:
    assert refused(altcraft, action, token=SUBACCOUNT, **BOB) == (404, "Object not found: database 1")


def test_a_repeated_strengthening_counts_once(altcraft: Altcraft) -> None:
    for name in ("one", "one", "other"):
        headers = {"Request-ID": name}
        change(altcraft, "strengthen", weights={"likes": 1}, headers=headers)
    assert props(altcraft) == [{"likes": {"value": 2}}]


def test_relations_go_with_their_profiles(altcraft: Altcraft) -> None:
    altcraft.data("/databases/wipe", id=2)
    assert props(altcraft, ANN) == []
