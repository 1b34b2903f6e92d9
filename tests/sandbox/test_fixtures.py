"""Fixture files: what they can contain, and the messages about invalid ones."""

from pathlib import Path
from typing import Annotated

import pytest
from pydantic import Field

from emulator.engine.clock import DAY, HOUR, MINUTE
from emulator.rcs.account import AccountFixture
from emulator.rcs.tables.account import Agent
from emulator.sandbox.fixtures import Duration, Fixture, FixtureError, In, Moment, read_fixture, with_columns
from emulator.settings import shipped_fixtures


@with_columns(Agent, "name", "countries", active="is_active")
class AgentFixture(Fixture):
    created: Moment | None = None


def read(folder: Path, text: str) -> AgentFixture:
    file = folder / "agent.yaml"
    file.write_text(text)
    return read_fixture(file, AgentFixture)


def test_a_row_has_what_the_file_says_and_the_defaults_of_its_table(tmp_path: Path) -> None:
    row = read(tmp_path, "name: shop\nactive: false").row(Agent)
    assert (row.name, row.is_active, row.countries) == ("shop", False, [])


def test_a_row_takes_what_is_said_beside_the_file(tmp_path: Path) -> None:
    row = read(tmp_path, "{name: shop, active: false, countries: [UA]}").row(Agent, is_active=True)
    assert (row.name, row.is_active, row.countries) == ("shop", True, ["UA"])


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("active: true", "1: name: Field required"),
        ("name: shop\nis_active: true", "1: active: Field required"),
        (
            "active: true\nname: shop\nis_active: true",
            (
                "3: is_active: is not a field here; did you mean active? "
                "There are created, name, countries, active"
            ),
        ),
        ("active: true\nname: [shop]", "2: name: Input should be a valid string"),
        (
            "active: true\nname: shop\ncountries:\n- UA\n- 5",
            "5: countries.1: must be a text: write it in quotes",
        ),
    ],
)
def test_columns_are_checked(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(FixtureError) as error:
        read(tmp_path, text)
    assert f"{tmp_path}/agent.yaml:{complaint}" in str(error.value).splitlines()


@pytest.mark.parametrize(
    ("written", "instant"),
    [
        ("1970-01-01T02:00:00Z", 2 * HOUR),
        ("1970-01-01 02:00:00Z", 2 * HOUR),
        ("1970-01-01T02:00:00.250Z", 2 * HOUR + 250),
        ("1970-01-01T02:00:00+01:30", 30 * MINUTE),
        ("1970-01-01t02:00:00z", 2 * HOUR),
    ],
)
@pytest.mark.parametrize("quote", ["", "'", '"'])
def test_a_date_may_be_quoted(tmp_path: Path, written: str, instant: int, quote: str) -> None:
    found = read(tmp_path, f"{{name: shop, active: true, created: {quote}{written}{quote}}}")
    assert found.created == instant


@pytest.mark.parametrize("quote", ["", '"'])
@pytest.mark.parametrize(
    ("written", "complaint"),
    [
        ("1970-01-01", "must be a date and time with its zone, such as"),
        ("1970-01-01T02", "must be a date and time with its zone, such as"),
        ("1970-01-01T02:00:00", "must be a date and time with its zone, such as"),
        ("soon", "must be a date and time with its zone, such as"),
        ("5:00", "must be a date and time with its zone, such as"),
        ("1960-01-01T00:00:00Z", "is not within 1970-01-01T00:00:00.000Z and 9999-12-31T23:59:59.000Z"),
    ],
)
def test_what_is_no_date_is_refused(tmp_path: Path, written: str, complaint: str, quote: str) -> None:
    with pytest.raises(FixtureError, match=r"agent\.yaml:1: created: ") as error:
        read(tmp_path, f"{{name: shop, active: true, created: {quote}{written}{quote}}}")
    assert complaint in str(error.value)


@pytest.mark.parametrize(
    ("written", "complaint"),
    [
        ("2026-02-29T02:00:00Z", "there can be no 2026-02-29T02:00:00Z"),
        ("'2026-02-29T02:00:00Z'", "created: there is no such date or time of day"),
    ],
)
def test_a_date_that_is_in_no_calendar_is_told(tmp_path: Path, written: str, complaint: str) -> None:
    with pytest.raises(FixtureError, match=complaint):
        read(tmp_path, f"{{name: shop, active: true, created: {written}}}")


class ShopFixture(Fixture):
    id: int
    lists: Annotated[list[int], In("lists")] = []
    agent: Annotated[str | None, In("agents", key="name")] = None


class TownFixture(Fixture):
    agents: list[AgentFixture] = []
    shops: list[ShopFixture] = []


class CountryFixture(Fixture):
    agents: list[AgentFixture] = []
    lists: list[ShopFixture] = []
    towns: list[TownFixture] = Field([], alias="cities")


def read_country(folder: Path, towns: str) -> CountryFixture:
    file = folder / "country.yaml"
    file.write_text(
        f"agents: [{{name: ann, active: true}}]\nlists: [{{id: 1}}, {{id: 2}}]\ncities:\n{towns}", "utf-8"
    )
    return read_fixture(file, CountryFixture)


@pytest.mark.parametrize(
    "town",
    [
        "- shops: [{id: 1, lists: [1, 2]}]",
        "- agents: [{name: bob, active: true}]\n  shops: [{id: 1, agent: bob}]",
        "- shops: [{id: 1, agent: ''}]",
        "- shops: [{id: 1, agent: null}]",
    ],
)
def test_a_part_names_rows_of_the_nearest_list_around_it(tmp_path: Path, town: str) -> None:
    assert len(read_country(tmp_path, town).towns) == 1


@pytest.mark.parametrize(
    ("town", "complaint"),
    [
        (
            "- shops:\n  - id: 1\n    lists:\n    - 1\n    - 3",
            "8: cities.0.shops.0.lists.1: there is no 3 among the lists",
        ),
        (
            "- {}\n- shops:\n  - {id: 1, agent: ann}",
            "6: cities.1.shops.0.agent: there is no ann among the agents",
        ),
    ],
)
def test_what_is_named_and_does_not_exist_is_shown_with_its_line(
    tmp_path: Path, town: str, complaint: str
) -> None:
    with pytest.raises(FixtureError) as error:
        read_country(tmp_path, town)
    assert str(error.value) == f"{tmp_path}/country.yaml:{complaint}"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "1: (the whole file): must be fields with values"),
        ("agents:\n- null", "2: agents.0: must be fields with values"),
        ("fields:\n- id: 1\n  name: a\n  values: [1]", "4: fields.0.values: must be names with values"),
        ("id: 1\n2026-01-01: 2", "2: 2026-01-01: a name of a field must be a text"),
        (
            "fields:\n- id: 1\n  name: a\n  values: {'+3806': x}",
            "4: fields.0.values.+3806: can not be a name here: String should match pattern",
        ),
        ("id: 1\nname: 'a\0'", "2: is not YAML: there is a control character, number 0"),
        (f"id: 1\nx: {'[' * 51}{']' * 51}", "2: is nested deeper than 50 levels"),
        *(
            (f"id: 1\nx:\n  {level * 30_000}a", "3: is nested deeper than 50 levels")
            for level in ("- ", "? ", "- ? ")
        ),
        (f"id: 1\nx: ['{']' * 30_000}', {'[' * 30_000}", "2: is nested deeper than 50 levels"),
        ("id: 1\nx: &x\n  a: *x", "2: x.a: contains itself"),
        ("id: 1\nx: &x [1, *x]", "2: x.1: contains itself"),
        ("id: &0 [1]\n" + "".join(f"x{n}: &{n} [*{n - 1}]\n" for n in range(1, 99)), "49: x98.0.0"),
        (
            "id: &0 [1]\n" + "".join(f"x{n}: &{n} [*{n - 1}, *{n - 1}]\n" for n in range(1, 30)),
            "1: (the whole file): has more than 1,000,000 parts with what its anchors stand for",
        ),
        ("".join(f"{' ' * level}a:\n" for level in range(3000)), "51: is nested deeper than 50 levels"),
    ],
)
def test_what_is_no_fixture_is_told_in_plain_words(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "account.yaml").write_text(text, "utf-8")
    with pytest.raises(FixtureError) as error:
        read_fixture(tmp_path / "account.yaml", AccountFixture)
    assert any(line.startswith(f"{tmp_path}/account.yaml:{said}") for line in str(error.value).splitlines())


