"""Campaigns: https://guides.altcraft.com/en/developer-guide/super-campaigns."""

from typing import Any

import pytest

from emulator.altcraft.tables.campaigns import CAMPAIGN
from tests.altcraft.conftest import Altcraft
from tests.altcraft.seeds import asked, seeded
from tests.conftest import Emulator

STATES = {20: "inactive", 21: "waiting", 8: "active", 22: "completed", 23: "cloning", 24: "deleted"}
"""The id of a campaign of the account in each state, with the clock at 2026-03-15T14:30:00Z."""

OPERATIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "activate": ("activate", {"activate_date": ""}),
    "plan": ("activate", {"activate_date": "2026-04-01T00:00:00Z"}),
    "deactivate": ("deactivate", {}),
    "complete": ("completed", {}),
}


@pytest.mark.parametrize(("campaign", "state"), STATES.items())
def test_the_account_has_a_campaign_in_every_state(altcraft: Altcraft, campaign: int, state: str) -> None:
    assert altcraft.state(campaign) == state
    found = altcraft.data("/scampaigns/get", id=campaign)
    assert [(row["id"], row["state"], row["is_delete"]) for row in found] == [
        (campaign, state, state == "deleted")
    ]


@pytest.mark.parametrize("action", OPERATIONS)
@pytest.mark.parametrize("campaign", STATES)
def test_every_cell_of_the_table(altcraft: Altcraft, campaign: int, action: str) -> None:
    state = STATES[campaign]
    target = CAMPAIGN.target(state, action)
    path, body = OPERATIONS[action]
    if target:
        assert altcraft.data(f"/scampaigns/{path}", **body | {"id": campaign}) is None
    else:
        refusal = (400, f"Incorrect request: campaign {campaign} is {state}")
        assert altcraft.refused(f"/scampaigns/{path}", **body | {"id": campaign}) == refusal
    assert altcraft.state(campaign) == (target or state)


def test_the_table_has_no_other_actions() -> None:
    assert set(CAMPAIGN.actions) == set(OPERATIONS)
    assert set(CAMPAIGN.states) == set(STATES.values())


@pytest.mark.parametrize("body", [{}, {"run_now": True}])
def test_a_mailing_of_a_completed_campaign_stays_inactive(altcraft: Altcraft, body: dict[str, Any]) -> None:
    altcraft.data("/scampaigns/completed", id=18)
    nested = altcraft.data("/scampaigns/get", id=18, marketing_activities=True)[0]["marketing_activities"]
    mailing = next(row["id"] for row in nested if row["type"] == "regular")
    refusal = (400, "Incorrect request: campaign 18 is completed")
    assert altcraft.refused("/campaigns/activate/", id=mailing, **body) == refusal
    assert altcraft.status(mailing) == "Inactive"


@pytest.mark.parametrize("path", ["get", "get_status", "completed", "deactivate"])
def test_an_unknown_campaign(altcraft: Altcraft, path: str) -> None:
    assert altcraft.refused(f"/scampaigns/{path}", id=99) == (404, "Object not found: campaign 99")


@pytest.mark.parametrize("name", ["activate_date", "start_date"])
@pytest.mark.parametrize("date", ["", None, "2026-03-15T14:30:00Z", "2020-01-01T00:00:00+03:00"])
def test_activation_now(altcraft: Altcraft, name: str, date: str | None) -> None:
    altcraft.data("/scampaigns/activate", **{"id": 20, name: date})
    assert altcraft.state(20) == "active"


def test_activation_now_in_xml(altcraft: Altcraft) -> None:
    answer = altcraft.xml("/scampaigns/activate", "<id>20</id><start_date/>").text
    assert answer == "<xml><error>0</error><error_text>Successful operation</error_text></xml>"
    assert altcraft.state(20) == "active"


@pytest.mark.slow
@pytest.mark.parametrize("name", ["activate_date", "start_date"])
def test_activation_at_a_date(altcraft: Altcraft, name: str) -> None:
    altcraft.data("/scampaigns/activate", **{"id": 20, name: "2026-03-16T14:30:00Z"})
    assert altcraft.state(20) == "waiting"
    altcraft.advance("1439m")
    assert altcraft.state(20) == "waiting"
    altcraft.advance("1m")
    assert altcraft.state(20) == "active"


