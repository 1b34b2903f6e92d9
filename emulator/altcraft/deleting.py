"""Deleting people, and cancelling the messages that are queued for them."""

from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter

from emulator.altcraft.logs import DELETED, left_out_message, note
from emulator.altcraft.people import removal
from emulator.altcraft.runs import QUEUED
from emulator.altcraft.sending import SENDER
from emulator.altcraft.tables.mailings import Mailing, Run
from emulator.engine.engine import Turn
from emulator.sending.job_table import Job
from emulator.storage.sqlite import json_text

Waiting = tuple[int, int, str]
"""A queued message: the ids of its job, the message and its recipient's profile."""


def delete_profiles(turn: Turn, profile_ids: Sequence[str]) -> tuple[int, int]:
    """Delete profiles with all that belongs to them, and cancel messages that are queued for them.

    Return how many entries of histories and how many profiles were deleted.
    """
    queued: list[Waiting] = turn.store.execute(_QUEUED, (QUEUED, json_text(list(profile_ids)))).fetchall()
    deleted = removal.delete_profiles(turn, profile_ids)
    for job_id, waiting in groupby(queued, itemgetter(0)):
        _cancel(turn, turn.session.get_one(Job, job_id), list(waiting))
    return deleted


def _cancel(turn: Turn, job: Job, waiting: Sequence[Waiting]) -> None:
    """Cancel a job's messages to deleted profiles, and write their number into the mailing's log."""
    run = turn.session.get_one(Run, job.id)
    mailing = turn.session.get_one(Mailing, run.mailing_id)
    people = {profile_id for _, _, profile_id in waiting}
    note(turn, mailing, left_out_message(DELETED, len(people)))
    SENDER.drop(turn, job, [message_id for _, message_id, _ in waiting])


_QUEUED = """
    SELECT message.job_id, message.id, sent.profile_id FROM altcraft_sent AS sent
    JOIN message ON message.id = sent.message_id AND message.status = ?
    JOIN job ON job.id = message.job_id AND job.state IN ('running', 'held')
    WHERE sent.profile_id IN (SELECT value FROM json_each(?))
    ORDER BY message.id
"""
