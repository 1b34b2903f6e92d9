"""How responses show the parts of a fixture, and which repetitions and references are refused."""

from typing import Any

import pytest

from tests.altcraft.seeds import asked, seeded
from tests.conftest import Emulator, Sandbox


@pytest.fixture
def box(emulator: Emulator) -> Sandbox:
    return emulator.sandbox(fixtures="empty", clock="frozen")


START = {"name": "Begin", "type": "start"}
DECIDE = {"name": "In it?", "type": "condition", "segment": 0}
MAILING = {"kind": "trigger", "templates": [1], "edited": "2026-03-01T10:00:00Z"}


def complaint(answer: Any) -> str:
    """Return the message of an account's refusal, after the file and the line."""
    assert answer.status_code == 422, answer.text
    (error,) = answer.json()["errors"]
    return str(error["message"]).split(": ", 1)[1]


def test_a_start_has_the_settings_of_its_way_alone(box: Sandbox) -> None:
    start = {"name": "Begin", "type": "start", "pixel": 1}
    answer = seeded(box, scenarios=[{"id": 1, "name": "S", "database": 1, "nodes": [start]}])
    assert complaint(answer) == "scenarios.0.nodes.0.pixel: what starts by default has none"


@pytest.mark.parametrize(
    ("name", "part", "said"),
    [
        ("scenarios", {"nodes": [START, DECIDE]}, "scenarios.0.nodes.1: say either segment or content"),
        ("mailings", {"segment": 0}, "mailings.0: say either list or segment"),
        (
            "mailings",
            {"list": 1, "starts_by": "action", "action": "left", "of_segment": 0},
            "mailings.0: what starts by left says of_segment",
        ),
    ],
)
def test_0_names_nothing(box: Sandbox, name: str, part: dict[str, Any], said: str) -> None:
    common: dict[str, Any] = {"id": 1, "name": "X"}
    common |= {"database": 1, "campaign": 0} if name == "scenarios" else MAILING
    assert complaint(seeded(box, **{name: [common | part]})) == said


def test_an_active_scenario_may_be_in_no_campaign(box: Sandbox) -> None:
    scenario = {"id": 1, "name": "X", "database": 1, "campaign": 0, "active": True}
    assert seeded(box, scenarios=[scenario]).status_code == 200


QUERY = {"id": 1, "name": "Authors", "shortname": "authors", "connector": 2, "column": "author"}
CONNECTORS = [{"id": 2, "name": "Books"}]


def test_the_parameters_of_a_query_are_shown(box: Sandbox) -> None:
    query = QUERY | {"parameters": [{"name": "CITY", "type": "string", "options_type": "query"}]}
    assert seeded(box, connectors=CONNECTORS, queries=[query]).status_code == 200
    shown = asked(box, "/datatables/query_segments/get/", id=1)["parameters"]
    assert shown == [{"name": "CITY", "type": "string", "title": "", "options_type": "query"}]


def test_queries_have_short_names_of_their_own(box: Sandbox) -> None:
    answer = seeded(box, connectors=CONNECTORS, queries=[QUERY, QUERY | {"id": 3}])
    assert complaint(answer) == "queries.1.shortname: another one has the same shortname: authors"


def test_the_strata_of_a_campaign_are_shown(box: Sandbox) -> None:
    segment = {"id": 9, "name": "S", "database": 1, "profiles": ["ann@example.com"]}
    strata: dict[str, Any] = {"field_name": "_region", "field_type": "unicode", "condition_type": "list"}
    strata |= {"conditions": [{"list": ["North", 7]}]}
    campaign = {"id": 8, "name": "Spring", "list": 1, "segment": 9, "state": "active"}
    campaign |= {"created": "2026-02-01T08:00:00Z", "stratification": [strata]}
    assert seeded(box, segments=[segment], campaigns=[campaign]).status_code == 200
    (shown,) = asked(box, "/scampaigns/get", id=8)
    assert shown["audience"]["lcg"]["stratification_field_settings"] == [strata]


@pytest.mark.parametrize(
    "node",
    [
        {"name": "Note it", "type": "update", "data": {"CRM_ID": 1}, "next": "Begin"},
        {"name": "Told?", "type": "feedback", "event": "open", "timeout": "1d", "otherwise": "Begin"},
    ],
)
def test_a_scenario_does_not_lead_back_to_its_start(box: Sandbox, node: dict[str, Any]) -> None:
    nodes = [{"name": "Begin", "type": "start", "next": node["name"]}, node]
    answer = seeded(box, scenarios=[{"id": 1, "name": "S", "database": 1, "nodes": nodes}])
    said = f"node {node['name']} leads to Begin, where profiles only come in"
    assert complaint(answer) == f"scenarios.0: {said}"


FIELD = {
    "external_id": "note",
    "name": "Note",
    "required": False,
    "value_type": "unicode",
    "default_value": "-",
}
LINE = {"external_id": "1", "product": "p", "count": 1, "base_price_per_item": "5"}
ORDER = {
    "external_id": "O-1",
    "email": "ann@example.com",
    "endpoint": "app",
    "status": "new",
    "currency": "USD",
}
OF_MARKET: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "categories": ({"external_id": "a", "name": "A"}, {"name": "B"}),
    "line_statuses": ({"external_id": "packed", "name": "Packed", "type": "in_process"}, {"name": "B"}),
    "custom_fields": (FIELD | {"entity_type": "order"}, {"name": "B"}),
    "products": ({"external_id": "p", "name": "P", "price": "5", "currency": "USD"}, {"price": "6"}),
    "orders": (ORDER | {"total_price": "5", "lines": [LINE]}, {"status": "paid"}),
}