@pytest.mark.slow
def test_a_waiting_campaign_becomes_active_at_its_date(altcraft: Altcraft) -> None:
    altcraft.advance("10d")
    assert altcraft.state(21) == "active"


def test_a_waiting_campaign_can_be_given_another_date(altcraft: Altcraft) -> None:
    altcraft.data("/scampaigns/activate", id=21, start_date="2026-04-15T14:30:00Z")
    altcraft.advance("30d")
    assert altcraft.state(21) == "waiting"
    altcraft.advance("1d")
    assert altcraft.state(21) == "active"


def test_a_deactivated_campaign_does_not_become_active_by_itself(altcraft: Altcraft) -> None:
    altcraft.data("/scampaigns/deactivate", id=21)
    altcraft.advance("30d")
    assert altcraft.state(21) == "inactive"


def test_deactivation_and_completion_happen_at_their_dates(altcraft: Altcraft) -> None:
    dates = {
        "start_date": "2026-03-16T14:30:00Z",
        "deactivate_date": "2026-03-17T14:30:00Z",
        "completed_date": "2026-03-18T14:30:00Z",
    }
    altcraft.data("/scampaigns/activate", id=20, **dates)
    states = []
    for _ in range(3):
        altcraft.advance("1d")
        states.append(altcraft.state(20))
    assert states == ["active", "inactive", "completed"]


def test_a_campaign_that_was_paused_by_hand_has_no_dates_any_more(altcraft: Altcraft) -> None:
    altcraft.data("/scampaigns/activate", id=20, start_date="", completed_date="2026-03-18T14:30:00Z")
    altcraft.data("/scampaigns/deactivate", id=20)
    altcraft.data("/scampaigns/activate", id=20, start_date="")
    altcraft.advance("30d")
    assert altcraft.state(20) == "active"


def test_completion_cancels_what_was_planned(altcraft: Altcraft) -> None:
    altcraft.data("/scampaigns/completed", id=21)
    altcraft.advance("30d")
    assert altcraft.state(21) == "completed"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "activate_date"),
        ({"start_date": "tomorrow"}, "start_date"),
        ({"activate_date": 20260301}, "activate_date"),
        ({"start_date": "", "deactivate_date": "2026-03-15T14:30:00Z"}, "deactivate_date"),
        ({"start_date": "", "completed_date": "2020-01-01T00:00:00Z"}, "completed_date"),
        (
            {"start_date": "2026-06-01T00:00:00Z", "deactivate_date": "2026-05-01T00:00:00Z"},
            "deactivate_date",
        ),
        ({"start_date": "2026-06-01T00:00:00Z", "completed_date": "2026-06-01T00:00:00Z"}, "completed_date"),
    ],
)
def test_dates_that_make_no_sense(altcraft: Altcraft, body: dict[str, Any], field: str) -> None:
    code, text = altcraft.refused("/scampaigns/activate", id=20, **body)
    assert (code, text.split(": ")[:2]) == (400, ["Incorrect request", field])
    assert altcraft.state(20) == "inactive"


def activities(altcraft: Altcraft) -> dict[str, bool]:
    """Return the active flags of all items in campaign 18."""
    found = altcraft.data("/scampaigns/get", id=18, marketing_activities=True)[0]
    return {f"{row['type']} {row['id']}": row["is_active"] for row in found["marketing_activities"]}


def test_completion_stops_mailings_and_makes_all_inactive(altcraft: Altcraft) -> None:
    assert activities(altcraft) == {
        "broadcast 19": True,
        "regular 26": True,
        "trigger 27": True,
        "workflow 4": True,
        "workflow 6": False,
    }
    altcraft.data("/scampaigns/completed", id=18)
    assert set(activities(altcraft).values()) == {False}
    altcraft.advance("30d")
    assert altcraft.status(19) == "Inactive"
    assert altcraft.log(19) == ["Begin campaign", "Sending aborted", "Campaign deactivated"]


