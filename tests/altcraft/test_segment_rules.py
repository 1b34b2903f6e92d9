"""The rules of segments: the people of the fixture that they choose, and invalid rules."""

from datetime import datetime
from typing import Any

import pytest

from tests.altcraft.conftest import Altcraft
from tests.altcraft.test_profiles_writing import write
from tests.altcraft.test_runs import broadcast, messages
from tests.altcraft.test_segments import ANN, GOLD, added, count, item, move, rule

EVERYBODY = 41


@pytest.mark.parametrize(
    ("wanted", "number"),
    [
        (rule("email", "equal", "email", value=" ANN@example.com "), 1),
        (rule("email", "not_equal", "email", value=ANN), 40),
        (rule("email", "begin", "email", value="customer1"), 11),
        (
            rule(
                "email", "in_data", "email", value="ann@example.com\nnobody@example.com|customer1@example.com"
            ),
            2,
        ),
        (rule("email", "not_in_data", "email", value=[ANN]), 40),
        (rule("email", "equal", "email", domain="example.com") | {"compo": "domain"}, EVERYBODY),
        (rule("email", "equal", "email", domain=" Example.COM") | {"compo": "domain"}, EVERYBODY),
        (rule("email", "in_data", "email", domain="Example.COM|b.org") | {"compo": "domain"}, EVERYBODY),
        (rule("email", "not_equal", "email", domain="Example.COM") | {"compo": "domain"}, 0),
        (rule("email", "equal", "email", domaingroup="other") | {"compo": "domaingroup"}, EVERYBODY),
        (rule("phones", "exist", "phones"), EVERYBODY),
        (rule("phones", "equal", "phones", value="7900 000 00-01"), 1),
        (rule("unicode", "exist", "_city"), 38),
        (rule("unicode", "not_exist", "_city"), 3),
        (rule("unicode", "equal", "_city", value=""), 0),
        (rule("unicode", "contain", "_fname", value="AR"), 12),
        (rule("enum", "equal", "_sex", value="female"), 12),
        (rule("enum", "equal", "level", value=3), 12),
        (rule("int", "between", "LOYALTY_SCORE", **{"from": 100, "to": "250"}), 18),
        (rule("int", "greater", "LOYALTY_SCORE", value="250"), 10),
        (rule("int", "empty", "LOYALTY_SCORE"), 0),
        (rule("tags", "contain", "custom_tags", value=["cars", "cats"]), 28),
        (rule("tags", "contain_all", "custom_tags", value="cars|cats"), 9),
        (rule("tags", "empty", "custom_tags"), 9),
        (rule("date", "days", "_createtime", last=1), EVERYBODY),
        (rule("date", "less", "_createtime", value="2020-01-01"), 0),
        (rule("subscription_email", "equal", "status", value="subscribed", resource_id="1"), EVERYBODY),
        (rule("subscription_email", "equal", "status", value="subscribed", resource_id=36), 0),
        (rule("subscription_email", "not_exist", "email"), 0),
        (rule("subscription_sms", "exist", "phone"), EVERYBODY),
        (rule("subscription_push", "equal", "provider", value="google"), 14),
        (rule("subscription_email", "empty", "cats"), EVERYBODY),
        (rule("statseg", "exist", segment_id=5), 10),
        (rule("dynseg", "not_exist", segment_id=16), EVERYBODY - 12),
        (rule("dynseg", "exist", segment_id=15), 19),
        (rule("workflow", "exist", workflow_id=4), 0),
        (rule("workflow", "never", workflow_id=4), EVERYBODY),
        (rule("loyalty", "exist", loyalty_program_id=12), 2),
        (rule("loyalty", "not_exist", loyalty_program_id=12), 39),
        (rule("promo", "attached", loyalty_id=1), 0),
        (rule("email", "in_file", "email", file="x", column="email"), 0),
        (rule("email", "not_in_datatable", "email", query_id=1), 0),
        (rule("goal", "exist", "order"), 0),
        (rule("goal", "not_happened", "order", pixel_id=1, value_from="0.5", days=3), EVERYBODY),
        (rule("action", "exist", "import"), 4),
        ({"child": [rule("email", "equal", "email", value=ANN), GOLD["queries"][0]], "condition": "or"}, 13),
        (GOLD["queries"][0] | {"child": [rule("unicode", "exist", "_city")], "condition": "and"}, 12),
    ],
)
def test_a_rule_chooses(altcraft: Altcraft, wanted: dict[str, Any], number: int) -> None:
    assert count(altcraft, added(altcraft, item(wanted))) == number


