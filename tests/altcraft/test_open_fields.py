"""Profiles found by undeclared fields of an open database: XML sends and stores all values as texts."""

from typing import Any

import pytest

from tests.altcraft.conftest import Altcraft
from tests.altcraft.test_found_by_fields import OPEN, add
from tests.altcraft.test_segments import added, count, item, rule
from tests.altcraft.test_trigger_launches import made, recipients

DEEP = {"sizes": {"shoe": 42, "fits": True}, "empty": []}


def in_xml(altcraft: Altcraft, **data: str) -> str:
    """Add a profile by a request in XML; return its id."""
    said = "".join(f"<{name}>{value}</{name}>" for name, value in data.items())
    answer = altcraft.xml("/profiles/add", f"<db_id>{OPEN}</db_id><data>{said}</data>").text
    return answer.partition("<profile_id>")[2].partition("<")[0]


def listed(altcraft: Altcraft, query: str) -> str:
    return altcraft.xml("/profiles/list", f"<db_id>{OPEN}</db_id><query>{query}</query>").text


@pytest.mark.parametrize(
    ("stored", "query"),
    [
        (5, "<num>5</num>"),
        (1.5, "<num>1.5</num>"),
        (True, "<num>true</num>"),
        ("5", "<num>5</num>"),
        ("x", "<num>x</num>"),
        ({"a": [{"b": 5}]}, "<num.a.b>5</num.a.b>"),
        (DEEP, "<num><sizes><shoe>42</shoe><fits>true</fits></sizes><empty/></num>"),
        ({"a": 1.5, "b": [True]}, "<num><a>1.50</a><b array='true'>TRUE</b></num>"),
        ({"a": 1e22, "b": 1e-7}, "<num><a>1e+22</a><b>1e-07</b></num>"),
        ({"a": 2**64 + 1, "b": None}, f"<num><a>{2**64 + 1}</a><b/></num>"),
        (["5", "6"], "<num>5</num><num>6</num>"),
        (["5", "6"], "<num>6</num>"),
        ([], "<num/>"),
        ({}, "<num/>"),
        ("", "<num/>"),
    ],
)
def test_a_query_in_xml_finds_what_json_has_stored(altcraft: Altcraft, stored: Any, query: str) -> None:
    number = add(altcraft, OPEN, num=stored)
    add(altcraft, OPEN, num=7)
    text = listed(altcraft, query)
    assert (text.count("<data>"), f"<id>{number}</id>" in text) == (1, True)


@pytest.mark.parametrize(
    ("stored", "query"),
    [
        ({"a": "1.50"}, "<num><a>1.5</a></num>"),
        ({"a": [5]}, "<num><a>5</a></num>"),
        ({"a": 5}, "<num><a>5</a><b>5</b></num>"),
        ({"a": [5, 6]}, "<num><a array='true'>5</a></num>"),
        ({"a": False}, "<num><a>0</a></num>"),
    ],
)
def test_an_object_in_xml_is_the_same_in_all_its_parts(altcraft: Altcraft, stored: Any, query: str) -> None:
    add(altcraft, OPEN, num=stored)
    assert "<data>" not in listed(altcraft, query)


def test_a_query_in_xml_looks_into_a_declared_object(altcraft: Altcraft) -> None:
    number = add(altcraft, 1, address={"n": 5}, orders=[{"n": 6}, {"n": 5}])
    for query in (
        "<address.n>5</address.n>",
        "<address><n>5</n></address>",
        "<orders.n>5</orders.n>",
        "<orders><n>5</n></orders>",
    ):
        text = altcraft.xml("/profiles/list", f"<db_id>1</db_id><query>{query}</query>").text
        assert f"<id>{number}</id>" in text


def test_a_query_in_json_tells_a_text_from_a_number(altcraft: Altcraft) -> None:
    add(altcraft, OPEN, num=5)
    assert altcraft.data("/profiles/list", db_id=OPEN, query={"num": "5"}) == []
    assert len(altcraft.data("/profiles/list", db_id=OPEN, query={"num": 5})) == 1


def letter_to_partners(altcraft: Altcraft, **settings: Any) -> int:
    return made(altcraft, list_id=OPEN, resource_id=24, **settings)


