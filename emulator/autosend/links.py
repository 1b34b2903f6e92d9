"""The targets of the links in AutoSend's mails and responses.

https://docs.autosend.com/guides/unsubscribe: the page of a link shows what will happen, and a POST does it,
as mail clients do with one click (RFC 8058).
"""

from collections.abc import Callable
from html import escape

from emulator.autosend.inbound import attachment_content, attachment_place, source_of
from emulator.autosend.sending.campaigns import SENDER
from emulator.autosend.sending.delivery import MAILS
from emulator.autosend.suppression import code_or_global, suppressed_among, unsuppress
from emulator.autosend.tables.inbound import InboundMail
from emulator.autosend.tables.mails import Attachment, Mail
from emulator.autosend.webhooks import tell_resubscribed
from emulator.engine.engine import Turn
from emulator.sandbox.links import Linked
from emulator.sending.jobs import Job
from emulator.sending.messages import Message

PAGE = """<!doctype html><meta charset="utf-8"><title>Unsubscribe</title>
<p>{said}</p><form method="post"><button>{button}</button></form>
"""


def follow(turn: Turn, method: str, path: str) -> Linked | None:
    """Return the page or file that a link leads to, None if it is gone.

    A POST to an unsubscribe link unsubscribes the recipient, or subscribes one that has unsubscribed again.
    """
    kind, _, rest = path.partition("/")
    reader = READERS.get(kind)
    return reader(turn, method, rest) if reader else None


def _unsubscribe(turn: Turn, method: str, rest: str) -> Linked | None:
    message = turn.session.get(Message, int(rest)) if rest.isdecimal() else None
    if message is None:
        return None
    mail = turn.session.get_one(Mail, message.job_id)
    is_out = _is_out(turn, mail, message)
    if method == "POST":
        change = _resubscribe if is_out else _leave
        change(turn, mail, message)
        is_out = _is_out(turn, mail, message)
    email = escape(message.recipient)
    said = f"{email} gets no more of these mails." if is_out else f"{email} gets these mails."
    page = PAGE.format(said=said, button="Subscribe again" if is_out else "Unsubscribe")
    return Linked(page.encode(), "text/html; charset=utf-8")


def _is_out(turn: Turn, mail: Mail, message: Message) -> bool:
    return bool(suppressed_among(turn.session, mail.project_id, [message.recipient], mail.unsubscribe_group))


def _leave(turn: Turn, mail: Mail, message: Message) -> None:
    """Let the recipient unsubscribe by means of this mail, with all effects of that."""
    sender = SENDER if mail.campaign_id else MAILS
    sender.force(turn, turn.session.get_one(Job, mail.job_id), message, ["unsubscribed"])


def _resubscribe(turn: Turn, mail: Mail, message: Message) -> None:
    code = code_or_global(turn.session, mail.project_id, mail.unsubscribe_group)
    removed = unsuppress(turn, mail.project_id, code, [message.recipient])
    if removed and mail.unsubscribe_group:
        tell_resubscribed(turn, mail, message)


def _attached_file(turn: Turn, method: str, rest: str) -> Linked | None:
    file = turn.session.get(Attachment, int(rest)) if rest.isdecimal() else None
    if file is None or file.content is None:
        return None
    return Linked(file.content, file.content_type, file.file_name)


def _attachment(turn: Turn, method: str, rest: str) -> Linked | None:
    mail_id, _, name = rest.partition("/")
    mail = turn.session.get(InboundMail, mail_id)
    if mail is None or (place := attachment_place(mail, name)) is None:
        return None
    file = mail.attachments[place]
    content = attachment_content(source_of(turn.session, mail, turn.now), place)
    return Linked(content, file["contentType"], file["filename"])


def _message(turn: Turn, method: str, rest: str) -> Linked | None:
    mail = turn.session.get(InboundMail, rest)
    if mail is None:
        return None
    return Linked(source_of(turn.session, mail, turn.now), "message/rfc822", f"{mail.id}.eml")


Reader = Callable[[Turn, str, str], Linked | None]

READERS: dict[str, Reader] = {
    "unsubscribe": _unsubscribe,
    "file": _attached_file,
    "attachment": _attachment,
    "message": _message,
}
"""The function that returns the target of each kind of link, by the first segment of its path."""
