"""The emulator sends nothing to itself: a webhook to its control plane could reset another's sandbox."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import closing
from ipaddress import ip_address
from typing import Any

import httpx2
import pytest

from emulator.server.serving import listen
from emulator.webhooks.addresses import DEFAULT_PORTS, OwnAddressError, check_url
from emulator.webhooks.doors import is_own
from emulator.webhooks.outbound import Outbound, Outgoing
from tests.receiver import receiving
from tests.server import Server

pytestmark = pytest.mark.slow

TOKEN = "of-the-control-plane"
CONTROL = {"Authorization": f"Bearer {TOKEN}"}
PHONE = {"number": "380670001000", "reference_id": "order42"}

ANYWHERE = "0.0.0.0"  # noqa: S104 -- the emulator is asked to listen there

EVIDENT = [
    "127.0.0.1",
    "localhost",
    "LOCALHOST.",
    "app.localhost",
    "127.1",
    "2130706433",
    "0x7f.0.0.1",
    ANYWHERE,
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "127。0。0。1",
]
"""Hosts that are this machine, evidently and without a name server."""


@pytest.fixture(scope="module", params=["127.0.0.1", ANYWHERE])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    with Server("--host", request.param, "--clock", "frozen", EMULATOR_CONTROL_TOKEN=TOKEN) as running:
        yield running


@pytest.fixture
def http(server: Server) -> Iterator[httpx2.Client]:
    with server.client(headers=CONTROL) as client:
        assert client.post("/_emulator/reset").status_code == 200
        yield client


def own(server: Server, host: str) -> str:
    return f"http://{host}:{server.url.rpartition(':')[2]}/_emulator/reset"


def send(http: httpx2.Client, url: str) -> httpx2.Response:
    made = http.get("/_emulator/sandboxes/default").json()["environment"]
    body = {"phone": PHONE, "sender": "my_agent", "options": {"text": "Hi"}, "callback_url": url}
    key = {"Authorization": f"Bearer {made['RCS_API_KEY']}"}
    return http.post("/api/messages/rcs/send", json=body, headers=key)


def attempt(http: httpx2.Client) -> Any:
    assert http.post("/_emulator/clock", json={"advance": "1s"}).status_code == 200
    return http.get("/_emulator/webhooks/deliveries?provider=rcs").json()["deliveries"][0]["attempts"][0]


@pytest.mark.parametrize("host", EVIDENT)
def test_rcs_refuses_a_callback_to_the_emulator(server: Server, http: httpx2.Client, host: str) -> None:
    answer = send(http, own(server, host))
    assert answer.status_code == 422
    problem = "This value should not be the address of the emulator itself."
    assert answer.json()["errors"] == {"callback_url": [problem]}


@pytest.mark.parametrize("host", EVIDENT)
def test_autosend_refuses_a_webhook_to_the_emulator(server: Server, http: httpx2.Client, host: str) -> None:
    made = http.get("/_emulator/sandboxes/default").json()["environment"]
    key = {"Authorization": f"Bearer {made['AUTOSEND_API_KEY']}"}
    body = {"url": own(server, host), "events": ["email.sent"]}
    answer = http.post("/v1/webhooks", json=body, headers=key)
    assert answer.status_code == 400
    assert answer.json()["error"] == {
        "code": "VALIDATION_ERROR",
        "message": "The webhook URL must not be an address of the emulator itself",
    }


@pytest.mark.parametrize("host", EVIDENT)
def test_the_control_plane_refuses_a_target_at_itself(server: Server, http: httpx2.Client, host: str) -> None:
    body = {"provider": "altcraft", "url": own(server, host)}
    answer = http.post("/_emulator/webhooks/targets", json=body)
    assert answer.status_code == 422
    assert "must not be an address of the emulator itself" in answer.text


def test_a_redirect_to_the_emulator_is_not_followed(server: Server, http: httpx2.Client) -> None:
    with receiving() as receiver:
        receiver.answers = [(307, {"Location": own(server, "127.0.0.1")}, b"")]
        assert send(http, receiver.url).status_code == 200
        assert attempt(http)["status"] == 307
    found = http.get("/_emulator/messages", params={"recipient": PHONE["number"]})
    assert found.json()["total"] == 1


def test_receivers_on_this_machine_are_reached(server: Server, http: httpx2.Client) -> None:
    with receiving() as receiver:
        assert send(http, receiver.url.replace("127.0.0.1", "localhost")).status_code == 200
        assert attempt(http)["status"] == 200


@pytest.mark.parametrize(
    ("bound", "address", "found"),
    [
        ("127.0.0.1", "127.0.0.1", True),
        ("127.0.0.1", "::ffff:127.0.0.1", True),
        ("127.0.0.1", ANYWHERE, True),
        ("127.0.0.1", "::", True),
        ("127.0.0.1", "127.0.0.2", False),
        ("127.0.0.1", "::1", False),
        ("127.0.0.1", "192.0.2.1", False),
        (ANYWHERE, "127.0.0.2", True),
        (ANYWHERE, "192.0.2.1", False),
    ],
)
def test_an_address_is_the_emulators_where_a_connection_would_reach_it(
    bound: str,
    address: str,
    found: bool,  # noqa: FBT001 -- a case of the table
) -> None:
    with closing(listen(bound, 0)) as listener:
        port = listener.getsockname()[1]
        assert is_own(ip_address(address), port) is found
        assert not is_own(ip_address(address), port + 1)
    assert not is_own(ip_address(address), port)


def test_the_port_of_a_scheme_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(listen("127.0.0.1", 0)) as listener:
        monkeypatch.setitem(DEFAULT_PORTS, "http", listener.getsockname()[1])
        with pytest.raises(OwnAddressError):
            check_url("http://localhost/")


def test_a_name_that_leads_to_the_emulator_is_found_at_the_delivery(monkeypatch: pytest.MonkeyPatch) -> None:
    def getaddrinfo(host: str, *_: object, **asked: object) -> list[Any]:
        if asked.get("flags"):
            raise socket.gaierror
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 0))]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    with closing(listen("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        request = Outgoing("POST", f"http://shop.example:{port}/", {}, b"", 10)
        answer = asyncio.run(Outbound(["shop.example"]).send(request))
    assert answer.error == f"shop.example:{port} is the emulator itself, which sends nothing to itself"
