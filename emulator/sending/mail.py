"""The outcomes of mails, under the same words for all providers that send mails."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from emulator.engine.clock import MINUTE, SECOND
from emulator.sending.messages import Message
from emulator.sending.outcomes import FORCED, Magic, Outcome, outcome, reason_in, without_delay, word_of
from emulator.sending.sender import Sender

DELIVERED_LATE_AFTER = 15 * MINUTE

SOFT = "soft-bounced"
"""The outcome of a mail that is deferred, and bounces in the end: nothing is wrong with its address."""

MAIL_OUTCOMES: Mapping[str, Outcome] = {
    "delivered": outcome((0, "sent"), (2 * SECOND, "delivered")),
    "delayed": outcome((0, "sent"), (2 * SECOND, "deferred"), (DELIVERED_LATE_AFTER, "delivered")),
    "opened": outcome((0, "sent"), (2 * SECOND, "delivered"), (MINUTE, "opened")),
    "scanned": outcome((0, "sent"), (2 * SECOND, "delivered"), (5 * SECOND, "opened")),
    "clicked": outcome((0, "sent"), (2 * SECOND, "delivered"), (MINUTE, "opened"), (90 * SECOND, "clicked")),
    "unsubscribed": outcome(
        (0, "sent"), (2 * SECOND, "delivered"), (MINUTE, "opened"), (2 * MINUTE, "unsubscribed")
    ),
    "complained": outcome((0, "sent"), (2 * SECOND, "delivered"), (2 * MINUTE, "complained")),
    "bounced": outcome((0, "sent"), (2 * SECOND, "bounced")),
    SOFT: outcome((0, "sent"), (2 * SECOND, "deferred"), (4 * MINUTE, "bounced")),
    "failed": outcome((0, "failed")),
}
"""The outcomes of mails, by their words."""

SEEN = frozenset({"opened", "clicked"})
"""The statuses of mails that are known only by a picture and links in their HTML."""

NO_HTML = "has no HTML, and nothing else that tells that it is opened"
NO_LINK = "has no link that could be clicked"

MAIL_MAGIC = (
    Magic("any other address", "email", "delivered", "delivered after 2 seconds"),
    Magic("delayed@…", "email", "delayed", "deferred, delivered after 15 minutes"),
    Magic("opened@…", "email", "opened", "delivered, opened after a minute"),
    Magic("scanned@…", "email", "scanned", "delivered, opened by a machine after 5 seconds"),
    Magic("clicked@…", "email", "clicked", "opened, and a link clicked after 90 seconds"),
    Magic("unsubscribed@…", "email", "unsubscribed", "opened, unsubscribed after 2 minutes"),
    Magic("complained@…", "email", "complained", "delivered, reported as spam after 2 minutes"),
    Magic("bounced@…", "email", "bounced", "bounced hard: no such mailbox"),
    Magic("soft-bounced@…", "email", "soft-bounced", "deferred, bounced softly after 4 minutes"),
    Magic("failed@…", "email", "failed", "not sent at all"),
)
"""The recipients that choose an outcome, also by a label: `ann+bounced@…`, `bounced+ann@…`."""


def told(usual: Outcome, barrier: Callable[[str], str | None]) -> Outcome:
    """Return an outcome without the opens and clicks for which `barrier` returns a reason."""
    steps = tuple(one for one in usual.steps if one.status not in SEEN or barrier(one.status) is None)
    return usual if len(steps) == len(usual.steps) else replace(usual, steps=steps)


class SendsMails(Sender):
    """A sender whose messages have the outcomes of mails."""

    sent = "sent"
    delivered = "delivered"
    outcomes = MAIL_OUTCOMES

    def cause(self, outcome: str, status: str) -> str | None:
        """Return the outcome by which a mail was deferred or bounced, with the reason; None for the usual.

        It is kept with the status, as a mail's outcome may be another one later.
        """
        is_usual = word_of(outcome) != SOFT and reason_in(outcome) is None
        return None if status not in {"bounced", "deferred"} or is_usual else without_delay(outcome)

    def forced_outcome(self, message: Message, statuses: Sequence[str]) -> str:
        """Return the outcome of a mail that a test takes through statuses.

        A bounce stays the one that the mail would have had, soft or with a reason. It is also soft if the
        mail was deferred before.
        """
        if not statuses or statuses[-1] != "bounced":
            return FORCED
        word = word_of(message.outcome)
        was_deferred = "deferred" in {message.status, *statuses}
        if word == SOFT or (word == "bounced" and not was_deferred):
            return without_delay(message.outcome)
        return SOFT if was_deferred else FORCED


def mail_outcome(address: str | None) -> str:
    """Return the outcome that an address names, as `bounced@…`, `ann+bounced@…` and `bounced+ann@…` do.

    Of several words, the last one counts; without any, the outcome is `delivered`.
    """
    words = (address or "").rpartition("@")[0].lower().split("+")
    return next((word for word in reversed(words) if word in MAIL_OUTCOMES), "delivered")
