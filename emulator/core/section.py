"""A section of a provider's documentation: the operations that its menu lists together.

This is where FastAPI is used: it reads what endpoints take, and writes the OpenAPI documents.
"""

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import UnionType
from typing import Any, Protocol, get_args, get_type_hints

from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import request_body_to_args, request_params_to_args
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from emulator.core.call import EXCHANGE, Call, Endpoint, Handle, InvalidFieldsError, ProviderError


class Passage(Protocol):
    """What an operation needs of the exchange that it is part of."""

    async def pass_through(self, request: Request, handle: Handle) -> Response: ...


@dataclass(frozen=True)
class OperationRoute:
    """One documented operation. Its endpoint answers a model, which is written as JSON, or a response."""

    verb: str
    """Its HTTP method."""
    path: str
    endpoint: Callable[..., Coroutine[Any, Any, BaseModel | Response]]
    errors: Sequence[type[ProviderError]] = ()
    """The refusals that its documentation names, beside the general ones."""
    success: int = 200
    """The HTTP status of its answer."""

    @cached_property
    def built(self) -> APIRoute:
        """What FastAPI makes of it, when it is first needed: all of them would double the time to start."""
        _complete_models(self.endpoint)
        return APIRoute(self.path, self.endpoint, methods=[self.verb], response_model=None)

    async def respond(self, request: Request) -> Response:
        """Answer a request, or raise why not."""
        request.scope["endpoint"] = self.endpoint
        exchange: Passage = request.scope[EXCHANGE]
        return await exchange.pass_through(request, self._handle)

    async def _handle(self, call: Call) -> Response:
        answer = await self.endpoint(**await _arguments(call, self.built.dependant))
        if isinstance(answer, Response):
            return answer
        content = answer.__pydantic_serializer__.to_json(answer, by_alias=True)
        return Response(content, self.success, media_type=call.media_type)

    def documented(self, tag: str) -> APIRoute:
        """Make the route as OpenAPI wants it, with a model of its answers.

        FastAPI builds a second serializer of every model for that, which takes time and memory that
        only the reader of the document should spend.
        """
        _complete_models(self.endpoint)
        return APIRoute(
            self.path,
            self.endpoint,
            methods=[self.verb],
            tags=[tag],
            status_code=self.success,
            response_model=_model(self.endpoint),
            responses={self.success: {"content": ANY_BYTES}} if _may_answer_bytes(self.endpoint) else None,
        )


async def _arguments(call: Call, wanted: Dependant) -> dict[str, Any]:
    """Answer what an endpoint takes, read by FastAPI. Raises InvalidFieldsError.

    FastAPI's own way there decodes the body again, and looks for dependencies and cookies, which no
    endpoint has: that takes as long as all the rest of its work.
    """
    found, errors = request_params_to_args(wanted.path_params, call.path_params)
    if wanted.query_params:
        values, wrong = request_params_to_args(wanted.query_params, call.query_params)
        found |= values
        errors += wrong
    if wanted.body_params:
        body = call.payload if call.raw else call.without_body
        values, wrong = await request_body_to_args(wanted.body_params, body, embed_body_fields=False)
        found |= values
        errors += wrong
    if errors:
        raise InvalidFieldsError(errors)
    return {**found, wanted.request_param_name: call} if wanted.request_param_name else found


def _complete_models(endpoint: Callable[..., Any]) -> None:
    """Build the validators of what an endpoint takes: FastAPI's own would wait for them, and warn."""
    for annotation in get_type_hints(endpoint).values():
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            annotation.model_config["defer_build"] = False
            annotation.model_rebuild()


ANY_BYTES = {"*/*": {"schema": {"type": "string", "format": "binary"}}}
"""What OpenAPI says of an answer that is a file."""


def _may_answer_bytes(endpoint: Callable[..., Any]) -> bool:
    return Response in get_args(get_type_hints(endpoint)["return"])


def _model(endpoint: Callable[..., Any]) -> Any:
    """Answer what of an endpoint's answers has a model."""
    answered = get_type_hints(endpoint, include_extras=True)["return"]
    models = [one for one in get_args(answered) or (answered,) if one is not Response]
    return models[0] if isinstance(answered, UnionType) else answered


class Section:
    """Collects the operations of one section module, in menu order."""

    def __init__(self, title: str, prefix: str = "") -> None:
        self.title = title
        self.prefix = prefix
        self.routes: list[OperationRoute] = []

    def get(self, path: str = "", *errors: type[ProviderError]) -> Callable[[Endpoint], Endpoint]:
        return self._operation("GET", path, errors)

    def post(
        self, path: str = "", *errors: type[ProviderError], success: int = 200
    ) -> Callable[[Endpoint], Endpoint]:
        return self._operation("POST", path, errors, success)

    def put(self, path: str = "", *errors: type[ProviderError]) -> Callable[[Endpoint], Endpoint]:
        return self._operation("PUT", path, errors)

    def patch(self, path: str = "", *errors: type[ProviderError]) -> Callable[[Endpoint], Endpoint]:
        return self._operation("PATCH", path, errors)

    def delete(self, path: str = "", *errors: type[ProviderError]) -> Callable[[Endpoint], Endpoint]:
        return self._operation("DELETE", path, errors)

    def _operation(
        self, method: str, path: str, errors: Sequence[type[ProviderError]], success: int = 200
    ) -> Callable[[Endpoint], Endpoint]:
        def add(endpoint: Endpoint) -> Endpoint:
            self.routes.append(OperationRoute(method, self.prefix + path, endpoint, errors, success))
            return endpoint

        return add
