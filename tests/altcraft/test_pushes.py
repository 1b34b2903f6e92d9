"""Events of pushes from apps and gateways, by ids and links, and how they change messages and people."""

import json
from typing import Any

import pytest

from tests.altcraft.apps import ANN, APP, BLOG, BY_EMAIL, App
from tests.altcraft.conftest import SUBACCOUNT, VIEW_ONLY, Altcraft
from tests.altcraft.test_runs import events, messages
from tests.conftest import Emulator

PATH = "/pushes/post_events"
DONE = {"error": 0, "error_text": "Successful operation"}
NOBODY = {"error": 404, "error_text": "Object not found: message x"}


@pytest.fixture
def push(altcraft: Altcraft) -> dict[str, Any]:
    """A push to Ann that has left, and has not arrived yet, as the control plane shows it."""
    altcraft.data("/campaigns/activate/", id=40, run_now=True)
    altcraft.advance("1s")
    return shown(altcraft.emulator, messages(altcraft.emulator, 40)[0]["id"])


def shown(emulator: Emulator, number: int) -> dict[str, Any]:
    found: dict[str, Any] = emulator.http.get(f"/_emulator/messages/{number}").json()
    return found


def history(emulator: Emulator, push: dict[str, Any]) -> list[str]:
    return [one["status"] for one in shown(emulator, push["id"])["history"]]


def told(emulator: Emulator, push: dict[str, Any]) -> list[str]:
    """Return the types of a push's events for hooks, except its sending."""
    mine = [one for one in events(emulator) if one.get("profile_id") == ANN]
    return [one["event_type"] for one in mine if one["event_data"]["campaign_id"] == 40][1:]


def ids(push: dict[str, Any]) -> dict[str, Any]:
    """Return the ids by which an app names a push without a `_uid`."""
    device = push["payload"]["person"]["subscription"]
    return {
        "uid": push["provider_id"],
        "launch_id": push["payload"]["push"]["launch_id"],
        "provider": device["provider"],
        "subscription_id": device["subscription_id"],
    }


@pytest.mark.slow
@pytest.mark.parametrize(
    ("bits", "statuses", "hooks"),
    [
        (1, ["sent", "delivered"], ["deliv"]),
        (2, ["sent", "delivered", "opened"], ["deliv", "uopen_push", "open_push"]),
        (3, ["sent", "delivered", "opened"], ["deliv", "uopen_push", "open_push"]),
        ("3", ["sent", "delivered", "opened"], ["deliv", "uopen_push", "open_push"]),
    ],
)
def test_events_are_a_mask_of_bits(
    altcraft: Altcraft, push: dict[str, Any], bits: object, statuses: list[str], hooks: list[str]
) -> None:
    answer = altcraft.call(PATH, events=bits, uid=push["payload"]["push"]["_uid"])
    assert (answer.status_code, answer.json()) == (200, DONE)
    assert history(altcraft.emulator, push) == statuses
    assert shown(altcraft.emulator, push["id"])["status"] == statuses[-1]
    assert told(altcraft.emulator, push) == hooks


def test_the_profile_knows_what_happened(altcraft: Altcraft, push: dict[str, Any]) -> None:
    altcraft.advance("10s")
    before = altcraft.data("/profiles/get/", db_id=1, profile_id=ANN)
    assert not before["_open_push_exist"]
    altcraft.call(PATH, events=2, uid=push["payload"]["push"]["_uid"])
    after = altcraft.data("/profiles/get/", db_id=1, profile_id=ANN)
    assert after["_open_push_exist"]
    assert after["_open_push_date"] == "2026-03-15T14:30:11.000Z"


@pytest.mark.parametrize("kind", [int, str])
def test_an_id_of_the_message_needs_launch_and_device(
    altcraft: Altcraft, push: dict[str, Any], kind: type
) -> None:
    said = ids(push)
    said["launch_id"] = kind(said["launch_id"])
    assert altcraft.call(PATH, events=1, **said).json() == DONE
    assert history(altcraft.emulator, push) == ["sent", "delivered"]


@pytest.mark.parametrize("name", ["launch_id", "provider", "subscription_id"])
def test_each_of_them_is_needed(altcraft: Altcraft, push: dict[str, Any], name: str) -> None:
    said = ids(push)
    del said[name]
    assert altcraft.refused(PATH, events=1, **said) == (400, f"Incorrect request: {name}: Field required")
    said = ids(push) | {name: 77}
    assert altcraft.refused(PATH, events=1, **said) == (404, f"Object not found: message {said['uid']}")


