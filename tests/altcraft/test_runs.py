"""Runs of mailings: parts of broadcasts, dropped and kept messages, and events for hooks."""

from typing import Any

import pytest

from tests.altcraft.conftest import Altcraft
from tests.altcraft.test_trigger_launches import made
from tests.conftest import Emulator

CUSTOMERS = {"data_type": "list", "data_id": 1, "content": [{"message_id": 7}], "send_channel": "email"}
"""The settings of a broadcast to 40 profiles."""


def broadcast(altcraft: Altcraft, **settings: Any) -> int:
    """Create an active broadcast to 40 profiles; the time is Sunday, 2026-03-15 14:30 UTC."""
    body = CUSTOMERS | {"name": "In parts", "is_active": True} | settings
    return int(altcraft.data("/campaigns/broadcasts/add", **body)["saved_id"])


def messages(emulator: Emulator, mailing: int, **filters: Any) -> list[dict[str, Any]]:
    params: dict[str, Any] = {"job": f"altcraft/mailing/{mailing}", "limit": 1000} | filters
    found: list[dict[str, Any]] = emulator.http.get("/_emulator/messages", params=params).json()["messages"]
    return found


def job(emulator: Emulator, mailing: int) -> Any:
    return emulator.http.get(f"/_emulator/jobs/altcraft/mailing/{mailing}").json()


def events(emulator: Emulator) -> list[dict[str, Any]]:
    """Return the events of messages for hooks."""
    answer = emulator.http.get("/_emulator/webhooks/events", params={"provider": "altcraft", "limit": 1000})
    return [one["body"] for one in answer.json()["events"] if one["message_id"] is not None]


QUARTERS = {"start_mins": [0, 15, 30, 45]}


def test_a_broadcast_with_a_limit_goes_on_at_each_scheduled_minute(altcraft: Altcraft) -> None:
    mailing = broadcast(altcraft, limit=15, start_schedule=QUARTERS)
    parts = []
    for _ in range(4):
        altcraft.advance("15m")
        altcraft.advance("10s")
        parts.append((len(messages(altcraft.emulator, mailing)), altcraft.status(mailing)))
    assert parts == [(15, "Active"), (30, "Active"), (40, "Completed"), (40, "Completed")]
    assert len({one["recipient"] for one in messages(altcraft.emulator, mailing)}) == 40


@pytest.mark.parametrize(
    ("growth", "totals"),
    [
        ({"aglimit_count": 5}, [5, 15, 30, 40]),
        ({"agllimit_percent": 100}, [5, 15, 35, 40]),
        ({"aglimit_count": 1, "aglimit_percent": 10.0}, [5, 11, 19, 28]),
    ],
)
def test_the_limit_grows_from_part_to_part(
    altcraft: Altcraft, growth: dict[str, float], totals: list[int]
) -> None:
    mailing = broadcast(altcraft, limit=5, start_schedule=QUARTERS, **growth)
    seen = []
    for _ in totals:
        altcraft.advance("15m")
        seen.append(len(messages(altcraft.emulator, mailing)))
    assert seen == totals


def test_without_a_schedule_the_next_start_sends_the_next_part(altcraft: Altcraft) -> None:
    altcraft.data("/campaigns/activate/", id=91, run_now=True)
    altcraft.advance("30d")
    assert (altcraft.status(91), len(messages(altcraft.emulator, 91))) == ("Active", 15)
    for _ in range(2):
        altcraft.data("/campaigns/broadcasts/start", id=91)
        altcraft.advance("1m")
    assert (altcraft.status(91), len(messages(altcraft.emulator, 91))) == ("Completed", 40)


def test_a_broadcast_in_parts_waits_for_those_whom_the_policy_holds_back(altcraft: Altcraft) -> None:
    one_a_day = '{"channel": [1, 1]}'
    statement = "INSERT INTO altcraft_sending_policy (id, name, limits) VALUES (1, 'Policy', ?)"
    altcraft.emulator.query(statement, one_a_day)
    text: dict[str, Any] = {"send_channel": "sms", "resource_id": 36, "content": [{"message_id": 6}]}
    altcraft.data("/campaigns/broadcasts/start", id=broadcast(altcraft, **text))
    daily = {"start_mins": [0], "start_hours": [16]}
    mailing = broadcast(altcraft, limit=30, start_schedule=daily, policy_id=1, **text)
    parts = []
    for _ in range(4):
        altcraft.advance("1d")
        parts.append((len(messages(altcraft.emulator, mailing)), altcraft.status(mailing)))
    assert parts == [(0, "Active"), (30, "Active"), (40, "Completed"), (40, "Completed")]


