"""The targets of the links in AutoSend's mails and responses.

https://docs.autosend.com/guides/unsubscribe: the page of a link shows what will happen, and a POST
does it. Mail clients unsubscribe with one click (RFC 8058): their POST says `List-Unsubscribe=One-Click`, and
one that is repeated changes nothing. Only the button of the page asks for the opposite.
"""

from collections.abc import Callable
from html import escape

from emulator.autosend.inbound import attachment_content, attachment_place, source_of
from emulator.autosend.sending.campaigns import SENDER
from emulator.autosend.sending.delivery import MAILS
from emulator.autosend.suppression import code_or_global, codes_of, suppressed_among, unsuppress
from emulator.autosend.tables.inbound import InboundMail
from emulator.autosend.tables.mails import Attachment, Mail
from emulator.autosend.webhooks import tell_resubscribed
from emulator.engine.engine import Turn
from emulator.sandbox.links import Form, Linked, row_number
from emulator.sending.jobs import Job
from emulator.sending.messages import Message

PAGE = """<!doctype html><meta charset="utf-8"><title>Unsubscribe</title>
<p>{said}</p><form method="post"><button name="action" value="{action}">{button}</button></form>
"""
LEAVE, COME_BACK = "unsubscribe", "resubscribe"
"""The actions of the page's button (inferred)."""


def follow(turn: Turn, form: Form | None, path: str) -> Linked | None:
    """Return the page or file that a link leads to, None if it is gone.

    A POST to an unsubscribe link, whatever its form says, unsubscribes the recipient; one with the action
    `resubscribe` takes the recipient back. Who is out already, or in, stays so, and nobody is told of it.
    """
    kind, _, rest = path.partition("/")
    reader = READERS.get(kind)
    return reader(turn, form, rest) if reader else None


def _unsubscribe(turn: Turn, form: Form | None, rest: str) -> Linked | None:
    number = row_number(rest)
    message = turn.session.get(Message, number) if number else None
    mail = turn.session.get(Mail, message.job_id) if message else None
    if message is None or mail is None:
        return None
    if form is not None:
        change = _resubscribe if form.get("action") == COME_BACK else _leave
        change(turn, mail, message)
    email = escape(message.recipient)
    if _is_out(turn, mail, message):
        said, action, button = f"{email} gets no more of these mails.", COME_BACK, "Subscribe again"
    else:
        said, action, button = f"{email} gets these mails.", LEAVE, "Unsubscribe"
    page = PAGE.format(said=said, action=action, button=button)
    return Linked(page.encode(), "text/html; charset=utf-8")


def _is_out(turn: Turn, mail: Mail, message: Message) -> bool:
    return bool(suppressed_among(turn.session, mail.project_id, [message.recipient], mail.unsubscribe_group))


def _leave(turn: Turn, mail: Mail, message: Message) -> None:
    """Let the recipient unsubscribe by means of this mail, with all effects of that, unless they have."""
    code = code_or_global(turn.session, mail.project_id, mail.unsubscribe_group)
    if code in codes_of(turn.session, mail.project_id, message.recipient):
        return
    sender = SENDER if mail.campaign_id else MAILS
    sender.force(turn, turn.session.get_one(Job, mail.job_id), message, ["unsubscribed"])


def _resubscribe(turn: Turn, mail: Mail, message: Message) -> None:
    code = code_or_global(turn.session, mail.project_id, mail.unsubscribe_group)
    removed = unsuppress(turn, mail.project_id, code, [message.recipient])
    if removed and mail.unsubscribe_group:
        tell_resubscribed(turn, mail, message)


def _attached_file(turn: Turn, form: Form | None, rest: str) -> Linked | None:
    number = row_number(rest)
    file = turn.session.get(Attachment, number) if number else None
    if file is None or file.content is None:
        return None
    return Linked(file.content, file.content_type, file.file_name)


def _attachment(turn: Turn, form: Form | None, rest: str) -> Linked | None:
    mail_id, _, name = rest.partition("/")
    mail = turn.session.get(InboundMail, mail_id)
    if mail is None or (place := attachment_place(mail, name)) is None:
        return None
    file = mail.attachments[place]
    content = attachment_content(source_of(turn.session, mail, turn.now), place)
    return Linked(content, file["contentType"], file["filename"])


def _message(turn: Turn, form: Form | None, rest: str) -> Linked | None:
    mail = turn.session.get(InboundMail, rest)
    if mail is None:
        return None
    return Linked(source_of(turn.session, mail, turn.now), "message/rfc822", f"{mail.id}.eml")


Reader = Callable[[Turn, Form | None, str], Linked | None]

READERS: dict[str, Reader] = {
    "unsubscribe": _unsubscribe,
    "file": _attached_file,
    "attachment": _attachment,
    "message": _message,
}
"""The function that returns the target of each kind of link, by the first segment of its path."""
