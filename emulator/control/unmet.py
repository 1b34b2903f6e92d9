"""Finds criteria that no request can ever meet: a wrong test would pass with them, and a rule never act.

It also finds a text that every request has: with that, a rule would act on all requests.
"""

from collections.abc import Iterable, Iterator, Sequence
from http import HTTPMethod

from emulator.control.values import (
    OF_EVERYTHING,
    check_provider,
    check_word,
    invalid,
    is_in_everything,
    named_or_all,
    not_valid,
)
from emulator.faults.doors import Door
from emulator.faults.matching import GROUPS, Criteria, Expectation
from emulator.faults.rules import HEADER_NAME
from emulator.misspelt import not_known
from emulator.providers import Prefixes, Provider
from emulator.watching.journal import OWN_PAGES


def check_criteria(providers: Sequence[Provider], criteria: Criteria, place: str = "") -> None:
    """Raise Problem for criteria that no request can ever meet; `place` begins the names of their fields."""
    check_provider(providers, criteria.provider, f"{place}provider", others=(OWN_PAGES,))
    known = [key for one in named_or_all(providers, criteria.provider) for key in one.operations()]
    check_word(f"{place}operation", criteria.operation, known, "an operation that is documented there")
    if criteria.status is not None and criteria.status not in {0, *range(100, 600)}:
        raise invalid(f"{place}status", "must be a status of HTTP, 100 to 599, or 0: that no answer came")
    problems = list(unmet(providers, criteria, criteria.provider, criteria.operation))
    if problems:
        raise not_valid([{"field": f"{place}{field}", "message": reason} for field, reason in problems])


def unmet(
    providers: Sequence[Provider], criteria: Criteria, provider: str | None, operation: str | None
) -> Iterator[tuple[str, str]]:
    """Yield the criteria that no request to a provider and an operation can meet, or that all meet, and why.

    None stands for any provider or operation, and so does an unknown operation.
    """
    asked = named_or_all(providers, provider)
    owner = next((one for one in asked if operation in one.operations()), None)
    operation = operation if owner is not None else None
    if (reason := _method(criteria.method, operation, asked)) is not None:
        yield "method", reason
    door = next(filter(None, (one.door_of(operation, criteria.method) for one in asked)), None)
    if (reason := _path(criteria.path, Prefixes(providers), provider, door)) is not None:
        yield "path", reason
    elif owner is not None and operation is not None and not _fits(criteria.path, owner, operation):
        yield "path", f"is not that of {operation}"
    yield from _contradictions(criteria)
    yield from _only_over_http(door, criteria) if door is not None else ()


def _method(method: str | None, operation: str | None, asked: Iterable[Provider]) -> str | None:
    if method is None:
        return None
    own = [key.partition(" ")[0] for one in asked for key in one.operations()]
    known = list(dict.fromkeys([*HTTPMethod, *own]))
    if method.upper() not in known:
        return not_known(method.upper(), known, "a method")
    wanted = (operation or method).partition(" ")[0].upper()
    is_met = method.upper() == wanted or (method.upper(), wanted) == ("HEAD", "GET")
    return None if is_met else f"is not that of {operation}"


def _path(
    wanted: Expectation | None, prefixes: Prefixes, provider: str | None, door: Door | None
) -> str | None:
    if wanted is None:
        return None
    if wanted.absent:
        return "is never absent"
    if (reason := wanted.contradiction()) is not None:
        return reason
    if door is not None:
        return None if wanted.holds([door.path]) else f"is {door.path} of {door.things}"
    return _no_path(str(wanted.equals), prefixes, provider) if "equals" in wanted.model_fields_set else None


def _no_path(path: str, prefixes: Prefixes, provider: str | None) -> str | None:
    """Return why a path is not one of a provider's; None if it is one."""
    if not path.startswith("/"):
        return "must begin with a slash, as every path does"
    found = prefixes.provider_at(path)
    is_met = provider in {None, OWN_PAGES} or (found is not None and found.name == provider)
    return None if is_met else f"is no path of {provider}"


def _fits(wanted: Expectation | None, provider: Provider, operation: str) -> bool:
    """Return whether requests to an operation can have a path. The value of a parameter may have slashes."""
    route = operation.partition(" ")[2]
    if wanted is None or not route or "equals" not in wanted.model_fields_set:
        return True
    own = provider.dialect.normal_path(route).split("/")
    parts = provider.dialect.normal_path(str(wanted.equals)).split("/")
    if len(parts) > len(own):
        return "{" in route
    return len(parts) == len(own) and all(
        one == part or one.startswith("{") for one, part in zip(own, parts, strict=True)
    )


def _contradictions(criteria: Criteria) -> Iterator[tuple[str, str]]:
    if is_in_everything(criteria.text):
        yield "text", OF_EVERYTHING
    for group in GROUPS:
        for name, wanted in getattr(criteria, group).items():
            if group == "headers" and not HEADER_NAME.fullmatch(name):
                yield f"{group}.{name}", "is not the name of a header"
            elif group != "body" and "equals" in wanted.model_fields_set and wanted.equals is None:
                yield f"{group}.{name}", "is a text, and never null"
            elif (reason := wanted.contradiction()) is not None:
                yield f"{group}.{name}", reason


def _only_over_http(door: Door, criteria: Criteria) -> Iterator[tuple[str, str]]:
    """Yield the criteria that only requests over HTTP can meet, and nothing that comes by a door."""
    for group in GROUPS:
        for name, wanted in getattr(criteria, group).items():
            if not wanted.absent and not (group == "headers" and name.lower() in door.headers):
                yield f"{group}.{name}", _why_unmet(group, door)


def _why_unmet(group: str, door: Door) -> str:
    if group == "headers":
        return f"is no header of {door.things}: there are {', '.join(sorted(door.headers))}"
    if group == "body":
        return f"is no field of {door.things}: say `text`, which is looked for in the message"
    return f"is never there: {door.things} have no query"
