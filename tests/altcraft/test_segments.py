"""Segments: their kinds, their members, their uses, and refused requests."""

from typing import Any

import pytest

from tests.altcraft.conftest import SUBACCOUNT, VIEW_ONLY, Altcraft

ANN, BOB = "ann@example.com", "bob+opened@example.com"
PLANNED = "SELECT subject FROM due_event WHERE name = 'altcraft.segment_refresh'"
PROFILE = "SELECT id FROM altcraft_profile WHERE email = ?"


def rule(type_: str, operator: str, name: str = "", **said: Any) -> dict[str, Any]:
    value = [{"name": key, "value": one} for key, one in said.items()]
    return {"type": type_, "operator": operator, "name": name, "value": value}


def item(*rules: dict[str, Any], list_id: int = 1, condition: str = "and", **more: Any) -> dict[str, Any]:
    return {"list_id": list_id, "condition": condition, "queries": list(rules), **more}


GOLD = item(rule("enum", "equal", "level", value="gold"))
OF_MOSCOW = item(rule("unicode", "equal", "_city", value="Moscow"))


def added(altcraft: Altcraft, *items: dict[str, Any], **more: Any) -> int:
    return int(altcraft.data("/segments/add/", name="Mine", segment=list(items), **more)["saved_id"])


def by_hand(altcraft: Altcraft, database: int = 1) -> int:
    answer = altcraft.data("/segments/add/", name="By hand", is_static=True, list_id=database)
    return int(answer["saved_id"])


def count(altcraft: Altcraft, segment: int) -> int:
    return int(altcraft.data("/segments/get/", id=segment)["count"])


def profile(altcraft: Altcraft, email: str = ANN) -> str:
    return str(altcraft.emulator.query(PROFILE, email)[0][0])


def move(altcraft: Altcraft, segment: int, email: str = ANN, to: str = "add", **more: Any) -> None:
    body = {"segment_id": segment, "db_id": 1, "profile_id": profile(altcraft, email)} | more
    assert altcraft.answer(f"/profiles/segstatic/{to}", **body) == {
        "error": 0,
        "error_text": "Successful operation",
    }


def emails_sent(altcraft: Altcraft, segment: int) -> int:
    mailing = altcraft.data(
        "/campaigns/broadcasts/add",
        name="News",
        content=[{"message_id": 21}],
        data_type="segment",
        data_id=segment,
        send_channel="email",
    )["saved_id"]
    altcraft.data("/campaigns/activate/", id=mailing, run_now=True)
    altcraft.advance("1h")
    counts = altcraft.emulator.message_counts(job_id=altcraft.emulator.query("SELECT max(id) FROM job")[0][0])
    return sum(counts.values())


def test_segments_are_listed_with_their_groups(altcraft: Altcraft) -> None:
    answer = altcraft.answer("/segments/list/", from_id=14)
    assert [row["id"] for row in answer["data"]] == [14, 15, 16, 17]
    assert answer["data"][2]["Groups"] == [{"Id": 0, "Name": "main"}, {"Id": 1, "Name": "shops"}]
    assert (answer["next_from_id"], answer["total_count"]) == (18, 9)


@pytest.mark.parametrize(
    ("filters", "ids"),
    [
        ({"ui_tags": ["b2c"]}, [16]),
        ({"groups": ["shops"]}, [16]),
        ({"groups_id": [1]}, [16]),
        ({"from_id": 7, "limit": 2}, [7, 12]),
        ({"token": SUBACCOUNT}, []),
    ],
)
def test_the_list_is_filtered(altcraft: Altcraft, filters: dict[str, Any], ids: list[int]) -> None:
    assert [row["id"] for row in altcraft.data("/segments/list/", **filters)] == ids


def test_xml_spells_the_groups_small(altcraft: Altcraft) -> None:
    answer = altcraft.xml("/segments/list/", "<from_id>14</from_id><limit>1</limit>").text
    assert (
        "<data><id>14</id><name>Ever new</name><ui_tags/><groups><id>0</id><name>main</name></groups></data>"
        in answer
    )


