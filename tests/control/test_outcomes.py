"""Outcomes: those that recipients and rules decide, and statuses that a test sets."""

from typing import Any

import pytest

from tests.conftest import Emulator, Sandbox

LIST = "66a0c1d2e3f4a5b6c7d8dd01"
PROJECT_SENDER = {"email": "hello@example.com"}
DRAFT = {
    "name": "Rules",
    "subject": "Hello",
    "htmlTemplate": '<a href="https://shop.example/">Hello</a>',
    "from": PROJECT_SENDER,
    "toLists": [LIST],
    "sendNow": True,
    "publish": True,
}
ADDRESSES = ["ann@example.com", "bob+opened@example.com", "eve@example.com"]


@pytest.fixture
def box(emulator: Emulator) -> Sandbox:
    return emulator.sandbox("rules", clock="frozen")


def rule(box: Sandbox, **wanted: Any) -> Any:
    answer = box.control("POST", "/outcomes", json=wanted)
    assert answer.status_code == 201, answer.text
    return answer.json()


def campaign(box: Sandbox) -> str:
    """Publish a campaign to three contacts, and return its name in the control plane."""
    answer = box.http.post("/v1/campaigns", json=DRAFT, headers=box.autosend)
    assert answer.status_code == 200, answer.text
    return f"autosend/campaign/{answer.json()['data']['id']}"


def statuses(box: Sandbox, **params: Any) -> dict[str, str]:
    listed = box.control("GET", "/messages", params=params).json()["messages"]
    return {message["recipient"]: message["status"] for message in listed}


def send_single(box: Sandbox, phone: str, **more: Any) -> int:
    body = {"phone": {"number": phone}, "sender": "my_agent", "options": {"text": "Hi"}} | more
    answer = box.http.post("/api/messages/rcs/send", json=body, headers=box.rcs)
    assert answer.status_code == 200, answer.text
    number: int = answer.json()["data"]["id"]
    return number


def message(box: Sandbox, number: int) -> Any:
    return box.control("GET", f"/messages/{number}").json()


MAIL_ENDINGS = {
    "delivered": "delivered",
    "delayed": "delivered",
    "opened": "opened",
    "clicked": "clicked",
    "unsubscribed": "unsubscribed",
    "complained": "complained",
    "bounced": "bounced",
    "soft-bounced": "bounced",
    "failed": "failed",
}


@pytest.mark.parametrize(("word", "status"), MAIL_ENDINGS.items())
def test_a_rule_gives_mails_any_outcome_that_addresses_have(box: Sandbox, word: str, status: str) -> None:
    rule(box, provider="autosend", recipient="ann@example.com", outcome=word)
    job = campaign(box)
    box.advance("1h")
    assert statuses(box, job=job)["ann@example.com"] == status


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("bounced", "bounced"),
        ("ann+bounced", "bounced"),
        ("bounced+ann", "bounced"),
        ("soft-bounced+7", "bounced"),
        ("Bounced+Ann", "bounced"),
        ("shop+bounced+ann", "bounced"),
        ("opened+bounced", "bounced"),
        ("bounced+opened", "opened"),
        ("bounced+", "bounced"),
        ("+failed", "failed"),
        ("bounced-ann", "delivered"),
        ("ann.bounced", "delivered"),
        ("notbounced+ann", "delivered"),
    ],
)
def test_a_word_in_an_address_decides_wherever_its_label_stands(
    box: Sandbox, address: str, status: str
) -> None:
    email = f"{address}@example.com"
    mail = {"from": PROJECT_SENDER, "to": {"email": email}, "subject": "s", "html": "<p>t</p>"}
    assert box.http.post("/v1/mails/send", json=mail, headers=box.autosend).status_code == 200
    box.advance("1h")
    assert statuses(box, recipient=email.lower(), order="newest", limit=1) == {email.lower(): status}


PHONES = {
    "901": ("rcs", "read"),
    "902": ("rcs", "expired"),
    "903": ("rcs", "undelivered"),
    "904": ("rcs", "failed"),
    "905": ("rcs", "not_service_user"),
    "906": ("rcs", "unknown"),
    "907": ("rcs", "undelivered"),
    "908": ("rcs", "delivered"),
    "909": ("rcs", "read"),
    "000": ("rcs", "delivered"),
}


@pytest.mark.parametrize(("ending", "expected"), PHONES.items())
def test_a_phone_decides_by_its_last_digits(box: Sandbox, ending: str, expected: tuple[str, str]) -> None:
    number = send_single(box, f"380670001{ending}")
    box.advance("4d")
    found = message(box, number)
    assert (found["channel"], found["status"]) == expected


