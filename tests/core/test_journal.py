"""The journal stays within its bounds."""

from emulator.core.journal import OVERHEAD, Entry, Journal


def entry(body: bytes = b"") -> Entry:
    return Entry("autosend", "GET", "/v1/campaigns", b"", [], request_body=bytearray(body))


def test_the_oldest_entries_go_first() -> None:
    journal = Journal(max_entries=2, max_bytes=1_000_000)
    for _ in range(3):
        journal.add(entry())
    assert [kept.number for kept in journal.entries()] == [2, 3]


def test_large_bodies_push_out_many_small_ones() -> None:
    journal = Journal(max_entries=100, max_bytes=10 * OVERHEAD)
    for _ in range(9):
        journal.add(entry())
    journal.add(entry(b"x" * 8 * OVERHEAD))
    assert [kept.number for kept in journal.entries()] == [9, 10]
    assert sum(kept.size for kept in journal.entries()) <= 10 * OVERHEAD
