"""Mails that wait because they may not be sent: project or account is suspended, or the quota used up.

https://docs.autosend.com/others/account/usage: mails of every kind stop until there is capacity again.
"""

from collections.abc import Sequence

from sqlalchemy import String, cast, exists, literal
from sqlmodel import col, select

from emulator.autosend.sending.campaigns import SENDER
from emulator.autosend.sending.delivery import MAILS
from emulator.autosend.tables.mails import Mail
from emulator.engine.due import DueEvent
from emulator.engine.engine import Turn
from emulator.sending.job_table import SUBJECT, Job

BATCHES = tuple(f"{sender.provider}.batch" for sender in (SENDER, MAILS))
"""The due events at which jobs send their next mails; a job without one waits."""


def go_on(turn: Turn, project_ids: Sequence[str]) -> None:
    """Start the waiting jobs of some projects; they send as much as they may now."""
    about = literal(SUBJECT).concat(cast(col(Job.id), String))
    is_planned = exists().where(col(DueEvent.subject) == about, col(DueEvent.name).in_(BATCHES))
    waiting = (
        select(Job, Mail.campaign_id)
        .join(Mail, col(Mail.job_id) == Job.id)
        .where(col(Mail.project_id).in_(project_ids), Job.state == "running", col(Job.position) < Job.window)
        .where(~is_planned)
        .order_by(col(Job.id))
    )
    for job, campaign_id in turn.session.exec(waiting).all():
        (SENDER if campaign_id else MAILS).start(turn, job, after=0)
