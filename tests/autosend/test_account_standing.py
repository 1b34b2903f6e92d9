"""Accounts in bad standing: keys that expire, a subscription that ended, too many bounces.

https://docs.autosend.com/api-keys, https://docs.autosend.com/api-reference/errors and
https://docs.autosend.com/wiki/account-health.
"""

from base64 import b64encode
from collections.abc import Callable
from typing import Any

import pytest

from emulator.settings import shipped_fixtures
from tests.autosend.conftest import ACCOUNT_KEY, PROJECT_KEY, AutoSend
from tests.autosend.smtp import Relay
from tests.autosend.test_support import ACCOUNT, MAIL, put, sent, steer

KEY = "    keys: [AS_emulator000000000000]"
RELAYED = "From: hello@example.com\nTo: ann@new.example\nSubject: Hello\n\nHello"


def keys(autosend: AutoSend) -> dict[str, str]:
    """Return the ids of the account's keys in the control plane, by the names that it shows."""
    listed = autosend.emulator.http.get("/_emulator/jobs", params={"kind": "key"}).json()["jobs"]
    return {job["name"]: job["id"] for job in listed}


def refusal(autosend: AutoSend, path: str = "/senders", **headers: str) -> tuple[int, str]:
    answer = autosend.call("GET", path, headers={"Authorization": f"Bearer {PROJECT_KEY}"} | headers)
    return answer.status_code, answer.json().get("error", {}).get("code", "")


def test_keys_are_listed_by_what_they_are_for_and_not_by_their_secrets(autosend: AutoSend) -> None:
    found = keys(autosend)
    assert list(found)[:2] == ["API key of Example Shop", "SMTP key of Example Shop"]
    assert "Account key" in found
    assert not any("emulator0" in text for pair in found.items() for text in pair)


@pytest.mark.parametrize(("action", "status"), [("expire", "expired"), ("delete", "deleted")])
def test_a_key_that_expired_or_was_deleted_opens_nothing_at_once(
    autosend: AutoSend, action: str, status: str
) -> None:
    key = keys(autosend)["API key of Example Shop"]
    assert steer(autosend, key, action=action)["status"] == status
    assert refusal(autosend) == (401, "UNAUTHORIZED")
    assert refusal(autosend, "/inbound/messages") == (401, "")
    steer(autosend, key, status="active", force=True)
    assert refusal(autosend) == (200, "")


@pytest.mark.slow
def test_a_key_of_a_fixture_expires_at_its_time(autosend: AutoSend) -> None:
    account = (shipped_fixtures() / "demo" / "autosend" / "account.yaml").read_text()
    expiring = "    keys: [{key: AS_emulator000000000000, expires: 2026-03-16T00:00:00Z}]"
    box = autosend.emulator.sandbox(clock="frozen")
    said = box.control("POST", "/seed", json={"fixtures": {"autosend": account.replace(KEY, expiring, 1)}})
    assert said.status_code == 200, said.text
    headers = {"Authorization": f"Bearer {said.json()['environment']['AUTOSEND_API_KEY']}"}
    assert autosend.call("GET", "/senders", headers=headers).status_code == 200
    box.control("POST", "/clock", json={"advance": "10h"})
    answer = autosend.call("GET", "/senders", headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "UNAUTHORIZED")


def test_an_account_key_that_expired_opens_no_project(autosend: AutoSend) -> None:
    steer(autosend, keys(autosend)["Account key"], action="expire")
    assert refusal(autosend, "/account/projects", Authorization="Bearer ASA_emulator000000000000") == (
        401,
        "UNAUTHORIZED",
    )
    assert refusal(autosend) == (200, "")


def steer_password(relay: Relay, **change: Any) -> None:
    own = {"sandbox": relay.sandbox["name"]}
    listed = relay.http.get("/_emulator/jobs", params={"kind": "key"} | own).json()["jobs"]
    (name,) = [job["id"] for job in listed if job["name"] == "SMTP key of Example Shop"]
    relay.http.post(f"/_emulator/jobs/{name}/status", json=change, params=own)


def delete_project(relay: Relay) -> None:
    keys = relay.sandbox["access"]["autosend"]["credentials"]
    account = {"Authorization": f"Bearer {next(key for key in keys if key.startswith('ASA_'))}"}
    deleted = relay.http.delete("/v1/account/projects/66a0c1d2e3f4a5b6c7d8aaaa", headers=account)
    assert deleted.status_code == 200