def test_who_has_no_phones_has_no_such_field_as_in_what_is_shown_and_in_queries(altcraft: Altcraft) -> None:
    empty: list[dict[str, Any]] = [{}, {"phones": []}]
    without = {write(altcraft, "add", data=data) for data in empty}
    assert not any("phones" in altcraft.data("/profiles/get", db_id=1, profile_id=one) for one in without)
    queried = altcraft.data("/profiles/list", db_id=1, query={"phones": {"$exists": False}}, fields=["_id"])
    assert {one["id"] for one in queried} == without
    found = {
        operator: count(altcraft, added(altcraft, item(rule("phones", operator, "phones"))))
        for operator in ("exist", "not_exist", "empty", "not_empty")
    }
    assert found == {"exist": EVERYBODY, "not_exist": 2, "empty": 0, "not_empty": EVERYBODY}


@pytest.mark.parametrize(("operator", "number"), [("exist", 1), ("once", 2), ("never", 39), ("past", 1)])
def test_memberships_remember_who_left(altcraft: Altcraft, operator: str, number: int) -> None:
    segment = altcraft.data("/segments/add/", name="x", is_static=True, list_id=1)["saved_id"]
    move(altcraft, segment)
    move(altcraft, segment, "bob+opened@example.com")
    move(altcraft, segment, to="remove")
    assert count(altcraft, added(altcraft, item(rule("statseg", operator, segment_id=segment)))) == number


def test_a_deleted_subscription_is_none(altcraft: Altcraft) -> None:
    altcraft.emulator.query(
        "UPDATE altcraft_subscription SET is_deleted = 1 WHERE channel = 'email' AND id % 2"
    )
    having = count(altcraft, added(altcraft, item(rule("subscription_email", "exist", "email"))))
    lacking = count(altcraft, added(altcraft, item(rule("subscription_email", "not_exist", "email"))))
    assert 0 < having < EVERYBODY
    assert having + lacking == EVERYBODY


@pytest.mark.parametrize(
    ("operator", "name", "said", "number"),
    [
        ("exist", "open", {}, 2),
        ("not_exist", "open", {}, 39),
        ("exist", "click", {}, 1),
        ("exist", "hardbounce", {}, 0),
        ("exist", "softbounce", {}, 0),
        ("exist", "open_sms", {}, 0),
        ("at_least", "deliv", {"count": 1, "campaign_id": 31}, 40),
        ("at_least", "deliv", {"count": 2, "campaign_id": [31]}, 0),
        ("at_least", "deliv", {"count": 1, "campaign_id": 34, "message_id": 26}, 40),
        ("not_happened", "deliv", {"campaign_id": 34}, EVERYBODY),
        ("at_least", "deliv", {"count": 1, "campaign_id": 31, "date_to": "2026-03-14"}, 0),
        ("at_least", "deliv", {"count": 1, "campaign_id": 31, "date_to": "2026-03-15"}, 40),
        ("at_least", "deliv", {"count": 1, "campaign_id": 31, "days": 1}, 40),
    ],
)
def test_events_of_messages_count(
    altcraft: Altcraft, operator: str, name: str, said: dict[str, Any], number: int
) -> None:
    altcraft.emulator.query("DELETE FROM altcraft_sent")
    altcraft.data("/campaigns/activate/", id=31, run_now=True)
    altcraft.advance("1h")
    assert count(altcraft, added(altcraft, item(rule("action", operator, name, **said)))) == number


