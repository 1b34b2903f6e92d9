"""Profiles, written one at a time: import, update and add."""

from typing import Any

import pytest

from tests.altcraft.conftest import SUBACCOUNT, VIEW_ONLY, Altcraft

ANN: dict[str, Any] = {"db_id": 1, "email": "ann@example.com"}


def profile(altcraft: Altcraft, email: str, database: int = 1) -> Any:
    return altcraft.data("/profiles/get/", db_id=database, matching="email_profile", email=email)


def write(altcraft: Altcraft, path: str = "import", **body: Any) -> str:
    """Write a profile of database 1; return its id."""
    return str(altcraft.answer(f"/profiles/{path}", **{"db_id": 1} | body)["profile_id"])


def subscription(email: str, resource: int = 1, **more: Any) -> dict[str, Any]:
    return {"channel": "email", "email": email, "resource_id": resource} | more


def test_an_import_that_finds_nobody_makes_a_profile(altcraft: Altcraft) -> None:
    answer = altcraft.answer("/profiles/import", db_id=1, email="New@Example.com ", data={"_fname": "New"})
    assert answer.keys() == {"error", "error_text", "profile_id"}
    assert answer["error_text"] == "Successful operation"
    new = profile(altcraft, "new@example.com")
    assert (new["id"], new["_fname"], new["_status"]) == (answer["profile_id"], "New", 0)


def test_an_import_that_finds_somebody_changes_them(altcraft: Altcraft) -> None:
    before = profile(altcraft, "ann@example.com")
    assert write(altcraft, **ANN, data={"_lname": "Petrova"}) == before["id"]
    after = profile(altcraft, "ann@example.com")
    assert (after["_fname"], after["_lname"]) == ("Ann", "Petrova")


def test_an_import_goes_by_the_address_in_its_data_where_nothing_else_is_said(altcraft: Altcraft) -> None:
    before = profile(altcraft, "ann@example.com")["id"]
    assert write(altcraft, data={"email": "ann@example.com"}) == before
    assert write(altcraft, data={"phones": ["+7 900 000-00-01"]}) == before
    refusal = altcraft.refused("/profiles/import", db_id=1, data={"_fname": "Ann"})
    assert refusal == (400, "Incorrect request: email: Field required")


@pytest.mark.parametrize(
    ("match", "stored"),
    [
        ({"matching": "email_profile", "email": "x@example.com"}, {"email": "x@example.com"}),
        ({"phone": "+79110000001"}, {"phones": ["+79110000001"]}),
        ({"matching": "email_phone", "email": "x@example.com", "phone": 79110000001},
         {"email": "x@example.com", "phones": ["+79110000001"]}),
        ({"field_name": "CRM_ID", "field_value": "12"}, {"CRM_ID": 12}),
        ({"field_name": "custom_tags", "field_value": "new, rare"}, {"custom_tags": ["new", "rare"]}),
    ],
)  # fmt: skip
def test_what_a_new_profile_was_looked_for_by_is_stored(
    altcraft: Altcraft, match: dict[str, Any], stored: dict[str, Any]
) -> None:
    number = write(altcraft, **match, data={})
    shown = altcraft.data("/profiles/get/", db_id=1, profile_id=number)
    assert {name: shown[name] for name in stored} == stored
    assert write(altcraft, **match, data={"_fname": "Found"}) == number


@pytest.mark.parametrize(
    ("match", "channel"),
    [
        ({"matching": "email_sub", "email": "x@example.com", "resource_id": 1}, "email"),
        ({"matching": "phone_sub", "phone": "+79110000001", "resource_id": 1}, "sms"),
        ({"matching": "email_phone_sub", "phone": "+79110000001", "resource_id": 1}, "sms"),
        ({"matching": "push_sub", "provider": "google", "subscription_id": "t1", "resource_id": 1}, "push"),
    ],
)
def test_a_subscription_that_a_new_profile_was_looked_for_by_is_made(
    altcraft: Altcraft, match: dict[str, Any], channel: str
) -> None:
    number = write(altcraft, **match, data={})
    shown = altcraft.data("/profiles/get/", db_id=1, profile_id=number)
    assert [(one["channel"], one["resource_id"]) for one in shown["subscriptions"]] == [(channel, 1)]
    assert write(altcraft, **match, data={}) == number


