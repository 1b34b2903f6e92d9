"""What mailings may send: templates that exist and are no drafts."""

from collections.abc import Iterable

from sqlmodel import Session

from emulator.altcraft.refusals import ObjectNotFound, WrongState
from emulator.altcraft.tables.content import Template


def check_sendable(session: Session, template_ids: Iterable[int]) -> None:
    """Raise ObjectNotFound for a template that does not exist, WrongState for a draft."""
    for number in template_ids:
        template = session.get(Template, number)
        if template is None:
            raise ObjectNotFound("template", number)
        if template.is_draft:
            raise WrongState("template", number, "a draft")
