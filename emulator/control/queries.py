"""Queries: a parameter that an operation does not have is refused, so that a misspelt name is noticed."""

from typing import Any

from fastapi import Request
from fastapi.routing import APIRoute
from pydantic import BaseModel

from emulator.control.values import not_valid

EVERYWHERE = "sandbox"
"""The parameter that clients send with every request, also where no sandbox is meant."""


async def check_query(request: Request) -> None:
    """Raise Problem for parameters that the operation does not have."""
    said = [name for name in dict.fromkeys(request.query_params) if name != EVERYWHERE]
    if not said:
        return
    known = _parameters(request.scope["route"])
    unknown = [name for name in said if name not in known]
    if unknown:
        message = f"is no parameter here; there are {', '.join(sorted(known))}"
        raise not_valid([{"field": name[:80], "message": message} for name in unknown])


def _parameters(route: APIRoute) -> set[str]:
    """Return the names of an operation's parameters in the query."""
    names, waiting = {EVERYWHERE}, [route.dependant]
    while waiting:
        dependant = waiting.pop()
        waiting += dependant.dependencies
        for parameter in dependant.query_params:
            kind: Any = parameter.field_info.annotation
            is_model = isinstance(kind, type) and issubclass(kind, BaseModel)
            names.update(kind.model_fields if is_model else [parameter.alias])
    return names
