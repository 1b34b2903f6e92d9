"""The health checks, for container engines and for tests that wait for a start."""

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

PATHS = ("/livez", "/readyz")


async def _ok(request: Request) -> Response:
    return PlainTextResponse("ok")


ROUTES = [Route(path, _ok) for path in PATHS]
"""`/livez` means that the process runs, `/readyz` that fixtures are loaded: the server starts after that."""
