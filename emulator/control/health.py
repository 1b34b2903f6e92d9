"""The health checks, for container engines and for tests that wait for a start."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from emulator import __version__
from emulator.control.problems import Problem
from emulator.storage.failures import IncompatibleStoreError, StorageError

PATHS = LIVEZ, READYZ = ("/livez", "/readyz")


def routes(check: Callable[[], None], public_url: str | None) -> list[Route]:
    """Return the routes. `/livez` means that the process runs. With `?verbose` they return JSON.

    `/readyz` means that fixtures are loaded, as the server starts after that, and that `check` raises
    neither StorageError nor IncompatibleStoreError.
    """
    said = {"status": "ok", "version": __version__} | ({"public_url": public_url} if public_url else {})

    def fine(request: Request) -> Response:
        return JSONResponse(said) if "verbose" in request.query_params else PlainTextResponse("ok")

    async def alive(request: Request) -> Response:
        return fine(request)

    async def ready(request: Request) -> Response:
        try:
            check()
        except (StorageError, IncompatibleStoreError) as error:
            return Problem(503, str(error)).response()
        return fine(request)

    return [Route(LIVEZ, alive), Route(READYZ, ready)]
