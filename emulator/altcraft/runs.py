"""The runs of mailings: their recipients, their limits, and what is stored of each run.

https://guides.altcraft.com/en/developer-guide/campaigns/2195660 (sources, limits, `content` and `attach` of a
launch) and …/developer-guide/campaigns/broadcast-campaigns/2195887 (limits that grow).
"""

import mimetypes
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from sqlmodel import Session, col, select

from emulator.altcraft.choosing.audience import Audience, Reached, Recipient, reach
from emulator.altcraft.choosing.policies import NOBODY, holding
from emulator.altcraft.choosing.selected import Selected
from emulator.altcraft.choosing.selections import of_source
from emulator.altcraft.data_urls import beginning_of
from emulator.altcraft.logs import note, note_left_out
from emulator.altcraft.refusals import ObjectNotFound
from emulator.altcraft.tables.account import Account
from emulator.altcraft.tables.choosing import Segment
from emulator.altcraft.tables.content import VirtualSender
from emulator.altcraft.tables.mailings import Mailing, Run, RunFile, Sent, scenario_name
from emulator.altcraft.tables.people import Database
from emulator.altcraft.tables.tasks import File
from emulator.altcraft.templating.editions import keep_editions, problems_in, problems_of
from emulator.altcraft.templating.sendable import is_for_confirm
from emulator.altcraft.webhooks import tell_of_launch
from emulator.engine.engine import Turn
from emulator.sending.job_table import Job, new_job
from emulator.sending.mail import mail_outcome
from emulator.sending.messages import Message, NewMessage, add_messages
from emulator.storage.insertion import Insertion

QUEUED = "queued"

DROPPED = "cancelled"
"""The status of messages whose queue was dropped, or whose recipient was deleted."""

_SENT = Insertion("altcraft_sent", "message_id", (), ("profile_id", "subscription_id"))

MOST_PEOPLE = 2**31
"""The bound of a limit that grows."""

OVERRIDDEN = ("subject", "from_name", "replyto_name")
"""The texts of a mailing's content that stand in place of a template's."""

LONGEST_SHOWN = 1000
"""The length at which texts of a file object are cut in views of messages."""

FILE_KEYS = ("file_key", "flie_key")
"""The keys that may name an uploaded file. The misspelled one is the documentation's."""

FILE_NAMES = ("name", "file_name", "filename")

MEDIA_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+(;[^\r\n]*)?\Z", re.ASCII)


@dataclass(frozen=True)
class Circumstances:
    """The values that a run was given, and what led to it."""

    values: Mapping[str, Any] = field(default_factory=dict)
    files: Sequence[Mapping[str, Any]] = ()
    custom_data: Mapping[str, Any] = field(default_factory=dict)
    scenario_id: int | None = None
    """The scenario that starts it, None where none does."""
    node: str = ""
    """The node of the scenario."""
    sending: int | None = None
    """The number of the scenario's sending."""
    chain: int = 0
    """The chain of starts at this instant that led to it (`Run.chain`)."""


@dataclass(frozen=True)
class Overrides(Circumstances):
    """Settings of one run that replace those of its mailing."""

    data_type: str | None = None
    data_id: int = 0
    limit: int | None = None


OWN_SETTINGS = Overrides()


class Source(NamedTuple):
    """The source of a run's people: a database (`list`) or a segment."""

    data_type: str
    data_id: int


class SourceKind(NamedTuple):
    table: type[Database | Segment]
    word: str
    """The name in texts of refusals."""


SOURCES = {"list": SourceKind(Database, "database"), "segment": SourceKind(Segment, "segment")}
"""The types of sources, as requests name them."""


def source_of(mailing: Mailing, overrides: Overrides = OWN_SETTINGS) -> Source:
    """Return the source of a mailing's run."""
    if overrides.data_type:
        return Source(overrides.data_type, overrides.data_id)
    return Source(mailing.data_type, mailing.data_id)


def check_source(session: Session, source: Source) -> None:
    """Raise ObjectNotFound for a segment or a database that is gone."""
    kind = SOURCES[source.data_type]
    if session.get(kind.table, source.data_id) is None:
        raise ObjectNotFound(kind.word, source.data_id)


