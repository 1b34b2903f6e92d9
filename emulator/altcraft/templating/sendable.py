"""Checks before sending: templates and the virtual sender have to exist, and drafts can not be sent."""

from collections.abc import Iterable

from sqlmodel import Session

from emulator.altcraft.refusals import ObjectNotFound, WrongState
from emulator.altcraft.tables.content import Template, VirtualSender
from emulator.altcraft.tables.mailings import Mailing


def check_sendable(session: Session, mailing: Mailing) -> None:
    """Raise ObjectNotFound for a template or virtual sender that is gone, WrongState for a draft."""
    check_templates(session, mailing.template_ids)
    number = mailing.virtual_sender_id
    if number and session.get(VirtualSender, number) is None:
        raise ObjectNotFound("virtual sender", number)


def check_templates(session: Session, template_ids: Iterable[int]) -> None:
    """Raise ObjectNotFound for a template that does not exist, WrongState for a draft."""
    for number in template_ids:
        template = session.get(Template, number)
        if template is None:
            raise ObjectNotFound("template", number)
        if template.is_draft:
            raise WrongState("template", number, "a draft")


def is_for_confirm(session: Session, mailing: Mailing) -> bool:
    """Return whether messages of a mailing have an opt-in link, so that the unconfirmed get them, too."""
    templates = (session.get(Template, number) for number in mailing.template_ids)
    return mailing.for_confirm or any(one.is_confirm for one in templates if one is not None)
