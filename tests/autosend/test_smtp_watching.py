"""SMTP mails in the journal, and fault rules that act on them."""

import smtplib
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.autosend.smtp import Relay, plain

pytestmark = pytest.mark.slow

SENT_TO = "ada@example.com"


def journal(relay: Relay) -> list[Any]:
    found = relay.http.get("/_emulator/requests", params={"sandbox": relay.sandbox["name"]}).json()[
        "requests"
    ]
    return [one for one in found if one["method"] == "SMTP"]


def rule(relay: Relay, **wanted: Any) -> None:
    body = {"provider": "autosend"} | wanted
    answer = relay.http.post("/_emulator/faults", params={"sandbox": relay.sandbox["name"]}, json=body)
    assert answer.status_code == 201, answer.text


def test_a_mail_stands_in_the_journal_with_its_reply(relay: Relay) -> None:
    reply = relay.send(plain(), SENT_TO, "hidden@example.net")
    (entry,) = journal(relay)
    assert (entry["operation"], entry["status"], entry["unread"]) == ("SMTP", 250, [])
    path = f"/_emulator/requests/{entry['number']}"
    detail = relay.http.get(path, params={"sandbox": relay.sandbox["name"]}).json()
    head = detail["request_headers"]
    assert (head["mail-from"], head["rcpt-to"]) == ("hello@example.com", f"{SENT_TO}, hidden@example.net")
    assert "Subject: Hello" in detail["request_body"]
    assert detail["answer_body"] == reply


def test_a_refused_mail_stands_there_too(relay: Relay) -> None:
    assert relay.send(plain(sender="me@elsewhere.org"), SENT_TO).startswith("550 5.7.1")
    assert [entry["status"] for entry in journal(relay)] == [550]


@pytest.mark.parametrize(
    ("wanted", "code", "said"),
    [
        ({"error": "RateLimitExceeded"}, 450, "4.7.0 Rate limit exceeded"),
        ({"error": "InternalServerError"}, 451, "4.3.0 Something went wrong on our end"),
        ({"error": "PlanUpgradeRequired"}, 550, "5.7.1 Please upgrade your plan"),
        ({"status": 503, "body": "Busy"}, 451, "4.3.0 Busy"),
        ({"status": 401}, 535, "5.7.8 Refused by a rule with status 401"),
        ({"status": 400}, 550, "5.7.1 "),
        ({"status": 500}, 451, "4.3.0 "),
        ({"status": 421, "body": "Too many connections"}, 421, "4.3.2 Too many connections"),
        ({"status": 450}, 450, "4.2.0 "),
        ({"status": 451}, 451, "4.3.0 Refused by a rule with status 451"),
        ({"status": 452}, 452, "4.3.1 "),
        ({"status": 455}, 455, "4.5.0 "),
        ({"status": 530}, 530, "5.7.0 "),
        ({"status": 535}, 535, "5.7.8 "),
        ({"status": 550}, 550, "5.7.1 "),
        ({"status": 552}, 552, "5.3.4 "),
        ({"status": 554}, 554, "5.6.0 "),
        ({"rate_limit": {"requests": 0, "per": "1m"}}, 450, "4.7.0 Rate limit exceeded"),
    ],
)
def test_a_rule_refuses_a_mail_in_the_words_of_smtp(
    relay: Relay, wanted: dict[str, Any], code: int, said: str
) -> None:
    rule(relay, **wanted, match={"method": "SMTP"})
    assert relay.send(plain(), SENT_TO).startswith(f"{code} {said}")
    assert relay.messages() == []
    assert [(entry["status"], len(entry["faults"])) for entry in journal(relay)] == [(code, 1)]


