"""The rules by which the senders of a virtual sender share messages, and whose part a message is.

https://guides.altcraft.com/en/developer-guide/objects/Email-rule-object_2195791, …/SMS-rule-object_2195796
and …/Sender-object_2195784.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, ValidationInfo, field_validator
from sqlmodel import Session
from xxhash import xxh64_intdigest

from emulator.altcraft import refusals
from emulator.altcraft.tables.account import Group
from emulator.altcraft.tables.content import Sender
from emulator.altcraft.values import Address, HeaderText, Int64, Integer, Listed, Part

GROUP = re.compile("[0-9]{1,18}")

WHOLE = 100
"""The percents of all senders of a rule together."""


class Share(Part):
    """A sender, its percentage of a rule's messages, and the addresses that it puts in place of theirs."""

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
    """A rule for the mails that senders share: all, or those with the group or the domain in `value`."""

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
    """A rule for SMS, which have no domain of the recipient."""

    type: Literal["default", "group_id", "from_domain"]


def check_rules(session: Session, channel: str, rules: Sequence[EmailRule]) -> None:
    """Raise ObjectNotFound for an unknown group or sender, IncorrectRequest for one of another channel."""
    for rule in rules:
        if rule.type == "group_id" and session.get(Group, rule.value) is None:
            raise refusals.ObjectNotFound("group", rule.value)
    for share in (share for rule in rules for share in rule.senders):
        sender = session.get(Sender, share.sender_id)
        if sender is None:
            raise refusals.ObjectNotFound("sender", share.sender_id)
        if sender.channel != channel:
            raise refusals.IncorrectRequest(f"{channel}_rules", f"sender {sender.id} is of {sender.channel}")


def share_of(
    rules: Sequence[Mapping[str, Any]], profile_id: str, known: Mapping[str, Collection[object]]
) -> Mapping[str, Any]:
    """Return the share that a message to a profile belongs to; an empty one if no rule fits.

    The first rule that fits decides, with rules for all messages last. Within it, a hash of the profile
    decides.

    Args:
        rules: The stored rules of a channel.
        profile_id: The recipient of the message.
        known: The message's values that rules are compared with, by the type of the rule.
    """
    fitting = [rule for rule in rules if rule["value"] in known.get(rule["type"], ())]
    fitting += [rule for rule in rules if rule["type"] == "default"]
    place = xxh64_intdigest(profile_id.encode()) % WHOLE
    for share in fitting[0]["senders"] if fitting else ():
        place -= share["percent"]
        if place < 0:
            found: Mapping[str, Any] = share
            return found
    return {}
