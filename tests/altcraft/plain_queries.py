"""The known part of MongoDB's queries, evaluated in plain Python on a profile as responses show it."""

import operator
import re
from collections.abc import Callable, Iterator
from typing import Any

ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "$gt": operator.gt,
    "$gte": operator.ge,
    "$lt": operator.lt,
    "$lte": operator.le,
}
LOGICAL = {"$and", "$or", "$nor"}


def selects(query: dict[str, Any], document: Any) -> bool:
    return all(_member(name, said, document) for name, said in query.items())


def _member(name: str, said: Any, document: Any) -> bool:
    if name == "$and":
        return all(selects(one, document) for one in said)
    if name in {"$or", "$nor"}:
        return any(selects(one, document) for one in said) == (name == "$or")
    nodes = list(_reach(document, name.split(".")))
    if name == "subscriptions":
        nodes = [node for node in nodes if node or _asks_for_size(said)]
    return _value(nodes, said)


def _asks_for_size(said: Any) -> bool:
    return isinstance(said, dict) and "$size" in said


def _reach(node: Any, parts: list[str]) -> Iterator[Any]:
    if not parts:
        yield node
        return
    for one in node if isinstance(node, list) else [node]:
        if isinstance(one, dict) and parts[0] in one:
            yield from _reach(one[parts[0]], parts[1:])


def _value(nodes: list[Any], said: Any) -> bool:
    if not isinstance(said, dict) or not any(name.startswith("$") for name in said):
        return _equals(nodes, said)
    return all(_operator(nodes, name, value, said) for name, value in said.items())


def _operator(nodes: list[Any], name: str, value: Any, said: dict[str, Any]) -> bool:
    if name in ORDERS:
        return _any(nodes, lambda one: _kind(one) == _kind(value) and ORDERS[name](one, value))
    if name == "$eq":
        return _equals(nodes, value)
    if name == "$regex":
        flags = said.get("$options", "")
        fits = re.compile(f"(?{flags}){value}" if flags else value)
        return _any(nodes, lambda one: isinstance(one, str) and fits.search(one) is not None)
    held: bool = OPERATORS[name](nodes, value)
    return held


OPERATORS: dict[str, Callable[[list[Any], Any], Any]] = {
    "$ne": lambda nodes, value: not _equals(nodes, value),
    "$in": lambda nodes, values: any(_equals(nodes, one) for one in values),
    "$nin": lambda nodes, values: not any(_equals(nodes, one) for one in values),
    "$all": lambda nodes, values: values and all(_equals(nodes, one) for one in values),
    "$not": lambda nodes, said: not _value(nodes, said),
    "$exists": lambda nodes, value: any(node is not None for node in nodes) == value,
    "$size": lambda nodes, size: any(isinstance(node, list) and len(node) == size for node in nodes),
    "$options": lambda *_: True,
    "$elemMatch": lambda nodes, said: any(
        _element(item, said) for node in nodes if isinstance(node, list) for item in node
    ),
}


def _element(item: Any, said: dict[str, Any]) -> bool:
    if said and all(name.startswith("$") and name not in LOGICAL for name in said):
        return _value([item], said)
    return isinstance(item, dict) and selects(said, item)


def _equals(nodes: list[Any], value: Any) -> bool:
    if value is None:
        return not any(node is not None for node in nodes)
    return _any(nodes, lambda one: _kind(one) == _kind(value) and one == value)


def _any(nodes: list[Any], test: Callable[[Any], bool]) -> bool:
    return any(test(node) or (isinstance(node, list) and any(map(test, node))) for node in nodes)


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "flag"
    return "number" if isinstance(value, int | float) else type(value).__name__
