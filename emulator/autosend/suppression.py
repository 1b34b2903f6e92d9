"""Suppression groups, their entries, and which addresses get no mail because of them.

https://docs.autosend.com/api-reference/suppression-groups. All projects of an organisation share the global
group; but each entry in it, as in every group, belongs to one project.
"""

from collections.abc import Iterable, Mapping, Sequence

from sqlmodel import Session, col, select

from emulator.autosend.tables.account import Project, made_in
from emulator.autosend.tables.automations import Run, end_runs
from emulator.autosend.tables.suppressions import SuppressionGroup
from emulator.engine.clock import Millis
from emulator.engine.engine import Turn
from emulator.storage.session import look_up
from emulator.storage.sqlite import json_text
from emulator.storage.tables import among, insertion_order

CODE_LENGTH = 5
UNSUBSCRIBE, BOUNCE, COMPLAINT, MANUAL = "UNSUBSCRIBE", "BOUNCE", "COMPLAINT", "MANUAL"


def find_group(session: Session, project_id: str, code: str) -> SuppressionGroup | None:
    """Return the group with this code among the project's groups and the global one, or None."""
    return next((group for group in groups_of(session, project_id) if group.code == code), None)


def groups_of(session: Session, project_id: str) -> Sequence[SuppressionGroup]:
    """Return the groups of a project and the global one, the oldest first."""
    organization = session.get_one(Project, project_id).organization_id
    statement = select(SuppressionGroup).where(
        SuppressionGroup.organization_id == organization,
        (col(SuppressionGroup.project_id) == project_id) | col(SuppressionGroup.project_id).is_(None),
    )
    by_age = statement.order_by(col(SuppressionGroup.created_at), insertion_order(SuppressionGroup))
    return session.exec(by_age).all()


def new_group(
    turn: Turn,
    project_id: str,
    name: str,
    description: str = "",
    *,
    code: str | None = None,
    is_active: bool = True,
    is_default: bool = False,
) -> SuppressionGroup:
    """Create a group of a project, with a new code if none is given."""
    group = SuppressionGroup(
        id=turn.ids.hex("autosend.suppression_group"),
        code=code or _new_code(turn, project_id),
        organization_id=turn.session.get_one(Project, project_id).organization_id,
        name=name,
        description=description,
        is_active=is_active,
        is_default=is_default,
        **made_in(project_id, turn.now),
    )
    turn.session.add(group)
    return group


def _new_code(turn: Turn, project_id: str) -> str:
    while True:
        code = turn.ids.hex("autosend.suppression_group.code", CODE_LENGTH).upper()
        if find_group(turn.session, project_id, code) is None:
            return code


def global_code(session: Session, project_id: str) -> str:
    return next(group.code for group in groups_of(session, project_id) if group.is_global)


def code_or_global(session: Session, project_id: str, code: str | None) -> str:
    """Return the code of a mail's group, even of a deleted one; the global code for a mail of no group."""
    return code or global_code(session, project_id)


def default_code(session: Session, project_id: str) -> str:
    """Return the code of the group for requests that name none: the default group, or else the global one."""
    defaults = (group.code for group in groups_of(session, project_id) if group.is_default)
    return next(defaults, None) or global_code(session, project_id)


def delete_group(turn: Turn, group: SuppressionGroup) -> None:
    """Delete a project's group with its entries (inferred), so that their addresses get mails again.

    Unsubscribing later, by an older mail of the group, stores an entry under its code.
    """
    turn.store.execute(_EMPTY, (group.project_id, group.code))
    turn.session.delete(group)


def keeping_back(session: Session, project_id: str, named: str | None) -> list[str]:
    """Return the codes of the groups whose entries suppress mails of the group `named`; None for no group."""
    parameters = {"project": project_id, "named": named}
    return [code for (code,) in look_up(session, _KEEPING_BACK, parameters)]


def suppressed_among(session: Session, project_id: str, emails: Iterable[str], named: str | None) -> set[str]:
    """Return which of these addresses get no mails of the group `named`; None for no group."""
    about = {"project": project_id, "named": named}
    return {email for email in set(emails) if look_up(session, _HELD, {**about, "email": email}).fetchone()}


def suppressed_messages(
    session: Session, project_id: str, named: str | None, place: Mapping[str, object]
) -> list[int]:
    """Return the ids of messages whose recipients get no mails of the group `named`; None for no group.

    `place` selects the messages: `job`, `channel`, the positions `first` to `last`, and `status`.
    """
    parameters = {"project": project_id, "named": named, **place}
    return [number for (number,) in look_up(session, _HELD_MESSAGES, parameters)]


def messages_to_former(session: Session, project_id: str, place: Mapping[str, object]) -> list[int]:
    """Return the ids of messages whose contacts were deleted, even if others have the addresses now.

    `place` selects the messages as above.
    """
    return [number for (number,) in look_up(session, _TO_FORMER, {"project": project_id, **place})]


def copies_of(
    session: Session, message_ids: Sequence[int], withheld: str, place: Mapping[str, object]
) -> list[int]:
    """Return the ids of copies of these messages, and of copies of messages with the status `withheld`.

    `place` selects the messages as above.
    """
    parameters = {"ids": json_text(message_ids), "withheld": withheld, **place}
    return [number for (number,) in look_up(session, _COPIES, parameters)]


def codes_of(session: Session, project_id: str, email: str) -> set[str]:
    """Return the codes of the groups that contain an address."""
    return {code for (code,) in look_up(session, _GROUPS_OF, (project_id, email))}


