"""`emulator serve` and `emulator readyz`, as a user runs them."""

import shutil
import signal
from contextlib import ExitStack
from pathlib import Path

import pytest

from emulator.settings import shipped_fixtures
from tests.raw import connected, head, rest
from tests.server import CommandedServer, run, run_alone

pytestmark = pytest.mark.slow

KEY = {"Authorization": "Bearer AS_emulator000000000000"}
CAMPAIGN = "/v1/campaigns/60d5ec49f1b2c72d9c8b4567"


def test_it_says_where_it_can_be_reached_and_is_ready() -> None:
    with CommandedServer() as server, server.client() as client:
        assert client.get("/livez").text == "ok"
        assert client.get("/readyz").text == "ok"
        assert run("readyz", "--url", server.url).returncode == 0


def test_readyz_fails_while_nothing_is_there() -> None:
    answer = run("readyz", "--url", "http://127.0.0.1:9")
    assert answer.returncode == 1
    assert "not ready at http://127.0.0.1:9" in answer.stderr


def test_every_option_is_also_a_name_in_the_environment() -> None:
    with CommandedServer(EMULATOR_CLOCK="frozen", EMULATOR_SEED="3") as server, server.client() as client:
        assert client.get("/_emulator/clock").json()["mode"] == "frozen"


def test_an_option_wins_over_the_environment() -> None:
    with CommandedServer("--clock", "frozen", EMULATOR_CLOCK="10") as server, server.client() as client:
        assert client.get("/_emulator/clock").json()["mode"] == "frozen"


@pytest.mark.parametrize(
    ("arguments", "environment", "named"),
    [
        ((), {"EMULATOR_COLOUR": "red"}, "EMULATOR_COLOUR"),
        ((), {"EMULATOR_FIXTURE": "demo"}, "EMULATOR_FIXTURE (did you mean EMULATOR_FIXTURES?)"),
        (("--clock", "backwards"), {}, "clock"),
        (("--port", "70000"), {}, "port"),
        ((), {"EMULATOR_SEED": "many"}, "seed"),
        (("--fixtures", "/nowhere"), {}, "/nowhere"),
        (("--fixtures", "emtpy"), {}, "emtpy: is neither a folder nor one of demo, empty"),
        (("--seed", str(2**63)), {}, "seed"),
    ],
)
def test_a_wrong_setting_is_refused_by_name(
    arguments: tuple[str, ...], environment: dict[str, str], named: str
) -> None:
    answer = run("serve", *arguments, **environment)
    assert answer.returncode == 2
    assert named in answer.stderr


@pytest.mark.parametrize(
    ("right", "wrong", "complaint"),
    [
        ("pace: 100 ", "pace: fast ", "projects.0.pace"),
        ("organization:", "organisation:", "organisation: is not a field here; did you mean organization"),
        ("projects:\n", "projects: [\n", "is not YAML"),
        ("released: 1h", "released: soon", "released: must be a number and a unit"),
        ("template: A-0f1e2d3c4b5a69788796", "template: A-00000000000000000000", "template"),
        ("aborted: 4h", "aborted: 6h", "can be paused or aborted only after it was released"),
        ("daily: 3", "daily: -3", "daily"),
        ("created: 2026-03-01T10:00:00Z", "created: 1900-03-01T10:00:00Z", "created: 1900"),
        ("organization:", "deep: " + "[" * 100_000 + "\norganization:", "is nested deeper than"),
    ],
)
def test_a_wrong_fixture_file_stops_the_start_with_file_place_and_reason(
    tmp_path: Path, right: str, wrong: str, complaint: str
) -> None:
    shutil.copytree(shipped_fixtures() / "demo", tmp_path / "fixtures")
    file = tmp_path / "fixtures" / "autosend" / "account.yaml"
    assert right in file.read_text()
    file.write_text(file.read_text().replace(right, wrong))
    answer = run("serve", "--fixtures", str(tmp_path / "fixtures"))
    assert answer.returncode == 2
    assert str(file) in answer.stderr
    assert complaint in answer.stderr


