"""The rules by which the senders of a virtual sender share messages.

https://guides.altcraft.com/en/developer-guide/objects/Email-rule-object_2195791, …/SMS-rule-object_2195796
and …/Sender-object_2195784.
"""

import re
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, ValidationInfo, field_validator
from sqlmodel import Session

from emulator.altcraft import refusals
from emulator.altcraft.tables.content import Sender
from emulator.altcraft.values import Address, HeaderText, Int64, Integer, Listed, Part

GROUP = re.compile("[0-9]{1,18}")

WHOLE = 100
"""The percents of all senders of a rule together."""


class Share(Part):
    """A sender, how many of a rule's messages it sends, and what it puts in place of what they say."""

    sender_id: Int64
    percent: Annotated[Integer, Field(ge=0, le=WHOLE)]
    from_email: Address = ""
    from_name: HeaderText = ""
    replyto_email: Address = ""


def _is_whole(shares: list[Share]) -> list[Share]:
    if sum(one.percent for one in shares) != WHOLE:
        raise ValueError(f"the percents must sum to {WHOLE}")
    return shares


def _group(value: Any) -> int:
    if isinstance(value, bool) or not GROUP.fullmatch(str(value)):
        raise ValueError("must be the id of a group")
    return int(value)


def _domain(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("must be a domain")
    return value.strip().lower()


class EmailRule(Part):
    """Which mails some senders share: all, or those with the group or the domain in `value`."""

    type: Literal["default", "group_id", "from_domain", "to_domain"]
    value: str | int = Field("", validate_default=True)
    senders: Annotated[Listed[Share], AfterValidator(_is_whole)]

    @field_validator("value", mode="before")
    @classmethod
    def _of_type(cls, value: Any, info: ValidationInfo) -> Any:
        kind = info.data.get("type", "default")
        if kind == "default":
            return ""
        return _group(value) if kind == "group_id" else _domain(value)


class SmsRule(EmailRule):
    """The same of SMS, which do not know the domain of the recipient."""

    type: Literal["default", "group_id", "from_domain"]


def check_rules(session: Session, channel: str, rules: Sequence[EmailRule]) -> None:
    """Raise ObjectNotFound for a sender that does not exist, IncorrectRequest for one of another channel."""
    for share in (share for rule in rules for share in rule.senders):
        sender = session.get(Sender, share.sender_id)
        if sender is None:
            raise refusals.ObjectNotFound("sender", share.sender_id)
        if sender.channel != channel:
            raise refusals.IncorrectRequest(f"{channel}_rules", f"sender {sender.id} is of {sender.channel}")
