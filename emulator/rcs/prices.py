"""The prices of messages: by tariff, destination and kind; and the number of parts of an SMS."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from sqlmodel import Session

from emulator.rcs import numbering, refusals
from emulator.rcs.channels import SMS, VIBER, WHATSAPP
from emulator.rcs.violations import too_long
from emulator.storage.session import look_up

UNIT = 10_000_000
"""How many units of stored money are one of the currency."""

GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_EXTENSION = frozenset("\f^{}\\[~]|€")
"""Characters that take two places: an escape and a second character."""

UNKNOWN_COUNTRY = "ZZ"
"""The code for an unknown country, which ISO 3166-1 leaves to its users."""

KEPT_BEGINNINGS = 10_000
"""For how many beginnings of phone numbers a tariff keeps the rate that was found."""

MAX_GSM = 765
MAX_UCS2 = 355


class Rate(NamedTuple):
    """The prices of messages to the numbers with one prefix: the columns of a Price."""

    prefix: str
    country: str | None
    text: int
    card: int
    carousel: int
    sms: int
    viber: int
    whatsapp: int


@dataclass(frozen=True)
class Rates:
    """The prices of one tariff."""

    by_prefix: dict[str, Rate]
    _of_beginnings: dict[str, Rate] = field(default_factory=dict)
    """The rates that were found, by the beginnings of phone numbers."""

    @cached_property
    def _longest(self) -> int:
        return max(numbering.LONGEST, *map(len, self.by_prefix))

    def rate(self, phone: str) -> Rate:
        """Return the rate of the longest prefix that fits the phone; every tariff has an empty prefix.

        Its country is that of the numbering plan if the prefix there is longer, or if the rate names no
        country.
        """
        beginning = phone[: self._longest]
        found = self._of_beginnings.get(beginning)
        if found is None:
            if len(self._of_beginnings) >= KEPT_BEGINNINGS:
                self._of_beginnings.clear()
            prefixes = (beginning[:length] for length in range(len(beginning), -1, -1))
            fitting = next(prefix for prefix in prefixes if prefix in self.by_prefix)
            found = self._of_beginnings[beginning] = _in_country(self.by_prefix[fitting], phone)
        return found


def _in_country(rate: Rate, phone: str) -> Rate:
    prefix = numbering.prefix_of(phone)
    if rate.country is not None and len(rate.prefix) >= len(prefix):
        return rate
    return rate._replace(country=numbering.COUNTRY_OF.get(prefix))


def active_tariff(session: Session, code: int | None) -> int:
    """Return the code if that tariff is active, or the code of the default tariff for None.

    Raises TariffNotFound.
    """
    found: tuple[int] | None = look_up(session, _TARIFF, (code,)).fetchone()
    if found is None:
        raise refusals.TariffNotFound
    return found[0]


def rates_of(session: Session, tariff_code: int) -> Rates:
    """Return the prices of a tariff. They are cached: nothing changes them after the account is loaded."""
    found: Rates | None = session.info.get((Rates, tariff_code))
    if found is None:
        prices = look_up(session, _PRICES, (tariff_code,))
        found = session.info[Rates, tariff_code] = Rates({rate[0]: Rate(*rate) for rate in prices})
    return found


def pricing(channel: str, text: str | None, options: Mapping[str, Any] | None) -> Callable[[Rate], int]:
    """Return a function that finds the price of a message with this content in a rate."""
    if channel == SMS:
        parts = sms_parts(text or "")
        return lambda rate: rate.sms * parts
    if channel == VIBER:
        return lambda rate: rate.viber
    if channel == WHATSAPP:
        return lambda rate: rate.whatsapp
    cards = (options or {}).get("cards")
    if not cards:
        return lambda rate: rate.text
    return (lambda rate: rate.card) if len(cards) == 1 else (lambda rate: rate.carousel)


def sms_parts(text: str) -> int:
    """Return the number of parts of an SMS; the parts of a long one have less room each.

    A character is never split: one of two places that does not fit begins the next part.
    """
    width, alone, joined = (gsm_length, 160, 153) if is_gsm(text) else (utf16_length, 70, 67)
    if width(text) <= alone:
        return 1
    parts, used = 1, 0
    for character in text:
        needed = width(character)
        if used + needed > joined:
            parts, used = parts + 1, 0
        used += needed
    return parts


def sms_complaint(text: str) -> str | None:
    """Return what is wrong with the length of an SMS, or None."""
    if is_gsm(text):
        return too_long(MAX_GSM) if gsm_length(text) > MAX_GSM else None
    return too_long(MAX_UCS2) if utf16_length(text) > MAX_UCS2 else None


def is_gsm(text: str) -> bool:
    """Return whether the 7-bit alphabet of GSM has all characters of a text."""
    return (GSM | GSM_EXTENSION).issuperset(text)


def gsm_length(text: str) -> int:
    return len(text) + sum(1 for character in text if character in GSM_EXTENSION)


def utf16_length(text: str) -> int:
    """Return the length as the documentation counts it: two for a simple emoji, one for a Cyrillic letter."""
    return len(text.encode("utf-16-le")) // 2


def decimal(amount: int) -> str:
    """Write money with its seven decimals: `1.2079098`."""
    return f"{amount // UNIT}.{amount % UNIT:07d}"


_TARIFF = """
    SELECT code FROM rcs_tariff
    WHERE is_active AND CASE WHEN ?1 IS NULL THEN is_default ELSE code = ?1 END
"""
_PRICES = """
    SELECT prefix, country, text, card, carousel, sms, viber, whatsapp FROM rcs_price WHERE tariff_code = ?
"""
