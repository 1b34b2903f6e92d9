"""Outcome rules, set by a test: they choose the outcome of messages to some recipients, of a job, or of all.

They are applied when a message is handed over, so they also cover messages that are queued already.
"""

from fnmatch import fnmatchcase

from sqlmodel import Field, Session, col, select

from emulator.engine.clock import Millis
from emulator.engine.engine import Turn
from emulator.sending.job_table import Job
from emulator.sending.outcomes import BECAUSE, DELAYED
from emulator.storage.tables import Table

REGISTERED, NOT_REGISTERED = "registered", "not_registered"
REGISTRATIONS = (REGISTERED, NOT_REGISTERED)
"""The words of rules that set no outcome, but whether recipients have the service of the channel."""


class OutcomeRule(Table, table=True):
    """The outcome of the messages that match; None matches any."""

    __tablename__ = "outcome_rule"

    id: int | None = Field(default=None, primary_key=True)
    provider: str | None
    channel: str | None
    recipient: str | None
    """A pattern with `*` and `?`, in upper or lower case."""
    job: str | None
    """The job's name in the control plane: `autosend/campaign/60d5…`."""
    outcome: str
    """The word for the outcome, or one of `REGISTRATIONS`."""
    delay: Millis = 0
    reason: str | None = None
    """The reason of the outcome, in the provider's words: the sub-type of a bounce."""
    hits: int = 0

    def fits(self, provider: str, channel: str, recipient: str, job: Job) -> bool:
        return (
            self.provider in {None, provider}
            and self.channel in {None, channel}
            and self.job in {None, *job.names}
            and (self.recipient is None or fnmatchcase(recipient.lower(), self.recipient.lower()))
        )

    def name(self, outcome: str) -> str:
        """Return the name by which a message stores this outcome with the rule's reason and delay."""
        because = f"{BECAUSE}{self.reason}" if self.reason else ""
        return outcome + because + (f"{DELAYED}{self.delay}" if self.delay else "")


def rules_of(session: Session) -> list[OutcomeRule]:
    """Return all rules in the order in which they were set: the first that matches a message decides."""
    return list(session.exec(select(OutcomeRule).order_by(col(OutcomeRule.id))))


def has_rules(turn: Turn) -> bool:
    return turn.store.execute("SELECT 1 FROM outcome_rule LIMIT 1").fetchone() is not None


def deciding_rule(
    rules: list[OutcomeRule], provider: str, channel: str, recipient: str, job: Job
) -> OutcomeRule | None:
    """Return the first rule that matches a message, and count the hit; with None, the recipient decides."""
    for rule in rules:
        if rule.outcome not in REGISTRATIONS and rule.fits(provider, channel, recipient, job):
            rule.hits += 1
            return rule
    return None


def is_registered(
    rules: list[OutcomeRule], provider: str, channel: str, recipient: str, job: Job
) -> bool | None:
    """Return whether a recipient has the service of a channel, None if no rule says; count the hit.

    The last rule that matches decides: a test changes the state of a recipient by a further rule.
    """
    for rule in reversed(rules):
        if rule.outcome in REGISTRATIONS and rule.fits(provider, channel, recipient, job):
            rule.hits += 1
            return rule.outcome == REGISTERED
    return None


def forget_registration(session: Session, rule: OutcomeRule) -> None:
    """Delete earlier rules about the registration of the same recipients."""
    for other in rules_of(session):
        is_same = all(getattr(other, name) == getattr(rule, name) for name in _ABOUT)
        if is_same and other.outcome in REGISTRATIONS:
            session.delete(other)


_ABOUT = ("provider", "channel", "recipient", "job")
