"""Lists, settings, logs and copies of mailings: https://guides.altcraft.com/en/developer-guide/campaigns."""

from typing import Any

import pytest

from tests.altcraft.conftest import Altcraft

BROADCAST: dict[str, Any] = {
    "name": "Summer opening",
    "data_type": "list",
    "data_id": 1,
    "content": [{"message_id": 21, "subject": "We are open"}],
    "send_channel": "email",
}


def ids(altcraft: Altcraft, path: str = "/campaigns/list", **filters: Any) -> list[int]:
    return [row["id"] for row in altcraft.data(path, **filters)]


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"type": "trigger"}, [27, 60, 61]),
        ({"type": "splittest"}, [51, 52]),
        ({"type": "letter"}, []),
        ({"type": "regular", "is_active": True}, [26, 41, 42]),
        ({"type": "regular", "is_active": False}, [40, 45, 82]),
        ({"ui_tags": ["b2c"]}, [34, 41]),
        ({"ui_tags": ["prices", "nothing"]}, [41]),
        ({"ui_tags": ["b2c"], "type": "regular"}, [41]),
        ({"groups": ["shops", "subaccount"]}, [70, 71]),
        ({"groups": ["nobody"]}, []),
        ({"groups_id": [2]}, [70]),
        ({"groups_id": [2], "groups": ["shops"]}, []),
        ({"attributes": {"season": {"options": ["summer_2026", "winter_2026"]}}}, [40]),
        ({"attributes": {"season": ["spring_2026"]}}, [40]),
        ({"attributes": {"season": "spring_2026"}}, [40]),
        ({"attributes": {"season": ["winter_2026"]}}, []),
        ({"attributes": {"sea'\"son": ["winter_2026"]}}, []),
        ({"attributes": {"season": []}, "groups_id": [2]}, [70]),
    ],
)
def test_filters(altcraft: Altcraft, filters: dict[str, Any], found: list[int]) -> None:
    answer = altcraft.answer("/campaigns/list", **filters)
    assert [row["id"] for row in answer["data"]] == found
    assert answer["total_count"] == len(found)


def test_paging(altcraft: Altcraft) -> None:
    first = altcraft.answer("/campaigns/list", limit=2)
    assert ([row["id"] for row in first["data"]], first["next_from_id"]) == ([12, 15], 16)
    second = altcraft.answer("/campaigns/list", limit=2, from_id=first["next_from_id"])
    assert ([row["id"] for row in second["data"]], second["next_from_id"]) == ([19, 26], 27)
    last = altcraft.answer("/campaigns/list", from_id=180)
    assert (last["data"], last["next_from_id"], last["total_count"]) == ([], 180, 25)


def test_the_broadcasts_list_has_broadcasts_and_no_next_from_id(altcraft: Altcraft) -> None:
    answer = altcraft.answer("/campaigns/broadcasts/list", is_active=True)
    assert {row["type"] for row in answer["data"]} == {"broadcast"}
    assert [row["id"] for row in answer["data"]] == [15, 19, 34]
    assert "next_from_id" not in answer
    assert ids(altcraft, "/campaigns/broadcasts/list", type="regular") == []


def test_a_split_test_has_several_templates(altcraft: Altcraft) -> None:
    content = altcraft.data("/campaigns/get", id=51)["content"]
    assert [template["message_id"] for template in content] == [33, 34]


def test_only_push_mailings_have_providers(altcraft: Altcraft) -> None:
    assert "providers" in altcraft.data("/campaigns/get", id=40)
    assert "providers" not in altcraft.data("/campaigns/get", id=12)


def test_the_log_is_told_from_the_beginning(altcraft: Altcraft) -> None:
    answer = altcraft.answer("/campaigns/log_v2", id=46)
    assert answer["data"] == [
        {
            "level": "INFO",
            "message": "Begin campaign",
            "state": "start",
            "time": "2026-03-15T08:30:00.000Z",
            "value": "",
        },
        {
            "level": "INFO",
            "message": "Left out because of the global status: 1",
            "state": "",
            "time": "2026-03-15T08:30:00.000Z",
            "value": "",
        },
        {
            "level": "WARNING",
            "message": "Sending aborted",
            "state": "end",
            "time": "2026-03-15T09:00:00.000Z",
            "value": "",
        },
        {
            "level": "INFO",
            "message": "Campaign deactivated",
            "state": "",
            "time": "2026-03-15T09:00:00.000Z",
            "value": "",
        },
    ]
    assert answer["total_count"] == 4


def test_the_log_can_begin_later_and_be_cut(altcraft: Altcraft) -> None:
    answer = altcraft.answer("/campaigns/log_v2", id=46, from_time="2026-03-15T09:00:00Z", limit=1)
    assert [line["message"] for line in answer["data"]] == ["Sending aborted"]
    assert answer["total_count"] == 2


