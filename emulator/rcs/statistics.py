"""Statistic jobs, which collect the prices and statuses of messages after a time of the sandbox's clock.

github.com/bsgworld/go-sdk v2/api/openapi.yaml
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlmodel import Session, col, func, select

from emulator.engine.clock import DAY, SECOND, Millis
from emulator.engine.engine import MANY_ROWS, Handler, Turn
from emulator.rcs.channels import CHANNELS
from emulator.rcs.tables.statistics import Operator, StatisticJob
from emulator.rcs.webhooks import AFTER_REPORT, REPORTED
from emulator.storage.sqlite import json_text

MOST_JOBS = 2
"""How many jobs an account can have at a time."""

TAKES: Millis = 5 * SECOND
KEPT_FOR: Millis = 30 * DAY

SHOWN_STATUSES: Mapping[str, str] = {
    "read": "Delivered",
    "not_service_user": "Undelivered",
    "not_viber_user": "Undelivered",
}
"""The statuses that have another name in statistics; the others are capitalised."""


def shown_status(status: str) -> str:
    return SHOWN_STATUSES.get(status, status.capitalize())


def statuses_shown_as(word: str) -> list[str]:
    """Return the statuses that statistics show as this one."""
    return [word.lower(), *(status for status, shown in SHOWN_STATUSES.items() if shown == word)]


def has_room(session: Session) -> bool:
    """Return whether another job may be made."""
    return session.exec(select(func.count()).select_from(StatisticJob)).one() < MOST_JOBS


def find_job(session: Session, key: str) -> StatisticJob | None:
    return session.exec(select(StatisticJob).where(StatisticJob.key == key)).first()


def jobs_of(session: Session) -> Sequence[StatisticJob]:
    return session.exec(select(StatisticJob).order_by(col(StatisticJob.id))).all()


def create(
    turn: Turn,
    request: Mapping[str, Any],
    criteria: Mapping[str, Any],
    *,
    key: str | None = None,
    takes: Millis = TAKES,
) -> StatisticJob:
    """Store a job; due events complete it, and delete it after 30 days.

    Args:
        turn: The turn.
        request: The request of the client.
        criteria: The criteria for messages, by the names in CONDITIONS.
        key: The key by which clients name the job; None for a new key.
        takes: How long it takes until it is done.
    """
    job = StatisticJob(
        id=turn.ids.number("rcs.statistic_job"),
        key=key or turn.ids.hex("rcs.statistic_key", 18),
        request=dict(request),
        criteria=dict(criteria),
    )
    turn.session.add(job)
    turn.schedule(turn.now + takes, "rcs.statistics", _subject(job), rows=MANY_ROWS)
    turn.schedule(turn.now + KEPT_FOR, "rcs.statistics.end", _subject(job), rows=MANY_ROWS)
    return job


def delete(turn: Turn, job: StatisticJob) -> None:
    """Delete a job and its result."""
    turn.cancel(_subject(job))
    turn.store.execute("DELETE FROM rcs_statistic_row WHERE statistic_job_id = ?", (job.id,))
    turn.session.delete(job)


def events() -> dict[str, Handler]:
    """Return the handlers of the due events of jobs."""
    return {"rcs.statistics": _on_done, "rcs.statistics.end": _on_end}


def operator_of(operators: Mapping[str, Operator], phone: str) -> Operator | None:
    """Return the operator whose prefix is the longest that fits a phone; None if none fits."""
    lengths = range(len(phone), 0, -1)
    return next((operators[phone[:length]] for length in lengths if phone[:length] in operators), None)


def _on_done(turn: Turn, about: str, details: Mapping[str, Any]) -> None:
    job = _job_about(turn, about)
    conditions = " AND ".join(CONDITIONS[name] for name in job.criteria)
    values = {
        name: json_text(value) if isinstance(value, list) else value for name, value in job.criteria.items()
    }
    turn.store.execute(f"{_COLLECT} AND {conditions}", values | _CONSTANTS | {"job": job.id})
    job.status = "Done"


def _on_end(turn: Turn, about: str, details: Mapping[str, Any]) -> None:
    delete(turn, _job_about(turn, about))


def _job_about(turn: Turn, about: str) -> StatisticJob:
    return turn.session.get_one(StatisticJob, int(about.removeprefix(_ABOUT)))


def _subject(job: StatisticJob) -> str:
    return f"{_ABOUT}{job.id}"


_ABOUT = "rcs.statistic_job:"

_LISTED = "(SELECT value FROM json_each(:{}))"

_OPERATOR = """
    (SELECT mcc || mnc FROM rcs_operator WHERE substr(message.recipient, 1, length(prefix)) = prefix
     ORDER BY length(prefix) DESC LIMIT 1)
"""

_CLICKS = """
    (SELECT CASE WHEN count(*) > 0 OR EXISTS (
                SELECT 1 FROM rcs_short_link WHERE rcs_short_link.message_id = message.id)
            THEN count(*) END
     FROM rcs_short_click WHERE rcs_short_click.message_id = message.id)
"""

CONDITIONS: Mapping[str, str] = {
    "message_ids": f"message.id IN {_LISTED.format('message_ids')}",
    "time_in_from": "message.created_at >= :time_in_from",
    "time_in_to": "message.created_at <= :time_in_to",
    "time_sent_from": "message.sent_at >= :time_sent_from",
    "time_sent_to": "message.sent_at <= :time_sent_to",
    "phones": f"message.recipient IN {_LISTED.format('phones')}",
    "source": "rcs_dispatch.source = :source",
    "sender": "rcs_dispatch.source = :sender",
    "country": "message.country = :country",
    "operator_id": f"{_OPERATOR} = :operator_id",
    "statuses": f"message.status IN {_LISTED.format('statuses')}",
    "more_clicks": f"{_CLICKS} > :more_clicks",
    "fewer_clicks": f"{_CLICKS} < :fewer_clicks",
    "clicks": f"{_CLICKS} = :clicks",
}
"""The SQL conditions for messages, by the name of the criterion."""

_CONSTANTS = {
    "charged": json_text(
        [f"{name}.{status}" for name, channel in CHANNELS.items() for status in sorted(channel.charged)]
    ),
    "reported": json_text(sorted(REPORTED)),
    "after_report": json_text(sorted(AFTER_REPORT)),
}

_COLLECT = f"""
    INSERT INTO rcs_statistic_row
    SELECT :job, message.id, message.status,
           CASE WHEN message.channel || '.' || message.status IN {_LISTED.format("charged")}
           THEN message.price ELSE 0 END,
           message.sent_at,
           (SELECT max(at) FROM status_change
            WHERE message_id = message.id AND status IN {_LISTED.format("reported")}
            AND message.status IN {_LISTED.format("after_report")}),
           {_CLICKS}
    FROM message JOIN rcs_dispatch ON rcs_dispatch.job_id = message.job_id
    WHERE TRUE
"""