@pytest.mark.parametrize("item", ["custom_request", "data"])
def test_a_launch_in_xml_goes_to_whom_its_query_finds(altcraft: Altcraft, item: str) -> None:
    letter = letter_to_partners(altcraft, trigger_type="api_call")
    add(altcraft, OPEN, num=5, email="five@example.com", subscriptions=[SUBSCRIBED])
    wanted = "<custom_request><num>5</num></custom_request>"
    if item == "data":
        said = f"<trigger_id>{letter}</trigger_id><data array='true'>{wanted}</data>"
        altcraft.xml("/campaigns/triggers/start_batch", said)
    else:
        altcraft.xml("/campaigns/triggers/start", f"<id>{letter}</id>{wanted}")
    assert recipients(altcraft, letter) == ["five@example.com"]


SUBSCRIBED = {"resource_id": 24, "channel": "email", "email": "five@example.com"}


@pytest.mark.parametrize(
    ("wanted", "number"),
    [
        (rule("int", "equal", "num", value="5"), 2),
        (rule("int", "not_equal", "num", value=5), 28),
        (rule("float", "in_data", "num", value="5|12"), 4),
        (rule("int", "greater", "num", value=5), 2),
        (rule("int", "between", "num", **{"from": "5", "to": 12}), 4),
        (rule("int", "exist", "num"), 8),
        (rule("int", "empty", "num"), 0),
        (rule("unicode", "equal", "num", value="5"), 2),
        (rule("unicode", "begin", "num", value="tru"), 2),
        (rule("unicode", "contain", "num", value="1"), 2),
        (rule("bool", "equal", "num", value="true"), 2),
        (rule("date", "equal", "day", value="2024-05-01"), 2),
        (rule("date", "between", "day", **{"from": "2024-04-30", "to": "2024-06-01"}), 2),
        (rule("date", "greater", "day", value="2024-05-01"), 0),
        (rule("tags", "contain", "tags", value="red"), 2),
        (
            rule("int", "equal", "o", value=5) | {"type": "object", "object_path": "n", "object_type": "int"},
            2,
        ),
    ],
)
def test_a_rule_on_an_open_field_says_of_which_type_it_is(
    altcraft: Altcraft, wanted: dict[str, Any], number: int
) -> None:
    for value in (5, 12, True, "five"):
        add(altcraft, OPEN, num=value)
    for value in ("5", "12", "true", "five"):
        in_xml(altcraft, num=value)
    add(altcraft, OPEN, day="2024-05-01T03:00:00+03:00", tags=["red", "blue"], o={"n": 5})
    in_xml(altcraft, day="2024-05-01", tags="red", o="<n>5</n>")
    assert count(altcraft, added(altcraft, item(wanted, list_id=OPEN))) == number


@pytest.mark.parametrize(
    ("type_", "value", "finds", "passes_over"),
    [
        ("int", 7, ["7", "007", "+7", "\t7"], ["7.5", "7.0", "0x7", "\N{ARABIC-INDIC DIGIT SEVEN}", ""]),
        ("int", 2**63 - 1, [str(2**63 - 1)], [str(2**63)]),
        ("int", -7, ["-7", "-07"], ["--7", "7"]),
        ("float", 0.5, ["0.5", ".5", "00.5", "5e-1", "+5E-01"], [".", "e3", "1e999", "NaN", "Infinity"]),
        ("float", 5, ["5", "5.", "5.0", "05"], ["5,0", "1_0"]),
        ("bool", True, ["true", "TRUE", "\ttrue"], ["1", "yes"]),
        ("date", "2024-03-01", ["2024-03-01", " 2024-03-01", "2024-03-01t00:00:00z"], ["2024-02-30"]),
        (
            "date",
            "2024-05-02",
            ["2024-05-02T02:00:00+02:00"],
            ["2024-05-01T24:00Z", "2024-05-02 00:00"],
        ),
        ("date", "2024-05-01T10:00:00.999Z", ["2024-05-01T10:00:00.9999Z"], []),
    ],
)
def test_a_text_in_an_open_field_is_what_a_declared_field_reads_in_it(
    altcraft: Altcraft, type_: str, value: Any, finds: list[str], passes_over: list[str]
) -> None:
    for text in (*finds, *passes_over):
        add(altcraft, OPEN, said=text)
    segment = added(altcraft, item(rule(type_, "equal", "said", value=value), list_id=OPEN))
    assert count(altcraft, segment) == len(finds)