@pytest.mark.parametrize(
    ("match", "refusal"),
    [
        ({"matching": "email_sub", "email": "x@example.com", "resource_id": 24},
         'field "subscriptions.resource_id" is not valid: resource not found'),
        ({"matching": "email_sub", "email": "x@example.com", "resource_id": 36},
         'field "subscriptions.channel" is not valid: channel not allowed'),
    ],
)  # fmt: skip
def test_no_subscription_is_made_to_a_resource_that_does_not_take_it(
    altcraft: Altcraft, match: dict[str, Any], refusal: str
) -> None:
    assert altcraft.refused("/profiles/import", db_id=1, **match, data={}) == (440, refusal)


def test_no_subscription_is_made_without_a_resource(altcraft: Altcraft) -> None:
    body = {"db_id": 1, "matching": "email_sub", "email": "x@example.com", "data": {}}
    assert altcraft.refused("/profiles/import", **body) == (
        400,
        "Incorrect request: resource_id: Field required",
    )


def test_an_id_finds_and_never_makes(altcraft: Altcraft) -> None:
    number = profile(altcraft, "ann@example.com")["id"]
    assert write(altcraft, profile_id=number, data={}) == number
    refusal = altcraft.refused("/profiles/import", db_id=1, profile_id="f" * 24, data={})
    assert refusal == (404, f"Object not found: profile profile_id={'f' * 24}")


def test_an_update_needs_a_profile(altcraft: Altcraft) -> None:
    assert write(altcraft, "update", **ANN, data={"_fname": "Anna"})
    assert profile(altcraft, "ann@example.com")["_fname"] == "Anna"
    refusal = altcraft.refused("/profiles/update", db_id=1, email="x@example.com", data={})
    assert refusal == (404, "Object not found: profile email=x@example.com")


def test_functional_values_change_what_is_there(altcraft: Altcraft) -> None:
    person = {"CRM_ID": 5, "custom_tags": ["a", "b"], "address": {"city": "Omsk"}, "_city": "Omsk"}
    write(altcraft, **ANN, data=person | {"orders": [{"x": 1}, {"y": 2}]})
    changes = {
        "CRM_ID": {"action": "incr", "value": -7},
        "rating": {"action": "incr", "value": 2},
        "custom_tags": {"action": "add", "value": ["b", "c"]},
        "address": {"action": "upsert", "submatch": "home.street", "value": "Main"},
        "orders": {"action": "upsert", "submatch": "x", "value": {"z": 1}},
        "_city": {"action": "unset"},
        "_fname": {"action": "set", "value": "Anna"},
    }
    write(altcraft, "update", **ANN, data=changes)
    shown = profile(altcraft, "ann@example.com")
    assert (shown["CRM_ID"], shown["rating"], shown["_fname"]) == (-2, 2, "Anna")
    assert shown["custom_tags"] == ["a", "b", "c"]
    assert shown["address"] == {"city": "Omsk", "home": {"street": "Main"}}
    assert shown["orders"] == [{"x": {"z": 1}}, {"y": 2}]
    assert "_city" not in shown