@pytest.mark.parametrize("names", ["uid", "the device then", "the device now"])
def test_a_push_is_known_after_its_device_has_a_new_token(
    altcraft: Altcraft, push: dict[str, Any], names: str
) -> None:
    said = ids(push)
    new = {"new_token": "new", "new_provider": "ios-apns"}
    old = {"old_token": said["subscription_id"], "old_provider": said["provider"]}
    App(altcraft, BY_EMAIL, APP).profile("/subscription/push/update/", old | new)
    if names == "uid":
        said = {"uid": push["payload"]["push"]["_uid"]}
    elif names == "the device now":
        said |= {"provider": "ios-apns", "subscription_id": "new"}
    assert altcraft.call(PATH, events=2, **said).json() == DONE
    assert history(altcraft.emulator, push) == ["sent", "delivered", "opened"]


@pytest.mark.parametrize(
    "change",
    [
        lambda uid: uid.replace("|google", "|ios-apns"),
        lambda uid: uid.replace("e|", "e|1"),
        lambda uid: uid.rpartition("|")[0],
        lambda uid: uid[:-9] + "x|google",
        lambda uid: uid[:2] + "||",
        lambda uid: uid[:2],
        lambda uid: uid[:1] + "\0|",
    ],
)
def test_a_wrong_uid_is_no_push(altcraft: Altcraft, push: dict[str, Any], change: Any) -> None:
    uid = change(push["payload"]["push"]["_uid"])
    assert altcraft.refused(PATH, events=1, uid=uid) in [
        (404, f"Object not found: message {uid}"),
        (400, "Incorrect request: launch_id: Field required"),
    ]
    assert history(altcraft.emulator, push) == ["sent"]


@pytest.mark.parametrize(
    "said",
    [{"events": 0}, {"events": 4}, {"events": True}, {"events": "x"}, {"events": 10**30}, {"events": []}],
)
def test_other_events_are_refused(altcraft: Altcraft, push: dict[str, Any], said: dict[str, Any]) -> None:
    status, text = altcraft.refused(PATH, uid=push["payload"]["push"]["_uid"], **said)
    assert (status, text.partition(": I")[0]) == (400, "Incorrect request: events")
    assert altcraft.refused(PATH, events=1, uid=["a"])[0] == 400
    assert altcraft.refused(PATH, events=1) == (400, "Incorrect request: uid: Field required")


def test_it_is_said_in_xml_too(altcraft: Altcraft, push: dict[str, Any]) -> None:
    uid = push["payload"]["push"]["_uid"]
    answer = altcraft.xml(PATH, f"<events>1</events><uid>{uid}</uid>")
    assert answer.text == "<xml><error>0</error><error_text>Successful operation</error_text></xml>"
    assert history(altcraft.emulator, push) == ["sent", "delivered"]


@pytest.mark.slow
def test_what_is_told_twice_is_unique_once(altcraft: Altcraft, push: dict[str, Any]) -> None:
    for bits in (2, 2, 1):
        altcraft.answer(PATH, events=bits, uid=push["payload"]["push"]["_uid"])
    assert history(altcraft.emulator, push) == ["sent", "delivered", "opened", "opened", "delivered"]
    assert told(altcraft.emulator, push) == ["deliv", "uopen_push", "open_push", "open_push", "deliv"]
    assert shown(altcraft.emulator, push["id"])["status"] == "opened"


def test_what_an_app_told_does_not_happen_by_itself(altcraft: Altcraft, push: dict[str, Any]) -> None:
    altcraft.answer(PATH, events=1, uid=push["payload"]["push"]["_uid"])
    altcraft.advance("1h")
    assert history(altcraft.emulator, push) == ["sent", "delivered"]


def clicked_push(altcraft: Altcraft) -> dict[str, Any]:
    """Return a push that has just left, and is clicked 90 seconds later by a rule."""
    rule = {"provider": "altcraft", "channel": "push", "outcome": "clicked"}
    assert altcraft.emulator.http.post("/_emulator/outcomes", json=rule).status_code == 201
    altcraft.data("/campaigns/activate/", id=40, run_now=True)
    altcraft.advance("1s")
    return shown(altcraft.emulator, messages(altcraft.emulator, 40)[0]["id"])


def test_what_an_outcome_brings_later_comes_though_an_app_told_of_the_push(altcraft: Altcraft) -> None:
    push = clicked_push(altcraft)
    for bits, pause in ((1, "30s"), (2, "1h")):
        altcraft.answer(PATH, events=bits, uid=push["payload"]["push"]["_uid"])
        altcraft.advance(pause)
    rest = [(one["status"], one["at"][14:19]) for one in shown(altcraft.emulator, push["id"])["history"]][1:]
    assert rest == [("delivered", "30:01"), ("opened", "30:31"), ("clicked", "31:31")]


