"""Ids depend only on the seed."""

from emulator.storage.ids import Identifiers
from emulator.storage.store import Store


def ids(seed: int) -> Identifiers:
    store = Store()
    store.create_tables()
    return Identifiers(store.session.numbers, seed)


def test_the_same_seed_gives_the_same_ids() -> None:
    first, second = ids(7), ids(7)
    assert [first.hex("mail") for _ in range(3)] == [second.hex("mail") for _ in range(3)]


def test_another_seed_gives_other_ids() -> None:
    assert ids(7).hex("mail") != ids(8).hex("mail")


def test_kinds_are_numbered_apart() -> None:
    factory = ids(1)
    assert [factory.number("a"), factory.number("b"), factory.number("a")] == [1, 1, 2]


def test_reserved_numbers_are_consecutive_and_never_given_again() -> None:
    factory = ids(1)
    assert factory.reserve("message", 10) == 1
    assert factory.number("message") == 11


def test_numbers_begin_above_those_of_fixtures() -> None:
    factory = ids(1)
    factory.begin("message", 3_280_000_000)
    assert factory.number("message") == 3_280_000_001


def test_the_upcoming_number_is_not_taken() -> None:
    factory = ids(1)
    assert [factory.upcoming("message"), factory.upcoming("message"), factory.number("message")] == [1, 1, 1]
