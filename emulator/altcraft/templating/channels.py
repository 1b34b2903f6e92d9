"""The channels of a template, and the fields that each has.

https://guides.altcraft.com/en/developer-guide/objects/Channel-object_56255164. Fields that the page does not
show are kept as they were sent.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, get_args

from pydantic import Field

from emulator.altcraft.values import Address, Count, Flag, GivenFile, HeaderText, Listed, Part

ChannelName = Literal["email", "sms", "push", "telegram_bot", "telegram_group", "custom_channel"]

NUMBERS: Mapping[str, int] = {name: 2**place for place, name in enumerate(get_args(ChannelName))}
"""The ids of channels in responses. Those of e-mail, SMS and push are documented, the others inferred."""


class EmailFields(Part):
    text: str = ""
    html: str = ""
    is_amp: Flag = False
    amp: str = ""
    subject: HeaderText = ""
    from_email: Address = ""
    from_name: HeaderText = ""
    replyto_email: Address = ""
    replyto_name: HeaderText = ""
    is_not_inline: Flag = Field(False, description="Whether CSS is not written into the elements")
    attach: Listed[GivenFile] = []


class SmsFields(Part):
    sms: str = ""
    sms_max_count: Count = 0
    add_sms_url_scheme: Flag = False


class Uniqueness(Part):
    uniq: Flag = False


class PushFields(Part):
    title: str = ""
    body: str = ""
    icon: str = ""
    click_url: str = ""
    click_url_new: Uniqueness = Uniqueness()
    custom_push_json_raw: str = "{}"


FORMS: Mapping[str, type[Part]] = {"email": EmailFields, "sms": SmsFields, "push": PushFields}


def stored(channel: str, said: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a channel as they are stored and shown. Raises ValidationError."""
    form = FORMS.get(channel, Part)
    further = {name: value for name, value in said.items() if name not in form.model_fields}
    known = form.model_validate(said).model_dump()
    return known | {name: value for name, value in further.items() if value is not None}


TEXTS: Mapping[str, Sequence[str]] = {
    "email": ("subject", "from_name", "replyto_name", "text", "html", "amp"),
    "sms": ("sms",),
    "push": ("title", "body", "icon", "click_url"),
}
"""The fields whose texts may have variables, by channel."""


def texts_of(channel: str, fields: Mapping[str, Any]) -> list[str]:
    """Return the texts of a channel that values are filled into."""
    return [fields[name] for name in TEXTS.get(channel, ())]