@pytest.mark.parametrize(
    ("data", "name"),
    [
        ({"email": {"action": "unset"}}, "email"),
        ({"_fname": {"action": "incr", "value": 1}}, "_fname"),
        ({"CRM_ID": {"action": "add", "value": ["a"]}}, "CRM_ID"),
        ({"address": {"action": "upsert", "value": 1}}, "address"),
        ({"CRM_ID": "twelve"}, "CRM_ID"),
        ({"level": "platinum"}, "level"),
        ({"_bdate": "yesterday"}, "_bdate"),
        ({"_ip": "300.1.1.1"}, "_ip"),
        ({"email": "no address"}, "email"),
        ({"phones": ["12"]}, "phones"),
        ({"_status": 7}, "_status"),
        ({"unheard_of": 1}, "unheard_of"),
        ({"_fname": {"action": ["set"]}}, "_fname"),
        ({"_status": {"action": {}}}, "_status"),
        ({"_fname": [["Ann"]]}, "_fname"),
        ({"phones": [["+79110000001"]]}, "phones"),
        ({"rating": 10**400}, "rating"),
        ({"CRM_ID": 10**30}, "CRM_ID"),
        ({"email": "a\0@example.com"}, "email"),
    ],
)
def test_data_that_does_not_fit_is_refused_and_nothing_is_stored(
    altcraft: Altcraft, data: dict[str, Any], name: str
) -> None:
    before = profile(altcraft, "ann@example.com")
    refusal = altcraft.refused("/profiles/import", **ANN, data={"_lname": "Other"} | data)
    assert refusal == (440, f'with field "{name}": Incorrect field')
    assert profile(altcraft, "ann@example.com") == before


def test_an_open_database_keeps_fields_that_nobody_has_declared(altcraft: Altcraft) -> None:
    write(altcraft, db_id=2, email="eve@example.com", data={"size": 12, "likes": ["tea"]})
    shown = profile(altcraft, "eve@example.com", 2)
    assert (shown["size"], shown["likes"]) == (12, ["tea"])
    for name in ('with"quote', "_own", "$set", "a\0b"):
        body = {"db_id": 2, "email": "eve@example.com", "data": {name: 1}}
        assert altcraft.refused("/profiles/import", **body) == (440, f'with field "{name}": Incorrect field')


def test_an_email_belongs_to_one_profile(altcraft: Altcraft) -> None:
    taken = (409, "Already exists: profile email=ann@example.com")
    data = {"email": "ann@example.com"}
    assert altcraft.refused("/profiles/add", db_id=1, data=data) == taken
    for path in ("import", "update"):
        body = {"db_id": 1, "email": "bob+opened@example.com", "data": data}
        assert altcraft.refused(f"/profiles/{path}", **body) == taken


def test_several_profiles_by_one_value_are_refused(altcraft: Altcraft) -> None:
    write(altcraft, email="bob+opened@example.com", data={"phones": ["+79000000001"]})
    refusal = altcraft.refused("/profiles/import", db_id=1, phone="+79000000001", data={})
    assert refusal == (409, "More than one profile matches: phone=+79000000001")


def test_an_own_address_goes_before_a_subscription(altcraft: Altcraft) -> None:
    data = {"subscriptions": [subscription("ann@example.com"), subscription("b@example.com")]}
    bob = write(altcraft, email="bob+opened@example.com", data=data)
    assert write(altcraft, **ANN, data={}) != bob
    assert write(altcraft, email="b@example.com", data={}) == bob


def test_no_email_is_never_matched(altcraft: Altcraft) -> None:
    first = write(altcraft, email="LocalHost", data={})
    assert write(altcraft, email="localhost", data={}) != first
    assert "email" not in altcraft.data("/profiles/get/", db_id=1, profile_id=first)
    body = {"db_id": 1, "matching": "email_sub", "email": "localhost", "resource_id": 1, "data": {}}
    assert altcraft.refused("/profiles/import", **body)[0] == 440


def test_an_email_can_be_taken_away(altcraft: Altcraft) -> None:
    number = write(altcraft, **ANN, data={"email": "localhost"})
    assert "email" not in altcraft.data("/profiles/get/", db_id=1, profile_id=number)
    assert write(altcraft, **ANN, data={}) == number  # by the subscription


def test_the_place_of_a_profile_is_looked_up_where_that_is_asked(altcraft: Altcraft) -> None:
    write(altcraft, email="g@example.com", detect_geo=True, data={"_regip": "198.51.100.7", "_city": "Omsk"})
    shown = profile(altcraft, "g@example.com")
    assert (shown["_country"], shown["_city"]) == ("RU", "Omsk")
    write(altcraft, email="h@example.com", data={"_regip": "198.51.100.7"})
    assert "_country" not in profile(altcraft, "h@example.com")


