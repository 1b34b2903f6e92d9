"""The counts of jobs' messages, by the status that is shown to clients and tests."""

from collections import Counter
from collections.abc import Mapping, Sequence

from sqlmodel import Session

from emulator.sending.jobs import JobSender
from emulator.storage.session import look_up
from emulator.storage.sqlite import json_text


def total_of(session: Session, job_ids: Sequence[int]) -> int:
    """Return the total number of messages of some jobs."""
    total: int = look_up(session, _TOTAL, (json_text(job_ids),)).fetchone()[0]
    return total


def counts_of(session: Session, senders: Mapping[str, JobSender], job_ids: Sequence[int]) -> Counter[str]:
    """Return how many messages of some jobs are in each status now, by the status that is shown.

    What is sent instead of a message, on another channel, is not counted.
    """
    counts = Counter[str]()
    for provider, state, status, number in look_up(session, _COUNTS, (json_text(job_ids),)):
        counts[senders[provider].shown_status(state, status)] += number
    return counts


_COUNTS = """
    SELECT provider, state, status, sum(now) FROM status_count JOIN job ON job.id = job_id
    WHERE job_id IN (SELECT value FROM json_each(?)) AND status_count.channel = job.channel
    GROUP BY provider, state, status HAVING sum(now)
"""

_TOTAL = "SELECT coalesce(sum(total), 0) FROM job WHERE id IN (SELECT value FROM json_each(?))"
