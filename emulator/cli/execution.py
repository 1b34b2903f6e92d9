"""`emulator exec`: runs a command with an emulator that lives as long as the command."""

import os
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

import typer

from emulator.cli.asking import FAILED, WRONG, AsJson, Failure, Token, failing
from emulator.cli.serving import Clock, Data, Fixtures, Host, Seed
from emulator.client import Control
from emulator.service_links import without_links

NOT_EXECUTABLE = 126
NOT_FOUND = 127
KILLED = 128
"""The number that shells add to that of the signal that ended a command."""

OF_A_SERVER = ("host", "port", "data")
OF_A_SANDBOX = ("seed", "clock", "at", "fixtures")
NOT_INHERITED = frozenset(
    {"EMULATOR_PORT", "EMULATOR_URL", "EMULATOR_HTTPS_URL", "EMULATOR_PUBLIC_URL", "EMULATOR_SANDBOX"}
)
"""The variables that name another emulator than the one to start."""

Port = Annotated[int | None, typer.Option(help="Port  [a free one]")]
Url = Annotated[
    str | None, typer.Option(envvar="EMULATOR_URL", help="Use the emulator that runs there; start none")
]
At = Annotated[
    str | None,
    typer.Option(help="Where a clock that is not real begins: now, epoch, an instant  [now if frozen]"),
]
Name = Annotated[str | None, typer.Option("--sandbox", help="Make a sandbox of this name for the command")]
Words = Annotated[list[str], typer.Argument(metavar="COMMAND", help="The command and its arguments")]


def add_to(app: typer.Typer) -> None:
    app.command("exec", context_settings={"allow_interspersed_args": False})(execute)


def execute(
    command: Words,
    *,
    host: Host = None,
    port: Port = None,
    data: Data = None,
    fixtures: Fixtures = None,
    seed: Seed = None,
    clock: Clock = None,
    at: At = None,
    url: Url = None,
    token: Token = None,
    name: Name = None,
    as_json: AsJson = False,
) -> None:
    """Run a command with an emulator of its own. It ends with the command.

    The command finds ALTCRAFT_BASE_URL, ALTCRAFT_TOKEN, RCS_BASE_URL, RCS_API_KEY, AUTOSEND_BASE_URL,
    AUTOSEND_API_KEY, EMULATOR_URL, EMULATOR_SANDBOX and the others that `emulator env` prints in its
    environment. With --url, it gets a fresh sandbox of the emulator there. Settings that are no options here
    are taken from EMULATOR_<NAME>, as by `serve`; EMULATOR_HTTPS_URL, AUTOSEND_SMTP_URL and
    AUTOSEND_SMTPS_URL are the addresses of EMULATOR_TLS_PORT and the SMTP ports. The exit code is the
    command's: 128 plus the signal's number if a signal ended it, 126 if it can not be executed, 127 if there
    is no such command.
    """
    given = {"host": host, "port": port, "data": data, "fixtures": fixtures, "seed": seed}
    given |= {"clock": clock, "at": at}
    with failing(as_json=as_json):
        world = _running_emulator(url, token, given, name) if url else _new_emulator(token, given, name)
        with world as environment:
            code = _run(command, {**os.environ, **environment})
    raise typer.Exit(code)


@contextmanager
def _new_emulator(
    token: str | None, given: Mapping[str, Any], name: str | None
) -> Iterator[Mapping[str, str]]:
    """Start a server for the block, and yield the environment of one of its sandboxes. Raises Failure."""
    from emulator.testing import DOORS, StartError, running, sandbox

    inherited = {
        variable.lower().removeprefix("emulator_"): value
        for variable, value in without_links(os.environ).items()
        if variable.upper().startswith("EMULATOR_") and variable.upper() not in NOT_INHERITED
    }
    chosen = {setting: value for setting, value in given.items() if value is not None}
    settings = {"fixtures": "demo", **inherited, "control_token": token, **chosen}
    try:
        with running(**settings) as control:
            if name is None:
                yield control.environment
            else:
                with sandbox(control, name, clock=None) as made:
                    doors = DOORS.values() & control.environment.keys()
                    yield {**{door: control.environment[door] for door in doors}, **made.environment}
    except StartError as error:
        reason = str(error)
        for option in chosen:  # the server has them from its environment
            reason = reason.replace(f"{option} (EMULATOR_{option.upper()})", f"--{option}")
        raise Failure(error.code if error.code in {FAILED, WRONG} else FAILED, reason) from error


@contextmanager
def _running_emulator(
    url: str, token: str | None, given: Mapping[str, Any], name: str | None
) -> Iterator[Mapping[str, str]]:
    """Yield the environment of a fresh sandbox of a running emulator. Raises Failure and ControlError."""
    from emulator.testing import SETS, made

    fixtures = given["fixtures"]
    wrong = [f"--{option}" for option in OF_A_SERVER if given[option] is not None]
    if fixtures is not None and fixtures not in SETS:
        wrong.append(f"--fixtures {fixtures}")
    if wrong:
        raise Failure(WRONG, f"{', '.join(wrong)} can not be chosen for the emulator that runs at {url}")
    try:
        control = Control(url, token)
    except ValueError as error:
        raise Failure(WRONG, str(error)) from error
    with made(control, name, **{setting: given[setting] for setting in OF_A_SANDBOX}) as own:
        yield own.environment


def _run(command: list[str], environment: Mapping[str, str]) -> int:
    """Run a command, pass on the signals that this process receives, and return the command's exit code.

    Raises Failure.
    """
    import subprocess

    early: list[int] = []
    _on_signals(lambda number, _: early.append(number))
    try:
        child = subprocess.Popen(command, env=environment)  # noqa: S603 -- what it is for
    except FileNotFoundError as error:
        raise Failure(NOT_FOUND, f"there is no command {command[0]!r}") from error
    except OSError as error:
        raise Failure(NOT_EXECUTABLE, f"{command[0]!r} can not be executed: {error.strerror}") from error

    def tell(number: int, _: FrameType | None) -> None:
        if number != signal.SIGINT or not _hears_the_terminal():
            child.send_signal(number)

    _on_signals(tell)
    for number in early:
        tell(number, None)
    code = child.wait()
    return KILLED - code if code < 0 else code


def _on_signals(handler: Any) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, handler)


def _hears_the_terminal() -> bool:
    """Return whether the terminal sends Ctrl-C to the command too: a second one would abort its clean-up."""
    if sys.platform == "win32":
        return True  # a console sends it to all of its processes
    try:
        with Path(os.ctermid()).open("rb") as terminal:
            return os.tcgetpgrp(terminal.fileno()) == os.getpgrp()
    except OSError:
        return False
