"""The command line: `emulator serve`, `emulator readyz`, `emulator coverage`.

Exit codes: 0 done, 1 not ready or the port is taken, 2 a wrong setting, fixture or data folder.

The server is imported by the commands that need it: `readyz` runs every few seconds as a
container's health check, and is quick without.
"""

import gc
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn
from urllib.error import URLError
from urllib.request import urlopen

import typer

if TYPE_CHECKING:
    from emulator.settings import Settings

main = typer.Typer(
    help="An emulator of Altcraft, RCS (One API) and AutoSend, for tests.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

NOT_READY = 1
WRONG_SETTING = 2


@main.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on  [127.0.0.1]")] = None,
    port: Annotated[int | None, typer.Option(help="Port; 0 picks a free one  [4610]")] = None,
    data: Annotated[Path | None, typer.Option(help="Folder that keeps state over restarts  [memory]")] = None,
    fixtures: Annotated[Path | None, typer.Option(help="Folder of the fixture files  [shipped]")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of all ids and chance  [1]")] = None,
    clock: Annotated[str | None, typer.Option(help="real, frozen, or a speed factor  [real]")] = None,
) -> None:
    """Start the emulator. Every option is also EMULATOR_<NAME> in the environment."""
    given = {"host": host, "port": port, "data": data, "fixtures": fixtures, "seed": seed, "clock": clock}
    gc.disable()  # importing makes no garbage and is a seventh faster without looking for it
    from emulator import server
    from emulator.core.fixtures import FixtureError
    from emulator.core.store import IncompatibleStoreError

    try:
        server.run(_settings({name: value for name, value in given.items() if value is not None}))
    except server.PortTakenError as error:
        _fail(NOT_READY, str(error))
    except (FixtureError, IncompatibleStoreError, OSError) as error:
        _fail(WRONG_SETTING, str(error))


@main.command()
def readyz(
    url: Annotated[str | None, typer.Option(help="Where the emulator is  [http://127.0.0.1:4610]")] = None,
) -> None:
    """Ask a running emulator whether it is ready; exit code 1 when it is not."""
    address = url or f"http://127.0.0.1:{os.environ.get('EMULATOR_PORT', '4610')}"
    try:
        with urlopen(f"{address}/readyz", timeout=2) as answer:  # noqa: S310 -- the user names the address
            typer.echo(answer.read().decode())
    except (URLError, OSError, ValueError) as error:
        _fail(NOT_READY, f"not ready at {address}: {error}")


@main.command()
def coverage() -> None:
    """Print COVERAGE.md: which documented operations the emulator has."""
    from emulator.coverage import coverage_page

    typer.echo(coverage_page(), nl=False)


def _settings(given: dict[str, Any]) -> "Settings":
    from pydantic import ValidationError

    from emulator.settings import Settings, UnknownSettingError, refuse_unknown

    try:
        refuse_unknown(os.environ)
        return Settings(**given)
    except UnknownSettingError as error:
        _fail(WRONG_SETTING, str(error))
    except ValidationError as error:
        _fail(WRONG_SETTING, "\n".join(f"{_place(item)}: {item['msg']}" for item in error.errors()))


def _place(problem: Any) -> str:
    return ".".join(str(part) for part in problem["loc"])


def _fail(code: int, message: str) -> NoReturn:
    typer.echo(f"emulator: {message}", err=True)
    raise typer.Exit(code)


if __name__ == "__main__":
    main()
