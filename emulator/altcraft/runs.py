"""The runs of mailings: whom they go to, how many of them at most, and what is kept of each run.

https://guides.altcraft.com/en/developer-guide/campaigns/2195660 (sources, limits, `content` and `attach` of a
launch) and …/developer-guide/campaigns/broadcast-campaigns/2195887 (limits that grow).
"""

import mimetypes
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any, NamedTuple

from sqlmodel import Session, col, func, select
from sqlmodel.sql.expression import SelectOfScalar

from emulator.altcraft.tables import Account, Mailing, Profile, Run, RunFile, SegmentMember
from emulator.engine.engine import Turn
from emulator.sending.jobs import Job, new_job
from emulator.sending.mail import mail_outcome
from emulator.sending.messages import Message, NewMessage, add_messages

RECIPIENTS: Mapping[str, Any] = {"email": Profile.email, "sms": Profile.phone, "push": Profile.id}
"""The column that has the address of a profile on a channel."""

QUEUED = "queued"

MOST_PEOPLE = 2**31
"""The bound of a limit that grows."""

LONGEST_SHOWN = 1000
"""Texts of a file object that are longer are cut where messages are shown."""


@dataclass(frozen=True)
class Overrides:
    """What one run of a mailing has instead of the mailing's own settings, and what it has besides."""

    data_type: str | None = None
    data_id: int = 0
    limit: int | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    files: Sequence[Mapping[str, Any]] = ()


OWN_SETTINGS = Overrides()


class Source(NamedTuple):
    """Whom a run goes to: a database (`list`) or a segment."""

    data_type: str
    data_id: int


class Prepared(NamedTuple):
    """A run that is ready to be sent."""

    job: Job
    left_out: int
    """How many people got the mailing in an earlier run, and do not get it again."""


def prepare(turn: Turn, mailing: Mailing, overrides: Overrides) -> Prepared:
    """Store a new run of a mailing, with a queued message to each of its people."""
    own = Source(mailing.data_type, mailing.data_id)
    source = Source(overrides.data_type, overrides.data_id) if overrides.data_type else own
    limit = _limit(mailing, overrides)
    people = _people(turn.session, mailing, source)
    left_out = _reached(turn.session, mailing, source) if mailing.job_id else 0
    chosen = people[:limit] if limit else people
    pace = mailing.pace or turn.session.get_one(Account, 1).pace
    job = new_job(turn, "altcraft", mailing.channel, total=len(chosen), pace=pace, owner=owner(mailing))
    mailing.job_id, mailing.run_since = job.id, turn.now
    _keep(turn, mailing, job, source, overrides)
    messages = (
        NewMessage(position, address, mail_outcome(email), QUEUED)
        for position, (_, address, email) in enumerate(chosen)
    )
    first_id = add_messages(turn, job.id, mailing.channel, messages)
    whom = zip(count(first_id), (profile for profile, _, _ in chosen), strict=False)
    turn.store.execute_many("INSERT INTO altcraft_sent (message_id, profile_id) VALUES (?, ?)", whom)
    return Prepared(job, left_out)


def has_people_left(session: Session, mailing: Mailing, run: Run) -> bool:
    """Return whether a run did not reach everybody in its source, because it has a limit."""
    waiting = _waiting(mailing, Source(run.data_type, run.data_id))
    return session.exec(waiting.limit(1)).first() is not None


def owner(mailing: Mailing) -> str:
    """Return the name that the control plane has for a mailing."""
    return f"altcraft/mailing/{mailing.id}"


def _limit(mailing: Mailing, overrides: Overrides) -> int:
    """Return how many messages the run may have, 0 for any number; make the limit of the next run grow."""
    if overrides.limit is not None:
        return overrides.limit
    limit = mailing.grown_limit or mailing.cycle_limit
    if limit:
        grown = limit + limit * mailing.aglimit_percent / 100 + mailing.aglimit_count
        mailing.grown_limit = min(round(grown, 6), MOST_PEOPLE)
    return int(limit)


def _people(session: Session, mailing: Mailing, source: Source) -> list[tuple[str, str, str | None]]:
    """Return profile, address and e-mail of everybody whom a run goes to, each address once."""
    found: dict[str, tuple[str, str, str | None]] = {}
    for profile_id, address, email in session.exec(_waiting(mailing, source)):
        found.setdefault(address, (profile_id, address, email))
    return list(found.values())


def _waiting(mailing: Mailing, source: Source) -> Any:
    """Return the statement for those in a source who did not get the mailing yet."""
    everybody = _everybody(mailing, source)
    if mailing.kind == "regular":
        return everybody
    return everybody.where(RECIPIENTS[mailing.channel].not_in(_have_it(mailing)))


def _reached(session: Session, mailing: Mailing, source: Source) -> int:
    """Return how many in a source got the mailing in an earlier run; none of a regular one, which repeats."""
    if mailing.kind == "regular":
        return 0
    reached = _everybody(mailing, source).where(RECIPIENTS[mailing.channel].in_(_have_it(mailing)))
    number: int = session.exec(select(func.count()).select_from(reached.subquery())).one()
    return number


def _everybody(mailing: Mailing, source: Source) -> Any:
    address: Any = RECIPIENTS[mailing.channel]
    statement = select(Profile.id, address.label("address"), Profile.email.label("own_email"))  # type: ignore[union-attr]
    if source.data_type == "segment":
        members = select(SegmentMember.profile_id).where(SegmentMember.segment_id == source.data_id)
        statement = statement.where(col(Profile.id).in_(members))
    else:
        statement = statement.where(Profile.database_id == source.data_id)
    return statement.where(address.is_not(None)).order_by(col(Profile.number))


def _have_it(mailing: Mailing) -> SelectOfScalar[str]:
    """Return the statement for the addresses to which an earlier run of the mailing was sent."""
    earlier = select(Message.recipient).join(Run, col(Run.job_id) == Message.job_id)
    of_it = earlier.where(Run.mailing_id == mailing.id, Message.channel == mailing.channel)
    return of_it.where(Message.status != QUEUED)


def _keep(turn: Turn, mailing: Mailing, job: Job, source: Source, overrides: Overrides) -> None:
    run = Run(
        job_id=job.id,
        mailing_id=mailing.id,
        at=turn.now,
        data_type=source.data_type,
        data_id=source.data_id,
        resource_id=mailing.resource_id,
        templates=mailing.content,
        values=dict(overrides.values),
    )
    turn.session.add(run)
    turn.session.add_all(_file(job, number, file) for number, file in enumerate(overrides.files, 1))


def _file(job: Job, number: int, file: Mapping[str, Any]) -> RunFile:
    named = next((file[key] for key in ("name", "file_name", "filename") if file.get(key)), f"file {number}")
    name = str(named)
    guessed = mimetypes.guess_type(name)[0] or "application/octet-stream"
    shown = {key: _cut(value) for key, value in file.items()}
    return RunFile(job_id=job.id, name=name, content_type=guessed, shown=shown, file=dict(file))


def _cut(value: Any) -> Any:
    if isinstance(value, str) and len(value) > LONGEST_SHOWN:
        return f"{value[:LONGEST_SHOWN]}… ({len(value)} characters)"
    return value