def test_the_fixture_has_segments_of_every_kind(altcraft: Altcraft) -> None:
    assert [count(altcraft, segment) for segment in (5, 14, 15, 16, 17)] == [10, 10, 19, 12, 2]


def test_a_dynamic_segment_is_evaluated_at_every_use(altcraft: Altcraft) -> None:
    segment = added(altcraft, GOLD)
    assert count(altcraft, segment) == 12
    altcraft.emulator.query(
        "UPDATE altcraft_profile SET fields = json_set(fields, '$.level', 3) WHERE email = ?", ANN
    )
    assert count(altcraft, segment) == 13
    assert emails_sent(altcraft, segment) == 13


def test_an_updatable_segment_keeps_who_was_there_at_its_refresh(altcraft: Altcraft) -> None:
    segment = added(altcraft, GOLD, is_static=True)
    altcraft.emulator.query("UPDATE altcraft_profile SET fields = json_remove(fields, '$.level')")
    altcraft.advance("1d")
    assert count(altcraft, segment) == 12
    altcraft.data("/segments/refresh_counters", id=segment, resource_id=1)
    assert count(altcraft, segment) == 0
    assert emails_sent(altcraft, segment) == 0


def test_an_updatable_segment_is_refreshed_at_midnight(altcraft: Altcraft) -> None:
    segment = added(altcraft, GOLD, is_static=True, is_refresh_daily=True)
    altcraft.emulator.query("UPDATE altcraft_profile SET fields = json_remove(fields, '$.level')")
    altcraft.advance("9h")
    assert count(altcraft, segment) == 12
    altcraft.advance("30m")
    assert count(altcraft, segment) == 0
    altcraft.emulator.query(
        "UPDATE altcraft_profile SET fields = json_set(fields, '$.level', 3) WHERE email = ?", ANN
    )
    altcraft.advance("1d")
    assert count(altcraft, segment) == 1


def test_an_update_stops_the_daily_refresh(altcraft: Altcraft) -> None:
    segment = added(altcraft, GOLD, is_static=True, is_refresh_daily=True)
    altcraft.data("/segments/update/", id=segment, name="Mine", segment=[GOLD], is_refresh_daily=False)
    assert altcraft.emulator.query(PLANNED) == []
    assert count(altcraft, segment) == 12


def test_who_left_an_updatable_segment_was_once_in_it(altcraft: Altcraft) -> None:
    segment = added(altcraft, GOLD, is_static=True)
    altcraft.data("/segments/update/", id=segment, name="Mine", segment=[OF_MOSCOW])
    past = added(altcraft, item(rule("statseg", "past", segment_id=segment)))
    assert (count(altcraft, segment), count(altcraft, past)) == (19, 6)


def test_an_update_replaces_name_and_conditions(altcraft: Altcraft) -> None:
    segment = added(altcraft, GOLD)
    altcraft.data("/segments/update/", id=str(segment), name="Other", segment=[OF_MOSCOW], is_static="false")
    shown = altcraft.data("/segments/get/", id=segment)
    assert (shown["name"], shown["count"]) == ("Other", 19)
    assert shown["segment"][0]["queries"][0]["name"] == "_city"


def test_conditions_are_shown_complete(altcraft: Altcraft) -> None:
    nested = {"child": [rule("unicode", "empty", "_city")], "condition": "or"}
    shown = altcraft.data("/segments/get/", id=added(altcraft, item(nested)))["segment"]
    empty = {"child": [], "compo": "default", "condition": "", "object_path": "", "object_type": ""}
    inner = empty | {"name": "_city", "operator": "empty", "type": "unicode", "value": []}
    outer = empty | {"name": "", "operator": "", "type": "", "value": []} | nested | {"child": [inner]}
    part = {"limit": 0, "percent_from": 0, "percent_to": 100}
    assert shown == [part | {"condition": "and", "list_id": 1, "queries": [outer]}]


