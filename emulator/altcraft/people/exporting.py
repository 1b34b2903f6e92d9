"""Profiles in a file: a table of their fields, or everything that they show.

https://guides.altcraft.com/en/developer-guide/profiles/3115796
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from sqlmodel import Session

from emulator.altcraft.csv_form import table
from emulator.altcraft.people.fields import WITH_COLUMNS, of_database
from emulator.altcraft.people.reading import read_profiles
from emulator.altcraft.tables.people import Database
from emulator.altcraft.tables.tasks import File
from emulator.altcraft.tasks import Exported
from emulator.storage.session import look_up
from emulator.storage.sqlite import json_text

FileFormat = Literal["csv", "json"]

MEDIA_TYPES: Mapping[FileFormat, str] = {"csv": "text/csv; charset=utf-8", "json": "application/json"}

LAST = ("_md5", "_xxh", "_createtime", "_updatetime")
"""The columns after those of the fields."""


def export(
    session: Session,
    profile_ids: Sequence[str],
    *,
    databases: Sequence[Database],
    source: tuple[Literal["database", "segment"], int],
    file_format: FileFormat,
    file_id: str,
    resources: Sequence[int] | None = None,
) -> Exported:
    """Return a file with profiles, and the result of its task.

    Args:
        session: The session.
        profile_ids: Their ids, in the order of the file.
        databases: The databases of the profiles.
        source: The kind and the id of the database or segment that is exported.
        file_format: `csv` for a table, `json` for an array of objects.
        file_id: The id of the file.
        resources: The resources whose subscriptions are written; None for all.
    """
    kind, number = source
    if file_format == "json":
        content = json_text(list(read_profiles(session, profile_ids, resources=resources)))
    else:
        content = _table(session, databases, profile_ids)
    name = f"{number}_{kind}_export.{file_format}"
    file = File(id=file_id, name=name, content_type=MEDIA_TYPES[file_format], content=content.encode())
    result = {
        "errors": [],
        "source_id": number,
        "total": len(profile_ids),
        "type": kind,
        "urls": [f"/api/download/data/{file_id}/{name}"],
    }
    return Exported(file, result)


def _table(session: Session, databases: Sequence[Database], profile_ids: Sequence[str]) -> str:
    """Return profiles as CSV: the declared fields of their databases, then undeclared ones."""
    columns = _columns(session, databases, profile_ids)
    rows = (
        {name: _cell(value) for name, value in profile.items()}
        for profile in read_profiles(session, profile_ids, columns)
    )
    return table(columns, rows)


def _columns(session: Session, databases: Sequence[Database], profile_ids: Sequence[str]) -> list[str]:
    declared = [name for one in databases for name in of_database(one).fields]
    found = look_up(session, _NAMES, (json_text(list(profile_ids)),)) if profile_ids else ()
    columns = ["id", *WITH_COLUMNS, *declared, *sorted(name for (name,) in found)]
    return list(dict.fromkeys([*columns, *LAST]))


_NAMES = """
    SELECT DISTINCT member.key FROM altcraft_profile AS profile, json_each(profile.fields) AS member
    WHERE profile.id IN (SELECT value FROM json_each(?))
"""


def _cell(value: Any) -> str:
    if isinstance(value, list):
        return "|".join(map(_cell, value))
    return value if isinstance(value, str) else json_text(value)
