"""How Altcraft's requests read and its answers look.

https://guides.altcraft.com/en/developer-guide/api-interaction (format, token, envelope, codes) and
…/developer-guide/miscellaneous/41484312 (repeated requests).
"""

import re
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha1
from typing import Any, ClassVar, Generic, TypeVar

from pydantic import Field
from pydantic_core import from_json
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from emulator.altcraft import errors, formats
from emulator.altcraft.formats import MalformedBodyError
from emulator.altcraft.tables import RememberedAnswer
from emulator.altcraft.values import Body, Form
from emulator.core.call import EXCHANGE, Endpoint, Problems, ProviderError
from emulator.core.call import Call as CoreCall
from emulator.core.catalogue import Operation
from emulator.core.clock import DAY
from emulator.core.directory import Directory
from emulator.core.exchange import Exchange
from emulator.core.model import Model
from emulator.core.provider import MEBIBYTE, Dialect
from emulator.core.sandbox import Sandbox

Data = TypeVar("Data")
T = TypeVar("T")

MAX_PLACE = 200
"""How much of a wrong field's name a refusal repeats."""

DATALESS_IN_XML = re.compile(r"/api/v1\.1/scampaigns/(activate|completed|deactivate)")
"""The operations whose XML answers have no `data` element at all, rather than an empty one."""


@dataclass(frozen=True)
class Grant:
    """What a token opens."""

    token: str
    rights: frozenset[str]
    groups: frozenset[int] | None
    """The groups whose objects it sees; None for all."""

    def sees(self, groups: list[int]) -> bool:
        """Answer whether an object in these groups exists for the token."""
        return self.groups is None or not self.groups.isdisjoint(groups)


class Call(CoreCall):
    """A request to Altcraft. A body that is empty stands for an empty object."""

    grant: Grant

    def __init__(self, request: Request, credential: str, body: bytes, payload: Any) -> None:
        super().__init__(request, credential, body or b"{}", {} if payload is None else payload)


@dataclass(frozen=True)
class Demand:
    """What an operation asks of a token, and whether repeating it is looked out for."""

    right: str
    changes: bool


DEMAND = "demand"
"""The attribute of an endpoint that holds its demand."""


def reads(right: str) -> Callable[[Endpoint], Endpoint]:
    """Mark an operation that changes nothing, for tokens with `right`."""
    return _demanding(Demand(right, changes=False))


def changes(right: str) -> Callable[[Endpoint], Endpoint]:
    """Mark an operation that is not executed again under the same `Request-ID`, for tokens with `right`."""
    return _demanding(Demand(right, changes=True))


def _demanding(demand: Demand) -> Callable[[Endpoint], Endpoint]:
    def note(endpoint: Endpoint) -> Endpoint:
        setattr(endpoint, DEMAND, demand)
        return endpoint

    return note


class Reply(Model, Generic[Data]):
    """The success envelope."""

    data: Data
    error: int = 0
    error_text: str = "Successful operation"


class Done(Reply[None]):
    """The success envelope of what has nothing to answer."""

    data: None = None


class Asking(Body):
    """What every request has."""

    token: Any = Field(None, description="API token; may come as a bearer header or in the URL instead")
    format: Form = Field(None, description="Form of the answer")


