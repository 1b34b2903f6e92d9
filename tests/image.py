"""The container's image as its Dockerfile describes it, without an engine."""

import json
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.server import Server

ROOT = Path(__file__).parent.parent


def instructions() -> list[str]:
    """Return the instructions of the Dockerfile, each in one line."""
    text = re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE)
    return [line for line in text.replace("\\\n", " ").splitlines() if line]


def last(instruction: str) -> str:
    """Return the arguments of the last instruction with this name."""
    return [line for line in instructions() if line.startswith(f"{instruction} ")][-1].partition(" ")[2]


def image_environment() -> dict[str, str]:
    return dict(pair.split("=", 1) for pair in last("ENV").split())


def image_ports() -> set[int]:
    return {int(port) for port in last("EXPOSE").split()}


def container(environment: Mapping[str, str], command: Sequence[str] = ()) -> Server:
    """Return a server that is started like a container of the image, but at a free port."""
    assert json.loads(last("ENTRYPOINT")) == ["emulator"]
    program, *options = command or json.loads(last("CMD"))
    assert program == "serve"
    return Server(*options, **(image_environment() | dict(environment)))


def health_check(**environment: str) -> subprocess.CompletedProcess[str]:
    """Run the container's health check."""
    bash = shutil.which("bash")
    assert bash
    command = [bash, str(ROOT / "docker" / "ready")]
    return subprocess.run(
        command, env=environment | {"PATH": "/bin"}, capture_output=True, text=True, check=False, timeout=10
    )
