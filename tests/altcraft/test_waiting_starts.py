"""Starts of triggers that wait: https://guides.altcraft.com/en/developer-guide/campaigns/trigger-campaigns."""

from typing import Any

import pytest

from tests.altcraft.conftest import Altcraft
from tests.altcraft.test_trigger_launches import messages

ANN, BOB = "ann@example.com", "bob+opened@example.com"
CAMPAIGN = 18
SETTINGS: dict[str, Any] = {
    "name": "T",
    "content": [{"message_id": 6}],
    "list_id": 1,
    "trigger_type": "api_call",
    "is_active": True,
    "skip_minutes": 10,
}
PUSH = {"send_channel": "push", "content": [{"message_id": 27}]}


@pytest.fixture
def trigger(altcraft: Altcraft) -> int:
    """A trigger that waits for ten minutes, in no campaign."""
    return int(altcraft.data("/campaigns/triggers/add", send_channel="email", **SETTINGS)["saved_id"])


def start(altcraft: Altcraft, trigger: int, **whom: Any) -> Any:
    return altcraft.answer("/campaigns/triggers/start", id=trigger, **(whom or {"email": ANN}))["result"]


def sent(altcraft: Altcraft, trigger: int) -> list[str]:
    found = altcraft.emulator.http.get("/_emulator/messages", params={"job": f"altcraft/mailing/{trigger}"})
    return [message["recipient"] for message in found.json()["messages"]]


def in_campaign(altcraft: Altcraft, trigger: int) -> None:
    altcraft.emulator.query("UPDATE altcraft_mailing SET campaign_id = ? WHERE id = ?", CAMPAIGN, trigger)


def test_an_abort_drops_what_waits(altcraft: Altcraft, trigger: int) -> None:
    start(altcraft, trigger)
    altcraft.answer("/campaigns/deactivate", id=trigger, abort_if_running=True)
    altcraft.answer("/campaigns/activate", id=trigger)
    altcraft.advance("1h")
    assert sent(altcraft, trigger) == []


def test_without_an_abort_what_waits_is_sent(altcraft: Altcraft, trigger: int) -> None:
    start(altcraft, trigger)
    altcraft.answer("/campaigns/deactivate", id=trigger)
    altcraft.advance("1h")
    assert sent(altcraft, trigger) == [ANN]


def test_an_inactive_campaign_holds_what_waits_until_it_is_active(altcraft: Altcraft, trigger: int) -> None:
    in_campaign(altcraft, trigger)
    start(altcraft, trigger)
    altcraft.answer("/scampaigns/deactivate", id=CAMPAIGN)
    altcraft.advance("1h")
    assert sent(altcraft, trigger) == []
    altcraft.answer("/scampaigns/activate", id=CAMPAIGN, start_date="")
    assert sent(altcraft, trigger) == [ANN]
    altcraft.advance("1h")
    assert sent(altcraft, trigger) == [ANN]


@pytest.mark.parametrize("end", ["aborted", "completed", "deleted"])
def test_what_is_held_ends_with_its_mailing_or_campaign(altcraft: Altcraft, trigger: int, end: str) -> None:
    in_campaign(altcraft, trigger)
    start(altcraft, trigger)
    altcraft.answer("/scampaigns/deactivate", id=CAMPAIGN)
    altcraft.advance("1h")
    match end:
        case "aborted":
            altcraft.answer("/campaigns/deactivate", id=trigger, abort_if_running=True)
        case "deleted":
            altcraft.answer("/campaigns/delete", id=trigger)
        case _:
            altcraft.answer("/scampaigns/completed", id=CAMPAIGN)
    assert altcraft.emulator.query("SELECT count(*) FROM altcraft_held_start") == [(0,)]
    altcraft.advance("1h")
    assert altcraft.emulator.query("SELECT count(*) FROM failed_event") == [(0,)]
    assert sent(altcraft, trigger) == []


@pytest.mark.parametrize("is_held", [False, True])
def test_what_waits_needs_its_template_after_a_deactivation(
    altcraft: Altcraft, trigger: int, *, is_held: bool
) -> None:
    if is_held:
        in_campaign(altcraft, trigger)
    start(altcraft, trigger)
    altcraft.answer("/campaigns/deactivate", id=trigger)
    if is_held:
        altcraft.answer("/scampaigns/deactivate", id=CAMPAIGN)
        altcraft.advance("1h")
    refusal = (400, "Incorrect request: template 6 is in use")
    assert altcraft.refused("/templates/delete", id=6) == refusal
    if is_held:
        altcraft.answer("/scampaigns/activate", id=CAMPAIGN, start_date="")
    altcraft.advance("1h")
    assert sent(altcraft, trigger) == [ANN]
    assert altcraft.data("/templates/delete", id=6) == 6


def test_what_waits_needs_its_virtual_sender(altcraft: Altcraft, trigger: int) -> None:
    altcraft.answer("/campaigns/triggers/update", id=trigger, virtual_sender_id=2, **SETTINGS)
    start(altcraft, trigger)
    altcraft.answer("/campaigns/deactivate", id=trigger)
    refusal = (400, "Incorrect request: virtual sender 2 is in use")
    assert altcraft.refused("/vsenders/delete", id=2) == refusal
    altcraft.answer("/campaigns/deactivate", id=trigger, abort_if_running=True)
    altcraft.answer("/vsenders/delete", id=2)


