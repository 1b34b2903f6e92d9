"""The clock set back: records of later times, and limits of time, do not get in the way."""

from collections.abc import Callable
from threading import Thread

import pytest

from tests.altcraft import test_policies
from tests.altcraft.conftest import Altcraft
from tests.altcraft.test_exports import ASKED
from tests.altcraft.test_regulars import made
from tests.autosend import webhooks
from tests.autosend.conftest import AutoSend
from tests.autosend.test_domains import add, verify
from tests.conftest import Emulator, Sandbox
from tests.control import test_faults
from tests.control.test_clock_set_back import send_more_than_a_new_domain_may as send_too_many
from tests.control.test_clock_set_back import set_clock
from tests.receiver import receiving

BEGINNING, DAY_BEFORE = "2026-03-15T14:30:00Z", "2026-03-14T14:30:00Z"
INSTANTS = ["2026-03-15T13:30:00Z", DAY_BEFORE, "2025-03-15T14:30:00Z"]


@pytest.fixture
def box(emulator: Emulator) -> Sandbox:
    return emulator.sandbox("mine", clock="frozen")


def ask_altcraft(emulator: Emulator) -> str:
    answer = Altcraft(emulator).call("/profiles/get_all", headers={"Request-ID": "once"}, **ASKED)
    return str(answer.json()["data"]["task_id"])


def ask_autosend(emulator: Emulator) -> str:
    draft = {"name": "n", "subject": "s", "htmlTemplate": "<p>t</p>"}
    answer = AutoSend(emulator).call("POST", "/campaigns", draft, headers={"Idempotency-Key": "once"})
    return str(answer.json()["data"]["id"])


@pytest.mark.slow
@pytest.mark.parametrize("ask", [ask_altcraft, ask_autosend])
@pytest.mark.parametrize("instant", INSTANTS)
def test_a_request_repeats_none_that_came_later(
    emulator: Emulator, ask: Callable[[Emulator], str], instant: str
) -> None:
    later = ask(emulator)
    set_clock(emulator, instant)
    earlier = ask(emulator)
    assert earlier != later
    assert ask(emulator) == earlier


@pytest.mark.slow
@pytest.mark.parametrize("instant", INSTANTS)
def test_a_policy_counts_no_message_of_later(emulator: Emulator, instant: str) -> None:
    altcraft = Altcraft(emulator)
    subscribed = {"channel": "email", "email": "new@example.com", "resource_id": 1, "status": "subscribed"}
    data = {"subscriptions": [subscribed]}
    altcraft.answer("/profiles/import", db_id=1, email="new@example.com", data=data)
    test_policies.policy(altcraft, 1, {"recipient": [1, 1], "contact": [1, 1]})
    trigger = test_policies.trigger(altcraft, policy_id=1)
    assert test_policies.started(altcraft, trigger)
    set_clock(emulator, instant)
    assert [test_policies.started(altcraft, trigger) for _ in range(2)] == [True, False]


def test_a_rule_that_is_over_acts_no_more(box: Sandbox) -> None:
    test_faults.add(box, lasts="1m")
    box.advance("2m")
    box.control("POST", "/clock", json={"set": BEGINNING})
    assert test_faults.get(box) == 200


@pytest.mark.parametrize("instant", [*INSTANTS, "1970-01-02T00:00:00Z"])
def test_a_rule_acts_for_as_long_as_it_still_had_to(box: Sandbox, instant: str) -> None:
    test_faults.add(box, lasts="1m")
    box.advance("30s")
    box.control("POST", "/clock", json={"set": instant})
    answers = []
    for length in ("0s", "29s", "1s"):
        box.advance(length)
        answers.append(test_faults.get(box))
    assert answers == [503, 503, 200]


