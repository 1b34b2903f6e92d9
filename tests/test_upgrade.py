"""Offers to upgrade the connection, which many clients add to ordinary requests, are ignored."""

import json

import pytest

from tests.raw import answer, chunked, connected, head, rest
from tests.server import Server

pytestmark = pytest.mark.slow

LOGIN = "POST /api/auth/login HTTP/1.1"
BODY = json.dumps({"api_key": "live_emulator000000000000"}).encode()
JSON = "Content-Type: application/json"
LENGTH = f"Content-Length: {len(BODY)}"
OFFERS = [
    ("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAEAAEAAAAIAAAAAAAMAAAAAAAQB"),
    ("Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="),
    ("Connection: upgrade", "Upgrade: TLS/1.0, HTTP/1.1"),
    ("Connection: keep-alive, Upgrade", "Upgrade: anything/7"),
    ("Connection: Upgrade", "Upgrade: a", "Upgrade: b"),
    ("Connection: Upgrade", "Upgrade:"),
    ("Connection: close, Upgrade", "Upgrade: h2c"),
    ("Connection: Upgrade, close", "Upgrade: websocket"),
    ("Connection: Upgrade", "Connection: close", "Upgrade: h2c"),
    ("Upgrade: h2c",),
    ("Connection: Upgrade",),
]


@pytest.mark.parametrize("expects", [(), ("Expect: 100-continue",)], ids=["", "expect"])
@pytest.mark.parametrize("framing", ["length", "chunked"])
@pytest.mark.parametrize("offer", OFFERS, ids=lambda offer: " ".join(offer)[:40])
def test_the_body_of_a_request_with_an_offer_is_read(
    server: Server, offer: tuple[str, ...], framing: str, expects: tuple[str, ...]
) -> None:
    framed = LENGTH if framing == "length" else "Transfer-Encoding: chunked"
    body = BODY if framing == "length" else chunked(BODY)
    with connected(server) as connection:
        connection.sendall(head(LOGIN, JSON, framed, *offer, *expects))
        if expects:
            assert connection.recv(25) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(body)
        response = answer(connection)
    assert response.status == 200, response.content  # type: ignore[attr-defined]
    assert response.getheader("Upgrade") is None


def test_a_connection_goes_on_after_an_offer(server: Server) -> None:
    requests = [head(LOGIN, JSON, LENGTH, *OFFERS[0]) + BODY, head(LOGIN, JSON, LENGTH) + BODY] * 2
    with connected(server) as connection:
        for request in requests:
            connection.sendall(request)
            assert answer(connection).status == 200


def test_offers_in_one_piece_are_read_one_after_the_other(server: Server) -> None:
    request = head("GET /livez HTTP/1.1", *OFFERS[0])
    with connected(server) as connection:
        connection.sendall(request * 500 + head("GET /livez HTTP/1.1", "Connection: close"))
        assert rest(connection).count(b"HTTP/1.1 200 OK") == 501


def test_an_offer_may_come_byte_by_byte(server: Server) -> None:
    with connected(server) as connection:
        for byte in head(LOGIN, JSON, LENGTH, *OFFERS[0]) + BODY:
            connection.sendall(bytes([byte]))
        assert answer(connection).status == 200


def test_the_journal_shows_the_offer(server: Server) -> None:
    with connected(server) as connection:
        connection.sendall(head(LOGIN, JSON, LENGTH, *OFFERS[0]) + BODY)
        answer(connection)
    with server.client() as client:
        entry = client.get("/_emulator/requests").json()["requests"][-1]
    assert entry["request_headers"]["upgrade"] == "h2c"


def test_a_proxy_is_not_what_it_is(server: Server) -> None:
    with connected(server) as connection:
        connection.sendall(head("CONNECT example.com:443 HTTP/1.1"))
        assert answer(connection, "CONNECT").status == 400