def test_a_phone_can_be_late(box: Sandbox) -> None:
    number = send_single(box, "380670001908")
    box.advance("14m")
    assert message(box, number)["status"] == "sent"
    box.advance("2m")
    assert message(box, number)["status"] == "delivered"


def test_a_rule_decides_on_sms_that_stand_in_for_rcs(box: Sandbox) -> None:
    rule(box, channel="sms", recipient="*903", outcome="undelivered")
    send_single(box, "380670001903", alternative_channel={"sms": {"sender": "Shop", "text": "Hi"}})
    box.advance("1m")
    listed = box.control("GET", "/messages", params={"recipient": "380670001903"}).json()["messages"]
    assert [(one["channel"], one["status"]) for one in listed] == [
        ("rcs", "undelivered"),
        ("sms", "undelivered"),
    ]


def test_the_first_rule_that_fits_decides(box: Sandbox) -> None:
    job = campaign(box)
    first = rule(box, job=job, recipient="ann@*", outcome="bounced")
    second = rule(box, job=job, recipient="*@example.com", outcome="complained")
    box.advance("1h")
    assert statuses(box, job=job) == {
        "ann@example.com": "bounced",
        "bob+opened@example.com": "complained",
        "eve@example.com": "complained",
    }
    listed = box.control("GET", "/outcomes").json()["rules"]
    assert [(one["id"], one["hits"]) for one in listed] == [(first["id"], 1), (second["id"], 2)]


def test_a_rule_for_a_job_leaves_other_jobs_alone(box: Sandbox) -> None:
    one, other = campaign(box), campaign(box)
    rule(box, job=one, outcome="failed")
    box.advance("1h")
    assert set(statuses(box, job=one).values()) == {"failed"}
    assert "failed" not in statuses(box, job=other).values()


def test_a_rule_holds_for_what_waits_in_a_queue_already(box: Sandbox) -> None:
    job = "autosend/campaign/60d5ec49f1b2c72d9c8b4567"
    rule(box, job=job, outcome="complained")
    before = statuses(box, job=job, status="queued", limit=1000)
    box.advance("3h")
    after = statuses(box, job=job, limit=1000)
    sent = {address for address in before if after[address] != "queued"}
    assert sent
    assert {after[address] for address in sent} <= {"complained", "delivered"}
    assert "complained" in after.values()


def test_a_delay_comes_after_the_sending(box: Sandbox) -> None:
    rule(box, recipient="ann@*", outcome="delivered", delay="10m")
    job = campaign(box)
    box.advance("125s")
    assert statuses(box, job=job)["ann@example.com"] == "sent"
    box.advance("10m")
    assert statuses(box, job=job)["ann@example.com"] == "delivered"


def test_without_its_rule_the_recipient_decides_again(box: Sandbox) -> None:
    made = rule(box, recipient="ann@*", outcome="bounced")
    assert box.control("DELETE", f"/outcomes/{made['id']}").status_code == 204
    rule(box, recipient="eve@*", outcome="bounced")
    assert box.control("DELETE", "/outcomes").status_code == 204
    job = campaign(box)
    box.advance("1h")
    assert statuses(box, job=job) == {
        "ann@example.com": "delivered",
        "bob+opened@example.com": "opened",
        "eve@example.com": "delivered",
    }


def test_a_rule_is_known_in_its_sandbox_alone_and_until_its_reset(emulator: Emulator, box: Sandbox) -> None:
    other = emulator.sandbox("other", clock="frozen")
    rule(box, outcome="failed")
    assert other.control("GET", "/outcomes").json()["total"] == 0
    box.control("POST", "/reset")
    assert box.control("GET", "/outcomes").json()["total"] == 0


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({}, "outcome"),
        ({"outcome": "vanished"}, "outcome"),
        ({"outcome": "read", "provider": "autosend"}, "outcome"),
        ({"outcome": "opened", "provider": "rcs", "channel": "rcs"}, "outcome"),
        ({"outcome": "failed", "provider": "pigeon"}, "provider"),
        ({"outcome": "failed", "channel": "pigeon"}, "channel"),
        ({"outcome": "failed", "provider": "autosend", "channel": "sms"}, "channel"),
        ({"outcome": "failed", "recipient": ""}, "recipient"),
        ({"outcome": "failed", "delay": "-5m"}, "delay"),
        ({"outcome": "failed", "provider": "rcs", "job": "autosend/campaign/1"}, "body"),
        ({"outcome": "failed", "chance": 0.5}, "chance"),
        ({"outcome": "read", "job": "nonsense"}, "job"),
        ({"outcome": "read", "job": "rcs/pigeon/1"}, "job"),
        ({"outcome": "read", "job": "rcs/campaign/"}, "job"),
        ({"outcome": "read", "job": "autosend/campaign/1"}, "outcome"),
        ({"outcome": "clicked", "job": "autosend/campaign/1", "channel": "rcs"}, "channel"),
        ({"outcome": "delivered", "reason": "NoEmail"}, "reason"),
        ({"outcome": "bounced", "provider": "altcraft", "reason": "NoEmail"}, "reason"),
    ],
)
def test_a_wrong_rule_is_refused(box: Sandbox, wanted: Any, field: str) -> None:
    answer = box.control("POST", "/outcomes", json=wanted)
    assert answer.status_code == 422
    assert field in [error["field"] for error in answer.json()["errors"]]
    assert box.control("GET", "/outcomes").json()["total"] == 0


