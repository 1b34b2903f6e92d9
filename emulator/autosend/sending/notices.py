"""AutoSend's own mails to the admins of an account: they use no quota, and no webhook tells of them.

https://docs.autosend.com/others/account/usage (the quota), https://docs.autosend.com/changelog (a domain that
is not verified any more). No page shows them: sender and words are inferred.
"""

from emulator.autosend.tables.account import Organization
from emulator.autosend.tables.mails import Mail, Recipient
from emulator.engine.engine import Turn
from emulator.sending.job_table import new_job
from emulator.sending.jobs import JobSender
from emulator.sending.mail import MAIL_OUTCOMES, mail_outcome
from emulator.sending.messages import NewMessage, add_messages

FROM_EMAIL, FROM_NAME = "notifications@autosend.com", "AutoSend"


class NoticeSender(JobSender):
    provider = "autosend.notice"
    contents = Mail
    queued = "queued"
    sent = "sent"
    delivered = "delivered"
    outcomes = MAIL_OUTCOMES


NOTICES = NoticeSender()


def tell_admins(turn: Turn, organization: Organization, subject: str, text: str) -> None:
    """Send a mail to the admins of an organisation, if it has any."""
    if not organization.admins:
        return
    number = len(organization.admins)
    job = new_job(turn, NOTICES.provider, "email", total=number, pace=number)
    turn.session.add(
        Mail(
            job_id=job.id,
            project_id="",
            from_email=FROM_EMAIL,
            from_name=FROM_NAME,
            subject=subject,
            text=text,
            is_literal=True,
            bypasses_suppressions=True,
            tracking_open=False,
            tracking_click=False,
        )
    )
    new = (
        NewMessage(position, address, mail_outcome(address), NOTICES.queued)
        for position, address in enumerate(organization.admins)
    )
    first_id = add_messages(turn, job.id, "email", new, number)
    turn.session.add_all(Recipient(message_id=first_id + place) for place in range(number))
    NOTICES.start(turn, job, after=0)
