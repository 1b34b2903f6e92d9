"""Renders a mail for one recipient: fills in the values of the variables.

https://docs.autosend.com/transactional-emails/variables: a value that was sent for the recipient takes
precedence over one that was sent for all, that over a field of the contact, and that over the default of the
project's property.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlmodel import Session

from emulator.autosend.handlebars import Budget, Dialect, Template, TemplateError, parse, render
from emulator.autosend.tables.mails import Mail, Recipient
from emulator.autosend.tracking import at_the_end, followed, with_pixel, with_redirects
from emulator.engine.clock import to_datetime
from emulator.sandbox.links import make_link
from emulator.sending.headers import in_one_line
from emulator.sending.messages import Message

UNSUBSCRIBE_TAG = re.compile(r"\{\{~?[{&]?\s*unsubscribe(_preference)?\s*[}~|]")
OWN_LINKS = ("unsubscribe", "unsubscribe_preference")
"""The variables whose values are addresses of AutoSend itself."""
NO_LINK = "none:"
"""The value of OWN_LINKS when a mail is rendered only to find its other links."""
MOST_LINK_STEPS = 5_000
"""The budget, in steps, for finding a mail's first link: many recipients may click at the same instant."""
FOOTER = '<p style="font-size:12px"><a href="{}">Unsubscribe</a></p>'


@dataclass(frozen=True)
class Rendered:
    """A mail as its recipient receives it."""

    subject: str
    preview_text: str
    html: str
    text: str
    headers: dict[str, str]
    followed: Sequence[str]
    """The addresses that the redirects in it lead to, in order."""


def check_templates(*parts: tuple[str, str]) -> list[tuple[str, str]]:
    """Return (field, message) for each text with malformed placeholders; `parts` are (field, text)."""
    complaints = []
    for field, text in parts:
        try:
            parse(text)
        except TemplateError as error:
            complaints.append((field, f"Malformed template: {error}"))
    return complaints


