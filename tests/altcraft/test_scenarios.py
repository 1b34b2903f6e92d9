"""Automation scenarios: https://guides.altcraft.com/en/developer-guide/automation-scenarios."""

import json
from typing import Any

import pytest

from tests.altcraft.conftest import SUBACCOUNT, SUCCESS, VIEW_ONLY, Altcraft
from tests.altcraft.test_trigger_launches import PAID, messages, profile, recipients

WELCOME, CART = 4, 6
"""An active scenario whose first node sends mailing 60, and an inactive one; both of database 1."""

ANN, BOB = "ann@example.com", "bob+opened@example.com"


def engaged(altcraft: Altcraft, scenario: int = WELCOME, **said: Any) -> list[str]:
    return list(altcraft.answer("/workflows/start", **({"id": scenario, "email": ANN} | said))["result"])


def graph(altcraft: Altcraft, *nodes: dict[str, Any], mode: str = "skip", reacts: bool = False) -> int:
    """Give scenario 6 other nodes; each one leads to the next one unless it says otherwise."""
    start = {"name": "Default", "type": "start", "starts_by": "default"}
    names = ["Default", *(node["name"] for node in nodes), None]
    linked = [{"next": following} | node for node, following in zip((start, *nodes), names[1:], strict=True)]
    altcraft.emulator.query(
        "UPDATE altcraft_scenario SET nodes = ?, mode = ?, reacts = ?, state = 'active' WHERE id = 6",
        json.dumps(linked), mode, reacts,
    )  # fmt: skip
    return CART


def mail(name: str = "Mail", **more: Any) -> dict[str, Any]:
    return {"name": name, "type": "campaign", "mailing": PAID} | more


def delay(length: int = 60_000, **more: Any) -> dict[str, Any]:
    return {"name": "Wait", "type": "delay", "length": length} | more


def states(altcraft: Altcraft, scenario: int = CART) -> list[tuple[str, str]]:
    rows = altcraft.emulator.query(
        "SELECT node, state FROM altcraft_passage WHERE scenario_id = ? ORDER BY id", scenario
    )
    return [tuple(row) for row in rows]


def test_the_list_shows_the_nodes_of_each(altcraft: Altcraft) -> None:
    answer = altcraft.answer("/workflows/list", limit=1)
    [row] = answer["data"]
    assert (row["id"], row["list_id"], row["mode"], row["is_active"]) == (4, 1, "skip", True)
    assert row["nodes"][:2] == [
        {"name": "Start", "type": "start"},
        {"name": "Hello mail", "type": "campaign"},
    ]
    assert (answer["next_from_id"], answer["total_count"]) == (5, 2)


def test_a_token_sees_the_scenarios_of_its_groups_alone(altcraft: Altcraft) -> None:
    assert altcraft.data("/workflows/list", token=SUBACCOUNT) == []
    refusal = altcraft.refused("/workflows/activate", token=SUBACCOUNT, id=WELCOME)
    assert refusal == (404, "Object not found: scenario 4")


def test_a_profile_enters_and_gets_the_first_mail(altcraft: Altcraft) -> None:
    assert engaged(altcraft) == [profile(altcraft, ANN)["id"]]
    assert recipients(altcraft) == [ANN]


def test_the_content_of_the_start_is_for_its_messages(altcraft: Altcraft) -> None:
    engaged(altcraft, content={"order": "A-17"})
    [message] = messages(altcraft)
    shown = altcraft.emulator.http.get(f"/_emulator/messages/{message['id']}").json()
    assert shown["payload"]["launch"]["content"] == {"order": "A-17"}


def test_its_messages_know_where_they_come_from(altcraft: Altcraft) -> None:
    told = "{workflow_id} {workflow_name} {node_id}"
    channels = [{"sid": "email", "fields": {"subject": told, "text": "Hello"}}]
    altcraft.data("/templates/update", id=41, name="Told", channels=channels)
    engaged(altcraft)
    assert [message["subject"] for message in messages(altcraft)] == ["4 Welcome Hello mail"]


def test_a_query_puts_many_into_it(altcraft: Altcraft) -> None:
    found = engaged(altcraft, email=None, custom_request={"email": {"$in": [ANN, BOB]}})
    assert found == [profile(altcraft, email)["id"] for email in (ANN, BOB)]


def test_a_delay_is_on_the_clock(altcraft: Altcraft) -> None:
    graph(altcraft, delay(), mail())
    engaged(altcraft, CART)
    altcraft.advance("59s")
    assert (recipients(altcraft), states(altcraft)) == ([], [("Wait", "inside")])
    altcraft.advance("1s")
    assert (recipients(altcraft), states(altcraft)) == ([ANN], [("Mail", "completed")])


