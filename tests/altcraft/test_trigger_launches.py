"""Launches of triggers by requests and links.

https://guides.altcraft.com/en/developer-guide/campaigns/trigger-campaigns
"""

from typing import Any

import pytest
from httpx2 import Response

from emulator.altcraft.people.showing import hashed
from tests.altcraft.conftest import SUBACCOUNT, VIEW_ONLY, Altcraft
from tests.altcraft.test_triggers import TRIGGER, settings_of

PAID = 60
"""An active trigger of database 1, by e-mail, to the profiles' own addresses."""


def started(altcraft: Altcraft, **said: Any) -> list[str]:
    return list(altcraft.answer("/campaigns/triggers/start/", **({"id": PAID} | said))["result"])


def profile(altcraft: Altcraft, email: str) -> Any:
    return altcraft.data("/profiles/get", db_id=1, email=email)


def messages(altcraft: Altcraft, mailing: int = PAID) -> list[dict[str, Any]]:
    found = altcraft.emulator.http.get("/_emulator/messages", params={"job": f"altcraft/mailing/{mailing}"})
    return list(found.json()["messages"])


def recipients(altcraft: Altcraft, mailing: int = PAID) -> list[str]:
    return [message["recipient"] for message in messages(altcraft, mailing)]


def made(altcraft: Altcraft, **settings: Any) -> int:
    wanted = TRIGGER | {"is_active": True} | settings
    return int(altcraft.data("/campaigns/triggers/add/", **wanted)["saved_id"])


def test_the_profile_that_matches_gets_a_message_at_once(altcraft: Altcraft) -> None:
    assert started(altcraft, email="ann@example.com") == [profile(altcraft, "ann@example.com")["id"]]
    [message] = messages(altcraft)
    assert (message["recipient"], message["status"]) == ("ann@example.com", "sent")
    altcraft.advance("1m")
    assert messages(altcraft)[0]["status"] == "delivered"


def test_each_launch_sends_again(altcraft: Altcraft) -> None:
    for _ in range(2):
        started(altcraft, email="ann@example.com")
    assert recipients(altcraft) == ["ann@example.com"] * 2
    assert altcraft.status(PAID) == "Active"


@pytest.mark.parametrize(
    "said",
    [
        {"matching": "email_profile", "email": "ann@example.com"},
        {"matching": "phone", "phone": "+79000000001"},
        {"phone": 79000000001},
        {"matching": "custom", "field_name": "_fname", "field_value": "Ann"},
    ],
)
def test_a_profile_is_found_in_several_ways(altcraft: Altcraft, said: dict[str, Any]) -> None:
    assert started(altcraft, **said) == [profile(altcraft, "ann@example.com")["id"]]


def test_the_id_may_be_a_text(altcraft: Altcraft) -> None:
    assert len(started(altcraft, id="60", email="ann@example.com")) == 1


def test_who_is_held_back_gets_nothing_and_the_log_says_why(altcraft: Altcraft) -> None:
    altcraft.answer("/suppresses/email_add", id=1, email="ann@example.com")
    assert started(altcraft, email="ann@example.com") == []
    assert messages(altcraft) == []
    assert altcraft.log(PAID) == ["Left out because of a suppression list: 1"]


def test_only_subscribers_of_its_resource_get_it(altcraft: Altcraft) -> None:
    blog = made(altcraft, resource_id=1)
    assert len(started(altcraft, id=blog, email="ann@example.com")) == 1
    place = {"profile_id": profile(altcraft, "ann@example.com")["id"], "resource_id": 1, "channel": "email"}
    altcraft.answer("/subscriptions/set", db_id=1, **place, email="ann@example.com", status="unsubscribed")
    assert started(altcraft, id=blog, email="ann@example.com") == []


@pytest.mark.slow
def test_values_and_data_for_hooks_are_kept_with_the_launch(altcraft: Altcraft) -> None:
    started(altcraft, email="ann@example.com", content={"order": "A-17"}, custom_data={"campaign": "spring"})
    [message] = messages(altcraft)
    shown = altcraft.emulator.http.get(f"/_emulator/messages/{message['id']}").json()
    assert shown["payload"]["launch"]["content"] == {"order": "A-17"}
    asked: dict[str, Any] = {"type": "send", "provider": "altcraft", "limit": 1000}
    events = altcraft.emulator.http.get("/_emulator/webhooks/events", params=asked).json()["events"]
    assert events[-1]["message_id"] == message["id"]
    assert events[-1]["body"]["custom_data"] == {"campaign": "spring"}


