"""Relations between profiles, with their properties.

https://guides.altcraft.com/en/developer-guide/profiles/profile-relations. A relation has a subject, profile
B, and an object, profile A. Their databases may be the same.
"""

import json
import re
from collections.abc import Mapping
from typing import Annotated, Any, NamedTuple

from pydantic import BeforeValidator, Field
from sqlmodel import Session

from emulator.altcraft.people.values import is_said
from emulator.altcraft.refusals import IncorrectRequest
from emulator.engine.engine import Turn
from emulator.spelling import LARGEST
from emulator.storage.session import look_up
from emulator.storage.sqlite import json_text

LONGEST_TEXT = 10_000
NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?")
FLAGS = {"true": True, "false": False}


def _property(value: object) -> bool | int | float | str:
    """Return a property; a text that is a number or a flag counts as one, as in XML. Raises ValueError."""
    if not isinstance(value, bool | int | float | str):
        raise ValueError("must be a number, a flag or a text")  # noqa: TRY004 -- pydantic reports a ValueError
    if isinstance(value, str):
        if len(value) > LONGEST_TEXT:
            raise ValueError(f"is longer than {LONGEST_TEXT} characters")
        if value.lower() in FLAGS:
            return FLAGS[value.lower()]
        number = NUMBER.fullmatch(value)
        if number is None:
            return value
        value = float(value) if number[1] or len(value) > LONGEST_INTEGER else int(value)
    if not is_in_range(value):
        raise ValueError("is out of range")
    return value


LONGEST_INTEGER = 20
"""How many characters an integer in range has at most."""


def _with_said(value: object) -> object:
    """Return properties without those that are null or an empty text."""
    return {name: one for name, one in value.items() if is_said(one)} if isinstance(value, dict) else value


Property = Annotated[bool | int | float | str, BeforeValidator(_property)]
PropertyName = Annotated[str, Field(min_length=1, max_length=1000)]
Weights = Annotated[dict[PropertyName, Property], Field(max_length=1000), BeforeValidator(_with_said)]
"""The properties of a relation: numbers, flags and texts."""


class Pair(NamedTuple):
    """Two profiles, and the kind of relation that they have or may have."""

    relation_id: int
    profile_a: str
    profile_b: str


class Linked(NamedTuple):
    """A relation of profile A, with its profile B and its properties."""

    profile_id_a: str
    xxh_a: str
    profile_id_b: str
    xxh_b: str
    db_b: int
    props: Mapping[str, Any]


def replace(turn: Turn, pair: Pair, weights: Mapping[str, Any]) -> None:
    """Set properties of a relation, and keep others; make the relation if there is none."""
    _store(turn, pair, {**_props(turn, pair), **weights})


def strengthen(turn: Turn, pair: Pair, weights: Mapping[str, Any]) -> None:
    """Add to numeric properties of a relation, and set others; make the relation if there is none.

    Raises IncorrectRequest for a sum that is out of range, before anything changes.
    """
    props = _props(turn, pair)
    for name, value in weights.items():
        old = props.get(name)
        if not (_is_number(old) and _is_number(value)):
            props[name] = value
        elif is_in_range(old + value):
            props[name] = old + value
        else:
            raise IncorrectRequest(f"weights.{name}", "is out of range")
    _store(turn, pair, props)


def detach(turn: Turn, pair: Pair) -> bool:
    """Take a relation away; return whether there was one."""
    return turn.store.execute(_DETACH, pair).rowcount > 0


def of_profile(session: Session, relation_id: int, profile_a: str) -> list[Linked]:
    """Return the relations of one kind that profile A has, in the order in which they were made."""
    rows = look_up(session, _OF_PROFILE, (profile_a, relation_id))
    return [Linked._make((*ids, json.loads(stored))) for *ids, stored in rows]


def sums(session: Session, relation_id: int, profile_a: str) -> dict[str, Any]:
    """Return the sums of the properties that are numbers, over all of profile A's relations of one kind."""
    total: dict[str, Any] = {}
    for (stored,) in look_up(session, _PROPS, (profile_a, relation_id)):
        for name, value in json.loads(stored).items():
            if _is_number(value):
                total[name] = total.get(name, 0) + value
    return total


def shown(props: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return properties as responses show them: `{"<name>": {"value": …}}`."""
    return {name: {"value": value} for name, value in props.items()}


def is_in_range(value: float) -> bool:
    """Return whether a number is in the range of properties. NaN is not."""
    return -LARGEST <= value < LARGEST


def _props(turn: Turn, pair: Pair) -> dict[str, Any]:
    """Return the properties of a relation; empty if there is no relation."""
    found = look_up(turn.session, _OF_PAIR, pair).fetchone()
    return dict(json.loads(found[0])) if found else {}


def _store(turn: Turn, pair: Pair, props: Mapping[str, Any]) -> None:
    turn.store.execute(_STORE, (*pair, json_text(props)))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_OF_PAIR = """
    SELECT props FROM altcraft_related WHERE relation_id = ?1 AND profile_a = ?2 AND profile_b = ?3
"""
_STORE = """
    INSERT INTO altcraft_related (relation_id, profile_a, profile_b, props) VALUES (?, ?, ?, ?)
    ON CONFLICT (profile_a, relation_id, profile_b) DO UPDATE SET props = excluded.props
"""
_DETACH = "DELETE FROM altcraft_related WHERE relation_id = ?1 AND profile_a = ?2 AND profile_b = ?3"
_OF_PROFILE = """
    SELECT a.id, a.xxh, b.id, b.xxh, b.database_id, related.props FROM altcraft_related AS related
    JOIN altcraft_profile AS a ON a.id = related.profile_a
    JOIN altcraft_profile AS b ON b.id = related.profile_b
    WHERE related.profile_a = ? AND related.relation_id = ? ORDER BY related.number
"""
_PROPS = "SELECT props FROM altcraft_related WHERE profile_a = ? AND relation_id = ? ORDER BY number"
