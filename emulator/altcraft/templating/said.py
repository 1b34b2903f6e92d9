"""The contents of messages: the templates of their runs, with the values of their recipients.

The subject and addresses come from the mailing's content, else from its virtual sender, else from the
template.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlmodel import Session

from emulator.altcraft.senders import share_of
from emulator.altcraft.tables.content import Edition
from emulator.altcraft.tables.mailings import Mailing, Run
from emulator.altcraft.templating.rendering import MOST, MOST_OF_TITLES, render, said_to_all
from emulator.altcraft.templating.variables import Values
from emulator.sending.headers import in_one_line
from emulator.sending.mail import NO_HTML, NO_LINK, SEEN
from emulator.sending.messages import Message
from emulator.sending.texts import links_in

UNTOLD = "is an SMS, and nothing tells that an SMS is opened"


@dataclass(frozen=True)
class Said:
    """The content of a message. Fields that its channel does not have are empty."""

    subject: str = ""
    """The subject of a mail, or the title of a push."""
    text: str = ""
    html: str = ""
    from_email: str = ""
    from_name: str = ""
    replyto_email: str = ""
    replyto_name: str = ""
    icon: str = ""
    click_url: str = ""
    files: Sequence[Mapping[str, Any]] = ()
    """The files that the template of a mail has."""


def said(session: Session, run: Run, message: Message) -> Said:
    """Return the content of a message for its recipient."""
    return _Saying(session, run, message).whole()


def title(session: Session, run: Run, message: Message) -> str:
    """Return the subject of a mail, the title of a push, or the text of an SMS."""
    return _Saying(session, run, message).title()


def barrier(session: Session, message: Message, status: str) -> str | None:
    """Return why a mail or an SMS can not be opened or clicked; None if it can, and for pushes."""
    if message.channel == "push" or status not in SEEN:
        return None
    words = _Saying(session, session.get_one(Run, message.job_id), message).read()
    return _lacking(words, message.channel, status)


def is_open_to_all(session: Session, run: Run, channel: str, status: str) -> bool:
    """Return whether every message of a run can be opened or clicked, by the parts that all get."""
    if channel == "push":
        return True
    for position in range(max(1, len(run.templates))):
        edition = session.get(Edition, run.edition_of(position))
        fields = edition.channels.get(channel, {}) if edition else {}
        text, html = (said_to_all(fields.get(name, "")) for name in (TEXTS[channel], "html"))
        if _lacking(Said(text=text, html=html), channel, status) is not None:
            return False
    return True


def _lacking(words: Said, channel: str, status: str) -> str | None:
    if status == "opened":
        return UNTOLD if channel == "sms" else None if words.html else NO_HTML
    return None if links_in(words.html, words.text) else NO_LINK


TEXTS = {"email": "text", "sms": "sms"}
"""The field of each channel that has its plain text."""

TITLES = {"email": "subject", "push": "title", "sms": "sms"}
"""The field of each channel that is seen first."""


class _Saying:
    def __init__(self, session: Session, run: Run, message: Message) -> None:
        self._session, self._run, self._message = session, run, message
        self._own = run.content_of(message.position)
        edition = session.get(Edition, run.edition_of(message.position))
        self._fields: Mapping[str, Any] = edition.channels.get(message.channel, {}) if edition else {}
        self._values = Values(session, run, message)

    def whole(self) -> Said:
        match self._message.channel:
            case "email":
                return self._mail()
            case "push":
                icon, click_url = self._filled("icon"), self._filled("click_url")
                return Said(self.title(), self._filled("body"), icon=icon, click_url=click_url)
        return replace(self.read(), from_name=self._share().get("from_name", ""))

    def read(self) -> Said:
        """Return the text and HTML of a mail or an SMS."""
        if self._message.channel == "sms":
            return Said(text=self.title())
        return Said(text=self._filled("text"), html=self._filled("html"))

    def title(self) -> str:
        channel = self._message.channel
        text = self._filled(TITLES[channel], MOST_OF_TITLES)
        return in_one_line(text) if channel == "email" else text

    def _mail(self) -> Said:
        share = self._share()

        def header(name: str) -> str:
            text = self._own.get(name) or share.get(name) or self._fields.get(name, "")
            return in_one_line(self._rendered(text, MOST_OF_TITLES))

        return replace(
            self.read(),
            subject=self.title(),
            from_email=header("from_email"),
            from_name=header("from_name"),
            replyto_email=header("replyto_email"),
            replyto_name=header("replyto_name"),
            files=self._fields.get("attach", ()),
        )

    def _filled(self, name: str, most: int = MOST) -> str:
        return self._rendered(self._own.get(name) or self._fields.get(name, ""), most)

    def _rendered(self, text: str, most: int) -> str:
        return render(text, self._values.find, most)

    def _share(self) -> Mapping[str, Any]:
        """Return the share of the run's virtual sender that the message belongs to."""
        if not self._run.sender_rules:
            return {}
        mailing = self._session.get(Mailing, self._run.mailing_id)
        return share_of(
            self._run.sender_rules,
            self._values.profile_id or "",
            {
                "group_id": mailing.groups if mailing else [],
                "from_domain": [_domain(self._own.get("from_email") or self._fields.get("from_email", ""))],
                "to_domain": [_domain(self._message.recipient)],
            },
        )


def _domain(address: str) -> str:
    return address.rpartition("@")[2].lower()
