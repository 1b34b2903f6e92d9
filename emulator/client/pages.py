"""Whole lists: the client puts the pages together that the control plane returns."""

from collections.abc import Mapping
from typing import Any

from emulator.client.connection import Scope


def whole(
    scope: Scope, path: str, query: Mapping[str, Any], *, field: str, most: int, place: str = "number"
) -> list[Any]:
    """Return all items of a list, which responses have in `field`; no more than a `limit` in the query.

    If they do not fit on the usual page, they are read in pages of `most`, the oldest first. `place` is the
    field of an item by which the next page is asked for.
    """
    __tracebackhide__ = True
    answer = scope.ask("GET", path, query=query)
    found: list[Any] = answer[field]
    if query.get("limit") is not None or len(found) >= answer["total"]:
        return found
    found, page = [], {**query, "after": query.get("after") or 0, "limit": most}
    page.pop("order", None)
    while True:
        answer = scope.ask("GET", path, query=page)
        found += answer[field]
        if not answer[field] or len(answer[field]) >= answer["total"]:
            return found[::-1] if query.get("order") == "newest" else found
        page["after"] = found[-1][place]