@pytest.mark.parametrize(
    ("right", "wrong", "complaint"),
    [
        (
            "66a0c1d2e3f4a5b6c7d80002\n",
            "66a0c1d2e3f4a5b6c7d80001\n",
            ":129: projects.0.campaigns.2.id: another one has the same id: 66a0c1d2e3f4a5b6c7d80001",
        ),
        (
            "account_keys: [ASA_emulator000000000000]",
            "account_keys: [AS_emulator000000000000]",
            ":24: projects.0.keys.0: the same key is there before",
        ),
    ],
)
def test_fixtures_that_contradict_themselves_stop_the_start(
    tmp_path: Path, right: str, wrong: str, complaint: str
) -> None:
    shutil.copytree(shipped_fixtures() / "demo", tmp_path / "fixtures")
    file = tmp_path / "fixtures" / "autosend" / "account.yaml"
    assert right in file.read_text()
    file.write_text(file.read_text().replace(right, wrong))
    answer = run("serve", "--fixtures", str(tmp_path / "fixtures"))
    assert answer.returncode == 2
    assert answer.stderr == f"emulator: {file}{complaint}\n"


def test_a_taken_port_is_named() -> None:
    with CommandedServer() as server:
        port = server.url.rpartition(":")[2]
        answer = run_alone("serve", "--port", port)
    assert answer.returncode == 1
    assert port in answer.stderr


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGKILL])
def test_with_data_the_state_survives(tmp_path: Path, ending: signal.Signals) -> None:
    options = ("--data", str(tmp_path / "state"), "--clock", "frozen")
    with CommandedServer(*options) as server, server.client(headers=KEY) as client:
        assert client.post(f"{CAMPAIGN}/abort").status_code == 200
        client.post("/_emulator/clock", json={"advance": "3d"})
        server.process.send_signal(ending)
        server.process.wait(timeout=30)
    with CommandedServer(*options) as server, server.client(headers=KEY) as client:
        assert client.get(CAMPAIGN).json()["data"]["status"] == "aborted"
        assert client.get("/_emulator/clock").json()["now"] == "2026-03-18T14:30:00.000Z"


def test_without_data_every_start_is_fresh() -> None:
    for _ in range(2):
        with CommandedServer("--clock", "frozen") as server, server.client(headers=KEY) as client:
            assert client.post(f"{CAMPAIGN}/abort").status_code == 200


def test_two_servers_do_not_share_a_data_folder(tmp_path: Path) -> None:
    with CommandedServer("--data", str(tmp_path)):
        answer = run_alone("serve", "--port", "0", "--data", str(tmp_path))
    assert answer.returncode == 2
    assert "locked" in answer.stderr


def test_beyond_loopback_the_control_plane_wants_its_token() -> None:
    with CommandedServer("--host", "0.0.0.0", EMULATOR_CONTROL_TOKEN="open sesame") as server:  # noqa: S104 -- what it printed -- the point
        server.url = server.url.replace("0.0.0.0", "127.0.0.1")  # noqa: S104 -- what it printed
        with server.client() as client:
            assert client.post("/_emulator/reset").status_code == 401
            wrong = client.post("/_emulator/reset", headers={"Authorization": "Bearer sesame"})
            assert wrong.status_code == 401
            right = client.post("/_emulator/reset", headers={"Authorization": "Bearer open sesame"})
            assert right.status_code == 200
            assert client.get(CAMPAIGN, headers=KEY).status_code == 200


@pytest.mark.parametrize("environment", [{}, {"EMULATOR_CONTROL_TOKEN": ""}])
def test_a_token_that_was_not_chosen_is_made_up_and_printed(environment: dict[str, str]) -> None:
    with CommandedServer("--host", "0.0.0.0", **environment) as server:  # noqa: S104 -- what it printed -- the point
        assert server.output[0].startswith("control plane token: ")


