"""The parts of requests to send: the content of a message, and options of its delivery."""

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Annotated, Any, ClassVar, Literal
from urllib.parse import urlsplit
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from emulator.engine.clock import HOUR, SECOND, Millis
from emulator.rcs.contents import Recipient
from emulator.rcs.drafts import DEFAULT_VALIDITY, Fallback
from emulator.rcs.finishing import Finish
from emulator.rcs.models import Body
from emulator.rcs.prices import MAX_GSM, sms_complaint
from emulator.rcs.shortening import Shortening
from emulator.rcs.values import (
    MAX_ID,
    Integer,
    LongUrl,
    Moment,
    Off,
    On,
    PhoneNumber,
    Url,
    between,
    checked,
    text_up_to,
)
from emulator.rcs.violations import BLANK, INVALID, NOT_BLANK, complaint

MAX_PHONES = 5000
MAX_GROUPS = 1000
MAX_TEXT = 160
"""The longest text of an RCS message without cards, in UTF-16 units."""
DEFAULT_HOURS = DEFAULT_VALIDITY // HOUR

MEDIA = frozenset({".jpeg", ".jpg", ".gif", ".png", ".h263", ".m4v", ".mp4", ".mpeg", ".mpeg4", ".webm"})
"""The file types of pictures and films that a card can show."""


def _media_kind(url: str) -> str:
    kind = PurePosixPath(urlsplit(url).path).suffix.lower()
    if kind and kind not in MEDIA:
        raise complaint(INVALID)
    return url


def _sms_length(text: str) -> str:
    problem = sms_complaint(text)
    if problem is not None:
        raise complaint(problem)
    return text


AgentName = Annotated[str, StringConstraints(min_length=1, max_length=40)]
Reference = Annotated[str, StringConstraints(min_length=1, max_length=32, pattern="^[A-Za-z0-9]+$")]
ListId = Annotated[Integer, Field(ge=1, le=MAX_ID)]
TariffCode = Annotated[Integer, Field(ge=0, le=MAX_ID)]
Hours = Annotated[Integer, between(1, 72)]
Seconds = Annotated[Integer, between(30, 86400)]
SmsText = Annotated[str, StringConstraints(min_length=1), checked(_sms_length, {"maxLength": MAX_GSM})]
SmsSenderName = Annotated[
    str, StringConstraints(min_length=1, max_length=15, pattern="^([A-Za-z0-9]{1,11}|[0-9]{1,15})$")
]
"""The sender of an alternative SMS: Latin letters and digits."""

OwnSmsSenderName = Annotated[
    str, StringConstraints(min_length=1, max_length=15, pattern="^([ -~]{1,11}|[0-9]{1,15})$")
]
"""The sender of an SMS that is no alternative: it may also have symbols and spaces."""


class ShortLink(Body):
    """A placeholder in the text of an SMS that becomes a short link of each recipient's own."""

    link: LongUrl
    placeholder: str = Field(min_length=1, max_length=255)
    domain_ids: list[UUID] = Field(min_length=1)
    change_domain_after: Annotated[Integer, Field(ge=1, le=MAX_ID)] | None = None
    protocol: On = True


class Media(Body):
    url: Annotated[Url, AfterValidator(_media_kind)]


class Suggestion(Body):
    """A button: a link, or a call."""

    type: Literal["link", "call"] | None = None
    text: str = Field(min_length=1, max_length=25)
    url: Url | None = None
    phone: PhoneNumber | None = None
    postback_data: str | None = Field(None, max_length=25)

    @model_validator(mode="after")
    def _leads_somewhere(self) -> "Suggestion":
        """Infer a missing `type` from the other fields: no sample has one."""
        if self.is_call and self.phone is None:
            raise complaint(BLANK, "phone")
        if not self.is_call and self.url is None:
            raise complaint(BLANK, "url")
        self.type = "call" if self.is_call else "link"
        return self

    @property
    def is_call(self) -> bool:
        return self.type == "call" or (self.type is None and self.url is None and self.phone is not None)


