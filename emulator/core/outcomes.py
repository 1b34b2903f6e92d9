"""What becomes of a mail: the address that it goes to decides, in the same words for all providers."""

from collections.abc import Mapping

from emulator.core.clock import MINUTE, SECOND
from emulator.core.jobs import Outcome, outcome

MAIL_OUTCOMES: Mapping[str, Outcome] = {
    "delivered": outcome((0, "sent"), (2 * SECOND, "delivered")),
    "opened": outcome((0, "sent"), (2 * SECOND, "delivered"), (MINUTE, "opened")),
    "clicked": outcome((0, "sent"), (2 * SECOND, "delivered"), (MINUTE, "opened"), (90 * SECOND, "clicked")),
    "unsubscribed": outcome(
        (0, "sent"), (2 * SECOND, "delivered"), (MINUTE, "opened"), (2 * MINUTE, "unsubscribed")
    ),
    "complained": outcome((0, "sent"), (2 * SECOND, "delivered"), (2 * MINUTE, "complained")),
    "bounced": outcome((0, "sent"), (2 * SECOND, "bounced")),
    "failed": outcome((0, "failed")),
}
"""The statuses that a mail goes through, by the word that stands for them."""


def mail_outcome(address: str | None) -> str:
    """Answer the word that an address holds, as `bounced@…` and `ann+bounced@…` do; else `delivered`."""
    word = (address or "").partition("@")[0].rpartition("+")[2]
    return word if word in MAIL_OUTCOMES else "delivered"
