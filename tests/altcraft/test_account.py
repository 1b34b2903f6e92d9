"""The account's fixture: what in it names something that does not exist is found before the server starts."""

import shutil
from pathlib import Path

import pytest

from emulator.app import make_providers, make_world
from emulator.sandbox.fixtures import FixtureError
from emulator.settings import Settings, shipped_fixtures


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("database_b: 2", "database_b: 9", "relations.0.database_b: there is no 9 among the databases"),
        ("connector: 2", "connector: 9", "queries.0.connector: there is no 9 among the connectors"),
        (
            "name: Shop\n    groups: [0, 2]",
            "name: Shop\n    groups: [0, 9]",
            r"account.yaml:41: resources.1.groups.1: there is no 9 among the groups",
        ),
        (
            "suppression_list: 2",
            "suppression_list: 9",
            "databases.1.suppression_list: there is no 9 among the suppression lists",
        ),
        (
            "{resource: 1, channels: [email]}",
            "{resource: 9}",
            "databases.0.subscribe.0.resource: there is no 9 among the resources",
        ),
        (
            "a: ann@example.com, b:",
            "a: nobody@example.com, b:",
            "relations: Recommended by: pairs.0: nobody@",
        ),
        (
            "currency: status",
            "currency: stones",
            "loyalty_programs.3.tier_groups.0.currency: there is no stones among the currencies",
        ),
        (
            "promotion: P1}",
            "promotion: P0}",
            "loyalty_programs.3.members.0.points.0.promotion: there is no P0 among the promotions",
        ),
        ("Gold, points: 500", "Gold, points: 99", "each tier takes more points than the one before it"),
        ("profile: ann@example.com", "profile: no@example.com", "loyalty_programs: Stars club: members.0: "),
        ("attached: [ann@", "attached: [no@", "loyalty_programs: Birthday presents: codes.0: Object not"),
        ("external_id: trans_2", "external_id: trans_1", "members.0: Already exists: transaction trans_1"),
        ("amount: 199.50", "amount: 199.505", "must be a decimal number above 0 with at most two places"),
        (
            "name: Coupons, database: 1, active: false",
            "name: Coupons, database: 1",
            "one loyalty program of a database is active at most",
        ),
    ],
)
def test_what_does_not_exist_is_named(tmp_path: Path, old: str, new: str, problem: str) -> None:
    shutil.copytree(shipped_fixtures() / "demo", tmp_path, dirs_exist_ok=True)
    file = tmp_path / "altcraft" / "account.yaml"
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")
    settings = Settings(clock="frozen", fixtures=str(tmp_path))
    with pytest.raises(FixtureError, match=problem):
        make_world(settings, make_providers(settings))