@pytest.mark.parametrize(("email", "mails"), [(ANN, 1), ("cleo+clicked@example.com", 0)])
def test_a_condition_asks_whether_a_profile_is_in_a_segment(
    altcraft: Altcraft, email: str, mails: int
) -> None:
    graph(altcraft, {"name": "In?", "type": "condition", "segment": 3, "then": "Mail"}, mail())
    engaged(altcraft, CART, email=email)
    assert len(recipients(altcraft)) == mails


@pytest.mark.parametrize(("content", "mails"), [({"paid": "yes"}, 1), ({"paid": "no"}, 0), ({}, 0)])
def test_a_condition_asks_for_the_content_of_the_start(
    altcraft: Altcraft, content: dict[str, str], mails: int
) -> None:
    ask = {"name": "Paid?", "type": "condition", "content": {"paid": "yes"}, "then": "Mail"}
    graph(altcraft, ask, mail())
    engaged(altcraft, CART, content=content)
    assert len(recipients(altcraft)) == mails


@pytest.mark.parametrize("wanted", [True, 1.0, 17, "yes"])
def test_a_condition_finds_the_same_content_in_xml(altcraft: Altcraft, wanted: object) -> None:
    ask = {
        "name": "Paid?",
        "type": "condition",
        "content": {"paid": wanted},
        "then": "Mail",
        "otherwise": None,
    }
    graph(altcraft, ask, mail())
    engaged(altcraft, CART, content={"paid": wanted})
    written = f"{wanted:g}" if isinstance(wanted, float) else str(wanted).lower()
    asked = f"<id>{CART}</id><email>{BOB}</email><content><paid>{written}</paid></content>"
    assert "<error>0</error>" in altcraft.xml("/workflows/start", asked).text
    assert len(recipients(altcraft)) == 2


def test_an_update_writes_the_profile(altcraft: Altcraft) -> None:
    graph(altcraft, {"name": "Note", "type": "update", "data": {"occupation": "reader"}})
    engaged(altcraft, CART)
    assert profile(altcraft, ANN)["occupation"] == "reader"
    assert states(altcraft) == [("Note", "completed")]


@pytest.mark.parametrize(
    ("node", "code", "state"),
    [({}, "CODE-3", "completed"), ({"code": "CODE-4"}, "CODE-4", "completed"), ({"program": 1}, "", "error")],
)
def test_a_node_attaches_a_promo_code(
    altcraft: Altcraft, node: dict[str, Any], code: str, state: str
) -> None:
    graph(altcraft, {"name": "Gift", "type": "promo_attach", "program": 5} | node)
    free = {one["code"] for one in altcraft.data("/promocodes/export_all", loyalty_id=5) if len(one) == 1}
    engaged(altcraft, CART)
    left = {one["code"] for one in altcraft.data("/promocodes/export_all", loyalty_id=5) if len(one) == 1}
    assert (free - left, states(altcraft)) == ({code} - {""}, [("Gift", state)])


def test_a_node_that_fails_ends_the_way_of_the_profile_with_an_error(altcraft: Altcraft) -> None:
    graph(altcraft, {"name": "Note", "type": "update", "data": {"unheard_of": 1}}, mail())
    engaged(altcraft, CART)
    assert (states(altcraft), recipients(altcraft)) == ([("Note", "error")], [])


def test_steps_that_fail_at_one_instant_are_warned_of_once(
    altcraft: Altcraft, caplog: pytest.LogCaptureFixture
) -> None:
    graph(altcraft, {"name": "Note", "type": "update", "data": {"unheard_of": 1}})
    for email in (ANN, BOB):
        engaged(altcraft, CART, email=email)
    assert states(altcraft) == [("Note", "error")] * 2
    [said] = caplog.messages
    assert said.startswith(f"altcraft: Scenario {CART}: node Note failed for profile ")


def test_a_circle_without_a_wait_ends_with_an_error(altcraft: Altcraft) -> None:
    graph(altcraft, mail(next="Mail"))
    engaged(altcraft, CART)
    assert states(altcraft) == [("Mail", "error")]
    assert len(recipients(altcraft)) == 100


def test_a_way_may_lead_back_after_a_wait(altcraft: Altcraft) -> None:
    graph(altcraft, mail(), delay(next="Mail"))
    engaged(altcraft, CART)
    for _ in range(3):
        altcraft.advance("1m")
    assert len(recipients(altcraft)) == 4


