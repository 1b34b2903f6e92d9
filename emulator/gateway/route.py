"""The route class of the providers' routers: FastAPI's own, with the steps of path.py around its handler."""

from collections.abc import Callable, Coroutine, Iterator
from functools import partial
from inspect import isasyncgenfunction, isclass, iscoroutinefunction, isroutine
from typing import Any

from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from emulator.gateway.call import call_of
from emulator.gateway.policy import policy_of
from emulator.gateway.problems import SectionError
from emulator.sandbox.refusal import ProviderError


class OperationRoute(APIRoute):
    """The route of one documented operation: `APIRouter(…, route_class=OperationRoute)`."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        super().__init__(path, endpoint, **options)
        self.policy = policy_of(endpoint)
        """The operation's own policy; None where it has the usual policy of its provider."""
        self.verb = next(iter(self.methods or ()))
        for function in self._functions():
            if _needs_a_thread(function):
                name = getattr(function, "__qualname__", type(function).__qualname__)
                advice = (
                    "depend on an `async def` that makes it" if isclass(function) else "write `async def`"
                )
                raise SectionError(
                    f"{function.__module__}.{name}: {advice}; what a request runs is on the event "
                    "loop, inside of its transaction, and never waits"
                )

    @property
    def errors(self) -> list[type[ProviderError]]:
        """The refusals that `refuses` has put into its `responses`."""
        return [
            error
            for answer in self.responses.values()
            if isinstance(answer, Refused)
            for error in answer.errors
        ]

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler = super().get_route_handler()

        async def respond(request: Request) -> Response:
            response: Response = await request.app.state.path.travel(call_of(request), handler)
            return response

        return respond

    def _functions(self) -> Iterator[Any]:
        """Yield the endpoint and all of its dependencies."""
        waiting = [self.dependant]
        while waiting:
            dependant = waiting.pop()
            function = dependant.call
            while isinstance(function, partial):
                function = function.func
            yield function
            waiting += dependant.dependencies


def _needs_a_thread(function: Any) -> bool:
    """Return whether FastAPI would call a function in a thread, as it does with all that are not `async`."""
    called = function if isroutine(function) or isclass(function) else type(function).__call__
    return not (iscoroutinefunction(called) or isasyncgenfunction(called))


class Refused(dict[str, Any]):
    """The value in FastAPI's `responses=` for an HTTP status, with the refusals that have it."""

    def __init__(self) -> None:
        super().__init__(description="Refused")
        self.errors: list[type[ProviderError]] = []


def refuses(*errors: type[ProviderError]) -> dict[int | str, dict[str, Any]]:
    """Return the `responses=` of an operation with these refusals, beside the provider's general ones."""
    by_status: dict[int | str, dict[str, Any]] = {}
    for error in errors:
        refused = by_status.setdefault(error.status, Refused())
        assert isinstance(refused, Refused)
        refused.errors.append(error)
    return by_status
