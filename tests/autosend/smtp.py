"""A running SMTP relay, and clients for it."""

import re
import smtplib
import ssl
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

from tests.server import Server

MESSAGE = """\
From: {sender}
To: {to}
Subject: Hello

Text
"""


class Relay:
    """A running server with both SMTP ports, and a fresh sandbox in it."""

    def __init__(self, server: Server) -> None:
        self.http = server.client()
        self.ports = ports(server)
        self.sandbox = self.new_sandbox()
        self.key = self.sandbox["environment"]["AUTOSEND_SMTP_KEY"]

    def new_sandbox(self) -> Any:
        return self.http.post("/_emulator/sandboxes", json={"clock": "frozen"}).json()

    def starttls(self) -> smtplib.SMTP:
        client = smtplib.SMTP("127.0.0.1", self.ports["smtp"], timeout=30)
        client.starttls(context=trusting())
        return client

    def smtps(self) -> smtplib.SMTP:
        return smtplib.SMTP_SSL("127.0.0.1", self.ports["smtps"], timeout=30, context=trusting())

    def send(self, message: EmailMessage | str, *recipients: str, sender: str = "hello@example.com") -> str:
        """Send a message with the sandbox's credential, and return the relay's reply."""
        raw = (
            message.as_bytes(policy=SMTP)
            if isinstance(message, EmailMessage)
            else message.replace("\n", "\r\n").encode()
        )
        with self.starttls() as client:
            client.login("autosend", self.key)
            client.mail(sender)
            for recipient in recipients:
                assert client.rcpt(recipient)[0] == 250
            code, text = client.data(raw)
            return f"{code} {text.decode()}"

    def messages(self, sandbox: Any = None) -> list[dict[str, Any]]:
        """Return the full details of a sandbox's mails that belong to no job, in order."""
        params = {"sandbox": (sandbox or self.sandbox)["name"]}
        of_autosend = params | {"provider": "autosend", "limit": "1000"}
        found = self.http.get("/_emulator/messages", params=of_autosend).json()["messages"]
        ids = [one["id"] for one in found if one["job"] is None]
        return [self.http.get(f"/_emulator/messages/{number}", params=params).json() for number in ids]

    def status(self, email_id: str) -> Any:
        key = {"Authorization": f"Bearer {self.sandbox['environment']['AUTOSEND_API_KEY']}"}
        return self.http.get(f"/v1/mails/{email_id}/status", headers=key).json()["data"]


def ports(server: Server) -> dict[str, int]:
    """Return the SMTP ports that a server has announced, by scheme."""
    found = re.findall(r"SMTP relay: (\w+)://127\.0\.0\.1:(\d+)", "".join(server.output))
    return {scheme: int(port) for scheme, port in found}


def trusting() -> ssl.SSLContext:
    """Return a TLS context that accepts any certificate."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def plain(sender: str = "hello@example.com", to: str = "ada@example.com", headers: str = "") -> str:
    return headers + MESSAGE.format(sender=sender, to=to)
