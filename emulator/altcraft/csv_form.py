"""Tables as CSV: the files of exports."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from io import StringIO
from typing import Any


class _Lines(StringIO):
    """Takes the rows of a writer, whose lines end with a line feed alone."""

    def write(self, row: str) -> int:
        return super().write(row.removesuffix("\r\n") + "\n")


def table(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> str:
    """Return rows below their columns; what a row does not have is empty.

    A cell with a carriage return is quoted as well: the library quotes what the end of its lines consists of.
    """
    text = _Lines()
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
