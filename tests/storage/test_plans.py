"""How SQLite finds rows: by an index of all conditions of a statement, however many rows there are."""

from collections.abc import Iterator
from types import ModuleType

import pytest

from emulator.altcraft.people import matching
from emulator.autosend import suppression
from emulator.engine import back
from emulator.rcs import recipients
from emulator.rcs.channels import CHANNELS
from emulator.storage.store import Store


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    made = Store()
    made.create_tables()
    yield made
    made.close()


@pytest.mark.parametrize(
    ("module", "name", "found_by"),
    [
        (suppression, "_GROUPS_OF", "(project_id=? AND email=?)"),
        (suppression, "_UNSUPPRESS", "(project_id=? AND email=?)"),
        (suppression, "_EMPTY", "(project_id=? AND group_code=?)"),
        (back, "_OF_SUBJECT", "(subject=?)"),
        (matching, "_BY_ID", "(id=?)"),
        (matching, "_BY_EMAIL", "(database_id=? AND email=?)"),
    ],
)
def test_rows_are_found_by_an_index_of_all_that_is_known(
    store: Store, module: ModuleType, name: str, found_by: str
) -> None:
    statement = vars(module)[name]
    values = ["x"] * (2 if "?2" in statement else statement.count("?"))
    plan = store.execute(f"EXPLAIN QUERY PLAN {statement}", values).fetchall()
    assert found_by in plan[0][3]


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_batch_of_messages_does_not_read_the_whole_stop_list(store: Store, channel: str) -> None:
    place = {"job_id": 1, "channel": channel, "first": 0, "last": 99, "status": "queued", "outcome": "x"}
    plan = store.execute(f"EXPLAIN QUERY PLAN {vars(recipients)['_CHOOSE'][channel]}", place).fetchall()
    assert not [step for *_, step in plan if step.startswith("SCAN")]
