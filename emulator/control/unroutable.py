"""The responses to requests for the emulator's own pages whose path or method is unknown."""

from collections.abc import Sequence

from fastapi.routing import RouteContext
from starlette.requests import Request
from starlette.responses import Response

from emulator.control.access import PREFIXES
from emulator.control.entries import catalogues
from emulator.control.problems import Problem
from emulator.control.unclaimed import note_unclaimed
from emulator.gateway.nearest import nearest, nearest_of
from emulator.watching.journal import OWN_PAGES, Unclaimed

JOBS = "/_emulator/jobs/"
PARTS_OF_A_JOB = 3
"""How many segments the id of a job has: `rcs/campaign/5`."""

LONGEST = 200
"""How many characters of a path are shown."""


def refuse_path(request: Request, routes: Sequence[RouteContext]) -> Response:
    """Return the response for a path that none of the control plane's `routes` has.

    A request whose path is like a provider's is kept: its client has most likely a wrong base URL.
    """
    half = _half_a_job(request.url.path)
    if half is not None:
        listed = "/_emulator/jobs lists those that there are, by their ids"
        return Problem(404, f"There is no job {half[:120]!r} in this sandbox: {listed}.").response()
    path = request.url.path[:LONGEST]
    is_own = path.startswith(PREFIXES)
    if is_own:
        own = tuple((method, route.path or "") for route in routes for method in sorted(route.methods or ()))
        found = nearest_of(own, request.method, path)
        pages = "/docs?document=control has all pages of the control plane; the console is at /"
    else:
        found = nearest(catalogues(request.app.state.providers), request.method, path)
        pages = "The pages of the emulator: /docs"
    like = f" Nearest: {', '.join(found)}." if found else ""
    response = Problem(404, f"Nothing is at {path}.{like} {pages}").response()
    if found and not is_own:
        note_unclaimed(request.app.state.world, request.scope, OWN_PAGES, Unclaimed.NO_PROVIDER, response)
    return response


def refuse_method(request: Request, routes: Sequence[RouteContext], first: str) -> Response:
    """Return the response for a method that a path does not take, with the methods that it takes.

    `first` are the methods of the route that has the path, if it is none of `routes`.
    """
    if _half_a_job(request.url.path) is not None:
        return refuse_path(request, routes)
    matching = [route for route in routes if route.path_regex.match(request.url.path)]
    methods = sorted({method for route in matching for method in route.methods or ()})
    allowed = ", ".join(["HEAD", *methods] if "GET" in methods else methods) or first
    path = request.url.path[:LONGEST]
    response = Problem(405, f"{request.method} is not possible at {path}; it takes {allowed}.").response()
    response.headers["Allow"] = allowed
    return response


def _half_a_job(path: str) -> str | None:
    """Return the incomplete id of a job in a path, `rcs/campaign`; None where there is none."""
    if not path.startswith(JOBS):
        return None
    parts = path.removeprefix(JOBS).rstrip("/").split("/")
    name = parts[:-1] if parts[-1] in {"status", "people", "pace", "settings"} else parts
    return "/".join(name) if len(name) < PARTS_OF_A_JOB else None
