"""The SMTP relay, over real sockets: a mail sent by SMTP is a mail like any other."""

import re
import smtplib
from contextlib import closing
from email import message_from_bytes
from email.message import EmailMessage

import pytest

from tests.autosend.conftest import PROJECT_KEY
from tests.autosend.smtp import Relay, plain
from tests.node import run_node
from tests.server import Server

pytestmark = pytest.mark.slow


def test_a_message_becomes_a_mail_with_all_that_it_has(relay: Relay) -> None:
    message = EmailMessage()
    message["From"] = "Ünal <hello@example.com>"
    message["To"] = "Ada Byron <Ada@example.com>"
    message["Cc"] = "Team <team@example.org>"
    message["Reply-To"] = "Desk <desk@example.org>"
    message["Subject"] = "Größe 大"
    message["X-Order"] = "A-77"
    message.set_content("Hello\n")
    message.add_alternative("<p>Hello</p>\n", subtype="html")
    message.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="Rechnung ä.pdf")
    message.add_attachment("a,b\n", subtype="csv", filename="table.csv")
    reply = relay.send(message, "ada@example.com", "team@example.org", "hidden@example.net")
    first, second, third = relay.messages()
    assert [one["recipient"] for one in (first, second, third)] == [
        "ada@example.com",
        "team@example.org",
        "hidden@example.net",
    ]
    assert first["sender"] == "Ünal <hello@example.com>"
    assert (first["subject"], first["text"], first["html"]) == ("Größe 大", "Hello\n", True)
    assert first["headers"]["X-Order"] == "A-77"
    assert [(file["name"], file["content_type"], file["size"]) for file in first["attachments"]] == [
        ("Rechnung ä.pdf", "application/pdf", 4),
        ("table.csv", "text/csv", 5),
    ]
    found = re.fullmatch(r"250 2\.0\.0 Ok: queued as ([0-9a-f]{24})", reply)
    assert found is not None
    assert relay.status(found[1])["recipient"] == {"email": "ada@example.com", "name": "Ada Byron"}
    assert relay.status(found[1])["sender"] == {"email": "hello@example.com", "name": "Ünal"}


@pytest.mark.parametrize("subject", ["", "Subject:\n", "Subject: \n"])
def test_a_message_without_a_subject_has_an_empty_one(relay: Relay, subject: str) -> None:
    relay.send(plain().replace("Subject: Hello\n", subject), "ada@example.com")
    (message,) = relay.messages()
    assert (message["subject"], message["text"].strip()) == ("", "Text")


def test_an_enclosed_mail_is_kept_byte_for_byte(relay: Relay) -> None:
    inner = b"Received: from a\r\n\tby b\r\nSUBJECT:no space\r\n\r\nHi \r\n"
    head = "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=x\n"
    parts = f"--x\n\nSee below\n--x\nContent-Type: message/rfc822\n\n{inner.decode()}\n--x--\n"
    relay.send(plain(headers=head).replace("Text\n", parts.replace("\r", "")), "ada@example.com")
    (message,) = relay.messages()
    (file,) = message["attachments"]
    assert (file["content_type"], relay.http.get(file["url"]).content) == ("message/rfc822", inner)


def test_a_picture_in_its_html_is_found_there(relay: Relay) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "hello@example.com", "ada@example.com", "Logo"
    message.set_content('<img src="cid:logo@example.com">\n', subtype="html")
    message.add_related(b"GIF89a", maintype="image", subtype="gif", cid="<logo@example.com>")
    relay.send(message, "ada@example.com")
    (sent,) = relay.messages()
    assert [file["content_id"] for file in sent["attachments"]] == ["logo@example.com"]
    place, sandbox = f"/_emulator/messages/{sent['id']}/raw", {"sandbox": relay.sandbox["name"]}
    source = message_from_bytes(relay.http.get(place, params=sandbox).content)
    (picture,) = [part for part in source.walk() if part["Content-ID"] == "<logo@example.com>"]
    assert (picture.get_content_disposition(), picture.get_payload(decode=True)) == ("inline", b"GIF89a")


def test_it_is_delivered_like_any_other(relay: Relay) -> None:
    relay.send(plain(to="zoe+bounced@example.com"), "zoe+bounced@example.com")
    relay.http.post("/_emulator/clock", params={"sandbox": relay.sandbox["name"]}, json={"advance": "1m"})
    (message,) = relay.messages()
    assert message["status"] == "bounced"


