"""`--tls-port`: the same server, for clients that insist on https."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack, redirect_stdout
from io import StringIO
from pathlib import Path

import httpx2
import pytest

from emulator.server.certificate import CERTIFICATE
from tests.raw import head
from tests.server import Server, run, run_alone

pytestmark = pytest.mark.slow

KEY = {"Authorization": "Bearer AS_emulator000000000000"}


def secure_url(server: Server) -> str:
    line = next(line for line in server.output if line.startswith("the same over TLS: "))
    return line.split()[-1]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def server(data: Path) -> Iterator[Server]:
    with Server("--tls-port", "0", "--clock", "frozen", "--data", str(data)) as running:
        yield running


@pytest.fixture
def secure(server: Server, data: Path) -> Iterator[httpx2.Client]:
    context = ssl.create_default_context(cafile=data / CERTIFICATE)
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    with httpx2.Client(base_url=secure_url(server), verify=context, timeout=30) as client:
        yield client


def test_both_ports_have_the_same_state(server: Server, secure: httpx2.Client) -> None:
    made = secure.post("/v1/contacts", json={"email": "tls@example.com"}, headers=KEY)
    assert made.status_code < 300, made.text
    with server.client(headers=KEY) as plain:
        assert plain.get("/_emulator/requests").json()["requests"][-1]["path"] == "/v1/contacts"


def test_addresses_have_the_scheme_of_the_request(secure: httpx2.Client) -> None:
    access = secure.get("/_emulator/sandboxes/default").json()["access"]
    assert access["autosend"]["base_url"] == f"{secure.base_url}".rstrip("/") + "/v1"


def test_a_refusal_can_be_read_while_the_body_is_sent(secure: httpx2.Client) -> None:
    headers = KEY | {"Content-Type": "application/json", "Connection": "close"}
    big = secure.post("/v1/campaigns", content=b" " * 20_000_000, headers=headers)
    assert big.status_code == 413


def test_effects_reach_connections_with_tls(secure: httpx2.Client) -> None:
    rule = {"provider": "autosend", "reset": True, "times": 1}
    assert secure.post("/_emulator/faults", json=rule).status_code == 201
    with pytest.raises(httpx2.TransportError):
        secure.get("/v1/campaigns", headers=KEY)
    assert secure.get("/livez").text == "ok"


def test_a_client_that_does_not_trust_the_certificate_is_told_how_to(server: Server, data: Path) -> None:
    url = secure_url(server)
    for command in ("reset", "readyz"):
        refused = run(command, "--url", url)
        assert refused.returncode == 1
        assert f"The certificate of {url} is not trusted (self-signed certificate)" in refused.stderr
        assert "No emulator answers" not in refused.stderr
    for wanted in ("SSL_CERT_FILE", CERTIFICATE, "ssl.get_server_certificate(('127.0.0.1', "):
        assert wanted in refused.stderr
    trusted = run_alone("readyz", "--url", url, SSL_CERT_FILE=str(data / CERTIFICATE))
    assert (trusted.returncode, trusted.stdout) == (0, "ok\n")


def test_a_certificate_that_no_folder_keeps_can_be_had_from_the_server(tmp_path: Path) -> None:
    with Server("--tls-port", "0") as server:
        url = secure_url(server)
        advice = run("readyz", "--url", url).stderr
        program = advice[advice.index("import ssl") : advice.rindex('"')]
        file = tmp_path / "certificate.pem"
        with redirect_stdout(StringIO()) as said:
            exec(program, {})  # noqa: S102 -- what it advises
        file.write_text(said.getvalue())
        assert run_alone("readyz", "--url", url, SSL_CERT_FILE=str(file)).returncode == 0


def test_a_taken_port_is_named_with_its_option(server: Server) -> None:
    refused = run_alone("serve", "--port", "0", "--tls-port", secure_url(server).rpartition(":")[2])
    assert refused.returncode == 1
    assert "--tls-port" in refused.stderr


def test_a_client_that_closes_nothing_does_not_delay_the_end() -> None:
    untrusting = ssl.create_default_context()
    untrusting.check_hostname, untrusting.verify_mode = False, ssl.CERT_NONE
    half = head("POST /v1/campaigns HTTP/1.1", "Content-Type: application/json", "Content-Length: 9")
    with Server("--tls-port", "0") as server, ExitStack() as stack:
        port = int(secure_url(server).rpartition(":")[2])
        for sent in (half + b"{", half[:20], head("GET /livez HTTP/1.1"), b""):
            plain = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=20))
            connection = stack.enter_context(untrusting.wrap_socket(plain))
            connection.sendall(sent)
        with server.client() as client:
            assert client.get("/livez").text == "ok"
        server.process.terminate()
        assert server.process.communicate(timeout=30) == ("", "")