@pytest.mark.parametrize(("name", "number"), [("deliv", 40), ("import", 1)])
def test_what_happened_later_is_of_the_last_days_where_the_clock_was_set_back(
    altcraft: Altcraft, name: str, number: int
) -> None:
    altcraft.emulator.query("DELETE FROM altcraft_sent")
    altcraft.emulator.query("DELETE FROM altcraft_past")
    altcraft.data("/campaigns/activate/", id=31, run_now=True)
    altcraft.answer("/profiles/import", db_id=1, email="new@example.com", data={})
    altcraft.advance("1h")
    segment = added(altcraft, item(rule("action", "at_least", name, count=1, days=1)))
    altcraft.emulator.http.post("/_emulator/clock", json={"set": "2026-03-15T12:00:00Z"})
    assert count(altcraft, segment) == number


def test_a_hard_bounce_is_no_soft_one(altcraft: Altcraft) -> None:
    bounced = [added(altcraft, item(rule("action", "exist", f"{kind}bounce"))) for kind in ("hard", "soft")]
    assert [count(altcraft, segment) for segment in bounced] == [1, 0]


def test_a_soft_bounce_stays_one_whatever_becomes_of_its_message_later(altcraft: Altcraft) -> None:
    write(altcraft, "add", db_id=4, data={"email": "a+soft-bounced@example.com"})
    mailing = broadcast(altcraft, data_id=4)
    altcraft.data("/campaigns/activate/", id=mailing, run_now=True)
    altcraft.advance("1h")
    [message] = messages(altcraft.emulator, mailing)
    forced = {"status": "delivered", "force": True}
    altcraft.emulator.http.post(f"/_emulator/messages/{message['id']}/status", json=forced)
    rules = [rule("action", "exist", f"{kind}bounce") for kind in ("hard", "soft")]
    assert [count(altcraft, added(altcraft, item(one, list_id=4))) for one in rules] == [0, 1]


def test_days_are_those_of_the_sandbox(altcraft: Altcraft) -> None:
    segment = added(altcraft, item(rule("date", "days", "_createtime", last=3)))
    assert count(altcraft, segment) == EVERYBODY
    altcraft.advance("4d")
    assert count(altcraft, segment) == 0


DAY, MORNING, LATER = "2026-03-10", "2026-03-10T10:00:00Z", "2026-03-11T00:00:00Z"


@pytest.mark.parametrize("name", ["last_order", "_createtime"])
@pytest.mark.parametrize(
    ("operator", "said", "number"),
    [
        ("equal", {"value": DAY}, 3),
        ("equal", {"value": MORNING}, 1),
        ("in_data", {"value": f"{DAY}|{LATER}"}, 4),
        ("in_data", {"value": [MORNING, LATER]}, 2),
        ("greater", {"value": DAY}, 1),
        ("greater", {"value": MORNING}, 2),
        ("less", {"value": DAY}, 0),
        ("less", {"value": MORNING}, 1),
        ("between", {"from": DAY, "to": DAY}, 3),
    ],
)
def test_a_day_is_all_of_it(
    altcraft: Altcraft, name: str, operator: str, said: dict[str, Any], number: int
) -> None:
    altcraft.emulator.query("UPDATE altcraft_profile SET created_at = 4102444800000")
    emails = (ANN, "bob+opened@example.com", "cleo+clicked@example.com", "dan+bounced@example.com")
    dates = (DAY + "T00:00:00.000Z", "2026-03-10T10:00:00.000Z", DAY + "T23:59:59.999Z", LATER[:-1] + ".000Z")
    for email, date in zip(emails, dates, strict=True):
        millis = int(datetime.fromisoformat(date).timestamp() * 1000)
        altcraft.emulator.query(
            "UPDATE altcraft_profile SET fields = json_set(fields, '$.last_order', ?), created_at = ?"
            " WHERE email = ?", date, millis, email,
        )  # fmt: skip
    far = 37 if name == "_createtime" and operator == "greater" else 0
    assert count(altcraft, added(altcraft, item(rule("date", operator, name, **said)))) == number + far