def test_a_copy_is_inactive_and_has_the_settings_of_the_original(altcraft: Altcraft) -> None:
    copy = altcraft.data("/campaigns/clone", id=34)["saved_id"]
    original, found = (altcraft.data("/campaigns/broadcasts/get", id=number) for number in (34, copy))
    own = {"id": copy, "name": "Clone of Copy of May digest", "is_active": False}
    assert found == original | own | {"update_time": "2026-03-15T14:30:00.000Z"}
    assert ids(altcraft, ui_tags=["b2c"]) == [34, 41, copy]


def test_a_copy_can_have_a_name(altcraft: Altcraft) -> None:
    copy = altcraft.data("/campaigns/clone", id=47, name="Once more")["saved_id"]
    assert altcraft.data("/campaigns/get", id=copy)["name"] == "Once more"
    assert altcraft.status(copy) == "Inactive"


def test_a_copy_of_a_running_mailing_sends_nothing(altcraft: Altcraft) -> None:
    copy = altcraft.data("/campaigns/clone", id=15)["saved_id"]
    altcraft.advance("2d")
    assert altcraft.status(copy) == "Inactive"
    assert altcraft.log(copy) == []


@pytest.mark.parametrize("mailing", [12, 34, 47, 46, 82, 61])
def test_a_deleted_mailing_is_gone(altcraft: Altcraft, mailing: int) -> None:
    assert altcraft.data("/campaigns/delete", id=mailing) is None
    refusal = (404, f"Object not found: mailing {mailing}")
    for path in ("get", "log_v2", "delete", "activate"):
        assert altcraft.refused(f"/campaigns/{path}", id=mailing) == refusal
    assert mailing not in ids(altcraft)


@pytest.mark.parametrize(("mailing", "state"), [(15, "running"), (42, "running"), (44, "still running")])
def test_a_mailing_that_is_being_sent_can_not_be_deleted(
    altcraft: Altcraft, mailing: int, state: str
) -> None:
    refusal = (400, f"Incorrect request: mailing {mailing} is {state}")
    assert altcraft.refused("/campaigns/delete", id=mailing) == refusal
    altcraft.data("/campaigns/deactivate", id=mailing, abort_if_running=True)
    assert altcraft.data("/campaigns/delete", id=mailing) is None


def test_a_deleted_mailing_does_not_start_by_its_schedule(altcraft: Altcraft) -> None:
    schedule = {"start_mins": [0], "start_hours": [15]}
    made = altcraft.data("/campaigns/broadcasts/add", is_active=True, start_schedule=schedule, **BROADCAST)
    altcraft.data("/campaigns/delete", id=made["saved_id"])
    altcraft.advance("1d")
    assert altcraft.refused("/campaigns/get", id=made["saved_id"])[0] == 404


def test_a_broadcast_is_made_as_it_is_described(altcraft: Altcraft) -> None:
    settings = {
        "subid": "S-1",
        "limit": 7,
        "aglimit_count": 2,
        "policy_id": 0,
        "resource_id": 26,
        "push_sending_mode": "last",
        "virtual_sender_id": 1,
        "is_random_tracking_prefix": True,
        "custom_tracking_domains": ["t.example.com"],
        "blind_carbon_copy": ["boss@example.com"],
        "unconditional_sending": True,
        "watcher_limit": 6,
    }
    quirks = {"agllimit_percent": 99.5, "watched_list_id": 2}
    made = altcraft.data("/campaigns/broadcasts/add", **BROADCAST, **settings, **quirks)["saved_id"]
    found = altcraft.data("/campaigns/broadcasts/get", id=made)
    assert {name: found[name] for name in settings} == settings
    assert (found["aglimit_percent"], found["watcher_list_id"]) == (99.5, 2)
    assert found["content"] == [
        {
            "subject": "We are open",
            "from_email": "",
            "from_name": "",
            "replyto_email": "",
            "replyto_name": "",
            "message_id": 21,
        }
    ]
    assert (found["is_active"], found["channel"], found["send_channel"]) == (False, "email", "email")
    assert (found["updated_user"], found["update_time"]) == ("olga@example.com", "2026-03-15T14:30:00.000Z")


def test_names_of_answers_are_taken_too(altcraft: Altcraft) -> None:
    names = {"aglimit_percent": 5, "watcher_list_id": 3}
    made = altcraft.data("/campaigns/broadcasts/add", **BROADCAST, **names)["saved_id"]
    found = altcraft.data("/campaigns/broadcasts/get", id=made)
    assert {name: found[name] for name in names} == names


