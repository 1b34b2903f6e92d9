"""What messages cost: by tariff, destination and kind; and how many parts an SMS has."""

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
"""Money is counted in ten-millionths."""

GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_EXTENSION = frozenset("\f^{}\\[~]|€")
"""Characters that take two places: an escape and what follows it."""

UNKNOWN_COUNTRY = "ZZ"
"""What stands for no country in ISO 3166-1."""

KEPT_BEGINNINGS = 10_000
"""For how many beginnings of phones a tariff remembers the rate."""

MAX_GSM = 765
MAX_UCS2 = 355


class Rate(NamedTuple):
    """What messages to the numbers of one prefix cost: the columns of a Price."""

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
    """The rates of the phones that begin so, as far as they were asked for."""

    @cached_property
    def _longest(self) -> int:
        return max(numbering.LONGEST, *map(len, self.by_prefix))

    def rate(self, phone: str) -> Rate:
        """Return the prices of the longest prefix that fits the phone; every tariff has an empty one.

        Its country is that of the phone: by the numbering plan where that is more specific.
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
    """Return the code of an active tariff: of the one asked for, or of the account's default one.

    Raises TariffNotFound.
    """
    found: tuple[int] | None = look_up(session, _TARIFF, (code,)).fetchone()
    if found is None:
        raise refusals.TariffNotFound
    return found[0]


def rates_of(session: Session, tariff_code: int) -> Rates:
    """Return the prices of a tariff, which nothing changes once the account is there."""
    found: Rates | None = session.info.get((Rates, tariff_code))
    if found is None:
        prices = look_up(session, _PRICES, (tariff_code,))
        found = session.info[Rates, tariff_code] = Rates({rate[0]: Rate(*rate) for rate in prices})
    return found


def pricing(channel: str, text: str | None, options: Mapping[str, Any] | None) -> Callable[[Rate], int]:
    """Return what a message costs, as a function of the prices of its destination."""
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
    """Return in how many parts an SMS goes out: a long one has less room in each.

    A character is never torn apart: one that takes two places begins the next part where it does not fit.
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
    """Return whether the 7-bit alphabet of GSM has every character."""
    return (GSM | GSM_EXTENSION).issuperset(text)


def gsm_length(text: str) -> int:
    return len(text) + sum(1 for character in text if character in GSM_EXTENSION)


def utf16_length(text: str) -> int:
    """Count as the documentation does: two for a simple emoji, one for a Cyrillic letter."""
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
