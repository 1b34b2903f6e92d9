"""Amounts of points: exact, counted in hundredths."""

import re

from emulator.altcraft.tables.loyalty import Cents

DECIMAL = re.compile(r"(?P<points>[0-9]+)(?:\.(?P<cents>[0-9]{1,2}))?")

MOST_DIGITS = 12
"""The most digits of an amount before the decimal point."""


def read_amount(value: object) -> Cents:
    """Return an amount, written as a text or a number. Raises ValueError for one that is not above 0."""
    if cents := _cents(value):
        return cents
    raise ValueError("must be a decimal number above 0 with at most two places")


def read_balance(value: object) -> Cents:
    """Return an amount that may be 0. Raises ValueError."""
    cents = _cents(value)
    if cents is None:
        raise ValueError("must be a decimal number with at most two places, 0 or more")
    return cents


def _cents(value: object) -> Cents | None:
    """Return an amount; None unless it is a decimal number with up to two places. Raises ValueError."""
    is_number = isinstance(value, str | int | float) and not isinstance(value, bool)
    found = DECIMAL.fullmatch(str(value).strip()) if is_number else None
    if found is None:
        return None
    if len(found["points"]) > MOST_DIGITS:
        raise ValueError(f"must have at most {MOST_DIGITS} digits before its places")
    return 100 * int(found["points"]) + int((found["cents"] or "").ljust(2, "0"))


def shown(cents: Cents) -> str:
    """Return an amount or a balance with its two places: `-0.50`."""
    points, rest = divmod(abs(cents), 100)
    return f"{'-' if cents < 0 else ''}{points}.{rest:02}"
