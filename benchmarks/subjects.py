"""The servers that are measured, and functions that start them."""

import json
import os
import signal
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

from accounts import CREDENTIALS, KEY

from emulator.gateway.examples import load_examples

HERE = Path(__file__).parent
SERVER_CORE, LOAD_CORE = "0", "1"
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
        return sum(_kilobytes(pid, "smaps_rollup", "Pss:") for pid in self._pids()) / 1024

    def peak_megabytes(self) -> float:
        """Return the most memory that the process and its children have had, what they share included."""
        return sum(_kilobytes(pid, "status", "VmHWM:") for pid in self._pids()) / 1024

    def forget_peak(self) -> None:
        """Let the peak begin anew."""
        for pid in self._pids():
            Path(f"/proc/{pid}/clear_refs").write_text("5")

    def _pids(self) -> list[int]:
        return [self.process.pid, *_children(self.process.pid)]


def _children(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    found = [int(child) for child in listed]
    return found + [grandchild for child in found for grandchild in _children(child)]


def _kilobytes(pid: int, file: str, field: str) -> int:
    lines = Path(f"/proc/{pid}/{file}").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field))


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
        start_new_session=True,  # npm's peers are started by a process that would leave them behind
    )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_until_ready(url + ready, process)
        yield Running(url, process, time.perf_counter() - begun)
    finally:
        with suppress(ProcessLookupError):  # it has ended by itself
            os.killpg(process.pid, signal.SIGTERM)
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
def emulator(
    fixtures: Path, python: str = sys.executable, options: Sequence[str] = (), **environment: str
) -> Iterator[Running]:
    """Run the emulator that is installed in the environment of `python` for the block, its clock frozen.

    Refusals have an HTTP status at all three providers, so that no load takes them for successes.
    """
    port = free_port()
    environment = {"EMULATOR_ALTCRAFT_HTTP_STATUS": "mirror"} | environment
    command = [*_serve(python, port, fixtures), *options]
    with started(command, port, "/readyz", **environment) as running:
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
