"""An error in the code of a section, as a developer sees it: in words, wherever the providers are made."""

import json
import os
from pathlib import Path

import pytest

from emulator.gateway.catalogue import Catalogue
from emulator.gateway.problems import SectionError
from tests.server import run, run_alone
from tests.team import run_tests

pytestmark = pytest.mark.slow

SAID = "is in no row of the catalogue; correct the path, or add the row to endpoints.json"
EDITED = """
from emulator.gateway.catalogue import Catalogue

load = Catalogue.load
Catalogue.load = classmethod(lambda cls, file: cls(load(file).operations[1:]))
"""
"""Python that takes a row of the catalogue away, of a route that is there."""


@pytest.fixture
def lacking(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take a row of each catalogue away."""
    load = Catalogue.load
    monkeypatch.setattr(Catalogue, "load", lambda file: Catalogue(load(file).operations[1:]))


@pytest.fixture
def edited(tmp_path: Path) -> str:
    """A PYTHONPATH with which processes lack a row of each catalogue."""
    (tmp_path / "sitecustomize.py").write_text(EDITED)
    return os.pathsep.join(filter(None, (str(tmp_path), os.environ.get("PYTHONPATH"))))


COMMANDS = [
    ("coverage",),
    ("fixtures", "check"),
    ("fixtures", "schema", "rcs"),
    ("fixtures", "reference"),
    ("serve", "--port", "0"),
]


@pytest.mark.usefixtures("lacking")
@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_a_command_says_it_in_words(arguments: tuple[str, ...]) -> None:
    said = run(*arguments)
    assert (said.returncode, said.stdout) == (1, "")
    [line] = said.stderr.splitlines()
    assert line.startswith("emulator: emulator.altcraft.api.")
    assert line.endswith(SAID)
    as_json = run(*arguments, "--json")
    assert (as_json.returncode, as_json.stderr) == (1, "")
    assert json.loads(as_json.stdout)["error"].endswith(SAID)


@pytest.mark.usefixtures("lacking")
def test_the_doctor_finds_it() -> None:
    said = run("doctor", "--json", "--port", "0")
    checks = {one["check"]: one for one in json.loads(said.stdout)["checks"]}
    assert (said.returncode, checks["sections"]["state"]) == (1, "fail")
    assert checks["sections"]["text"].endswith(SAID)


def test_a_command_with_an_emulator_of_its_own_says_it_in_words(edited: str) -> None:
    said = run_alone("exec", "--", "true", PYTHONPATH=edited)
    assert (said.returncode, said.stdout) == (1, "")
    assert said.stderr.startswith("emulator: emulator.altcraft.api.")
    assert said.stderr.endswith(f"{SAID}\n")


def test_pytest_says_it_in_words(tmp_path: Path, edited: str) -> None:
    said = run_tests(tmp_path, "def test_one(emulator): pass\n", PYTHONPATH=edited)
    assert "1 error" in said.stdout
    assert f"{SAID}\n" in said.stdout
    assert "Traceback" not in said.stdout + said.stderr


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[{}", "is no JSON"),
        (
            '[{"area": "account"}]',
            "row 1 must have area, .*, captured, scope",
        ),
        ("[7]", "row 1 must have area"),
    ],
)
def test_a_catalogue_that_is_none_is_refused_with_its_file(tmp_path: Path, text: str, sentence: str) -> None:
    file = tmp_path / "endpoints.json"
    file.write_text(text)
    with pytest.raises(SectionError, match=sentence):
        Catalogue.load(file)
