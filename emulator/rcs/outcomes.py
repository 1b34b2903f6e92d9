"""What becomes of RCS messages and SMS: the last digits of the phone decide.

https://telcowwt.com/documentations/rest-api/rcs-api/ (general rules and statuses).
"""

from collections.abc import Mapping

from emulator.engine.clock import DAY, MINUTE, SECOND, Millis
from emulator.rcs.tables import RCS, SMS
from emulator.rcs.webhooks import CLICK
from emulator.sending.mail import DELIVERED_LATE_AFTER
from emulator.sending.outcomes import Magic, Outcome, Step

ENDINGS = {
    RCS: {
        "901": "read",
        "902": "expired",
        "903": "undelivered",
        "904": "failed",
        "905": "not_service_user",
        "906": "unknown",
        "907": "undelivered",
        "908": "delayed",
        "909": "clicked",
    },
    SMS: {
        "902": "expired",
        "903": "undelivered",
        "904": "failed",
        "906": "unknown",
        "907": "undelivered",
        "908": "delayed",
    },
}
"""What becomes of a message to a phone whose number ends so, by channel; others get theirs delivered."""

FIRST_ALONE = frozenset({"902", "903", "904"})
"""The endings that are about a first message alone: what stands in for it is delivered."""

MAGIC = (
    Magic("any other phone", RCS, "delivered", "delivered after 3 seconds"),
    Magic("…901", RCS, "read", "delivered, read after a minute"),
    Magic("…902", RCS, "expired", "expired when its validity is over; in the stead of an SMS delivered"),
    Magic("…903", RCS, "undelivered", "not delivered; in the stead of an SMS delivered"),
    Magic("…904", RCS, "failed", "failed; in the stead of an SMS delivered"),
    Magic("…905", RCS, "not_service_user", "the phone has no RCS"),
    Magic("…906", RCS, "unknown", "no report comes"),
    Magic("…907", RCS, "undelivered", "not delivered, and neither is the SMS that stands in for it"),
    Magic("…908", RCS, "delayed", "delivered after 15 minutes"),
    Magic("…909", RCS, "clicked", "read, and its first button pressed after 90 seconds"),
    Magic("any other phone", SMS, "delivered", "delivered after 3 seconds"),
    Magic("…902", SMS, "expired", "expired when its validity is over; in the stead of RCS delivered"),
    Magic("…903", SMS, "undelivered", "not delivered; in the stead of RCS delivered"),
    Magic("…904", SMS, "failed", "failed; in the stead of RCS delivered"),
    Magic("…906", SMS, "unknown", "no report comes"),
    Magic("…907", SMS, "undelivered", "not delivered, and neither is the RCS message that stands in for it"),
    Magic("…908", SMS, "delayed", "delivered after 15 minutes"),
)

FALLS_BACK = ("expired", "undelivered", "failed", "not_service_user")
"""The statuses after which another message stands in for one that did not arrive."""

LONGER_THAN_VALID = 366 * DAY
"""When a message would arrive that expires: what has not arrived when its validity is over expires then."""


def _scripts(*leaving: tuple[Millis, str]) -> dict[str, Outcome]:
    """Return all outcomes by name, for messages that leave the queue by these steps."""
    leaves = len(leaving) - 1
    sent_at = leaving[-1][0]
    arrives = sent_at + 2 * SECOND
    sent = {
        "delivered": ((arrives, "delivered"),),
        "delayed": ((DELIVERED_LATE_AFTER, "delivered"),),
        "expired": ((LONGER_THAN_VALID, "expired"),),
        "undelivered": ((arrives, "undelivered"),),
        "unknown": ((MINUTE, "unknown"),),
    }
    read = ((arrives, "delivered"), (arrives + MINUTE, "read"))
    sent_by_rcs = sent | {"read": read, "clicked": (*read, (90 * SECOND, CLICK))}
    steps = {f"{SMS}.{word}": (*leaving, *after) for word, after in sent.items()}
    steps |= {f"{RCS}.{word}": (*leaving, *after) for word, after in sent_by_rcs.items()}
    steps |= {
        f"{channel}.{word}": (*leaving[:-1], (sent_at, word))
        for channel, word in ((SMS, "failed"), (RCS, "failed"), (RCS, "not_service_user"))
    }
    return {name: Outcome(tuple(Step(*step) for step in found), leaves) for name, found in steps.items()}


OUTCOMES: Mapping[str, Outcome] = _scripts((0, "sending"), (SECOND, "sent"))
"""Statuses and the time from the hand-over to each; validity may cut them short."""

OUTCOMES_INSTEAD: Mapping[str, Outcome] = _scripts((0, "sent"))
"""The same of messages that stand in for others: they leave at once."""


def outcome_for(channel: str, phone: str, *, stands_in: bool = False) -> str:
    """Return the outcome that a phone's last digits name."""
    ending = phone[-3:]
    word = "delivered" if stands_in and ending in FIRST_ALONE else ENDINGS[channel].get(ending, "delivered")
    return f"{channel}.{word}"
