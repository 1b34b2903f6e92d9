"""Bodies above a limit are refused before they are sent or read whole, and clients can read the refusal."""

import socket
from collections.abc import Iterator
from http.client import HTTPConnection
from urllib.parse import urlsplit

import httpx2
import pytest

from tests.raw import answer, rest
from tests.server import Server

pytestmark = pytest.mark.slow

HEAD = (
    "POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer AS_emulator000000000000\r\n"
    "Content-Type: application/json\r\n{framing}\r\n\r\n"
)
MEBIBYTE = 1024 * 1024


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


def connect(server: Server) -> socket.socket:
    address = urlsplit(server.url)
    return socket.create_connection((address.hostname, address.port), timeout=20)


@pytest.mark.parametrize(
    ("path", "refusal"),
    [
        ("/v1/campaigns", b"HTTP/1.1 413"),
        ("/api/campaigns/rcs/send", b"HTTP/1.1 413"),
        ("/api/v1.1/campaigns/get", b'"error":413'),
    ],
)
def test_a_declared_length_is_enough_to_refuse(server: Server, path: str, refusal: bytes) -> None:
    with connect(server) as connection:
        head = HEAD.format(path=path, framing=f"Content-Length: {100 * MEBIBYTE}")
        connection.sendall(head.encode())
        answer = b""
        while refusal not in answer:
            more = connection.recv(4096)
            assert more, answer
            answer += more


def test_a_stream_is_cut_off_at_the_limit(server: Server) -> None:
    chunk = f"{MEBIBYTE:x}\r\n".encode() + b" " * MEBIBYTE + b"\r\n"
    sent = 0
    with connect(server) as connection:
        connection.sendall(HEAD.format(path="/v1/campaigns", framing="Transfer-Encoding: chunked").encode())
        answer = b""
        while not answer and sent < 100:
            connection.settimeout(20)
            connection.sendall(chunk)
            sent += 1
            connection.settimeout(0.05)
            try:
                answer = connection.recv(4096)
            except TimeoutError:
                continue
    assert answer.startswith(b"HTTP/1.1 413")
    assert sent < 30


@pytest.mark.parametrize("framing", [f"Content-Length: {100 * MEBIBYTE}", "Transfer-Encoding: chunked"])
@pytest.mark.parametrize(
    "path", ["/v1/campaigns", "/api/auth/login", "/api/v1.1/campaigns/get", "/_emulator/clock"]
)
def test_a_connection_whose_body_is_not_read_is_said_to_close_and_does(
    server: Server, path: str, framing: str
) -> None:
    with connect(server) as connection:
        connection.sendall(HEAD.format(path=path, framing=framing).encode())
        if "chunked" in framing:
            connection.sendall(f"{41 * MEBIBYTE:x}\r\n".encode() + b" " * 41 * MEBIBYTE)
        refused = answer(connection)
        assert (refused.status, refused.will_close) == (413, True)
        assert "Keep-Alive" not in refused.headers
        assert rest(connection) == b""


def test_the_server_goes_on_after_refusing(server: Server) -> None:
    with httpx2.Client(base_url=server.url) as client:
        big = client.post(
            "/v1/campaigns",
            content=b" " * (11 * MEBIBYTE),
            headers={"Authorization": "Bearer AS_emulator000000000000", "Content-Type": "application/json"},
        )
        assert big.status_code == 413
        assert client.get("/livez").text == "ok"


@pytest.mark.parametrize("headers", [{}, {"Connection": "close"}], ids=["", "close"])
@pytest.mark.parametrize("framing", ["length", "chunked"])
@pytest.mark.parametrize("path", ["/v1/campaigns", "/api/auth/login", "/_emulator/clock"])
def test_a_client_that_sends_everything_first_reads_the_refusal(
    server: Server, path: str, framing: str, headers: dict[str, str]
) -> None:
    """Many clients, such as Python's urllib, read no response before they have sent their request."""
    client = HTTPConnection(server.url.removeprefix("http://"), timeout=60)
    pieces = [b" " * MEBIBYTE] * 40
    body = b"".join(pieces) if framing == "length" else pieces
    headers = headers | {
        "Content-Type": "application/json",
        "Authorization": "Bearer AS_emulator000000000000",
    }
    client.request("POST", path, body, headers, encode_chunked=framing == "chunked")
    assert client.getresponse().status == 413
    client.close()


def test_a_client_that_sends_a_large_head_first_reads_the_refusal(server: Server) -> None:
    with connect(server) as connection:
        connection.sendall(
            b"GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\nX: " + b"x" * 5 * MEBIBYTE + b"\r\n\r\n"
        )
        assert answer(connection, "GET").status == 431


@pytest.mark.parametrize(("count", "status"), [(5000, 204), (5001, 422)])
@pytest.mark.parametrize("name", ["contact_ids[]", "contact_ids%5B%5D"])
def test_thousands_of_ids_stand_in_a_query(server: Server, name: str, count: int, status: int) -> None:
    query = "&".join(f"{name}={999_000_000 + number}" for number in range(count))
    client = HTTPConnection(urlsplit(server.url).netloc, timeout=20)
    headers = {"Authorization": "Bearer live_emulator000000000000"}
    client.request("POST", f"/api/contacts/delete?{query}", headers=headers)
    assert client.getresponse().status == status
    client.close()
