"""The ports of the SMTP relay: when they are open, where, and with which certificate."""

import json
import smtplib
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from emulator.autosend.smtp import SmtpRelay
from emulator.server import relay as relaying
from emulator.server.certificate import CERTIFICATE, KEY, tls_context
from tests.autosend.smtp import Relay as Doors
from tests.autosend.smtp import ports
from tests.conftest import Emulator
from tests.server import Server, run_alone

pytestmark = pytest.mark.slow

SMTP_KEY = "AS_emulatorsmtp000000000"


def strict(certificate: Path) -> ssl.SSLContext:
    """Return a TLS context that trusts only one certificate, and verifies as strictly as any client."""
    context = ssl.create_default_context(cafile=certificate)
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    return context


def test_there_is_none_unless_asked_for() -> None:
    with Server() as server:
        assert ports(server) == {}
        loaded = "import sys, emulator.server.serving; print({'aiosmtpd', 'cryptography'} & {*sys.modules})"
        said = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)
        assert said.stdout == "set()\n"


def test_the_environment_opens_doors_too() -> None:
    with Server(EMULATOR_SMTP_PORT="0", EMULATOR_SMTPS_PORT="0") as server:
        assert list(ports(server)) == ["smtp", "smtps"]


def test_a_server_says_in_json_where_its_doors_are() -> None:
    command = [sys.executable, "-m", "emulator", "serve", "--port", "0", "--smtp-port", "0", "--json"]
    with subprocess.Popen(
        [*command, "--with-input"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        said: Any = json.loads(process.stdout.readline())
        assert said.keys() == {"url", "documentation", "control_token", "environment", "smtp"}
        with smtplib.SMTP("127.0.0.1", int(said["smtp"].removeprefix("smtp://127.0.0.1:"))) as client:
            assert client.noop()[0] == 250
        process.communicate(timeout=30)
    assert process.returncode == 0


@pytest.mark.parametrize("option", ["--smtp-port", "--smtps-port"])
def test_a_taken_port_is_named_with_its_option(option: str) -> None:
    with Server() as server:
        port = server.url.rpartition(":")[2]
        answer = run_alone("serve", "--port", "0", option, port)
    assert answer.returncode == 1
    assert port in answer.stderr
    assert option in answer.stderr


def test_the_certificate_is_kept_with_the_data_and_can_be_pinned(tmp_path: Path) -> None:
    options = ("--smtp-port", "0", "--smtps-port", "0", "--data", str(tmp_path))
    kept = set()
    for _ in range(2):
        with Server(*options) as server:
            context = strict(tmp_path / CERTIFICATE)
            with smtplib.SMTP_SSL("localhost", ports(server)["smtps"], context=context) as client:
                client.login("autosend", SMTP_KEY)
            with smtplib.SMTP("127.0.0.1", ports(server)["smtp"]) as client:
                client.starttls(context=context)
                client.login("autosend", SMTP_KEY)
        kept.add((tmp_path / CERTIFICATE).read_bytes())
    assert len(kept) == 1
    assert b"PRIVATE" not in kept.pop()
    assert (tmp_path / KEY).stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("content", [b"", b"nonsense"])
def test_a_damaged_certificate_is_made_anew(tmp_path: Path, content: bytes) -> None:
    (tmp_path / CERTIFICATE).write_bytes(content)
    (tmp_path / KEY).write_bytes(content)
    with Server("--smtps-port", "0", "--data", str(tmp_path)) as server:
        context = strict(tmp_path / CERTIFICATE)
        with smtplib.SMTP_SSL("localhost", ports(server)["smtps"], context=context) as client:
            assert client.noop()[0] == 250


@pytest.mark.parametrize("damaged", ["", "nonsense", "another"])
def test_a_certificate_whose_key_is_damaged_is_made_anew(tmp_path: Path, damaged: str) -> None:
    tls_context(tmp_path, [])
    before = (tmp_path / CERTIFICATE).read_bytes()
    if damaged == "another":
        (tmp_path / "another").mkdir()
        tls_context(tmp_path / "another", [])
        damaged = (tmp_path / "another" / KEY).read_text()
    (tmp_path / KEY).write_text(damaged)
    tls_context(tmp_path, [])
    assert (tmp_path / CERTIFICATE).read_bytes() != before


LEAVE = b"421 4.3.2 The emulator is ending\r\n"


def rest(client: smtplib.SMTP) -> bytes:
    """Return the bytes that a server still sends before it closes the connection."""
    assert client.sock is not None
    with client.sock.makefile("rb") as said:
        return said.read()


def test_a_server_that_ends_takes_leave_of_connected_clients() -> None:
    with Server("--smtp-port", "0", "--smtps-port", "0") as server:
        doors = Doors(server)
        clients = [smtplib.SMTP("127.0.0.1", doors.ports["smtp"]), doors.starttls(), doors.smtps()]
        server.process.terminate()
        _, complaints = server.process.communicate(timeout=30)
        assert [rest(client) for client in clients] == [LEAVE] * 3
        for client in clients:
            client.close()
        doors.http.close()
    assert complaints == ""


def test_a_mail_that_is_taken_while_the_server_ends_is_replied_to() -> None:
    with Server("--smtp-port", "0") as server:
        doors = Doors(server)
        params = {"sandbox": doors.sandbox["name"]}
        rule = {"provider": "autosend", "delay": "500ms"}
        assert doors.http.post("/_emulator/faults", params=params, json=rule).is_success
        client = doors.starttls()
        client.login("autosend", doors.key)
        client.mail("hello@example.com")
        client.rcpt("ada@example.com")
        assert client.docmd("data")[0] == 354
        client.send(b"Subject: Order 77\r\n\r\nShipped.\r\n.\r\n")
        while not doors.http.get("/_emulator/requests", params=params).json()["requests"]:
            pass
        server.process.terminate()
        assert client.getreply()[0] == 250
        assert rest(client) == LEAVE
        client.close()
        doors.http.close()


def test_a_client_that_says_nothing_for_long_is_told_so(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relaying, "IDLE", 0.01)
    behind = SmtpRelay(emulator.world.directory, {}, enforce_rate_limit=False)
    door = socket.create_server(("127.0.0.1", 0))
    opened = relaying.Relay(behind, {"smtp": door}, tls_context(None, []))
    emulator.awaited(opened.open)
    with socket.create_connection(door.getsockname(), timeout=30) as client, client.makefile("rb") as said:
        assert [line[:9] for line in said] == [b"220 local", b"421 4.4.2"]
    emulator.awaited(opened.close)


@pytest.fixture(scope="module")
def relay() -> Iterator[Server]:
    with Server("--smtp-port", "0", "--smtps-port", "0") as running:
        yield running


@pytest.mark.parametrize("said", [b"", b"EHLO x\r\n", b"EHLO x\r\nQUIT\r\n", b"EHLO"])
@pytest.mark.parametrize("door", ["smtp", "smtps"])
def test_a_client_that_closes_its_own_side_is_let_go(relay: Server, door: str, said: bytes) -> None:
    for _ in range(20):
        with socket.create_connection(("127.0.0.1", ports(relay)[door]), timeout=30) as client:
            client.sendall(said)
            client.shutdown(socket.SHUT_WR)
            while client.recv(4096):
                pass
