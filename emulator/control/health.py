"""The health checks, for container engines and for tests that wait for a start."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from emulator.control.problems import Problem
from emulator.storage.failures import IncompatibleStoreError, StorageError

PATHS = LIVEZ, READYZ = ("/livez", "/readyz")


def routes(check: Callable[[], None]) -> list[Route]:
    """Return the routes. `/livez` means that the process runs.

    `/readyz` means that fixtures are loaded, as the server starts after that, and that `check` raises
    neither StorageError nor IncompatibleStoreError.
    """

    async def alive(request: Request) -> Response:
        return PlainTextResponse("ok")

    async def ready(request: Request) -> Response:
        try:
            check()
        except (StorageError, IncompatibleStoreError) as error:
            return Problem(503, str(error)).response()
        return PlainTextResponse("ok")

    return [Route(LIVEZ, alive), Route(READYZ, ready)]
