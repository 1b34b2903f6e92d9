"""Amounts of points: exact, counted in hundredths."""

import re

from emulator.altcraft.tables.loyalty import Cents

DECIMAL = re.compile(r"(?P<points>[0-9]{1,12})(?:\.(?P<cents>[0-9]{1,2}))?")


def read_amount(value: object) -> Cents:
    """Return an amount, written as a text or a number. Raises ValueError for one that is not above 0."""
    is_number = isinstance(value, str | int | float) and not isinstance(value, bool)
    found = DECIMAL.fullmatch(str(value).strip()) if is_number else None
    cents = 100 * int(found["points"]) + int((found["cents"] or "").ljust(2, "0")) if found else 0
    if not cents:
        raise ValueError("must be a decimal number above 0 with at most two places")
    return cents


def shown(cents: Cents) -> str:
    """Return an amount or a balance with its two places: `-0.50`."""
    points, rest = divmod(abs(cents), 100)
    return f"{'-' if cents < 0 else ''}{points}.{rest:02}"