@pytest.mark.parametrize(
    ("type_", "path", "operator", "value", "number"),
    [
        ("object", "town", "equal", "Omsk", 1),
        ("object", "home.floor", "greater", 2, 1),
        ("arr_object", "sum", "greater", 9, 1),
        ("arr_object", "sum", "not_equal", 10, 40),
        ("arr_object", "sum", "equal", 11, 0),
    ],
)
def test_properties_of_objects_compare(
    altcraft: Altcraft, type_: str, path: str, operator: str, value: object, number: int
) -> None:
    fields = '{"address": {"town": "Omsk", "home": {"floor": 3}}, "orders": [{"sum": 1}, {"sum": 10}, {}]}'
    altcraft.emulator.query("UPDATE altcraft_profile SET fields = ? WHERE email = ?", fields, ANN)
    name = "address" if type_ == "object" else "orders"
    kind = "unicode" if value == "Omsk" else "int"
    wanted = rule(type_, operator, name, value=value) | {"object_path": path, "object_type": kind}
    assert count(altcraft, added(altcraft, item(wanted))) == number


Q = "segment.0.queries.0"
ONE = rule("email", "exist", "email")


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        (rule("colour", "equal", "email"), f"{Q}.type: unknown family 'colour'"),
        (rule("", "equal", "email"), f"{Q}.type: unknown family ''"),
        (rule("subscription_fax", "exist", "status"), f"{Q}.type: unknown family 'subscription_fax'"),
        (rule("email", "like", "email"), f"{Q}.operator: unknown operator 'like' of 'email'"),
        (rule("email", "greater", "email", value=1), f"{Q}.operator: unknown operator 'greater' of 'email'"),
        (rule("statseg", "now", segment_id=5), f"{Q}.operator: unknown operator 'now' of 'statseg'"),
        (rule("dynseg", "once", segment_id=16), f"{Q}.operator: unknown operator 'once' of 'dynseg'"),
        (rule("action", "often", "open"), f"{Q}.operator: unknown operator 'often' of 'action'"),
        (rule("workflow", "now", workflow_id=1), f"{Q}.operator: unknown operator 'now' of 'workflow'"),
        (rule("promo", "now", loyalty_id=1), f"{Q}.operator: unknown operator 'now' of 'promo'"),
        (rule("loyalty", "now", loyalty_program_id=12), f"{Q}.operator: unknown operator 'now' of 'loyalty'"),
        (rule("unicode", "exist", "colour"), f"{Q}.name: 'colour' is no field of database 1"),
        (rule("unicode", "exist", 'a"b'), f"{Q}.name: 'a\"b' is no field of database 1"),
        (rule("subscription_email", "exist", "colour"), f"{Q}.name: 'colour' is no field of subscriptions"),
        (rule("action", "exist", "fly"), f"{Q}.name: unknown event 'fly'"),
        (rule("goal", "exist"), f"{Q}.name: Field required"),
        (rule("int", "equal", "_city", value=1), f"{Q}.type: must be unicode, the type of _city"),
        (rule("int", "equal", "LOYALTY_SCORE", value="many"), f"{Q}.value.value: is no integer"),
        (rule("int", "equal", "LOYALTY_SCORE", value=10**30), f"{Q}.value.value: is no integer"),
        (rule("int", "equal", "LOYALTY_SCORE", value={}), f"{Q}.value.value: is no integer"),
        (rule("unicode", "equal", "_city", value=["x"]), f"{Q}.value.value: is no text"),
        (rule("unicode", "equal", "_city"), f"{Q}.value.value: Field required"),
        (rule("unicode", "in_data", "_city", value="|\n"), f"{Q}.value.value: Field required"),
        (rule("int", "between", "LOYALTY_SCORE"), f"{Q}.value.from: Field required"),
        (rule("date", "greater", "last_order", value="2026-02-30"), f"{Q}.value.value: is no date"),
        (rule("date", "days", "last_order"), f"{Q}.value.last: Field required"),
        (rule("date", "days", "last_order", last=10**9), f"{Q}.value.last: must be from 0 to 36500"),
        (rule("enum", "equal", "level", value="tin"), f"{Q}.value.value: is no integer"),
        (rule("enum", "equal", "level", value=9), f"{Q}.value.value: is no value of the list"),
        (rule("email", "exist", "email", colour=1), f"{Q}.value: unknown argument 'colour' of 'exist'"),
        (
            rule("action", "exist", "import", campaign_id=1),
            f"{Q}.value: unknown argument 'campaign_id' of 'exist'",
        ),
        (rule("action", "at_least", "open"), f"{Q}.value.count: Field required"),
        (rule("action", "at_least", "open", count=0), f"{Q}.value.count: must be at least 1"),
        (rule("statseg", "exist"), f"{Q}.value.segment_id: Field required"),
        (rule("statseg", "exist", segment_id="x"), f"{Q}.value.segment_id: is no integer"),
        (rule("statseg", "exist", segment_id=16), f"{Q}.value.segment_id: segment 16 is dynamic"),
        (rule("dynseg", "exist", segment_id=5), f"{Q}.value.segment_id: segment 5 is static"),
        (ONE | {"value": [{"value": 1}]}, f"{Q}.value.0.name: Field required"),
        (ONE | {"compo": "colour"}, f"{Q}.compo: unknown component 'colour' of email"),
        (
            rule("unicode", "exist", "_city") | {"compo": "domain"},
            f"{Q}.compo: unknown component 'domain' of _city",
        ),
        ({"child": [ONE]}, f"{Q}.condition: must be and or or"),
        ({"child": [ONE | {"type": "x"}], "condition": "or"}, f"{Q}.child.0.type: unknown family 'x'"),
        (rule("object", "equal", "address", value=1), f"{Q}.operator: unknown operator 'equal' of 'object'"),
        (ONE | {"object_path": "a"}, f"{Q}.object_path: email has no property 'a'"),
        (
            rule("object", "exist", "address") | {"object_path": 'a"'},
            f"{Q}.object_path: address has no property 'a\"'",
        ),
    ],
)
def test_a_rule_that_says_nothing_known_is_refused(
    altcraft: Altcraft, wanted: dict[str, Any], reason: str
) -> None:
    refusal = altcraft.refused("/segments/add/", name="x", segment=[item(wanted)])
    assert refusal == (400, f"Incorrect request: {reason}")


