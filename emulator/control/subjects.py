"""The names that the control plane has for the subjects of due events."""

from collections.abc import Iterable, Mapping, Sequence

from sqlmodel import Session, select

from emulator.sandbox.parts import SandboxPart, kinds_of
from emulator.sending.job_table import SUBJECT, Job
from emulator.sending.steering import NUMBER
from emulator.storage.tables import among


def names_of(session: Session, parts: Sequence[SandboxPart], subjects: Iterable[str]) -> Mapping[str, str]:
    """Return the names of the subjects of events: of jobs, their ids in /_emulator/jobs.

    The name of any other subject is the subject itself.
    """
    words = _words_of(parts)
    found = {subject: _name_of(words, subject) for subject in set(subjects)}
    numbers = [subject.removeprefix(SUBJECT) for subject in found if subject.startswith(SUBJECT)]
    queues = [int(number) for number in numbers if NUMBER.fullmatch(number)]
    owners = session.exec(select(Job.id, Job.owner).where(among(Job.id, queues))) if queues else ()
    return found | {f"{SUBJECT}{number}": owner for number, owner in owners if owner}


def _words_of(parts: Sequence[SandboxPart]) -> Mapping[str, str]:
    """Return the beginnings of the ids of jobs, by the beginnings of the subjects of their events."""
    words = {kind.entity.__tablename__: kind.word for kind in kinds_of(parts)}
    return {start: words[table] for part in parts for start, table in part.subjects.items() if table in words}


def _name_of(words: Mapping[str, str], subject: str) -> str:
    start, colon, key = subject.partition(":")
    word = words.get(f"{start}{colon}")
    return subject if word is None else f"{word}/{key}"
