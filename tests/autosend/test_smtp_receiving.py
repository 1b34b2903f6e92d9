"""Mails to receiving addresses over the SMTP relay: from outside, and from the account itself."""

import pytest

from tests.autosend.smtp import Relay, plain

pytestmark = pytest.mark.slow

HELP = "help@support.example.org"
RECEIVED = f"From: Ada <ada@elsewhere.org>\r\nTo: {HELP}\r\nSubject: Question\r\n\r\nWhen?\r\n"


def received(relay: Relay, key: str) -> list[str]:
    headers = {"Authorization": f"Bearer {key}"}
    items = relay.http.get("/v1/inbound/messages", headers=headers).json()["data"]["items"]
    return [item["from"]["email"] for item in items]


def test_a_mail_from_outside_arrives_in_the_default_sandbox(relay: Relay) -> None:
    with relay.starttls() as client:
        client.sendmail("ada@elsewhere.org", [HELP, "any@k3x9.autosend.email"], RECEIVED)
    assert received(relay, "AS_emulator000000000000")[0] == "ada@elsewhere.org"


def test_who_has_logged_in_writes_to_the_receiving_addresses_of_that_sandbox(relay: Relay) -> None:
    reply = relay.send(RECEIVED.replace("\r\n", "\n"), HELP, sender="ada@elsewhere.org")
    assert reply.startswith("250 ")
    own = relay.sandbox["environment"]["AUTOSEND_API_KEY"]
    assert received(relay, own) == ["ada@elsewhere.org", "ada@example.com"]
    assert relay.messages() == []


def test_a_mail_from_a_verified_domain_is_sent_and_arrives_when_it_is_delivered(relay: Relay) -> None:
    own = relay.sandbox["environment"]["AUTOSEND_API_KEY"]
    relay.send(plain(), HELP)
    assert received(relay, own) == ["ada@example.com"]
    relay.http.post("/_emulator/clock", params={"sandbox": relay.sandbox["name"]}, json={"advance": "2s"})
    assert [message["status"] for message in relay.messages()] == ["delivered"]
    assert received(relay, own) == ["hello@example.com", "ada@example.com"]


def test_a_mail_to_a_domain_that_is_deleted_meanwhile_is_refused(relay: Relay) -> None:
    key = {"Authorization": "Bearer AS_emulator000000000000"}
    domains = relay.http.get("/v1/domains", headers=key).json()["data"]["domains"]
    gone = next(one["id"] for one in domains if one["domainName"] == "support.example.org")
    with relay.starttls() as client:
        client.ehlo()
        client.mail("ada@elsewhere.org")
        assert client.rcpt(HELP)[0] == 250
        relay.http.delete(f"/v1/domains/{gone}", headers=key)
        assert client.data(RECEIVED) == (530, b"5.7.0 Authentication required")
    relay.http.post("/_emulator/reset")