@pytest.mark.parametrize(
    ("mode", "inside", "after"), [("skip", 1, 2), ("skip_in_any_case", 1, 1), ("restart", 2, 3)]
)
def test_who_enters_again_is_taken_as_the_mode_says(
    altcraft: Altcraft, mode: str, inside: int, after: int
) -> None:
    graph(altcraft, mail(), delay(), mode=mode)
    engaged(altcraft, CART)
    engaged(altcraft, CART)
    assert len(recipients(altcraft)) == inside
    altcraft.advance("2m")
    engaged(altcraft, CART)
    assert len(recipients(altcraft)) == after


def test_profiles_stay_where_they_are_while_it_is_inactive(altcraft: Altcraft) -> None:
    graph(altcraft, delay(), mail())
    engaged(altcraft, CART)
    assert altcraft.answer("/workflows/deactivate", id=CART) == SUCCESS
    altcraft.advance("1h")
    assert recipients(altcraft) == []
    assert altcraft.answer("/workflows/activate", id=CART) == SUCCESS
    assert recipients(altcraft) == [ANN]


def test_what_is_not_due_yet_waits_on_after_a_pause(altcraft: Altcraft) -> None:
    graph(altcraft, delay(), mail())
    engaged(altcraft, CART)
    altcraft.answer("/workflows/deactivate", id=CART)
    altcraft.answer("/workflows/activate", id=CART)
    assert recipients(altcraft) == []
    altcraft.advance("1m")
    assert recipients(altcraft) == [ANN]


def test_activation_can_empty_it_first(altcraft: Altcraft) -> None:
    graph(altcraft, delay(), mail())
    engaged(altcraft, CART)
    altcraft.answer("/workflows/activate", id=CART, skip_profiles=True)
    altcraft.advance("1h")
    assert (recipients(altcraft), states(altcraft)) == ([], [("Wait", "left")])


def test_it_stands_still_while_its_campaign_is_paused(altcraft: Altcraft) -> None:
    graph(altcraft, delay(), mail())
    engaged(altcraft, CART)
    altcraft.answer("/scampaigns/deactivate", id=18)
    altcraft.advance("1h")
    assert recipients(altcraft) == []
    altcraft.answer("/scampaigns/activate", id=18, activate_date="")
    assert recipients(altcraft) == [ANN]


def test_a_completed_campaign_ends_its_scenarios(altcraft: Altcraft) -> None:
    altcraft.answer("/scampaigns/completed", id=18)
    refusal = altcraft.refused("/workflows/start", id=WELCOME, email=ANN)
    assert refusal == (400, "Incorrect request: scenario 4 is inactive")


def test_who_is_deleted_leaves_nothing_behind(altcraft: Altcraft) -> None:
    graph(altcraft, delay(), mail())
    engaged(altcraft, CART)
    altcraft.answer("/profiles/delete", db_id=1, email=ANN)
    altcraft.advance("1h")
    assert (recipients(altcraft), states(altcraft)) == ([], [])


def test_an_import_starts_at_a_node_of_its_own(altcraft: Altcraft) -> None:
    start = {"name": "New", "type": "start", "starts_by": "api_import", "reacts_to": {}, "resource_id": 0}
    graph(altcraft, start | {"next": "Mail"}, mail(), reacts=True)
    altcraft.answer("/profiles/import", db_id=1, email="new@example.com", data={})
    altcraft.answer("/profiles/import", db_id=1, email="silent@example.com", data={}, skip_triggers=True)
    assert recipients(altcraft) == ["new@example.com"]


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ({"id": 9}, (404, "Object not found: scenario 9")),
        ({"id": CART}, (400, "Incorrect request: scenario 6 is inactive")),
        ({"email": "nobody@example.com"}, (404, "Object not found: profile email=nobody@example.com")),
        ({"email": None}, (400, "Incorrect request: email: Field required")),
        (
            {"subscription_filter": {"provider": "google"}},
            (400, "Incorrect request: subscription_filter.subscription_id: Field required"),
        ),
    ],
)
def test_refusals(altcraft: Altcraft, body: dict[str, Any], refusal: tuple[int, str]) -> None:
    said = {"id": WELCOME, "email": ANN} | body
    assert altcraft.refused("/workflows/start", **said) == refusal
    assert states(altcraft, WELCOME) == []


@pytest.mark.parametrize("path", ["activate", "deactivate", "start", "import_and_start"])
def test_changes_need_their_right(altcraft: Altcraft, path: str) -> None:
    body = {"id": WELCOME, "workflow_id": WELCOME, "email": ANN}
    assert altcraft.refused(f"/workflows/{path}", token=VIEW_ONLY, **body) == (403, "Access denied")


