"""The names that rows of imports may use: settings of the market, and definitions of imports.

https://guides.altcraft.com/en/developer-guide/market/market-objects
"""

from collections.abc import Container, Mapping, Sequence
from typing import NamedTuple

from sqlmodel import Session, select

from emulator.altcraft.market.custom_fields import FieldsById, read_value
from emulator.altcraft.market.rows import NewCategory, NewField, NewLineStatus
from emulator.altcraft.people.values import is_said
from emulator.altcraft.refusals import IncorrectRequest, ObjectNotFound
from emulator.altcraft.tables.market import (
    LINE_STATUSES,
    ORDER_STATUSES,
    Category,
    CustomField,
    LineStatus,
    Market,
)
from emulator.engine.engine import Turn


class Known(NamedTuple):
    """The names and custom fields of the market."""

    names: Mapping[str, Container[str]]
    """The names of things, by their kind."""
    fields: Mapping[str, FieldsById]
    """The custom fields of each entity type."""

    def check(self, kind: str, name: str) -> None:
        """Raise ObjectNotFound for an unknown name of a kind. An empty name is allowed."""
        if name and name not in self.names[kind]:
            raise ObjectNotFound(kind, name)


def what_is_known(session: Session) -> Known:
    """Return the names and custom fields that there are now."""
    market = session.get(Market, 1) or Market(database_id=0)
    fields: dict[str, dict[str, CustomField]] = {"product": {}, "sku": {}, "order": {}, "line_order": {}}
    for field in session.exec(select(CustomField)):
        fields[field.entity_type][field.external_id] = field
    names = {
        "currency": frozenset(market.currencies),
        "region": frozenset(market.regions),
        "endpoint": frozenset(market.touchpoints),
        "status": frozenset([*ORDER_STATUSES, *market.order_statuses]),
        "line status": frozenset([*LINE_STATUSES, *session.exec(select(LineStatus.external_id))]),
        "category": frozenset(session.exec(select(Category.external_id))),
    }
    return Known(names, fields)


def market_database(session: Session) -> int:
    """Return the id of the market's database. Raises ObjectNotFound if no market is set up."""
    market = session.get(Market, 1)
    if market is None:
        raise ObjectNotFound("database", "of the market")
    return market.database_id


def define_fields(turn: Turn, definitions: Sequence[NewField]) -> None:
    """Make or change custom fields.

    Raises IncorrectRequest for a wrong default, an enum without values, and a changed type.
    """
    for number, one in enumerate(definitions):
        place = f"custom_fields.{number}"
        old = turn.session.get(CustomField, (one.entity_type, one.external_id))
        if old is not None and old.value_type != one.value_type:
            raise IncorrectRequest(f"{place}.value_type", "can not be changed")
        if one.value_type == "enum" and not one.enum_values:
            raise IncorrectRequest(f"{place}.enum_values", "Field required")
        field = CustomField(**one.model_dump(exclude={"default_value"}))
        if is_said(one.default_value):
            field.default = [read_value(field, one.default_value, f"{place}.default_value")]
        if old is None:
            turn.session.add(field)
        else:
            old.sqlmodel_update(field)


def define_line_statuses(turn: Turn, definitions: Sequence[NewLineStatus]) -> None:
    """Make or change statuses of order lines. Raises IncorrectRequest for one that every market has."""
    for number, one in enumerate(definitions):
        if one.external_id in LINE_STATUSES:
            raise IncorrectRequest(
                f"custom_line_statuses.{number}.external_id", "is a status of every market"
            )
        old = turn.session.get(LineStatus, one.external_id)
        if old is None:
            turn.session.add(LineStatus(**one.model_dump()))
        else:
            old.sqlmodel_update(one.model_dump())


def define_categories(turn: Turn, definitions: Sequence[NewCategory]) -> None:
    """Make or change categories, given in any order.

    Raises ObjectNotFound for an unknown parent, and IncorrectRequest for a category inside of itself.
    """
    for one in definitions:
        old = turn.session.get(Category, one.external_id)
        if old is None:
            turn.session.add(Category(**one.said()))
        else:
            old.sqlmodel_update(one.said())
    rooted = {""}
    for number, one in enumerate(definitions):
        rooted |= _with_parents(turn.session, one.external_id, rooted, f"categories.{number}")


def _with_parents(session: Session, category: str, rooted: Container[str], place: str) -> set[str]:
    """Return a category with its parents, up to one that is in `rooted`.

    Raises ObjectNotFound and IncorrectRequest.
    """
    around: set[str] = set()
    while category not in rooted:
        if category in around:
            raise IncorrectRequest(f"{place}.parent_external_id", "is inside of itself")
        around.add(category)
        found = session.get(Category, category)
        if found is None:
            raise ObjectNotFound("category", category)
        category = found.parent_external_id
    return around
