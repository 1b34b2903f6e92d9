"""Databases: their names, the fields of their profiles, and how many profiles can get messages."""

import pytest

from tests.altcraft.conftest import SUBACCOUNT, VIEW_ONLY, Altcraft
from tests.receiver import receiving

TEST_LIST = [1, 2, 3, 4]


def test_databases_are_listed_with_their_groups(altcraft: Altcraft) -> None:
    answer = altcraft.answer("/databases/list/")
    assert [row["id"] for row in answer["data"]] == TEST_LIST
    assert answer["data"][1]["Groups"] == [{"Id": 0, "Name": "main"}, {"Id": 2, "Name": "subaccount"}]
    assert answer["data"][0]["ui_tags"] == ["b2c"]
    assert (answer["next_from_id"], answer["total_count"]) == (5, 4)


@pytest.mark.parametrize(
    ("filters", "ids"),
    [
        ({"from_id": 3}, [3, 4]),
        ({"limit": 2}, [1, 2]),
        ({"ui_tags": ["b2c"]}, [1]),
        ({"groups": ["subaccount"]}, [2]),
        ({"groups_id": [2]}, [2]),
    ],
)
def test_the_list_is_filtered(altcraft: Altcraft, filters: dict[str, object], ids: list[int]) -> None:
    assert [row["id"] for row in altcraft.data("/databases/list/", **filters)] == ids


def test_xml_spells_the_groups_small(altcraft: Altcraft) -> None:
    answer = altcraft.xml("/databases/list/", "<limit>1</limit>").text
    assert "<groups><id>0</id><name>main</name></groups>" in answer


def test_a_token_of_a_group_sees_the_databases_of_the_group(altcraft: Altcraft) -> None:
    assert [row["id"] for row in altcraft.data("/databases/list/", token=SUBACCOUNT)] == [2]
    assert altcraft.refused("/databases/get/", token=SUBACCOUNT, id=1) == (
        404,
        "Object not found: database 1",
    )


def test_a_database_is_described(altcraft: Altcraft) -> None:
    assert altcraft.data("/databases/get/", id=2) == {
        "id": 2,
        "name": "Partners",
        "suppress_id": 2,
        "description": "",
    }


def test_the_fields_are_the_standard_ones_and_its_own(altcraft: Altcraft) -> None:
    fields = {row["name"]: row for row in altcraft.data("/databases/fields_get/", id=1)}
    assert fields["email"]["category"] == "system"
    assert fields["_tz"]["dictionary"] == "tz"
    assert fields["_sex"]["type"] == "enum"
    assert fields["level"] == {
        "category": "custom",
        "title": "level",
        "name": "level",
        "required": False,
        "type": "enum",
        "values": {"bronze": 1, "silver": 2, "gold": 3},
    }


def test_counters_count_subscriptions_by_channel_and_status(altcraft: Altcraft) -> None:
    email, sms, push = altcraft.data("/databases/get_counters", id=1, resource_id=1)
    assert [one["channel"] for one in (email, sms, push)] == ["email", "sms", "push"]
    assert email["status"] == {
        "all": 41,
        "subscribed": 41,
        "unsubscribed": 0,
        "complained": 0,
        "hardbounced": 0,
        "unconfirmed": 0,
        "suspended": 0,
        "invalid": 0,
        "subscribed_sendable": 40,
        "unconfirmed_sendable": 0,
    }
    assert (push["status"]["all"], push["status"]["subscribed"]) == (41, 0)


@pytest.mark.slow
def test_a_bounce_is_written_back_to_its_subscription(altcraft: Altcraft) -> None:
    settings = {"data_type": "list", "data_id": 1, "resource_id": 36, "send_channel": "sms"}
    content = [{"message_id": 21}]
    mailing = altcraft.data(
        "/campaigns/broadcasts/add", name="News", content=content, unconditional_sending=True, **settings
    )["saved_id"]
    altcraft.data("/campaigns/activate/", id=mailing, run_now=True)
    altcraft.advance("1h")
    _, sms, _ = altcraft.data("/databases/get_counters", id=1, resource_id=36)
    assert (sms["status"]["subscribed"], sms["status"]["hardbounced"]) == (40, 1)


