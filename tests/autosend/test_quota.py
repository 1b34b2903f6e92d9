"""The quota of an account: all projects share it, mails of every kind wait for it, and admins are told.

https://docs.autosend.com/others/account/usage.
"""

from typing import Any

import pytest

from tests.autosend.campaigns import RELEASE, create, status_of
from tests.autosend.conftest import AutoSend
from tests.autosend.smtp import Relay
from tests.autosend.test_projects import MAGAZINE, SHOP, inside
from tests.autosend.test_projects import call as call_projects
from tests.autosend.test_support import ACCOUNT, MAIL, put, sent, steer
from tests.autosend.webhooks import create as create_webhook
from tests.receiver import Receiver

ADMIN = "admin@example.com"


def send(autosend: AutoSend, number: int = 1) -> None:
    for _ in range(number):
        autosend.data("POST", "/mails/send", MAIL)
    autosend.advance("1m")


def told(autosend: AutoSend) -> list[str]:
    """Return the subjects of the mails to the admins, the oldest first."""
    return [message["subject"] for message in autosend.messages(ADMIN)]


def told_by_polling(autosend: AutoSend, type_: str) -> list[Any]:
    """Return the events of a type since the sandbox's instant began."""
    found = autosend.emulator.http.get("/_emulator/webhooks/events", params={"type": type_, "limit": 1000})
    return [event for event in found.json()["events"] if event["at"] >= "2026-03-15T14:30"]


def test_an_account_is_listed_when_it_is_asked_for(autosend: AutoSend) -> None:
    listed = autosend.emulator.http.get("/_emulator/jobs", params={"kind": "organization"}).json()["jobs"]
    assert [job["id"] for job in listed] == [ACCOUNT]
    assert autosend.emulator.http.get(f"/_emulator/jobs/{ACCOUNT}").json()["settings"] == {
        "quota": None,
        "used": 0,
        "invoice": "paid",
        "subscription": "active",
        "watches_health": False,
        "admins": [ADMIN],
    }


def test_mails_of_every_kind_wait_for_the_quota(autosend: AutoSend) -> None:
    autosend.advance("1d")
    put(autosend, ACCOUNT, quota=2)
    send(autosend, 3)
    assert sent(autosend) == ["delivered", "delivered", "queued"]
    campaign = create(autosend, **RELEASE)
    autosend.advance("1h")
    assert autosend.data("GET", f"/campaigns/{campaign}")["metrics"]["sent"] == 0
    assert put(autosend, ACCOUNT, quota=13)["quota"] == 13
    autosend.advance("1h")
    assert sent(autosend) == ["delivered"] * 3
    assert 0 < autosend.data("GET", f"/campaigns/{campaign}")["metrics"]["sent"] <= 10
    assert put(autosend, ACCOUNT)["used"] == 13
    put(autosend, ACCOUNT, quota=None)
    autosend.advance("1h")
    assert status_of(autosend, campaign) == "sent"


def test_a_mail_that_a_test_takes_back_and_sends_again_counts_once(autosend: AutoSend) -> None:
    put(autosend, ACCOUNT, quota=3)
    send(autosend)
    [mail] = autosend.messages("ann@new.example")
    for status in ("sent", "delivered", "sent"):
        body = {"status": status, "force": True}
        autosend.emulator.http.post(f"/_emulator/messages/{mail['id']}/status", json=body)
    assert put(autosend, ACCOUNT)["used"] == 1
    send(autosend, 2)
    assert sent(autosend) == ["sent", "delivered", "delivered"]


def test_a_new_month_lets_mails_go_on(autosend: AutoSend) -> None:
    put(autosend, ACCOUNT, quota=1)
    send(autosend, 2)
    assert sent(autosend) == ["delivered", "queued"]
    put(autosend, ACCOUNT, used=0)
    autosend.advance("1m")
    assert sent(autosend) == ["delivered", "delivered"]


def test_a_mail_that_is_scheduled_leaves_at_its_time_whatever_else_goes_on(autosend: AutoSend) -> None:
    autosend.data("POST", "/mails/send", MAIL | {"scheduledAt": "2026-03-16T00:00:00.000Z"})
    put(autosend, ACCOUNT, quota=1000)
    autosend.advance("1h")
    assert sent(autosend) == ["queued"]
    autosend.advance("1d")
    assert sent(autosend) == ["delivered"]


def test_all_projects_share_the_quota(autosend: AutoSend) -> None:
    put(autosend, ACCOUNT, quota=2)
    send(autosend, 2)
    mail = MAIL | {"from": {"email": "desk@example.com"}, "to": {"email": "eve@new.example"}}
    assert inside(autosend, MAGAZINE, "POST", "/mails/send", mail).status_code == 200
    autosend.advance("1h")
    assert [message["status"] for message in autosend.messages("eve@new.example")] == ["queued"]
    put(autosend, ACCOUNT, quota=1000)
    autosend.advance("1h")
    assert [message["status"] for message in autosend.messages("eve@new.example")] == ["delivered"]