def test_items_of_several_databases_are_joined(altcraft: Altcraft) -> None:
    everybody = rule("email", "exist", "email")
    segment = added(
        altcraft, item(everybody), item(everybody, list_id=2), item(everybody, list_id=3, limit=7)
    )
    assert count(altcraft, segment) == 41 + 20 + 7


def test_the_parts_of_a_slice_are_everybody_once(altcraft: Altcraft) -> None:
    everybody = rule("email", "exist", "email")
    shares = [(0, 10), (10, 55), (55, 99), (99, 100)]
    parts = [added(altcraft, item(everybody, percent_from=low, percent_to=high)) for low, high in shares]
    people = [count(altcraft, part) for part in parts]
    assert sum(people) == 41
    assert people[0] in {4, 5}
    both = [rule("dynseg", "exist", segment_id=part) for part in parts[:2]]
    assert count(altcraft, added(altcraft, item(*both))) == 0


def test_xml_takes_conditions_and_shows_them(altcraft: Altcraft) -> None:
    query = (
        "<type>statseg</type><operator>exist</operator><value><name>segment_id</name><value>5</value></value>"
    )
    conditions = f"<condition>or</condition><list_id>1</list_id><queries array='true'>{query}</queries>"
    made = altcraft.xml("/segments/add/", f"<name>X</name><segment array='true'>{conditions}</segment>").text
    assert "<xml><data><saved_id>18</saved_id></data><error>0</error>" in made
    shown = altcraft.xml("/segments/get/", "<id>18</id>").text
    assert "<count>10</count><id>18</id><name>X</name><description></description>" in shown.replace(
        "<description/>", "<description></description>"
    )
    assert "<queries><child/>" in shown


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        (rule("statseg", "once", segment_id="5"), 5),
        (rule("action", "at_least", "open", count=" 2 "), 2),
        (rule("action", "exist", "open", campaign_id=["12", 13]), [12, 13]),
        (rule("int", "between", "LOYALTY_SCORE", **{"from": "-100"}), -100),
        (rule("float", "in_data", "rating", value=["4", "0.5"]), [4, 0.5]),
        (rule("bool", "equal", "is_member", value="True"), True),
        (rule("object", "equal", "address", value="7") | {"object_path": "x", "object_type": "int"}, 7),
        (rule("int", "contain", "LOYALTY_SCORE", value="05"), "05"),
        (rule("unicode", "equal", "_city", value="5"), "5"),
    ],
)
def test_a_number_or_flag_of_a_rule_that_is_sent_as_a_text_is_shown_as_one(
    altcraft: Altcraft, sent: dict[str, Any], shown: Any
) -> None:
    (kept,) = altcraft.data("/segments/get/", id=added(altcraft, item(sent)))["segment"][0]["queries"]
    assert repr(kept["value"][0]["value"]) == repr(shown)


def test_a_profile_enters_and_leaves_a_static_segment(altcraft: Altcraft) -> None:
    segment = by_hand(altcraft)
    move(altcraft, segment)
    move(altcraft, segment, BOB)
    assert (count(altcraft, segment), emails_sent(altcraft, segment)) == (2, 2)
    move(altcraft, segment, to="remove")
    assert count(altcraft, segment) == 1


def test_xml_of_segstatic_has_no_data(altcraft: Altcraft) -> None:
    content = f"<segment_id>3</segment_id><db_id>1</db_id><profile_id>{profile(altcraft)}</profile_id>"
    answer = altcraft.xml("/profiles/segstatic/add", content).text
    assert answer == "<xml><error>0</error><error_text>Successful operation</error_text></xml>"


def test_a_segment_is_deleted(altcraft: Altcraft) -> None:
    segment = by_hand(altcraft)
    move(altcraft, segment)
    asking = added(altcraft, item(rule("statseg", "never", segment_id=segment)))
    altcraft.data("/segments/delete", id=segment)
    assert altcraft.refused("/segments/get/", id=segment) == (404, f"Object not found: segment {segment}")
    assert count(altcraft, asking) == 0
    assert by_hand(altcraft) == asking + 1
    assert (
        altcraft.emulator.query("SELECT 1 FROM altcraft_segment_member WHERE segment_id = ?", segment) == []
    )