class AltcraftDialect(Dialect):
    """JSON or XML both ways; refusals in the envelope of answers, by default with HTTP status 200."""

    call: ClassVar[type[CoreCall]] = Call
    refusal: ClassVar[dict[str, Any]] = {
        "type": "object",
        "required": ["data", "error", "error_text"],
        "properties": {
            "data": {"type": "null"},
            "error": {"type": "integer"},
            "error_text": {"type": "string"},
        },
    }
    url_parameters = frozenset({"token", "format"})

    def __init__(self, *, mirror_status: bool) -> None:
        self._mirror_status = mirror_status

    def normal_path(self, path: str) -> str:
        return re.sub("/{2,}", "/", path).removesuffix("/")

    def read(self, content_type: str, body: bytes) -> Any:
        form = formats.form_of(content_type, body)
        if form is None:
            raise errors.IncorrectRequest("Content-Type", "must be application/json or application/xml")
        try:
            if form == "json":
                return formats.read_json(body)
            from emulator.altcraft.xml_form import read_xml  # noqa: PLC0415 -- few clients speak XML

            return read_xml(content_type, body)
        except MalformedBodyError as problem:
            raise errors.IncorrectRequest("body", str(problem)) from problem

    def credential(self, request: Request, payload: Any) -> str:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and token.strip():
            return token.strip()
        in_body = payload.get("token") if isinstance(payload, dict) else None
        return str(in_body or request.query_params.get("token", ""))

    def admit(self, call: CoreCall, directory: Directory) -> Sandbox:
        assert isinstance(call, Call)
        if not call.credential:
            raise errors.TokenRequired
        claim = directory.find("altcraft", call.credential)
        if claim is None:
            raise errors.AccessDenied
        call.grant = claim.grant
        return claim.sandbox

    def authorise(self, call: CoreCall) -> None:
        assert isinstance(call, Call)
        if _demand(call).right not in call.grant.rights:
            raise errors.AccessDenied
        if call.query_params.get("format") not in {None, "", "json", "xml"}:
            raise errors.IncorrectRequest("format", "must be json or xml")

    def repeated(self, call: CoreCall) -> Response | None:
        key = _repetition_key(call)
        earlier = call.db.get(RememberedAnswer, key) if key else None
        if earlier is None or earlier.at + DAY <= call.now:
            return None
        marks = {"Duplicate-Key": earlier.key, "Duplicate-Request": "true"}
        return Response(earlier.body, headers=marks | {"Content-Type": earlier.content_type})

    def remember(self, call: CoreCall, response: Response) -> None:
        key = _repetition_key(call)
        if key:
            content_type = response.headers["content-type"]
            answer = RememberedAnswer(
                key=key, at=call.now, content_type=content_type, body=bytes(response.body)
            )
            call.db.merge(answer)

    def encode(self, call: CoreCall, response: Response) -> Response:
        if _wanted_form(call, call.payload) == "json":
            return response
        return self._xml(call, from_json(bytes(response.body)), response.status_code)

    def refuse(self, request: Request, error: ProviderError, payload: Any) -> Response:
        assert isinstance(error, errors.AltcraftError)
        content = {"data": None, "error": error.status, "error_text": error.message}
        status = error.status if self._mirror_status else 200
        if _wanted_form(request, payload) == "xml":
            return self._xml(request, content, status)
        return JSONResponse(content, status)

    def other_forms(self, operation: Operation, content: Any) -> Mapping[str, str]:
        return {"application/xml": self._written(operation.path, content).decode()}

    def invalid(self, problems: Problems) -> ProviderError:
        problem = problems[0]
        place = ".".join(str(part) for part in problem["loc"] if part not in {"body", "query"})
        reason = str(problem["msg"]).removeprefix("Value error, ")
        return errors.IncorrectRequest(place[:MAX_PLACE] or "body", reason)

    def unknown_path(self, path: str) -> ProviderError:
        return errors.MethodNotFound()

    def wrong_method(self, method: str) -> ProviderError:
        return errors.MethodNotAllowed()

    def too_large(self, limit: int) -> ProviderError:
        return errors.RequestTooLarge(limit // MEBIBYTE)

    def not_built(self, operation: Operation) -> ProviderError:
        return errors.NotImplementedHere(operation)

    def crashed(self) -> ProviderError:
        return errors.InternalError()

    def _xml(self, request: Request, content: dict[str, Any], status: int) -> Response:
        return Response(self._written(request.url.path, content), status, media_type="application/xml")

    def _written(self, path: str, content: dict[str, Any]) -> bytes:
        """Write a request or an answer of the operation at `path` as XML."""
        from emulator.altcraft.xml_form import write_xml  # noqa: PLC0415 -- few clients speak XML

        dataless = DATALESS_IN_XML.fullmatch(self.normal_path(path)) and content.get("data") is None
        return write_xml(
            {name: value for name, value in content.items() if not (dataless and name == "data")}
        )


def _demand(call: CoreCall) -> Demand:
    demand: Demand = getattr(call.scope["endpoint"], DEMAND)
    return demand


def _wanted_form(request: Request, payload: Any) -> formats.Form:
    """Answer the form that the client wants: by `format`, else by `Accept`, else that of its request."""
    in_body = payload.get("format") if isinstance(payload, dict) else None
    for named in (request.query_params.get("format"), in_body):
        if isinstance(named, str) and named in formats.NAMES:
            return formats.NAMES[named]
    accepted = formats.accepted_forms(",".join(request.headers.getlist("accept")))
    return accepted.pop() if len(accepted) == 1 else _own_form(request)


def _own_form(request: Request) -> formats.Form:
    """Answer the form that the request itself has."""
    exchange: Exchange | None = request.scope.get(EXCHANGE)
    if exchange is None:
        return "json"
    headers = dict(exchange.entry.request_headers)
    content_type = headers.get(b"content-type", b"").decode("latin-1")
    return formats.form_of(content_type, exchange.entry.request_body) or "json"


def _repetition_key(call: CoreCall) -> str:
    """Answer what identifies a repeated request, or an empty string for one that can not be one."""
    assert isinstance(call, Call)
    request_id = call.headers.get("request-id", "")
    if not request_id or not _demand(call).changes:
        return ""
    digest = sha1(f"{call.grant.token}\n{request_id}".encode(), usedforsecurity=False).digest()
    return b64encode(digest).decode()
