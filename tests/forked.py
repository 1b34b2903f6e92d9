"""Runs commands as forks of a process that has imported everything: servers start five times as fast.

`multiprocessing` keeps that process, and starts it with the first command.
"""

import multiprocessing
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from io import TextIOWrapper
from multiprocessing.connection import Connection
from subprocess import TimeoutExpired

from emulator.cli import main

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["tests.preloaded", __name__])


class ForkedProcess:
    """A process that runs `emulator …`, with the methods that `subprocess.Popen` has."""

    def __init__(self, arguments: Sequence[str], environment: Mapping[str, str]) -> None:
        self.stdout, output = _pipe()
        self.stderr, complaints = _pipe()
        self._process = FORKS.Process(target=_run, args=(arguments, environment, output, complaints))
        self._process.start()
        output.close()
        complaints.close()

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal if the process still runs: it may have just ended, unnoticed so far."""
        if self._process.is_alive():
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def wait(self, timeout: float) -> int:
        self._process.join(timeout)
        if self.returncode is None:
            raise TimeoutExpired("emulator", timeout)
        return self.returncode

    def communicate(self, timeout: float) -> tuple[str, str]:
        """Wait until the process ends, and return its output and errors that were not read yet."""
        with ThreadPoolExecutor(2) as readers:
            printed = [readers.submit(_rest, stream) for stream in (self.stdout, self.stderr)]
            self.wait(timeout)
            output, complaints = (reading.result() for reading in printed)
        return output, complaints


def _pipe() -> tuple[TextIOWrapper, Connection]:
    """Return the reading end of a pipe, for this process, and the writing end, for the other one."""
    reader, writer = FORKS.Pipe(duplex=False)
    return os.fdopen(os.dup(reader.fileno()), encoding="utf-8"), writer


def _rest(stream: TextIOWrapper) -> str:
    if stream.closed:
        return ""
    with stream:
        return stream.read()


def _run(
    arguments: Sequence[str], environment: Mapping[str, str], output: Connection, complaints: Connection
) -> None:
    os.dup2(output.fileno(), sys.stdout.fileno())
    os.dup2(complaints.fileno(), sys.stderr.fileno())
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["emulator", *arguments]
    main()