def test_a_deleted_segment_is_not_refreshed(altcraft: Altcraft) -> None:
    altcraft.data("/segments/delete", id=added(altcraft, GOLD, is_static=True, is_refresh_daily=True))
    assert altcraft.emulator.query(PLANNED) == []


def test_a_segment_of_an_active_mailing_stays(altcraft: Altcraft) -> None:
    assert altcraft.refused("/segments/delete", id=13) == (400, "Incorrect request: segment 13 is in use")
    altcraft.data("/campaigns/deactivate", id=19, abort_if_running=True)
    altcraft.data("/segments/delete", id=13)


def test_hooks_and_launches_name_the_segment(altcraft: Altcraft) -> None:
    altcraft.data(
        "/campaigns/activate/", id=12, run_now=True, override_source_type="segment", override_source_id=17
    )
    altcraft.advance("1h")
    assert altcraft.emulator.query("SELECT data_type, data_id FROM altcraft_run WHERE mailing_id = 12") == [
        ("segment", 17)
    ]


def test_counters_are_of_a_segments_people(altcraft: Altcraft) -> None:
    rows = altcraft.data("/segments/get_counters", id=16, list_id=1, resource_id=1)
    assert [row["channel"] for row in rows] == ["email", "push", "sms"]
    assert rows[0]["status"] == {"subscribed_sendable": 12, "unconfirmed_sendable": 0}
    altcraft.emulator.query("UPDATE altcraft_profile SET status = 5 WHERE email = 'customer3@example.com'")
    assert (
        altcraft.data("/segments/get_counters", id=16, db_id="1", resource_id=1)[0]["status"]
        != rows[0]["status"]
    )


def test_counters_are_of_one_database(altcraft: Altcraft) -> None:
    everybody = rule("email", "exist", "email")
    segment = added(altcraft, item(everybody, list_id=2), item(everybody, list_id=3))
    counted = [
        altcraft.data("/segments/get_counters", id=segment, list_id=database, resource_id=24)[0]["status"]
        for database in (2, 3)
    ]
    assert [one["subscribed_sendable"] for one in counted] == [20, 60]


def test_static_segments_are_counted_without_a_database(altcraft: Altcraft) -> None:
    assert (
        altcraft.data("/segments/get_counters", id=5, resource_id=1)[0]["status"]["subscribed_sendable"] == 10
    )
    task = altcraft.data("/segments/refresh_counters", id=5, resource_id=1)["task_id"]
    altcraft.advance("1s")
    result = altcraft.emulator.query("SELECT result FROM altcraft_task WHERE id = ?", task)[0][0]
    assert '"subscribed_sendable":10' in result
    assert '"list_id":1' in result


NO_SEGMENT = (404, "Object not found: segment 99")
UPDATE = {"id": 16, "name": "Mine"}
MEMBER = {"segment_id": 3, "db_id": 1, "profile_id": "0"}


