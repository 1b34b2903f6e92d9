"""Whole lists: the control plane answers them in pages, and the client puts these together."""

from collections.abc import Mapping
from typing import Any

from emulator.client.connection import Scope


def whole(
    scope: Scope, path: str, query: Mapping[str, Any], *, field: str, most: int, place: str = "number"
) -> list[Any]:
    """Return everything that a list has in a field; only the first or latest so many if `limit` says so.

    What does not fit on the usual page is read in pages of `most`, the oldest first, by their `place`.
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