@pytest.mark.slow
def test_a_rule_is_over_however_far_the_clock_is_set_back(box: Sandbox) -> None:
    test_faults.add(box, lasts="1m")
    for instant in ("9999-12-31T00:00:00Z", "1970-01-02T00:00:00Z"):
        box.control("POST", "/clock", json={"set": instant})
    assert test_faults.get(box) == 200
    assert box.control("GET", "/faults").json()["faults"][0]["made_at"] >= "1970"
    assert box.control("POST", "/snapshots", json={"name": "early"}).status_code == 201
    assert box.control("POST", "/snapshots/early/restore").status_code == 200


@pytest.mark.parametrize("instant", INSTANTS)
def test_a_task_that_is_done_stays_done(emulator: Emulator, instant: str) -> None:
    altcraft = Altcraft(emulator)
    task = altcraft.data("/profiles/get_all", **ASKED)["task_id"]
    emulator.advance("5s")
    done = altcraft.data("/tasks/status", task_id=task)
    set_clock(emulator, instant)
    assert done["status"] == "completed"
    assert altcraft.data("/tasks/status", task_id=task) == done


@pytest.mark.slow
def test_a_domain_that_sent_too_many_later_sends_at_once(emulator: Emulator) -> None:
    send_too_many(emulator)
    emulator.advance("1m")
    waiting = "SELECT count(*) FROM message WHERE recipient LIKE 'reader-%' AND status = 'queued'"
    assert emulator.query(waiting) == [(100,)]
    set_clock(emulator, DAY_BEFORE)
    emulator.advance("1m")
    assert emulator.query(waiting) == [(0,)]


def test_a_domain_is_checked_again_although_a_check_is_under_way(emulator: Emulator) -> None:
    autosend = AutoSend(emulator)
    domain = add(autosend, "fresh.example")
    autosend.data("POST", f"/domains/{domain}/verify")
    set_clock(emulator, DAY_BEFORE)
    assert verify(autosend, domain)["verificationStatus"] == "VERIFIED"


@pytest.mark.slow
@pytest.mark.parametrize("instant", INSTANTS)
def test_the_failures_of_a_webhook_count_whatever_came_later(emulator: Emulator, instant: str) -> None:
    autosend = AutoSend(emulator)
    with receiving() as receiver:
        hook = webhooks.create(autosend, receiver.url)
        counted = []
        for status in (200, 500, 200):
            receiver.answer(status)
            webhooks.resend(autosend, hook)
            emulator.advance("1m")
            set_clock(emulator, instant)
            shown = autosend.data("GET", f"/webhooks/{hook['id']}")
            counted.append(shown["failureCount"])
    assert counted == [0, 1, 0]
    assert shown["lastSuccessAt"] < instant


@pytest.mark.slow
def test_an_attempt_that_was_under_way_has_ended_by_now(emulator: Emulator) -> None:
    autosend = AutoSend(emulator)
    with receiving() as receiver:
        hook = webhooks.create(autosend, receiver.url)
        going = Thread(target=set_clock, args=(emulator, DAY_BEFORE))

        def go_back(_: object) -> None:
            going.start()
            while not emulator.http.get("/_emulator/clock").json()["now"].startswith("2026-03-14"):
                pass

        receiver.react = go_back
        webhooks.resend(autosend, hook)
        going.join()
    assert autosend.data("GET", f"/webhooks/{hook['id']}")["lastSuccessAt"] == "2026-03-14T14:30:00.000Z"


@pytest.mark.slow
def test_an_event_does_not_wait_with_those_of_later(emulator: Emulator) -> None:
    hook = {"provider": "altcraft", "url": "http://127.0.0.1:9/", "settings": {"batch": 500, "timeout": 60}}
    emulator.http.post("/_emulator/webhooks/targets", json=hook)
    altcraft = Altcraft(emulator)
    mailing = made(altcraft, is_active=True)
    altcraft.answer("/campaigns/regulars/start", id=mailing)
    emulator.advance("10s")
    set_clock(emulator, DAY_BEFORE)
    emulator.advance("1m")
    assert emulator.query("SELECT DISTINCT state FROM webhook_delivery WHERE state = 'gathering'") == []
