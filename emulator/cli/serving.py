"""`emulator serve` and `emulator readyz`."""

import gc
import os
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from emulator.cli.asking import FAILED, WRONG, Answer, AsJson, Asked, Failure, asking, failing
from emulator.client import ControlError

if TYPE_CHECKING:
    from emulator.settings import Settings

Host = Annotated[str | None, typer.Option(help="Address to listen on  [127.0.0.1]")]
Port = Annotated[int | None, typer.Option(help="Port; 0 picks a free one  [4610]")]
TlsPort = Annotated[
    str | None, typer.Option(metavar="<int>|off", help="Port of the same over TLS; 0 picks a free one  [off]")
]
SmtpPort = Annotated[
    str | None,
    typer.Option(
        metavar="<int>|off", help="Port of AutoSend's SMTP relay, STARTTLS; 0 picks a free one  [off]"
    ),
]
SmtpsPort = Annotated[
    str | None, typer.Option(metavar="<int>|off", help="The same with TLS from the first byte  [off]")
]
Data = Annotated[Path | None, typer.Option(help="Folder that keeps state over restarts  [memory]")]
Fixtures = Annotated[
    str | None, typer.Option(help="Accounts to begin with: demo, empty, or a folder of them  [demo]")
]
Seed = Annotated[int | None, typer.Option(help="Seed of all ids and chance  [1]")]
Clock = Annotated[str | None, typer.Option(help="real, frozen, or a speed factor  [real]")]
At = Annotated[
    str | None,
    typer.Option(help="Where a clock that is not real begins: now, epoch, an instant  [epoch if frozen]"),
]
Log = Annotated[str | None, typer.Option(help="On stderr: requests (a line each), json, or quiet  [quiet]")]
PublicUrl = Annotated[
    str | None, typer.Option(help="Address of this server in responses  [the one that was asked]")
]
WithInput = Annotated[
    bool, typer.Option("--with-input", help="Stop when standard input ends: for programs that start it")
]


def add_to(app: typer.Typer) -> None:
    app.command()(serve)
    app.command()(asking(readyz, takes_sandbox=False))


def serve(
    host: Host = None,
    port: Port = None,
    tls_port: TlsPort = None,
    smtp_port: SmtpPort = None,
    smtps_port: SmtpsPort = None,
    data: Data = None,
    fixtures: Fixtures = None,
    seed: Seed = None,
    clock: Clock = None,
    at: At = None,
    log: Log = None,
    public_url: PublicUrl = None,
    *,
    with_input: WithInput = False,
    as_json: AsJson = False,
) -> None:
    """Start the emulator.

    Every setting can also be given as EMULATOR_<NAME> in the environment. Some are there alone, such as
    EMULATOR_CONTROL_TOKEN, EMULATOR_HOSTS and EMULATOR_JOURNAL_ENTRIES: the README lists them all.
    """
    given = {
        "host": host,
        "port": port,
        "tls_port": tls_port,
        "smtp_port": smtp_port,
        "smtps_port": smtps_port,
        "data": data,
        "fixtures": fixtures,
        "seed": seed,
        "clock": clock,
        "at": at,
        "log": log,
        "public_url": public_url,
    }
    with failing(as_json=as_json):
        settings = settings_of(given)  # before the server is imported, which takes twice as long
    # A shell without job control lets what it starts with `&` ignore SIGINT: here, it ends the server always.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    gc.disable()  # until the server is ready: a start makes no garbage, and is a seventh faster without it
    from emulator.sandbox.fixtures import FixtureError
    from emulator.server import serving as server
    from emulator.storage.failures import IncompatibleStoreError, StorageError, explained

    announce = server.announce_in_json if as_json else server.announce_in_words
    with failing(as_json=as_json):
        try:
            server.run(settings, announce, with_input=with_input)
        except server.PortTakenError as error:
            raise Failure(FAILED, str(error)) from error
        except server.UnsaidError as error:
            raise error.reason from None  # `main` reports it, as of any command that can not write its output
        except (server.HostError, FixtureError, IncompatibleStoreError, StorageError, OSError) as error:
            raise Failure(WRONG, str(explained(error) or error)) from error


def readyz(asked: Asked) -> Answer:
    """Check whether a running emulator is ready. Exit code 1: it is not."""
    control = asked.control
    try:
        health = control.health()
    except ControlError as error:
        raise Failure(FAILED, f"not ready at {control.url}: {error}", ready=False) from error
    return Answer({"ready": True, "url": control.url}, health)


def settings_of(given: dict[str, Any]) -> "Settings":
    """Return the settings from the options and, for those not given, the environment. Raises Failure."""
    from pydantic import ValidationError

    from emulator.reasons import plain_reason
    from emulator.settings import Settings, UnknownSettingError, refuse_unknown

    try:
        refuse_unknown(os.environ)
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except UnknownSettingError as error:
        raise Failure(WRONG, str(error), unknown=error.nearest) from error
    except ValidationError as error:
        lines = (f"{_setting_name(item, given)}: {plain_reason(item)}" for item in error.errors())
        raise Failure(WRONG, "\n".join(lines)) from error


def _setting_name(problem: Any, given: Mapping[str, Any]) -> str:
    """Return the option of a setting; the setting with its variable, if that is where the value is from."""
    name = str(problem["loc"][0])
    if given.get(name) is None:
        return f"{name} (EMULATOR_{name.upper()})"
    return f"--{name.replace('_', '-')}"
