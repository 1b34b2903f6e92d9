"""The README's examples, run as a reader would run them: in a shell, against a running server."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.autosend.smtp import ports
from tests.server import Server

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
ADDRESS = "http://127.0.0.1:4610"


def examples(language: str) -> dict[str, str]:
    """Return the code blocks of a language by the heading above them."""
    found: dict[str, str] = {}
    for section in re.split(r"^#+ ", README, flags=re.MULTILINE):
        heading = section.partition("\n")[0]
        for block in re.findall(rf"^```{language}\n(.*?)^```", section, re.MULTILINE | re.DOTALL):
            found[heading] = block
    return found


SHELL = examples("sh")
SECTIONS = [
    "Sandboxes",
    "Snapshots",
    "Clock",
    "Outcomes",
    "Mails from outside",
    "Jobs",
    "Messages",
    "Faults",
    "Webhooks",
]
SECTIONS += ["Requests and verification", "Live feed", "Command line"]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server("--clock", "frozen") as running:
        yield running


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
@pytest.mark.parametrize("heading", SECTIONS)
def test_an_example_runs_as_it_stands(server: Server, tmp_path: Path, heading: str) -> None:
    with server.client() as http:
        http.post("/_emulator/reset")
    (tmp_path / ".curlrc").write_text("fail-with-body\nsilent\nshow-error\n")
    script = SHELL[heading].replace(ADDRESS, server.url)
    environment = os.environ | {
        "CURL_HOME": str(tmp_path),
        "EMULATOR_URL": server.url,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],  # noqa: S607 -- the reader's shell
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr


def test_every_example_is_tried() -> None:
    assert list(SHELL) == SECTIONS


def test_the_pytest_example_passes(server: Server, tmp_path: Path) -> None:
    (tmp_path / "test_example.py").write_text(examples("python")["pytest, unittest"])
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "--emulator-url",
        server.url,
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout


def test_a_mail_is_handed_to_the_relay_as_it_stands() -> None:
    with Server("--clock", "frozen", "--smtp-port", "0") as running:
        script = examples("python")["Mails from outside"].replace("2525", str(ports(running)["smtp"]))
        subprocess.run([sys.executable, "-c", script], check=True, timeout=60)
        with running.client() as http:
            found = http.get("/_emulator/messages?recipient=ada@example.com").json()["messages"]
    assert [message["subject"] for message in found] == ["Order 77"]
