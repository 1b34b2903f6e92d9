"""What a statement of SQL touches: what the session writes before it, and whether it may be run at all."""

import re
from functools import cache, lru_cache

from emulator.storage.tables import Table


class Footprint:
    """Which tables a statement names, and why it can not be run, if it can not."""

    def __init__(self, statement: str) -> None:
        known = _tables()
        self.tables = frozenset(known[word] for word in re.findall(r"\w+", statement) if word in known)
        self.refusal = ""
        changed = [name for found in CHANGES.findall(statement) for name in found if name]
        kept = [name for name in changed if name not in known or known[name].KEPT]
        if kept:
            self.refusal = f"rows of {kept[0]} are kept by the session: change the rows, or use `rewrite`"


CHANGES = re.compile(
    r'\bUPDATE\s+(?:OR\s+\w+\s+)?"?(\w+)"?\s+(?:AS\s+\w+\s+)?SET\b'
    r'|\bDELETE\s+FROM\s+"?(\w+)|\bREPLACE\s+INTO\s+"?(\w+)'
    r'|\bINSERT\s+INTO\s+"?(\w+)(?=.*ON\s+CONFLICT.*DO\s+UPDATE)',
    re.IGNORECASE | re.DOTALL,
)
"""What in a statement changes rows that are there already, behind a WITH too."""


@lru_cache(maxsize=1000)
def footprint_of(statement: str) -> Footprint:
    """Return the footprint of a statement, looked at once."""
    return Footprint(statement)


@cache
def _tables() -> dict[str, type[Table]]:
    """Return all tables by their names."""
    waiting, found = [Table], dict[str, type[Table]]()
    while waiting:
        one = waiting.pop()
        waiting += one.__subclasses__()
        if hasattr(one, "__table__"):
            found[str(one.__tablename__)] = one
    return found
