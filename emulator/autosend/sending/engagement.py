"""What recipients do by the links in mails: open, click, unsubscribe, and subscribe again.

https://docs.autosend.com/others/webhooks/event-type: each open and each click is an event of its own;
counters count only the first of a mail. Later statuses of the mail's outcome (a complaint) still come.
"""

from collections.abc import Mapping
from typing import Any

from emulator.autosend.sending import analytics
from emulator.autosend.sending.campaigns import SENDER
from emulator.autosend.sending.delivery import MAILS, RESUBSCRIBED, MailSender
from emulator.autosend.sending.humans import is_first_human
from emulator.autosend.suppression import UNSUBSCRIBE, code_or_global, global_code, suppress
from emulator.autosend.tables.campaigns import Campaign
from emulator.autosend.tables.mails import Mail
from emulator.autosend.webhooks import HOOKS
from emulator.engine.engine import Handler, Turn
from emulator.sending.job_table import Job
from emulator.sending.mail import SEEN
from emulator.sending.messages import Message, Selection, note_again, reached
from emulator.sending.outcomes import FORCED
from emulator.webhooks.announcing import announce_change

WAY = ("delivered", "opened", "clicked")
"""The statuses of a mail that is read, in order."""

ENDS = ("unsubscribed", "complained")
"""The last statuses of a mail: no other one follows."""

STILL_DONE = ("clicked", *ENDS)
"""The statuses of a mail's outcome that still come after a link in the mail was used."""

GIVEN = frozenset({"sent", "deferred", *WAY, *ENDS})
"""The statuses of mails that their recipients have, or may have."""

LATER = "autosend.later"


def events() -> dict[str, Handler]:
    """Return the handler of a scheduled status of a mail's outcome."""
    return {LATER: _on_later}


def sender_of(mail: Mail) -> MailSender:
    return SENDER if mail.campaign_id else MAILS


def open_(turn: Turn, mail: Mail, message: Message) -> None:
    """Note that a mail was opened, if it was given to its recipient."""
    _note(turn, mail, message, "opened", None)


def click(turn: Turn, mail: Mail, message: Message, address: str) -> None:
    """Note that a link in a mail was followed, which opens it, too."""
    _note(turn, mail, message, "clicked", address)


def leave(turn: Turn, mail: Mail, message: Message, code: str) -> None:
    """Unsubscribe a recipient from a group by a link in a mail, of that group or of another.

    The mail gets the status `unsubscribed` if it is of that group, and was sent.
    """
    history = reached(turn.session, message.id)
    is_given = message.status in GIVEN
    if is_given and code == code_or_global(turn.session, mail.project_id, mail.unsubscribe_group):
        since = message.sent_at or 0
        is_delivered = any(status == "delivered" and at >= since for status, at in history)
        before = [] if is_delivered else ["delivered"]
        job = turn.session.get_one(Job, mail.job_id)
        sender_of(mail).force(turn, job, message, [*before, "unsubscribed"])
    else:
        suppress(turn, mail.project_id, code, [message.recipient], UNSUBSCRIBE)
        is_first = is_given and "unsubscribed" not in dict(history)
        _note_again(turn, mail, message, "unsubscribed", code, is_first=is_first)


def come_back(turn: Turn, mail: Mail, message: Message, code: str) -> None:
    """Notify webhooks that a recipient subscribed to a group again by a link in a mail."""
    if code != global_code(turn.session, mail.project_id):
        _note_again(turn, mail, message, RESUBSCRIBED, code, is_first=False)


def _note(turn: Turn, mail: Mail, message: Message, status: str, detail: str | None) -> None:
    if message.status not in GIVEN:
        return
    history = reached(turn.session, message.id)
    known = {name for name, _ in history}
    missing = [one for one in WAY[: WAY.index(status) + 1] if one not in known]
    if missing and message.status not in ENDS:
        _plan_rest(turn, mail, message, known.union(missing))
        sender_of(mail).force(turn, turn.session.get_one(Job, mail.job_id), message, missing, detail)
    for one in missing if message.status in ENDS else ():
        _note_again(turn, mail, message, one, detail if one == status else None, is_first=True)
    if not missing:
        _note_again(turn, mail, message, status, detail, is_first=False)
        if status == "opened" and mail.campaign_id and is_first_human(turn.now, message, history):
            turn.session.get_one(Campaign, mail.campaign_id).human_opened += 1


def _note_again(
    turn: Turn, mail: Mail, message: Message, status: str, detail: str | None, *, is_first: bool
) -> None:
    announce_change(turn, HOOKS, message, note_again(turn, message, status, detail, is_first=is_first))
    if mail.campaign_id:
        analytics.note_change(turn, turn.session.get_one(Campaign, mail.campaign_id))


def _plan_rest(turn: Turn, mail: Mail, message: Message, known: set[str]) -> None:
    """Schedule the later statuses of a mail's outcome, which it no longer follows with a forced status."""
    if message.outcome == FORCED or message.sent_at is None:
        return
    job = turn.session.get_one(Job, mail.job_id)
    place = message.position
    selection = Selection(job.id, message.channel, place, place, message.outcome, message.status)
    sender = sender_of(mail)
    for step in sender.script(turn, job, selection).steps:
        is_left = step.status in STILL_DONE and step.status not in known
        if is_left and sender.barrier(turn.session, message, step.status) is None:
            due = max(turn.now, message.sent_at + step.after)
            turn.schedule(due, LATER, job.subject, message=message.id, status=step.status)


def _on_later(turn: Turn, about: str, details: Mapping[str, Any]) -> None:
    """Give a mail a scheduled status, unless it had that already, or a test has set another one."""
    message = turn.session.get_one(Message, details["message"])
    is_done = any(status == details["status"] for status, _ in reached(turn.session, message.id))
    if message.status in SEEN and not is_done:
        mail = turn.session.get_one(Mail, message.job_id)
        job = turn.session.get_one(Job, message.job_id)
        sender_of(mail).force(turn, job, message, [details["status"]])
