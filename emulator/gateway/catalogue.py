"""The catalogue: every operation that a provider documents, built or not.

It is the only list of operations: routing, Swagger UI, COVERAGE.md and the tests use it.
"""

import json
import re
from dataclasses import dataclass, fields
from pathlib import Path

from emulator.gateway.problems import SectionError


@dataclass(frozen=True)
class Operation:
    """One row of a provider's `endpoints.json`."""

    area: str
    method: str
    path: str
    title: str
    source: str
    """The address of its documentation page."""
    path_is: str
    """`documented`, or `inferred` from the pattern of its neighbours."""
    captured: str
    """How much of its documentation page is known: `full`, `partial`, `name-only`."""
    scope: str
    """`full` (to be built), `later`, `callback` (the provider calls the client), `unroutable`, …"""

    @property
    def key(self) -> str:
        """The operation's name: its method, and its path as routers write it."""
        return f"{self.method} {self.route}"

    @property
    def route(self) -> str:
        """The path as routers write it: without remarks and query, with parameters as `{name}`."""
        return re.sub(r"/:(\w+)", r"/{\1}", re.split(r"[ ?]", self.path)[0])

    @property
    def address(self) -> str | None:
        """The address of its documentation page, None where only a menu or another page names it."""
        found = re.search(r"(?:https://|github\.com/)[^\s;,]+", self.source)
        return found[0] if found else None

    @property
    def evidence(self) -> str:
        """`documented`, `documented in part` or `inferred`."""
        if self.path_is != "documented" or self.captured == "name-only":
            return "inferred"
        return "documented" if self.captured == "full" else "documented in part"

    @property
    def is_routable(self) -> bool:
        """Whether requests to it can reach the emulator: it has a path and a method, and is to be built."""
        return self.scope in {"full", "later"} and self.path.startswith("/") and self.method in METHODS


PARAMETER = re.compile(r"([^{}]*)\{(\w+)\}([^{}]*)")
"""A segment of a path with a parameter, which may be a part of it: `{receipt}.json`."""

METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})


class Catalogue:
    """The operations of one provider, by their keys: `METHOD /path`."""

    def __init__(self, operations: list[Operation]) -> None:
        self.operations = operations
        outside = {operation.key: operation for operation in operations if not operation.is_routable}
        # the page of another API may print the path of an operation that is ours
        self._by_key = outside | {operation.key: operation for operation in self.routable()}

    @classmethod
    def load(cls, file: Path) -> "Catalogue":
        """Return the catalogue in a file. Raises SectionError for one that has no rows of operations."""
        names = [field.name for field in fields(Operation)]
        try:
            rows = json.loads(file.read_text("utf-8"))
        except ValueError as error:
            raise SectionError(f"{file}: is no JSON ({error})") from error
        for number, row in enumerate(rows, 1):
            if not isinstance(row, dict) or set(row) != set(names):
                raise SectionError(f"{file}: row {number} must have {', '.join(names)}, and nothing else")
        return cls([Operation(**row) for row in rows])

    def operation(self, method: str, path: str) -> Operation:
        """Return the row of an operation. Raises KeyError for one that is not documented."""
        return self._by_key[f"{method} {path}"]

    def routable(self) -> list[Operation]:
        return [operation for operation in self.operations if operation.is_routable]