def test_a_broadcast_is_made_from_xml(altcraft: Altcraft) -> None:
    body = (
        "<name>New</name><data_type>segment</data_type><data_id>5</data_id><send_channel>sms</send_channel>"
        "<content><message_id>21</message_id><subject/></content><is_active>true</is_active>"
        "<start_schedule><start_mdays array='true'>1</start_mdays><start_mins>0</start_mins>"
        "<start_mins>30</start_mins><start_hours/></start_schedule>"
    )
    answer = altcraft.xml("/campaigns/broadcasts/add", body).text
    assert answer.startswith("<xml><data><saved_id>180</saved_id></data><error>0</error>")
    found = altcraft.data("/campaigns/broadcasts/get", id=180)
    assert (found["channel"], found["is_active"], found["data_id"]) == ("sms", True, 5)
    schedule = {name: found["start_schedule"][name] for name in ("start_mdays", "start_mins", "start_hours")}
    assert schedule == {"start_mdays": [1], "start_mins": [0, 30], "start_hours": []}


@pytest.mark.parametrize(
    "field", ["content_type", "send_email_content", "send_push_content", "send_sms_content"]
)
def test_an_old_channel_field_makes_an_email_mailing(altcraft: Altcraft, field: str) -> None:
    body = BROADCAST | {"send_channel": "push", field: False}
    made = altcraft.data("/campaigns/broadcasts/add", **body)["saved_id"]
    assert altcraft.data("/campaigns/get", id=made)["channel"] == "email"


@pytest.mark.parametrize("path", ["add", "update"])
@pytest.mark.parametrize(("kind", "named"), [("list", "database"), ("segment", "segment")])
def test_an_unknown_audience_is_not_found(altcraft: Altcraft, path: str, kind: str, named: str) -> None:
    body = BROADCAST | {"id": 12, "data_type": kind, "data_id": 99}
    assert altcraft.refused(f"/campaigns/broadcasts/{path}", **body) == (404, f"Object not found: {named} 99")


def test_an_update_changes_what_is_given_and_leaves_the_rest(altcraft: Altcraft) -> None:
    before = altcraft.data("/campaigns/broadcasts/get", id=179)
    body = BROADCAST | {"limit": 9, "send_channel": "email", "send_email_content": True}
    assert altcraft.data("/campaigns/broadcasts/update", id=179, **body) == {"saved_id": 179}
    found = altcraft.data("/campaigns/broadcasts/get", id=179)
    assert (found["name"], found["data_type"], found["limit"]) == ("Summer opening", "list", 9)
    kept = ("start_schedule", "resource_id", "channel", "send_channel", "is_active")
    assert [found[name] for name in kept] == [before[name] for name in kept]
    assert found["update_time"] == "2026-03-15T14:30:00.000Z"


@pytest.mark.parametrize(
    ("mailing", "flag", "status"), [(12, True, "Active"), (34, False, "Inactive"), (34, True, "Active")]
)
def test_an_update_can_set_the_active_flag(
    altcraft: Altcraft, mailing: int, flag: object, status: str
) -> None:
    altcraft.data("/campaigns/broadcasts/update", id=mailing, is_active=flag, **BROADCAST)
    assert altcraft.status(mailing) == status


def test_a_completed_broadcast_can_not_be_updated(altcraft: Altcraft) -> None:
    refusal = (400, "Incorrect request: mailing 47 is completed")
    assert altcraft.refused("/campaigns/broadcasts/update", id=47, **BROADCAST) == refusal
    assert altcraft.data("/campaigns/get", id=47)["name"] != BROADCAST["name"]


@pytest.mark.parametrize(
    ("mailing", "flag", "status"),
    [(15, None, "Running"), (15, True, "Running"), (15, False, "Inactive"), (44, True, "Running")],
)
def test_a_broadcast_can_be_updated_while_it_is_sent(
    altcraft: Altcraft, mailing: int, flag: object, status: str
) -> None:
    update = BROADCAST | {"data_type": "segment", "data_id": 7}
    altcraft.data("/campaigns/broadcasts/update", id=mailing, is_active=flag, **update)
    assert altcraft.status(mailing) == status
    assert altcraft.data("/campaigns/get", id=mailing)["data_id"] == 7
    page = altcraft.emulator.http.get(f"/_emulator/messages?job=altcraft/mailing/{mailing}&limit=1").json()
    detail = altcraft.emulator.http.get(f"/_emulator/messages/{page['messages'][0]['id']}").json()
    assert (detail["payload"]["launch"]["source_type"], page["total"]) == ("list", 40)


@pytest.mark.parametrize("path", ["get", "update"])
@pytest.mark.parametrize("mailing", [82, 60, 51, 99])
def test_other_mailings_are_no_broadcasts(altcraft: Altcraft, path: str, mailing: int) -> None:
    refusal = (404, f"Object not found: broadcast {mailing}")
    assert altcraft.refused(f"/campaigns/broadcasts/{path}", id=mailing, **BROADCAST) == refusal