def test_completion_is_for_good(altcraft: Altcraft) -> None:
    altcraft.data("/scampaigns/completed", id=18)
    refusal = (400, "Incorrect request: campaign 18 is completed")
    assert altcraft.refused("/scampaigns/completed", id=18) == refusal
    assert altcraft.refused("/scampaigns/activate", id=18, start_date="") == refusal


def sent(altcraft: Altcraft) -> int:
    """Return how many messages of mailing 19, which goes to 20 people, have left the queue."""
    counts = altcraft.emulator.http.get("/_emulator/jobs/altcraft/mailing/19").json()["counts"]
    return 20 - int(counts.get("queued", 0))


def test_deactivation_holds_the_queues_of_mailings_and_leaves_their_flags(altcraft: Altcraft) -> None:
    before, already_sent = activities(altcraft), sent(altcraft)
    altcraft.data("/scampaigns/deactivate", id=18)
    assert activities(altcraft) == before
    altcraft.advance("30d")
    assert activities(altcraft) == before
    assert altcraft.log(19) == ["Begin campaign"]
    assert sent(altcraft) == already_sent


@pytest.mark.parametrize("date", ["", "2026-03-16T14:30:00Z"])
def test_activation_lets_queues_go_on_where_they_were_held(altcraft: Altcraft, date: str) -> None:
    altcraft.data("/scampaigns/deactivate", id=18)
    altcraft.advance("1h")
    altcraft.data("/scampaigns/activate", id=18, start_date=date)
    altcraft.advance("3d")
    assert altcraft.status(19) == "Completed"
    page = altcraft.emulator.http.get("/_emulator/messages?job=altcraft/mailing/19").json()
    assert len({message["recipient"] for message in page["messages"]}) == page["total"] == 20


def test_a_planned_deactivation_holds_the_queues_too(altcraft: Altcraft) -> None:
    altcraft.data("/scampaigns/activate", id=18, start_date="", deactivate_date="2026-03-15T15:30:00Z")
    altcraft.advance("1h")
    already_sent = sent(altcraft)
    altcraft.advance("30d")
    assert (altcraft.state(18), sent(altcraft)) == ("inactive", already_sent)


@pytest.mark.parametrize("state", ["inactive", "waiting", "completed"])
def test_a_test_that_sets_a_state_holds_or_drops_the_queues(altcraft: Altcraft, state: str) -> None:
    body = {"status": state, "force": True}
    altcraft.emulator.http.post("/_emulator/jobs/altcraft/campaign/18/status", json=body)
    counts = altcraft.emulator.http.get("/_emulator/jobs/altcraft/mailing/19").json()["counts"]
    assert ("cancelled" in counts, "queued" in counts) == (state == "completed", state != "completed")
    altcraft.emulator.http.post(
        "/_emulator/jobs/altcraft/campaign/18/status", json={"status": "active", "force": True}
    )
    altcraft.advance("30d")
    assert altcraft.status(19) == ("Inactive" if state == "completed" else "Completed")


@pytest.mark.parametrize("path", ["activate/", "broadcasts/start"])
def test_no_mailing_of_a_paused_campaign_is_launched(altcraft: Altcraft, path: str) -> None:
    altcraft.data("/campaigns/deactivate", id=19, abort_if_running=True)
    altcraft.data("/campaigns/activate/", id=19)
    altcraft.data("/scampaigns/deactivate", id=18)
    refusal = (400, "Incorrect request: campaign 18 is inactive")
    assert altcraft.refused(f"/campaigns/{path}", id=19, run_now=True) == refusal
    assert altcraft.status(19) == "Active"


def test_a_mailing_of_a_paused_campaign_can_be_activated(altcraft: Altcraft) -> None:
    altcraft.data("/campaigns/deactivate", id=19)
    altcraft.data("/scampaigns/deactivate", id=18)
    assert altcraft.data("/campaigns/activate/", id=19) is None


