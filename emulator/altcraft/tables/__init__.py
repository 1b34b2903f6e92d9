"""Altcraft's tables, and the lifecycles of its entities, with one module per part of the account.

All are imported together, since a database is made with the tables that are known then.
"""

from emulator.altcraft.tables import (
    account,
    campaigns,
    choosing,
    content,
    loyalty,
    mailings,
    market,
    people,
    scenarios,
    tasks,
)

__all__ = [
    "account",
    "campaigns",
    "choosing",
    "content",
    "loyalty",
    "mailings",
    "market",
    "people",
    "scenarios",
    "tasks",
]
