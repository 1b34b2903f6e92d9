"""What recipients do with mails, as far as links in them tell: opening, clicking, leaving and coming back.

https://docs.autosend.com/others/webhooks/event-type: each open and each click is an event of its own; counts
of mails have the first. What the outcome of a mail would bring later (a complaint) still comes.
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
"""What recipients may do at last; no status follows."""

STILL_DONE = ("clicked", *ENDS)
"""What recipients do after they have opened a mail by themselves."""

GIVEN = frozenset({"sent", "deferred", *WAY, *ENDS})
"""The statuses of mails that their recipients have, or may have."""

LATER = "autosend.later"


def events() -> dict[str, Handler]:
    """Return the handlers of what recipients do later."""
    return {LATER: _on_later}


def sender_of(mail: Mail) -> MailSender:
    """Return the sender of a mail."""
    return SENDER if mail.campaign_id else MAILS


def open_(turn: Turn, mail: Mail, message: Message) -> None:
    """Note that a mail was opened, if it was given to its recipient."""
    _note(turn, mail, message, "opened", None)


def click(turn: Turn, mail: Mail, message: Message, address: str) -> None:
    """Note that a link in a mail was followed, which opens it, too."""
    _note(turn, mail, message, "clicked", address)


def leave(turn: Turn, mail: Mail, message: Message, code: str) -> None:
    """Unsubscribe a recipient from a group, by means of a mail of that group or another, with all effects.

    A mail that its recipient was not given, as it waits or was dropped, stays what it is.
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
    """Tell that a recipient, by means of a mail, subscribed to a group again."""
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
    """Schedule what a mail's recipient would still do by its outcome, which the mail follows no further."""
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
    """Let a recipient do what is left, unless it is done, or a test has made something else of the mail."""
    message = turn.session.get_one(Message, details["message"])
    is_done = any(status == details["status"] for status, _ in reached(turn.session, message.id))
    if message.status in SEEN and not is_done:
        mail = turn.session.get_one(Mail, message.job_id)
        job = turn.session.get_one(Job, message.job_id)
        sender_of(mail).force(turn, job, message, [details["status"]])
