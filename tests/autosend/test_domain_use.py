"""Sending from domains: the daily limit of new ones, and all that a deleted one takes with it."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.autosend import automations
from tests.autosend.campaigns import DRAFT, GRADUAL, RELEASE, RELEASED, create, status_of
from tests.autosend.conftest import OTHER_PROJECT, AutoSend
from tests.autosend.test_domains import COM, NOT_FOUND, ORG, add, get, verify

SHOP, NEWS = "66a0c1d2e3f4a5b6c7d82001", "66a0c1d2e3f4a5b6c7d82002"
WELCOME, NEWSLETTER = "A-0f1e2d3c4b5a6978879a", "A-0f1e2d3c4b5a69788796"
EVERYBODY = {"toLists": [], "sendToGlobalList": True}
AT_COM, AT_ORG = {"from": {"email": "shop@example.com"}}, {"from": {"email": "any@example.org"}}


def sent(autosend: AutoSend, campaign: str) -> int:
    return int(autosend.data("GET", f"/campaigns/{campaign}")["metrics"]["sent"])


@pytest.mark.slow
def test_a_new_domain_sends_300_mails_on_its_first_day(autosend: AutoSend) -> None:
    verify(autosend, add(autosend, "fresh.example"))
    for hundred in range(3):
        people = [{"email": f"reader-{hundred}-{place}@example.com"} for place in range(100)]
        autosend.data("POST", "/contacts/bulk-update", {"contacts": people})
    campaign = create(autosend, **{"from": {"email": "a@fresh.example"}}, **EVERYBODY, **RELEASE)
    autosend.advance("1h")
    everybody = autosend.data("GET", f"/campaigns/{campaign}")["metrics"]
    reachable = everybody["totalContacts"] - everybody["suppressed"]
    assert 300 < reachable < 600
    assert (status_of(autosend, campaign), sent(autosend, campaign)) == ("sending", 300)
    other = create(autosend, **{"from": {"email": "b@fresh.example"}}, **RELEASE)
    autosend.advance("8h")
    assert (sent(autosend, campaign), sent(autosend, other)) == (300, 0)
    autosend.advance("29m55s")
    assert autosend.emulator.http.get("/_emulator/clock").json()["now"] == "2026-03-16T00:00:00.000Z"
    autosend.advance("1m")
    assert (status_of(autosend, campaign), sent(autosend, campaign)) == ("sent", reachable)


@pytest.mark.slow
def test_the_limit_of_a_new_domain_rises_with_the_day_and_mails_keep_their_order(autosend: AutoSend) -> None:
    set_clock(autosend, "2026-03-15T22:59:55Z")
    verify(autosend, add(autosend, "fresh.example"))
    set_clock(autosend, "2026-03-15T23:30:00Z")
    autosend.emulator.http.post("/_emulator/pace", json={"provider": "autosend", "pace": 10_000})
    send_hundreds(autosend, 7)
    autosend.advance("29m")
    assert waiting(autosend) == 400
    set_clock(autosend, "2026-03-16T00:05:00Z")
    assert waiting(autosend) == 0
    send_hundreds(autosend, 3)
    set_clock(autosend, "2026-03-16T23:30:00Z")
    mail_from(autosend, "a@fresh.example")
    autosend.advance("1m")
    assert waiting(autosend) == 101
    set_clock(autosend, "2026-03-17T00:05:00Z")
    assert waiting(autosend) == 0


@pytest.mark.slow
@pytest.mark.parametrize(("after", "left_over"), [("10s", 100), ("1d", 0), ("20d", 0)])
def test_a_domain_that_falls_back_and_is_verified_again_is_as_old_as_it_was(
    autosend: AutoSend, after: str, left_over: int
) -> None:
    domain = add(autosend, "fresh.example")
    verify(autosend, domain)
    autosend.emulator.http.post("/_emulator/pace", json={"provider": "autosend", "pace": 10_000})
    autosend.advance(after)
    job = f"/_emulator/jobs/autosend/domain/{domain}/status"
    assert autosend.emulator.http.post(job, json={"action": "fall back"}).status_code == 200
    assert "verifiedAt" not in get(autosend, domain)
    begun = autosend.emulator.http.get("/_emulator/clock").json()["now"]
    assert verify(autosend, domain)["verifiedAt"] > begun
    send_hundreds(autosend, 4)
    autosend.advance("1m")
    assert waiting(autosend) == left_over


def set_clock(autosend: AutoSend, moment: str) -> None:
    assert autosend.emulator.http.post("/_emulator/clock", json={"set": moment}).status_code == 200


def waiting(autosend: AutoSend) -> int:
    """Return how many mails from the new domain are in the queue."""
    waiting = "FROM message JOIN autosend_mail USING (job_id) WHERE status = 'queued' AND from_email = ?"
    [(number,)] = autosend.emulator.query(f"SELECT count(*) {waiting}", "a@fresh.example")
    return int(number)


def send_hundreds(autosend: AutoSend, number: int) -> None:
    """Send batches of a hundred mails from the new domain."""
    people = [{"email": f"reader-{place}@example.com"} for place in range(100)]
    batch = {"recipients": people, "from": {"email": "a@fresh.example"}, "subject": "s", "text": "t"}
    for _ in range(number):
        autosend.data("POST", "/mails/bulk", batch)


@pytest.mark.parametrize(("method", "path"), [("GET", ""), ("DELETE", ""), ("POST", "/verify")])
def test_a_deleted_domain_is_gone(autosend: AutoSend, method: str, path: str) -> None:
    autosend.data("POST", f"/domains/{ORG}/verify")
    answer = autosend.call("DELETE", f"/domains/{ORG}")
    assert answer.json() == {"success": True, "message": "Domain deleted successfully"}
    autosend.advance("1m")
    assert autosend.call(method, f"/domains/{ORG}{path}").json() == NOT_FOUND
    assert ORG not in [one["id"] for one in autosend.data("GET", "/domains")["domains"]]


def test_a_mail_that_was_taken_leaves_though_its_domain_falls_back(autosend: AutoSend) -> None:
    mail = AT_ORG | {"to": {"email": "ann@new.example"}, "subject": "s", "text": "t"}
    autosend.data("POST", "/mails/send", mail | {"scheduledAt": "2026-03-15T16:00:00Z"})
    job = f"/_emulator/jobs/autosend/domain/{ORG}/status"
    assert autosend.emulator.http.post(job, json={"action": "fall back"}).status_code == 200
    autosend.advance("2h")
    assert [one["status"] for one in autosend.messages("ann@new.example")] == ["delivered"]


def test_its_senders_go_with_it_though_templates_use_them(autosend: AutoSend) -> None:
    autosend.call("DELETE", f"/domains/{COM}")
    assert [one["id"] for one in autosend.data("GET", "/senders")["senders"]] == [NEWS]
    assert "sender" not in autosend.data("GET", f"/templates/{WELCOME}")
    refused = autosend.call("POST", "/senders", {"email": "hello@example.com"})
    assert refused.json()["error"] == "A verified domain is required before adding an authenticated sender"


def test_what_was_to_be_sent_from_it_is_aborted(autosend: AutoSend) -> None:
    autosend.call("POST", "/campaigns/66a0c1d2e3f4a5b6c7d80004/pause")
    running = {
        create(autosend, **AT_COM, **RELEASE): "scheduled",
        "60d5ec49f1b2c72d9c8b4567": "sending",
        "66a0c1d2e3f4a5b6c7d80003": "paused",
        "66a0c1d2e3f4a5b6c7d80004": "paused",
        "66a0c1d2e3f4a5b6c7d80005": "scheduled",
    }
    assert {campaign: status_of(autosend, campaign) for campaign in running} == running
    autosend.call("DELETE", f"/domains/{COM}")
    assert {status_of(autosend, campaign) for campaign in running} == {"aborted"}


def test_a_gradual_campaign_from_it_is_aborted_too(autosend: AutoSend) -> None:
    campaign = create(autosend, **AT_ORG, **GRADUAL, **RELEASE)
    autosend.advance(RELEASED)
    assert status_of(autosend, campaign) == "sending_gradual"
    autosend.call("DELETE", f"/domains/{ORG}")
    before = sent(autosend, campaign)
    autosend.advance("3d")
    assert (status_of(autosend, campaign), sent(autosend, campaign)) == ("aborted", before)


def test_drafts_sent_ones_and_other_domains_are_left_alone(autosend: AutoSend) -> None:
    draft, other = create(autosend, **AT_ORG), create(autosend, **AT_COM, **RELEASE)
    autosend.call("DELETE", f"/domains/{ORG}")
    assert (status_of(autosend, draft), status_of(autosend, other)) == ("draft", "scheduled")
    assert status_of(autosend, "66a0c1d2e3f4a5b6c7d80002") == "sent"
    refused = autosend.call("PATCH", f"/campaigns/{draft}", {"publish": True}).json()["error"]["details"]
    assert [detail["field"] for detail in refused] == ["from.email"]


def test_the_domain_of_another_project_with_the_same_name_stays(autosend: AutoSend) -> None:
    autosend.call("DELETE", f"/domains/{COM}")
    senders = autosend.call("GET", "/senders", headers=OTHER_PROJECT).json()["data"]["senders"]
    assert [sender["email"] for sender in senders] == ["desk@example.com"]
    other = autosend.call("POST", "/campaigns", DRAFT | RELEASE | EVERYBODY, headers=OTHER_PROJECT)
    assert other.json()["data"]["status"] == "scheduled"


def test_it_can_be_added_again_and_begins_anew(autosend: AutoSend) -> None:
    autosend.call("DELETE", f"/domains/{ORG}")
    again = add(autosend, "example.org")
    assert again != ORG
    assert get(autosend, again)["verificationStatus"] == "PENDING_CONFIGURATION"


@pytest.mark.parametrize(
    ("email", "status"),
    [
        ({"senderEmail": "any@example.com"}, "paused"),
        ({"senderEmail": "any@example.org"}, "active"),
        ({"senderEmail": "any@example.org", "templateId": WELCOME}, "active"),
        ({"templateId": WELCOME}, "paused"),
        ({"templateId": NEWSLETTER}, "paused"),
    ],
    ids=["its own", "elsewhere", "own before template's", "its template's", "the project's first"],
)
def test_active_automations_that_send_from_it_are_paused(
    autosend: AutoSend, email: dict[str, Any], status: str
) -> None:
    wait = {"stepId": "a", "type": "wait", "delay": {"value": 0, "unit": "minutes"}}
    steps = json.dumps([wait, {"stepId": "b", "type": "email", "email": email}])
    for number, before in enumerate(("active", "draft")):
        autosend.emulator.query(AUTOMATION, f"a{number}", before, steps)
    autosend.call("DELETE", f"/domains/{COM}")
    assert autosend.emulator.query("SELECT status FROM autosend_automation WHERE id IN ('a0', 'a1')") == [
        (status,),
        ("draft",),
    ]


AUTOMATION = """
    INSERT INTO autosend_automation (id, project_id, created_by, name, description, status, entry, exit,
                                     steps, tags, tracking_open, tracking_click, max_execution_days,
                                     allow_reentry, timezone, priority, created_at, updated_at)
    VALUES (?, '66a0c1d2e3f4a5b6c7d8aaaa', '', 'Hello', '', ?, '{}', '{}', ?, '[]', 1, 1, 60, 0, 'UTC', 1,
            0, 0)
