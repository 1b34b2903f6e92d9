"""docs/fixtures.md, which is made of the models of the fixture files."""

import re
from pathlib import Path

import pytest

from emulator.app import make_providers
from emulator.cli.reference import reference_page
from emulator.settings import Settings

pytestmark = pytest.mark.slow

PAGE = Path(__file__).parent.parent / "docs" / "fixtures.md"


@pytest.fixture(scope="module")
def printed() -> str:
    return reference_page(
        {provider.name: provider.account.fixture for provider in make_providers(Settings())}
    )


def test_the_page_is_up_to_date(printed: str) -> None:
    assert PAGE.read_text() == printed, "run: emulator fixtures reference > docs/fixtures.md"


@pytest.mark.parametrize(
    "line",
    [
        "| `allow_data_wipe` | boolean | `true` | Whether whole databases can be wiped. |",
        "| `databases` | list of [Database](#altcraft-database) | `[]` |  |",
        "### altcraft: Generated people",
        "Many similar profiles; each field takes the values of its list in turn.",
        '| `moderation` | string, like `^([0-9]{1,5}[smh]\\|[0-9]{1,4}d)$` | `"2s"` |  |',
        '| `made` | string, like `^([0-9]{1,5}[smh]\\|[0-9]{1,4}d)$` | `"0s"` | How long ago. |',
    ],
)
def test_it_says_what_a_field_may_hold(printed: str, line: str) -> None:
    assert line in printed.splitlines()


def test_the_nodes_of_a_scenario_are_linked_with_what_chooses_between_them(printed: str) -> None:
    (line,) = (one for one in printed.splitlines() if one.startswith("| `nodes` |"))
    assert "list of one of these, as its `type` says: [Start](#altcraft-start), [Campaign node](" in line


@pytest.mark.parametrize("provider", ["altcraft", "rcs", "autosend"])
def test_what_stands_for_nothing_can_be_written(provider: str) -> None:
    (account,) = (one.account.fixture for one in make_providers(Settings()) if one.name == provider)
    schema = account.model_json_schema()
    parts = [schema, *schema["$defs"].values()]
    texts = [field for part in parts for field in part.get("properties", {}).values() if "pattern" in field]
    defaults = [(field["pattern"], field["default"]) for field in texts if "default" in field]
    assert [one for one in defaults if not re.search(one[0], str(one[1]))] == []


def test_every_link_leads_to_a_part(printed: str) -> None:
    headings = (line[4:].lower() for line in printed.splitlines() if line.startswith("### "))
    parts = {heading.replace(": ", "-").replace(" ", "-") for heading in headings}
    links = {link.partition(")")[0] for link in printed.split("](#")[1:]}
    assert links
    assert links <= parts
