# ruff: noqa: RUF001 -- Cyrillic letters are meant
"""Changes of an SMS's text before it goes out: filling in values, rewriting letters.

Parts and prices are counted on the result.
"""

import re
from collections.abc import Mapping

from emulator.rcs.prices import is_gsm

FIELD = re.compile(r"\{([0-9]{1,18})\}")

LATIN = {
    "а": "a", "б": "b", "в": "v", "г": "g", "ґ": "g", "д": "d", "е": "e", "ё": "yo", "є": "ye", "ж": "zh",
    "з": "z", "и": "i", "і": "i", "ї": "yi", "й": "y", "к": "k", "л": "l", "м": "m", "н": "n", "о": "o",
    "п": "p", "р": "r", "с": "s", "т": "t", "у": "u", "ў": "u", "ф": "f", "х": "kh", "ц": "ts", "ч": "ch",
    "ш": "sh", "щ": "shch", "ъ": "", "ы": "y", "ь": "", "э": "e", "ю": "yu", "я": "ya",
}  # fmt: skip
"""The Latin letters for Cyrillic ones."""

_TABLE = str.maketrans(LATIN | {letter.upper(): latin.capitalize() for letter, latin in LATIN.items()})


def filled(text: str, known: frozenset[int], values: Mapping[int, str]) -> str:
    """Replace `{387001}` by the recipient's value of that contact field, or by nothing if there is none.

    Args:
        text: The text of all recipients.
        known: The ids of all fields; an unknown id in braces stays as it is.
        values: The values of one recipient, by field.
    """

    def value(found: re.Match[str]) -> str:
        number = int(found[1])
        return values.get(number, "") if number in known else found[0]

    return FIELD.sub(value, text)


def transliterated(text: str) -> str:
    """Write Cyrillic letters as Latin ones, unless the alphabet of GSM has all of the text."""
    return text if is_gsm(text) else text.translate(_TABLE)