"""


def mail_from(autosend: AutoSend, address: str, **settings: object) -> str:
    mail = {"from": {"email": address}, "to": {"email": "ann@example.com"}, "subject": "s", "text": "t"}
    return str(autosend.data("POST", "/mails/send", mail | settings)["emailId"])


def status_of_mail(autosend: AutoSend, email: str) -> str:
    return str(autosend.data("GET", f"/mails/{email}/status")["status"])


def test_mails_that_wait_are_dropped_with_it(autosend: AutoSend) -> None:
    later = {"scheduledAt": "2026-03-16T00:00:00Z"}
    senders = ("shop@example.com", "Shop@EXAMPLE.com", "shop@mail.example.com", "any@example.org")
    verify(autosend, add(autosend, "mail.example.com"))
    gone, spelt, below, other = [mail_from(autosend, sender, **later) for sender in senders]
    left = mail_from(autosend, "shop@example.com")
    autosend.call("DELETE", f"/domains/{COM}")
    assert [status_of_mail(autosend, one) for one in (gone, spelt)] == ["cancelled", "cancelled"]
    autosend.advance("2d")
    assert [status_of_mail(autosend, one) for one in (gone, spelt)] == ["cancelled", "cancelled"]
    assert {status_of_mail(autosend, one) for one in (below, other, left)} == {"delivered"}


def test_mails_over_its_daily_limit_are_dropped_with_it(autosend: AutoSend) -> None:
    domain = add(autosend, "fresh.example")
    verify(autosend, domain)
    people = [{"email": f"reader-{place}@example.com"} for place in range(100)]
    batch = {"recipients": people, "from": {"email": "a@fresh.example"}, "subject": "s", "text": "t"}
    for _ in range(3):
        autosend.data("POST", "/mails/bulk", batch)
    over = mail_from(autosend, "a@fresh.example")
    autosend.advance("1h")
    assert status_of_mail(autosend, over) == "queued"
    autosend.call("DELETE", f"/domains/{domain}")
    autosend.advance("1d")
    assert status_of_mail(autosend, over) == "cancelled"


@pytest.mark.parametrize("moment", ["2026-03-05T12:00:00Z", "1970-01-01T00:00:00Z"])
def test_a_domain_sends_after_the_clock_is_set_back_to_before_it_was_verified(
    autosend: AutoSend, moment: str
) -> None:
    verify(autosend, add(autosend, "fresh.example"))
    autosend.emulator.http.post("/_emulator/clock", json={"set": moment})
    mail = {"from": {"email": "a@fresh.example"}, "to": {"email": "ann@new.example"}}
    autosend.data("POST", "/mails/send", mail | {"subject": "s", "text": "t"})
    campaign = create(autosend, **{"from": {"email": "a@fresh.example"}}, **RELEASE)
    autosend.advance("1h")
    assert [one["status"] for one in autosend.messages("ann@new.example")] == ["delivered"]
    assert status_of(autosend, campaign) == "sent"


def fall_back(autosend: AutoSend, domain: str) -> None:
    """Let a domain lose its verification."""
    path = f"/_emulator/jobs/autosend/domain/{domain}/status"
    assert autosend.emulator.http.post(path, json={"action": "fall back"}).status_code == 200


def delete(autosend: AutoSend, domain: str) -> None:
    assert autosend.call("DELETE", f"/domains/{domain}").status_code == 200


@pytest.mark.parametrize(
    ("lose", "email"),
    [
        (fall_back, {"senderEmail": "any@example.com"}),
        (delete, {"senderEmail": "any@example.com"}),
        (fall_back, {"templateId": WELCOME}),
    ],
    ids=["unverified", "deleted", "its template's"],
)
def test_an_automation_whose_domain_is_gone_does_not_become_active(
    autosend: AutoSend, lose: Callable[[AutoSend, str], None], email: dict[str, str]
) -> None:
    step = {"type": "email", "email": {"subject": "Hello", "htmlTemplate": "<p>Hello</p>"} | email}
    automation = automations.create(autosend, steps=[automations.wait(), step])
    automations.pause(autosend, automation)
    lose(autosend, COM)
    path = f"/automations/{automation['id']}"
    body = {"name": "Another", "active": True, "steps": [automations.wait(), step]}
    for method, at, sent in (
        ("POST", f"{path}/resume", None),
        ("PATCH", path, {"active": True}),
        ("POST", "/automations", body),
    ):
        answer = autosend.call(method, at, sent)
        assert (answer.status_code, answer.json()) == (400, automations.CANNOT_ACTIVATE)
    assert automations.get(autosend, automation)["status"] == "paused"


def test_an_automation_is_active_again_once_its_domain_is_verified_again(autosend: AutoSend) -> None:
    step = automations.letter("Hello", senderEmail="any@example.org")
    automation = automations.create(autosend, steps=[automations.wait(), step])
    automations.pause(autosend, automation)
    fall_back(autosend, ORG)
    verify(autosend, ORG)
    assert autosend.data("POST", f"/automations/{automation['id']}/resume")["status"] == "active"


@pytest.mark.parametrize("begun", [True, False])
def test_a_campaign_is_resumed_only_where_its_domain_is_verified(autosend: AutoSend, *, begun: bool) -> None:
    campaign = create(autosend, **AT_ORG, **GRADUAL, **RELEASE)
    autosend.advance(RELEASED if begun else "1m")
    autosend.data("POST", f"/campaigns/{campaign}/pause")
    fall_back(autosend, ORG)
    answer = autosend.call("POST", f"/campaigns/{campaign}/resume")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "VALIDATION_FAILED")
    assert answer.json()["error"]["details"] == [
        {"field": "from.email", "message": "The domain of the sender is not verified"}
    ]
    assert status_of(autosend, campaign) == "paused"
    verify(autosend, ORG)
    resumed = autosend.data("POST", f"/campaigns/{campaign}/resume")["status"]
    assert resumed == ("sending_gradual" if begun else "scheduled")


def test_a_campaign_that_has_yet_to_begin_is_resumed_only_where_it_is_fit_to_be_sent(
    autosend: AutoSend,
) -> None:
    group = autosend.data("POST", "/suppression-groups", {"name": "Gone"})["groupId"]
    campaign = create(autosend, **GRADUAL, **RELEASE, unsubscribeGroupId=group)
    autosend.data("POST", f"/campaigns/{campaign}/pause")
    assert autosend.call("DELETE", f"/suppression-groups/{group}").status_code == 200
    refused = autosend.call("POST", f"/campaigns/{campaign}/resume").json()["error"]["details"]
    assert [detail["field"] for detail in refused] == ["unsubscribeGroupId"]