def test_a_limit_for_one_run_cuts_it_the_same_way(altcraft: Altcraft) -> None:
    altcraft.data("/campaigns/activate/", id=12, run_now=True, override_limit=10)
    altcraft.advance("1m")
    assert altcraft.status(12) == "Active"
    altcraft.data("/campaigns/broadcasts/start", id=12)
    altcraft.advance("1m")
    assert (altcraft.status(12), len(messages(altcraft.emulator, 12))) == ("Completed", 40)


def test_a_part_of_a_deactivated_broadcast_leaves_it_inactive(altcraft: Altcraft) -> None:
    mailing = broadcast(altcraft, limit=15, start_schedule=QUARTERS)
    altcraft.advance("15m")
    altcraft.data("/campaigns/deactivate", id=mailing)
    altcraft.advance("1d")
    assert (altcraft.status(mailing), len(messages(altcraft.emulator, mailing))) == ("Inactive", 15)


@pytest.mark.parametrize(("limit", "status"), [(0, "Completed"), (100, "Active")])
def test_who_comes_while_a_broadcast_is_sent_is_for_its_next_part_alone(
    altcraft: Altcraft, limit: int, status: str
) -> None:
    mailing = broadcast(altcraft, limit=limit)
    altcraft.data("/campaigns/broadcasts/start", id=mailing)
    altcraft.answer("/profiles/import", db_id=1, email="late@new.example", data={"_fname": "Late"})
    altcraft.advance("1m")
    assert altcraft.status(mailing) == status


def test_an_update_of_the_limit_begins_its_growth_anew(altcraft: Altcraft) -> None:
    mailing = broadcast(altcraft, limit=5, aglimit_count=10)
    altcraft.data("/campaigns/broadcasts/start", id=mailing)
    altcraft.advance("1m")
    altcraft.data("/campaigns/broadcasts/update", id=mailing, name="n", limit=2, **CUSTOMERS)
    altcraft.data("/campaigns/broadcasts/start", id=mailing)
    assert len(messages(altcraft.emulator, mailing)) == 7


def test_the_limit_of_a_regular_mailing_holds_for_each_run(altcraft: Altcraft) -> None:
    for _ in range(2):
        altcraft.data("/campaigns/activate/", id=82, run_now=True, override_limit=3)
        altcraft.advance("1m")
    assert [one["recipient"] for one in messages(altcraft.emulator, 82)] == 2 * [
        f"subscriber{number}@example.com" for number in (1, 2, 3)
    ]


@pytest.mark.slow
def test_a_broadcast_leaves_out_who_got_it_before_an_abort(altcraft: Altcraft) -> None:
    altcraft.data("/campaigns/activate/", id=46, run_now=True)
    altcraft.advance("1d")
    assert altcraft.status(46) == "Completed"
    sent = [one["recipient"] for one in messages(altcraft.emulator, 46) if one["status"] != "cancelled"]
    assert len(sent) == len(set(sent)) == 40
    left_out = [line for line in altcraft.log(46) if "Left out" in line]
    assert left_out[1:] == [
        "Left out because of the global status: 1",
        "Left out because of an earlier run: 3",
    ]


def test_a_broadcast_leaves_out_who_got_it_at_another_address(altcraft: Altcraft) -> None:
    mailing = broadcast(altcraft, limit=39)
    altcraft.data("/campaigns/broadcasts/start", id=mailing)
    altcraft.advance("1m")
    moved = {"email": "ann@new.example"}
    altcraft.answer("/profiles/update", db_id=1, email="ann@example.com", data=moved)
    altcraft.data("/campaigns/broadcasts/start", id=mailing)
    altcraft.advance("1m")
    recipients = [one["recipient"] for one in messages(altcraft.emulator, mailing)]
    assert (len(recipients), moved["email"] in recipients) == (40, False)
    assert altcraft.status(mailing) == "Completed"


