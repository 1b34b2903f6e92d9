"""`emulator fixtures`, `emulator coverage` and `emulator doctor`: commands that need no running server."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from emulator.cli.asking import FAILED, WRONG, Answer, AsJson, Asked, Failure, asking, failing, say
from emulator.cli.serving import Data, Fixtures, Host, Port, settings_of
from emulator.client.lines import table

if TYPE_CHECKING:
    from emulator.settings import Settings

section = typer.Typer(
    help="Check fixture files, and print what they may hold.", no_args_is_help=True, rich_markup_mode=None
)

Chosen = Annotated[
    str | None, typer.Argument(envvar="EMULATOR_FIXTURES", help="demo, empty, or a folder of files  [demo]")
]
Provider = Annotated[str, typer.Argument(help="The name of a provider, such as autosend")]


def add_to(app: typer.Typer) -> None:
    section.command()(check)
    section.command()(schema)
    section.command()(reference)
    app.add_typer(section, name="fixtures")
    app.command()(coverage)
    app.command()(asking(doctor, takes_sandbox=False))


def check(fixtures: Chosen = None, *, as_json: AsJson = False) -> None:
    """Check whether an emulator would start with these fixtures. Exit code 2: it would not."""
    with failing(as_json=as_json):
        settings = settings_of({"fixtures": fixtures})
        problems = find_problems(settings)
        if problems:
            raise Failure(WRONG, "\n".join(problems), problems=problems)
        place = settings.fixtures_folder
        say(Answer({"folder": str(place), "valid": True}, f"{place}: valid"), as_json=as_json)


def schema(provider: Provider, *, as_json: AsJson = False) -> None:
    """Print the JSON Schema of an account.yaml. Editors complete and check files by it."""
    from emulator.app import make_providers
    from emulator.cli.fixture_schema import fixture_schema

    with failing(as_json=as_json):
        fixtures = {one.name: one.account.fixture for one in make_providers(settings_of({}))}
        if provider not in fixtures:
            raise Failure(WRONG, f"there is no provider {provider!r}. There are: {', '.join(fixtures)}")
        title = {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": f"{provider}/account.yaml",
        }
        document = fixture_schema(fixtures[provider]) | title
        say(Answer(document, json.dumps(document, indent=2)), as_json=as_json)


def reference(*, as_json: AsJson = False) -> None:
    """Print what an account.yaml may hold. It is docs/fixtures.md, for all providers."""
    from emulator.app import make_providers
    from emulator.cli.reference import reference_page

    with failing(as_json=as_json):
        fixtures = {one.name: one.account.fixture for one in make_providers(settings_of({}))}
        page = reference_page(fixtures)
        say(Answer({"page": page}, page.removesuffix("\n")), as_json=as_json)


def coverage(*, as_json: AsJson = False) -> None:
    """Print which documented operations are built. It is COVERAGE.md."""
    from emulator.coverage import coverage_data, coverage_page

    with failing(as_json=as_json):
        say(Answer(coverage_data(), coverage_page().removesuffix("\n")), as_json=as_json)


def doctor(
    asked: Asked, host: Host = None, port: Port = None, data: Data = None, fixtures: Fixtures = None
) -> Answer:
    """Check what an emulator needs on this machine. Exit code 1: a check failed."""
    from emulator.cli.doctor import find_out

    given = {"host": host, "port": port, "data": data, "fixtures": fixtures}
    findings = list(find_out(given, asked.control if asked.url else None))
    worst = FAILED if any(finding.state == "fail" for finding in findings) else 0
    lines = table(("CHECK", "STATE", ""), [(one.check, one.state, one.text) for one in findings])
    return Answer({"ok": not worst, "checks": [asdict(finding) for finding in findings]}, lines, worst)


def find_problems(settings: "Settings") -> list[str]:
    """Return the errors in the fixture files, provider by provider."""
    from emulator.app import make_providers, make_world
    from emulator.sandbox.fixtures import FixtureError

    in_memory = settings.model_copy(update={"data": None})
    problems: dict[str, None] = {}
    for provider in make_providers(in_memory):
        try:
            make_world(in_memory, [provider]).close()
        except FixtureError as error:
            problems |= dict.fromkeys(str(error).splitlines())  # every provider repeats one of the folder
    return list(problems)