def make(turn: Turn, mailing: Mailing, overrides: Overrides = OWN_SETTINGS) -> Job:
    """Store a new run of a mailing, with a queued message to each of its people.

    Write into the log how many people are left out, and the problems of the templates. The caller starts the
    job.
    """
    note(turn, mailing, "Begin campaign", state="start")
    source = source_of(mailing, overrides)
    limit = _limit(mailing, overrides)
    found = _people(turn, mailing, _audience(turn, mailing, source))
    found.keep(found.recipients[: limit or None], "the limit")
    chosen = found.recipients
    pace = mailing.pace or turn.session.get_one(Account, 1).pace
    job = new_run(turn, mailing, source, overrides, len(chosen), pace, is_part=limit > 0)
    first_id = add_messages(turn, job.id, mailing.channel, messages_to(mailing.channel, chosen), len(chosen))
    note_people(turn, first_id, chosen)
    for reason, addresses in found.left_out().items():
        note_left_out(turn, mailing, reason, addresses, overrides.scenario_id)
    for problem in problems_of_run(turn.session, mailing, job):
        note(turn, mailing, problem, level="WARNING")
    return job


def new_run(
    turn: Turn,
    mailing: Mailing,
    source: Source,
    given: Circumstances,
    total: int,
    pace: float,
    *,
    is_part: bool = False,
) -> Job:
    """Store a run of a mailing and its job, without messages."""
    cause = "" if given.scenario_id is None else scenario_name(given.scenario_id)
    job = new_job(
        turn, "altcraft", mailing.channel, total=total, pace=pace, owner=mailing.job_name, cause=cause
    )
    mailing.job_id, mailing.run_since = job.id, turn.now
    run = Run(
        job_id=job.id,
        mailing_id=mailing.id,
        name=mailing.name,
        at=turn.now,
        data_type=source.data_type,
        data_id=source.data_id,
        resource_id=mailing.resource_id,
        templates=mailing.content,
        editions=keep_editions(turn, mailing.template_ids),
        sender_rules=_sender_rules(turn.session, mailing),
        is_part=is_part,
        values=dict(given.values),
        custom_data=dict(given.custom_data),
        scenario_id=given.scenario_id,
        node=given.node,
        sending=given.sending,
        chain=given.chain,
    )
    turn.session.add(run)
    tell_of_launch(turn, run)
    turn.session.add_all([_file(turn.session, job, *one) for one in enumerate(given.files, 1)])
    return job


def messages_to(channel: str, chosen: Sequence[Recipient]) -> Iterator[NewMessage]:
    for position, one in enumerate(chosen):
        yield NewMessage(position, one.address, _outcome(channel, one), QUEUED)


def _outcome(channel: str, one: Recipient) -> str:
    """Return the outcome of a message. It fails if the address is a text with several e-mails."""
    has_several = channel == "email" and one.address.count("@") > 1
    return "failed" if has_several else mail_outcome(one.email)


def note_people(turn: Turn, first_id: int, chosen: Sequence[Recipient]) -> None:
    """Store the recipients of messages, whose ids begin with `first_id`."""
    _SENT.run(turn.store, first_id, (), ((one.profile_id, one.subscription_id) for one in chosen))


def problems_of_run(session: Session, mailing: Mailing, job: Job) -> list[str]:
    """Return the problems of a run's templates and content, for the log."""
    own = [item.get(name, "") for item in mailing.content for name in OVERRIDDEN]
    sent = session.get_one(Run, job.id).editions
    return [*problems_in("Content", own), *problems_of(session, sent, mailing.channel)]


def has_people_left(turn: Turn, mailing: Mailing, run: Run) -> bool:
    """Return whether a run was a part of its mailing, and people of its source are left for the next part.

    People whom a policy holds back are left, too, as it does so for some days only.
    """
    if not run.is_part:
        return False
    audience = _audience(turn, mailing, Source(run.data_type, run.data_id))
    return bool(_people(turn, mailing, replace(audience, policy=NOBODY)).recipients)


