"""What health checks and simple clients send, byte for byte, to a started server."""

from email.utils import parsedate_to_datetime

import pytest

from emulator.engine.clock import from_datetime, machine_millis
from tests.raw import answer, connected, head
from tests.server import Server

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("version", ["HTTP/1.0", "HTTP/1.1"])
@pytest.mark.parametrize(
    ("path", "status"), [("/livez", 200), ("/readyz", 200), ("/", 403), ("/v1/campaigns", 403)]
)
def test_only_health_checks_do_without_a_host(server: Server, path: str, status: int, version: str) -> None:
    with connected(server) as connection:
        connection.sendall(f"GET {path} {version}\r\n\r\n".encode())
        assert answer(connection, "GET").status == status


@pytest.mark.parametrize(
    "sent",
    [
        head("GET /livez HTTP/1.1"),
        head("HEAD / HTTP/1.1"),
        head("GET /v1/nothing HTTP/1.1"),
        head("POST /v1/campaigns HTTP/1.1", "Content-Length: 99999999"),
        b"GET /livez HTTP/1.0\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"no HTTP\r\n\r\n",
        head("GET /livez HTTP/1.1", "X: " + "x" * 70_000),
    ],
    ids=lambda sent: sent[:40].decode().partition("\r")[0],
)
def test_every_answer_has_the_machines_date(server: Server, sent: bytes) -> None:
    with connected(server) as connection:
        connection.sendall(sent)
        dates = answer(connection, sent.split()[0].decode()).headers.get_all("Date", [])
    assert len(dates) == 1
    assert abs(from_datetime(parsedate_to_datetime(dates[0])) - machine_millis()) < 60_000


def test_the_head_of_a_stream_leaves_the_connection_open(server: Server) -> None:
    with connected(server) as connection:
        for request in (head("HEAD /_emulator/feed HTTP/1.1"), head("HEAD /docs HTTP/1.1")) * 2:
            connection.sendall(request)
            assert answer(connection, "HEAD").status == 200
