"""HTTP on the wire: requests that no client library sends, or not always in the same bytes."""

import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from http.client import HTTPResponse
from urllib.parse import urlsplit

from tests.server import Server


@contextmanager
def connected(server: Server) -> Iterator[socket.socket]:
    address = urlsplit(server.url)
    with socket.create_connection((address.hostname, address.port), timeout=20) as connection:
        yield connection


def head(request_line: str, *headers: str) -> bytes:
    """Return the head of a request to this machine."""
    return "\r\n".join([request_line, "Host: 127.0.0.1", *headers, "", ""]).encode()


def chunked(body: bytes) -> bytes:
    """Return a body in two chunks."""
    half = len(body) // 2
    parts: Iterable[bytes] = (body[:half], body[half:], b"")
    return b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts)


def answer(connection: socket.socket, method: str = "POST") -> HTTPResponse:
    """Read the next response of a connection, with its body."""
    response = HTTPResponse(connection, method=method)
    response.begin()
    response.content = response.read()  # type: ignore[attr-defined]
    return response


def rest(connection: socket.socket) -> bytes:
    """Return the bytes that come until the server closes the connection."""
    parts = []
    while part := connection.recv(65536):
        parts.append(part)
    return b"".join(parts)
