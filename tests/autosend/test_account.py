"""The account's fixture: what in it names something that does not exist is found before the server starts."""

from pathlib import Path

import pytest

from emulator.autosend import account
from emulator.sandbox.fixtures import FixtureError, read_fixture
from emulator.settings import shipped_fixtures

TEXT = (shipped_fixtures() / "demo" / "autosend" / "account.yaml").read_text("utf-8")


@pytest.mark.parametrize("named", ["sender", "template", "lists"])
def test_a_campaign_that_names_what_its_project_has_not_is_shown_with_its_line(
    tmp_path: Path, named: str
) -> None:
    lines = TEXT.splitlines()
    first = lines.index("    campaigns:")
    number = next(n for n, line in enumerate(lines) if n > first and line.strip().startswith(f"{named}:"))
    unknown = "[64a1f0c2e4b0a1b2c3d40000]" if named == "lists" else "A-00000000000000000000"
    lines[number] = f"{lines[number].split(':')[0]}: {unknown}"
    file = tmp_path / "account.yaml"
    file.write_text("\n".join(lines), "utf-8")
    with pytest.raises(FixtureError, match=f":{number + 1}: projects.0.campaigns.*{named}.* there is no "):
        read_fixture(file, account.AccountFixture)
