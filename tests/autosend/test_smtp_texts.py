"""The texts of mails by SMTP: line by line, up to a line with only a dot (RFC 5321)."""

import pytest

from tests.autosend.smtp import Relay, plain

pytestmark = pytest.mark.slow

LINES = [
    "one line",
    ".a dot first",
    "..",
    "x" * 998,
    "x" * 997 + ".",
    "a lone\rreturn",
    "",
]


def test_a_text_comes_as_its_lines_were(relay: Relay) -> None:
    head = "From: hello@example.com\r\nTo: ada@example.com\r\nSubject: Lines\r\n"
    stuffed = [f".{line}" if line.startswith(".") else line for line in LINES]
    with relay.smtps() as client:
        client.login("autosend", relay.key)
        client.mail("hello@example.com")
        client.rcpt("ada@example.com")
        client.docmd("DATA")
        client.send("\r\n".join([head, *stuffed, ".", "NOOP", ""]).encode())
        assert [client.getreply()[0] for _ in range(2)] == [250, 250]
    (mail,) = relay.messages()
    assert mail["text"] == "".join(f"{line}\n" for line in LINES)


TOO_LONG = b"Line too long (see RFC5321 4.5.3.1.6)"
TOO_MUCH = b"Error: Too much mail data"


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        (b"x" * 1001 + b"\r\n", (500, TOO_LONG)),
        (b"x" * 5000 + b"\r\n", (500, TOO_LONG)),
        (b"x" * 1003 + b".\r\n", (500, TOO_LONG)),
        ((b"x" * 998 + b"\r\n") * (26 * 1024), (552, TOO_MUCH)),
    ],
)
def test_a_text_that_is_too_long_is_refused_and_the_next_mail_is_taken(
    relay: Relay, text: bytes, refusal: tuple[int, bytes]
) -> None:
    with relay.smtps() as client:
        client.login("autosend", relay.key)
        client.mail("hello@example.com")
        client.rcpt("ada@example.com")
        assert client.data(text) == refusal
        assert client.docmd("DATA")[0] == 503
        client.sendmail("hello@example.com", ["bob@example.com"], plain())
    assert [one["recipient"] for one in relay.messages()] == ["bob@example.com"]
