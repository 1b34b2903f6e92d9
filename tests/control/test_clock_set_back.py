"""The clock set back: recurring events come at their next time, those for a fixed instant stay."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from emulator.app import make_providers
from emulator.engine.clock import from_datetime
from emulator.settings import Settings
from emulator.storage.failures import DiskFullError
from emulator.webhooks.events import events
from tests.altcraft.apps import BY_EMAIL, App, subscribing
from tests.altcraft.conftest import Altcraft
from tests.altcraft.test_exports import ASKED
from tests.altcraft.test_regulars import made
from tests.altcraft.test_segments import GOLD, added
from tests.autosend.campaigns import GRADUAL, RELEASE, create
from tests.autosend.conftest import AutoSend
from tests.autosend.inbound import HELP, receive_raw
from tests.autosend.migrations import ALL, RESEND, migrate
from tests.autosend.test_domains import add, verify
from tests.conftest import Emulator
from tests.rcs import test_otp_templates, test_senders, test_statistic_jobs
from tests.rcs.conftest import Rcs

SUBSCRIBE = "/subscription/push/subscribe/"
OWN_DOMAIN = {"name": "mine.example", "slug_type": "random"}

BACK = "2026-03-08T10:00:00.000Z"
"""A week before the beginning, 2026-03-15T14:30:00Z: both are Sundays."""


def set_clock(emulator: Emulator, instant: str) -> Any:
    answer = emulator.http.post("/_emulator/clock", json={"set": instant})
    assert answer.status_code == 200, answer.text
    return answer.json()


def set_pace(emulator: Emulator, pace: float) -> None:
    assert emulator.http.post("/_emulator/pace", json={"pace": pace}).status_code == 200


def refresh_a_segment_daily(emulator: Emulator) -> None:
    added(Altcraft(emulator), GOLD, is_static=True, is_refresh_daily=True)


def schedule_a_mailing(emulator: Emulator) -> None:
    made(Altcraft(emulator), is_active=True)


def export_people(emulator: Emulator) -> None:
    Altcraft(emulator).data("/profiles/get_all", **ASKED)


def ask_altcraft_once(emulator: Emulator) -> None:
    Altcraft(emulator).call("/profiles/get_all", headers={"Request-ID": "once"}, **ASKED)


def ask_autosend_once(emulator: Emulator) -> None:
    draft = {"name": "n", "subject": "s", "htmlTemplate": "<p>t</p>"}
    AutoSend(emulator).call("POST", "/campaigns", draft, headers={"Idempotency-Key": "once"})


def send_a_campaign(emulator: Emulator) -> None:
    create(AutoSend(emulator), **RELEASE)
    emulator.advance("5m")


def send_a_part_each_day(emulator: Emulator) -> None:
    create(AutoSend(emulator), **GRADUAL, **RELEASE)
    emulator.advance("5m")


def send_a_campaign_slowly(emulator: Emulator) -> None:
    set_pace(emulator, 0.1)
    create(AutoSend(emulator), **RELEASE)
    emulator.advance("3m")


def send_more_than_a_new_domain_may(emulator: Emulator) -> None:
    autosend = AutoSend(emulator)
    verify(autosend, add(autosend, "fresh.example"))
    people = [{"email": f"reader-{place}@example.com"} for place in range(100)]
    for _ in range(4):
        bulk = {"recipients": people, "from": {"email": "a@fresh.example"}, "subject": "s", "text": "t"}
        autosend.data("POST", "/mails/bulk", bulk)


def check_a_domain(emulator: Emulator) -> None:
    autosend = AutoSend(emulator)
    autosend.data("POST", f"/domains/{add(autosend, 'fresh.example')}/verify")


def launch_altcraft_slowly(emulator: Emulator) -> None:
    set_pace(emulator, 0.1)
    altcraft = Altcraft(emulator)
    altcraft.answer("/campaigns/regulars/start", id=made(altcraft, is_active=True))
    emulator.advance("30s")


def send_rcs_slowly(emulator: Emulator) -> None:
    set_pace(emulator, 0.1)
    Rcs(emulator).send("380671112233", "380671112234", "380671112235", "380671112236")
    emulator.advance("20s")


def gather_events(emulator: Emulator) -> None:
    hook = {"provider": "altcraft", "url": "http://127.0.0.1:9/", "settings": {"batch": 500, "timeout": 60}}
    assert emulator.http.post("/_emulator/webhooks/targets", json=hook).status_code == 201
    altcraft = Altcraft(emulator)
    altcraft.answer("/campaigns/regulars/start", id=made(altcraft, is_active=True))
    emulator.advance("10s")


RECURRING: dict[str, tuple[Callable[[Emulator], None], str]] = {
    "altcraft.segment_refresh": (refresh_a_segment_daily, "2026-03-09T00:00:00"),
    "altcraft.start": (schedule_a_mailing, "2026-03-09T09:00:00"),
    "altcraft.batch": (launch_altcraft_slowly, "2026-03-08T10:00:10"),
    "autosend.refresh": (send_a_campaign, "2026-03-08T10:02:00"),
    "autosend.next_day": (send_a_part_each_day, "2026-03-09T10:00:00"),
    "autosend.batch": (send_a_campaign_slowly, "2026-03-08T10:00:10"),
    "autosend.mail.batch": (send_more_than_a_new_domain_may, "2026-03-08T10:00:01"),
    "autosend.check_domain": (check_a_domain, "2026-03-08T10:00:05"),
    "rcs.batch": (send_rcs_slowly, "2026-03-08T10:00:10"),
    "webhooks.batch_over": (gather_events, "2026-03-08T10:01:00"),
    "expire.altcraft_remembered_answer": (ask_altcraft_once, "2026-03-09T10:00:00"),
    "expire.altcraft_task": (export_people, "2026-03-15T10:00:00"),
    "expire.autosend_idempotent_answer": (ask_autosend_once, "2026-03-09T10:00:00"),
}
"""Recurring events: the function that plans them, and when they are due after the clock was set back."""


def refresh_counters(emulator: Emulator) -> None:
    feedback = {"type": "JSON", "url": "http://127.0.0.1:9/"}
    asked = {"db_id": 1, "resource_id": 1, "id": 3, "feedback": feedback}
    Altcraft(emulator).data("/segments/refresh_counters", **asked)


def subscribe_a_device_by_and_by(emulator: Emulator) -> None:
    assert App(Altcraft(emulator), BY_EMAIL).profile(SUBSCRIBE, subscribing(), sync="false") is None


def received(wanted: str) -> str:
    """Return a mail with a header of the emulator."""
    return f"From: kim@example.com\r\nTo: {HELP}\r\nX-Emulator-{wanted}\r\n\r\nHi"


def let_rcs_judge(emulator: Emulator) -> None:
    Rcs(emulator).send("380671112233")
    emulator.advance("1s")


UNDER_WAY: dict[str, Callable[[Emulator], object]] = {
    "altcraft.app": subscribe_a_device_by_and_by,
    "altcraft.task_done": refresh_counters,
    "autosend.inbound_source": lambda emulator: receive_raw(AutoSend(emulator), received("Source: 5s")),
    "autosend.migrate": lambda emulator: migrate(AutoSend(emulator), RESEND, **ALL),
    "autosend.process_inbound": lambda emulator: receive_raw(
        AutoSend(emulator), received("Status: PROCESSING")
    ),
    "rcs.judge": let_rcs_judge,
    "rcs.moderate": lambda emulator: Rcs(emulator).send("380671112233"),
    "rcs.otp_moderation": lambda emulator: test_otp_templates.create(Rcs(emulator)),
    "rcs.sender_request": lambda emulator: test_senders.ask(Rcs(emulator)),
    "rcs.short_domain": lambda emulator: Rcs(emulator).call("POST", "/short-url/domains", OWN_DOMAIN),
    "rcs.statistics": lambda emulator: test_statistic_jobs.create(Rcs(emulator)),
}
"""Events of background work that a client waits for: the function that begins the work."""

ALIKE = {"altcraft.segment_plan", "autosend.notice.batch", "rcs.email.batch", "rcs.single.batch"}
"""Events that behave like one of those, or lead to one."""

PROMISED = {
    *("altcraft.campaign_action", "altcraft.changes", "altcraft.happened", "altcraft.restatused"),
    *("altcraft.mailing_action", "altcraft.passage", "altcraft.points_activate", "altcraft.points_expire"),
    *("altcraft.points_rollback", "altcraft.push_later", "altcraft.scenarios", "altcraft.step"),
    *("altcraft.trigger", "autosend.action", "autosend.automation.out_of_time", "autosend.automation.step"),
    *("autosend.arrive", "autosend.ended", "autosend.expire_key", "autosend.later", "autosend.limited"),
    *("autosend.mail.step", "autosend.notice.step", "autosend.paused_too_long"),
    *("autosend.release", "autosend.step", "autosend.unpaid", "rcs.action"),
    *("rcs.balance", "rcs.begin", "rcs.email.step", "rcs.fall_back", "rcs.otp_expiry"),
    *("rcs.short_domain_end", "rcs.short_link_end", "rcs.single.fall_back", "rcs.single.step"),
    *("rcs.statistics.end", "rcs.step", "webhooks.attempt"),
}
"""Events that happen once, at a fixed instant."""


def planned(emulator: Emulator, name: str) -> str:
    """Return when the earliest event of a name is due."""
    statement = "SELECT strftime('%Y-%m-%dT%H:%M:%S', min(due) / 1000, 'unixepoch') FROM due_event"
    ((due,),) = emulator.query(f"{statement} WHERE name = ?", name)
    return str(due)


def test_each_event_comes_again_or_was_promised() -> None:
    of_providers = (provider.events.keys() for provider in make_providers(Settings()))
    known = RECURRING.keys() | UNDER_WAY.keys() | ALIKE | PROMISED
    assert set(events({})).union(*of_providers) == known, (
        "say above how it behaves where the clock is set back"
    )


def left(emulator: Emulator, name: str) -> int:
    """Return in how many milliseconds an event is due."""
    ((due,),) = emulator.query("SELECT min(due) FROM due_event WHERE name = ?", name)
    return int(due) - from_datetime(
        datetime.fromisoformat(emulator.http.get("/_emulator/clock").json()["now"])
    )


@pytest.mark.parametrize("name", UNDER_WAY)
def test_what_is_under_way_takes_as_long_as_it_had_still_to(emulator: Emulator, name: str) -> None:
    emulator.query("DELETE FROM due_event")
    UNDER_WAY[name](emulator)
    emulator.advance("300ms")
    before = left(emulator, name)
    assert before > 0
    set_clock(emulator, BACK)
    assert left(emulator, name) == before


def test_a_task_goes_on_where_the_clock_is_set_back(emulator: Emulator) -> None:
    altcraft, shown = Altcraft(emulator), list[tuple[str, int]]()
    task = altcraft.data("/profiles/get_all", **ASKED)["task_id"]
    emulator.advance("400ms")
    for instant in (None, BACK, "2026-03-08T10:00:00.500Z", "2026-03-08T10:00:00.600Z"):
        if instant is not None:
            set_clock(emulator, instant)
        status = altcraft.data("/tasks/status", task_id=task)
        shown.append((status["status"], status["progress"]))
    assert shown == [("in_progress", 40), ("in_progress", 40), ("in_progress", 90), ("completed", 100)]


@pytest.mark.slow
@pytest.mark.parametrize("name", RECURRING)
def test_what_comes_again_comes_at_its_next_time(emulator: Emulator, name: str) -> None:
    emulator.query("DELETE FROM due_event")
    emulator.query("UPDATE altcraft_mailing SET state = 'inactive' WHERE kind <> 'trigger'")
    begin, due = RECURRING[name]
    begin(emulator)
    assert planned(emulator, name) > due
    set_clock(emulator, BACK)
    assert planned(emulator, name) == due


def test_a_weekly_mailing_that_had_just_begun_is_sent_in_each_week(emulator: Emulator) -> None:
    altcraft = Altcraft(emulator)
    mailing = made(altcraft, is_active=True)
    set_clock(emulator, "2026-03-16T09:00:00Z")
    set_clock(emulator, BACK)
    set_clock(emulator, "2026-03-16T10:00:00Z")
    assert altcraft.log(mailing).count("Begin campaign") == 3


def test_the_next_day_of_a_campaign_that_was_paused_comes_in_a_day(emulator: Emulator) -> None:
    emulator.query("DELETE FROM due_event")
    autosend = AutoSend(emulator)
    campaign = create(autosend, **GRADUAL, **RELEASE)
    emulator.advance("5m")
    autosend.data("POST", f"/campaigns/{campaign}/pause")
    set_clock(emulator, BACK)
    autosend.data("POST", f"/campaigns/{campaign}/resume")
    assert planned(emulator, "autosend.next_day") == "2026-03-09T10:00:00"


def test_a_mail_that_is_scheduled_leaves_at_its_time(emulator: Emulator) -> None:
    autosend = AutoSend(emulator)
    people = {"from": {"email": "a@example.com"}, "to": {"email": "ann@new.example"}}
    mail = people | {"subject": "s", "text": "t", "scheduledAt": "2026-03-15T16:00:00Z"}
    number = autosend.data("POST", "/mails/send", mail)["emailId"]
    statuses = []
    for instant in (BACK, "2026-03-15T15:59:59Z", "2026-03-15T16:00:09Z"):
        set_clock(emulator, instant)
        statuses.append(autosend.data("GET", f"/mails/{number}/status")["status"])
    assert statuses == ["queued", "queued", "delivered"]


def test_what_was_promised_for_an_instant_stays_due_then(emulator: Emulator) -> None:
    statement = "SELECT name, subject, due FROM due_event WHERE name IN (SELECT value FROM json_each(?))"
    names = str(sorted(PROMISED)).replace("'", '"')
    before = emulator.query(statement, names)
    set_clock(emulator, BACK)
    assert emulator.query(statement, names) == before
    assert len({name for name, _, _ in before}) > 5


@pytest.mark.parametrize("instant", ["2026-03-15T13:30:00Z", "2026-03-14T14:30:00Z", "2025-03-15T14:30:00Z"])
def test_the_next_event_is_that_of_the_earlier_time(emulator: Emulator, instant: str) -> None:
    refresh_a_segment_daily(emulator)
    shown = set_clock(emulator, instant)
    assert shown["next_event"] == set_clock(emulator, shown["next_event"])["events"][0]["at"]


def test_a_clock_that_can_not_be_set_back_stays_where_it_is(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise DiskFullError("there is no room")

    monkeypatch.setattr(emulator.world, "going_back", [*emulator.world.going_back, fail])
    before = emulator.http.get("/_emulator/clock").json()
    assert emulator.http.post("/_emulator/clock", json={"set": BACK}).status_code == 507
    assert emulator.http.get("/_emulator/clock").json() == before