@pytest.mark.parametrize(
    ("quota", "before", "number", "percentages"),
    [
        (10, 0, 8, []),
        (10, 0, 9, [90]),
        (10, 9, 1, [100]),
        (10, 0, 12, [90, 100]),
        (1, 0, 1, [90, 100]),
        (3, 2, 1, [90, 100]),
        (10, 10, 3, []),
        (0, 0, 1, []),
    ],
)
def test_admins_get_a_mail_at_90_and_at_100_percent(
    autosend: AutoSend, quota: int, before: int, number: int, percentages: list[int]
) -> None:
    put(autosend, ACCOUNT, quota=quota, used=before)
    send(autosend, number)
    assert told(autosend) == [f"You have used {percent}% of your email quota" for percent in percentages]


def test_a_campaign_that_passes_both_tells_the_admins_of_both(autosend: AutoSend) -> None:
    put(autosend, ACCOUNT, quota=10)
    create(autosend, **RELEASE)
    autosend.advance("1h")
    assert len(told(autosend)) == 2


def test_the_mail_to_an_admin_arrives_although_nothing_else_is_sent(autosend: AutoSend) -> None:
    put(autosend, ACCOUNT, quota=1, admins=[ADMIN, "second@example.com"])
    send(autosend)
    (message,) = autosend.messages("second@example.com")[1:]
    assert message["status"] == "delivered"
    assert message["sender"] == "AutoSend <notifications@autosend.com>"
    assert "1 of its 1 emails" in message["text"]
    assert "List-Unsubscribe" not in message["headers"]


@pytest.mark.slow
def test_no_client_and_no_webhook_learns_of_the_mail_to_an_admin(
    autosend: AutoSend, receiver: Receiver
) -> None:
    create_webhook(autosend, receiver.url, "email.sent", "email.delivered")
    put(autosend, ACCOUNT, quota=1)
    send(autosend)
    autosend.advance("1h")
    assert [event["body"]["data"]["to"]["email"] for event in told_by_polling(autosend, "email.sent")] == [
        "ann@new.example"
    ]
    assert [call.json["data"]["to"]["email"] for call in receiver.requests] == ["ann@new.example"] * 2
    (first, _) = autosend.messages(ADMIN)
    email_id: Any = first["provider_ids"]["emailId"]
    assert autosend.refused("GET", f"/mails/{email_id}/status")[0] == 404
    assert put(autosend, ACCOUNT)["used"] == 1


def test_without_admins_nobody_is_told(autosend: AutoSend) -> None:
    put(autosend, ACCOUNT, quota=1, admins=[])
    send(autosend)
    assert told(autosend) == []


@pytest.mark.slow
def test_mails_by_smtp_count_too(relay: Relay) -> None:
    own = {"sandbox": relay.sandbox["name"]}
    settings = {"settings": {"quota": 1}}
    relay.http.post(f"/_emulator/jobs/{ACCOUNT}/settings", json=settings, params=own)
    relay.send("From: hello@example.com\nTo: ann@new.example\nSubject: Hello\n\nHello", "ann@new.example")
    relay.http.post("/_emulator/clock", json={"advance": "1m"}, params=own)
    found = relay.http.get(f"/_emulator/jobs/{ACCOUNT}", params=own).json()["settings"]
    assert (found["used"], len(relay.messages())) == (1, 3)


def test_admins_are_told_of_a_domain_that_is_not_verified_any_more(autosend: AutoSend) -> None:
    domains = autosend.data("GET", "/domains")["domains"]
    domain = next(one["id"] for one in domains if one["domainName"] == "example.org")
    steer(autosend, f"autosend/domain/{domain}", action="fall back")
    autosend.advance("1m")
    (message,) = autosend.messages(ADMIN)
    assert (message["subject"], message["status"]) == ("example.org is not verified any more", "delivered")


@pytest.mark.parametrize(
    "settings",
    [{"quota": -1}, {"quota": "1"}, {"used": -1}, {"admins": ["x"]}, {"admins": ADMIN}, {"name": "x"}],
)
def test_wrong_settings_of_an_account_are_refused(autosend: AutoSend, settings: dict[str, Any]) -> None:
    answer = autosend.emulator.http.post(f"/_emulator/jobs/{ACCOUNT}/settings", json={"settings": settings})
    assert answer.status_code == 422


def test_a_project_that_is_deleted_leaves_the_quota_as_it_is(autosend: AutoSend) -> None:
    put(autosend, ACCOUNT, quota=10)
    send(autosend, 2)
    assert call_projects(autosend, "DELETE", f"/{SHOP}").status_code == 200
    assert put(autosend, ACCOUNT)["used"] == 2
