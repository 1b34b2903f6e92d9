"""README.md and CONTRIBUTING.md agree with the code, and their links lead to what they name."""

import json
import re
from pathlib import Path
from textwrap import dedent

import pytest
import typer

from emulator.altcraft import refusals
from emulator.altcraft.refusals import AltcraftError
from emulator.cli import app
from emulator.control.faults import ACTIONS
from emulator.providers import Dialect
from emulator.settings import PREFIX, Settings
from tests.conftest import Emulator

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
README = (ROOT / "README.md").read_text("utf-8")
PAGES = sorted(
    page for folder in (".", "docs", "docs/decisions", "benchmarks") for page in ROOT.glob(f"{folder}/*.md")
)
NUMBERS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven"]


def section(heading: str) -> str:
    return PAGE.partition(f"## {heading}\n")[2].partition("\n## ")[0]


def test_the_operation_that_is_added_is_the_one_of_the_code() -> None:
    (module,) = re.findall(r"\*\*Endpoint\*\*, in its section `([\w/.]+)`", section("Add an operation"))
    blocks = re.findall(r"\n\n((?: {8}.*\n|\n)+)", section("Add an operation"))
    (shown,) = (dedent(block).strip() for block in blocks if "class " in block)
    code = (ROOT / module).read_text("utf-8")
    for part in re.split(r"\n\n(?=\S)", shown):
        assert part in code


def test_a_provider_is_told_how_many_methods_its_dialect_needs() -> None:
    (said,) = re.findall(
        r"a `Dialect` with the (\w+) methods that have no default", section("Add a provider")
    )
    assert said == NUMBERS[len(Dialect.__abstractmethods__)]


def test_files_that_are_named_are_there() -> None:
    named = set(re.findall(r"`((?:emulator|tests|docs|fixtures)/[\w/.-]+\.\w+)`", PAGE))
    invented = {one for one in named if "courier" in one}
    assert {one for one in named - invented if not (ROOT / one).exists()} == set()


def headings(page: Path) -> set[str]:
    """Return the names by which links find the headings of a page."""
    titles = re.findall(r"^#+ (.*)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_to_pages_and_headings_that_are_there(page: Path) -> None:
    text = re.sub(r"```.*?```|`[^`\n]*`", "", page.read_text("utf-8"), flags=re.DOTALL)
    for name, heading in re.findall(r"\]\((?!https?:)([^)#\s]*)(?:#([^)]*))?\)", text):
        target = (page.parent / name if name else page).resolve()
        assert target.exists(), name
        assert not heading or heading in headings(target), (name, heading)


def test_the_glossary_is_in_order() -> None:
    rows = (ROOT / "docs" / "glossary.md").read_text("utf-8").partition("|---|---|---|\n")[2].splitlines()
    words = [row.split("|")[1].strip() for row in rows]
    assert words == sorted(words)


def test_the_readme_shows_every_kind_of_fault_as_a_rule_that_is_taken(emulator: Emulator) -> None:
    table = README.partition("| rule | what the client gets |\n|---|---|\n")[2].partition("\n\n")[0]
    shown = [json.loads(f"{{{rule}}}") for rule in re.findall(r"^\| `(.*?)` \|", table, re.MULTILINE)]
    assert sorted(name for rule in shown for name in rule) == sorted([*ACTIONS, "delay"])
    for rule in shown:
        answer = emulator.http.post("/_emulator/faults", json={"provider": "autosend", **rule})
        assert answer.status_code == 201, answer.text


def test_the_readme_names_all_commands() -> None:
    said = README.partition("\n## Command line\n")[2].partition(";")[0]
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    assert sorted(re.findall(r"`(?:emulator )?(\w+)`", said)) == sorted(commands)


def test_the_readme_names_all_settings_and_no_others() -> None:
    table = README.partition("\n| option | environment |")[2].partition("\n\n")[0]
    assert set(re.findall(r"`(EMULATOR_\w+)`", table)) == {
        f"{PREFIX}{one.upper()}" for one in Settings.model_fields
    }


def test_the_readme_lists_the_statuses_that_altcraft_always_has() -> None:
    (said,) = re.findall(r"with `ok` that holds for ([\w, ]+) alone", README)
    own = (one for one in vars(refusals).values() if isinstance(one, type) and issubclass(one, AltcraftError))
    always = {one.status for one in own if one.is_transport}
    assert {int(number) for number in re.findall(r"\d+", said)} == always
