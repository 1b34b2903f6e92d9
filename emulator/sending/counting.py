"""The counts of jobs' messages, by the status that is shown to clients and tests."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sqlmodel import Session

from emulator.sending.jobs import JobSender
from emulator.storage.session import look_up
from emulator.storage.sqlite import json_text


class Counted(NamedTuple):
    """The number of messages of something that sends, over all of its jobs."""

    total: int
    counts: Counter[str]
    """How many of them are in each status now, by the status that is shown."""


def counted(
    session: Session, senders: Mapping[str, JobSender], those: Sequence[Sequence[int]]
) -> list[Counted]:
    """Return the numbers of messages of several things, each given by the ids of its jobs.

    What is sent instead of a message, on another channel, is not counted.
    """
    placed = json_text([(place, job_id) for place, job_ids in enumerate(those) for job_id in job_ids])
    totals = dict(look_up(session, _TOTALS, (placed,)).fetchall())
    counts = [Counter[str]() for _ in those]
    for place, provider, state, status, number in look_up(session, _COUNTS, (placed,)):
        counts[place][senders[provider].shown_status(state, status)] += number
    return [Counted(totals.get(place, 0), found) for place, found in enumerate(counts)]


def ever_of(session: Session, job_ids: Sequence[int], channel: str) -> Mapping[int, Mapping[str, int]]:
    """Return how many messages of jobs on a channel ever had each status, by the ids of the jobs."""
    found = defaultdict[int, dict[str, int]](dict)
    for job_id, status, ever in look_up(session, _EVER, (json_text(job_ids), channel)):
        found[job_id][status] = ever
    return found


def now_of(session: Session, job_ids: Sequence[int]) -> Mapping[int, list[tuple[str, str, int]]]:
    """Return how many messages of jobs are in each status now, by the ids of the jobs.

    The numbers above 0 are returned, each with its channel and status.
    """
    found = defaultdict[int, list[tuple[str, str, int]]](list)
    for job_id, *counted in look_up(session, _NOW, (json_text(job_ids),)):
        found[job_id].append((counted[0], counted[1], counted[2]))
    return found


_EVER = """
    SELECT job_id, status, ever FROM status_count
    WHERE job_id IN (SELECT value FROM json_each(?)) AND channel = ?
"""

_NOW = """
    SELECT job_id, channel, status, now FROM status_count
    WHERE job_id IN (SELECT value FROM json_each(?)) AND now > 0
"""

_PLACED = "SELECT json_extract(value, '$[0]') AS place, json_extract(value, '$[1]') AS id FROM json_each(?)"

_COUNTS = f"""
    SELECT place, provider, state, status, sum(now)
    FROM ({_PLACED}) AS placed
    CROSS JOIN job ON job.id = placed.id
    JOIN status_count ON status_count.job_id = job.id AND status_count.channel = job.channel
    GROUP BY place, provider, state, status HAVING sum(now)
"""  # noqa: S608 -- our own statement

_TOTALS = f"""
    SELECT place, sum(total) FROM ({_PLACED}) AS placed CROSS JOIN job ON job.id = placed.id GROUP BY place
"""  # noqa: S608 -- the same
