"""Tables: which ones a database has, and the SQL conditions that they share."""

import os
import sys
from pathlib import Path
from subprocess import check_output
from typing import Any

import pytest
from sqlmodel import select

from emulator.sending.rules import OutcomeRule
from emulator.storage.store import Store
from emulator.storage.tables import among

STORED = ["spoon", "fork", "fork\0knife", "käse"]


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ([], []),
        (["fork"], ["fork"]),
        (["fork\0knife"], ["fork\0knife"]),
        (["fork\0"], []),
        (["spoon", "fork\0knife", "plate"], ["spoon", "fork\0knife"]),
        (["käse", "fork\0"], ["käse"]),
        ([f"plate {number}" for number in range(50_000)], []),
    ],
    ids=lambda case: f"{len(case)}",
)
def test_among_compares_whole_texts(values: list[str], found: list[str]) -> None:
    store = Store()
    store.create_tables()
    nothing: dict[str, Any] = {"provider": None, "channel": None, "recipient": None, "job": None}
    store.session.add_all(OutcomeRule(outcome=outcome, **nothing) for outcome in STORED)
    assert (
        store.session.exec(select(OutcomeRule.outcome).where(among(OutcomeRule.outcome, values))).all()
        == found
    )


PARCELS = """
from sqlmodel import Field
from emulator.storage.tables import Table

class Parcel(Table, table=True):
    __tablename__ = "courier_parcel"
    id: int = Field(primary_key=True)
"""
NAMED = """
import sys
from emulator.storage.store import Store
from emulator.storage.tables import load_tables

def named():
    store = Store()
    store.create_tables()
    return store.execute("SELECT name FROM sqlite_master WHERE name = 'courier_parcel'").fetchone()

print(named())
load_tables(sys.argv[1])
print(named())
"""


@pytest.mark.slow
@pytest.mark.parametrize("file", ["tables.py", "tables/parcels.py"])
def test_what_is_made_once_a_provider_is_loaded_has_the_tables_of_all_its_modules(
    tmp_path: Path, file: str
) -> None:
    module = tmp_path / "courier" / file
    module.parent.mkdir(parents=True)
    module.write_text(PARCELS)
    command = [sys.executable, "-c", NAMED, "courier.tables"]
    paths = {"PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])}
    assert check_output(command, env=os.environ | paths, text=True) == "None\n('courier_parcel',)\n"