@pytest.mark.slow
def test_a_bounced_push_enters_no_suppression_list(altcraft: Altcraft) -> None:
    altcraft.emulator.query("DELETE FROM altcraft_suppressed")
    settings = {"data_type": "list", "data_id": 1, "resource_id": 26, "send_channel": "push"}
    content = [{"message_id": 21}]
    mailing = altcraft.data(
        "/campaigns/broadcasts/add", name="News", content=content, unconditional_sending=True, **settings
    )["saved_id"]
    altcraft.data("/campaigns/activate/", id=mailing, run_now=True)
    altcraft.advance("1h")
    _, _, push = altcraft.data("/databases/get_counters", id=1, resource_id=26)[:3]
    assert push["status"]["hardbounced"] == 1
    assert altcraft.emulator.query("SELECT count(*) FROM altcraft_suppressed") == [(0,)]


def test_a_recount_is_a_task_whose_result_is_sent(altcraft: Altcraft) -> None:
    with receiving() as receiver:
        feedback = {"type": "JSON", "url": receiver.url}
        task = altcraft.data("/databases/refresh_counters", id=1, resource_id=1, feedback=feedback)["task_id"]
        altcraft.advance("1s")
        sent = receiver.requests[0].json
    assert sent["task_id"] == task
    assert (sent["status"], sent["progress"]) == ("completed", 100)
    assert sent["result"][0]["channels"][0]["status"] == {
        "subscribed_sendable": 40,
        "unconfirmed_sendable": 0,
    }


@pytest.mark.parametrize(
    "url", ["ftp://example.com", "not an address", "http://user@example.com/", "http://x..example/"]
)
def test_feedback_goes_to_web_addresses_alone(altcraft: Altcraft, url: str) -> None:
    code, text = altcraft.refused("/databases/refresh_counters", id=1, resource_id=1, feedback={"url": url})
    assert code == 400
    assert text.startswith("Incorrect request: feedback.url: must ")


def test_a_wipe_deletes_the_people_and_their_actions(altcraft: Altcraft) -> None:
    altcraft.data("/campaigns/activate/", id=12, run_now=True)
    altcraft.advance("1h")
    wiped = altcraft.data("/databases/wipe", id=1)
    assert wiped["count_profile"] == 41
    assert wiped["count_action"] >= 80
    assert altcraft.data("/databases/get_counters", id=1, resource_id=1)[0]["status"]["all"] == 0
    assert altcraft.data("/databases/wipe", id=1) == {"count_action": 0, "count_profile": 0}


def test_an_account_may_forbid_wipes(altcraft: Altcraft) -> None:
    altcraft.emulator.query("UPDATE altcraft_account SET allow_data_wipe = 0")
    assert altcraft.refused("/databases/wipe", id=1) == (403, "Access denied")
    assert altcraft.data("/databases/get_counters", id=1, resource_id=1)[0]["status"]["all"] == 41


def test_a_wipe_counts_what_the_history_shows_and_deletes_the_orders(altcraft: Altcraft) -> None:
    march = {"date_from": "2020-01-01", "date_to": "2026-12-31", "limit": 1000}
    shown = altcraft.data("/subscribers/history_get_all", list_id=1, **march)
    wiped = altcraft.data("/databases/wipe", id=1)
    assert wiped["count_action"] == len(shown)
    assert altcraft.answer("/market/orders/list")["result"] == []


@pytest.mark.parametrize(
    ("path", "body", "refusal"),
    [
        ("/databases/get/", {"id": 9}, (404, "Object not found: database 9")),
        ("/databases/get/", {}, (400, "Incorrect request: id: Field required")),
        ("/databases/get/", {"id": ""}, (400, "Incorrect request: id: Field required")),
        ("/databases/get_counters", {"id": 1, "resource_id": 9}, (404, "Object not found: resource 9")),
        ("/databases/wipe", {"id": 9}, (404, "Object not found: database 9")),
        (
            "/databases/list/",
            {"limit": "many"},
            (400, "Incorrect request: limit: Input should be a valid integer"),
        ),
    ],
)
def test_what_does_not_exist_or_fit_is_refused(
    altcraft: Altcraft, path: str, body: dict[str, object], refusal: tuple[int, str]
) -> None:
    assert altcraft.refused(path, **body) == refusal


@pytest.mark.parametrize("path", ["/databases/wipe", "/databases/refresh_counters"])
def test_a_token_without_the_right_is_refused(altcraft: Altcraft, path: str) -> None:
    refusal = altcraft.refused(path, token=VIEW_ONLY, id=1, resource_id=1)
    assert refusal == (403, "Access denied")
