"""A server, started as a user starts it: in a process of its own, on a free port, with plain HTTP."""

import os
import re
import socket
import subprocess
import sys
from types import TracebackType
from typing import Self

import httpx2

STARTS_WITHIN = 30


class Server:
    """A context manager that runs `emulator serve --port 0`, with further options, for the block."""

    def __init__(self, *options: str, **environment: str) -> None:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("EMULATOR_")}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "emulator", "serve", "--port", "0", *options],
            env=clean | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.output: list[str] = []
        self.url = ""

    def __enter__(self) -> Self:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.output.append(line)
            found = re.search(r"emulator ready: (http://\S+)", line)
            if found:
                self.url = found[1]
                return self
        raise AssertionError(f"the server ended: {self.process.communicate(timeout=STARTS_WITHIN)}")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.terminate()
        self.process.communicate(timeout=STARTS_WITHIN)

    def client(self, **options: object) -> httpx2.Client:
        return httpx2.Client(base_url=self.url, timeout=30, **options)  # type: ignore[arg-type]


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `emulator …` until it ends."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("EMULATOR_")}
    command = [sys.executable, "-m", "emulator", *arguments]
    return subprocess.run(
        command, env=clean | environment, capture_output=True, text=True, timeout=60, check=False
    )


def free_port() -> int:
    """Return a port that is free now, for a server that has to know its address before it starts."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
