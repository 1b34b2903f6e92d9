"""The logs of databases in a data folder, which are written back while nobody waits for it."""

from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pytest

from emulator.storage.store import LONG_LOG, LONGEST_LOG
from tests.conftest import Emulator, in_process

KEY = {"Authorization": "Bearer AS_emulator000000000000"}
SOON = 0.05
"""How many seconds are let go by at a time."""


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Emulator]:
    with in_process(data=tmp_path, fixtures="empty") as emulator:
        yield emulator


def log_of(kept: Emulator) -> int:
    """Return how many bytes the log of the default sandbox has."""
    file = kept.world.default.store.path
    assert file is not None
    return file.with_name(f"{file.name}-wal").stat().st_size


def send_attached(kept: Emulator, size: int) -> None:
    """Send a mail with so many bytes attached to it."""
    content = b64encode(bytes(size)).decode()
    body = {
        "from": {"email": "hello@example.com"},
        "to": {"email": "ann@example.com"},
        "subject": "Photos",
        "html": "<p>Here they are.</p>",
        "attachments": [{"filename": "photos.zip", "content": content}],
    }
    answer = kept.http.post("/v1/mails/send", json=body, headers=KEY)
    assert answer.status_code == 200, answer.text


@pytest.mark.slow
def test_a_long_log_is_written_back_by_itself(kept: Emulator) -> None:
    send_attached(kept, LONG_LOG)
    assert LONG_LOG < log_of(kept) < LONGEST_LOG
    for _ in range(100):
        if log_of(kept) == 0:
            break
        kept.goes_on_until(Event(), within=SOON)
    assert log_of(kept) == 0
    found = kept.http.get("/_emulator/messages", params={"recipient": "ann@example.com"}).json()
    assert [message["subject"] for message in found["messages"]] == ["Photos"]


def test_a_short_log_stays_as_it_is(kept: Emulator) -> None:
    send_attached(kept, 1)
    before = log_of(kept)
    kept.goes_on_until(Event(), within=3 * SOON)
    assert 0 < before == log_of(kept)


@pytest.mark.slow
def test_commits_write_a_log_back_before_it_fills_the_disk(kept: Emulator) -> None:
    for _ in range(8):
        send_attached(kept, LONG_LOG)
    assert log_of(kept) < 2 * LONGEST_LOG