def suppress(
    turn: Turn, project_id: str, code: str, emails: Iterable[str], reason: str, at: Millis | None = None
) -> int:
    """Add addresses to a group, now or `at` an earlier time; return how many were not in it before.

    Contacts who unsubscribe are removed from automations, too: https://docs.autosend.com/automations.
    """
    since = turn.now if at is None else at
    addresses = list(dict.fromkeys(emails))
    if reason == UNSUBSCRIBE:
        _end_runs(turn, project_id, code, addresses)
    ids = turn.ids.hexes("autosend.suppression", len(addresses))
    return turn.store.execute_many(
        _SUPPRESS,
        (
            (number, project_id, code, email, reason, since, since)
            for number, email in zip(ids, addresses, strict=True)
        ),
    )


def _end_runs(turn: Turn, project_id: str, code: str, emails: Sequence[str]) -> None:
    """End the contacts' runs in the automations whose mails are suppressed by entries in this group."""
    session = turn.session
    for automation_id, group in look_up(session, _RUNNING, (project_id,)).fetchall():
        if code not in keeping_back(session, project_id, group):
            continue
        about = {"project": project_id, "emails": json_text(emails), "automation": automation_id}
        numbers = [number for (number,) in look_up(session, _INSIDE, about)]
        inside = select(Run).where(among(col(Run.id), numbers)).order_by(col(Run.id))
        end_runs(turn, session.exec(inside).all() if numbers else (), "exited")


def unsuppress(turn: Turn, project_id: str, code: str | None, emails: Iterable[str]) -> int:
    """Remove addresses from a group, or with None from all groups; return the number of removed entries."""
    entries = ((project_id, email, code, code) for email in dict.fromkeys(emails))
    return turn.store.execute_many(_UNSUPPRESS, entries)


_RUNNING = """
    SELECT id, unsubscribe_group FROM autosend_automation AS automation WHERE project_id = ? AND EXISTS (
        SELECT 1 FROM autosend_automation_run WHERE automation_id = automation.id AND state = 'active')
"""
_INSIDE = """
    SELECT run.id FROM json_each(:emails) AS email
    CROSS JOIN autosend_contact AS contact ON contact.project_id = :project AND contact.email = email.value
    CROSS JOIN autosend_automation_run AS run INDEXED BY autosend_automation_run_contact
        ON run.contact_id = contact.id AND run.automation_id = :automation AND run.state = 'active'
    ORDER BY run.id
"""
_GROUPS_OF = "SELECT group_code FROM autosend_suppression WHERE project_id = ? AND email = ?"
_KEEPING_BACK = """
    SELECT :named WHERE :named IS NOT NULL UNION SELECT code FROM autosend_suppression_group
    WHERE CASE WHEN project_id IS NULL
        THEN organization_id = (SELECT organization_id FROM autosend_project WHERE id = :project)
        ELSE project_id = :project AND :named IS NULL AND is_default
    END
"""
_ENTRIES = f"""
    SELECT 1 FROM autosend_suppression INDEXED BY autosend_suppression_email
    WHERE project_id = :project AND +group_code IN ({_KEEPING_BACK})
"""  # noqa: S608 -- our own statement
"""Without INDEXED BY, SQLite would use the other index, and search all entries of the project."""
_OF_MAIL = _KEEPING_BACK.replace(":project", "mail.project_id").replace(":named", "mail.unsubscribe_group")
_HELD = f"{_ENTRIES} AND email = :email LIMIT 1"
_HELD_MESSAGES = f"""
    SELECT id FROM message
    WHERE job_id = :job AND channel = :channel AND position BETWEEN :first AND :last AND status = :status
      AND EXISTS ({_ENTRIES} AND email = recipient)
    ORDER BY position
"""  # noqa: S608 -- the same
WHY_SUPPRESSED = f"""coalesce((
    SELECT entry.reason || ' in the suppression group ' || coalesce((
        SELECT name FROM autosend_suppression_group AS known
        WHERE known.code = entry.group_code AND coalesce(known.project_id, mail.project_id) = mail.project_id
    ), entry.group_code)
    FROM autosend_mail AS mail CROSS JOIN autosend_suppression AS entry INDEXED BY autosend_suppression_email
    WHERE mail.job_id = message.job_id AND entry.project_id = mail.project_id
      AND entry.email = message.recipient AND +entry.group_code IN ({_OF_MAIL})
    ORDER BY entry.created_at LIMIT 1
), 'a suppression group')"""  # noqa: S608 -- the same
"""The expression of why a suppressed `message` is so: the entry's reason and its group.

The entry may be gone, and a copy of a mail has none of its own where it is suppressed with the mail to `to`.
"""
_TO_FORMER = """
    SELECT id FROM message
    WHERE job_id = :job AND channel = :channel AND position BETWEEN :first AND :last AND status = :status
      AND EXISTS (
          SELECT 1 FROM autosend_former_contact
          WHERE project_id = :project AND email = recipient AND last_message >= message.id
      )
    ORDER BY position
"""
_COPIES = """
    SELECT message.id FROM message
    JOIN autosend_recipient AS recipient ON recipient.message_id = message.id
    JOIN message AS original ON original.id = recipient.copy_of
    WHERE message.job_id = :job AND message.channel = :channel AND message.position BETWEEN :first AND :last
      AND message.status = :status
      AND (original.status = :withheld OR original.id IN (SELECT value FROM json_each(:ids)))
"""
_SUPPRESS = """
    INSERT INTO autosend_suppression (id, project_id, group_code, email, reason, created_at, updated_at)
    VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
"""
_EMPTY = "DELETE FROM autosend_suppression WHERE project_id = ? AND group_code = ?"
_UNSUPPRESS = """
    DELETE FROM autosend_suppression
    WHERE project_id = ? AND email = ? AND (? IS NULL OR group_code = ?)
"""
