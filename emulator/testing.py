"""Context managers that give tests an emulator or a sandbox, with any test framework.

A clock that is frozen begins now unless `at` says otherwise, as libraries that check signatures and tokens
look at the machine's clock; `at="epoch"` gives every run the same dates.

    with emulator.testing.running(clock="frozen") as control:
        sandbox = control.create()

    with emulator.testing.sandbox() as sandbox:
        sandbox.clock.advance("2m")

With unittest, a server for a class and a sandbox for each test:

    @classmethod
    def setUpClass(cls):
        cls.control = cls.enterClassContext(emulator.testing.connected())

    def setUp(self):
        self.sandbox = self.enterContext(emulator.testing.sandbox(self.control))
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from threading import Timer
from typing import Any

from emulator.client import Control, ControlError, SandboxClient
from emulator.client.report import marks
from emulator.client.shapes import Instant

STARTS_WITHIN = 60.0
"""Seconds that a server may take to start."""

ENDS_WITHIN = 10.0
"""Seconds that a server may take to end."""

EMPTY = "empty"
SETS = (EMPTY, "demo")
"""The sets of fixtures that a sandbox can begin with."""

DOORS = {"https": "EMULATOR_HTTPS_URL", "smtp": "AUTOSEND_SMTP_URL", "smtps": "AUTOSEND_SMTPS_URL"}
"""The variables with the addresses of a server's other ports, by their schemes."""

FORGOTTEN_AFTER = "1d"
"""How long a sandbox must be unused for the emulator to delete it: a killed process could not do so."""

ENDED = (
    "It was started for these tests, and has ended: their standard error has what it said last. One that you "
    "start yourself (emulator serve) and name (--emulator-url, EMULATOR_URL) says it at once."
)
"""The advice in errors when an emulator that this process started does not respond any more."""


class StartError(Exception):
    """The server did not start. The text says why."""

    def __init__(self, code: int, message: str) -> None:
        self.code = code
        """The exit code of `emulator serve`."""
        super().__init__(message)


class Started(Control):
    """An emulator that this process started for its tests, with the fixtures that they chose."""

    def __init__(self, url: str, token: str | None, environment: Mapping[str, str]) -> None:
        super().__init__(url, token)
        self.connection.advice = ENDED
        self.environment = {**environment, **({"EMULATOR_CONTROL_TOKEN": token} if token else {})}
        """The environment variables of clients of the default sandbox."""


@contextmanager
def running(**settings: Any) -> Iterator[Started]:
    """Start a server for the block, on a free port, and yield its client. It never outlives this process.

    The settings are those of `emulator serve`: `clock="frozen"`, `seed=7`. By default, `fixtures` is `empty`,
    and a frozen clock begins now. `EMULATOR_` variables of the environment are ignored, so that a test does
    the same everywhere. Raises StartError.
    """
    at = beginning(settings.get("clock"), settings.get("at"))
    chosen = {name: value for name, value in (settings | {"at": at}).items() if value is not None}
    given = {"port": 0, "fixtures": EMPTY, **chosen}
    clean = {name: value for name, value in os.environ.items() if not name.upper().startswith("EMULATOR_")}
    command = [sys.executable, "-P", "-m", "emulator", "serve", "--json", "--with-input"]
    with subprocess.Popen(  # noqa: S603 -- it starts the emulator itself
        command,
        env=clean | {f"EMULATOR_{name.upper()}": str(value) for name, value in given.items()},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,  # Ctrl-C must only reach the tests: they still need the server then
    ) as process:
        try:
            said = _announced(process)
            token = said["control_token"] or given.get("control_token")
            doors = {variable: said[scheme] for scheme, variable in DOORS.items() if scheme in said}
            environment = said["environment"] | doors
            yield Started(said["url"], None if token is None else str(token), environment)
        finally:
            if given.get("data") is None:
                process.kill()  # it has nothing to write, and would end in 0.2 s by itself
            else:
                _end(process)


def beginning(clock: str | float | None, at: Instant | None) -> Instant | None:
    """Return where a clock begins in tests: now for a frozen one, unless `at` says otherwise."""
    return "now" if not at and clock == "frozen" else at


@contextmanager
def connected(
    url: str | None = None,
    *,
    clock: str | float | None = "frozen",
    at: Instant | None = None,
    **settings: object,
) -> Iterator[Control]:
    """Yield the emulator at `url` or EMULATOR_URL; without either, start one with these settings."""
    if url or os.environ.get("EMULATOR_URL"):
        yield Control.of_environment(os.environ | ({"EMULATOR_URL": url} if url else {}))
    else:
        with running(clock=clock, at=at, **settings) as control:
            yield control


@contextmanager
def sandbox(
    control: Control | None = None,
    name: str | None = None,
    *,
    seed: int | None = None,
    clock: str | float | None = "frozen",
    fixtures: str | None = None,
    at: Instant | None = None,
    pace: float | None = None,
) -> Iterator[SandboxClient]:
    """Create a fresh sandbox for the block, in the emulator `control` or the one that `connected` yields.

    `fixtures` is the set that it begins with: `empty` or `demo`. Without one, it begins with the emulator's
    own fixtures if `running` started the emulator or they are a folder (`--fixtures FOLDER`), and else with
    `empty`. `at` is where its clock begins: `now` (as a frozen one does), `epoch` or an instant. `pace` is
    how many messages a second it sends, until it is reset.
    """
    with nullcontext(control) if control else connected(clock=clock, at=at, fixtures=fixtures) as there:
        wanted = {"seed": seed, "clock": clock, "at": at, "fixtures": fixtures or _default_set(there)}
        with made(there, name, **wanted) as own:
            if pace is not None:
                own.pace(pace)
            yield own


@contextmanager
def made(control: Control, name: str | None, **wanted: Any) -> Iterator[SandboxClient]:
    """Create a sandbox for the block. Without `fixtures`, it begins with the emulator's own."""
    at = beginning(wanted["clock"], wanted["at"])
    own = control.create(name, **wanted | {"at": at}, expires_after=FORGOTTEN_AFTER)
    try:
        own.marks = marks(own)
        yield own
    finally:
        with suppress(ControlError):
            own.delete()


def _default_set(control: Control) -> str | None:
    """Return the default set of fixtures of tests' sandboxes; None for the emulator's own fixtures."""
    is_its_own = isinstance(control, Started) or control.fixtures is None
    return None if is_its_own else EMPTY


def _announced(process: subprocess.Popen[bytes]) -> Any:
    """Return the JSON that a server prints once it is ready: its URL and token. Raises StartError."""
    assert process.stdout is not None
    limit = Timer(STARTS_WITHIN, process.kill)
    limit.start()
    try:
        line = process.stdout.readline()
    finally:
        limit.cancel()
    said = json.loads(line or "{}")
    if "url" not in said:
        code = process.wait()
        raise StartError(code, _reason(said) or f"the server ended with exit code {code}")
    return said


def _reason(said: Any) -> str | None:
    """Return why a server did not start, with the names that settings have in Python."""
    if "unknown" not in said:
        reason: str | None = said.get("error")
        return reason
    return "; ".join(
        f"there is no setting {name} (EMULATOR_{name.upper()})"
        + (f", did you mean {' or '.join(nearest)}?" if nearest else "")
        for name, nearest in said["unknown"].items()
    )


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(ENDS_WITHIN)
    except subprocess.TimeoutExpired:
        process.kill()