def test_a_campaign_names_its_mailings_and_scenarios(altcraft: Altcraft) -> None:
    nested = altcraft.data("/scampaigns/get", id=18)[0]["audience"]["extension_conf"]
    assert {kind: found["ids"] for kind, found in nested.items()} == {
        "workflows": [4, 6],
        "triggers": [27],
        "broadcasts": [19],
        "regulars": [26],
        "abns": [],
        "placements": [],
    }


@pytest.mark.parametrize(
    ("groups", "mailings", "scenarios"), [({}, [3, 4], [5, 6]), ({"groups": [2]}, [4], [6])]
)
def test_a_token_is_shown_what_it_sees_of_a_campaign(
    emulator: Emulator, groups: dict[str, list[int]], mailings: list[int], scenarios: list[int]
) -> None:
    box = emulator.sandbox(fixtures="empty", clock="frozen")
    at = "2026-03-01T10:00:00Z"
    campaign = {"id": 8, "name": "C", "state": "active", "groups": [0, 2], "list": 1, "segment": 9}
    mailing = {"name": "M", "kind": "broadcast", "list": 1, "templates": [1], "campaign": 8, "edited": at}
    scenario = {"name": "S", "database": 1, "campaign": 8}
    more = {
        "segments": [{"id": 9, "name": "S", "database": 1}],
        "campaigns": [campaign | {"created": at}],
        "mailings": [mailing | {"id": 3}, mailing | {"id": 4, "groups": [2]}],
        "scenarios": [scenario | {"id": 5}, scenario | {"id": 6, "groups": [2]}],
    }
    assert seeded(box, lambda account: account["tokens"][0].update(groups), **more).status_code == 200
    (found,) = asked(box, "/scampaigns/get", id=8, marketing_activities=True)
    held = found["audience"]["extension_conf"]
    assert (held["broadcasts"]["ids"], held["workflows"]["ids"]) == (mailings, scenarios)
    assert [row["id"] for row in found["marketing_activities"]] == mailings + scenarios


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({}, [8, 18, 20, 21, 22, 23, 24, 25]),
        ({"state": "active"}, [8, 18, 25]),
        ({"state": "active", "limit": 1}, [8]),
        ({"from_id": 22}, [22, 23, 24, 25]),
        ({"ui_tags": ["season"]}, [8]),
        ({"groups": ["subaccount"]}, [25]),
        ({"groups_id": [0], "state": "active"}, [8, 18]),
        ({"attributes": {"season": ["spring_2026", "winter_2025"]}}, [8]),
        ({"attributes": {"season": ["winter_2025"]}}, []),
    ],
)
def test_list_filters(altcraft: Altcraft, filters: dict[str, Any], found: list[int]) -> None:
    assert [row["id"] for row in altcraft.data("/scampaigns/list", **filters)] == found


def test_the_list_has_the_shape_of_get_and_its_page(altcraft: Altcraft) -> None:
    answer = altcraft.answer("/scampaigns/list", limit=1)
    assert answer["data"] == altcraft.data("/scampaigns/get", id=8)
    assert (answer["next_from_id"], answer["total_count"]) == (9, 8)


def test_what_a_deleted_campaign_holds_can_not_be_activated(altcraft: Altcraft) -> None:
    body = {"status": "deleted", "force": True}
    altcraft.emulator.http.post("/_emulator/jobs/altcraft/campaign/18/status", json=body)
    refusal = (400, "Incorrect request: campaign 18 is deleted")
    assert altcraft.refused("/campaigns/activate/", id=26) == refusal
    assert altcraft.refused("/workflows/activate", id=4) == refusal


@pytest.mark.parametrize("state", ["completed", "deleted"])
def test_a_test_that_ends_a_campaign_makes_its_scenarios_inactive(altcraft: Altcraft, state: str) -> None:
    body = {"status": state, "force": True}
    altcraft.emulator.http.post("/_emulator/jobs/altcraft/campaign/18/status", json=body)
    assert [row["is_active"] for row in altcraft.data("/workflows/list")] == [False, False]