@pytest.mark.parametrize(("mode", "is_sent"), [("last", False), ("fanout", True)])
def test_a_new_device_gets_a_part_that_goes_to_all_devices(
    altcraft: Altcraft, mode: str, *, is_sent: bool
) -> None:
    push = {"send_channel": "push", "resource_id": 26, "content": [{"message_id": 27}]}
    mailing = broadcast(altcraft, limit=30, push_sending_mode=mode, **push)
    altcraft.data("/campaigns/broadcasts/start", id=mailing)
    altcraft.advance("1m")
    device = {"channel": "push", "provider": "google", "subscription_id": "new-device", "resource_id": 26}
    altcraft.answer("/profiles/update", db_id=1, email="ann@example.com", data={"subscriptions": [device]})
    altcraft.data("/campaigns/broadcasts/start", id=mailing)
    altcraft.advance("1m")
    recipients = [one["recipient"] for one in messages(altcraft.emulator, mailing)]
    assert (device["subscription_id"] in recipients) == is_sent


@pytest.mark.parametrize("how", ["abort", "campaign completed", "aborted while held"])
def test_what_an_abort_drops_is_cancelled(altcraft: Altcraft, how: str) -> None:
    if how == "campaign completed":
        altcraft.data("/scampaigns/completed", id=18)
    else:
        if how == "aborted while held":
            altcraft.data("/scampaigns/deactivate", id=18)
        altcraft.data("/campaigns/deactivate", id=19, abort_if_running=True)
    altcraft.advance("10d")
    counts = job(altcraft.emulator, 19)["counts"]
    assert "queued" not in counts
    assert len(messages(altcraft.emulator, 19, status="cancelled")) == counts["cancelled"] == 19


def test_a_run_keeps_what_its_launch_was_given(altcraft: Altcraft) -> None:
    content = {"order": {"id": "A-17"}}
    files = [{"name": "price.pdf", "data": "JVBERi0x"}, {"file_key": "5c1d", "text": "x" * 5000}]
    altcraft.data("/campaigns/activate/", id=12, run_now=True, content=content, attach=files)
    altcraft.data("/campaigns/broadcasts/update", id=12, name="Later", **CUSTOMERS)
    first = messages(altcraft.emulator, 12)[0]["id"]
    found = altcraft.emulator.http.get(f"/_emulator/messages/{first}").json()
    launch = found["payload"]["launch"]
    assert launch["content"] == content
    assert launch["attach"][0] == files[0]
    assert launch["attach"][1]["text"] == "x" * 1000 + "… (5000 characters)"
    named = [(one["name"], one["content_type"]) for one in found["attachments"]]
    assert named == [("price.pdf", "application/pdf"), ("file 2", "application/octet-stream")]
    assert found["payload"]["content"][0]["message_id"] == 21


@pytest.mark.parametrize(
    ("file", "shown"),
    [
        ({"file_key": "{file}"}, ("list.csv", "text/csv")),
        ({"file_key": "{FILE}"}, ("list.csv", "text/csv")),
        ({"flie_key": "{file}", "name": "people"}, ("people", "text/csv")),
        ({"file_key": "{file}", "mimetype": "text/plain"}, ("list.csv", "text/plain")),
        ({"name": "people", "data": "data:text/csv;base64,YQ=="}, ("people", "text/csv")),
        (
            {"name": "people", "mimetype": "image/png", "data": "data:text/csv;base64,YQ=="},
            ("people", "image/png"),
        ),
        ({"name": "a.pdf", "mimetype": "no type"}, ("a.pdf", "application/pdf")),
        ({"name": "a.pdf", "data": "data:;base64,YQ=="}, ("a.pdf", "application/pdf")),
    ],
)
@pytest.mark.parametrize("place", ["launch", "template"])
def test_an_attachment_is_what_the_client_says_or_has_uploaded(
    altcraft: Altcraft, place: str, file: dict[str, str], shown: tuple[str, str]
) -> None:
    uploaded = altcraft.data("/file_upload", header="list.csv", data="data:text/csv;base64,YQ==")["file"]
    ids = {"{file}": uploaded, "{FILE}": uploaded.upper()}
    attach = [{name: ids.get(value, value) for name, value in file.items()}]
    if place == "template":
        mail = {"sid": "email", "fields": {"subject": "Files", "attach": attach}}
        altcraft.data("/templates/update", id=21, name="Files", channels=[mail])
    altcraft.data("/campaigns/activate/", id=12, run_now=True, attach=attach if place == "launch" else [])
    first = messages(altcraft.emulator, 12)[0]["id"]
    (found,) = altcraft.emulator.http.get(f"/_emulator/messages/{first}").json()["attachments"]
    assert (found["name"], found["content_type"]) == shown


