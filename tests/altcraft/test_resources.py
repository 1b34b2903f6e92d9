"""Resources: subscriptions to them, the fields of these, and how many people can get messages."""

import pytest

from tests.altcraft.conftest import SUBACCOUNT, VIEW_ONLY, Altcraft
from tests.receiver import receiving

DEMO_RESOURCES = [1, 24, 26, 36]


def test_resources_are_listed_with_their_groups(altcraft: Altcraft) -> None:
    answer = altcraft.answer("/resources/list")
    assert [row["id"] for row in answer["data"]] == DEMO_RESOURCES
    assert answer["data"][1] == {
        "id": 24,
        "name": "Shop",
        "groups": [{"id": 0, "name": "main"}, {"id": 2, "name": "subaccount"}],
    }
    assert (answer["next_from_id"], answer["total_count"]) == (37, 4)


@pytest.mark.parametrize(
    ("filters", "ids"),
    [
        ({"from_id": 24}, [24, 26, 36]),
        ({"from_id": 2, "limit": 1}, [24]),
        ({"groups": ["subaccount"]}, [24]),
        ({"groups_id": [2]}, [24]),
        ({"groups_id": [0, 2], "groups": ["subaccount", "nobody"]}, [24]),
        ({"groups_id": [7]}, []),
        ({"ui_tags": ["no filter of this list"]}, DEMO_RESOURCES),
    ],
)
def test_the_list_is_filtered(altcraft: Altcraft, filters: dict[str, object], ids: list[int]) -> None:
    assert [row["id"] for row in altcraft.data("/resources/list", **filters)] == ids


def test_pages_follow_each_other_until_one_is_empty(altcraft: Altcraft) -> None:
    seen: list[int] = []
    answer = altcraft.answer("/resources/list", limit=3)
    while answer["data"]:
        seen += [row["id"] for row in answer["data"]]
        answer = altcraft.answer("/resources/list", limit=3, from_id=answer["next_from_id"])
    assert seen == DEMO_RESOURCES
    assert (answer["next_from_id"], answer["total_count"]) == (37, 4)


def test_the_list_in_xml_repeats_its_elements(altcraft: Altcraft) -> None:
    answer = altcraft.xml("/resources/list", "<from_id>24</from_id><limit>1</limit><groups_id>2</groups_id>")
    assert answer.text == (
        "<xml><data><id>24</id><name>Shop</name><groups><id>0</id><name>main</name></groups>"
        "<groups><id>2</id><name>subaccount</name></groups></data><error>0</error>"
        "<error_text>Successful operation</error_text><next_from_id>25</next_from_id>"
        "<total_count>1</total_count></xml>"
    )


def test_a_token_of_a_group_sees_the_resources_of_the_group(altcraft: Altcraft) -> None:
    assert [row["id"] for row in altcraft.data("/resources/list", token=SUBACCOUNT)] == [24]
    refusal = altcraft.refused("/resources/get", token=SUBACCOUNT, id=1)
    assert refusal == (404, "Object not found: resource 1")


def test_a_resource_is_described_with_its_channels_and_databases(altcraft: Altcraft) -> None:
    assert altcraft.data("/resources/get", id="1") == {
        "channels": ["email", "sms", "push"],
        "dbs_ids": [1, 2],
        "id": 1,
        "name": "Blog",
        "trk_domain": "tracking.example.org",
        "url": "https://blog.example.org",
    }


def test_channels_in_xml_are_repeated_elements(altcraft: Altcraft) -> None:
    answer = altcraft.xml("/resources/get", "<id>24</id>").text
    assert (
        "<channels>email</channels><channels>sms</channels><dbs_ids>2</dbs_ids><dbs_ids>3</dbs_ids>" in answer
    )


def test_the_fields_of_subscriptions_are_its_own_ones_and_the_standard_ones(altcraft: Altcraft) -> None:
    fields = altcraft.data("/resources/fields_get", id=1, channel="email")
    assert fields[0] == {
        "category": "custom",
        "title": "My field",
        "name": "my_field",
        "required": False,
        "type": "int",
    }
    assert [field["name"] for field in fields[1:12]] == [
        "_device_type",
        "_device_model",
        "_device_name",
        "_os",
        "_os_ver",
        "_os_tz",
        "_os_language",
        "_ad_track",
        "_ad_id",
        "_app_id",
        "_app_iid",
    ]
    assert fields[1]["dictionary"] == "devices"
    assert (fields[5]["type"], fields[8]["type"]) == ("version", "bool")


def test_fields_in_xml(altcraft: Altcraft) -> None:
    answer = altcraft.xml("/resources/fields_get", "<id>1</id><channel>sms</channel>").text
    assert answer.startswith(
        "<xml><data><category>custom</category><title>My field</title><name>my_field</name>"
        "<required>false</required><type>int</type></data><data><category>system</category>"
    )


@pytest.mark.parametrize("channel", ["push", "telegram_bot", "whatsapp"])
def test_all_channels_of_a_resource_have_fields(altcraft: Altcraft, channel: str) -> None:
    assert altcraft.data("/resources/fields_get", id=26, channel=channel)[0]["name"] == "_device_type"


@pytest.mark.parametrize("channel", ["email", "fax", "0"])
def test_fields_of_a_channel_that_the_resource_does_not_have(altcraft: Altcraft, channel: str) -> None:
    refusal = altcraft.refused("/resources/fields_get", id=26, channel=channel)
    assert refusal == (400, "Incorrect request: channel: must be one of push, telegram_bot, whatsapp")