@pytest.mark.parametrize(("path", "number"), [("/campaigns/triggers/start", 60), ("/workflows/start", 4)])
def test_a_match_goes_before_a_query(altcraft: Altcraft, path: str, number: int) -> None:
    query = {"email": "customer1@example.com"}
    body: dict[str, Any] = {"id": number, "matching": "email", "custom_request": query}
    found = altcraft.answer(path, **body, email=ANN)["result"]
    assert found == [altcraft.data("/profiles/get", db_id=1, email=ANN)["id"]]
    assert altcraft.call(path, **body, email="nobody@x.y").json()["error"] == 404


def test_a_push_needs_a_resource_when_it_is_launched(altcraft: Altcraft) -> None:
    refusal = (400, "Incorrect request: resource_id: a push needs a resource")
    made = altcraft.data(
        "/campaigns/broadcasts/add", name="N", data_type="list", data_id=1, is_active=True, **PUSH
    )["saved_id"]
    assert altcraft.refused("/campaigns/broadcasts/start", id=made) == refusal
    assert altcraft.refused("/campaigns/activate", id=made, run_now=True) == refusal
    assert altcraft.status(made) == "Active"
    trigger = {"name": "P", "list_id": 1, "trigger_type": "api_call", "is_active": True}
    pushed = altcraft.data("/campaigns/triggers/add", **trigger, **PUSH)["saved_id"]
    answer = altcraft.call("/campaigns/triggers/start", id=pushed, email=ANN).json()
    assert (answer["error"], answer["error_text"]) == refusal


def test_csv_stands_for_json(altcraft: Altcraft) -> None:
    answer = altcraft.call("/workflows/start", id=4, email=ANN, format="csv")
    assert answer.json()["error"] == 0


def test_a_scenario_takes_nobody_in_without_the_subscription_that_is_wanted(altcraft: Altcraft) -> None:
    wanted = {"email": "no@example.com", "not_strict": False}
    answer = altcraft.call("/workflows/start", id=4, email=ANN, subscription_filter=wanted).json()
    assert (answer["error"], answer["error_text"]) == (
        404,
        "Object not found: subscription email no@example.com",
    )
    assert altcraft.emulator.query("SELECT count(*) FROM altcraft_passage") == [(0,)]


@pytest.mark.parametrize(
    ("shared", "item", "whom"),
    [
        ({"custom_request": {"email": ANN}}, {}, ANN),
        ({"custom_request": {"email": ANN}}, {"email": BOB}, BOB),
        ({"custom_request": {"email": ANN}, "email": BOB}, {}, BOB),
        ({"email": BOB}, {"custom_request": {"email": ANN}}, ANN),
        ({"email": ANN}, {}, ANN),
    ],
)
def test_a_batch_may_say_once_whom_its_items_are_for(
    altcraft: Altcraft, shared: dict[str, Any], item: dict[str, Any], whom: str
) -> None:
    altcraft.answer("/campaigns/triggers/start_batch", trigger_id=60, data=[item], **shared)
    assert [message["recipient"] for message in messages(altcraft)] == [whom]


@pytest.mark.parametrize("wrong", [[1], {"a": 1}, "x", True])
def test_the_resource_of_an_item_is_a_number(altcraft: Altcraft, wrong: Any) -> None:
    listed = [{"email": ANN, "resource_id": wrong}, {"email": BOB, "resource_id": "1"}]
    altcraft.answer("/campaigns/triggers/start_batch", trigger_id=60, data=listed)
    assert [message["recipient"] for message in messages(altcraft)] == [BOB]


@pytest.mark.parametrize(
    ("settings", "refusal"),
    [
        ({"trigger_type": "pixel", "pixel_id": 99, "goal": "g"}, (404, "Object not found: pixel 99")),
        (
            {"trigger_type": "update", "update_query": [{"fieldname": "nope", "fieldtype": "unicode"}]},
            (400, "Incorrect request: update_query: there is no field nope"),
        ),
        *(
            (
                {"trigger_type": "update", "update_query": [{"fieldname": name, "fieldtype": "unicode"}]},
                (400, f"Incorrect request: update_query.0.fieldtype: must be {type_}, the type of {name}"),
            )
            for name, type_ in [
                ("CRM_ID", "int"),
                ("_bdate", "date"),
                ("_sex", "enum"),
                ("email", "email"),
                ("custom_tags", "tags"),
                ("_status", "enum"),
            ]
        ),
    ],
)
def test_a_trigger_reacts_to_what_there_is(
    altcraft: Altcraft, settings: dict[str, Any], refusal: tuple[int, str]
) -> None:
    body = {"name": "T", "content": [{"message_id": 6}], "send_channel": "email", "list_id": 1}
    assert altcraft.refused("/campaigns/triggers/add", **body, **settings) == refusal
    assert altcraft.refused("/campaigns/triggers/update", id=60, **body, **settings) == refusal


def test_a_scenario_of_a_completed_campaign_stays_inactive(altcraft: Altcraft) -> None:
    altcraft.answer("/scampaigns/completed", id=CAMPAIGN)
    assert altcraft.refused("/workflows/activate", id=4)[0] == 400
    steered = altcraft.emulator.http.post(
        "/_emulator/jobs/altcraft/scenario/4/status", json={"action": "activate"}
    )
    assert steered.status_code == 409
    [scenario, _] = altcraft.data("/workflows/list")
    assert not scenario["is_active"]