def test_no_number_with_a_fraction_is_an_integer(altcraft: Altcraft) -> None:
    for number in (5.5, "5.5", 6.0, 6):
        add(altcraft, OPEN, num=number)
    between = {"from": 5, "to": 6}
    for type_, found in (("int", 2), ("float", 4)):
        wanted = item(rule(type_, "between", "num", **between), list_id=OPEN)
        assert count(altcraft, added(altcraft, wanted)) == found


@pytest.mark.parametrize("name", ["address", "orders"])
@pytest.mark.parametrize(("type_", "value"), [("int", "5"), ("float", 5), ("unicode", "5"), ("unicode", 5)])
def test_a_rule_on_a_property_says_of_which_type_it_is(
    altcraft: Altcraft, name: str, type_: str, value: Any
) -> None:
    of = "object" if name == "address" else "arr_object"
    wanted = rule(of, "equal", name, value=value) | {"object_path": "n", "object_type": type_}
    add(altcraft, 1, **{name: {"n": 5}})
    altcraft.xml("/profiles/add", f"<db_id>1</db_id><data><{name}><n>5</n></{name}></data>")
    assert count(altcraft, added(altcraft, item(wanted))) == 2


def test_a_rule_on_an_open_field_is_of_a_type_that_can_be_stored(altcraft: Altcraft) -> None:
    refused = altcraft.refused(
        "/segments/add/", name="x", segment=[item(rule("enum", "equal", "num", value=5), list_id=OPEN)]
    )
    assert refused[0] == 400
    assert "segment.0.queries.0.type: must be one of arr_object, bool, date" in refused[1]


@pytest.mark.parametrize(
    ("fieldtype", "operator", "value", "starts"),
    [
        ("int", "equal", "5", True),
        ("int", "equal", 5, True),
        ("int", "not_equal", "5", False),
        ("int", "greater", "12", False),
        ("int", "less", "12", True),
        ("unicode", "equal", "5", True),
        ("unicode", "equal", 5, True),
        ("unicode", "greater", 4, True),
        ("unicode", "exist", None, True),
        ("float", "not_exist", None, False),
    ],
)
@pytest.mark.parametrize("stored", ["in JSON", "in XML"])
def test_a_trigger_starts_by_an_open_field(
    altcraft: Altcraft, stored: str, fieldtype: str, operator: str, value: Any, *, starts: bool
) -> None:
    add(altcraft, OPEN, num=1, email="five@example.com", subscriptions=[SUBSCRIBED])
    query = {"fieldname": "num", "fieldtype": fieldtype, "operator": operator, "value": value}
    letter = letter_to_partners(altcraft, trigger_type="update", update_query=[query])
    whom = {"db_id": OPEN, "matching": "email", "email": "five@example.com"}
    if stored == "in JSON":
        altcraft.answer("/profiles/update", **whom, data={"num": 5})
    else:
        said = "".join(f"<{name}>{one}</{name}>" for name, one in whom.items())
        altcraft.xml("/profiles/update", f"{said}<data><num>5</num></data>")
    assert recipients(altcraft, letter) == ["five@example.com"] * starts


@pytest.mark.parametrize(
    ("stored", "more", "shown"),
    [(5, "2", 7), (5, "0.5", 5.5), (1.5, "2", 3.5), ("5", "2", 7), (None, "2", 2)],
)
def test_xml_adds_to_a_number_in_an_open_field(
    altcraft: Altcraft, stored: Any, more: str, shown: float
) -> None:
    number = add(altcraft, OPEN, **({} if stored is None else {"num": stored}))
    whom = f"<db_id>{OPEN}</db_id><matching>profile_id</matching><profile_id>{number}</profile_id>"
    change = f"<num><action>incr</action><value>{more}</value></num>"
    assert "<error>0</error>" in altcraft.xml("/profiles/update", f"{whom}<data>{change}</data>").text
    assert altcraft.data("/profiles/get", db_id=OPEN, profile_id=number)["num"] == shown


def test_nothing_is_added_to_what_spells_no_number(altcraft: Altcraft) -> None:
    number = add(altcraft, OPEN, num="five")
    change = {"db_id": OPEN, "profile_id": number, "data": {"num": {"action": "incr", "value": "2"}}}
    assert altcraft.refused("/profiles/update", **change) == (440, 'with field "num": Incorrect field')