@pytest.mark.parametrize(
    ("path", "body", "refusal"),
    [
        ("add/", {"name": "x"}, (400, "Incorrect request: segment: Field required")),
        ("add/", {"name": "x", "is_static": True}, (400, "Incorrect request: list_id: Field required")),
        ("add/", {"name": "x", "is_static": True, "list_id": 9}, (404, "Object not found: database 9")),
        ("add/", {"segment": [GOLD]}, (400, "Incorrect request: name: Field required")),
        (
            "add/",
            {"name": "x", "is_static": 1, "list_id": 1},
            (400, "Incorrect request: is_static: Input should be a valid boolean"),
        ),
        ("update/", UPDATE, (400, "Incorrect request: segment: Field required")),
        (
            "update/",
            UPDATE | {"segment": [GOLD], "is_static": True},
            (400, "Incorrect request: is_static: can not be changed"),
        ),
        (
            "update/",
            UPDATE | {"segment": [GOLD | {"list_id": 2}]},
            (400, "Incorrect request: list_id: can not be changed"),
        ),
        (
            "update/",
            {"id": 5, "name": "x", "list_id": 2},
            (400, "Incorrect request: list_id: can not be changed"),
        ),
        (
            "update/",
            {"id": 5, "name": "x", "segment": [GOLD]},
            (400, "Incorrect request: segment: can not be changed"),
        ),
        ("update/", {"id": 99, "name": "x", "segment": [GOLD]}, NO_SEGMENT),
        ("get/", {}, (400, "Incorrect request: id: Field required")),
        ("get/", {"id": 99}, NO_SEGMENT),
        ("get/", {"id": 16, "token": SUBACCOUNT}, (404, "Object not found: segment 16")),
        ("delete", {"id": 99}, NO_SEGMENT),
        ("get_counters", {"id": 16, "resource_id": 1}, (400, "Incorrect request: list_id: Field required")),
        ("refresh_counters", {"id": 16, "resource_id": 1}, (400, "Incorrect request: db_id: Field required")),
        (
            "get_counters",
            {"id": 16, "resource_id": 1, "list_id": 2},
            (400, "Incorrect request: list_id: segment 16 is not of database 2"),
        ),
        ("get_counters", {"id": 16, "resource_id": 1, "db_id": 9}, (404, "Object not found: database 9")),
        ("get_counters", {"id": 5, "resource_id": 9}, (404, "Object not found: resource 9")),
        ("../profiles/segstatic/add", MEMBER, (404, "Object not found: profile profile_id=0")),
        ("../profiles/segstatic/remove", MEMBER | {"segment_id": 99}, NO_SEGMENT),
        (
            "../profiles/segstatic/add",
            MEMBER | {"segment_id": 15},
            (400, "Incorrect request: segment 15 is not static"),
        ),
        (
            "../profiles/segstatic/add",
            MEMBER | {"db_id": 2},
            (400, "Incorrect request: db_id: segment 3 is not of database 2"),
        ),
        ("../profiles/segstatic/add", MEMBER | {"db_id": 9}, (404, "Object not found: database 9")),
    ],
)
def test_what_does_not_exist_or_fit_is_refused(
    altcraft: Altcraft, path: str, body: dict[str, Any], refusal: tuple[int, str]
) -> None:
    place = f"/segments/{path}".replace("/segments/..", "")
    assert altcraft.refused(place, **body) == refusal
    assert altcraft.answer("/segments/list/")["total_count"] == 9


def test_an_update_of_a_static_segment_names_it_anew(altcraft: Altcraft) -> None:
    altcraft.data("/segments/update/", id=5, name="Newest", list_id=1, is_static=True, segment=[])
    assert altcraft.data("/segments/get/", id=5)["name"] == "Newest"
    assert count(altcraft, 5) == 10


@pytest.mark.parametrize("path", ["add/", "update/", "delete", "refresh_counters"])
def test_a_token_without_the_right_is_refused(altcraft: Altcraft, path: str) -> None:
    body = {"id": 5, "name": "x", "resource_id": 1, "segment": [GOLD]}
    assert altcraft.refused(f"/segments/{path}", token=VIEW_ONLY, **body) == (403, "Access denied")


def test_a_repeated_request_makes_no_second_segment(altcraft: Altcraft) -> None:
    headers = {"Request-ID": "once"}
    made = [altcraft.call("/segments/add/", name="x", segment=[GOLD], headers=headers) for _ in range(2)]
    assert made[0].json() == made[1].json()
    assert altcraft.answer("/segments/list/")["total_count"] == 10


def test_made_segments_are_in_the_group_of_the_token(altcraft: Altcraft) -> None:
    everybody = item(rule("email", "exist", "email"), list_id=2)
    segment = added(altcraft, everybody, token=SUBACCOUNT)
    assert [row["id"] for row in altcraft.data("/segments/list/", token=SUBACCOUNT)] == [segment]
    hidden = altcraft.refused("/segments/add/", name="x", segment=[GOLD], token=SUBACCOUNT)
    assert hidden == (404, "Object not found: database 1")