@pytest.mark.parametrize("mechanism", ["auth_plain", "auth_login"])
@pytest.mark.parametrize("door", ["starttls", "smtps"])
@pytest.mark.parametrize("user", ["autosend", "hello@example.com"])
def test_clients_log_in_over_tls_with_the_smtp_key(
    relay: Relay, mechanism: str, door: str, user: str
) -> None:
    with getattr(relay, door)() as client:
        client.ehlo()
        client.user, client.password = user, relay.key
        assert client.auth(mechanism[5:].upper(), getattr(client, mechanism))[0] == 235
        client.sendmail("hello@example.com", ["ada@example.com"], plain())
    assert len(relay.messages()) == 1


@pytest.mark.parametrize("door", ["starttls", "smtps"])
@pytest.mark.parametrize(
    ("user", "password"),
    [
        ("autosend", PROJECT_KEY),
        ("autosend", "AS_nobody00000000000000"),
        ("autosend", ""),
        ("somebody", "AS_emulatorsmtp000000000"),
        ("", "AS_emulatorsmtp000000000"),
    ],
)
def test_a_wrong_user_or_password_is_refused(relay: Relay, door: str, user: str, password: str) -> None:
    with getattr(relay, door)() as client, pytest.raises(smtplib.SMTPAuthenticationError) as refused:
        client.login(user, password)
    assert (refused.value.smtp_code, refused.value.smtp_error) == (
        535,
        b"5.7.8 Authentication credentials invalid",
    )


def test_an_smtp_key_opens_nothing_of_the_api(relay: Relay) -> None:
    headers = {"Authorization": f"Bearer {relay.key}"}
    assert relay.http.get("/v1/campaigns", headers=headers).status_code == 401


def test_nobody_logs_in_without_tls(relay: Relay) -> None:
    with smtplib.SMTP("127.0.0.1", relay.ports["smtp"], timeout=30) as client:
        client.ehlo()
        assert client.has_extn("starttls")
        assert not client.has_extn("auth")
        assert client.docmd("AUTH", "PLAIN AGEAYg==")[0] == 538


@pytest.mark.parametrize("door", ["starttls", "smtps"])
def test_nobody_sends_without_having_logged_in(relay: Relay, door: str) -> None:
    with getattr(relay, door)() as client:
        client.ehlo()
        client.mail("hello@example.com")
        assert client.rcpt("ada@example.com") == (530, b"5.7.0 Authentication required")


def test_two_sandboxes_never_meet(relay: Relay) -> None:
    other = relay.new_sandbox()
    assert other["environment"]["AUTOSEND_SMTP_KEY"] != relay.key
    relay.send(plain(), "ada@example.com")
    assert len(relay.messages()) == 1
    assert relay.messages(other) == []


def test_a_sandbox_that_is_gone_takes_no_more(relay: Relay) -> None:
    with relay.starttls() as client:
        client.login("autosend", relay.key)
        client.mail("hello@example.com")
        client.rcpt("ada@example.com")
        relay.http.delete(f"/_emulator/sandboxes/{relay.sandbox['name']}")
        assert client.rcpt("bob@example.com")[0] == 535
        assert client.data(plain())[0] == 535


def test_keys_are_hidden_wherever_requests_are_shown(relay: Relay) -> None:
    relay.send(plain(headers=f"X-Note: {relay.key}\n"), "ada@example.com")
    relay.http.get(f"/v1/campaigns?key={relay.key}", headers={"Authorization": f"Bearer {relay.key}"})
    for params in ({"sandbox": relay.sandbox["name"]}, {"unclaimed": "true"}):
        assert relay.key not in relay.http.get("/_emulator/requests", params=params).text
    assert relay.key not in relay.http.get("/_emulator/sandboxes").text


@pytest.mark.parametrize(
    ("message", "reply"),
    [
        (plain("hello@example.net"), "550 5.7.1 The domain of the sender is not verified"),
        (plain("hello@elsewhere.example"), "550 5.7.1 The domain of the sender is not verified"),
        (plain("nobody"), "550 5.1.7 The sender is no address"),
        (
            plain().replace("Hello", "x" * 990 + "\n " + "y" * 20),
            "554 5.6.0 The subject has more than 998 characters",
        ),
        (
            plain(headers="".join(f"X-{number}: 1\n" for number in range(21))),
            "554 5.6.0 At most 20 headers",
        ),
        (
            plain(headers=f"X-{'a' * 75}: 1\n"),
            "554 5.6.0 Names have up to 76 characters",
        ),
        (
            plain(headers="In-Reply-To: =?utf-8?Q?a=0D=0ABcc:_x?=\n"),
            "554 5.6.0 Values have up to 1000 characters, in one line",
        ),
        (
            plain(headers="X-Long:" + "".join(f" {'v' * 90}\n" for _ in range(12))),
            "554 5.6.0 Values have up to 1000 characters, in one line",
        ),
    ],
)
def test_what_the_api_refuses_is_refused(relay: Relay, message: str, reply: str) -> None:
    assert relay.send(message, "ada@example.com") == reply
    assert relay.messages() == []