def test_a_new_profile_is_made_and_enters(altcraft: Altcraft) -> None:
    body = {"workflow_id": WELCOME, "matching": "email", "email": "new@example.com", "db_id": 1}
    answer = altcraft.answer("/workflows/import_and_start", **body, data={"_fname": "Nina"})
    assert answer["profile_id"] == profile(altcraft, "new@example.com")["id"]
    assert recipients(altcraft) == ["new@example.com"]


@pytest.mark.parametrize(
    "path", ["import_and_start", "import_and_start_batch", "import_and_start_batch_task"]
)
def test_nobody_is_imported_into_another_database_than_that_of_the_scenario(
    altcraft: Altcraft, path: str
) -> None:
    data: Any = [{"email": "new@example.com"}] if "batch" in path else {"email": "new@example.com"}
    refusal = altcraft.refused(f"/workflows/{path}", workflow_id=WELCOME, db_id=2, data=data)
    assert refusal == (400, "Incorrect request: db_id: what is started is of database 1")
    assert altcraft.refused("/profiles/get", db_id=1, email="new@example.com")[0] == 404


def test_many_are_imported_each_with_an_outcome(altcraft: Altcraft) -> None:
    data = [{"data": {"email": "new@example.com"}}, {"data": {"email": "x@example.com", "unheard_of": 1}}]
    body: dict[str, Any] = {"workflow_id": WELCOME, "data": data}
    result = altcraft.answer("/workflows/import_and_start_batch", **body)["result"]
    assert [row["error"] for row in result] == [0, 440]
    assert recipients(altcraft) == ["new@example.com"]


def test_a_task_tells_the_outcomes(altcraft: Altcraft) -> None:
    body: dict[str, Any] = {"workflow_id": WELCOME, "data": [{"email": "new@example.com"}]}
    task = altcraft.data("/workflows/import_and_start_batch_task", **body)["task_id"]
    altcraft.advance("1s")
    outcome = altcraft.data("/tasks/status", task_id=task)["result"]
    assert (outcome["total"], outcome["errors"]) == (1, [])
    assert outcome["result"][0]["profile_id"] == profile(altcraft, "new@example.com")["id"]


@pytest.mark.parametrize(
    ("operator", "at_once", "later"),
    [
        ("exist", 1, 0),
        ("not_exist", 40, 41),
        ("once", 1, 1),
        ("never", 40, 40),
        ("left", 0, 1),
        ("left_error", 0, 0),
    ],
)
def test_a_segment_can_ask_who_is_in_it(altcraft: Altcraft, operator: str, at_once: int, later: int) -> None:
    graph(altcraft, delay())
    engaged(altcraft, CART)
    rule = {"type": "workflow", "name": "workflow", "operator": operator}
    item = {
        "list_id": 1,
        "condition": "and",
        "queries": [rule | {"value": [{"name": "workflow_id", "value": CART}]}],
    }
    segment = altcraft.data("/segments/add/", name="In it", segment=[item])["saved_id"]
    assert altcraft.data("/segments/get/", id=segment)["count"] == at_once
    altcraft.advance("1h")
    assert altcraft.data("/segments/get/", id=segment)["count"] == later


def test_a_segment_can_not_ask_for_a_scenario_that_is_not_there(altcraft: Altcraft) -> None:
    rule = {"type": "workflow", "operator": "exist", "value": [{"name": "workflow_id", "value": 9}]}
    item = {"list_id": 1, "condition": "and", "queries": [rule]}
    refusal = altcraft.refused("/segments/add/", name="In it", segment=[item])
    assert refusal == (404, "Object not found: scenario 9")


def test_quick_import_puts_a_profile_into_it(altcraft: Altcraft) -> None:
    query: dict[str, Any] = {"token": "abcdefghijklmnqrstuvwxyz", "db_id": 1, "email": "new@example.com"}
    http = altcraft.emulator.http
    answer = http.post("/api/integrations/any/profile_import", params=query | {"workflow_id": WELCOME})
    assert (answer.status_code, answer.text) == (200, "Successful operation")
    assert recipients(altcraft) == ["new@example.com"]


def test_the_same_request_id_takes_a_profile_in_once(altcraft: Altcraft) -> None:
    graph(altcraft, mail(), mode="restart")
    body: dict[str, Any] = {"id": CART, "email": ANN}
    first, second = (
        altcraft.call("/workflows/start", headers={"Request-ID": "a-1"}, **body).json() for _ in range(2)
    )
    assert first == second
    assert recipients(altcraft) == [ANN]


def test_it_speaks_xml(altcraft: Altcraft) -> None:
    answer = altcraft.xml("/workflows/start", f"<id>4</id><matching>email</matching><email>{ANN}</email>")
    assert f"<result>{profile(altcraft, ANN)['id']}</result>" in answer.text
