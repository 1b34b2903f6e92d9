"""Checks whether a campaign can be sent, when it is published, changed or resumed."""

from collections.abc import Iterator

from sqlmodel import Session

from emulator.autosend.audience import find_list
from emulator.autosend.domains import sending_domain
from emulator.autosend.letters import UNVERIFIED_SENDER
from emulator.autosend.refusals import ValidationFailed
from emulator.autosend.sending.campaign_mails import wording_problems
from emulator.autosend.suppression import find_group
from emulator.autosend.tables.account import Sender
from emulator.autosend.tables.campaigns import Campaign
from emulator.autosend.tables.contacts import GLOBAL_LIST
from emulator.autosend.templates import find_template

UNKNOWN_SENDER = ("fromSenderId", "Authenticated sender not found")
UNKNOWN_GROUP = ("unsubscribeGroupId", "Suppression group not found")


def check_publishable(session: Session, campaign: Campaign) -> None:
    """Raise ValidationFailed with everything that the campaign lacks to be sent."""
    _refuse([*_sender_complaints(session, campaign), *_other_complaints(session, campaign)])


def check_resumable(session: Session, campaign: Campaign) -> None:
    """Raise ValidationFailed with what keeps a paused campaign from going on.

    Before its start, everything is checked. After it, recipients and content are settled, and only the domain
    that it sends from may be gone.
    """
    if campaign.job_id is None:
        check_publishable(session, campaign)
    else:
        _refuse(list(_sender_complaints(session, campaign)))


def list_complaints(session: Session, campaign: Campaign) -> Iterator[tuple[str, str]]:
    """Yield (field, message) for lists that do not exist in the project, or were deleted."""
    for field, list_ids in (("toLists", campaign.to_lists), ("excludeLists", campaign.exclude_lists)):
        stored = [name for name in list_ids if name != GLOBAL_LIST]
        missing = [name for name in stored if find_list(session, campaign.project_id, name) is None]
        if missing:
            yield field, f"Contact list not found: {min(missing)}"


def _refuse(complaints: list[tuple[str, str]]) -> None:
    if complaints:
        raise ValidationFailed(*complaints)


def _sender_complaints(session: Session, campaign: Campaign) -> Iterator[tuple[str, str]]:
    if campaign.from_email is None:
        yield "from", "A sender is required to publish a campaign"
    elif sending_domain(session, campaign.project_id, campaign.from_email) is None:
        yield UNVERIFIED_SENDER


def _other_complaints(session: Session, campaign: Campaign) -> Iterator[tuple[str, str]]:
    if campaign.from_sender_id and session.get(Sender, campaign.from_sender_id) is None:
        yield UNKNOWN_SENDER
    group = campaign.unsubscribe_group_id
    if group and find_group(session, campaign.project_id, group) is None:
        yield UNKNOWN_GROUP
    if not campaign.to_lists and not campaign.send_to_global_list:
        yield "toLists", "At least one list is required to publish a campaign"
    yield from list_complaints(session, campaign)
    named = campaign.template_id
    if named and find_template(session, campaign.project_id, named) is None:
        yield "templateId", "Template not found"
    else:
        yield from wording_problems(session, campaign)
    if campaign.send_mode == "scheduled" and campaign.scheduled_at is None and not campaign.send_now:
        yield "scheduledAt", "scheduledAt is required when sendMode is scheduled"
