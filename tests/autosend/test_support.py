"""Actions of AutoSend's operators and systems, through the control plane: suspension, domains."""

from typing import Any

import pytest

from emulator.settings import shipped_fixtures
from tests.autosend.campaigns import RELEASE, create, status_of
from tests.autosend.conftest import PROJECT_KEY, AutoSend
from tests.autosend.webhooks import create as create_webhook
from tests.receiver import Receiver

ACCOUNT = "autosend/organization/66a0c1d2e3f4a5b6c7d8bbbb"
PROJECT = "autosend/project/66a0c1d2e3f4a5b6c7d8aaaa"
MAIL = {"from": {"email": "a@example.org"}, "to": {"email": "ann@new.example"}, "subject": "s", "text": "t"}


def steer(autosend: AutoSend, job: str, **change: Any) -> Any:
    answer = autosend.emulator.http.post(f"/_emulator/jobs/{job}/status", json=change)
    assert answer.status_code == 200, answer.text
    return answer.json()


def put(autosend: AutoSend, job: str = PROJECT, **settings: Any) -> Any:
    answer = autosend.emulator.http.post(f"/_emulator/jobs/{job}/settings", json={"settings": settings})
    assert answer.status_code == 200, answer.text
    return answer.json()["settings"]


def sent(autosend: AutoSend) -> list[str]:
    return [message["status"] for message in autosend.messages("ann@new.example")]


def test_projects_and_domains_are_listed_when_they_are_asked_for(autosend: AutoSend) -> None:
    listed = autosend.emulator.http.get("/_emulator/jobs", params={"kind": "project"}).json()["jobs"]
    assert [job["id"] for job in listed][:1] == [PROJECT]
    found = autosend.emulator.http.get(f"/_emulator/jobs/{PROJECT}").json()
    assert (found["status"], found["actions"]) == ("active", ["suspend"])
    assert found["settings"] == {
        "tracking_open": True,
        "tracking_click": True,
        "complaint_limit": 0.0001,
    }


@pytest.mark.parametrize("job", [PROJECT, ACCOUNT], ids=["project", "account"])
def test_what_is_suspended_sends_nothing_until_it_is_reinstated(autosend: AutoSend, job: str) -> None:
    steer(autosend, job, action="suspend")
    campaign = create(autosend, **RELEASE)
    autosend.data("POST", "/mails/send", MAIL)
    autosend.advance("1d")
    assert (sent(autosend), status_of(autosend, campaign)) == (["queued"], "sending")
    steer(autosend, job, status="active")
    autosend.advance("1h")
    assert (sent(autosend), status_of(autosend, campaign)) == (["delivered"], "sent")


def test_the_tracking_of_a_project_holds_for_mails_that_say_nothing(autosend: AutoSend) -> None:
    put(autosend, tracking_open=False)
    autosend.data("POST", "/mails/send", MAIL | {"html": "<p>Hi</p>"})
    (message,) = autosend.messages("ann@new.example")
    assert autosend.emulator.http.get(f"/_emulator/messages/{message['id']}/html").text == "<p>Hi</p>"


def test_a_verified_domain_falls_back(autosend: AutoSend) -> None:
    domains = autosend.data("GET", "/domains")["domains"]
    domain = next(one["id"] for one in domains if one["domainName"] == "example.org")
    steer(autosend, f"autosend/domain/{domain}", action="fall back")
    assert autosend.refused("POST", "/mails/send", MAIL)[:2] == (403, "DOMAIN_NOT_VERIFIED")
    found = autosend.emulator.http.get(
        "/_emulator/jobs", params={"kind": "domain", "status": "PENDING"}
    ).json()
    assert domain in [job["key"] for job in found["jobs"]]
    steer(autosend, f"autosend/domain/{domain}", status="VERIFIED")
    autosend.data("POST", "/mails/send", MAIL)


@pytest.mark.parametrize(
    "settings", [{"complaint_limit": -1}, {"complaint_limit": "x"}, {"tracking_open": 1}, {"name": "x"}]
)
def test_wrong_settings_are_refused(autosend: AutoSend, settings: dict[str, Any]) -> None:
    answer = autosend.emulator.http.post(f"/_emulator/jobs/{PROJECT}/settings", json={"settings": settings})
    assert answer.status_code == 422


def test_a_disabled_webhook_gets_nothing_until_it_is_active_again(
    autosend: AutoSend, receiver: Receiver
) -> None:
    webhook = create_webhook(autosend, receiver.url, "email.sent")
    control = autosend.emulator.http
    target = control.get("/_emulator/webhooks/targets").json()["targets"][-1]["id"]
    change = {"settings": {"disabled": True}}
    assert control.patch(f"/_emulator/webhooks/targets/{target}", json=change).status_code == 200
    shown = autosend.data("GET", f"/webhooks/{webhook['id']}")
    assert (shown["status"], shown["isActive"]) == ("disabled", False)
    autosend.data("POST", "/mails/send", MAIL)
    autosend.advance("1m")
    assert receiver.requests == []
    again = autosend.data("PUT", f"/webhooks/{webhook['id']}", {"isActive": True})
    assert again["status"] == "active"
    autosend.data("POST", "/mails/send", MAIL)
    autosend.advance("1m")
    assert len(receiver.requests) == 1


def test_events_about_contacts_and_received_mails_are_pulled_with_the_others(autosend: AutoSend) -> None:
    autosend.data("POST", "/contacts", {"email": "new@new.example"})
    autosend.call("POST", "/contacts/remove", {"emails": ["new@new.example"]})
    asked = {"provider": "autosend", "type": "contact.deleted"}
    events = autosend.emulator.http.get("/_emulator/webhooks/events", params=asked).json()["events"]
    assert [(event["message_id"], event["body"]["data"]["email"]) for event in events] == [
        (None, "new@new.example")
    ]


@pytest.mark.slow
def test_a_rare_type_is_found_behind_many_others(autosend: AutoSend) -> None:
    autosend.data("POST", "/mails/send", MAIL | {"to": {"email": "soft-bounced@new.example"}})
    autosend.advance("1h")
    asked: dict[str, Any] = {"type": "email.deferred", "limit": 1}
    found = autosend.emulator.http.get("/_emulator/webhooks/events", params=asked).json()
    seen = 0
    while found["events"]:
        seen += len(found["events"])
        assert [event["type"] for event in found["events"]] == ["email.deferred"]
        more = asked | {"after": found["after"]}
        found = autosend.emulator.http.get("/_emulator/webhooks/events", params=more).json()
    assert seen >= 1


def test_the_key_of_the_project_stays_good_while_it_is_suspended(autosend: AutoSend) -> None:
    steer(autosend, PROJECT, action="suspend")
    assert (
        autosend.call("GET", "/senders", headers={"Authorization": f"Bearer {PROJECT_KEY}"}).status_code
        == 200
    )


@pytest.mark.slow
def test_a_fixture_says_what_a_project_may_send(autosend: AutoSend) -> None:
    account = (shipped_fixtures() / "demo" / "autosend" / "account.yaml").read_text()
    own = account.replace("    pace: ", "    complaint_limit: 0.5\n    tracking_open: false\n    pace: ", 1)
    box = autosend.emulator.sandbox(clock="frozen")
    assert box.control("POST", "/seed", json={"fixtures": {"autosend": own}}).status_code == 200
    settings = box.control("GET", f"/jobs/{PROJECT}").json()["settings"]
    assert (settings["complaint_limit"], settings["tracking_open"]) == (0.5, False)
