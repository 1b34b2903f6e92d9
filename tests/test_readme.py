"""The README's examples, run as a reader would run them: in a shell, in the order in which they stand."""

import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from emulator.client import SandboxClient, Snapshots
from emulator.client.balances import Balances
from emulator.client.clock import Clock
from emulator.client.inbound import Inbound
from emulator.client.messages import Jobs, Messages
from emulator.client.requests import Requests
from emulator.client.rules import Faults, Outcomes
from emulator.client.webhooks import Webhooks
from tests.autosend.smtp import ports
from tests.server import Server
from tests.snippets import files, write

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl"),
]

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
ADDRESS = "http://127.0.0.1:4610"
OF_PYTEST = ("pytest, unittest", "A sandbox for a module, and an application that runs")
ELSEWHERE = {*OF_PYTEST, "In a container"}
"""Headings whose examples have tests of their own, since they start another emulator than the reader's."""


class Example(NamedTuple):
    heading: str
    language: str
    code: str


def examples() -> list[Example]:
    """Return the code blocks, with the heading above each."""
    found = []
    for section in re.split(r"^#+ ", README, flags=re.MULTILINE):
        blocks = re.findall(r"^```(\w+)\n(.*?)^```", section, re.MULTILINE | re.DOTALL)
        found += [Example(section.partition("\n")[0], language, code) for language, code in blocks]
    return found


def of(heading: str) -> str:
    (example,) = (one for one in examples() if one.heading == heading)
    return example.code


def run(example: Example, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run an example in a folder, with the commands of this Python's environment; curl fails on a refusal."""
    (folder / ".curlrc").write_text("fail-with-body\nsilent\nshow-error\n")
    shell = ["bash", "-euo", "pipefail", "-c"]
    command = {"sh": shell, "python": [sys.executable, "-c"]}[example.language]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("EMULATOR_")}
    path = f"{folder}:{Path(sys.executable).parent}:{os.environ['PATH']}"
    return subprocess.run(
        [*command, example.code],
        cwd=folder,
        env=clean | {"CURL_HOME": str(folder), "PATH": path} | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def placed(example: Example, server: Server) -> Example:
    """Return an example with the addresses of a server in place of those in the README."""
    places = {
        ADDRESS: server.url,
        "Control()": f"Control('{server.url}')",
        "2525": str(ports(server)["smtp"]),
    }
    code = example.code
    for usual, here in places.items():
        code = code.replace(usual, here)
    return example._replace(code=code)


def test_all_examples_run_one_after_the_other_on_one_server(tmp_path: Path) -> None:
    here = [example for example in examples() if example.heading not in ELSEWHERE]
    assert len(here) >= 15
    subjects = set[str]()
    with Server("--smtp-port", "0") as server, server.client() as http:
        for example in here:
            done = run(placed(example, server), tmp_path, EMULATOR_URL=server.url)
            assert done.returncode == 0, (example.heading, done.stdout[-2000:] + done.stderr)
            found = http.get("/_emulator/messages?recipient=ada@example.com").json()["messages"]
            subjects |= {message["subject"] for message in found}
    assert "Order 77" in subjects, "the mail handed to the relay"


def test_the_container_is_started_asked_and_ended(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    stand_in = tmp_path / "docker"
    stand_in.write_text(f'#!/bin/sh\ncd "{ROOT}" && exec "{sys.executable}" -m tests.container "$@"\n')
    stand_in.chmod(0o755)
    code = of("In a container").replace("4610", port)
    done = run(
        Example("In a container", "sh", code),
        tmp_path,
        EMULATOR_PUBLISH=port,
        STAND_IN_STATE=str(tmp_path),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert '"name":"default"' in done.stdout
    assert "GET /_emulator/sandboxes -> 200" in done.stdout


@pytest.mark.parametrize("heading", OF_PYTEST)
def test_an_example_of_pytest_passes(tmp_path: Path, heading: str) -> None:
    (tmp_path / "test_example.py").write_text(of(heading))
    command = [sys.executable, "-m", "pytest", "-q"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout


def test_the_first_tests_pass_side_by_side(tmp_path: Path) -> None:
    write(tmp_path, files("first-tests.md"), ["test_first.py"])
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "test_first.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "5 passed" in done.stdout


def test_what_the_fixture_has_is_named() -> None:
    table = README.partition("| of the fixture |")[2].partition("\n\n")[0]
    named = set(re.findall(r"`(\w+)", table))
    parts = (SandboxClient, Clock, Requests, Messages, Jobs, Outcomes, Faults, Webhooks, Balances, Inbound)
    methods = {name for part in (*parts, Snapshots) for name in dir(part) if not name.startswith("_")}
    assert methods - {"name", "path"} - named == set()