def test_counters_count_the_subscriptions_of_a_database(altcraft: Altcraft) -> None:
    email, sms, push = altcraft.data("/resources/get_counters", id=24, list_id=3)
    assert [one["channel"] for one in (email, sms, push)] == ["email", "sms", "push"]
    assert (email["status"]["all"], email["status"]["subscribed"]) == (60, 60)
    assert (sms["status"]["subscribed"], push["status"]["subscribed"]) == (60, 0)


def test_counters_are_those_of_the_database_with_the_resource(altcraft: Altcraft) -> None:
    of_resource = altcraft.data("/resources/get_counters", id=26, list_id=1)
    assert of_resource == altcraft.data("/databases/get_counters", id=1, resource_id=26)
    assert [one["channel"] for one in of_resource] == ["email", "sms", "push", "telegram_bot", "whatsapp"]


def test_counters_of_a_database_without_subscribers_are_zero(altcraft: Altcraft) -> None:
    status = altcraft.data("/resources/get_counters", id=36, list_id=2)[1]["status"]
    assert (status["all"], status["subscribed"], status["subscribed_sendable"]) == (20, 0, 0)


def test_counters_know_what_became_of_messages(altcraft: Altcraft) -> None:
    settings = {"data_type": "list", "data_id": 1, "resource_id": 36, "send_channel": "sms"}
    content = [{"message_id": 21}]
    mailing = altcraft.data(
        "/campaigns/broadcasts/add", name="News", content=content, unconditional_sending=True, **settings
    )["saved_id"]
    altcraft.data("/campaigns/activate/", id=mailing, run_now=True)
    altcraft.advance("1h")
    status = altcraft.data("/resources/get_counters", id=36, list_id=1)[1]["status"]
    counted = [status[name] for name in ("all", "subscribed", "hardbounced", "subscribed_sendable")]
    assert counted == [41, 40, 1, 40]


def test_a_recount_is_a_task_whose_result_is_sent(altcraft: Altcraft) -> None:
    with receiving() as receiver:
        feedback = {"type": "JSON", "url": receiver.url}
        task = altcraft.data("/resources/refresh_counters", id=24, list_id=3, feedback=feedback)["task_id"]
        altcraft.advance("1s")
        sent = receiver.requests[0].json
    assert not task.startswith("task_")
    assert (sent["task_id"], sent["status"], sent["progress"]) == (task, "completed", 100)
    (result,) = sent["result"]
    assert (result["resource_id"], result["list_id"]) == (24, 3)
    assert result["channels"][1] == {
        "channel": "sms",
        "status": {"subscribed_sendable": 60, "unconfirmed_sendable": 0},
    }


@pytest.mark.parametrize(
    ("path", "body", "refusal"),
    [
        ("/resources/get", {}, (400, "Incorrect request: id: Field required")),
        ("/resources/get", {"id": True}, (400, "Incorrect request: id: Input should be a valid integer")),
        ("/resources/get", {"id": [1]}, (400, "Incorrect request: id: Input should be a valid integer")),
        ("/resources/get", {"id": 9}, (404, "Object not found: resource 9")),
        ("/resources/fields_get", {"id": 1}, (400, "Incorrect request: channel: Field required")),
        (
            "/resources/fields_get",
            {"id": 1, "channel": ["email"]},
            (400, "Incorrect request: channel: Input should be a valid string"),
        ),
        ("/resources/fields_get", {"id": 9, "channel": "sms"}, (404, "Object not found: resource 9")),
        ("/resources/get_counters", {"id": 1}, (400, "Incorrect request: list_id: Field required")),
        ("/resources/get_counters", {"id": 9, "list_id": 1}, (404, "Object not found: resource 9")),
        ("/resources/get_counters", {"id": 1, "list_id": 9}, (404, "Object not found: database 9")),
        ("/resources/refresh_counters", {"id": 1, "list_id": 9}, (404, "Object not found: database 9")),
        (
            "/resources/refresh_counters",
            {"id": 1, "list_id": 1, "feedback": {"type": "XML", "url": "http://127.0.0.1:9/"}},
            (400, "Incorrect request: feedback.type: Input should be 'JSON'"),
        ),
        (
            "/resources/list",
            {"limit": 0},
            (400, "Incorrect request: limit: Input should be greater than or equal to 1"),
        ),
    ],
)
def test_what_does_not_exist_or_fit_is_refused(
    altcraft: Altcraft, path: str, body: dict[str, object], refusal: tuple[int, str]
) -> None:
    assert altcraft.refused(path, **body) == refusal


def test_counters_of_a_database_of_another_group_are_refused(altcraft: Altcraft) -> None:
    for path in ("/resources/get_counters", "/resources/refresh_counters"):
        refusal = altcraft.refused(path, token=SUBACCOUNT, id=24, list_id=3)
        assert refusal == (404, "Object not found: database 3")


def test_a_recount_needs_the_right_to_edit(altcraft: Altcraft) -> None:
    refusal = altcraft.refused("/resources/refresh_counters", token=VIEW_ONLY, id=1, list_id=1)
    assert refusal == (403, "Access denied")
    assert altcraft.data("/resources/get", token=VIEW_ONLY, id=1)["id"] == 1


def test_a_repeated_recount_is_the_same_task(altcraft: Altcraft) -> None:
    headers = {"Request-ID": "recount 1"}
    first = altcraft.call("/resources/refresh_counters", headers=headers, id=1, list_id=1)
    again = altcraft.call("/resources/refresh_counters", headers=headers, id=1, list_id=1)
    assert again.json() == first.json()
    assert again.headers["Duplicate-Request"] == "true"
