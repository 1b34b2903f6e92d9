"""Deleting people, who get nothing any more that is still queued for them."""

from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter

from emulator.altcraft.logs import DELETED, note_left_out
from emulator.altcraft.people import removal
from emulator.altcraft.runs import QUEUED
from emulator.altcraft.sending import SENDER
from emulator.altcraft.tables.mailings import Mailing, Run
from emulator.engine.engine import Turn
from emulator.sending.job_table import Job
from emulator.storage.sqlite import json_text

Waiting = tuple[int, int, str]
"""A queued message: its job, its id, and the profile that it is for."""


def delete_profiles(turn: Turn, profile_ids: Sequence[str]) -> tuple[int, int]:
    """Delete profiles with all that hangs on them, and cancel what is queued for them.

    Return how many actions of theirs and how many of them were deleted.
    """
    queued: list[Waiting] = turn.store.execute(_QUEUED, (QUEUED, json_text(list(profile_ids)))).fetchall()
    deleted = removal.delete_profiles(turn, profile_ids)
    for job_id, waiting in groupby(queued, itemgetter(0)):
        _cancel(turn, turn.session.get_one(Job, job_id), list(waiting))
    return deleted


def _cancel(turn: Turn, job: Job, waiting: Sequence[Waiting]) -> None:
    """Cancel messages of a job that are queued for nobody; the log of its mailing says for how many."""
    run = turn.session.get_one(Run, job.id)
    mailing = turn.session.get_one(Mailing, run.mailing_id)
    people = {profile_id for _, _, profile_id in waiting}
    note_left_out(turn, mailing, DELETED, len(people))
    SENDER.drop(turn, job, [message_id for _, message_id, _ in waiting])


_QUEUED = """
    SELECT message.job_id, message.id, sent.profile_id FROM altcraft_sent AS sent
    JOIN message ON message.id = sent.message_id AND message.status = ?
    JOIN job ON job.id = message.job_id AND job.state IN ('running', 'held')
    WHERE sent.profile_id IN (SELECT value FROM json_each(?))
    ORDER BY message.id
"""
