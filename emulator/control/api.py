"""The control plane: the API by which tests steer the emulator, with one section per kind of thing."""

from collections.abc import Sequence
from http import HTTPStatus

from fastapi import Depends, FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from emulator import __version__
from emulator.control import (
    balances,
    clock,
    console,
    disturbances,
    docs,
    failures,
    faults,
    feed,
    inbound,
    jobs,
    links,
    messages,
    outcomes,
    pace,
    requests,
    sandboxes,
    short_links,
    snapshots,
    verification,
    waiting,
    webhooks,
    wiremock,
)
from emulator.control.access import MAX_BODY, READS
from emulator.control.complaints import complaints, unreadable
from emulator.control.problems import Problem
from emulator.control.queries import check_query
from emulator.control.unroutable import refuse_method, refuse_path
from emulator.control.values import not_valid
from emulator.faults.effects import end_with_response
from emulator.faults.rules import TooManyFaultsError, UnknownFaultError
from emulator.gateway.unsent import Unsent
from emulator.providers import Provider
from emulator.sandbox.fixtures import FixtureError
from emulator.sandbox.moving import MoveInterruptedError
from emulator.sandbox.refusal import ProviderError
from emulator.sandbox.sandbox import SandboxGoneError
from emulator.sandbox.snapshots import SnapshotInTheWayError, TooManySnapshotsError, UnknownSnapshotError
from emulator.sandbox.world import SandboxExistsError, TooManySandboxesError, World
from emulator.sending.steering import MoveRefusedError
from emulator.storage.failures import (
    DamagedStoreError,
    DiskFullError,
    IncompatibleStoreError,
    StorageError,
    explained,
)

SECTIONS = (
    sandboxes,
    snapshots,
    clock,
    failures,
    outcomes,
    jobs,
    pace,
    messages,
    balances,
    faults,
    webhooks,
    disturbances,
    inbound,
    requests,
    verification,
    waiting,
    feed,
    wiremock,
)
"""The modules whose operations steer the emulator, in the order in which the document shows them."""

OTHERS = (links, short_links)
"""The modules of links that recipients follow. Mail clients add parameters to them, which are not refused."""

REFUSALS: dict[type[Exception], int] = {
    SandboxGoneError: 410,
    SandboxExistsError: 409,
    TooManySandboxesError: 409,
    FixtureError: 409,
    MoveRefusedError: 409,
    MoveInterruptedError: 409,
    ProviderError: 409,
    UnknownSnapshotError: 404,
    TooManySnapshotsError: 409,
    SnapshotInTheWayError: 409,
    DiskFullError: 507,
    StorageError: 503,
    DamagedStoreError: 500,
    IncompatibleStoreError: 422,
    UnknownFaultError: 404,
    TooManyFaultsError: 409,
}
"""The HTTP status for each exception by which the world refuses something; the first that fits decides."""


def control_app(world: World, providers: Sequence[Provider]) -> FastAPI:
    """Return the application that serves the emulator's own pages."""
    app = FastAPI(
        title="Emulator control plane",
        description="Steers the emulator: its data, its clock, and what it has received.",
        version=__version__,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,  # without its id, a request about one thing would be about all of them
        max_body_size=MAX_BODY,
    )
    app.state.world, app.state.providers = world, providers
    for section in SECTIONS:
        app.include_router(section.router, dependencies=[Depends(check_query)])
    for section in OTHERS:
        app.include_router(section.router)
    app.include_router(console.router)
    app.include_router(docs.pages(app, providers, world))
    for kind in (Problem, RequestValidationError, HTTPException, OSError, *REFUSALS):
        app.add_exception_handler(kind, _refuse)
    app.add_exception_handler(ClientDisconnect, _give_up)
    app.add_exception_handler(Exception, _crashed)
    return app


async def _refuse(request: Request, error: Exception) -> Response:
    match error:
        case Problem():
            return error.response(to_read=request.method in READS)
        case RequestValidationError():
            errors = complaints(error, request.scope.get("route"))
            return not_valid(errors).response(to_read=request.method in READS)
        case OSError() if (failure := explained(error)) is not None:
            return await _refuse(request, failure)
        case _ if isinstance(error, tuple(REFUSALS)):
            status = next(status for kind, status in REFUSALS.items() if isinstance(error, kind))
            return Problem(status, str(error)).response()
        case HTTPException():
            return _unroutable(request, error)
    raise error


def _unroutable(request: Request, error: HTTPException) -> Response:
    sections = (*SECTIONS, *OTHERS)
    routes = list(iter_route_contexts([route for one in sections for route in one.router.routes]))
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        return refuse_method(request, routes, (error.headers or {}).get("Allow", ""))
    if error.status_code == HTTPStatus.NOT_FOUND:
        return refuse_path(request, routes)
    if error.status_code == HTTPStatus.BAD_REQUEST:
        return not_valid([unreadable(error.__cause__)]).response()
    if error.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        end_with_response(request.scope)
    return Problem(error.status_code, str(error.detail)).response()


async def _give_up(request: Request, error: Exception) -> Response:
    return Unsent()


async def _crashed(request: Request, error: Exception) -> Response:
    return Problem(500, f"The emulator crashed on {request.url.path}; its log says where.").response()
