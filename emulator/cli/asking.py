"""What all commands share: the options that name an emulator, and how results and failures are printed."""

import inspect
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from typing import Annotated, Any, NoReturn

import typer

from emulator.client import DEFAULT_SANDBOX, Control, ControlError, SandboxClient
from emulator.client.connection import NamelessError, Scope

FAILED = 1
"""The exit code for: not ready, not reachable, the port is taken, a check failed."""
WRONG = 2
"""The exit code for a wrong setting, fixture, folder or usage."""
REFUSED = 3
"""The exit code for a refusal by the emulator."""

UNAUTHORIZED = 401

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document")]
Url = Annotated[
    str | None, typer.Option(envvar="EMULATOR_URL", help="Where the emulator is  [http://127.0.0.1:4610]")
]
Token = Annotated[
    str | None, typer.Option(envvar="EMULATOR_CONTROL_TOKEN", help="The token of its control plane")
]
SandboxName = Annotated[str, typer.Option(envvar="EMULATOR_SANDBOX", help="The name of the sandbox")]


class Failure(Exception):  # noqa: N818 -- it is a result of a command
    """A command failed. It ends with an exit code and a message."""

    def __init__(self, code: int, message: str, **more: Any) -> None:
        super().__init__(message)
        self.code = code
        self.more = more
        """Further fields of the JSON document, beside the message."""


@dataclass(frozen=True)
class Answer:
    """The result of a command: data for programs, text for people, and the exit code."""

    data: Any
    text: str
    code: int = 0


@dataclass(frozen=True)
class Asked:
    """The emulator and the sandbox that the options of a command name."""

    url: str | None
    token: str | None
    sandbox_name: str

    @property
    def control(self) -> Control:
        given = {"EMULATOR_URL": self.url or "", "EMULATOR_CONTROL_TOKEN": self.token or ""}
        try:
            return Control.of_environment(os.environ | given)
        except ValueError as error:
            raise Failure(WRONG, str(error)) from error

    @property
    def scope(self) -> Scope:
        """The connection about the sandbox, for commands that need no data of the sandbox itself."""
        return Scope(self.control.connection, self.sandbox_name)

    @property
    def sandbox(self) -> SandboxClient:
        return self.control.sandbox(self.sandbox_name)


COMMON: dict[str, tuple[Any, object]] = {
    "url": (Url, None),
    "token": (Token, None),
    "sandbox": (SandboxName, DEFAULT_SANDBOX),
    "as_json": (AsJson, False),
}
"""The options of all commands that send requests to an emulator: their types and defaults."""


def group(purpose: str) -> typer.Typer:
    """Return an empty group of commands."""
    return typer.Typer(help=purpose, no_args_is_help=True, rich_markup_mode=None)


def asking(command: Callable[..., Answer], *, takes_sandbox: bool = True) -> Callable[..., None]:
    """Return a command that prints the result of `command`, with the options that name an emulator.

    With `takes_sandbox`, it is about one sandbox, and has an option that names it.
    """
    options_of_all = {name: COMMON[name] for name in COMMON if takes_sandbox or name != "sandbox"}

    @wraps(command)
    def run(**options: Any) -> None:
        said = {name: options.pop(name) for name in options_of_all}
        url, token, as_json = said["url"], said["token"], said["as_json"]
        sandbox = said.get("sandbox", DEFAULT_SANDBOX)
        with failing(as_json=as_json):
            say(command(Asked(url, token, sandbox), **options), as_json=as_json)

    own = list(inspect.signature(command).parameters.values())[1:]
    kind = inspect.Parameter.KEYWORD_ONLY
    common = [
        inspect.Parameter(name, kind, default=default, annotation=annotation)
        for name, (annotation, default) in options_of_all.items()
    ]
    parameters = [*(parameter.replace(kind=kind) for parameter in own), *common]
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return run


def say(answer: Answer, *, as_json: bool) -> None:
    write(json.dumps(answer.data, indent=2, ensure_ascii=False) if as_json else answer.text)
    if answer.code:
        raise typer.Exit(answer.code)


def write(text: str) -> None:
    """Print a text on stdout; characters that its encoding lacks are escaped, as on stderr."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"  # stdout is None where it is closed
    typer.echo(text.encode(encoding, "backslashreplace").decode(encoding))


@contextmanager
def failing(*, as_json: bool) -> Iterator[None]:
    """Turn failures in the block into a message and an exit code."""
    try:
        yield
    except Failure as error:
        stop(error.code, str(error), as_json=as_json, **error.more)
    except NamelessError as error:
        stop(WRONG, str(error), as_json=as_json)
    except UnicodeEncodeError as error:
        stop(WRONG, f"{error.object} is not written in UTF-8", as_json=as_json)
    except ControlError as error:
        refused = 400 <= error.status < 500  # noqa: PLR2004 -- what HTTP calls the client's fault
        more = {"status": error.status, "errors": error.errors} if error.status else {}
        hint = " Say it with --token or in EMULATOR_CONTROL_TOKEN." if error.status == UNAUTHORIZED else ""
        stop(REFUSED if refused else FAILED, f"{error}{hint}", as_json=as_json, **more)
    except Exception as error:
        if not _is_of_a_section(error):
            raise
        stop(FAILED, str(error), as_json=as_json)


def _is_of_a_section(error: Exception) -> bool:
    """Return whether an error is one in the code of a section."""
    from emulator.gateway.problems import SectionError  # `readyz` runs without the gateway

    return isinstance(error, SectionError)


def stop(code: int, message: str, *, as_json: bool, **more: Any) -> NoReturn:
    """Print a message, as JSON or to stderr, and end with an exit code."""
    if as_json:
        write(json.dumps({"error": message, **more}, ensure_ascii=False))
    else:
        typer.echo(f"emulator: {message}", err=True)
    raise typer.Exit(code)
