"""The SMTP relay's reaction to malformed messages and to arbitrary bytes."""

import socket
from contextlib import suppress

import pytest

from tests.autosend.smtp import Relay

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    "message",
    [
        "",
        "no header at all",
        "From: hello@example.com\nContent-Type: multipart/mixed; boundary=x\n\n--x\n",
        "From: hello@example.com\nContent-Type: text/plain; charset=no-such\n\nText",
        "From: hello@example.com\nContent-Type: text/html; charset=rot13\n\nText",
        "From: hello@example.com\nContent-Transfer-Encoding: base64\n\n!!!",
        "From: hello@example.com\nContent-Type: message/rfc822\n\nSubject: inner\n\nText",
        "From: hello@example.com\nSubject: =?utf-8?b?!!!?=\nX-A: \udcff\n\nText\udcff",
        "From: hello@example.com\nTo: <<>>,@,;\nReply-To: undisclosed:;\n\n{{#if}}",
        "From: a, b\nFrom: c\nTo: \n\n",
        "From: hello@example.com\nContent-Type: application/pdf\n\n\0",
    ],
)
def test_a_broken_message_is_read_or_refused(relay: Relay, message: str) -> None:
    raw = message.replace("\n", "\r\n").encode("utf-8", "surrogateescape")
    with relay.smtps() as client:
        client.login("autosend", relay.key)
        client.mail("hello@example.com")
        client.rcpt("ada@example.com")
        assert client.data(raw)[0] in {250, 550, 554}
        assert client.noop()[0] == 250
    for one in relay.messages():
        assert one["status"] == "sent"


def test_a_message_of_countless_parts_is_refused(relay: Relay) -> None:
    parts = "From: hello@example.com\nContent-Type: multipart/mixed; boundary=x\n\n" + "--x\n\n" * 60_000
    assert relay.send(parts, "ada@example.com") == "554 5.6.0 The message can not be read"


def test_a_message_nested_beyond_reason_is_read_or_refused(relay: Relay) -> None:
    nested = "From: hello@example.com\n" + "Content-Type: message/rfc822\n\n" * 5_000
    assert relay.send(nested, "ada@example.com")[:3] in {"250", "554"}


def test_rubbish_is_answered_and_the_door_stays_open(relay: Relay) -> None:
    with relay.smtps() as client:
        client.ehlo()
        for command in (
            "NONSENSE",
            "MAIL",
            "RCPT TO:<x",
            "AUTH",
            "AUTH PLAIN x",
            "AUTH NTLM",
            "DATA",
            "\udcff" * 9,
        ):
            client.send(command.encode("utf-8", "surrogateescape") + b"\r\n")
            assert client.getreply()[0] >= 500
    with relay.smtps() as client:
        assert client.noop()[0] == 250


@pytest.mark.parametrize(
    "rubbish", [b"\x16\x03\x01" + b"\xff" * 500, b"EHLO \0\r\n" * 50, b"x" * 100_000, b""]
)
@pytest.mark.parametrize("greeting", [b"", b"EHLO x\r\n", b"EHLO x\r\nSTARTTLS\r\n"])
@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_bytes_that_are_no_commands_hurt_nobody(
    relay: Relay, scheme: str, greeting: bytes, rubbish: bytes
) -> None:
    address = ("127.0.0.1", relay.ports[scheme])
    with socket.create_connection(address, timeout=3) as connection, suppress(OSError):
        connection.sendall(greeting + rubbish)
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(65536):
            pass
    with relay.smtps() as client:
        assert client.noop()[0] == 250


@pytest.mark.parametrize("size", ["\u00b2", "\u0663", "1_0", "+5", "-5", "0x10", "5.0", "9" * 400])
def test_the_size_of_a_mail_has_digits_alone(relay: Relay, size: str) -> None:
    with relay.smtps() as client:
        client.login("autosend", relay.key)
        client.command_encoding = "utf-8"
        command = f"FROM:<hello@example.com> SMTPUTF8 SIZE={size}"
        assert client.docmd("MAIL", command)[0] == (552 if size.isascii() and size.isdigit() else 501)
        assert client.mail("hello@example.com", ["SIZE=1000"])[0] == 250