def test_runs_of_a_mailing_are_told_apart(altcraft: Altcraft) -> None:
    for source in (3, 5):
        override = {"override_source_type": "segment", "override_source_id": source}
        altcraft.data("/campaigns/activate/", id=82, run_now=True, **override)
        altcraft.advance("1m")
    found = messages(altcraft.emulator, 82)
    ends = [altcraft.emulator.http.get(f"/_emulator/messages/{found[at]['id']}").json() for at in (0, -1)]
    launches = [one["payload"]["launch"] for one in ends]
    assert [one["source_id"] for one in launches] == [3, 5]
    assert [one["at"] for one in launches] == ["2026-03-15T14:30:00.000Z", "2026-03-15T14:31:00.000Z"]


def profile_of(emulator: Emulator, email: str, database: int) -> str:
    statement = "SELECT id FROM altcraft_profile WHERE email = ? AND database_id = ?"
    return str(emulator.query(statement, email, database)[0][0])


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "number", "segment"), [("list", 2, 0), ("segment", 7, 7)])
def test_hooks_name_the_person_and_the_source_that_the_launch_chose(
    altcraft: Altcraft, kind: str, number: int, segment: int
) -> None:
    override = {"override_source_type": kind, "override_source_id": number, "override_limit": 3}
    altcraft.data("/campaigns/activate/", id=12, run_now=True, **override)
    altcraft.advance("1h")
    told = [event for event in events(altcraft.emulator) if event["event_data"]["campaign_id"] == 12]
    first = messages(altcraft.emulator, 12)[0]["recipient"]
    assert told[0]["profile_id"] == profile_of(altcraft.emulator, first, 2)
    assert {event["list_id"] for event in told} == {2}
    assert {event["event_data"]["segment_id"] for event in told} == {segment}
    assert told[0]["subscription"][0]["email"] == first
    assert len(told[0]["_xxh"]) == 16
    assert len(told[0]["subscription_hash_id"]) == 8


@pytest.mark.slow
def test_hooks_tell_people_with_the_same_address_apart(emulator: Emulator) -> None:
    altcraft = Altcraft(emulator)
    emulator.query("UPDATE altcraft_profile SET email = 'ann@example.com' WHERE email = 'eve@example.com'")
    altcraft.data("/campaigns/activate/", id=70, run_now=True)
    altcraft.advance("1h")
    told = [event for event in events(emulator) if event["event_data"]["campaign_id"] == 70]
    assert {event["list_id"] for event in told} == {2}
    assert told[0]["profile_id"] == profile_of(emulator, "ann@example.com", 2)


@pytest.mark.slow
def test_hooks_still_know_a_mailing_that_was_deleted(altcraft: Altcraft) -> None:
    altcraft.data("/campaigns/activate/", id=12, run_now=True)
    altcraft.advance("3s")
    altcraft.data("/campaigns/delete", id=12)
    altcraft.advance("1h")
    told = [event for event in events(altcraft.emulator) if event["event_data"]["campaign_id"] == 12]
    assert told[-1]["event_type"] == "click"
    assert told[-1]["event_data"]["launch_id"] == "000000a10000000c69b6c268"


