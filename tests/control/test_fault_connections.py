"""The effects of fault rules on connections, with a server as a user starts it and clients with sockets."""

import errno
import http.client
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing
from time import monotonic, sleep  # noqa: TID251 -- a client's connection
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest

from tests.server import Server

pytestmark = pytest.mark.slow

KEY = {"Authorization": "Bearer AS_emulator000000000000"}
SENDING = "/v1/campaigns/60d5ec49f1b2c72d9c8b4567"


class Site:
    """A server on a frozen clock, and a client that steers it."""

    def __init__(self, server: Server, steering: httpx2.Client, open_ones: ExitStack) -> None:
        self.server = server
        self.steering = steering
        self._open_ones = open_ones

    def add(self, **rule: Any) -> None:
        answer = self.steering.post("/_emulator/faults", json={"provider": "autosend"} | rule)
        assert answer.status_code == 201, answer.text

    def connect(self, timeout: float = 30) -> http.client.HTTPConnection:
        connection = http.client.HTTPConnection(urlsplit(self.server.url).netloc, timeout=timeout)
        return self._open_ones.enter_context(closing(connection))

    def asked(self, method: str = "GET", path: str = SENDING) -> http.client.HTTPResponse:
        connection = self.connect()
        connection.request(method, path, headers=KEY)
        return self._open_ones.enter_context(connection.getresponse())

    def ask_for(self, timeout: float) -> None:
        """Send a request, and give up after some seconds. Raises TimeoutError."""
        connection = self.connect(timeout)
        connection.request("GET", SENDING, headers=KEY)
        with closing(connection):
            connection.getresponse().read()

    def status(self) -> Any:
        """Return the status of the campaign that is being sent, past all rules."""
        self.steering.delete("/_emulator/faults")
        return self.steering.get(SENDING, headers=KEY).json()["data"]["status"]

    def last(self) -> Any:
        return self.steering.get("/_emulator/requests").json()["requests"][-1]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server("--clock", "frozen") as server:
        yield server
        server.process.terminate()
        _, log = server.process.communicate(timeout=30)
    assert log == "", "injected faults are no errors of the server"


@pytest.fixture
def site(server: Server) -> Iterator[Site]:
    with server.client() as steering, ExitStack() as open_ones:
        assert steering.post("/_emulator/reset").status_code == 200
        yield Site(server, steering, open_ones)


@pytest.mark.parametrize("executed", [False, True])
def test_a_reset_is_one_whether_the_work_is_done_or_not(site: Site, *, executed: bool) -> None:
    site.add(reset=True, executed=executed)
    with pytest.raises(ConnectionResetError) as caught:
        site.asked("POST", f"{SENDING}/abort")
    assert caught.value.errno == errno.ECONNRESET
    assert (site.last()["status"], site.last()["answer_headers"]) == (0, {})
    assert site.status() == ("aborted" if executed else "sending")


def test_a_request_without_an_answer_is_found_by_its_status(site: Site) -> None:
    site.asked()
    site.add(reset=True)
    with pytest.raises(ConnectionResetError):
        site.asked("POST", f"{SENDING}/abort")
    listed = site.steering.get("/_emulator/requests", params={"status": 0}).json()["requests"]
    assert [entry["path"] for entry in listed] == [f"{SENDING}/abort"]
    verdict = site.steering.post("/_emulator/requests/verify", json={"match": {"status": 0}, "exactly": 1})
    assert verdict.json()["matched"] == listed
    waited = site.steering.post("/_emulator/wait", json={"request": {"status": 0}, "timeout": "0s"})
    assert waited.json()["matched"] == listed