def test_what_a_rule_brings_later_comes_though_an_app_told_of_a_push_in_the_queue(altcraft: Altcraft) -> None:
    clicked_push(altcraft)
    queued = messages(altcraft.emulator, 40)[30]
    uid = shown(altcraft.emulator, queued["id"])["payload"]["push"]["_uid"]
    altcraft.answer(PATH, events=1, uid=uid)
    altcraft.advance("1h")
    assert history(altcraft.emulator, queued) == ["sent", "delivered", "opened", "clicked"]


def test_nothing_comes_later_of_a_push_of_which_a_test_makes_something_else(altcraft: Altcraft) -> None:
    push = clicked_push(altcraft)
    altcraft.answer(PATH, events=1, uid=push["payload"]["push"]["_uid"])
    ended = {"status": "unsubscribed"}
    altcraft.emulator.http.post(f"/_emulator/messages/{push['id']}/status", json=ended)
    altcraft.advance("1h")
    assert history(altcraft.emulator, push)[-1] == "unsubscribed"


def test_a_push_that_bounced_can_not_be_opened(altcraft: Altcraft, push: dict[str, Any]) -> None:
    altcraft.emulator.http.post(f"/_emulator/messages/{push['id']}/status", json={"status": "bounced"})
    refusal = (400, f"Incorrect request: message {push['provider_id']} is bounced")
    assert altcraft.refused(PATH, events=3, uid=push["payload"]["push"]["_uid"]) == refusal
    assert altcraft.emulator.http.get(push["payload"]["push"]["hub_link"]["ack"]).status_code == 400


def test_a_push_that_was_dropped_can_not_arrive(altcraft: Altcraft) -> None:
    altcraft.data("/campaigns/activate/", id=40, run_now=True)
    altcraft.data("/campaigns/deactivate", id=40, abort_if_running=True)
    push = shown(altcraft.emulator, messages(altcraft.emulator, 40)[0]["id"])
    assert altcraft.refused(PATH, events=1, uid=push["payload"]["push"]["_uid"]) == (
        400,
        f"Incorrect request: message {push['provider_id']} is cancelled",
    )


def test_a_push_in_the_queue_has_left_when_it_arrives(altcraft: Altcraft, push: dict[str, Any]) -> None:
    queued = messages(altcraft.emulator, 40)[30]
    uid = shown(altcraft.emulator, queued["id"])["payload"]["push"]["_uid"]
    altcraft.answer(PATH, events=1, uid=uid)
    assert history(altcraft.emulator, queued) == ["sent", "delivered"]
    altcraft.advance("1h")
    assert {one["status"] for one in messages(altcraft.emulator, 40)} <= {"delivered", "opened", "clicked"}


def test_a_message_of_another_channel_is_no_push(altcraft: Altcraft) -> None:
    other = messages(altcraft.emulator, 42)[0]
    said = {"launch_id": 1, "provider": "x", "subscription_id": "x"}
    refusal = (404, f"Object not found: message {other['provider_id']}")
    assert altcraft.refused(PATH, events=1, uid=other["provider_id"], **said) == refusal


def test_telling_needs_a_right_and_the_group_of_the_resource(
    altcraft: Altcraft, push: dict[str, Any]
) -> None:
    uid = push["payload"]["push"]["_uid"]
    assert altcraft.refused(PATH, token=VIEW_ONLY, events=1, uid=uid) == (403, "Access denied")
    refusal = (404, f"Object not found: message {uid}")
    assert altcraft.refused(PATH, token=SUBACCOUNT, events=1, uid=uid) == refusal


def test_a_request_id_is_told_once(altcraft: Altcraft, push: dict[str, Any]) -> None:
    for _ in range(2):
        altcraft.call(PATH, events=2, uid=push["payload"]["push"]["_uid"], headers={"Request-ID": "r-1"})
    assert history(altcraft.emulator, push) == ["sent", "delivered", "opened"]


@pytest.mark.parametrize(
    ("name", "statuses"), [("ack", ["sent", "delivered"]), ("open", ["sent", "delivered", "opened"])]
)
@pytest.mark.parametrize("written", ["{}", "{}=", "{}/", "/="])
def test_a_link_tells_without_a_token(
    altcraft: Altcraft, push: dict[str, Any], name: str, statuses: list[str], written: str
) -> None:
    link = push["payload"]["push"]["hub_link"][name]
    written = link.replace("?/", "?/=") if written == "/=" else written.format(link)
    answer = altcraft.emulator.http.get(written)
    assert (answer.status_code, answer.text) == (200, "OK")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert history(altcraft.emulator, push) == statuses
    requests = altcraft.emulator.http.get("/_emulator/requests").json()["requests"]
    assert requests[-1]["unread"] == []


