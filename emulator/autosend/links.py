"""The targets of the links in AutoSend's mails and responses.

https://docs.autosend.com/others/unsubscribe-groups: the page of a link shows what will happen, and a POST
does it. Mail clients unsubscribe with one click (RFC 8058): their POST says `List-Unsubscribe=One-Click`, and
one that is repeated changes nothing. The pixel and the redirects that `tracking.py` puts into mails record
opens and clicks.
"""

from collections.abc import Callable

from emulator.autosend.inbound import attachment_content, attachment_place, source_at, source_of
from emulator.autosend.preferences import mail_page, preference_page
from emulator.autosend.rendering import links_of
from emulator.autosend.sending import engagement
from emulator.autosend.tables.inbound import InboundDownload, InboundMail
from emulator.autosend.tables.mails import Attachment, Mail
from emulator.autosend.tracking import GIF
from emulator.engine.engine import Turn
from emulator.sandbox.links import Linked, Visit, row_number
from emulator.sending.messages import Message


def follow(turn: Turn, visit: Visit, path: str) -> Linked | None:
    """Return the page, file or address that a link leads to, None if it is gone."""
    kind, _, rest = path.partition("/")
    reader = READERS.get(kind)
    return reader(turn, visit, rest) if reader else None


def _unsubscribe(turn: Turn, visit: Visit, rest: str) -> Linked | None:
    found = _mail(turn, rest)
    return mail_page(turn, *found, visit.form) if found else None


def _preferences(turn: Turn, visit: Visit, rest: str) -> Linked | None:
    found = _mail(turn, rest)
    return preference_page(turn, *found, visit.form) if found else None


def _open(turn: Turn, visit: Visit, rest: str) -> Linked | None:
    found = _mail(turn, rest.removesuffix(".gif"))
    if found is None:
        return None
    if visit.method != "HEAD":
        engagement.open_(turn, *found)
    return Linked(GIF, "image/gif", is_kept=False)


def _click(turn: Turn, visit: Visit, rest: str) -> Linked | None:
    number, _, place = rest.partition("/")
    found, link = _mail(turn, number), row_number(place)
    addresses = links_of(turn.session, *found) if found else []
    if found is None or link is None or link > len(addresses):
        return None
    address = addresses[link - 1]
    if visit.method != "HEAD":
        engagement.click(turn, *found, address)
    return Linked(b"", "text/plain", status=302, location=address, is_kept=False)


def _mail(turn: Turn, text: str) -> tuple[Mail, Message] | None:
    """Return the mail and the message with a number, None if there is no such message."""
    number = row_number(text)
    message = turn.session.get(Message, number) if number else None
    mail = turn.session.get(Mail, message.job_id) if message else None
    return None if message is None or mail is None else (mail, message)


def _attached_file(turn: Turn, visit: Visit, rest: str) -> Linked | None:
    number = row_number(rest)
    file = turn.session.get(Attachment, number) if number else None
    if file is None or file.content is None:
        return None
    return Linked(file.content, file.content_type, file.file_name)


def _attachment(turn: Turn, visit: Visit, rest: str) -> Linked | None:
    """Return a file of a received mail; its address works once, and may be looked at with HEAD before."""
    mail_id, _, name = rest.partition("/")
    name, _, download = name.partition("/")
    mail = turn.session.get(InboundMail, mail_id)
    is_used = turn.session.get(InboundDownload, download) is not None
    if mail is None or is_used or (place := attachment_place(mail, name)) is None:
        return None
    if visit.method != "HEAD":
        turn.session.add(InboundDownload(id=download, project_id=mail.project_id))
    file = mail.attachments[place]
    content = attachment_content(source_of(turn.session, mail), place)
    return Linked(content, file["contentType"], file["filename"])


def _message(turn: Turn, visit: Visit, rest: str) -> Linked | None:
    mail = turn.session.get(InboundMail, rest)
    if mail is None:
        return None
    source = source_at(source_of(turn.session, mail), visit.origin)
    return Linked(source, "message/rfc822", f"{mail.id}.eml")


def _image(turn: Turn, visit: Visit, rest: str) -> Linked | None:
    """Return an image of an imported template, as a transparent point: nothing is fetched."""
    return Linked(GIF, "image/gif")


Reader = Callable[[Turn, Visit, str], Linked | None]

READERS: dict[str, Reader] = {
    "unsubscribe": _unsubscribe,
    "preferences": _preferences,
    "open": _open,
    "click": _click,
    "file": _attached_file,
    "attachment": _attachment,
    "message": _message,
    "image": _image,
}
"""The function that returns the target of each kind of link, by the first segment of its path."""
