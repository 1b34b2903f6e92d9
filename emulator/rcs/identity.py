"""How RCS clients know a message: its ids, and its wording."""

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from sqlmodel import Session, select

from emulator.rcs import mails
from emulator.rcs.tables.campaigns import Dispatch
from emulator.rcs.tables.two_factor import SOURCE, OtpSend
from emulator.rcs.values import whole_number
from emulator.sending.identity import NOTHING_NAMED, Identity, Named, Wording
from emulator.sending.messages import Message
from emulator.storage.session import look_up
from emulator.storage.sqlite import json_text


def identity(session: Session, message: Message) -> Identity:
    """Return the number of a message in responses and callbacks, and the ids of what it belongs to."""
    if message.channel == mails.EMAIL:
        return mails.identity(session, message)
    dispatch, ids = session.get_one(Dispatch, message.job_id), {"id": str(message.id)}
    sent = code_sent(session, dispatch)
    if dispatch.campaign_id is not None:
        ids["campaign_id"] = str(dispatch.campaign_id)
    if sent is not None:
        ids["authentication_id"] = sent.session_id
    return Identity(ids["id"], ids)


def named(session: Session, text: str) -> Named:
    """Return the message with a number, or those of an e-mail or a session of one-time passwords.

    Numbers are not looked for among campaigns, as messages have the same numbers.
    """
    number = whole_number(text)
    if number is None:
        sends = select(OtpSend.job_id).where(OtpSend.session_id == text.lower())
        jobs = session.exec(sends).all()
        return Named(jobs=jobs) if jobs else mails.named(session, text)
    message = session.get(Message, number)
    is_ours = message is not None and session.get(Dispatch, message.job_id) is not None
    return Named(messages=[message.id]) if message and is_ours else NOTHING_NAMED


def code_sent(session: Session, dispatch: Dispatch) -> OtpSend | None:
    """Return the one-time password that a job sends, None for a job that sends something else."""
    return session.get_one(OtpSend, dispatch.job_id) if dispatch.source == SOURCE else None


def words(text: str, options: Mapping[str, Any] | None) -> tuple[str | None, str]:
    """Return the title of a message, if it has one, and its text with those of its cards."""
    if options is None:
        return None, text
    cards = options.get("cards") or []
    title = next((card["title"] for card in cards if card.get("title")), None)
    texts = [options.get("text") or text, *(card.get("text") for card in cards)]
    return title, "\n".join(filter(None, texts))


def wordings(session: Session, job_ids: Sequence[int]) -> Mapping[tuple[int, str], Wording]:
    """Return the wordings of jobs' messages and of their substitutes."""
    return dict(chain(_wordings(session, job_ids), mails.wordings(session, job_ids)))


def _wordings(session: Session, job_ids: Sequence[int]) -> Iterator[tuple[tuple[int, str], Wording]]:
    for job_id, channel, is_personal, *content, instead, is_finished, its_text, its_options in look_up(
        session, _WORDINGS, (json_text(job_ids),)
    ):
        yield (job_id, channel), _wording(*content, is_personal=bool(is_personal))
        if instead != channel:
            yield (job_id, instead), _wording(its_text, its_options, is_personal=bool(is_finished))


def _wording(text: str | None, written: str | None, *, is_personal: bool) -> Wording:
    options = None if written is None else json.loads(written)
    title, said = words(text or "", options)
    subject = said[:200] if title is None else title
    return Wording(subject, said, payload=options, is_personal=is_personal)


_WORDINGS = """
    SELECT job_id, channel, is_personal, text, options,
        fallback_channel, fallback_finish IS NOT NULL, fallback_text, fallback_options
    FROM rcs_dispatch
    WHERE job_id IN (SELECT value FROM json_each(?))
"""
