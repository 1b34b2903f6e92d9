"""SQLAlchemy over one SQLite connection. All stores share its dialect and the statements that it compiled."""

import sqlite3
from functools import cache
from typing import Any

from pydantic_core import to_json
from sqlalchemy import URL, Dialect, Engine, create_engine
from sqlalchemy.pool import StaticPool

COMPILED_STATEMENTS = 500


def bound(connection: sqlite3.Connection) -> Engine:
    """Return a SQLAlchemy engine that uses one connection."""
    dialect, compiled = _shared()
    pool = StaticPool(lambda: connection)  # type: ignore[arg-type]
    return Engine(pool, dialect, URL.create("sqlite"), execution_options={"compiled_cache": compiled})


@cache
def _shared() -> tuple[Dialect, "Compiled"]:
    """Return the dialect, initialised from a SQLite connection, and the cache of compiled statements."""
    engine = create_engine("sqlite://", json_serializer=json_text)
    engine.connect().close()
    engine.dispose()
    return engine.dialect, Compiled()


class Compiled(dict[Any, Any]):
    """The statements that were compiled. When it is full, it starts over: clients can ask for new ones."""

    def __setitem__(self, key: Any, statement: Any) -> None:
        if len(self) >= COMPILED_STATEMENTS:
            self.clear()
        super().__setitem__(key, statement)


def json_text(value: Any) -> str:
    """Return JSON as it is stored: letters are not escaped, as SQLite's JSON paths find no escaped name."""
    return "{}" if value == {} else to_json(value, inf_nan_mode="constants").decode()


def shared_dialect() -> Dialect:
    return _shared()[0]
