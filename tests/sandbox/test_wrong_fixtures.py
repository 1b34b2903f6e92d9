"""Errors in a fixture file are shown with the file, the line, the place and the reason."""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from emulator.app import make_providers, make_world
from emulator.sandbox.fixtures import Fixture, FixtureError, read_fixture
from emulator.settings import Settings, shipped_fixtures
from emulator.yaml_text import read_yaml
from tests.sandbox.wrong_fixtures import ALTCRAFT, AUTOSEND, RCS
from tests.server import run


def complaint(folder: Path, provider: str, changes: dict[str, str]) -> tuple[str, str]:
    """Change a copy of the demo set; return the message of its refusal, after the file, and the marked line.

    `changes` are texts by those that they replace, with `¶` in the line that is wrong.
    """
    shutil.copytree(shipped_fixtures() / "demo", folder / "set")
    file = folder / "set" / provider / "account.yaml"
    text = file.read_text("utf-8")
    for old, new in changes.items():
        assert old in text, old
        text = text.replace(old, new, 1)
    file.write_text(text.replace("¶", ""), "utf-8")
    settings = Settings(clock="frozen", fixtures=str(folder / "set"), cache="off")
    (one,) = (one for one in make_providers(settings) if one.name == provider)
    with pytest.raises(FixtureError) as error:
        make_world(settings, [one])
    said = str(error.value)
    assert said.startswith(str(file)), said
    line = text[: text.index("¶")].count("\n") + 1 if "¶" in text else 0
    return said.removeprefix(str(file)), f":{line}: "


CASES = [
    *(("altcraft", changes, reason) for changes, reason in ALTCRAFT),
    *(("rcs", changes, reason) for changes, reason in RCS),
    *(("autosend", changes, reason) for changes, reason in AUTOSEND),
]


@pytest.mark.parametrize(("provider", "changes", "reason"), CASES)
def test_a_wrong_file_is_told_with_line_place_and_reason(
    tmp_path: Path, provider: str, changes: dict[str, str], reason: str
) -> None:
    said, line = complaint(tmp_path, provider, changes)
    assert said.startswith(line + reason), (line, said)
    places = [one.split(": ")[1] for one in said.splitlines()]
    assert sorted(set(places)) == sorted(places), said


def test_a_past_that_can_not_have_been_is_told_without_a_traceback(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    changes = {"paused: 1h": "paused: 1h¶", "daily: 5\n": "daily: 500\n"}
    said, line = complaint(tmp_path, "autosend", changes)
    place = "projects.0.campaigns.3.paused"
    assert said == f"{line}{place}: can not have been: Campaign cannot be paused in status sent"
    assert caplog.text == ""


def test_a_folder_that_is_not_there_is_told_once(tmp_path: Path) -> None:
    said = run("fixtures", "check", str(tmp_path / "nope"))
    assert said.returncode == 2
    assert said.stderr == f"emulator: {tmp_path}/nope: is neither a folder nor one of demo, empty\n"


def test_a_folder_with_the_account_of_one_provider_says_where_to_get_the_others(tmp_path: Path) -> None:
    shutil.copytree(shipped_fixtures() / "empty" / "rcs", tmp_path / "rcs")
    said = run("fixtures", "check", str(tmp_path))
    assert said.returncode == 2
    missing = [line for line in said.stderr.splitlines() if "account.yaml: is missing" in line]
    assert len(missing) == 2
    assert "`emulator fixtures check empty` says where there is one to copy" in missing[0]


def test_a_file_in_another_encoding_is_told_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "account.yaml").write_bytes("id: 1\nname: café".encode("latin-1"))
    with pytest.raises(FixtureError, match=r"account\.yaml:2: is not UTF-8"):
        read_fixture(tmp_path / "account.yaml", Fixture)


def lists(node: object, place: tuple[int | str, ...] = ()) -> Iterator[tuple[int | str, ...]]:
    """Yield the places of the first list of each kind that has parts."""
    if isinstance(node, list) and node and isinstance(node[0], dict):
        yield place
        yield from lists(node[0], (*place, 0))
    if isinstance(node, dict):
        for name, value in node.items():
            yield from lists(value, (*place, name))


@pytest.mark.slow
@pytest.mark.parametrize("provider", ["altcraft", "rcs", "autosend"])
def test_what_is_there_twice_is_accepted_or_told_with_its_line(tmp_path: Path, provider: str) -> None:
    shutil.copytree(shipped_fixtures() / "demo", tmp_path / "set")
    file = tmp_path / "set" / provider / "account.yaml"
    text = file.read_text("utf-8")
    settings = Settings(clock="frozen", fixtures=str(tmp_path / "set"), cache="off")
    (one,) = (one for one in make_providers(settings) if one.name == provider)
    for place in lists(read_yaml(text)):
        account: Any = read_yaml(text)
        found = account
        for part in place:
            found = found[part]
        found.append(found[0])
        file.write_text(json.dumps(account, default=str), "utf-8")
        said = ""
        try:
            make_world(settings, [one]).close()
        except FixtureError as error:
            said = str(error)
        around = ".".join(map(str, place[:-1]))
        assert not said or re.match(rf"{file}:1: {around}", said), place
