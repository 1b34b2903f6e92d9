"""Packages of Node.js: clients and tools that tests/node/package.json names.

They are installed once, outside of this project's source, for each state of the lock file. Clients run in
a process of their own.
"""

import os
import shutil
import subprocess
from contextlib import suppress
from functools import cache
from hashlib import sha256
from pathlib import Path
from tempfile import mkdtemp

import pytest

PACKAGE = Path(__file__).parent / "node"
INSTALLED_WITHIN = 300
RUNS_WITHIN = 60


def run_node(script: str, **environment: str) -> str:
    """Run an ES module with the packages installed, and return its output. An exception fails the test."""
    done = subprocess.run(
        ["node", "--input-type=module", "--eval", script],  # noqa: S607 -- the node that is installed
        cwd=tools(),
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=RUNS_WITHIN,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@cache
def tools() -> Path:
    """Return the folder with the packages; install them first if necessary. Skip the test without Node.js."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("needs Node.js and npm")
    state = sha256((PACKAGE / "package-lock.json").read_bytes()).hexdigest()[:16]
    place = _cache() / f"node-{state}"
    if not place.exists():
        _install(place)
    return place


def _cache() -> Path:
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(home) / "messaging-emulator-tests"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _install(place: Path) -> None:
    """Install into a temporary folder, then rename it: other test processes may be installing too."""
    own = Path(mkdtemp(dir=place.parent))
    for name in ("package.json", "package-lock.json"):
        shutil.copy(PACKAGE / name, own)
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(
        command, cwd=own, capture_output=True, text=True, timeout=INSTALLED_WITHIN, check=False
    )
    assert done.returncode == 0, done.stderr
    with suppress(OSError):
        own.rename(place)
    shutil.rmtree(own, ignore_errors=True)
