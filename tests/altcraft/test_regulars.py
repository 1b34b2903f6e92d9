"""Regular mailings: https://guides.altcraft.com/en/developer-guide/campaigns/regular-campaigns."""

from typing import Any

import pytest

from tests.altcraft.conftest import SUBACCOUNT, SUCCESS, VIEW_ONLY, Altcraft

WEEKLY: dict[str, Any] = {
    "name": "Weekly prices",
    "data_type": "list",
    "data_id": 1,
    "content": [{"message_id": 21}],
    "send_channel": "email",
    "start_schedule": {"start_mins": [0], "start_hours": [9], "start_wdays": ["Mo"]},
}


def made(altcraft: Altcraft, **settings: Any) -> int:
    return int(altcraft.data("/campaigns/regulars/add/", **(WEEKLY | settings))["saved_id"])


def settings_of(altcraft: Altcraft, mailing: int) -> Any:
    return altcraft.data("/campaigns/regulars/get", id=mailing)


def begun(altcraft: Altcraft, mailing: int) -> int:
    return altcraft.log(mailing).count("Begin campaign")


RUNS = """
    SELECT count(*) FROM message JOIN altcraft_run AS run USING (job_id)
    WHERE run.mailing_id = ? AND status = 'delivered' GROUP BY job_id
"""


def number_sent(altcraft: Altcraft, mailing: int) -> int:
    found = altcraft.emulator.http.get("/_emulator/messages", params={"job": f"altcraft/mailing/{mailing}"})
    return int(found.json()["total"])


def test_the_list_has_regular_mailings_alone(altcraft: Altcraft) -> None:
    answer = altcraft.answer("/campaigns/regulars/list/")
    assert [row["id"] for row in answer["data"]] == [26, 40, 41, 42, 45, 82]
    assert {row["type"] for row in answer["data"]} == {"regular"}
    assert answer["total_count"] == 6
    assert "next_from_id" not in answer


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"is_active": True}, [26, 41, 42]),
        ({"ui_tags": ["prices"]}, [41]),
        ({"attributes": {"season": ["spring_2026"]}}, [40]),
        ({"from_id": 42, "limit": 1}, [42]),
        ({"groups_id": [2]}, []),
    ],
)
def test_the_list_can_be_filtered(altcraft: Altcraft, filters: dict[str, Any], found: list[int]) -> None:
    assert [row["id"] for row in altcraft.data("/campaigns/regulars/list/", **filters)] == found


def test_a_new_one_has_the_settings_that_it_was_given(altcraft: Altcraft) -> None:
    found = settings_of(altcraft, made(altcraft, subid="weekly", limit=50, aglimit_count=5))
    assert (found["name"], found["send_channel"], found["subid"]) == ("Weekly prices", "email", "weekly")
    assert (found["is_active"], found["limit"], found["aglimit_count"]) == (False, 50, 5)
    assert found["start_schedule"]["start_wdays"] == ["Mo"]


def test_only_push_mailings_say_whom_a_push_goes_to(altcraft: Altcraft) -> None:
    assert settings_of(altcraft, 40)["push_sending_mode"] == "fanout"
    assert "push_sending_mode" not in settings_of(altcraft, 82)


def test_an_old_field_of_channels_makes_it_an_e_mail(altcraft: Altcraft) -> None:
    mailing = made(altcraft, send_channel="sms", content_type="sms")
    assert settings_of(altcraft, mailing)["channel"] == "email"


def test_an_update_changes_what_it_says_and_keeps_the_rest(altcraft: Altcraft) -> None:
    mailing = made(altcraft, subid="weekly")
    changes = WEEKLY | {"name": "Prices of the week", "limit": 10, "send_channel": "sms"}
    assert altcraft.data("/campaigns/regulars/update", id=mailing, **changes) == {"saved_id": mailing}
    found = settings_of(altcraft, mailing)
    assert (found["name"], found["limit"], found["subid"]) == ("Prices of the week", 10, "weekly")
    assert found["channel"] == "email"


