"""The ids by which Altcraft's clients know a message, and its content for searches."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from sqlmodel import Session

from emulator.altcraft.smids import message_of, smid
from emulator.altcraft.tables.account import Account
from emulator.altcraft.tables.mailings import Mailing, Run
from emulator.altcraft.templating.channels import TEXTS
from emulator.altcraft.templating.said import Said
from emulator.altcraft.webhooks import launch_id
from emulator.engine.clock import SECOND
from emulator.sending.identity import NOTHING_NAMED, Envelope, Identity, Named, Wording
from emulator.sending.messages import Message
from emulator.sending.mime import Address
from emulator.sending.texts import MOST_READ
from emulator.storage.session import look_up
from emulator.storage.sqlite import json_text

LAUNCH_ID = re.compile(r"([0-9a-f]{8})([0-9a-f]{8})([0-9a-f]{8})")


def identity(session: Session, message: Message) -> Identity:
    """Return the id of a message, with the ids of its mailing, launch, template and profile."""
    run, own = session.get_one(Run, message.job_id), smid(message.id)
    others = {"send_message_id": own, "campaign_id": str(run.mailing_id), **run_ids(session, run)}
    if run.templates:
        others["message_id"] = str(run.content_of(message.position)["message_id"])
    for (profile_id,) in look_up(session, _PROFILE, (message.id,)):
        others["profile_id"] = profile_id
    return Identity(own, others, "to" if message.channel == "email" else None)


def run_ids(session: Session, run: Run) -> dict[str, str]:
    """Return the ids of a launch, by their names."""
    return {"launch_id": launch_id(session.get_one(Account, 1).number, run.mailing_id, run.at)}


def named(session: Session, text: str) -> Named:
    """Return the message with this id, or those of the launch with it."""
    found = LAUNCH_ID.fullmatch(text)
    if found is None:
        message_id = message_of(session, text)
        return NOTHING_NAMED if message_id is None else Named([message_id])
    account, mailing_id, second = (int(digits, 16) for digits in found.groups())
    if account != session.get_one(Account, 1).number:
        return NOTHING_NAMED
    place = (mailing_id, second * SECOND, (second + 1) * SECOND)
    return Named(jobs=[job_id for (job_id,) in look_up(session, _RUNS, place)])


def wordings(session: Session, job_ids: Sequence[int]) -> Mapping[tuple[int, str], Wording]:
    """Return the texts of runs' messages, without the values of recipients, and the values of the launch."""
    return {
        (job_id, channel): _wording(channel, json.loads(content), json.loads(fields), json.loads(values))
        for job_id, channel, content, fields, values in look_up(session, _WORDINGS, (json_text(job_ids),))
    }


def _wording(channel: str, content: Sequence[Any], fields: Mapping[str, str], values: Any) -> Wording:
    """Return the texts of a run's messages. With several templates, the messages count as personal."""
    first = {name: text for name, text in content[0].items() if text} if content else {}
    words = {name: str({**fields, **first}.get(name, "")) for name in TEXTS[channel]}
    is_personal = len(content) > 1 or any("{" in text for text in words.values())
    rest = [values, words.get("icon"), words.get("click_url")]
    if channel == "sms":
        return Wording(words["sms"], words["sms"], payload=rest, is_personal=is_personal)
    if channel == "push":
        return Wording(words["title"], words["body"], payload=rest, is_personal=is_personal)
    html = words["html"][:MOST_READ]
    return Wording(words["subject"], words["text"], html, payload=rest, is_personal=is_personal)


def envelope(said: Said, mailing: Mailing | None, message: Message) -> Envelope:
    """Return the sender and the recipients of a mail."""
    return Envelope(
        Address(said.from_email, said.from_name or None) if said.from_email else None,
        to=[Address(message.recipient)],
        bcc=[Address(one) for one in mailing.blind_carbon_copy] if mailing else [],
    )


_PROFILE = "SELECT profile_id FROM altcraft_sent WHERE message_id = ?"

_RUNS = "SELECT job_id FROM altcraft_run WHERE mailing_id = ? AND at >= ? AND at < ?"

_WORDINGS = """
    SELECT run.job_id, job.channel, run.templates,
        coalesce(json_remove(json_extract(edition.channels, '$.' || job.channel), '$.attach'), '{}'),
        run."values"
    FROM altcraft_run AS run JOIN job ON job.id = run.job_id
    LEFT JOIN altcraft_edition AS edition ON edition.id = json_extract(run.editions, '$[0]')
    WHERE run.job_id IN (SELECT value FROM json_each(?))
"""
