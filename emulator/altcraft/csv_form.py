"""Tables as CSV: the files of exports."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from io import StringIO
from typing import Any


class _Lines(StringIO):
    """A text of rows, whose ends are changed from CRLF to a line feed."""

    def write(self, row: str) -> int:
        return super().write(row.removesuffix("\r\n") + "\n")


def table(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> str:
    """Return a CSV with a header; cells that a row does not have are empty.

    The library writes CRLF, so that it also quotes cells with a carriage return.
    """
    text = _Lines()
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
