"""The servers that are measured, and functions that start them."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode
from urllib.request import Request, urlopen

import yaml

from emulator.gateway.examples import load_examples

HERE = Path(__file__).parent
KEY = "AS_emulator000000000000"
RCS_KEY = "live_emulator000000000000"
CREDENTIALS = {"altcraft": None, "rcs": RCS_KEY, "autosend": KEY}
"""The credential of each provider; that of Altcraft is in the bodies of requests."""
SERVER_CORE, LOAD_CORE = "0", "1"
CAMPAIGNS = [f"aaaaaaaaaaaaaaaaaaaa{number:04x}" for number in range(64)]
"""The ids of campaigns that are being sent for as long as the benchmark runs."""
BALANCER = """
defaults
    mode http
    timeout connect 2s
    timeout client 150s
    timeout server 150s
listen emulators
    bind 127.0.0.1:{port}
    balance roundrobin
"""
SMALL, LARGE = "bbbbbbbbbbbbbbbbbbbb0001", "bbbbbbbbbbbbbbbbbbbb0002"
"""The ids of campaigns of 100 and of 100,000 recipients."""


@dataclass
class Running:
    """A running server that is measured."""

    url: str
    process: subprocess.Popen[bytes]
    ready_seconds: float

    def processor_seconds(self) -> float:
        """Return how long the process has kept a processor busy."""
        spent = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(spent[11]) + int(spent[12])) / os.sysconf("SC_CLK_TCK")

    def memory_megabytes(self) -> float:
        """Return the memory of the process and its children: their proportional set sizes."""
        pids = [self.process.pid, *_children(self.process.pid)]
        return sum(_pss(pid) for pid in pids) / 1024


def _children(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    found = [int(child) for child in listed]
    return found + [grandchild for child in found for grandchild in _children(child)]


def _pss(pid: int) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def pinned(core: str | None) -> list[str]:
    """Return how a command begins that is to run on one core."""
    return [] if core is None else ["taskset", "-c", core]


@contextmanager
def started(
    command: list[str], port: int, ready: str, *, core: str | None = SERVER_CORE, **environment: str
) -> Iterator[Running]:
    """Run a server on a core of its own, or on all for None, for the block."""
    begun = time.perf_counter()
    process = subprocess.Popen(
        [*pinned(core), *command],
        cwd=HERE,
        env=os.environ | environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_until_ready(url + ready, process)
        yield Running(url, process, time.perf_counter() - begun)
    finally:
        process.terminate()
        process.wait()


def _wait_until_ready(url: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(60_000):
        if process.poll() is not None:
            raise SystemExit(f"a server ended before it was ready: {process.args!r}")
        try:
            with urlopen(url, timeout=5):
                return
        except (URLError, OSError):
            time.sleep(0.001)
    raise SystemExit(f"not ready: {url}")


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def emulator(fixtures: Path, python: str = sys.executable, **environment: str) -> Iterator[Running]:
    """Run the emulator that is installed in the environment of `python` for the block."""
    port = free_port()
    with started(_serve(python, port, fixtures), port, "/readyz", **environment) as running:
        yield running


@contextmanager
def replica(fixtures: Path) -> Iterator[Running]:
    """Run an emulator that is one of several, on all cores, for the block."""
    port = free_port()
    command = [*_serve(sys.executable, port, fixtures), "--public-url", f"http://127.0.0.1:{port}"]
    with started(command, port, "/readyz", core=None) as running:
        yield running


def _serve(python: str, port: int, fixtures: Path) -> list[str]:
    options = ["--port", str(port), "--fixtures", str(fixtures), "--clock", "frozen"]
    return [python, "-P", "-m", "emulator", "serve", *options]


@contextmanager
def haproxy(folder: Path, replicas: Sequence[Running]) -> Iterator[Running]:
    """Run HAProxy in front of these servers, on all cores, for the block."""
    port = free_port()
    places = [one.url.removeprefix("http://") for one in replicas]
    servers = [f"    server emulator-{number} {place}\n" for number, place in enumerate(places)]
    folder.mkdir()
    (folder / "haproxy.cfg").write_text(BALANCER.format(port=port) + "".join(servers))
    with started(
        ["haproxy", "-db", "-f", str(folder / "haproxy.cfg")], port, "/readyz", core=None
    ) as running:
        yield running


@contextmanager
def yardstick(module: str) -> Iterator[Running]:
    """Run the application in `bare.py` or `stock.py` for the block."""
    port = free_port()
    options = [f"{module}:app", "--app-dir", str(HERE), "--port", str(port), "--no-access-log"]
    command = [sys.executable, "-m", "uvicorn", *options]
    with started(command, port, "/readyz") as running:
        yield running


@contextmanager
def prism(tools: Path, document: Path) -> Iterator[Running]:
    port = free_port()
    command = [str(tools / "prism"), "mock", "--port", str(port), "--host", "127.0.0.1", str(document)]
    with started(command, port, f"/v1/campaigns/{CAMPAIGNS[0]}?__example=documented") as running:
        yield running


@contextmanager
def wiremock(tools: Path, folder: Path) -> Iterator[Running]:
    port = free_port()
    (folder / "mappings").mkdir()
    for number, (method, pattern) in enumerate(
        [
            ("GET", "/v1/campaigns/[0-9a-f]+"),
            ("POST", "/v1/campaigns/[0-9a-f]+/(pause|resume)"),
            ("POST", "/v1/mails/send"),
        ]
    ):
        stub = {
            "request": {"method": method, "urlPathPattern": pattern},
            "response": {"status": 200, "jsonBody": {"success": True, "data": {"status": "sending"}}},
        }
        (folder / "mappings" / f"{number}.json").write_text(json.dumps(stub))
    command = [str(tools / "wiremock"), "--port", str(port), "--root-dir", str(folder)]
    with started(command, port, "/__admin/mappings") as running:
        yield running


def shipped_by(python: str) -> Path:
    """Return the fixtures of the emulator in the environment of `python`: each version has its own."""
    script = "from emulator.settings import shipped_fixtures as found; print(found())"
    said = subprocess.run([python, "-P", "-c", script], capture_output=True, text=True, check=True)
    folder = Path(said.stdout.strip())
    demo = folder / "demo"
    return demo if demo.exists() else folder


def make_fixtures(shipped: Path, folder: Path) -> Path:
    """Copy the shipped fixtures; add many campaigns that are being sent, and lists of 100 and 100,000."""
    shutil.copytree(shipped, folder)
    file = folder / "autosend" / "account.yaml"
    account = yaml.safe_load(file.read_text())
    project = account["projects"][0]
    project["pace"] = 1000
    pattern = project["campaigns"][0]
    project["campaigns"] = [pattern | {"id": campaign} for campaign in CAMPAIGNS]
    for campaign, count in ((SMALL, 100), (LARGE, 100_000)):
        people = {"count": count, "pattern": f"{count}.{{n}}@example.com"}
        project["lists"].append({"id": campaign, "name": f"{count} people", "generate": people})
        draft = {key: value for key, value in pattern.items() if key not in {"released", "pace"}}
        project["campaigns"].append(draft | {"id": campaign, "lists": [campaign]})
    file.write_text(yaml.safe_dump(account, default_flow_style=False))
    return folder


def call(url: str, method: str, body: object = None) -> dict[str, object]:
    """Send one request with the project's key, and return the JSON of the response."""
    request = Request(url, method=method)
    request.add_header("Authorization", f"Bearer {KEY}")
    request.add_header("Content-Type", "application/json")
    data = json.dumps(body).encode() if body is not None else None
    with urlopen(request, data, timeout=120) as answer:
        result: dict[str, object] = json.loads(answer.read())
        return result


def send_every_example(server: Running) -> None:
    """Send each documented request of each provider once, and ignore the responses."""
    for provider, credential in CREDENTIALS.items():
        for example in load_examples(provider).values():
            url = f"{server.url}{quote(example.url)}?{urlencode(example.query)}"
            data = json.dumps(example.body).encode() if example.body is not None else None
            request = Request(url, data, method=example.method)
            request.add_header("Authorization", f"Bearer {example.credential or credential}")
            request.add_header("Content-Type", "application/json")
            with suppress(HTTPError), urlopen(request, timeout=120) as answer:
                answer.read()