@pytest.mark.parametrize(
    ("items", "refusal"),
    [
        ([item(ONE), item(ONE)], (400, "Incorrect request: segment.1.list_id: has an item already")),
        ([item(ONE, list_id=9)], (404, "Object not found: database 9")),
        ([item(rule("statseg", "exist", segment_id=99))], (404, "Object not found: segment 99")),
        (
            [item(rule("subscription_email", "exist", "status", resource_id=9))],
            (404, "Object not found: resource 9"),
        ),
        (
            [item(rule("dynseg", "exist", segment_id=16), list_id=2)],
            (400, f"Incorrect request: {Q}.value.segment_id: segment 16 is not of database 2"),
        ),
        (
            [item(ONE, percent_from=50, percent_to=50)],
            (400, "Incorrect request: segment.0: percent_from must be less than percent_to"),
        ),
        ([item(*[ONE] * 201)], (400, "Incorrect request: segment: has more than 200 rules")),
    ],
)
def test_items_that_can_not_be_are_refused(
    altcraft: Altcraft, items: list[dict[str, Any]], refusal: tuple[int, str]
) -> None:
    assert altcraft.refused("/segments/add/", name="x", segment=items) == refusal
    assert altcraft.answer("/segments/list/")["total_count"] == 9


OF_RULES = ("type", "name", "operator", "compo", "child", "value", "object_path")
OF_ITEMS = ("queries", "list_id", "condition", "limit", "percent_to")


