"""The delivery of all mails: their outcomes, and the effects of these on suppressions and daily limits.

Bounces, complaints and unsubscriptions suppress the address (https://docs.autosend.com/others/suppressions).
Suppressions are checked again when a mail leaves the queue; copies are suppressed with the mail to `to`.
Mails of campaigns and automations whose contact was deleted are cancelled at that moment. A mail that is
delivered to a receiving address of the account arrives there. At the daily limit of a new domain, mails wait
for the next day.
"""

from collections.abc import Iterable, Mapping
from typing import ClassVar

from sqlmodel import Session

from emulator.autosend import domains
from emulator.autosend.rendering import first_link, has_links_for_all
from emulator.autosend.sending import quota
from emulator.autosend.sending.arriving import let_arrive
from emulator.autosend.sending.health import check_health
from emulator.autosend.suppression import (
    BOUNCE,
    COMPLAINT,
    UNSUBSCRIBE,
    code_or_global,
    copies_of,
    messages_to_former,
    suppress,
    suppressed_messages,
)
from emulator.autosend.tables.mails import Mail
from emulator.autosend.webhooks import HOOKS, is_tracked
from emulator.engine.engine import Turn
from emulator.sending.job_table import Job
from emulator.sending.mail import NO_HTML, NO_LINK, SEEN, SendsMails, told
from emulator.sending.messages import Message, Selection, position_after
from emulator.sending.outcomes import Outcome
from emulator.webhooks.events import Hooks
from emulator.webhooks.senders import HookedSender

CHANNEL = "email"
SUPPRESSED = "suppressed"
CANCELLED = "cancelled"
"""The status of mails whose campaign ended before they left, or whose contact is deleted."""
PROCESSED = "processed"
"""The status of a test mail."""
RESUBSCRIBED = "resubscribed"
"""The status that tells of a recipient who subscribed to a group again."""

REASONS = {"bounced": BOUNCE, "complained": COMPLAINT, "unsubscribed": UNSUBSCRIBE}
"""The reasons of suppressions, by the status of the mail that causes them."""


class MailSender(SendsMails, HookedSender):
    """Sends single mails, batches and the mails of automations."""

    provider = "autosend.mail"
    contents = Mail
    queued = "queued"
    dropped = CANCELLED
    noted = frozenset({"unsubscribed"})
    others = frozenset({SUPPRESSED, PROCESSED, RESUBSCRIBED})
    hooks: ClassVar[Hooks] = HOOKS

    def script(self, turn: Turn, job: Job, selection: Selection) -> Outcome:
        """Return the outcome of the selected mails, without opens and clicks that AutoSend can not see."""

        def barrier(status: str) -> str | None:
            return _untold(turn.session.get_one(Mail, job.id), status)

        return told(super().script(turn, job, selection), barrier)

    def barrier(self, session: Session, message: Message, status: str) -> str | None:
        """Return why AutoSend can not tell that a mail is opened or clicked, None where it can."""
        mail = session.get_one(Mail, message.job_id)
        has_nothing = status == "clicked" and first_link(session, mail, message) is None
        return _untold(mail, status) or (NO_LINK if has_nothing else None)

    def able(self, turn: Turn, selection: Selection, status: str) -> Iterable[Selection]:
        """Return those of the selected mails that can reach a status: only those with a link are clicked."""
        mail = turn.session.get_one(Mail, selection.job_id) if status == "clicked" else None
        if mail is None or has_links_for_all(mail):
            return (selection,)
        return selection.of(turn.session, lambda one: first_link(turn.session, mail, one) is not None)

    def affordable(self, turn: Turn, job: Job, first: int, last: int) -> int:
        number = last - first + 1
        room = self._room(turn, job, number)
        if room >= number:
            return number
        over = position_after(turn, job.id, CHANNEL, first, last, self.queued, room)
        return number if over is None else over - first

    def withhold(self, turn: Turn, job: Job, first: int, last: int) -> int:
        mail = turn.session.get_one(Mail, job.id)
        place = {"job": job.id, "channel": CHANNEL, "first": first, "last": last, "status": self.queued}
        is_for_contacts = mail.campaign_id or mail.automation_id
        gone = messages_to_former(turn.session, mail.project_id, place) if is_for_contacts else []
        return self.take_out(turn, job, gone, CANCELLED) + self.keep_back(turn, job, mail, place)

    def keep_back(self, turn: Turn, job: Job, mail: Mail, place: Mapping[str, object]) -> int:
        """Take the suppressed messages at `place` out of the queue; return how many there were."""
        if mail.bypasses_suppressions:
            return 0
        suppressed = suppressed_messages(turn.session, mail.project_id, mail.unsubscribe_group, place)
        copies = [] if mail.campaign_id else copies_of(turn.session, suppressed, SUPPRESSED, place)
        return self.take_out(turn, job, sorted({*suppressed, *copies}), SUPPRESSED)

    def has_room(self, turn: Turn, job: Job, number: int) -> bool:
        return self._room(turn, job, number) >= number

    def _room(self, turn: Turn, job: Job, number: int) -> int:
        """Return how many mails of a job may be sent now, `number` if there is no limit."""
        mail = turn.session.get_one(Mail, job.id)
        of_domain = None if mail.new_domain_id is None else domains.room_today(turn, mail.new_domain_id)
        rooms = (of_domain, quota.room(turn.session, mail.project_id))
        return min((one for one in rooms if one is not None), default=number)

    def starved(self, turn: Turn, job: Job) -> None:
        """Go on tomorrow if the domain's limit is reached; otherwise `holding.go_on` starts the job again."""
        mail = turn.session.get_one(Mail, job.id)
        if quota.room(turn.session, mail.project_id) == 0:
            return
        due = domains.next_day(turn.now)
        turn.schedule_dated(due, f"{self.provider}.batch", job.subject, rows=job.next_batch)

    def changed(
        self, turn: Turn, job: Job, selection: Selection, number: int, *, is_first: bool = True
    ) -> None:
        if selection.status == self.delivered and is_first:
            let_arrive(turn, selection)
        reason = REASONS.get(selection.status)
        if reason is None and selection.status != self.sent:
            return
        mail = turn.session.get_one(Mail, job.id)
        if selection.status == self.sent and is_first:
            _count_sent(turn, mail, number)
        if reason is not None:
            _suppress(turn, mail, selection, reason)
        if selection.status in {"bounced", "complained"}:
            check_health(turn, mail.project_id)


def _untold(mail: Mail, status: str) -> str | None:
    """Return why AutoSend can never see that a mail is opened or clicked, None if it can."""
    if status in SEEN and not mail.html:
        return NO_HTML if status == "opened" else NO_LINK
    return None if is_tracked(mail, status) else f"is not told to be {status}: that is not tracked"


def _count_sent(turn: Turn, mail: Mail, number: int) -> None:
    if mail.new_domain_id is not None:
        domains.count_sent(turn, mail.new_domain_id, number)
    quota.count_sent(turn, mail.project_id, number)


def _suppress(turn: Turn, mail: Mail, selection: Selection, reason: str) -> None:
    """Suppress the recipients of messages: globally or, if they unsubscribed, in the mail's group."""
    from_group = mail.unsubscribe_group if reason == UNSUBSCRIBE else None
    code = code_or_global(turn.session, mail.project_id, from_group)
    emails = [message.recipient for message in selection.messages(turn.session)]
    suppress(turn, mail.project_id, code, emails, reason)


MAILS = MailSender()
