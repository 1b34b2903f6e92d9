"""The command line.

Exit codes: 0 done; 1 not ready, not reachable, the port is taken, or a check failed; 2 a wrong setting,
fixture, folder or usage; 3 the emulator refused it. `exec` ends with the exit code of its command: 128 plus
the signal's number if a signal ended it, 126 if it can not be executed, 127 if there is no such command.

With `--json`, stdout is one JSON document, also for a failure: `{"error": …}`.

Only the commands that need the server import it: `readyz` runs every few seconds as a container's health
check, and is quick without that import.
"""

import json
import os
import sys
from pathlib import Path
from typing import Annotated, Any, cast

import typer

from emulator import __version__
from emulator.cli import balances, checking, execution, looking, pace, sandboxes, serving, snapshots
from emulator.cli.asking import FAILED, WRONG, write
from emulator.reasons import plain_reason, reason_of_failure

EXIT_CODES = """\
Exit codes: 0 done; 1 not ready, not reachable, the port is taken, or a check failed;
2 a wrong setting, fixture, folder or usage; 3 the emulator refused it.
"""


def _say_version(is_asked: bool) -> None:  # noqa: FBT001 -- typer passes it by position
    if is_asked:
        typer.echo(f"emulator {__version__}")
        raise typer.Exit


app = typer.Typer(
    help="An emulator of Altcraft, RCS (One API) and AutoSend, for tests.",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    rich_markup_mode=None,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for section in (serving, execution, sandboxes, snapshots, balances, pace, looking, checking):
    section.add_to(app)


Version = Annotated[
    bool, typer.Option("--version", callback=_say_version, is_eager=True, help="Print the version")
]


@app.callback()
def options(*, version: Version = False) -> None:
    """Take the options that belong to no command."""


def main() -> None:
    """Run a command. With `--json`, errors in its usage are printed as JSON too."""
    try:
        _run()
    except OSError as error:
        if error.filename is not None:
            raise
        _forget_output()
        typer.echo(f"emulator: the output can not be written: {reason_of_failure(error)}", err=True)
        sys.exit(FAILED)


def _run() -> None:
    own = sys.argv[1 : sys.argv.index("--")] if "--" in sys.argv else sys.argv[1:]
    try:
        sys.exit(app(standalone_mode=False))
    except typer.TyperException as error:
        reason = _wrong_value(error)
        if "--json" in own:
            write(json.dumps({"error": reason or error.format_message()}, ensure_ascii=False))
        elif reason is not None:
            typer.echo(f"emulator: {reason}", err=True)
        else:
            cast(Any, error).show()  # the usage of the command; the class that has it is private to typer
        sys.exit(WRONG)


def _wrong_value(error: typer.TyperException) -> str | None:
    """Return what is wrong with the value of an option or argument; None for other errors in usage."""
    if not isinstance(error, typer.BadParameter):
        return None
    if error.param is None:  # one of our commands says so
        return error.message
    from pydantic import ValidationError

    if not isinstance(error.__cause__, ValidationError):
        return None
    return f"{max(error.param.opts, key=len)}: {plain_reason(error.__cause__.errors()[0])}"


def _forget_output() -> None:
    """Lead stdout to the null device: as it ends, Python would try to write the rest again, and fail."""
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())
