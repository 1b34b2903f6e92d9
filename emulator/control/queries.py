"""The check of queries: a parameter that an operation does not have, or that is repeated, is refused.

So a misspelt name is noticed, and no value that a client gave is ignored.
"""

from collections import Counter
from typing import Any

from fastapi import Request
from fastapi.routing import APIRoute
from pydantic import BaseModel

from emulator.control.values import not_valid
from emulator.misspelt import not_known

EVERYWHERE = "sandbox"
"""The parameter that clients send with every request, also where no sandbox is meant."""


async def check_query(request: Request) -> None:
    """Raise Problem for parameters that the operation does not have, or that are said more than once."""
    said = Counter(name for name, _ in request.query_params.multi_items())
    if said in ({}, {EVERYWHERE: 1}):
        return
    known = _parameters(request.scope["route"])
    wrong = {name: "is said more than once" for name, times in said.items() if times > 1}
    wrong |= {name: not_known(name, sorted(known), "a parameter here") for name in said if name not in known}
    if wrong:
        raise not_valid([{"field": name[:80], "message": message} for name, message in wrong.items()])


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
