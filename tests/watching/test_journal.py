"""The journal stays within its limits."""

from emulator.watching.journal import OVERHEAD, Entry, Journal


def entry(body: bytes = b"") -> Entry:
    return Entry("autosend", "GET", "/v1/campaigns", b"", b"", request_body=body)


def test_the_oldest_entries_go_first() -> None:
    journal = Journal(max_entries=2, max_bytes=1_000_000)
    for _ in range(3):
        journal.add(entry())
    assert [kept.number for kept in journal.entries()] == [2, 3]


def test_larger_bodies_push_out_more() -> None:
    journal = Journal(max_entries=100, max_bytes=11 * OVERHEAD)
    for _ in range(20):
        journal.add(entry(b"x" * OVERHEAD))
    assert [kept.number for kept in journal.entries()] == [16, 17, 18, 19, 20]


def test_long_headers_push_out_more() -> None:
    journal = Journal(max_entries=100, max_bytes=11 * OVERHEAD)
    for _ in range(20):
        kept = entry()
        kept.request_head = b"x-long:" + b"x" * OVERHEAD
        journal.add(kept)
    assert len(journal) == 5


def test_entries_can_be_forgotten() -> None:
    journal = Journal(max_entries=3, max_bytes=1_000_000)
    for _ in range(3):
        journal.add(entry())
    journal.remove(journal.entries()[:2])
    journal.add(entry())
    assert [kept.number for kept in journal.entries()] == [3, 4]
    assert [kept.number for kept in journal.after(3)] == [4]
    journal.clear()
    journal.add(entry())
    assert [kept.number for kept in journal.entries()] == [5]
    journal.restart()
    journal.add(entry())
    assert journal.get(1) is not None
    assert journal.get(5) is None


def test_an_entry_grows_within_the_bounds_when_its_response_has_left() -> None:
    journal = Journal(max_entries=100, max_bytes=16 * OVERHEAD)
    for _ in range(5):
        journal.add(entry(b"x" * OVERHEAD))
    late = entry(b"x" * 100 * OVERHEAD)
    journal.begin(late, at=7)
    assert (late.number, late.at, late.answered, len(late.request_body)) == (6, 7, None, 100 * OVERHEAD)
    late.status, late.answer_body = 200, b"y" * 100 * OVERHEAD
    journal.add(late)
    assert (late.answered, len(late.request_body), len(late.answer_body)) == (200, OVERHEAD, OVERHEAD)
    assert [kept.number for kept in journal.entries()] == [1, 2, 3, 4, 5, 6]
    journal.remove([late])
    journal.add(entry())
    assert [kept.number for kept in journal.entries()] == [1, 2, 3, 4, 5, 7]


def test_of_a_huge_body_the_beginning_is_kept() -> None:
    journal = Journal(max_entries=100, max_bytes=16 * OVERHEAD)
    journal.add(entry())
    journal.add(entry(b"x" * 100 * OVERHEAD))
    assert [len(kept.request_body) for kept in journal.entries()] == [0, OVERHEAD]
