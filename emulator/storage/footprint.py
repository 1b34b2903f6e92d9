"""The tables that a SQL statement names: what the session writes before it runs, and whether it may run."""

import re
from functools import cache, lru_cache

from emulator.storage.tables import Table


class Footprint:
    """The tables that a statement names, and the reason why it may not run, if there is one."""

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
"""The parts of a statement that change existing rows, also after a WITH."""


@lru_cache(maxsize=1000)
def footprint_of(statement: str) -> Footprint:
    """Return the footprint of a statement, which is made once for each text."""
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
