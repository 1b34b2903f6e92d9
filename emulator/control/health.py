"""The health checks, for container engines and for tests that wait for a start."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from emulator import __version__
from emulator.control.problems import Problem
from emulator.storage.failures import IncompatibleStoreError, StorageError

PATHS = LIVEZ, READYZ = ("/livez", "/readyz")


def routes(check: Callable[[], None]) -> list[Route]:
    """Return the routes. `/livez` means that the process runs. With `?verbose` they return JSON.

    `/readyz` means that fixtures are loaded, as the server starts after that, and that `check` raises
    neither StorageError nor IncompatibleStoreError.
    """

    async def alive(request: Request) -> Response:
        return _ok(request)

    async def ready(request: Request) -> Response:
        try:
            check()
        except (StorageError, IncompatibleStoreError) as error:
            return Problem(503, str(error)).response()
        return _ok(request)

    return [Route(LIVEZ, alive), Route(READYZ, ready)]


def _ok(request: Request) -> Response:
    if "verbose" in request.query_params:
        return JSONResponse({"status": "ok", "version": __version__})
    return PlainTextResponse("ok")
