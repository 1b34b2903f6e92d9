"""The entries of suppression lists: e-mails, phones and domains, or only the MD5 of one.

https://guides.altcraft.com/en/developer-guide/suppression-lists. Entries are found by the MD5 of the stored
text: e-mails and domains in lower case, phones as `+` and digits.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from io import BytesIO
from typing import Literal, NamedTuple, TypeAlias
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from sqlmodel import Session

from emulator.altcraft.people.showing import hashed
from emulator.altcraft.people.values import read_email, read_phone
from emulator.altcraft.tables.choosing import SuppressionList
from emulator.altcraft.tables.tasks import File
from emulator.altcraft.tasks import Exported
from emulator.engine.engine import Turn
from emulator.storage.session import look_up
from emulator.storage.sqlite import json_text

Kind: TypeAlias = Literal["email", "phone", "domain"]

MD5 = re.compile("[0-9a-f]{32}")
DOMAIN = re.compile(r"[\w-]+(?:\.[\w-]+)*")
LONGEST_DOMAIN = 255

UNIX = 3
"""The `create_system` of archives, which is the same on every system."""


class Entry(NamedTuple):
    """An address or a domain as a list has it."""

    md5: str
    value: str | None = None
    """The text; None if only the MD5 is known."""


def _read_email(text: str) -> str:
    email = read_email(text)
    if email is None:
        raise ValueError("is no e-mail address")
    return email


def _read_domain(text: str) -> str:
    domain = text.strip().lower()
    if len(domain) > LONGEST_DOMAIN or not DOMAIN.fullmatch(domain):
        raise ValueError("is no domain")
    return domain


READERS: Mapping[Kind, Callable[[str], str]] = {
    "email": _read_email,
    "phone": read_phone,
    "domain": _read_domain,
}


def read_entry(kind: Kind, text: str) -> Entry:
    """Return the entry for a text, which may be an MD5. Raises ValueError."""
    md5 = text.strip().lower()
    if MD5.fullmatch(md5):
        return Entry(md5)
    value = READERS[kind](text)
    return Entry(hashed(value), value)


def readable(kind: Kind, texts: Iterable[str]) -> list[Entry]:
    """Return the entries for many texts, without the invalid ones."""
    entries = []
    for text in texts:
        try:
            entries.append(read_entry(kind, text))
        except ValueError:
            continue
    return entries


def add(turn: Turn, list_id: int, kind: Kind, entries: Iterable[Entry]) -> int:
    """Put entries into a list; return how many were not in it before."""
    return turn.store.execute_many(_ADD, [(list_id, kind, *entry) for entry in entries])


def remove(turn: Turn, list_id: int, kind: Kind, entry: Entry) -> None:
    turn.store.execute(f"{_CLEAR} AND md5 = ?", (list_id, kind, entry.md5))


def clear(turn: Turn, list_id: int, kind: Kind) -> int:
    """Remove all entries of a kind from a list; return how many there were."""
    return turn.store.execute(_CLEAR, (list_id, kind)).rowcount


def clear_all(turn: Turn, list_id: int) -> None:
    turn.store.execute("DELETE FROM altcraft_suppressed WHERE list_id = ?", (list_id,))


def is_listed(session: Session, list_id: int, kind: Kind, entry: Entry) -> bool:
    return look_up(session, _FIND, (list_id, kind, entry.md5)).fetchone() is not None


def is_domain_listed(session: Session, list_id: int, email: Entry) -> bool:
    """Return whether a list has the domain of an e-mail; False if only the e-mail's MD5 is known."""
    if email.value is None:
        return False
    return is_listed(session, list_id, "domain", Entry(hashed(email.value.rpartition("@")[2])))


def export(session: Session, of: SuppressionList, kinds: Sequence[Kind], file_id: str) -> Exported:
    """Make the file of a list: an archive with a CSV of one column, the MD5 of each entry."""
    found = look_up(session, _HASHES, (of.id, json_text(list(kinds))))
    lines = [f"{md5}\n" for (md5,) in found]
    name = re.sub(r"\W+", "_", of.name.lower())[:100]
    content = _archive(f"{name}.md5.csv", "".join(lines))
    file = File(id=file_id, name=f"{name}.md5.zip", content_type="application/zip", content=content)
    result = {
        "hashed_file": f"suppress/{file.id}/{file.name}",
        "is_api": True,
        "regular_file": "",
        "suppress_id": of.id,
        "total": len(lines),
    }
    return Exported(file, result)


def _archive(name: str, text: str) -> bytes:
    """Return an archive with one file. Its bytes depend on the name and the text alone, not on the time."""
    made, described = BytesIO(), ZipInfo(name)
    described.create_system = UNIX
    with ZipFile(made, "w") as archive:
        archive.writestr(described, text, ZIP_DEFLATED)
    return made.getvalue()


_ADD = "INSERT OR IGNORE INTO altcraft_suppressed (list_id, kind, md5, value) VALUES (?, ?, ?, ?)"
_CLEAR = "DELETE FROM altcraft_suppressed WHERE list_id = ? AND kind = ?"
_FIND = "SELECT 1 FROM altcraft_suppressed WHERE list_id = ? AND kind = ? AND md5 = ?"
_HASHES = """
    SELECT md5 FROM altcraft_suppressed WHERE list_id = ? AND kind IN (SELECT value FROM json_each(?))
    ORDER BY kind, md5
"""