@pytest.mark.parametrize(
    ("towns", "place"),
    [
        ("- shops: [{id: yes}]", "4: cities.0.shops.0.id"),
        ("- {}\n- shops:\n  - id: 1\n    lists: [1, on]", "7: cities.1.shops.0.lists.1"),
    ],
)
def test_true_is_no_number(tmp_path: Path, towns: str, place: str) -> None:
    with pytest.raises(FixtureError) as error:
        read_country(tmp_path, towns)
    assert str(error.value) == f"{tmp_path}/country.yaml:{place}: must be a number, not true or false"


@pytest.mark.parametrize("written", ["0671234567", "007", "21:00", "1_000", "0x1F", "0b11", "1_0.5"])
def test_what_only_old_yaml_takes_for_a_number_is_a_text(tmp_path: Path, written: str) -> None:
    assert read(tmp_path, f"name: {written}\nactive: true").row(Agent).name == written


def test_brackets_in_a_text_are_not_nested(tmp_path: Path) -> None:
    text = (shipped_fixtures() / "empty" / "rcs" / "account.yaml").read_text("utf-8")
    text = text.replace("{code2fa}", f"{{code2fa}} {':[' * 60}")
    (tmp_path / "account.yaml").write_text(text, "utf-8")
    assert read_fixture(tmp_path / "account.yaml", AccountFixture).two_factor.templates


class BreakFixture(Fixture):
    length: Duration


@pytest.mark.parametrize(("length", "is_taken"), [("9999d", True), ("99999h", True), ("10000d", False)])
def test_no_length_of_time_leads_before_1970(tmp_path: Path, length: str, *, is_taken: bool) -> None:
    """What was before can not be kept in a snapshot."""
    file = tmp_path / "break.yaml"
    file.write_text(f"length: {length}")
    if is_taken:
        assert read_fixture(file, BreakFixture).length < 30 * 365 * DAY
        return
    with pytest.raises(FixtureError) as error:
        read_fixture(file, BreakFixture)
    assert "1: length: must be at most 9999d" in str(error.value)