def test_a_new_schedule_of_an_active_broadcast_replaces_the_old_one(altcraft: Altcraft) -> None:
    schedule = {"start_mins": [0], "start_hours": [15]}
    made = altcraft.data("/campaigns/broadcasts/add", is_active=True, start_schedule=schedule, **BROADCAST)
    number = made["saved_id"]
    later = {"start_mins": [0], "start_hours": [20]}
    altcraft.data("/campaigns/broadcasts/update", id=number, start_schedule=later, **BROADCAST)
    altcraft.advance("5h")
    assert altcraft.status(number) == "Active"
    altcraft.advance("1h")
    assert altcraft.status(number) == "Completed"


@pytest.mark.parametrize("text", ["Hello\r\nBcc: bob@example.com", "Hello\nthere", "Hello\0", "Hello\u2028"])
@pytest.mark.parametrize("field", ["subject", "from_name", "replyto_name"])
@pytest.mark.parametrize("path", ["add", "update"])
def test_what_becomes_a_header_has_one_line(altcraft: Altcraft, path: str, field: str, text: str) -> None:
    body = BROADCAST | {"id": 12, "content": [{"message_id": 1, field: text}]}
    refusal = (400, f"Incorrect request: content.0.{field}: must be one line")
    assert altcraft.refused(f"/campaigns/broadcasts/{path}", **body) == refusal


@pytest.mark.parametrize(
    "address", ["\ufeffann@example.com", "a\u200bnn@example.com", "ann@b..com", "ann", "a b@c"]
)
@pytest.mark.parametrize("field", ["from_email", "replyto_email"])
def test_what_replaces_an_address_is_one(altcraft: Altcraft, field: str, address: str) -> None:
    body = BROADCAST | {"content": [{"message_id": 1, field: address}]}
    refusal = (400, f"Incorrect request: content.0.{field}: must be an e-mail address")
    assert altcraft.refused("/campaigns/broadcasts/add", **body) == refusal
    copied = BROADCAST | {"blind_carbon_copy": [address]}
    refusal = (400, "Incorrect request: blind_carbon_copy.0: must be an e-mail address")
    assert altcraft.refused("/campaigns/broadcasts/add", **copied) == refusal


WRONG_FILES = [
    ("AAA", "Malformed base64: Incorrect padding"),
    ("data:text/csv;base64,AA*A", "Malformed base64: Only base64 data is allowed"),
    ("data:text/csv,a", "must be a data URL such as data:text/csv;base64,ZW1haWwK"),
]
TAKING_FILES = [
    "/campaigns/activate/",
    "/campaigns/broadcasts/start/",
    "/campaigns/regulars/start/",
    "/campaigns/triggers/start",
    "/campaigns/triggers/start_batch",
    "/campaigns/triggers/start_batch_task",
    "/campaigns/triggers/import_and_start",
    "/campaigns/triggers/import_and_start_batch",
    "/campaigns/triggers/import_and_start_batch_task",
    "/workflows/start",
    "/workflows/import_and_start",
    "/workflows/import_and_start_batch",
    "/workflows/import_and_start_batch_task",
]


@pytest.mark.parametrize(("data", "problem"), WRONG_FILES)
@pytest.mark.parametrize("path", TAKING_FILES)
def test_the_contents_of_files_are_base64(altcraft: Altcraft, path: str, data: str, problem: str) -> None:
    body = {"id": 12, "trigger_id": 60, "workflow_id": 4, "email": "ann@example.com", "data": {}}
    attach = [{"name": "a.csv", "data": "YQ=="}, {"name": "b.csv", "data": data}]
    refusal = (400, f"Incorrect request: attach.1: data: {problem}")
    before = altcraft.emulator.message_counts()
    assert altcraft.refused(path, attach=attach, **body) == refusal
    assert altcraft.emulator.message_counts() == before


def test_the_contents_of_files_in_xml_are_base64(altcraft: Altcraft) -> None:
    attach = "<attach><name>a.csv</name><data>data:text/csv;base64,YQ=</data></attach>"
    answer = altcraft.xml("/campaigns/activate/", f"<id>12</id><run_now>true</run_now>{attach}").text
    assert "Incorrect request: attach.0: data: Malformed base64: Incorrect padding" in answer
    assert altcraft.status(12) == "Inactive"


@pytest.mark.parametrize("field", ["name", "file_name", "content_type"])
def test_the_names_of_files_have_one_line(altcraft: Altcraft, field: str) -> None:
    attach = [{field: "a\r\nb", "data": "bGluZQ0K\r\nbGluZQ0K"}]
    refusal = (400, f"Incorrect request: attach.0: {field} must be one line")
    assert altcraft.refused("/campaigns/activate/", id=12, run_now=True, attach=attach) == refusal
