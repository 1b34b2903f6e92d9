"""What becomes of RCS messages and SMS: the last digits of the phone decide.

https://telcowwt.com/documentations/rest-api/rcs-api/ (general rules and statuses).
"""

from collections.abc import Mapping

from emulator.engine.clock import MINUTE, SECOND
from emulator.rcs.tables import RCS, SMS
from emulator.rcs.webhooks import CLICK
from emulator.sending.mail import DELIVERED_LATE_AFTER
from emulator.sending.outcomes import Magic, Outcome, outcome

ENDINGS = {
    "901": "read",
    "902": "expired",
    "903": "undelivered",
    "904": "failed",
    "905": "not_service_user",
    "906": "unknown",
    "907": "undelivered",
    "908": "delayed",
    "909": "clicked",
}
"""What becomes of an RCS message to a phone whose number ends so; others get theirs delivered."""

SMS_ENDINGS = {"907": "undelivered", "908": "delayed"}
"""The same of SMS."""

MAGIC = (
    Magic("any other phone", RCS, "delivered", "delivered after 3 seconds"),
    Magic("…901", RCS, "read", "delivered, read after a minute"),
    Magic("…902", RCS, "expired", "expired when its validity is over"),
    Magic("…903", RCS, "undelivered", "not delivered"),
    Magic("…904", RCS, "failed", "failed"),
    Magic("…905", RCS, "not_service_user", "the phone has no RCS"),
    Magic("…906", RCS, "unknown", "no report comes"),
    Magic("…907", RCS, "undelivered", "not delivered, and neither is the SMS that stands in for it"),
    Magic("…908", RCS, "delayed", "delivered after 15 minutes"),
    Magic("…909", RCS, "clicked", "read, and its first button pressed after 90 seconds"),
    Magic("any other phone", SMS, "delivered", "delivered after 3 seconds"),
    Magic("…907", SMS, "undelivered", "not delivered"),
    Magic("…908", SMS, "delayed", "delivered after 15 minutes"),
)

FALLS_BACK = ("expired", "undelivered", "failed", "not_service_user")
"""The statuses after which another message stands in for one that did not arrive."""

ENDINGS_OF_SUBSTITUTES = ("delivered", "undelivered")
"""What can become of a message that stands in for another."""

OUTCOMES: Mapping[str, Outcome] = {
    "rcs.delivered": outcome((0, "sending"), (SECOND, "sent"), (3 * SECOND, "delivered"), leaves=1),
    "rcs.read": outcome(
        (0, "sending"), (SECOND, "sent"), (3 * SECOND, "delivered"), (63 * SECOND, "read"), leaves=1
    ),
    "rcs.clicked": outcome(
        (0, "sending"),
        (SECOND, "sent"),
        (3 * SECOND, "delivered"),
        (63 * SECOND, "read"),
        (90 * SECOND, CLICK),
        leaves=1,
    ),
    "rcs.delayed": outcome((0, "sending"), (SECOND, "sent"), (DELIVERED_LATE_AFTER, "delivered"), leaves=1),
    "rcs.expired": outcome((0, "sending"), (SECOND, "sent"), (3 * SECOND, "expired"), leaves=1),
    "rcs.undelivered": outcome((0, "sending"), (SECOND, "sent"), (3 * SECOND, "undelivered"), leaves=1),
    "rcs.failed": outcome((0, "sending"), (SECOND, "failed"), leaves=1),
    "rcs.not_service_user": outcome((0, "sending"), (SECOND, "not_service_user"), leaves=1),
    "rcs.unknown": outcome((0, "sending"), (SECOND, "sent"), (MINUTE, "unknown"), leaves=1),
    "sms.delivered": outcome((0, "sending"), (SECOND, "sent"), (3 * SECOND, "delivered"), leaves=1),
    "sms.delayed": outcome((0, "sending"), (SECOND, "sent"), (DELIVERED_LATE_AFTER, "delivered"), leaves=1),
    "sms.undelivered": outcome((0, "sending"), (SECOND, "sent"), (3 * SECOND, "undelivered"), leaves=1),
} | {
    f"{ending}.after.{status}": outcome((0, "sent"), (2 * SECOND, ending))
    for ending in ENDINGS_OF_SUBSTITUTES
    for status in FALLS_BACK
}
"""Statuses and the time from the hand-over to each; a message expires when its validity is over.

A message that stands in for another has an outcome for each status of the other: those that stand in for
messages of one batch leave at different times if the messages failed at different times.
"""


def outcome_for(channel: str, phone: str) -> str:
    """Return the outcome that a phone's last digits name."""
    endings = ENDINGS if channel == RCS else SMS_ENDINGS
    return f"{channel}.{endings.get(phone[-3:], 'delivered')}"