@pytest.mark.parametrize(
    ("message", "complaint"),
    [
        (plain().replace("Hello", "{{#if}}"), "Malformed template: line 1"),
        (plain().replace("Text", "Hi\n{{#if x}}a\n"), "Malformed template: line 2"),
        (plain().replace("Text", "{{foo bar}}"), "Malformed template: line 1"),
    ],
)
def test_what_the_api_can_not_render_is_refused_in_one_line(
    relay: Relay, message: str, complaint: str
) -> None:
    reply = relay.send(message, "ada@example.com")
    assert reply.startswith(f"554 5.6.0 {complaint}")
    assert "\n" not in reply
    assert relay.messages() == []


def test_headers_of_mail_programs_are_no_custom_ones(relay: Relay) -> None:
    references = "\n ".join(f"<{number}.{'a' * 40}@mail.example.com>" for number in range(30))
    programs = f"In-Reply-To: <29@mail.example.com>\nReferences: {references}\nUser-Agent: Mutt/2.2\n"
    custom = "".join(f"X-{number}: 1\n" for number in range(19)) + "X_Foo: bar\n"
    reply = relay.send(plain(headers=f"{programs}X-Priority: 3\nList-Id: <a.b>\n{custom}"), "ada@example.com")
    assert reply.startswith("250 ")
    headers = relay.messages()[0]["headers"]
    assert headers["References"] == references.replace("\n", "")
    assert (headers["User-Agent"], headers["X_foo"], headers["X-18"]) == ("Mutt/2.2", "bar", "1")


def test_without_a_from_header_the_envelope_names_the_sender(relay: Relay) -> None:
    assert relay.send("Subject: Hello\n\nText\n", "ada@example.com").startswith("250 ")
    assert relay.messages()[0]["sender"] == "hello@example.com"


def with_files(*names: str) -> EmailMessage:
    message = EmailMessage()
    message["From"] = "hello@example.com"
    message["Subject"] = "Files"
    message.set_content("Here they are")
    for name in names:
        message.add_attachment(b"x", maintype="application", subtype="octet-stream", filename=name)
    return message


@pytest.mark.parametrize("name", ["virus.exe", "Script.JS", "a.pdf.vbs"])
def test_some_types_of_files_are_refused(relay: Relay, name: str) -> None:
    reply = relay.send(with_files("a.pdf", name), "ada@example.com")
    assert reply == "554 5.6.0 The type of an attachment is not allowed"


def test_a_mail_has_at_most_20_files(relay: Relay) -> None:
    assert relay.send(with_files(*["a.pdf"] * 20), "ada@example.com").startswith("250 ")
    assert relay.send(with_files(*["a.pdf"] * 21), "ada@example.com") == "554 5.6.0 At most 20 attachments"


def test_a_mail_has_at_most_50_recipients(relay: Relay) -> None:
    with relay.starttls() as client:
        client.login("autosend", relay.key)
        client.mail("hello@example.com")
        codes = [client.rcpt(f"r{number}@example.com")[0] for number in range(51)]
        assert client.data(plain())[0] == 250
    assert codes == [250] * 50 + [452]
    assert len(relay.messages()) == 50


def test_an_address_must_be_one(relay: Relay) -> None:
    with relay.starttls() as client:
        client.login("autosend", relay.key)
        client.mail("hello@example.com")
        assert client.rcpt("nobody") == (553, b"5.1.3 The recipient is no address")


def test_a_message_has_at_most_25_mb(relay: Relay) -> None:
    with relay.smtps() as client:
        client.login("autosend", relay.key)
        assert client.esmtp_features["size"] == str(25 * 1024 * 1024)
        code, _ = client.mail("hello@example.com", [f"SIZE={25 * 1024 * 1024 + 1}"])
        assert code == 552


