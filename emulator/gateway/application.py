"""The FastAPI application of a provider: its operations, and the handlers that turn errors into refusals."""

import logging
from collections.abc import Callable, Coroutine
from http import HTTPStatus
from traceback import format_exception
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.telemetry import TelemetryConfig
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from emulator.gateway.call import call_of
from emulator.gateway.index import OperationIndex
from emulator.gateway.path import BrokenOffError, RequestPath
from emulator.gateway.unsent import Unsent
from emulator.providers import Provider
from emulator.sandbox.refusal import ProviderError
from emulator.sandbox.world import World
from emulator.storage.failures import DamagedStoreError, StorageError

logger = logging.getLogger("emulator")


def provider_application(provider: Provider, world: World) -> FastAPI:
    """Return the application of a provider. openapi.py makes its documents, from the same routes."""
    app = FastAPI(
        title=provider.title,
        routes=[OperationIndex(provider)],
        exception_handlers=_handlers(provider, world),
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        telemetry=NO_TELEMETRY,
    )
    app.state.path = RequestPath(provider, world.directory)
    return app


NO_TELEMETRY: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False, "operation_spans": False}
"""Switches off FastAPI's OpenTelemetry, which would otherwise be looked for at each request."""

Handle = Callable[[Request, Any], Coroutine[Any, Any, Response]]


def _handlers(provider: Provider, world: World) -> dict[int | type[Exception], Handle]:
    """Return the handler for each kind of exception."""
    dialect = provider.dialect

    async def refuse(request: Request, error: ProviderError) -> Response:
        call = call_of(request)
        call.entry.is_refused = True
        response = dialect.refuse(call, error)
        if response.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            head = ["HEAD"] if "GET" in call.methods else []
            response.headers["Allow"] = ", ".join(sorted([*call.methods, *head]))
        return response

    async def refuse_fields(request: Request, error: RequestValidationError) -> Response:
        return await refuse(request, dialect.invalid(error.errors()))

    async def refuse_plainly(request: Request, error: HTTPException) -> Response:
        raise TypeError("providers refuse in a dialect of their own: raise one of its refusals") from error

    async def give_up(request: Request, _: ClientDisconnect) -> Response:
        logger.info("%s: the client went away before its request was whole", _log_name(request, world))
        return Unsent()

    async def fail(request: Request, error: Exception) -> Response:
        logger.error("%s: %s", _log_name(request, world), error)
        return await refuse(request, dialect.crashed())

    async def crash(request: Request, error: Exception) -> Response:
        call = call_of(request)
        told = world.redactor(call.owner).text("".join(format_exception(error)), call.credential)
        logger.error("%s: crashed; please report this with the request\n%s", _log_name(request, world), told)
        return await refuse(request, dialect.crashed())

    return {
        ProviderError: refuse,
        RequestValidationError: refuse_fields,
        HTTPException: refuse_plainly,
        ClientDisconnect: give_up,
        BrokenOffError: fail,
        StorageError: fail,
        DamagedStoreError: fail,
        Exception: crash,
    }


def _log_name(request: Request, world: World) -> str:
    """Return a request's name in the log: its method and path, without credentials."""
    call = call_of(request)
    return f"{call.method} {world.redactor(call.owner).text(call.entry.path, call.credential)}"
