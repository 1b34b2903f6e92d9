"""The clock set back: what comes again comes at its next time, what was promised for an instant stays."""

from collections.abc import Callable
from typing import Any

import pytest

from emulator.app import make_providers
from emulator.settings import Settings
from emulator.webhooks.events import events
from tests.altcraft.conftest import Altcraft
from tests.altcraft.test_exports import ASKED
from tests.altcraft.test_regulars import made
from tests.altcraft.test_segments import GOLD, added
from tests.autosend.campaigns import GRADUAL, RELEASE, create
from tests.autosend.conftest import AutoSend
from tests.autosend.test_domains import add, verify
from tests.conftest import Emulator
from tests.rcs.conftest import Rcs

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
"""What comes again and again: what plans it, and when it comes next after the clock was set back."""

ALIKE = {"altcraft.segment_plan", "autosend.notice.batch", "rcs.email.batch", "rcs.single.batch"}
"""What goes on as one of those does, or leads to it."""

PROMISED = {
    *("altcraft.app", "altcraft.campaign_action", "altcraft.changes", "altcraft.happened"),
    *("altcraft.mailing_action", "altcraft.passage", "altcraft.points_activate", "altcraft.points_expire"),
    *("altcraft.points_rollback", "altcraft.scenarios", "altcraft.step", "altcraft.task_done"),
    *("altcraft.trigger", "autosend.action", "autosend.automation.out_of_time", "autosend.automation.step"),
    *("autosend.ended", "autosend.expire_key", "autosend.inbound_source", "autosend.later"),
    *("autosend.mail.step", "autosend.migrate", "autosend.notice.step", "autosend.paused_too_long"),
    *("autosend.process_inbound", "autosend.release", "autosend.step", "autosend.unpaid", "rcs.action"),
    *("rcs.balance", "rcs.begin", "rcs.email.step", "rcs.fall_back", "rcs.judge", "rcs.moderate"),
    *("rcs.otp_expiry", "rcs.otp_moderation", "rcs.sender_request", "rcs.short_domain"),
    *("rcs.short_domain_end", "rcs.short_link_end", "rcs.single.fall_back", "rcs.single.step"),
    *("rcs.statistics", "rcs.statistics.end", "rcs.step", "webhooks.attempt"),
}
"""What happens once, at the instant that it was promised for."""


def planned(emulator: Emulator, name: str) -> str:
    """Return when an event of a name is due that did not wait at the beginning, the earliest of them."""
    statement = "SELECT strftime('%Y-%m-%dT%H:%M:%S', min(due) / 1000, 'unixepoch') FROM due_event"
    ((due,),) = emulator.query(f"{statement} WHERE name = ?", name)
    return str(due)


def test_each_event_comes_again_or_was_promised() -> None:
    of_providers = (provider.events.keys() for provider in make_providers(Settings()))
    assert set(events({})).union(*of_providers) == RECURRING.keys() | ALIKE | PROMISED


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
