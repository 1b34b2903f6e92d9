"""The people in a segment: the members of a static or updatable one, or those that the conditions choose now.

https://guides.altcraft.com/en/developer-guide/segments/2195594. A statement evaluates each segment that rules
name once, so a segment that is named often costs no more.
"""

from collections.abc import Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import NamedTuple

from sqlmodel import Session, select

from emulator.altcraft.choosing.conditions import Parameters, selected
from emulator.altcraft.choosing.items import Item, stored
from emulator.altcraft.choosing.rules import MOST_NESTING, MOST_RULES, compiled, each_rule, referenced
from emulator.altcraft.choosing.saying import Scope, Sees
from emulator.altcraft.choosing.selected import NOBODY, Selected
from emulator.altcraft.people import fields
from emulator.altcraft.refusals import IncorrectRequest, ObjectNotFound
from emulator.altcraft.tables.choosing import Segment
from emulator.altcraft.tables.people import Database
from emulator.engine.clock import Millis

MOST_LEVELS = 10
"""The most levels of segments that name each other."""


def people_of(session: Session, segment: Segment, now: Millis) -> Selected:
    return chosen_by(session, segment, now) if segment.kind == "dynamic" else _members(segment)


def chosen_by(session: Session, segment: Segment, now: Millis) -> Selected:
    """Return the people that the conditions of a segment choose now."""
    return _Choosing(session, segment, now).chosen()


def _members(segment: Segment) -> Selected:
    name = f"in_segment{segment.id}"
    return Selected(
        f"SELECT profile_id AS id FROM altcraft_segment_member WHERE segment_id = :{name} AND is_member",
        {name: segment.id},
    )


class _Choosing:
    """Builds the statement for the people that a segment's conditions choose."""

    def __init__(self, session: Session, segment: Segment, now: Millis) -> None:
        self._session = session
        self._segment = segment
        self._now = now
        self._parameters = Parameters(f"in_segment{segment.id}_")
        self._named: dict[str, str] = {}
        """The statements of the segments that rules name, each after those that it names itself."""

    def chosen(self) -> Selected:
        people = self._people(self._segment)
        named = ", ".join(f"{name} (id) AS MATERIALIZED ({sql})" for name, sql in self._named.items())
        return Selected(f"WITH {named} {people}" if named else people, self._parameters.values)

    def _include(self, segment: Segment) -> str:
        """Return the name of a segment's people, adding their statement to those that stand before."""
        name = f"segment_{segment.id}"
        if name not in self._named:
            if segment.kind == "dynamic":
                self._named[name] = self._people(segment)
            else:
                members = _members(segment)
                self._named[name] = members.sql
                self._parameters.values.update(members.parameters)
        return name

    def _people(self, segment: Segment) -> str:
        items = [Item.model_validate(one) for one in segment.items]
        return " UNION ALL ".join(f"SELECT id FROM ({self._chosen_by(item)})" for item in items)

    def _chosen_by(self, item: Item) -> str:
        database = self._session.get(Database, item.list_id)
        if database is None:
            return NOBODY.sql
        own = fields.of_database(database)
        scope = Scope(self._session, item.list_id, own, self._now, self._parameters, include=self._include)
        condition = compiled(item.queries, item.condition, scope, "segment")
        return _part(item, selected(item.list_id, condition, self._parameters).sql, self._parameters)


def _part(item: Item, matching: str, parameters: Parameters) -> str:
    """Return the statement for the part of the matching profiles that an item takes."""
    if not item.limit and (item.percent_from, item.percent_to) == (0, 100):
        return matching
    low, high = parameters.add(item.percent_from), parameters.add(item.percent_to)
    limit = parameters.add(item.limit or -1)
    return f"""
        SELECT id FROM (
            SELECT id, row_number() OVER (ORDER BY md5(id), id) - 1 AS place, count(*) OVER () AS total
            FROM ({matching})
        ) WHERE 100 * place >= {low} * total AND 100 * place < {high} * total ORDER BY place LIMIT {limit}
    """


class Checking(NamedTuple):
    """A check of the conditions that a client sends for a segment."""

    session: Session
    now: Millis
    sees: Sees
    segment_id: int = 0
    """The segment that they are for; 0 for a new one."""

    def check(self, items: Sequence[Item]) -> None:
        """Raise IncorrectRequest or ObjectNotFound for conditions that a segment can not have."""
        rules = [one for item in stored(items) for one in each_rule(item["queries"])]
        if len(rules) > MOST_RULES:
            raise IncorrectRequest("segment", f"has more than {MOST_RULES} rules")
        if any(depth > MOST_NESTING for _, depth in rules):
            raise IncorrectRequest("segment", f"has rules nested deeper than {MOST_NESTING} levels")
        databases = set[int]()
        for number, item in enumerate(items):
            if item.list_id in databases:
                raise IncorrectRequest(f"segment.{number}.list_id", "has an item already")
            databases.add(item.list_id)
            self._check_rules(item, f"segment.{number}")
        self._check_nesting(items)

    def _check_rules(self, item: Item, place: str) -> None:
        database = self.session.get(Database, item.list_id)
        if database is None or not self.sees(database.groups):
            raise ObjectNotFound("database", item.list_id).at(f"{place}.list_id")
        own = fields.of_database(database)
        scope = Scope(self.session, item.list_id, own, self.now, Parameters(), sees=self.sees)
        compiled(item.queries, item.condition, scope, f"{place}.queries")

    def _check_nesting(self, items: Sequence[Item]) -> None:
        """Raise IncorrectRequest for a segment that contains itself, or for too many within each other."""
        own = referenced(stored(items))
        if not own:
            return
        graph = {one.id: referenced(one.items) for one in self.session.exec(select(Segment))}
        levels = _levels(graph | {self.segment_id: own})
        if levels is None:
            raise IncorrectRequest("segment", "contains itself")
        if levels > MOST_LEVELS:
            raise IncorrectRequest("segment", f"more than {MOST_LEVELS} segments are nested in each other")


def _levels(graph: Mapping[int, set[int]]) -> int | None:
    """Return the number of levels of nested segments; None if a segment contains itself."""
    try:
        order = list(TopologicalSorter(graph).static_order())
    except CycleError:
        return None
    levels: dict[int, int] = {}
    for number in order:
        levels[number] = 1 + max((levels[inner] for inner in graph.get(number, ())), default=0)
    return max(levels.values())