def test_a_trigger_waits_and_then_looks_again(altcraft: Altcraft) -> None:
    later = made(altcraft, skip_minutes=30)
    for email in ("ann@example.com", "bob+opened@example.com"):
        assert len(started(altcraft, id=later, email=email)) == 1
    altcraft.advance("29m")
    assert recipients(altcraft, later) == []
    altcraft.answer("/suppresses/email_add", id=1, email="ann@example.com")
    altcraft.advance("1m")
    assert recipients(altcraft, later) == ["bob+opened@example.com"]


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ({"id": 61}, (400, "Incorrect request: mailing 61 is inactive")),
        ({"id": 12}, (404, "Object not found: trigger 12")),
        ({"email": None}, (400, "Incorrect request: email: Field required")),
        ({"email": "nobody@example.com"}, (404, "Object not found: profile email=nobody@example.com")),
        ({"resource_id": 99}, (404, "Object not found: resource 99")),
        (
            {"matching": "push_sub", "provider": "google", "subscription_id": "x"},
            (
                400,
                "Incorrect request: matching: must be one of email, email_profile, phone, profile_id, custom",
            ),
        ),
        (
            {"matching": "custom", "field_name": "level", "field_value": "gold"},
            (409, "More than one profile matches: level=3"),
        ),
        (
            {"custom_request": ["ann@example.com"]},
            (400, "Incorrect request: custom_request: Input should be a valid object"),
        ),
        (
            {"custom_request": {}, "subscription_filter": {"email": "ann@example.com"}},
            (400, "Incorrect request: subscription_filter: is for a match, not for custom_request"),
        ),
        (
            {"subscription_filter": {"phone": "+79000000001"}},
            (400, "Incorrect request: subscription_filter.email: Field required"),
        ),
    ],
)
def test_refusals(altcraft: Altcraft, body: dict[str, Any], refusal: tuple[int, str]) -> None:
    said = {"id": PAID, "email": "ann@example.com"} | body
    assert altcraft.refused("/campaigns/triggers/start/", **said) == refusal
    assert messages(altcraft) == []


def test_a_trigger_of_another_type_is_not_started_by_a_request(altcraft: Altcraft) -> None:
    mailing = made(altcraft, trigger_type="action", action="open")
    refusal = altcraft.refused("/campaigns/triggers/start/", id=mailing, email="ann@example.com")
    assert refusal == (400, f"Incorrect request: mailing {mailing} is a trigger of type action")


def test_a_trigger_of_a_paused_campaign_is_not_started(altcraft: Altcraft) -> None:
    altcraft.answer("/scampaigns/deactivate", id=18)
    refusal = altcraft.refused("/campaigns/triggers/start/", id=27, email="ann@example.com")
    assert refusal == (400, "Incorrect request: campaign 18 is inactive")


@pytest.mark.parametrize("path", ["start/", "start_batch", "import_and_start"])
def test_launches_need_their_right(altcraft: Altcraft, path: str) -> None:
    body = {"id": PAID, "trigger_id": PAID, "email": "ann@example.com", "data": {}}
    refusal = altcraft.refused(f"/campaigns/triggers/{path}", token=VIEW_ONLY, **body)
    assert refusal == (403, "Access denied")


def test_a_token_starts_the_triggers_of_its_groups_alone(altcraft: Altcraft) -> None:
    refusal = altcraft.refused(
        "/campaigns/triggers/start/", token=SUBACCOUNT, id=PAID, email="ann@example.com"
    )
    assert refusal == (404, "Object not found: trigger 60")


def test_the_same_request_id_launches_once(altcraft: Altcraft) -> None:
    for _ in range(2):
        body: dict[str, Any] = {"id": PAID, "email": "ann@example.com"}
        altcraft.call("/campaigns/triggers/start/", headers={"Request-ID": "a-1"}, **body)
    assert recipients(altcraft) == ["ann@example.com"]


