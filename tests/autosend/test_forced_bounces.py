"""Bounces that a test forces, whatever the outcome: hard ones and soft ones."""

import pytest

from tests.autosend.conftest import AutoSend
from tests.autosend.test_support import PROJECT, steer
from tests.autosend.webhooks import create
from tests.receiver import Receiver

SOFT = {"bounceType": "Transient", "bounceSubType": "MailboxFull"}
HARD = {"bounceType": "Permanent", "bounceSubType": "General"}


@pytest.mark.parametrize(
    ("recipient", "rule", "wait", "ways", "kind"),
    [
        ("soft-bounced@new.example", None, "1ms", ["bounced"], SOFT),
        ("soft-bounced@new.example", None, "1m", ["bounced"], SOFT),
        ("zoe@new.example", {"outcome": "soft-bounced"}, "1m", ["bounced"], SOFT),
        (
            "zoe@new.example",
            {"outcome": "soft-bounced", "reason": "MessageTooLarge"},
            "1ms",
            ["bounced"],
            {"bounceType": "Transient", "bounceSubType": "MessageTooLarge"},
        ),
        (
            "zoe@new.example",
            {"outcome": "bounced", "reason": "NoEmail"},
            "1ms",
            ["bounced"],
            {"bounceType": "Permanent", "bounceSubType": "NoEmail"},
        ),
        ("zoe@new.example", None, "1ms", ["deferred", "bounced"], SOFT),
        ("delayed@new.example", None, "1m", ["bounced"], SOFT),
        ("zoe@new.example", None, "1ms", ["bounced"], HARD),
        ("bounced@new.example", None, "1ms", ["bounced"], HARD),
    ],
)
def test_a_forced_bounce_is_of_the_kind_that_was_asked_for(
    autosend: AutoSend,
    receiver: Receiver,
    recipient: str,
    rule: dict[str, str] | None,
    wait: str,
    ways: list[str],
    kind: dict[str, str],
) -> None:
    create(autosend, receiver.url, "email.bounced")
    if rule is not None:
        autosend.emulator.http.post("/_emulator/outcomes", json=rule | {"provider": "autosend"})
    mail = {"to": {"email": recipient}, "from": {"email": "hello@example.com"}, "subject": "s", "text": "t"}
    sent = autosend.data("POST", "/mails/send", mail)["emailId"]
    autosend.advance(wait)
    for status in ways:
        answer = autosend.emulator.http.post(f"/_emulator/messages/{sent}/status", json={"status": status})
        assert (answer.status_code, answer.json()["status"]) == (200, status), answer.text
    autosend.advance("1h")
    mine = [one.json["data"] for one in receiver.requests if one.json["data"]["emailId"] == sent]
    assert [{name: data[name] for name in kind} for data in mine] == [kind]


@pytest.mark.parametrize(("reason", "kind"), [(None, "MailboxFull"), ("MessageTooLarge", "MessageTooLarge")])
def test_a_mail_that_waits_bounces_as_a_rule_will_say(
    autosend: AutoSend, receiver: Receiver, reason: str | None, kind: str
) -> None:
    create(autosend, receiver.url, "email.bounced")
    rule = {"provider": "autosend", "outcome": "soft-bounced", "reason": reason}
    autosend.emulator.http.post("/_emulator/outcomes", json=rule)
    steer(autosend, PROJECT, action="suspend")
    mail = {"to": {"email": "zoe@new.example"}, "from": {"email": "hello@example.com"}}
    sent = autosend.data("POST", "/mails/send", mail | {"subject": "s", "text": "t"})["emailId"]
    autosend.emulator.http.post(f"/_emulator/messages/{sent}/status", json={"status": "bounced"})
    autosend.advance("1m")
    assert [one.json["data"]["bounceSubType"] for one in receiver.requests] == [kind]