@pytest.mark.parametrize("wanted", [True, 0, 7])
def test_a_truncated_body_ends_before_its_length(site: Site, *, wanted: bool | int) -> None:
    whole = site.asked().read()
    site.add(truncate=wanted)
    answer = site.asked("POST", f"{SENDING}/abort")
    expected = int(answer.headers["content-length"])
    with pytest.raises(http.client.IncompleteRead) as caught:
        answer.read()
    assert len(caught.value.partial) == (expected // 2 if wanted is True else wanted)
    assert whole.startswith(caught.value.partial[:7])
    assert site.status() == "aborted"


def test_a_slow_body_arrives_in_pieces(site: Site) -> None:
    whole = site.asked().read()
    site.add(slow_body="200ms")
    answer = site.asked()
    started, pieces = monotonic(), []
    while piece := answer.read1():
        pieces.append(piece)
    assert b"".join(pieces) == whole
    assert len(pieces) > 1  # how many it reads at a time is the client's machine's business
    assert monotonic() - started >= 0.15


def test_a_delay_takes_its_time(site: Site) -> None:
    site.add(delay="50ms", status=503)
    started = monotonic()
    assert site.asked().status == 503
    assert monotonic() - started >= 0.05


def test_nobody_else_waits_for_a_delayed_answer(site: Site) -> None:
    site.add(operation="POST /v1/campaigns/{campaignId}/abort", delay="1s", status=503)
    slow = threading.Thread(target=site.asked, args=("POST", f"{SENDING}/abort"))
    slow.start()
    assert site.asked().status == 200
    assert slow.is_alive()
    slow.join()


@pytest.mark.parametrize("executed", [False, True])
def test_a_client_that_gave_up_finds_the_work_done(site: Site, *, executed: bool) -> None:
    site.add(operation="POST /v1/campaigns/{campaignId}/abort", delay="500ms", executed=executed)
    connection = site.connect(timeout=0.05)
    connection.request("POST", f"{SENDING}/abort", headers=KEY)
    with pytest.raises(TimeoutError):
        connection.getresponse()
    connection.close()
    seen = [site.status()]
    while seen[-1] != "aborted":
        seen.append(site.status())
    assert seen[0] == ("aborted" if executed else "sending")


@pytest.mark.parametrize("rule", [{"delay": "1s"}, {"delay": "1s", "reset": True}])
def test_a_request_counts_before_its_answer_has_left(site: Site, rule: dict[str, Any]) -> None:
    """A client that gives up sees a timeout, and its test asks at once what was received."""
    site.add(**rule, times=1)
    with pytest.raises(TimeoutError):
        site.ask_for(0.2)
    wanted = {"match": {"method": "GET", "path": SENDING}, "exactly": 1}
    assert site.steering.post("/_emulator/requests/verify", json=wanted).json()["passed"]
    early = site.last()
    assert (early["number"], early["status"], early["faults"]) == (1, None, [1])
    assert site.asked().status == 200
    while (late := site.steering.get("/_emulator/requests/1").json())["status"] is None:
        pass
    assert late == early | {name: late[name] for name in ("status", "answer_headers", "answer_body")}
    assert late["status"] == (0 if "reset" in rule else 200)
    assert site.last()["number"] == 2


def test_waiting_for_a_status_goes_on_until_the_answer_has_it(site: Site) -> None:
    site.add(delay="300ms", status=503, times=1)
    with pytest.raises(TimeoutError):
        site.ask_for(0.05)
    wanted = {"request": {"path": SENDING, "status": 503}, "timeout": "1m"}
    waited = site.steering.post("/_emulator/wait", json=wanted).json()
    assert [entry["status"] for entry in waited["matched"]] == [503]


def test_a_request_that_was_forgotten_under_way_stays_forgotten(site: Site) -> None:
    site.add(delay="300ms", times=1)
    with pytest.raises(TimeoutError):
        site.ask_for(0.05)
    assert site.steering.delete("/_emulator/requests").status_code == 204
    sleep(0.5)
    assert site.steering.get("/_emulator/requests").json()["total"] == 0


@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_what_a_reset_or_a_deletion_overtook_is_done_no_more(site: Site, method: str) -> None:
    """A delayed request belongs to the previous test: it must not change the sandbox of the next test."""
    made = site.steering.post("/_emulator/sandboxes", json={"name": "passing"}).json()
    key = {"Authorization": f"Bearer {made['environment']['AUTOSEND_API_KEY']}"}
    rule = {"provider": "autosend", "delay": "500ms"}
    site.steering.post("/_emulator/faults?sandbox=passing", json=rule)
    connection = site.connect()
    connection.request("POST", f"{SENDING}/abort", headers=key)
    while site.steering.get("/_emulator/faults?sandbox=passing").json()["faults"][0]["hits"] == 0:
        pass
    place = "/_emulator/reset?sandbox=passing" if method == "POST" else "/_emulator/sandboxes/passing"
    assert site.steering.request(method, place).status_code in {200, 204}
    with pytest.raises(ConnectionResetError):
        connection.getresponse()
    if method == "DELETE":
        made = site.steering.post("/_emulator/sandboxes", json={"name": "passing"}).json()
        key = {"Authorization": f"Bearer {made['environment']['AUTOSEND_API_KEY']}"}
    assert site.steering.get("/_emulator/requests?sandbox=passing").json()["total"] == 0
    assert site.steering.get(SENDING, headers=key).json()["data"]["status"] == "sending"
    assert site.steering.delete("/_emulator/sandboxes/passing").status_code == 204


def test_of_a_slow_body_that_nobody_waits_for_the_journal_has_what_was_sent(site: Site) -> None:
    whole = site.asked().read()
    site.add(slow_body="2s", times=1)
    connection = site.connect()
    connection.request("GET", SENDING, headers=KEY)
    first = connection.getresponse().read1()
    assert site.last()["status"] is None
    connection.close()
    while site.last()["status"] is None:
        pass
    kept = site.last()["answer_body"].encode()
    assert whole.startswith(kept)
    assert len(first) <= len(kept) < len(whole)


@pytest.mark.parametrize("code", [101, 102, 103, 199])
def test_after_a_status_below_200_nothing_follows(site: Site, code: int) -> None:
    site.add(status=code)
    answer = site.asked()
    assert (answer.status, answer.read(), answer.will_close) == (code, b"", True)


@pytest.mark.parametrize("code", [200, 204, 205, 301, 304, 418, 500, 599])
def test_after_any_other_status_the_connection_can_be_used_on(site: Site, code: int) -> None:
    site.add(status=code, times=1)
    connection = site.connect()
    for expected in (code, 200):
        connection.request("GET", SENDING, headers=KEY)
        answer = connection.getresponse()
        assert answer.status == expected
        answer.read()


@pytest.mark.parametrize("rule", [{"reset": True}, {"truncate": True}])
def test_requests_that_wait_on_a_lost_connection_are_lost_with_it(site: Site, rule: dict[str, Any]) -> None:
    site.add(**rule, times=1)
    connection = site.connect()
    connection.connect()
    head = f"GET {SENDING} HTTP/1.1\r\nHost: localhost\r\nAuthorization: {KEY['Authorization']}\r\n\r\n"
    connection.sock.sendall(head.encode() * 2)
    received = bytearray()
    try:
        while part := connection.sock.recv(65536):
            received += part
    except ConnectionResetError:
        pass
    assert received.count(b"HTTP/1.1 200") == (0 if "reset" in rule else 1)
    assert site.asked().status == 200


def test_a_rate_limit_of_a_rule_takes_the_place_of_the_enforced_one() -> None:
    with (
        Server("--clock", "frozen", EMULATOR_AUTOSEND_RATE_LIMIT="true") as server,
        server.client() as client,
    ):
        rule = {"provider": "autosend", "rate_limit": {"requests": 4, "per": "1s"}}
        assert client.post("/_emulator/faults", json=rule).status_code == 201
        codes = [client.get(SENDING, headers=KEY).status_code for _ in range(5)]
        assert codes == [200, 200, 200, 200, 429]
        client.delete("/_emulator/faults")
        assert client.get(SENDING, headers=KEY).status_code == 429


def test_a_server_that_ends_lets_go_of_those_who_wait() -> None:
    with Server("--clock", "frozen") as server, server.client() as client:
        client.post("/_emulator/faults", json={"provider": "autosend", "delay": "1m"})
        with pytest.raises(httpx2.ReadTimeout):
            client.get(SENDING, headers=KEY, timeout=0.2)
        server.process.terminate()
        _, log = server.process.communicate(timeout=30)
    assert "Traceback" not in log


def test_headers_of_a_rule_take_the_place_of_the_servers_own(site: Site) -> None:
    said = {"Date": "Sun, 15 Mar 2026 14:30:00 GMT", "Keep-Alive": "timeout=1"}
    site.add(status=503, headers=said)
    headers = site.asked().headers
    assert {name: headers.get_all(name) for name in said} == {name: [value] for name, value in said.items()}