def test_it_starts_by_its_schedule_again_and_again(altcraft: Altcraft) -> None:
    mailing = made(altcraft, is_active=True)
    altcraft.advance("1d")  # to Monday, 16 March 2026
    assert begun(altcraft, mailing) == 1
    altcraft.advance("7d")
    assert begun(altcraft, mailing) == 2
    assert altcraft.status(mailing) == "Active"


def test_each_run_goes_to_everybody_again(altcraft: Altcraft) -> None:
    mailing = made(altcraft, is_active=True, start_schedule={})
    for _ in range(2):
        altcraft.answer("/campaigns/regulars/start", id=mailing)
        altcraft.advance("1h")
    [first, second] = altcraft.emulator.query(RUNS, mailing)
    assert first == second
    assert first[0] > 1


def test_a_launch_is_one_run_more_with_a_limit_of_its_own(altcraft: Altcraft) -> None:
    mailing = made(altcraft, is_active=True, start_schedule={})
    assert altcraft.answer("/campaigns/regulars/start", id=mailing, override_limit=2) == SUCCESS
    altcraft.advance("1h")
    assert number_sent(altcraft, mailing) == 2
    assert settings_of(altcraft, mailing)["limit"] == 0


@pytest.mark.parametrize(
    ("path", "body", "refusal"),
    [
        ("start", {"id": 82}, (400, "Incorrect request: mailing 82 is inactive")),
        ("start", {"id": 12}, (404, "Object not found: regular 12")),
        ("start", {"id": 999}, (404, "Object not found: regular 999")),
        (
            "start",
            {"id": 41, "override_source_id": 3},
            (400, "Incorrect request: override_source_type: An audience has both a type and an id"),
        ),
        ("get", {"id": 12}, (404, "Object not found: regular 12")),
        ("get", {}, (400, "Incorrect request: id: Field required")),
        ("add/", WEEKLY | {"data_id": 99}, (404, "Object not found: database 99")),
        ("update", WEEKLY | {"id": 15}, (404, "Object not found: regular 15")),
        (
            "update",
            WEEKLY | {"id": 41, "content": []},
            (400, "Incorrect request: content: must have at least 1 item"),
        ),
    ],
)
def test_refusals(altcraft: Altcraft, path: str, body: dict[str, Any], refusal: tuple[int, str]) -> None:
    assert altcraft.refused(f"/campaigns/regulars/{path}", **body) == refusal


@pytest.mark.parametrize("path", ["add/", "update", "start"])
def test_changes_need_their_right(altcraft: Altcraft, path: str) -> None:
    body = WEEKLY | {"id": 41}
    refusal = altcraft.refused(f"/campaigns/regulars/{path}", token=VIEW_ONLY, **body)
    assert refusal == (403, "Access denied")


def test_a_token_sees_the_mailings_of_its_groups_alone(altcraft: Altcraft) -> None:
    assert altcraft.answer("/campaigns/regulars/list/", token=SUBACCOUNT)["data"] == []
    refusal = altcraft.refused("/campaigns/regulars/get", token=SUBACCOUNT, id=82)
    assert refusal == (404, "Object not found: regular 82")


def test_the_same_request_id_makes_one_mailing(altcraft: Altcraft) -> None:
    first, second = (
        altcraft.call("/campaigns/regulars/add/", headers={"Request-ID": "a-1"}, **WEEKLY) for _ in range(2)
    )
    assert second.json() == first.json()
    assert second.headers["Duplicate-Request"] == "true"


def test_it_speaks_xml(altcraft: Altcraft) -> None:
    made_by_xml = altcraft.xml(
        "/campaigns/regulars/add/",
        "<name>Weekly prices</name><data_type>list</data_type><data_id>1</data_id>"
        "<send_channel>email</send_channel>"
        "<content array='true'><message_id>21</message_id></content>"
        "<start_schedule><start_wdays array='true'>Mo</start_wdays></start_schedule>",
    )
    assert "<saved_id>180</saved_id>" in made_by_xml.text
    assert settings_of(altcraft, 180)["start_schedule"]["start_wdays"] == ["Mo"]