def check_mail(mail: Mail, own_data: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Return (field, message) for each text of a mail that can not be rendered.

    `own_data` holds the values of each recipient. Those of a batch are tried in order until the budget of one
    mail is used up; a text that turns out too costly later is shown as it was written.
    """
    parts = (("subject", mail.subject), ("html", mail.html), ("text", mail.text))
    complaints = check_templates(*parts)
    if complaints:
        return complaints
    tried = [(field, text) for field, text in parts if "{{" in text]
    return [complaint for field, text in tried if (complaint := _complaint(mail, field, text, own_data))]


def _complaint(
    mail: Mail, field: str, text: str, own_data: Sequence[Mapping[str, Any]]
) -> tuple[str, str] | None:
    steps, parsed = 0, parse(text)
    for own in own_data if parsed.has_loops else own_data[:1]:
        if _is_cheap(text, parsed, mail.data, own):
            continue
        budget = _subject_budget() if field == "subject" else Budget()
        try:
            render(text, {**mail.data, **own}, _dialect(mail, is_html=field == "html"), budget)
        except TemplateError as error:
            return field, f"Template cannot be rendered: {error}"
        steps += budget.taken
        if steps > budget.most:
            break
    return None


MOST_CHEAP = 10_000
"""The most characters that a text accepted without a trial can be rendered to: below a subject's budget."""
LONGEST_NUMBER = 30
ESCAPED = 6
"""The most characters that one character becomes when it is escaped for HTML."""


def _is_cheap(text: str, parsed: Template, *data: Mapping[str, Any]) -> bool:
    """Return whether a text surely stays within the budget: it has only variables, with short values."""
    if parsed.variables is None:
        return False
    longest = LONGEST_NUMBER
    for values in data:
        for value in values.values():
            if isinstance(value, str):
                longest = max(longest, ESCAPED * len(value))
            elif isinstance(value, int):
                longest = max(longest, value.bit_length())
            elif not isinstance(value, float | None):
                return False
    return len(text) + parsed.variables * longest <= MOST_CHEAP and parsed.variables < MOST_CHEAP_VARIABLES


MOST_CHEAP_VARIABLES = 200
"""The number of variables that, with the texts between them, takes fewer steps than a subject's budget."""


def rendered_subject(session: Session, mail: Mail, message: Message) -> str:
    """Return the subject of a mail with the recipient's values filled in."""
    if "{{" not in mail.subject:
        return in_one_line(mail.subject)
    return _subject(mail, _values(session, mail, message, {}))


def has_links_for_all(mail: Mail) -> bool:
    """Return whether a mail has links whose clicks can be tracked, whatever the values of its recipients."""
    return _has_no_blocks(mail) and bool(followed(mail.html))


def _has_no_blocks(mail: Mail) -> bool:
    """Return whether the HTML of a mail has no conditional parts, so that all recipients get all of it."""
    if mail.is_literal or "{{" not in mail.html:
        return True
    try:
        return parse(mail.html).variables is not None
    except TemplateError:
        return True


def links_of(session: Session, mail: Mail, message: Message, budget: Budget | None = None) -> list[str]:
    """Return the addresses of a mail's links whose clicks can be tracked, in order.

    If filling in the values exceeds the budget, they are the links of the HTML as it was written.
    """
    if "href" not in mail.html.lower():
        return []
    values = _values(session, mail, message, dict.fromkeys(OWN_LINKS, NO_LINK))
    return followed(_filled(mail, mail.html, values, is_html=True, budget=budget))


def first_link(session: Session, mail: Mail, message: Message) -> str | None:
    """Return the address of the first link in a mail, None if it has none; unsubscribe links do not count."""
    return next(iter(links_of(session, mail, message, Budget(MOST_LINK_STEPS))), None)


def rendered(session: Session, mail: Mail, message: Message, origin: str) -> Rendered:
    """Return a whole mail as it arrives; AutoSend's own links in it lead to the emulator at `origin`."""
    link = partial(make_link, session, origin, "autosend")
    own = {
        "unsubscribe": link(f"unsubscribe/{message.id}"),
        "unsubscribe_preference": link(f"preferences/{message.id}"),
    }
    values = _values(session, mail, message, own)
    html = _html(mail, values, own["unsubscribe"])
    return Rendered(
        subject=_subject(mail, values),
        preview_text=_filled(mail, mail.preview_text, values, is_html=False),
        html=_tracked(mail, message, html, link, tuple(own.values())),
        text=_filled(mail, mail.text, values, is_html=False),
        headers=_headers(mail, own["unsubscribe"]),
        followed=followed(html, tuple(own.values())) if mail.tracking_click else (),
    )


def _tracked(mail: Mail, message: Message, html: str, link: Callable[[str], str], own: Sequence[str]) -> str:
    """Return the HTML of a mail with its redirects and its pixel."""
    if not html:
        return html
    if mail.tracking_click:
        html = with_redirects(html, lambda number: link(f"click/{message.id}/{number}"), own)
    return with_pixel(html, link(f"open/{message.id}.gif")) if mail.tracking_open else html


def _subject(mail: Mail, values: Mapping[str, Any]) -> str:
    """Return the subject with values filled in, in one line: line breaks in values would break the header."""
    return in_one_line(_filled(mail, mail.subject, values, is_html=False, budget=_subject_budget()))


def _subject_budget() -> Budget:
    """Return the budget of a subject, a small one: lists show the subjects of a thousand messages at once."""
    return Budget(steps=1_000, characters=20_000)


def _html(mail: Mail, values: Mapping[str, Any], link: str) -> str:
    """Return the HTML with values filled in; an unsubscribe link is added to marketing mail without one."""
    html = _filled(mail, mail.html, values, is_html=True)
    if not mail.is_marketing or not mail.html or UNSUBSCRIBE_TAG.search(mail.html):
        return html
    return at_the_end(html, FOOTER.format(link))


def _headers(mail: Mail, link: str) -> dict[str, str]:
    headers = dict(mail.headers)
    if mail.reply_to:
        headers["Reply-To"] = mail.reply_to
    if mail.is_of_autosend:
        return headers
    headers["List-Unsubscribe"] = f"<{link}>"
    headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return headers


def _values(session: Session, mail: Mail, message: Message, links: Mapping[str, str]) -> dict[str, Any]:
    """Return the values of variables; a copy has those of the mail to `to`, except for its own `links`."""
    recipient = session.get(Recipient, message.id)
    if recipient and recipient.copy_of:
        message = session.get_one(Message, recipient.copy_of)
        recipient = session.get(Recipient, message.id)
    own = recipient.data if recipient else {}
    contact = recipient.contact if recipient else {}
    date = to_datetime(message.sent_at or message.created_at).date().isoformat()
    built_in = {"email": message.recipient, "date": date, **links}
    kept = {name: value for name, value in contact.items() if value is not None and value != ""}
    return {**mail.defaults, **kept, **built_in, **mail.data, **own, **links}


def _filled(
    mail: Mail, template: str, values: Mapping[str, Any], *, is_html: bool, budget: Budget | None = None
) -> str:
    """Return a text of a mail with values filled in; return it unchanged if it can not be rendered."""
    if mail.is_literal:
        return template
    try:
        return render(template, values, _dialect(mail, is_html=is_html), budget)
    except TemplateError:
        return template


def _dialect(mail: Mail, *, is_html: bool) -> Dialect:
    return Dialect(is_html=is_html, keeps_missing=True, has_nested=not mail.is_marketing)