@pytest.mark.parametrize("name", ["ack", "open"])
def test_a_link_that_is_changed_leads_nowhere(altcraft: Altcraft, push: dict[str, Any], name: str) -> None:
    http, link = altcraft.emulator.http, push["payload"]["push"]["hub_link"][name]
    for wrong in (link[:-1], link + "0", link[:-1] + "_", link.replace("?/", "?/0"), link.partition("?")[0]):
        answer = http.get(wrong)
        assert (answer.status_code, answer.text) == (404, "Not found"), wrong
    assert history(altcraft.emulator, push) == ["sent"]


def test_a_link_finds_its_own_sandbox(emulator: Emulator) -> None:
    for name in ("one", "two"):
        box = emulator.sandbox(name)
        found = box.control("GET", "/messages", params={"job": "altcraft/mailing/92"}).json()["messages"][0]
        link = box.control("GET", f"/messages/{found['id']}").json()["payload"]["push"]["hub_link"]["open"]
        assert emulator.http.get(link).text == "OK"
        assert box.control("GET", f"/messages/{found['id']}").json()["status"] == "opened"
    assert messages(emulator, 92)[0]["status"] == "delivered"


@pytest.mark.parametrize(
    ("event", "statuses"), [("delivery", ["sent", "delivered"]), ("open", ["sent", "delivered", "opened"])]
)
@pytest.mark.parametrize("claim", [BY_EMAIL, None])
def test_the_sdk_tells_it_too(
    altcraft: Altcraft, push: dict[str, Any], event: str, statuses: list[str], claim: object
) -> None:
    body = {"time": 1767225600, "smid": push["payload"]["push"]["_uid"]}
    app = App(altcraft, claim, APP)
    mode = "email" if claim else "push_sub"
    answer = app.ask(f"/event/push/{event}", body, matching_mode=mode)
    assert (answer.status_code, answer.json()) == (200, {"error": 0, "error_text": ""})
    assert history(altcraft.emulator, push) == statuses
    assert app.refused(f"/event/push/{event}", body, matching_mode="phone")[0] == 400


@pytest.mark.parametrize("prefix", ["u", "m", "f", "w"])
def test_the_sdk_may_name_the_message(altcraft: Altcraft, push: dict[str, Any], prefix: str) -> None:
    smid = prefix + push["provider_id"][1:]
    App(altcraft, BY_EMAIL, APP).ask("/event/push/open", {"smid": smid})
    assert shown(altcraft.emulator, push["id"])["status"] == "opened"


def test_the_sdk_of_another_resource_does_not_know_the_push(altcraft: Altcraft, push: dict[str, Any]) -> None:
    smid = push["provider_id"]
    refusal = (404, f"Object not found: message {smid}")
    assert App(altcraft, BY_EMAIL, BLOG).refused("/event/push/open", {"smid": smid}) == refusal
    assert App(altcraft, BY_EMAIL, APP).refused("/event/push/open", {"smid": "x"}) == tuple(NOBODY.values())
    for body in ({}, {"smid": None}, {"smid": [1]}, {"smid": smid, "time": "noon"}):
        assert App(altcraft, BY_EMAIL, APP).refused("/event/push/open", body)[0] == 400
    assert history(altcraft.emulator, push) == ["sent"]


@pytest.mark.slow
def test_hooks_are_told_of_the_first_opening_as_unique(altcraft: Altcraft, push: dict[str, Any]) -> None:
    http = altcraft.emulator.http
    target = {"provider": "altcraft", "url": "http://127.0.0.1:9/hooks"}
    assert http.post("/_emulator/webhooks/targets", json=target).status_code == 201
    for _ in range(2):
        altcraft.answer(PATH, events=2, uid=push["payload"]["push"]["_uid"])
    altcraft.advance("10s")
    rows = altcraft.emulator.query("SELECT body FROM webhook_delivery ORDER BY id")
    bodies = [json.loads(body) for (body,) in rows]
    sent = [one for body in bodies for one in (body if isinstance(body, list) else [body])]
    mine = [one["event_type"] for one in sent if one.get("profile_id") == ANN]
    assert mine == ["deliv", "uopen_push", "open_push", "open_push"]
