"""What messages cost: by tariff, destination and kind; and how many parts an SMS has."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, select

from emulator.rcs import refusals
from emulator.rcs.channels import SMS, VIBER, WHATSAPP
from emulator.rcs.tables.account import Price, Tariff
from emulator.rcs.violations import too_long

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

MAX_GSM = 765
MAX_UCS2 = 355


@dataclass(frozen=True)
class Rates:
    """The prices of one tariff."""

    by_prefix: dict[str, Price]

    def rate(self, phone: str) -> Price:
        """Return the prices of the longest prefix that fits the phone; every tariff has an empty one."""
        length = next(length for length in range(len(phone), -1, -1) if phone[:length] in self.by_prefix)
        return self.by_prefix[phone[:length]]


def find_tariff(session: Session, code: int | None) -> Tariff:
    """Return the account's active tariff of this code, or its default one. Raises TariffNotFound."""
    chosen = Tariff.is_default if code is None else Tariff.code == code
    tariff = session.exec(select(Tariff).where(chosen, Tariff.is_active)).first()
    if tariff is None:
        raise refusals.TariffNotFound
    return tariff


def rates_of(session: Session, tariff_code: int) -> Rates:
    prices = session.exec(select(Price).where(Price.tariff_code == tariff_code))
    return Rates({price.prefix: price for price in prices})


def pricing(channel: str, text: str | None, options: Mapping[str, Any] | None) -> Callable[[Price], int]:
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
