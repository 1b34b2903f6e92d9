"""Orders: checking them, storing them with their buyers, changing and deleting them.

https://guides.altcraft.com/en/developer-guide/market/orders. A new order is a change of its profile,
`ordered`, which is in the history until the order is deleted.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from sqlmodel import Session, select

from emulator.altcraft.market.buyers import find_or_make
from emulator.altcraft.market.custom_fields import read_all
from emulator.altcraft.market.goods import Outcome
from emulator.altcraft.market.pricing import Catalogue, price_lines
from emulator.altcraft.market.rows import OrderRow, Trade
from emulator.altcraft.market.settings import Known
from emulator.altcraft.people.changes import Change, record
from emulator.altcraft.people.fields import of_database
from emulator.altcraft.people.matching import FIELDS, Match, match_of
from emulator.altcraft.people.writing import Writing
from emulator.altcraft.refusals import AltcraftError, ObjectNotFound
from emulator.altcraft.tables.market import Order
from emulator.engine.engine import Turn
from emulator.storage.sqlite import json_text
from emulator.storage.tables import among

PLAIN = {"endpoint", "tags", "status", "delivery_cost", "total_price", "currency", "region"}
"""The fields of an order that are stored as they are given."""

WHOM = {"matching", "resource_id", *FIELDS}
"""The fields of an order that are match values of its buyer."""

TIMES = {"create_time": "created_at", "update_time": "updated_at"}


class Placed(NamedTuple):
    """A checked order, and the profile that placed it."""

    external_id: str
    profile_id: str
    values: dict[str, Any]
    """The given columns."""
    old: Order | None = None
    """The order that it changes; None for a new one."""


def read_trade(
    known: Known, catalogue: Catalogue, trade: Trade, old: Order | None = None, place: str = ""
) -> dict[str, Any]:
    """Return the columns to write for an order, with its lines priced.

    A new order has the defaults of its custom fields, and must have the required ones; a changed one keeps
    what is left out. Raises ObjectNotFound, and IncorrectRequest with a field's path, which begins with
    `place`.
    """
    known.check("endpoint", trade.endpoint)
    known.check("status", trade.status)
    known.check("currency", trade.currency)
    known.check("region", trade.region)
    values = trade.model_dump(include=PLAIN & trade.model_fields_set)
    times = {column: getattr(trade, name) for name, column in TIMES.items()}
    values |= {column: time for column, time in times.items() if time is not None}
    if old is None or "custom_fields" in trade.model_fields_set:
        values["custom_fields"] = read_all(known.fields["order"], trade.custom_fields, place)
    region = trade.region or (old.region if old else "")
    return values | {"lines": price_lines(known, catalogue, trade, region, place)}


def store_orders(turn: Turn, placed: Sequence[Placed], *, is_silent: bool) -> list[Order]:
    """Make or change orders, and record those that are new to their profiles; silent ones start nothing."""
    orders, changes = list[Order](), list[Change]()
    for one in placed:
        is_theirs = one.old is not None and one.old.profile_id == one.profile_id
        values = {"updated_at": turn.now, **one.values, "profile_id": one.profile_id}
        order = one.old
        if order is None:
            number = turn.ids.number("altcraft.market_order")
            order = Order(id=number, external_id=one.external_id, **{"created_at": turn.now, **values})
            turn.session.add(order)
        else:
            order.sqlmodel_update(values)
        orders.append(order)
        if not is_theirs:
            changes.append(Change(order.profile_id, "ordered", details=_details(order)))
    record(turn, changes, is_silent=is_silent)
    return orders


def _details(order: Order) -> dict[str, Any]:
    """Return the details of an order for the history."""
    return {
        "order_id": order.id,
        "external_id": order.external_id,
        "endpoint": order.endpoint,
        "status": order.status,
        "total_price": order.total_price,
        "currency": order.currency,
    }


def import_orders(
    turn: Turn, known: Known, writing: Writing, rows: Sequence[OrderRow | AltcraftError]
) -> list[Outcome]:
    """Make or change orders, and make profiles for new buyers; return the outcome of each row.

    `writing` has the database of the buyers, and whether the orders are silent.
    """
    outcomes: dict[int, Outcome] = {}
    for together in _rounds(rows):
        outcomes |= _import(turn, known, writing, together)
    return [row if isinstance(row, AltcraftError) else outcomes[place] for place, row in enumerate(rows)]


def _rounds(rows: Sequence[OrderRow | AltcraftError]) -> Iterator[dict[int, OrderRow]]:
    """Yield rounds of rows, by their index, in which each order occurs once."""
    together: dict[int, OrderRow] = {}
    ids: set[str] = set()
    for place, row in enumerate(rows):
        if isinstance(row, AltcraftError):
            continue
        if row.external_id in ids:
            yield together
            together, ids = {}, set()
        together[place] = row
        ids.add(row.external_id)
    if together:
        yield together


def _import(turn: Turn, known: Known, writing: Writing, rows: Mapping[int, OrderRow]) -> dict[int, Outcome]:
    """Import rows of different orders. No profile is made for an order that is refused."""
    catalogue, fields = Catalogue(turn, rows.values()), of_database(writing.database)
    old = stored_orders(turn.session, [row.external_id for row in rows.values()])
    outcomes: dict[int, Outcome] = {}
    drafted: dict[int, tuple[Match, dict[str, Any]]] = {}
    for place, row in rows.items():
        try:
            values = read_trade(known, catalogue, row, old.get(row.external_id))
            match = match_of(row.model_dump(include=WHOM), fields)
            if match.resource_id is not None and match.resource_id not in writing.resources:
                raise ObjectNotFound("resource", match.resource_id)
            drafted[place] = match, values
        except AltcraftError as error:
            outcomes[place] = error.kept()
    buyers = find_or_make(turn, writing, [match for match, _ in drafted.values()])
    placed: dict[int, Placed] = {}
    for (place, (_, values)), buyer in zip(drafted.items(), buyers, strict=True):
        if isinstance(buyer, AltcraftError):
            outcomes[place] = buyer
        else:
            name = rows[place].external_id
            placed[place] = Placed(name, buyer, values, old.get(name))
    orders = store_orders(turn, list(placed.values()), is_silent=writing.is_silent)
    return outcomes | {place: order.id for place, order in zip(placed, orders, strict=True)}


def stored_orders(session: Session, external_ids: Sequence[str]) -> dict[str, Order]:
    """Return the orders that have some external ids, by these."""
    wanted = select(Order).where(among(Order.external_id, external_ids))
    return {order.external_id: order for order in session.exec(wanted)}


def find_order(session: Session, number: int | None, external_id: str) -> Order:
    """Return the order with an id or, where that is None, with an external id. Raises ObjectNotFound."""
    if number is not None:
        order = session.get(Order, number)
    else:
        order = session.exec(select(Order).where(Order.external_id == external_id)).first()
    if order is None:
        raise ObjectNotFound("order", external_id if number is None else number)
    return order


def set_line_status(turn: Turn, order: Order, external_id: str, status: str) -> None:
    """Give a line of an order a status. Raises ObjectNotFound for a line that it does not have."""
    if all(line["external_id"] != external_id for line in order.lines):
        raise ObjectNotFound("order line", external_id)
    order.lines = [
        {**line, "status": status} if line["external_id"] == external_id else line for line in order.lines
    ]
    order.updated_at = turn.now


def delete_order(turn: Turn, order: Order) -> None:
    """Delete an order, and its entries in the histories of profiles."""
    turn.store.execute(_FORGET, (order.id,))
    turn.session.delete(order)


def delete_orders_of(turn: Turn, profile_ids: Sequence[str]) -> None:
    """Delete all orders of some profiles, which are deleted with their histories."""
    turn.store.execute(_DELETE_THEIRS, (json_text(list(profile_ids)),))


_DELETE_THEIRS = "DELETE FROM altcraft_market_order WHERE profile_id IN (SELECT value FROM json_each(?))"
_FORGET = """
    DELETE FROM altcraft_past WHERE action = 'ordered' AND json_extract(details, '$.order_id') = ?
"""
