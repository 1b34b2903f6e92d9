"""A section of a provider's documentation: the operations that its menu lists together."""

from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Protocol, TypeVar

from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from emulator.core.call import ProviderError

Endpoint = TypeVar("Endpoint", bound=Callable[..., Coroutine[Any, Any, Any]])
Handle = Callable[[Request], Coroutine[Any, Any, Response]]

EXCHANGE = "emulator.exchange"
"""Where a request's scope holds its exchange."""


class Passage(Protocol):
    """What an operation needs of the exchange that it is part of."""

    async def pass_through(self, request: Request, handle: Handle) -> Response: ...


class OperationRoute(APIRoute):
    """One documented operation."""

    verb: str
    """Its HTTP method."""
    errors: Sequence[type[ProviderError]] = ()
    """The refusals that its documentation names, beside the general ones."""

    def get_route_handler(self) -> Handle:
        handle = super().get_route_handler()

        async def pass_through(request: Request) -> Response:
            exchange: Passage = request.scope[EXCHANGE]
            return await exchange.pass_through(request, handle)

        return pass_through


class Section:
    """Collects the operations of one section module, in menu order."""

    def __init__(self, title: str, prefix: str = "") -> None:
        self.title = title
        self.prefix = prefix
        self.routes: list[OperationRoute] = []

    def get(self, path: str = "", *errors: type[ProviderError]) -> Callable[[Endpoint], Endpoint]:
        return self._operation("GET", path, errors)

    def post(self, path: str = "", *errors: type[ProviderError]) -> Callable[[Endpoint], Endpoint]:
        return self._operation("POST", path, errors)

    def put(self, path: str = "", *errors: type[ProviderError]) -> Callable[[Endpoint], Endpoint]:
        return self._operation("PUT", path, errors)

    def patch(self, path: str = "", *errors: type[ProviderError]) -> Callable[[Endpoint], Endpoint]:
        return self._operation("PATCH", path, errors)

    def delete(self, path: str = "", *errors: type[ProviderError]) -> Callable[[Endpoint], Endpoint]:
        return self._operation("DELETE", path, errors)

    def _operation(
        self, method: str, path: str, errors: Sequence[type[ProviderError]]
    ) -> Callable[[Endpoint], Endpoint]:
        def add(endpoint: Endpoint) -> Endpoint:
            route = OperationRoute(self.prefix + path, endpoint, methods=[method], tags=[self.title])
            route.verb, route.errors = method, errors
            self.routes.append(route)
            return endpoint

        return add