def test_many_are_started_by_one_request(altcraft: Altcraft) -> None:
    data = [{"email": "ann@example.com"}, {"email": "nobody@example.com"}, {"phone": "+79000000001"}, 7]
    answer = altcraft.answer("/campaigns/triggers/start_batch", trigger_id=PAID, data=data)
    assert answer["result"] == [profile(altcraft, "ann@example.com")["id"]]
    assert recipients(altcraft) == ["ann@example.com"]


def test_a_batch_finds_by_fields_and_queries_too(altcraft: Altcraft) -> None:
    answer = altcraft.answer(
        "/campaigns/triggers/start_batch",
        trigger_id=PAID,
        matching="custom",
        field_name="_fname",
        data=[{"field_value": "Ann"}, {"custom_request": {"email": "bob+opened@example.com"}}],
    )
    assert len(answer["result"]) == 2
    assert recipients(altcraft) == ["ann@example.com", "bob+opened@example.com"]


def test_items_of_a_batch_have_data_for_hooks_of_their_own(altcraft: Altcraft) -> None:
    emails = ["ann@example.com", "bob+opened@example.com", "cleo+clicked@example.com"]
    data = [{"email": email, "custom_data": {"n": 1 + (email == emails[1])}} for email in emails]
    altcraft.answer("/campaigns/triggers/start_batch", trigger_id=PAID, data=data)
    rows = altcraft.emulator.query("SELECT custom_data FROM altcraft_run WHERE mailing_id = 60")
    assert [text for (text,) in rows] == ['{"n":1}', '{"n":2}', '{"n":1}']


def test_an_item_whose_data_for_hooks_is_no_object_is_wrong(altcraft: Altcraft) -> None:
    items = [{"email": "ann@example.com", "custom_data": "A-17"}, {"email": "customer1@example.com"}]
    task = altcraft.data("/campaigns/triggers/start_batch_task", id=PAID, data=items)["task_id"]
    altcraft.advance("1s")
    [error] = altcraft.data("/tasks/status", task_id=task)["result"]["errors"]
    reason = "custom_data: Input should be a valid object"
    assert error == {"error": 400, "error_text": f"Incorrect request: {reason}"}
    assert recipients(altcraft) == ["customer1@example.com"]


def test_a_task_tells_who_was_reached_and_what_was_wrong(altcraft: Altcraft) -> None:
    data = [{"email": "ann@example.com"}, {"email": "no address"}]
    task = altcraft.data("/campaigns/triggers/start_batch_task", id=PAID, data=data)["task_id"]
    altcraft.advance("1s")
    done = altcraft.data("/tasks/status", task_id=task)
    assert done["status"] == "completed"
    assert done["result"] == {
        "errors": [{"error": 400, "error_text": "Incorrect request: email: is no e-mail address"}],
        "total": 2,
        "result": [profile(altcraft, "ann@example.com")["id"]],
    }


def imported(altcraft: Altcraft, **said: Any) -> str:
    body = {"trigger_id": PAID, "data": {"email": "new@example.com", "_fname": "Nina"}} | said
    return str(altcraft.answer("/campaigns/triggers/import_and_start", **body)["profile_id"])


def test_a_new_profile_is_made_and_sent_to(altcraft: Altcraft) -> None:
    assert imported(altcraft) == profile(altcraft, "new@example.com")["id"]
    assert profile(altcraft, "new@example.com")["_fname"] == "Nina"
    assert recipients(altcraft) == ["new@example.com"]


def test_an_import_without_data_is_refused(altcraft: Altcraft) -> None:
    refusal = altcraft.refused(
        "/campaigns/triggers/import_and_start", trigger_id=PAID, email="ann@example.com"
    )
    assert refusal == (400, "Incorrect request: data: Field required")
    assert recipients(altcraft) == []


def test_a_timeout_comes_before_the_trigger_s_own_wait(altcraft: Altcraft) -> None:
    later = made(altcraft, skip_minutes=5)
    imported(altcraft, trigger_id=later, timeout={"days": 1, "hours": 2, "minutes": 3})
    altcraft.advance("1d")
    altcraft.advance("2h")
    altcraft.advance("7m")
    assert recipients(altcraft, later) == []
    altcraft.advance("1m")
    assert recipients(altcraft, later) == ["new@example.com"]