def test_the_outcome_of_a_message_is_a_word_that_rules_take(box: Sandbox) -> None:
    number = send_single(box, "380670001903")
    assert message(box, number)["outcome"] == "undelivered"
    rule(box, recipient="ann@*", outcome="bounced", reason="NoEmail", delay="5m")
    job = campaign(box)
    box.advance("1h")
    assert message(box, first_message(box, job, "ann@"))["outcome"] == "bounced"


def test_a_rule_that_is_not_there_can_not_be_deleted(box: Sandbox) -> None:
    assert box.control("DELETE", "/outcomes/7").status_code == 404


def test_the_magic_recipients_are_listed(box: Sandbox) -> None:
    magic = box.control("GET", "/outcomes").json()["magic"]
    assert {"provider": "rcs", "channel": "rcs", "recipient": "…901", "outcome": "read"}.items() <= next(
        one.items() for one in magic if one["recipient"] == "…901"
    )
    assert {one["provider"] for one in magic} == {"altcraft", "rcs", "autosend"}


def force(box: Sandbox, number: int, status: str, **more: Any) -> Any:
    return box.control("POST", f"/messages/{number}/status", json={"status": status} | more)


def first_message(box: Sandbox, job: str, recipient: str) -> int:
    listed = box.control("GET", "/messages", params={"job": job, "recipient": recipient}).json()
    number: int = listed["messages"][0]["id"]
    return number


def test_a_message_is_forced_through_the_statuses_that_lead_there(box: Sandbox) -> None:
    job = campaign(box)
    box.advance("120s")
    number = first_message(box, job, "ann@")
    answer = force(box, number, "opened")
    assert answer.status_code == 200, answer.text
    assert [change["status"] for change in answer.json()["history"]] == ["sent", "delivered", "opened"]
    box.advance("1h")
    assert message(box, number)["status"] == "opened"


def test_a_forced_message_is_counted_and_its_job_ends(box: Sandbox) -> None:
    job = campaign(box)
    box.advance("120s")
    for recipient in ADDRESSES:
        force(box, first_message(box, job, recipient), "bounced")
    found = box.control("GET", f"/jobs/{job}").json()
    assert (found["status"], found["counts"]) == ("sent", {"bounced": 3})


def test_a_status_that_nothing_leads_to_needs_force(box: Sandbox) -> None:
    job = campaign(box)
    box.advance("1h")
    number = first_message(box, job, "ann@")
    refused = force(box, number, "queued")
    assert refused.status_code == 409
    refused = force(box, number, "sent")
    assert refused.status_code == 409
    assert "force=true" in refused.json()["detail"]
    assert message(box, number)["status"] == "delivered"
    assert force(box, number, "failed", force=True).json()["status"] == "failed"


@pytest.mark.parametrize("again", [{}, {"force": True}])
def test_a_status_that_is_set_twice_is_reached_once(box: Sandbox, again: dict[str, bool]) -> None:
    job = campaign(box)
    box.advance("120s")
    number = first_message(box, job, "ann@")
    first = force(box, number, "bounced").json()
    second = force(box, number, "bounced", **again)
    assert (second.status_code, second.json()) == (200, first)


@pytest.mark.parametrize("status", ["vanished", ""])
def test_no_force_makes_a_status_that_does_not_exist(box: Sandbox, status: str) -> None:
    number = send_single(box, "380670001000")
    answer = force(box, number, status, force=True)
    assert answer.status_code == 422
    assert "delivered" in answer.text


def test_money_follows_a_forced_rcs_message(box: Sandbox) -> None:
    def money() -> Any:
        return box.http.get("/api/accounts/balance", headers=box.rcs).json()["data"]["balance"]

    before = money()
    number = send_single(box, "380670001901")
    force(box, number, "delivered")
    assert before - money() == pytest.approx(0.0175696)
    box.advance("1h")
    assert before - money() == pytest.approx(0.0175696)


def test_an_unknown_message_can_not_be_forced(box: Sandbox) -> None:
    assert force(box, 99999, "sent").status_code == 404
