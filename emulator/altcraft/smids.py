"""The ids of sent messages in hooks and requests.

https://guides.altcraft.com/en/admin-guide/extra/56257642. A message has four ids, with a prefix each: `u` in
hooks and web versions, `m` and `f` in headers of mails, `w` in pushes; 48 letters and digits follow. The
readable ids of older versions are in hex digits:
`<second><account>_<mailing>_<template>_<database>_<segment>_<number>.<profile>`.
"""

import re

from sqlmodel import Session

from emulator.altcraft.opaque import seal, unseal
from emulator.altcraft.tables.account import Account
from emulator.engine.clock import SECOND
from emulator.storage.session import look_up

PREFIXES = frozenset("umfw")
LENGTH = 48
READABLE = re.compile(
    r"(?P<second>[0-9a-f]{8})(?P<account>[0-9a-f]{1,12})_(?P<mailing>[0-9a-f]{1,12})"
    r"(?:_[0-9a-f]{1,12}){4}\.(?P<profile>[0-9a-f]{24})"
)


def smid(message_id: int, prefix: str = "u") -> str:
    """Return the id of a sent message."""
    return prefix + seal("message", message_id, LENGTH)


def message_of(session: Session, text: str) -> int | None:
    """Return the number of the message with an id of any form; None if there is none."""
    if text[:1] in PREFIXES and len(text) == 1 + LENGTH:
        number = unseal("message", text[1:], LENGTH)
        rows = look_up(session, _BY_NUMBER, (number,))
    else:
        found = READABLE.fullmatch(text)
        if found is None or int(found["account"], 16) != session.get_one(Account, 1).number:
            return None
        first = int(found["second"], 16) * SECOND
        place = (int(found["mailing"], 16), first, first + SECOND, found["profile"])
        rows = look_up(session, _BY_PLACE, place)
    return next((number for (number,) in rows), None)


_BY_NUMBER = """
    SELECT message.id FROM message JOIN altcraft_run AS run ON run.job_id = message.job_id
    WHERE message.id = ?
"""
_BY_PLACE = """
    SELECT sent.message_id FROM altcraft_sent AS sent
    JOIN message ON message.id = sent.message_id
    JOIN altcraft_run AS run ON run.job_id = message.job_id
    WHERE run.mailing_id = ? AND run.at >= ? AND run.at < ? AND sent.profile_id = ?
    ORDER BY sent.message_id LIMIT 1
"""