def members(altcraft: Altcraft, segment: int) -> int:
    return int(altcraft.emulator.query(
        "SELECT count(*) FROM altcraft_segment_member WHERE segment_id = ? AND is_member", segment
    )[0][0])  # fmt: skip


def test_a_profile_enters_and_leaves_static_segments(altcraft: Altcraft) -> None:
    write(altcraft, email="m@example.com", data={}, add_to_segments=[3, 5], remove_from_segments=[])
    assert (members(altcraft, 3), members(altcraft, 5)) == (3, 11)
    write(altcraft, "update", email="m@example.com", data={}, add_to_segments=[3], remove_from_segments=[5])
    assert (members(altcraft, 3), members(altcraft, 5)) == (3, 10)


@pytest.mark.parametrize(
    ("segment", "refusal"),
    [
        (99, (404, "Object not found: segment 99")),
        (7, (400, "Incorrect request: add_to_segments: segment 7 is of another database")),
        (16, (400, "Incorrect request: add_to_segments: segment 16 is not static")),
    ],
)
def test_only_static_segments_of_the_database_can_be_entered(
    altcraft: Altcraft, segment: int, refusal: tuple[int, str]
) -> None:
    body = {"db_id": 1, "email": "m@example.com", "data": {}, "add_to_segments": [3, segment]}
    assert altcraft.refused("/profiles/import", **body) == refusal
    assert altcraft.refused("/profiles/get/", db_id=1, email="m@example.com")[0] == 404


def test_add_makes_a_profile_of_nothing(altcraft: Altcraft) -> None:
    answer = altcraft.answer("/profiles/add", db_id=4, data={})
    assert answer["error_text"] == ""
    assert altcraft.data("/profiles/get/", db_id=4, profile_id=answer["profile_id"])["subscriptions"] == []


def test_add_says_its_success_in_xml_alone(altcraft: Altcraft) -> None:
    answer = altcraft.xml("/profiles/add", "<db_id>4</db_id><data/>").text
    assert answer.startswith("<xml><error>0</error><error_text>Successful operation</error_text><profile_id>")
    refusal = altcraft.xml("/profiles/add", "<db_id>9</db_id><data/>").text
    assert "<error>404</error><error_text>Object not found: database 9</error_text>" in refusal


def test_xml_is_all_text(altcraft: Altcraft) -> None:
    data = (
        "<data><_fname>Xena</_fname><CRM_ID>12</CRM_ID><is_member>true</is_member><rating>1.5</rating>"
        "<phones>+79110000001</phones><custom_tags array='true'>a</custom_tags><_sex>female</_sex>"
        "<LOYALTY_SCORE><action>incr</action><value>7</value></LOYALTY_SCORE>"
        "<subscriptions array='true'><channel>email</channel><email_data><email>x@example.com</email>"
        "</email_data><resource_id>1</resource_id><status>4</status></subscriptions></data>"
    )
    content = f"<db_id>1</db_id><email>x@example.com</email><skip_triggers>true</skip_triggers>{data}"
    assert "<error>0</error>" in altcraft.xml("/profiles/import", content).text
    shown = profile(altcraft, "x@example.com")
    assert (shown["CRM_ID"], shown["is_member"], shown["rating"], shown["_sex"]) == (12, True, 1.5, 2)
    assert (shown["phones"], shown["custom_tags"], shown["LOYALTY_SCORE"]) == (["+79110000001"], ["a"], 7)
    assert shown["subscriptions"][0]["status"] == "unconfirmed"
    assert (
        "<CRM_ID>12</CRM_ID>"
        in altcraft.xml("/profiles/get/", "<db_id>1</db_id><email>x@example.com</email>").text
    )