@pytest.mark.parametrize("door", ["starttls", "smtps"])
@pytest.mark.parametrize(
    ("wanted", "is_closed"), [({"status": 421}, True), ({"status": 450}, False), ({"status": 554}, False)]
)
def test_the_reply_that_closes_the_channel_closes_the_connection(
    relay: Relay, door: str, wanted: dict[str, Any], *, is_closed: bool
) -> None:
    rule(relay, **wanted, times=1)
    client: smtplib.SMTP = getattr(relay, door)()
    client.login("autosend", relay.key)
    client.mail("hello@example.com")
    client.rcpt(SENT_TO)
    assert client.data(plain())[0] == wanted["status"]
    if is_closed:
        assert client.sock is not None
        client.sock.settimeout(10)
        assert client.sock.recv(100) == b""
        client.close()
    else:
        assert client.sendmail("hello@example.com", SENT_TO, plain()) == {}
        client.quit()


def test_what_a_client_sends_after_that_reply_is_not_done(relay: Relay) -> None:
    rule(relay, status=421, times=1)
    envelope = f"MAIL FROM:<hello@example.com>\r\nRCPT TO:<{SENT_TO}>\r\nDATA\r\n"
    mail = envelope + plain().replace("\n", "\r\n") + "\r\n.\r\n"
    with relay.smtps() as client:
        client.login("autosend", relay.key)
        client.send(mail + mail)
        assert client.sock is not None
        received = b""
        while more := client.sock.recv(1000):
            received += more
    assert received.count(b"\r\n") == 4
    assert received.splitlines()[-1].startswith(b"421 4.3.2")
    assert relay.messages() == []


def test_a_mail_that_was_taken_may_seem_refused(relay: Relay) -> None:
    rule(relay, error="InternalServerError", executed=True, times=1)
    assert relay.send(plain(), SENT_TO).startswith("451")
    assert [message["recipient"] for message in relay.messages()] == [SENT_TO]
    assert relay.send(plain(), SENT_TO).startswith("250")


def test_a_connection_can_be_lost(relay: Relay) -> None:
    rule(relay, reset=True, times=1)
    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionError)):
        relay.send(plain(), SENT_TO)
    assert relay.messages() == []
    assert [entry["status"] for entry in journal(relay)] == [0]


def test_a_mail_counts_before_its_reply(relay: Relay) -> None:
    rule(relay, delay="500ms", times=1)
    with ThreadPoolExecutor() as pool:
        reply = pool.submit(relay.send, plain(), SENT_TO)
        while not journal(relay):
            pass
        assert [entry["status"] for entry in journal(relay)] == [None]
        assert reply.result().startswith("250")
    assert [entry["status"] for entry in journal(relay)] == [250]


def test_a_mail_whose_client_gives_up_has_no_reply(relay: Relay) -> None:
    rule(relay, delay="60s", times=1)
    client = relay.starttls()
    client.login("autosend", relay.key)
    assert client.sock is not None
    client.sock.settimeout(0.3)
    with pytest.raises((TimeoutError, smtplib.SMTPServerDisconnected)):
        client.sendmail("hello@example.com", SENT_TO, plain())
    client.close()
    while journal(relay)[0]["status"] is None:
        pass
    assert [entry["status"] for entry in journal(relay)] == [0]


@pytest.mark.parametrize("wanted", [{"malform": True}, {"truncate": 5}, {"slow_body": "1s"}, {"status": 200}])
def test_a_rule_that_could_do_nothing_to_a_mail_is_not_used_up_by_one(
    relay: Relay, wanted: dict[str, Any]
) -> None:
    rule(relay, **wanted, times=1)
    rule(relay, status=503, after=1)
    replies = [relay.send(plain(), SENT_TO)[:3] for _ in range(2)]
    assert replies == ["250", "451"]
    listed = relay.http.get("/_emulator/faults", params={"sandbox": relay.sandbox["name"]}).json()["faults"]
    assert [(one["matched"], one["hits"]) for one in listed] == [(0, 0), (2, 1)]


def test_rules_for_requests_leave_mails_alone(relay: Relay) -> None:
    rule(relay, status=503, match={"method": "POST"})
    rule(relay, status=503, operation="POST /v1/mails/send")
    assert relay.send(plain(), SENT_TO).startswith("250")