def _limit(mailing: Mailing, overrides: Overrides) -> int:
    """Return the limit of messages of a run, 0 for none, and let the limit of the next run grow."""
    if overrides.limit is not None:
        return overrides.limit
    limit = mailing.grown_limit or mailing.cycle_limit
    if limit:
        grown = limit + limit * mailing.aglimit_percent / 100 + mailing.aglimit_count
        mailing.grown_limit = min(round(grown, 6), MOST_PEOPLE)
    return int(limit)


def _audience(turn: Turn, mailing: Mailing, source: Source) -> Audience:
    """Return the audience of a mailing among the people of a source now."""
    return audience_of(turn, mailing, of_source(turn.session, *source, turn.meant))


def _people(turn: Turn, mailing: Mailing, audience: Audience) -> Reached:
    """Return the recipients of a run, each address once."""
    reached = reach(turn.session, audience)
    if mailing.kind != "regular" and mailing.job_id:
        addresses, people = _have_it(turn.session, mailing)
        if audience.takes_all:
            people = set()
        left = (one for one in reached.recipients if one.profile_id not in people)
        reached.keep([one for one in left if one.address not in addresses], "an earlier run")
    once_each(reached)
    return reached


def once_each(reached: Reached) -> None:
    """Keep the first recipient with each address."""
    first: dict[str, Recipient] = {}
    for one in reached.recipients:
        first.setdefault(one.address, one)
    reached.keep(list(first.values()), "uniqueness")


def audience_of(turn: Turn, mailing: Mailing, people: Selected) -> Audience:
    """Return the audience of a mailing among a set of people."""
    return Audience(
        people,
        mailing.channel,
        resource_id=mailing.resource_id,
        for_confirm=is_for_confirm(turn.session, mailing),
        is_unconditional=mailing.unconditional_sending,
        providers=mailing.providers,
        is_fanout=mailing.push_sending_mode != "last",
        templates=mailing.template_ids,
        policy=holding(turn.session, mailing, turn.meant),
    )


def _have_it(session: Session, mailing: Mailing) -> tuple[set[str], set[str]]:
    """Return the addresses and the profiles to which an earlier run of the mailing was sent."""
    earlier = select(Message.recipient, Sent.profile_id).join(Run, col(Run.job_id) == Message.job_id)
    of_it = earlier.where(Run.mailing_id == mailing.id, Message.channel == mailing.channel)
    sent = of_it.where(col(Message.status).not_in((QUEUED, DROPPED)))
    rows = session.exec(sent.join(Sent, col(Sent.message_id) == Message.id)).all()
    return {address for address, _ in rows}, {profile_id for _, profile_id in rows}


def _sender_rules(session: Session, mailing: Mailing) -> list[dict[str, Any]]:
    sender = session.get(VirtualSender, mailing.virtual_sender_id)
    rules = {"email": sender.email_rules, "sms": sender.sms_rules} if sender else {}
    return rules.get(mailing.channel, [])


def file_name(session: Session, number: int, file: Mapping[str, Any]) -> tuple[str, str]:
    """Return the name and the content type of a file that a client gave, or has uploaded before."""
    key = next((str(file[name]).lower() for name in FILE_KEYS if file.get(name)), "")
    known = select(File.name, File.content_type).where(File.id == key, col(File.task_id).is_(None))
    uploaded = session.exec(known).first() or (f"file {number}", "")
    name = str(next((file[name] for name in FILE_NAMES if file.get(name)), uploaded[0]))
    by_data = beginning_of(str(file.get("data", "")))
    said = (file.get("mimetype"), by_data and by_data[1], uploaded[1], mimetypes.guess_type(name)[0])
    return name, next((str(one) for one in said if MEDIA_TYPE.match(str(one))), "application/octet-stream")


def _file(session: Session, job: Job, number: int, file: Mapping[str, Any]) -> RunFile:
    name, content_type = file_name(session, number, file)
    shown = {key: _cut(value) for key, value in file.items()}
    return RunFile(job_id=job.id, name=name, content_type=content_type, shown=shown, file=dict(file))


def _cut(value: Any) -> Any:
    if isinstance(value, str) and len(value) > LONGEST_SHOWN:
        return f"{value[:LONGEST_SHOWN]}… ({len(value)} characters)"
    return value
