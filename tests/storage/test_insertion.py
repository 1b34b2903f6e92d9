"""Many rows alike, stored by few statements."""

from collections.abc import Iterator

import pytest

from emulator.storage.insertion import Insertion
from emulator.storage.store import Store

CONTACTS = Insertion("rcs_contact", "id", ("created_at",), ("phone",))
MEMBERS = Insertion("rcs_list_member", None, ("list_id",), ("contact_id",))
NOTES = Insertion("status_change", "message_id", ("status", "at"))


@pytest.fixture
def store() -> Iterator[Store]:
    made = Store()
    made.create_tables()
    with made.transaction():
        yield made
    made.close()


@pytest.mark.parametrize("number", [0, 1, 3, 4, 16, 63, 64, 65, 149, 1000])
def test_rows_are_counted_on_from_the_first(store: Store, number: int) -> None:
    CONTACTS.run(store, 7, (1000,), ((f"38067{row}",) for row in range(number)))
    found = store.execute("SELECT id, created_at, phone FROM rcs_contact ORDER BY id").fetchall()
    assert found == [(7 + row, 1000, f"38067{row}") for row in range(number)]


def test_rows_may_have_nothing_of_their_own(store: Store) -> None:
    NOTES.run(store, 5, ("sent", 1000), [()] * 70)
    found = store.execute("SELECT message_id, status, at, detail FROM status_change ORDER BY id").fetchall()
    assert found == [(5 + row, "sent", 1000, None) for row in range(70)]


def test_rows_need_not_be_counted(store: Store) -> None:
    MEMBERS.run(store, 0, (3,), ((contact,) for contact in range(70)))
    found = store.execute("SELECT list_id, contact_id FROM rcs_list_member ORDER BY contact_id").fetchall()
    assert found == [(3, contact) for contact in range(70)]


def test_texts_are_kept_to_the_last_character(store: Store) -> None:
    CONTACTS.run(store, 1, (1000,), [("a\0b",), ("ж'\"?1",)])
    assert store.execute("SELECT phone FROM rcs_contact ORDER BY id").fetchall() == [("a\0b",), ("ж'\"?1",)]
