"""docs/fixtures.md, which is made of the models of the fixture files."""

from pathlib import Path

import pytest

from emulator.app import make_providers
from emulator.cli.reference import reference_page
from emulator.settings import Settings

PAGE = Path(__file__).parent.parent / "docs" / "fixtures.md"


@pytest.fixture(scope="module")
def printed() -> str:
    return reference_page(
        {provider.name: provider.account.fixture for provider in make_providers(Settings())}
    )


@pytest.mark.slow
def test_the_page_is_up_to_date(printed: str) -> None:
    assert PAGE.read_text() == printed, "run: emulator fixtures reference > docs/fixtures.md"


@pytest.mark.parametrize(
    "line",
    [
        "| `allow_data_wipe` | boolean | `true` | Whether whole databases can be wiped. |",
        "| `databases` | list of [Database](#altcraft-database) | `[]` |  |",
        "### altcraft: Generated people",
        "Many profiles alike; fields take the values of a list one after the other.",
    ],
)
def test_it_says_what_a_field_may_hold(printed: str, line: str) -> None:
    assert line in printed.splitlines()


def test_every_link_leads_to_a_part(printed: str) -> None:
    headings = (line[4:].lower() for line in printed.splitlines() if line.startswith("### "))
    parts = {heading.replace(": ", "-").replace(" ", "-") for heading in headings}
    links = {link.partition(")")[0] for link in printed.split("](#")[1:]}
    assert links
    assert links <= parts