class Card(Body):
    title: str | None = Field(None, max_length=200)
    text: Annotated[str, StringConstraints(min_length=1), text_up_to(1000)] | None = None
    media: Media | None = None
    suggestions: list[Suggestion] | None = Field(None, max_length=4)

    @model_validator(mode="after")
    def _shows_something(self) -> "Card":
        if self.text is None and self.media is None:
            raise complaint(BLANK, "text")
        return self


class Options(Body):
    """The content of an RCS message: a text, a card, or a carousel of cards. Cards win over a text."""

    text: Annotated[str, StringConstraints(min_length=1), text_up_to(MAX_TEXT)] | None = None
    cards: list[Card] | None = Field(None, min_length=1, max_length=10)

    @classmethod
    def without_effect(cls, content: Mapping[str, Any]) -> set[str]:
        return set() if content.get("cards") is None else {"text"}

    @model_validator(mode="after")
    def _has_text_or_cards(self) -> "Options":
        if self.text is None and self.cards is None:
            raise complaint(BLANK, "text")
        return self

    def as_sent(self) -> dict[str, Any]:
        """Return the content as the schema wants it: without nulls, and with a type on every button."""
        return self.model_dump(include={"text" if self.cards is None else "cards"}, exclude_none=True)


class Phone(Body):
    number: PhoneNumber
    reference_id: Reference | None = None

    @property
    def recipient(self) -> Recipient:
        return Recipient(self.number, self.reference_id)


class SmsWording(Body):
    """The text of an SMS, and how it is finished before it goes out."""

    text: SmsText
    transliterate: Off = False
    short_links: list[ShortLink] | None = Field(None, max_length=100)

    def finish(self, *, fills_in: bool = False, caption: str | None = None) -> Finish:
        """Return the finish of the text."""
        links = [
            Shortening(
                one.link,
                one.placeholder,
                [str(domain_id) for domain_id in one.domain_ids],
                one.change_domain_after,
                one.protocol,
            )
            for one in self.short_links or []
        ]
        return Finish(fills_in, self.transliterate, links, caption)


class AlternativeSms(Body):
    text: SmsText
    sender: SmsSenderName
    validity_seconds: Seconds | None = None
    validity: Hours | None = DEFAULT_HOURS
    check_stop_list: On = True

    @classmethod
    def without_effect(cls, content: Mapping[str, Any]) -> set[str]:
        return _hours_without_effect(content)

    @property
    def fallback(self) -> Fallback:
        lifetime = lifetime_of(self.validity, self.validity_seconds)
        return Fallback(self.sender, self.text, lifetime, self.check_stop_list)


class AlternativeChannel(Body):
    sms: AlternativeSms


class DeliveryOptions(Body):
    """The options of delivery, whatever the content."""

    takes_both_validities: ClassVar[bool] = False
    """Whether hours other than the default may be given together with seconds, which win."""

    validity: Hours | None = DEFAULT_HOURS
    validity_seconds: Seconds | None = None
    tariff_code: TariffCode | None = None
    add_to_contact_book: On = True
    check_stop_list: On = True

    @classmethod
    def without_effect(cls, content: Mapping[str, Any]) -> set[str]:
        return _hours_without_effect(content)

    @model_validator(mode="after")
    def _has_one_validity(self) -> "DeliveryOptions":
        """Allow the default of hours beside seconds: the vendor's SDKs send it with every request."""
        chosen = self.validity not in {None, DEFAULT_HOURS}
        if chosen and self.validity_seconds is not None and not self.takes_both_validities:
            raise complaint(NOT_BLANK, "validity_seconds")
        return self

    @property
    def lifetime(self) -> Millis:
        return lifetime_of(self.validity, self.validity_seconds)


class Scheduled(Body):
    start_at: Moment | None = None


class RcsContent(DeliveryOptions):
    """The body that all sends of RCS messages share."""

    sender: AgentName
    options: Options
    alternative_channel: AlternativeChannel | None = None


def _hours_without_effect(content: Mapping[str, Any]) -> set[str]:
    """Return the name of the hours' field if there are seconds, which win."""
    return set() if content.get("validity_seconds") is None else {"validity"}


def lifetime_of(hours: int | None, seconds: int | None = None) -> Millis:
    """Return how long a message is valid."""
    if seconds is not None:
        return seconds * SECOND
    return DEFAULT_VALIDITY if hours is None else hours * HOUR
