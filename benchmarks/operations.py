"""Long operations of the emulator: how long each takes, and how long other sandboxes' clients wait."""

import json
import smtplib
import ssl
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from http.client import HTTPConnection
from pathlib import Path

import subjects
import yaml
from accounts import KEY, LARGE, MANY, RCS_KEY, SMTP_KEY
from heartbeat import beating
from loads import LOADS, MAIL
from subjects import Running, free_port

from emulator.client import Control

RELEASE, ALL_SENT = "120500ms", f"{MANY // 1000 + 60}s"
"""From publishing to half a second after the release; and until everybody has got the message."""
SINGLE_MAILS = 5000
SEEDED = 20_000
LISTED = 10_000
ATTACHED_BYTES = 18_000_000
NAMED = 10_000
"""How many recipients one request names."""
AT_ONCE, OF_EACH = 40, 1900
"""How many campaigns send at one instant, and to how many phones each."""
PERSONAL_SMS, EMAILS = "/api/campaigns/sms/send-individual", "/v1/suppression-groups/emails"


@dataclass(frozen=True)
class Operation:
    """What one long operation came to: milliseconds, and megabytes at its peak."""

    took: float
    waited: float
    peak: float


Operations = Mapping[str, Mapping[str, Operation]]
"""What the operations came to, by their names and by where the emulator keeps its state."""


class Client:
    """A client of the default sandbox that takes no response apart: that time is not the emulator's."""

    def __init__(self, server: Running) -> None:
        self._connection = HTTPConnection(server.url.removeprefix("http://"), timeout=600)

    def send(self, method: str, path: str, body: object = None, key: str = KEY) -> None:
        content = json.dumps(body) if body is not None and not isinstance(body, str) else body
        headers = {"Authorization": f"Bearer {key}"} | (
            {"Content-Type": "application/json"} if content else {}
        )
        self._connection.request(method, path, content, headers)
        response = self._connection.getresponse()
        said = response.read()
        if response.status >= 300:
            raise SystemExit(f"{method} {path}: {response.status} {said[:500].decode()}")


def measure(fixtures: Path) -> Operations:
    """Measure all operations, with the state in memory and in a folder."""
    results: dict[str, dict[str, Operation]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for place, options in {"memory": [], "--data": ["--data", folder]}.items():
            for name, operation in _measure_in(fixtures, options, place):
                results.setdefault(name, {})[place] = operation
    return results


def _measure_in(fixtures: Path, options: Sequence[str], place: str) -> Iterator[tuple[str, Operation]]:
    port = free_port()
    with subjects.emulator(fixtures, options=[*options, "--smtps-port", str(port)]) as server:
        key = Control(server.url).create(fixtures="demo").credentials["autosend"]
        for name, work in _operations(Client(server), port):
            print(f"{place}: {name}", file=sys.stderr, flush=True)
            server.forget_peak()
            with beating(server, key, "/v1/campaigns") as waits:
                begun = time.perf_counter()
                work()
                took = time.perf_counter() - begun
            yield name, Operation(took * 1000, waits.worst, server.peak_megabytes())


def _operations(client: Client, smtps_port: int) -> Iterator[tuple[str, Callable[[], None]]]:
    """Yield the operations in an order in which each finds what it needs."""
    campaign = f"/v1/campaigns/{LARGE}"
    snapshot = "/_emulator/snapshots/many/restore"

    def advance(duration: str) -> Callable[[], None]:
        return lambda: client.send("POST", "/_emulator/clock", {"advance": duration})

    yield "open Altcraft's document", lambda: client.send("GET", "/openapi/altcraft.json")
    yield "list the documented errors", lambda: client.send("GET", "/_emulator/faults/errors")
    yield f"publish to {MANY:,}", lambda: client.send("PATCH", campaign, {"publish": True, "sendNow": True})
    yield f"make {MANY:,} messages", advance(RELEASE)
    yield "read the campaign", lambda: client.send("GET", campaign)
    yield f"list {LISTED:,} messages", lambda: client.send("GET", f"/_emulator/messages?limit={LISTED}")
    yield "save a snapshot", lambda: client.send("POST", "/_emulator/snapshots", {"name": "many"})
    yield "advance through them", advance(ALL_SENT)
    yield "restore the snapshot", lambda: client.send("POST", snapshot)
    yield "abort the campaign", lambda: client.send("POST", f"{campaign}/abort")
    _send_mails(client)
    yield f"advance through {SINGLE_MAILS:,} single mails", advance("1m")
    seed = {"fixtures": {"autosend": _account()}}
    yield f"seed {SEEDED:,} contacts", lambda: client.send("POST", "/_emulator/seed", seed)
    client.send("POST", "/_emulator/reset")
    yield from _large_requests(client)
    for number in range(AT_ONCE):
        phones = [{"number": f"3806{number:02}{phone:07}"} for phone in range(OF_EACH)]
        body = {"phones": phones, "sender": "my_agent", "options": {"text": f"Hello {number}"}}
        client.send("POST", "/api/campaigns/rcs/send", body, RCS_KEY)
    client.send("POST", "/_emulator/pace", {"provider": "rcs", "pace": OF_EACH})
    yield f"advance through {AT_ONCE} campaigns of {OF_EACH:,} that send at once", advance("1m")
    client.send("POST", "/_emulator/reset")
    letter = _letter()
    yield f"take a mail of {len(letter) // 1_000_000} MB by SMTP", lambda: _submit(smtps_port, letter)


def _large_requests(client: Client) -> Iterator[tuple[str, Callable[[], None]]]:
    """Yield what names as many recipients in one request as it may."""
    personal = [
        {"phone": f"38063{number:07}", "text": f"Hello {number}", "sender": "MyShop"}
        for number in range(NAMED)
    ]
    addresses = {"groupId": "7QK2M", "emails": [f"reader{number}@example.com" for number in range(NAMED)]}
    sms = {"messages": personal}
    yield f"send {NAMED:,} personal SMS", lambda: client.send("POST", PERSONAL_SMS, sms, RCS_KEY)
    yield f"suppress {NAMED:,} addresses", lambda: client.send("POST", f"{EMAILS}/suppress", addresses)
    yield f"unsuppress {NAMED:,} addresses", lambda: client.send("POST", f"{EMAILS}/unsuppress", addresses)


def _send_mails(client: Client) -> None:
    mails = LOADS[MAIL]
    for number in range(SINGLE_MAILS):
        one = mails[number % len(mails)]
        client.send(one.method, one.path, one.body)


def _account() -> str:
    """Return a fixture of AutoSend with many contacts that are written out."""
    shipped = Path(__file__).parent.parent / "fixtures" / "demo" / "autosend" / "account.yaml"
    account = yaml.safe_load(shipped.read_text())
    people = [f"person{number}@example.com" for number in range(SEEDED)]
    account["projects"][0]["lists"].append({"id": LARGE, "name": "Everybody", "contacts": people})
    return yaml.safe_dump(account)


def _letter() -> bytes:
    """Return a mail with one long attachment."""
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = "hello@example.com", "ann@example.com", "Long"
    letter.set_content("What you have asked for.")
    letter.add_attachment(bytes(ATTACHED_BYTES), maintype="application", subtype="pdf", filename="long.pdf")
    return letter.as_bytes(policy=SMTP)


def _submit(port: int, letter: bytes) -> None:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with smtplib.SMTP_SSL("127.0.0.1", port, timeout=300, context=context) as relay:
        relay.login("autosend", SMTP_KEY)
        relay.sendmail("hello@example.com", ["ann@example.com"], letter)