PAUSED = """
user: olga@example.com
pace: 1
tokens: [{token: "00000000000000000000000000000001", rights: all}]
groups: [{id: 0, name: main}]
databases: [{id: 1, name: People, generate: {count: 100, pattern: "ann{n}@example.com"}}]
segments: [{id: 1, name: Some, database: 1, profiles: [ann1@example.com]}]
templates: [{id: 1, name: Letter, email: {subject: Letter}}]
campaigns: [{id: 8, name: Spring, state: %s, list: 1, segment: 1, created: 2026-02-01T08:00:00Z}]
mailings:
  - {id: 1, name: Letter, kind: broadcast, list: 1, templates: [1], campaign: 8, edited: 2026-03-01T10:00:00Z,
     active: true, launched: 30s}
"""


@pytest.mark.slow
@pytest.mark.parametrize(("state", "sent"), [("inactive", 29), ("active", 100)])
def test_a_fixture_can_begin_with_a_paused_campaign(emulator: Emulator, state: str, sent: int) -> None:
    box = emulator.sandbox(clock="frozen")
    answer = box.control("POST", "/seed", json={"fixtures": {"altcraft": PAUSED % state}})
    assert answer.status_code == 200, answer.text
    box.advance("1h")
    counts = box.control("GET", "/jobs/altcraft/mailing/1").json()["counts"]
    assert counts == {"delivered": sent} | ({"queued": 71} if sent < 100 else {})


def test_launches_are_told_apart(altcraft: Altcraft) -> None:
    altcraft.data("/campaigns/activate/", id=82, run_now=True, override_limit=2)
    altcraft.advance("1m")
    override = {"override_source_type": "segment", "override_source_id": 12}
    altcraft.data("/campaigns/activate/", id=82, run_now=True, override_limit=3, **override)
    altcraft.advance("1m")
    job = altcraft.emulator.http.get("/_emulator/jobs/altcraft/mailing/82").json()
    first, second = job["launches"]
    assert [(one["source"], one["counts"]) for one in (first, second)] == [
        ("list 3", {"delivered": 2}),
        ("segment 12", {"delivered": 3}),
    ]
    assert first["provider_ids"] != second["provider_ids"]
    assert job["counts"] == {"delivered": 5}


def test_a_message_says_whom_it_goes_to(altcraft: Altcraft) -> None:
    altcraft.data("/campaigns/activate/", id=179, run_now=True)
    altcraft.advance("1m")
    found = altcraft.emulator.http.get("/_emulator/messages?recipient=%2B79000000005").json()["messages"]
    message = altcraft.emulator.http.get(f"/_emulator/messages/{found[0]['id']}").json()
    person = message["payload"]["person"]
    assert person["list_id"] == 1
    assert person["profile_id"] == message["provider_ids"]["profile_id"]
    assert (person["subscription"]["channel"], person["subscription"]["phone"]) == ("sms", "+79000000005")
    assert message["payload"]["launch"]["launch_id"] == message["provider_ids"]["launch_id"]


SEVERAL = "x1@q.example;x2@q.example"


def test_several_addresses_in_one_text_fail(altcraft: Altcraft) -> None:
    subscription = {"channel": "email", "email": SEVERAL, "resource_id": 1}
    altcraft.answer("/profiles/import", db_id=1, email=SEVERAL, data={"subscriptions": [subscription]})
    for resource in (0, 1):
        trigger = made(altcraft, resource_id=resource)
        altcraft.answer("/campaigns/triggers/start", id=trigger, email=SEVERAL)
        altcraft.advance("1m")
        [message] = messages(altcraft.emulator, trigger)
        assert (message["recipient"], message["status"]) == (SEVERAL, "failed")


def test_who_has_several_addresses_in_one_text_gets_sms(altcraft: Altcraft) -> None:
    altcraft.answer("/profiles/import", db_id=1, email=SEVERAL, data={"phones": ["+79005550001"]})
    trigger = made(altcraft, send_channel="sms", content=[{"message_id": 10}])
    altcraft.answer("/campaigns/triggers/start", id=trigger, email=SEVERAL)
    altcraft.advance("1m")
    assert [message["status"] for message in messages(altcraft.emulator, trigger)] == ["delivered"]


BOB = "bob+opened@example.com"
CATALOGUE = 15
"""A broadcast to database 1 that is being sent; the message to Bob is still queued."""
