"""The channels of messages, and what differs between them."""

from collections.abc import Mapping
from dataclasses import dataclass

RCS = "rcs"
SMS = "sms"
VIBER = "viber"
WHATSAPP = "whatsapp"

NOT_YET_SENT = frozenset({"scheduled", "accepted", "sending"})
UNDER_WAY = frozenset({"sending", "sent"})

CHARGED_ON_DELIVERY = frozenset({"delivered", "read"})


@dataclass(frozen=True)
class Channel:
    """A way by which messages reach a phone."""

    name: str
    title: str
    """The name with which the names of campaigns begin."""
    charged: frozenset[str]
    """The statuses of messages that are charged."""
    free: frozenset[str]
    """The statuses in which a message ends without being charged."""
    not_a_user: str | None = None
    """The status of a message to a phone that does not have the service; None where every phone has it."""
    is_read: bool = False
    """Whether the provider learns that a message was read."""
    is_clicked: bool = False
    """Whether recipients press buttons or follow links of its messages."""

    def is_put_aside(self, status: str) -> bool:
        """Return whether the price of a message in this status is reserved until its end is known."""
        return status in UNDER_WAY and status not in self.charged


def _free(not_a_user: str) -> frozenset[str]:
    return frozenset({"expired", "undelivered", "failed", "unknown", not_a_user})


CHANNELS: Mapping[str, Channel] = {
    channel.name: channel
    for channel in (
        Channel(
            RCS,
            "RCS",
            CHARGED_ON_DELIVERY,
            _free("not_service_user"),
            "not_service_user",
            is_read=True,
            is_clicked=True,
        ),
        Channel(
            SMS,
            "SMS",
            frozenset({"sent", "delivered", "undelivered", "expired", "unknown"}),
            frozenset({"failed"}),
            is_clicked=True,
        ),
        Channel(VIBER, "Viber", CHARGED_ON_DELIVERY, _free("not_viber_user"), "not_viber_user", is_read=True),
        Channel(
            WHATSAPP,
            "WhatsApp",
            CHARGED_ON_DELIVERY,
            _free("not_service_user"),
            "not_service_user",
            is_read=True,
        ),
    )
}