def test_an_import_that_reaches_nobody_is_no_error(altcraft: Altcraft) -> None:
    imported(altcraft, email=None, matching="phone", phone="+79005550001", data={"_fname": "Nina"})
    assert messages(altcraft) == []


def test_an_import_that_fails_starts_nothing(altcraft: Altcraft) -> None:
    refusal = altcraft.refused(
        "/campaigns/triggers/import_and_start",
        trigger_id=PAID,
        email="ann@example.com",
        data={"unheard_of": 1},
    )
    assert refusal == (440, 'with field "unheard_of": Incorrect field')
    assert messages(altcraft) == []


def test_many_are_imported_each_with_an_outcome(altcraft: Altcraft) -> None:
    data = [{"data": {"email": "new@example.com"}}, {"data": {"email": "x@example.com", "unheard_of": 1}}]
    body = {"trigger_id": PAID, "data": data}
    result = altcraft.answer("/campaigns/triggers/import_and_start_batch", **body)["result"]
    assert [row["error"] for row in result] == [0, 440]
    assert recipients(altcraft) == ["new@example.com"]
    task = altcraft.data("/campaigns/triggers/import_and_start_batch_task", **body)["task_id"]
    altcraft.advance("1s")
    outcome = altcraft.data("/tasks/status", task_id=task)["result"]
    assert (outcome["total"], outcome["result"]) == (2, result)


def test_quick_import_starts_a_trigger(altcraft: Altcraft) -> None:
    query: dict[str, Any] = {
        "token": "abcdefghijklmnqrstuvwxyz",
        "db_id": 1,
        "email": "new@example.com",
        "trigger_id": PAID,
    }
    answer = altcraft.emulator.http.post("/api/integrations/any/profile_import", params=query)
    assert (answer.status_code, answer.text) == (200, "Successful operation")
    assert recipients(altcraft) == ["new@example.com"]


def linked(altcraft: Altcraft, mailing: int, recipient: str) -> Response:
    path = settings_of(altcraft, mailing)["call_url"].partition("/")[2].partition("<")[0]
    return altcraft.emulator.http.get(f"/{path}{recipient}")


@pytest.mark.parametrize("name", ["email", "md5", "xxh"])
def test_a_link_starts_it_for_whoever_it_names(altcraft: Altcraft, name: str) -> None:
    ann = profile(altcraft, "ann@example.com")
    shown = {"email": ann["email"], "xxh": ann["_xxh"], "md5": hashed("ann@example.com")}
    answer = linked(altcraft, PAID, shown[name])
    assert (answer.status_code, answer.text) == (200, "OK")
    assert recipients(altcraft) == ["ann@example.com"]


@pytest.mark.parametrize(
    ("mailing", "recipient", "refusal"),
    [
        (60, "nobody@example.com", (404, "Not found")),
        (61, "ann@example.com", (400, "Incorrect request: mailing 61 is inactive")),
    ],
)
def test_a_link_that_starts_nothing_says_so(
    altcraft: Altcraft, mailing: int, recipient: str, refusal: tuple[int, str]
) -> None:
    answer = linked(altcraft, mailing, recipient)
    assert (answer.status_code, answer.text) == refusal


def test_a_hash_that_is_none_is_not_found(altcraft: Altcraft) -> None:
    answer = altcraft.emulator.http.get(f"/trg/{'0' * 48}/ann@example.com")
    assert (answer.status_code, answer.text) == (404, "Not found")


def test_a_link_finds_its_own_sandbox(altcraft: Altcraft) -> None:
    box = altcraft.emulator.sandbox("other")
    token = box.environment["ALTCRAFT_TOKEN"]
    own = altcraft.data("/campaigns/triggers/get", token=token, id=PAID)["call_url"]
    path = own.partition("/")[2].partition("<")[0]
    assert altcraft.emulator.http.get(f"/{path}ann@example.com").text == "OK"
    assert messages(altcraft) == []
    assert path not in settings_of(altcraft, PAID)["call_url"]