def test_who_is_suppressed_gets_nothing_and_neither_do_the_copies(relay: Relay) -> None:
    message = plain(to="reader47@example.com", headers="Cc: ada@example.com\n")
    assert relay.send(message, "reader47@example.com", "ada@example.com", "bob@example.com")[:4] == "250 "
    assert [one["status"] for one in relay.messages()] == ["suppressed"] * 3


def test_addresses_are_kept_in_lower_case_and_get_one_mail_each(relay: Relay) -> None:
    relay.send(plain(), "ADA@example.com", "ada@EXAMPLE.com")
    assert [one["recipient"] for one in relay.messages()] == ["ada@example.com"]


def test_the_rate_limit_is_that_of_the_api_where_it_is_enforced() -> None:
    with Server("--smtps-port", "0", "--clock", "frozen", EMULATOR_AUTOSEND_RATE_LIMIT="true") as server:
        relay = Relay(server)
        assert list(relay.ports) == ["smtps"]
        with closing(relay.http), relay.smtps() as client:
            client.login("autosend", relay.key)
            replies = []
            for _ in range(3):
                client.mail("hello@example.com")
                client.rcpt("ada@example.com")
                replies.append(client.data(plain()))
    assert [code for code, _ in replies] == [250, 250, 450]
    assert replies[2][1] == b"4.7.0 Rate limit exceeded"


def test_where_unknown_credentials_are_accepted_they_send_for_the_default_sandbox() -> None:
    with Server("--smtps-port", "0", EMULATOR_ACCEPT_UNKNOWN_CREDENTIALS="true") as server:
        relay = Relay(server)
        with closing(relay.http), relay.smtps() as client:
            with pytest.raises(smtplib.SMTPAuthenticationError):
                client.login("autosend", PROJECT_KEY)
            client.login("autosend", "whatever")
            client.sendmail("hello@example.com", ["ada@example.com"], plain())
            assert len(relay.messages({"name": "default"})) == 1


NODEMAILER = """
import nodemailer from "nodemailer";
const transport = nodemailer.createTransport({
  host: "127.0.0.1", port: Number(process.env.PORT), secure: process.env.SECURE === "true",
  auth: { user: "autosend", pass: process.env.KEY }, tls: { rejectUnauthorized: false },
});
const sent = await transport.sendMail({
  from: '"Example Shop" <hello@example.com>', to: "ada@example.com", bcc: "hidden@example.com",
  subject: "Ünïcode", text: "Hello", html: "<p>Hello</p>",
  attachments: [{ filename: "a.txt", content: "content" }],
});
console.log(sent.response);
"""


@pytest.mark.parametrize(("scheme", "secure"), [("smtp", "false"), ("smtps", "true")])
def test_nodemailer_sends(relay: Relay, scheme: str, secure: str) -> None:
    said = run_node(NODEMAILER, PORT=str(relay.ports[scheme]), SECURE=secure, KEY=relay.key)
    assert said.startswith("250 2.0.0 Ok: queued as ")
    first, second = relay.messages()
    assert (first["recipient"], second["recipient"]) == ("ada@example.com", "hidden@example.com")
    assert (first["sender"], first["subject"]) == ("Example Shop <hello@example.com>", "Ünïcode")
    assert first["attachments"][0]["name"] == "a.txt"


@pytest.mark.parametrize(
    "address",
    [
        "ada@example..com",
        "ada.@example.com",
        "ada@-example.com",
        "ada@localhost",
        "a" * 65 + "@example.com",
        '"a\x00"@example.com',
    ],
)
def test_a_recipient_that_is_no_address_is_refused(relay: Relay, address: str) -> None:
    with relay.starttls() as client:
        client.login("autosend", relay.key)
        client.mail("hello@example.com")
        assert client.rcpt(address)[0] in {501, 553}


@pytest.mark.parametrize(
    "header",
    [
        "Subject: =?utf-8?Q?Hi=0D=0ABcc:_bob@example.com?=",
        "Subject: =?utf-8?Q?Hi=00?=",
        "Cc: =?utf-8?Q?Bob=0AX?= <bob@example.com>",
        "Reply-To: =?utf-8?Q?Desk=0AX?= <desk@example.com>",
        "X-Order: =?utf-8?Q?A=0A17?=",
        "Reply-To: desk@example..com",
    ],
)
def test_a_message_whose_headers_would_break_is_refused(relay: Relay, header: str) -> None:
    raw = f"From: hello@example.com\nTo: ada@example.com\n{header}\n\nText\n"
    assert relay.send(raw, "ada@example.com").startswith("55")
    assert relay.messages() == []
