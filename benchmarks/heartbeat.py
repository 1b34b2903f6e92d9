"""The client that waits while a server is measured: `beat.py`."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from accounts import CAMPAIGNS, KEY
from subjects import HERE, Running

PATH = f"/v1/campaigns/{CAMPAIGNS[0]}"


class Waits:
    """How long the client waited at worst, in milliseconds; known once its block has ended."""

    worst = 0.0


@contextmanager
def beating(server: Running, key: str = KEY, path: str = PATH) -> Iterator[Waits]:
    """Let the client beat for the block."""
    waits = Waits()
    host = server.url.removeprefix("http://")
    command = [sys.executable, "-I", str(HERE / "beat.py"), host, path, key]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        process.stdout.readline()
        yield waits
    finally:
        process.terminate()
        said, _ = process.communicate()
    waits.worst = float(said)