def test_an_empty_text_empties_a_field(altcraft: Altcraft) -> None:
    write(altcraft, **ANN, data={"_fname": "", "_bdate": "", "phones": "", "_lname": None})
    shown = profile(altcraft, "ann@example.com")
    assert (shown["_fname"], "_bdate" in shown, "phones" in shown) == ("", False, False)
    assert shown["_lname"] == "Ivanova"


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ({"email": "a@example.com"}, (400, "Incorrect request: data: Field required")),
        ({"email": "a@example.com", "data": ""}, (400, "Incorrect request: data: Field required")),
        ({"email": "a@example.com", "data": []},
         (400, "Incorrect request: data: Input should be a valid object")),
        ({"email": "a@example.com", "data": {}, "db_id": None},
         (400, "Incorrect request: db_id: Field required")),
        ({"email": "a@example.com", "data": {}, "db_id": 9}, (404, "Object not found: database 9")),
        ({"email": "a@example.com", "data": {}, "resource_id": 9}, (404, "Object not found: resource 9")),
        ({"email": "nobody", "data": {}}, (400, "Incorrect request: email: is no e-mail address")),
        ({"phone": "12", "data": {}}, (400, "Incorrect request: phone: is no phone number")),
        ({"matching": "custom", "field_name": "CRM_ID", "data": {}},
         (400, "Incorrect request: field_value: Field required")),
        ({"field_name": "unheard_of", "field_value": 1, "data": {}},
         (400, "Incorrect request: field_name: is no field of the database")),
        ({"field_name": "address", "field_value": {"city": "Omsk"}, "data": {}},
         (400, "Incorrect request: field_name: objects match nobody")),
        ({"field_name": "rating", "field_value": 10**400, "data": {}},
         (400, "Incorrect request: field_value: int too large to convert to float")),
        ({"email": "a@example.com", "data": {}, "skip_triggers": 1},
         (400, "Incorrect request: skip_triggers: Input should be a valid boolean")),
        ({"email": ["a@example.com"], "data": {}},
         (400, "Incorrect request: email: Input should be a valid string")),
    ],
)  # fmt: skip
def test_requests_that_are_wrong_are_refused(
    altcraft: Altcraft, body: dict[str, Any], refusal: tuple[int, str]
) -> None:
    assert altcraft.refused("/profiles/import", **{"db_id": 1} | body) == refusal


def test_matching_names_one_of_eleven_modes(altcraft: Altcraft) -> None:
    code, text = altcraft.refused("/profiles/import", **ANN, matching="name", data={})
    assert code == 400
    assert text.startswith("Incorrect request: matching: must be one of email, email_profile, email_sub, ")


@pytest.mark.parametrize("path", ["import", "update", "add", "import_batch", "update_batch", "add_batch/"])
def test_a_token_that_may_only_look_writes_nothing(altcraft: Altcraft, path: str) -> None:
    body = {"db_id": 1, "data": {"email": "ann@example.com"}}
    assert altcraft.refused(f"/profiles/{path}", token=VIEW_ONLY, **body) == (403, "Access denied")


def test_a_token_of_a_group_writes_into_its_databases_and_resources(altcraft: Altcraft) -> None:
    mine: dict[str, Any] = {"token": SUBACCOUNT, "db_id": 2, "email": "eve@example.com"}
    write(altcraft, **mine, data={"subscriptions": [subscription("e@example.com", 24)]})
    refusal = altcraft.refused(
        "/profiles/import", **mine, data={"subscriptions": [subscription("e@x.org", 1)]}
    )
    assert refusal == (440, 'field "subscriptions.resource_id" is not valid: resource not found')
    assert altcraft.refused("/profiles/import", token=SUBACCOUNT, **ANN, data={}) == (
        404,
        "Object not found: database 1",
    )


def test_the_same_request_again_is_not_executed_again(altcraft: Altcraft) -> None:
    body = {**ANN, "data": {"CRM_ID": {"action": "incr", "value": 1}}}
    first, second = (altcraft.call("/profiles/update", **body) for _ in range(2))
    assert second.json() == first.json()
    assert second.headers["Duplicate-Request"] == "true"
    assert profile(altcraft, "ann@example.com")["CRM_ID"] == 1
    altcraft.call("/profiles/update?request_id=2", **body)
    assert profile(altcraft, "ann@example.com")["CRM_ID"] == 2
    altcraft.advance("25h")
    altcraft.call("/profiles/update", **body)
    assert profile(altcraft, "ann@example.com")["CRM_ID"] == 3