@pytest.mark.parametrize(
    "value", [None, "", 0, -1, 10**30, 1.5, True, "x", "a\0b", [], [[]], {}, {"a": {"b": []}}]
)
@pytest.mark.parametrize("place", [*OF_RULES, *OF_ITEMS, "argument", "query", "item", "segment"])
def test_wrong_values_are_refused_or_mean_nothing(altcraft: Altcraft, place: str, value: Any) -> None:
    for base in (rule("unicode", "equal", "_city", value="x"), rule("statseg", "once", segment_id=5)):
        answer = altcraft.call("/segments/add/", name="x", segment=with_value(base, place, value)).json()
        assert answer["error"] in {0, 400, 404}, answer
        if answer["error"] == 0:
            count(altcraft, answer["data"]["saved_id"])


def with_value(query: dict[str, Any], place: str, value: Any) -> Any:
    """Return the conditions of a rule with a value at a place."""
    if place == "argument":
        query = query | {"value": [{"name": query["value"][0]["name"], "value": value}]}
    elif place in OF_RULES:
        query = query | {place: value}
    whole = item(value if place == "query" else query)
    if place in OF_ITEMS:
        whole |= {place: value}
    return {"segment": value, "item": [value]}.get(place, [whole])


def nested(depth: int) -> dict[str, Any]:
    return {"child": [nested(depth - 1)], "condition": "or"} if depth else ONE


def test_rules_are_nested_ten_levels_deep(altcraft: Altcraft) -> None:
    assert count(altcraft, added(altcraft, item(nested(9)))) == EVERYBODY
    assert count(altcraft, added(altcraft, item(*[nested(9)] * 20))) == EVERYBODY
    for depth in (10, 60, 400):
        code, _ = altcraft.refused("/segments/add/", name="x", segment=[item(nested(depth))])
        assert code == 400


def test_a_segment_that_contains_itself_is_refused(altcraft: Altcraft) -> None:
    inner = added(altcraft, item(ONE))
    outer = added(altcraft, item(rule("dynseg", "exist", segment_id=inner)))
    for reached in (inner, outer):
        round_ = [item({"child": [rule("dynseg", "not_exist", segment_id=reached)], "condition": "and"})]
        refusal = altcraft.refused("/segments/update/", id=inner, name="x", segment=round_)
        assert refusal == (400, "Incorrect request: segment: contains itself")
    assert count(altcraft, outer) == EVERYBODY


def test_ten_segments_are_nested_at_most(altcraft: Altcraft) -> None:
    segment = added(altcraft, item(ONE))
    for _ in range(9):
        twice = rule("dynseg", "exist", segment_id=segment)
        segment = added(altcraft, item(twice, twice, rule("dynseg", "exist", segment_id=16)))
    assert count(altcraft, segment) == 12
    refusal = altcraft.refused(
        "/segments/add/", name="x", segment=[item(rule("dynseg", "exist", segment_id=segment))]
    )
    assert refusal == (400, "Incorrect request: segment: more than 10 segments are nested in each other")


def test_rules_without_effect_are_unread(altcraft: Altcraft) -> None:
    rules = [rule("email", "in_file", "email", file=1), rule("email", "in_post", "email"), ONE]
    added(altcraft, item(*rules))
    entries = altcraft.emulator.http.get("/_emulator/requests", params={"unread": True}).json()
    assert entries["requests"][-1]["unread"] == ["body.segment[].queries[].operator"]


@pytest.mark.parametrize(("name", "value"), [("domain", "yahoo.com"), ("domaingroup", "Yahoo! (US)")])
def test_the_domain_of_an_email_follows_its_last_at_sign(altcraft: Altcraft, name: str, value: str) -> None:
    write(altcraft, email='"ann@work"@yahoo.com', data={})
    chosen = item(rule("email", "equal", "email", **{name: value}) | {"compo": name})
    assert count(altcraft, added(altcraft, chosen)) == 1