def logs_in(relay: Relay) -> int:
    with relay.starttls() as client:
        client.ehlo()
        client.user, client.password = "autosend", relay.key
        return client.docmd("AUTH", f"PLAIN {b64encode(client.auth_plain().encode()).decode()}")[0]


ENDS: dict[str, Callable[[Relay], None]] = {
    "expired": lambda relay: steer_password(relay, action="expire"),
    "deleted": lambda relay: steer_password(relay, action="delete"),
    "its project deleted": delete_project,
}


@pytest.mark.slow
@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_a_password_that_is_not_good_any_more_logs_in_nowhere(
    relay: Relay, end: Callable[[Relay], None]
) -> None:
    end(relay)
    assert logs_in(relay) == 535


@pytest.mark.slow
@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_who_has_logged_in_before_sends_nothing_either(relay: Relay, end: Callable[[Relay], None]) -> None:
    with relay.starttls() as client:
        client.login("autosend", relay.key)
        client.mail("hello@example.com")
        assert client.rcpt("ann@new.example")[0] == 250
        end(relay)
        assert client.rcpt("bob@new.example")[0] == 535
        assert client.data(RELAYED)[0] == 535


@pytest.mark.slow
def test_a_password_that_is_good_again_logs_in(relay: Relay) -> None:
    steer_password(relay, action="expire")
    steer_password(relay, status="active", force=True)
    assert logs_in(relay) == 235


@pytest.mark.slow
def test_a_mail_by_smtp_needs_a_subscription_too(relay: Relay) -> None:
    own = {"sandbox": relay.sandbox["name"]}
    settings = {"settings": {"subscription": "expired"}}
    relay.http.post(f"/_emulator/jobs/{ACCOUNT}/settings", json=settings, params=own)
    assert relay.send(RELAYED, "ann@new.example").startswith("554 5.7.1 Please upgrade your plan")
    assert relay.messages() == []


def test_everything_needs_a_subscription(autosend: AutoSend) -> None:
    put(autosend, ACCOUNT, subscription="expired")
    found = autosend.call("POST", "/mails/send", MAIL)
    assert (found.status_code, found.json()["error"]) == (
        402,
        {
            "message": "Please upgrade your plan to access these resources.",
            "code": "PLAN_UPGRADE_REQUIRED",
        },
    )
    assert refusal(autosend) == (402, "PLAN_UPGRADE_REQUIRED")
    put(autosend, ACCOUNT, subscription="active")
    assert refusal(autosend) == (200, "")


OTHER_PROJECT = {"x-project-id": "66a0c1d2e3f4a5b6c7d8ab02"}
NO_PROJECT = {"x-project-id": "66a0c1d2e3f4a5b6c7d8ffff"}
WITHOUT_SUBSCRIPTION = {
    "a project key": (PROJECT_KEY, "/senders", {}, 402),
    "a project key of another project": (PROJECT_KEY, "/senders", OTHER_PROJECT, 403),
    "an account key": (ACCOUNT_KEY, "/senders", OTHER_PROJECT, 402),
    "an account key of an unknown project": (ACCOUNT_KEY, "/senders", NO_PROJECT, 403),
    "an account key of no project": (ACCOUNT_KEY, "/senders", {}, 403),
    "a project key about projects": (PROJECT_KEY, "/account/projects", {}, 403),
    "an account key about projects": (ACCOUNT_KEY, "/account/projects", {}, 402),
    "any key about public keys": (PROJECT_KEY, "/jwks.json", {}, 200),
}


@pytest.mark.parametrize(
    ("key", "path", "headers", "status"), WITHOUT_SUBSCRIPTION.values(), ids=WITHOUT_SUBSCRIPTION
)
def test_without_a_subscription_each_key_is_told_so_where_it_has_access(
    autosend: AutoSend, key: str, path: str, headers: dict[str, str], status: int
) -> None:
    put(autosend, ACCOUNT, subscription="expired")
    found = autosend.call("GET", path, headers={"Authorization": f"Bearer {key}"} | headers)
    assert found.status_code == status


