"""The outcomes of messages: the last digits of the phone decide.

https://telcowwt.com/documentations/rest-api/rcs-api/ (general rules and statuses).
"""

from collections.abc import Mapping
from functools import lru_cache

from emulator.engine.clock import DAY, MINUTE, SECOND, Millis
from emulator.rcs.channels import CHANNELS, RCS, SMS, VIBER, WHATSAPP
from emulator.rcs.webhooks import CLICK
from emulator.sending.mail import DELIVERED_LATE_AFTER
from emulator.sending.outcomes import Magic, Outcome, Step

ENDINGS = {
    "901": "read",
    "902": "expired",
    "903": "undelivered",
    "904": "failed",
    "905": "not_a_user",
    "906": "unknown",
    "907": "undelivered",
    "908": "delayed",
    "909": "clicked",
}
"""The outcome by the last digits of the phone, if the channel has it; other messages are delivered."""

FIRST_ALONE = frozenset({"902", "903", "904"})
"""The endings that apply to first messages alone: their substitutes are delivered."""

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
    Magic("…909", SMS, "clicked", "delivered, and its first link followed after 90 seconds"),
    *(
        Magic(ending, channel, word.format(CHANNELS[channel].not_a_user), text)
        for channel in (VIBER, WHATSAPP)
        for ending, word, text in (
            ("any other phone", "delivered", "delivered after 3 seconds"),
            ("…901", "read", "delivered, read after a minute"),
            ("…902", "expired", "expired when its validity is over"),
            ("…903", "undelivered", "not delivered"),
            ("…904", "failed", "failed"),
            ("…905", "{}", "the phone does not have the service"),
            ("…906", "unknown", "no report comes"),
            ("…907", "undelivered", "not delivered, and neither is the SMS that stands in for it"),
            ("…908", "delayed", "delivered after 15 minutes"),
            ("…909", "read", "delivered, read after a minute"),
        )
    ),
)

FALLS_BACK = ("expired", "undelivered", "failed", "not_service_user", "not_viber_user")
"""The statuses after which a substitute is sent."""

LONGER_THAN_VALID = 366 * DAY
"""The time of the step `expired`: longer than any validity, at the end of which the message expires."""


def _scripts(*leaving: tuple[Millis, str]) -> dict[str, Outcome]:
    """Return the outcomes by name, for messages whose first steps, out of the queue, are these."""
    leaves = len(leaving) - 1
    sent_at = leaving[-1][0]
    arrives = sent_at + 2 * SECOND
    sent: dict[str, tuple[tuple[Millis, str], ...]] = {
        "delivered": ((arrives, "delivered"),),
        "delayed": ((DELIVERED_LATE_AFTER, "delivered"),),
        "expired": ((LONGER_THAN_VALID, "expired"),),
        "undelivered": ((arrives, "undelivered"),),
        "unknown": ((MINUTE, "unknown"),),
    }
    read = ((arrives, "delivered"), (arrives + MINUTE, "read"))
    found: dict[str, tuple[tuple[Millis, str], ...]] = {}
    for channel in CHANNELS.values():
        after = sent | ({"read": read} if channel.is_read else {})
        before = read if channel.is_read else sent["delivered"]
        after |= {"clicked": (*before, (90 * SECOND, CLICK))} if channel.is_clicked else {}
        found |= {f"{channel.name}.{word}": (*leaving, *steps) for word, steps in after.items()}
        refused = filter(None, ("failed", channel.not_a_user))
        found |= {f"{channel.name}.{word}": (*leaving[:-1], (sent_at, word)) for word in refused}
    return {name: Outcome(tuple(Step(*step) for step in steps), leaves) for name, steps in found.items()}


WITHHELD = "withheld"
"""The outcome of a message that may not leave: its phone is on the stop list, or money is missing."""
STOP_LIST = "the stop list"
"""The reason for leaving out phones."""
_KEPT = {WITHHELD: Outcome((Step(0, "failed"),))}

OUTCOMES: Mapping[str, Outcome] = _scripts((0, "sending"), (SECOND, "sent")) | _KEPT
"""The outcomes of first messages; their validity may end them earlier."""

OUTCOMES_INSTEAD: Mapping[str, Outcome] = _scripts((0, "sent")) | _KEPT
"""The outcomes of substitutes, which leave at once."""


def outcome_for(channel: str, phone: str, *, stands_in: bool = False) -> str:
    """Return the name of the outcome that a phone's last digits choose."""
    ending = phone[-3:]
    return _of_ending(channel, "" if stands_in and ending in FIRST_ALONE else ending)


@lru_cache(maxsize=4096)
def _of_ending(channel: str, ending: str) -> str:
    return f"{channel}.{_word(channel, ending)}"


def _word(channel: str, ending: str) -> str:
    """Return the outcome of an ending on a channel; one that the channel does not know is delivered."""
    word, known = ENDINGS.get(ending, "delivered"), CHANNELS[channel]
    if word == "not_a_user":
        return known.not_a_user or "delivered"
    if word == "clicked" and not known.is_clicked:
        word = "read"
    return word if word != "read" or known.is_read else "delivered"
