"""Templates, and the senders of messages."""

from typing import Annotated, Any

from pydantic import BaseModel
from sqlmodel import Field

from emulator.altcraft.tables.account import Listable
from emulator.engine.clock import Millis
from emulator.storage.columns import JsonOf, OneOf
from emulator.storage.tables import Table, json_list, json_object


class Template(Listable, table=True):
    """The content of messages, for one channel or several."""

    __tablename__ = "altcraft_template"

    description: str = ""
    channels: dict[str, dict[str, Any]] = json_object()
    """The fields of each channel, by its name."""
    json_url: str = ""
    """An address that JSON values would come from. It is kept, and not fetched."""
    is_draft: bool = False
    """Whether it can not be sent."""
    is_confirm: bool = False
    suppress_id: int = 0
    """The suppression list that holds back its recipients; 0 for none."""
    updated_user: str
    updated_at: Millis
    edition_id: int | None = None
    """The edition that new runs share; None if no run has begun since the template was changed."""


class Edition(Table, table=True):
    """The content of a template when a run began. Runs share it until the template changes."""

    __tablename__ = "altcraft_edition"

    id: int | None = Field(default=None, primary_key=True)
    template_id: int
    name: str
    channels: dict[str, dict[str, Any]] = json_object()
    problems: dict[str, list[str]] = json_object()
    """The problems of its texts for the logs of runs, by channel."""


class Sender(Table, table=True):
    """A sender of messages on a channel. The platform's administrator sets it up."""

    __tablename__ = "altcraft_sender"

    id: int = Field(primary_key=True)
    name: str
    channel: Annotated[str, OneOf("email", "sms")]
    type: str
    """The kind of its server or gate, such as `akmta`."""


class SenderShare(BaseModel):
    """What a sender has of the messages of a rule."""

    sender_id: int
    percent: int


class SenderRule(BaseModel):
    """A rule by which senders share messages (emulator/altcraft/senders.py)."""

    type: str
    value: str | int
    senders: list[SenderShare]


SenderRules = Annotated[list[dict[str, Any]], JsonOf(list[SenderRule])]


class VirtualSender(Table, table=True):
    """Senders that share the messages of a mailing, by rules."""

    __tablename__ = "altcraft_virtual_sender"

    id: int = Field(primary_key=True)
    name: str
    email_rules: SenderRules = json_list()
    sms_rules: SenderRules = json_list()