def test_real_time_passes_by_itself() -> None:
    with CommandedServer("--clock", "100000") as server, server.client(headers=KEY) as client:
        while (campaign := client.get(CAMPAIGN).json()["data"])["status"] == "sending":
            assert client.get("/_emulator/clock").json()["mode"] == "speed"
        assert campaign["status"] == "sent"
        assert campaign["metrics"]["sent"] == 49


def test_it_ends_quietly_with_half_read_requests() -> None:
    json = ("Content-Type: application/json", f"Authorization: {KEY['Authorization']}")
    file = "Content-Type: application/octet-stream"
    half = [
        b"POST /v1/campaigns HTTP/1.1\r\nHost: 127",
        head("POST /v1/campaigns HTTP/1.1", "Content-Length: 9", *json) + b"{",
        head("POST /v1/campaigns HTTP/1.1", "Transfer-Encoding: chunked", *json) + b"9\r\n{",
        head("POST /v1/campaigns HTTP/1.1", "Content-Length: 9", "Expect: 100-continue", *json),
        head("POST /_emulator/clock HTTP/1.1", "Content-Length: 9", *json) + b"{",
        head("PUT /_emulator/snapshots/a HTTP/1.1", "Content-Length: 9", file) + b"a",
    ]
    with CommandedServer() as server, ExitStack() as stack:
        connections = [stack.enter_context(connected(server)) for _ in half]
        for connection, sent in zip(connections, half, strict=True):
            connection.sendall(sent)
        with server.client() as client:
            assert client.get("/livez").text == "ok"
        server.process.terminate()
        for connection in connections:
            assert b"500" not in rest(connection)
        assert server.process.communicate(timeout=30) == ("", "")


def test_an_interrupt_ends_with_130_what_inherited_it_as_ignored() -> None:
    was = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        server = CommandedServer()
    finally:
        signal.signal(signal.SIGINT, was)
    with server:
        server.process.send_signal(signal.SIGINT)
        assert server.process.wait(timeout=30) == 130


def test_a_second_interrupt_ends_it_without_a_traceback(tmp_path: Path) -> None:
    with (
        CommandedServer("--data", str(tmp_path)) as server,
        connected(server) as connection,
        connected(server) as idle,
    ):
        connection.sendall(head("POST /_emulator/reset HTTP/1.1", "Content-Length: 9"))
        with server.client() as client:
            assert client.get("/livez").text == "ok"
        server.process.send_signal(signal.SIGINT)
        assert idle.recv(1) == b""  # it closes what is idle when it begins to end
        server.process.send_signal(signal.SIGINT)
        assert server.process.wait(timeout=30) == 130
        assert server.process.stderr is not None
        assert server.process.stderr.read() == ""
    assert not list(tmp_path.glob("*-wal"))


STUCK = """
from threading import Event
from emulator.cli import main
from emulator.control import docs
from emulator.storage.drafts import temporary

def stuck(file):
    file.write_bytes(b"half")
    print("begun", flush=True)
    Event().wait()

docs.provider_document = lambda _: temporary(stuck)
main()
"""


class StuckServer(CommandedServer):
    """A server that makes the OpenAPI document of a provider on another thread, for ever."""

    command = ("-c", STUCK, "serve")


@pytest.mark.parametrize(
    ("ending", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, -signal.SIGTERM), (None, 0)]
)
def test_an_ending_server_waits_for_no_thread(
    tmp_path: Path, ending: signal.Signals | None, code: int
) -> None:
    options = [] if ending else ["--with-input"]
    with StuckServer(*options, TMPDIR=str(tmp_path)) as server, connected(server) as connection:
        connection.sendall(head("GET /openapi/rcs.json HTTP/1.1"))
        assert server.process.stdout is not None
        assert server.process.stdout.readline() == "begun\n"
        if ending is not None:
            server.process.send_signal(ending)
        server.process.communicate(timeout=20)  # it ends standard input
        assert b"503" in rest(connection)
    assert server.process.returncode == code
    assert list(tmp_path.iterdir()) == []