@pytest.mark.slow
@pytest.mark.parametrize(
    ("outcome", "tolerated", "sent"),
    [("bounced", 3, 47), ("complained", 0, 60)],
    ids=["bounces", "complaints"],
)
def test_an_account_whose_health_is_watched_is_suspended(
    autosend: AutoSend, outcome: str, tolerated: int, sent: int
) -> None:
    """Bounces suspend it above 6 %, and complaints above 0.1 %, of all mails that its projects have sent."""
    box = autosend.emulator.sandbox(clock="frozen", fixtures="empty")

    def send(recipient: str) -> None:
        mail = MAIL | {"from": {"email": "hello@example.com"}, "to": {"email": recipient}}
        assert autosend.call("POST", "/mails/send", mail, headers=box.autosend).status_code == 200
        box.advance("1d")

    def state() -> Any:
        return box.control("GET", f"/jobs/{ACCOUNT}").json()["status"]

    box.control("POST", f"/jobs/{ACCOUNT}/settings", json={"settings": {"watches_health": True}})
    for number in range(sent):
        send(f"ann{number}@new.example")
    for number in range(tolerated):
        send(f"{outcome}+{number}@new.example")
    assert state() == "active"
    send(f"{outcome}+last@new.example")
    assert state() == "suspended"
    send("late@new.example")
    found = box.control("GET", "/messages", params={"recipient": "late@new.example"}).json()["messages"]
    assert [message["status"] for message in found] == ["queued"]


def test_an_account_whose_health_is_not_watched_goes_on(autosend: AutoSend) -> None:
    autosend.data("POST", "/mails/send", MAIL | {"to": {"email": "complained@new.example"}})
    autosend.advance("1d")
    assert autosend.emulator.http.get(f"/_emulator/jobs/{ACCOUNT}").json()["status"] == "active"


def test_sending_pauses_a_week_after_an_invoice_that_is_not_paid(autosend: AutoSend) -> None:
    put(autosend, ACCOUNT, invoice="unpaid")
    autosend.advance("6d")
    autosend.data("POST", "/mails/send", MAIL)
    autosend.advance("1d")
    assert put(autosend, ACCOUNT)["invoice"] == "overdue"
    autosend.data("POST", "/mails/send", MAIL)
    autosend.advance("1d")
    assert sent(autosend) == ["delivered", "queued"]
    put(autosend, ACCOUNT, invoice="paid")
    autosend.advance("1h")
    assert sent(autosend) == ["delivered", "delivered"]


def test_an_invoice_that_is_paid_in_time_pauses_nothing(autosend: AutoSend) -> None:
    put(autosend, ACCOUNT, invoice="unpaid")
    autosend.advance("6d")
    put(autosend, ACCOUNT, invoice="paid")
    autosend.advance("30d")
    assert put(autosend, ACCOUNT)["invoice"] == "paid"


def test_the_week_is_counted_from_the_invoice_whatever_else_is_set(autosend: AutoSend) -> None:
    put(autosend, ACCOUNT, invoice="unpaid")
    autosend.advance("5d")
    put(autosend, ACCOUNT, quota=5, invoice="unpaid", subscription="expired")
    autosend.advance("2d")
    assert put(autosend, ACCOUNT)["invoice"] == "overdue"


def test_an_account_without_a_subscription_is_deleted_after_60_days(autosend: AutoSend) -> None:
    put(autosend, ACCOUNT, subscription="expired")
    autosend.advance("59d")
    assert refusal(autosend) == (402, "PLAN_UPGRADE_REQUIRED")
    autosend.advance("1d")
    assert refusal(autosend) == (401, "UNAUTHORIZED")
    assert refusal(autosend, "/account/projects", Authorization=f"Bearer {ACCOUNT_KEY}") == (
        401,
        "UNAUTHORIZED",
    )
    found = autosend.emulator.http.get(f"/_emulator/jobs/{ACCOUNT}").json()
    assert (found["status"], found["actions"]) == ("deleted", [])


def test_a_subscription_that_is_renewed_keeps_the_account(autosend: AutoSend) -> None:
    put(autosend, ACCOUNT, subscription="expired")
    autosend.advance("59d")
    put(autosend, ACCOUNT, subscription="active")
    autosend.advance("10d")
    assert refusal(autosend) == (200, "")


def test_a_key_that_was_deleted_before_its_account_stays_so(autosend: AutoSend) -> None:
    steer(autosend, keys(autosend)["API key of Example Shop"], action="delete")
    steer(autosend, ACCOUNT, action="delete")
    steer(autosend, ACCOUNT, status="active", force=True)
    assert refusal(autosend) == (401, "UNAUTHORIZED")


def test_a_deleted_account_comes_back_by_force(autosend: AutoSend) -> None:
    steer(autosend, ACCOUNT, action="delete")
    assert refusal(autosend) == (401, "UNAUTHORIZED")
    steer(autosend, ACCOUNT, status="active", force=True)
    assert refusal(autosend) == (200, "")
