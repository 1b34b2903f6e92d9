"""Runs servers in processes of their own, on free ports, and commands, in this process or another one."""

import gc
import os
import re
import socket
import subprocess
import sys
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from types import TracebackType
from typing import ClassVar, Self
from unittest.mock import patch

import httpx2
import pytest

from emulator.cli import main
from tests.forked import ForkedProcess

STARTS_WITHIN = 30


class Server:
    """A context manager that runs `emulator serve --port 0`, with further options, for the block."""

    def __init__(self, *options: str, **environment: str) -> None:
        self.process = self._started(["--port", "0", *options], clean_environment() | environment)
        self.output: list[str] = []
        self.url = ""

    def _started(
        self, options: list[str], environment: dict[str, str]
    ) -> ForkedProcess | subprocess.Popen[str]:
        return ForkedProcess(["serve", *options], environment)

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

    def reset(self) -> None:
        """Delete all sandboxes and snapshots, and reset the default sandbox."""
        with self.client() as client:
            for sandbox in client.get("/_emulator/sandboxes").json()["sandboxes"]:
                if sandbox["name"] != "default":
                    client.delete(f"/_emulator/sandboxes/{sandbox['name']}")
            for snapshot in client.get("/_emulator/snapshots").json()["snapshots"]:
                client.delete(f"/_emulator/snapshots/{snapshot['name']}")
            assert client.post("/_emulator/reset").status_code == 200

    def client(self, **options: object) -> httpx2.Client:
        return httpx2.Client(base_url=self.url, timeout=30, **options)  # type: ignore[arg-type]


class CommandedServer(Server):
    """A server that is started by the command, as users do, and not forked."""

    command: ClassVar[Sequence[str]] = ("-m", "emulator", "serve")

    def _started(
        self, options: list[str], environment: dict[str, str]
    ) -> ForkedProcess | subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, *self.command, *options],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


def clean_environment() -> dict[str, str]:
    """Return this process's environment without settings of the emulator."""
    return {name: value for name, value in os.environ.items() if not name.startswith("EMULATOR_")}


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `emulator …` in this process, since another one takes a second; for commands that start nothing."""
    command = ["emulator", *arguments]
    interval, stdout, stderr = sys.getswitchinterval(), StringIO(), StringIO()
    with (
        patch.dict(os.environ, clean_environment() | environment, clear=True),
        patch.object(sys, "argv", command),
        redirect_stdout(stdout),
        redirect_stderr(stderr),
        pytest.raises(SystemExit) as end,
    ):
        main()
    gc.enable()  # a starting server disables it until it is ready
    sys.setswitchinterval(interval)
    code = end.value.code or 0
    assert isinstance(code, int)
    return subprocess.CompletedProcess(command, code, stdout.getvalue(), stderr.getvalue())


def run_alone(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `emulator …` until it ends, in a process of its own."""
    process = ForkedProcess(arguments, clean_environment() | environment)
    stdout, stderr = process.communicate(timeout=60)
    assert process.returncode is not None
    return subprocess.CompletedProcess(["emulator", *arguments], process.returncode, stdout, stderr)


def free_port() -> int:
    """Return a port that is free now, for a server that has to know its address before it starts."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