def of_market(name: str, *parts: dict[str, Any]) -> Any:
    """Return a change that adds parts to a list of the market, which has a product."""

    def change(account: Any) -> None:
        account["market"] |= {"products": [OF_MARKET["products"][0]]} | {name: parts}

    return change


@pytest.mark.parametrize("name", OF_MARKET)
def test_what_is_in_the_market_is_there_once(box: Sandbox, name: str) -> None:
    part, other = OF_MARKET[name]
    own = part["external_id"]
    said = f"market.{name}.1.external_id: another one has the same external_id: {own}"
    assert complaint(seeded(box, of_market(name, part, part | other))) == said


def test_fields_of_orders_and_of_lines_may_have_the_same_id(box: Sandbox) -> None:
    fields = [FIELD | {"entity_type": one} for one in ("order", "line_order")]
    assert seeded(box, of_market("custom_fields", *fields)).status_code == 200


def test_what_is_wrong_with_points_is_told_with_their_line(box: Sandbox) -> None:
    def change(account: Any) -> None:
        points = [{"currency": "stars", "amount": amount} | more for amount, more in ((5, {}), (9, SPENT))]
        account["loyalty_programs"][0]["members"] = [{"profile": "ann@example.com", "points": points}]

    assert complaint(seeded(box, change)).startswith("loyalty_programs.0.members.0.points.1: ")


SPENT = {"kind": "redemption"}


def with_points(amount: Any, least: Any = 0) -> Any:
    """Return a change that sets points of a currency, a tier and a rule, and adds a member."""

    def change(account: Any) -> None:
        program = account["loyalty_programs"][0]
        program["currencies"][0]["initial"] = program["tier_groups"][0]["tiers"][0]["points"] = least
        program["promotions"][0]["accrual_rules"][0]["min_amount"] = least
        points = [{"currency": "stars", "amount": amount}]
        program["members"] = [{"profile": "ann@example.com", "points": points}]

    return change


@pytest.mark.parametrize("least", [0, "0", "0.00"])
def test_a_balance_to_begin_with_may_be_written_as_0(box: Sandbox, least: Any) -> None:
    assert seeded(box, with_points(5, least)).status_code == 200


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        (0, "must be a decimal number above 0 with at most two places"),
        (10**12, "must have at most 12 digits before its places"),
        ("1234567890123", "must have at most 12 digits before its places"),
    ],
)
def test_an_amount_that_can_not_be_is_told(box: Sandbox, amount: Any, said: str) -> None:
    place = "loyalty_programs.0.members.0.points.0.amount"
    assert complaint(seeded(box, with_points(amount))) == f"{place}: {said}"


@pytest.mark.parametrize(("said", "shown"), [([0, 2, 0], [0, 2]), ([], [0])])
def test_groups_are_shown_once(box: Sandbox, said: list[int], shown: list[int]) -> None:
    template = {"id": 5, "name": "T", "groups": said, "sms": {"sms": "Hi"}}
    assert seeded(box, templates=[template]).status_code == 200
    assert [group["id"] for group in asked(box, "/templates/get", id=5)["groups"]] == shown


def test_the_main_group_is_one_of_the_groups(box: Sandbox) -> None:
    said = "groups: the main group, 0, is one of them"
    assert complaint(seeded(box, lambda account: account["groups"].pop(0))) == said


def test_a_token_sees_a_group(box: Sandbox) -> None:
    said = "tokens.2.groups: must have at least 1 item"
    assert complaint(seeded(box, lambda account: account["tokens"][2].update(groups=[]))) == said


def test_a_task_that_is_no_uuid_is_told(box: Sandbox) -> None:
    export = {"ago": "1h", "task": "b2f9", "file": "4cf435e8-9921-4666-a39e-03ecbf575aaa"}
    said = "databases.0.exports.0.task: must be a UUID, such as b2f9fd6a-2499-4a63-b592-f15d4e3b6aaa"
    assert complaint(seeded(box, lambda account: account["databases"][0].update(exports=[export]))) == said


@pytest.mark.parametrize(
    ("name", "part", "said"),
    [
        ("templates", {"sms": {"sms": "Hi"}, "name": ""}, "name: String should have at least 1 character"),
        ("segments", {"database": 1, "name": ""}, "name: String should have at least 1 character"),
        ("virtual_senders", {"name": "x" * 1001}, "name: String should have at most 1000 characters"),
        ("queries", QUERY | {"column": ""}, "column: String should have at least 1 character"),
        ("queries", QUERY | {"cache_time_min": -1}, "cache_time_min: Input should be greater than"),
        ("policies", {"name": ""}, "name: String should have at least 1 character"),
    ],
)
def test_what_no_request_could_make_is_refused(
    box: Sandbox, name: str, part: dict[str, Any], said: str
) -> None:
    answer = seeded(box, connectors=CONNECTORS, **{name: [{"name": "X"} | part | {"id": 5}]})
    place = 1 if name == "templates" else 0
    assert complaint(answer).startswith(f"{name}.{place}.{said}")


def test_a_template_says_something(box: Sandbox) -> None:
    answer = seeded(box, templates=[{"id": 2, "name": "T"}])
    assert complaint(answer) == "templates.1: has none of email, sms, push"


def test_there_is_one_global_suppression_list(box: Sandbox) -> None:
    answer = seeded(box, suppression_lists=[{"id": 2, "name": "S", "global": True}])
    assert complaint(answer) == "suppression_lists.1.global: one suppression list is the global one at most"


def test_the_files_of_a_template_are_base64(box: Sandbox) -> None:
    template = {"id": 9, "name": "T", "email": {"subject": "Hi", "attach": [{"data": "AAA"}]}}
    said = complaint(seeded(box, templates=[template]))
    assert said == "templates.1.email.attach.0: data: Malformed base64: Incorrect padding"
