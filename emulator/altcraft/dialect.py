"""The forms of Altcraft's requests, responses and refusals.

https://guides.altcraft.com/en/developer-guide/api-interaction (format, token, envelope, codes) and
…/developer-guide/miscellaneous/41484312 (repeated requests).
"""

import re
from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha1
from typing import Any, ClassVar, Literal

from pydantic import BaseModel
from pydantic_core import from_json, to_json
from starlette.responses import JSONResponse, PlainTextResponse, Response

from emulator.altcraft import formats, refusals
from emulator.altcraft.formats import MalformedBodyError
from emulator.altcraft.principals import ADMITTED, SHOWN, Caller, Grant, Opener, Subscriber
from emulator.altcraft.tables.account import REMEMBERED, RememberedAnswer
from emulator.gateway import call as gateway
from emulator.gateway import policy
from emulator.gateway.call import Problems
from emulator.gateway.catalogue import Operation
from emulator.gateway.policy import MEBIBYTE
from emulator.providers import Dialect
from emulator.sandbox.directory import Directory
from emulator.sandbox.sandbox import Sandbox

WRONG_DATA = 440
"""The code for wrong data of a profile. As an HTTP status it is 400, as documented."""

BAD_REQUEST = 400

PROCESSING = "Platform profile processing error: "
"""The prefix of the SDK's refusals of wrong data."""

ALWAYS_JSON = frozenset({"text", "v1.0", "sdk"})
"""The values of `Policy.errors` of operations that do not speak XML."""


def _object(**types: str) -> dict[str, Any]:
    """Return the JSON Schema of an object whose properties all are there."""
    properties = {name: {"type": type_} for name, type_ in types.items()}
    return {"type": "object", "required": list(types), "properties": properties}


OTHER_REFUSALS = {
    "sdk": ("RefusalOfSDK", _object(error="integer", error_text="string")),
    "v1.0": ("RefusalOfV1", _object(Status="string", Error="string")),
}
"""The names and JSON Schemas of refusals that have no envelope."""

SOURCES = frozenset({"body", "path", "query"})
"""The first part of a place in FastAPI's errors, which is left out of refusals."""

ALIASES = {"/api/v1.1/loyalty/redeem_points": "/api/v1.1/loyalty/redeeme_points"}
"""Correctly spelled paths, with the documentation's misspelling."""

DOUBLED = re.compile("(?<=[^/])/{2,}")
"""Several slashes within a path, which stand for one. Not at its beginning, as `//` begins an address."""

INTEGRATIONS = re.compile(r"^(?:/api/v1\.1)?/integrations/")
"""Other spellings of `/api/integrations/` on some pages of the documentation."""


WITH_FILES = 100 * MEBIBYTE
"""The body limit, in bytes, of requests that may contain files."""


@dataclass(frozen=True)
class XmlForm:
    """How the XML of a response differs from its JSON."""

    root: str = "xml"
    empty_data: bool = True
    """Whether a response without data has an empty `data` element, rather than none."""
    texts: Mapping[str, Any] = field(default_factory=dict)
    """Values at the top level of a success that are others than in JSON."""
    names: Mapping[str, str] = field(default_factory=dict)
    """Names that are others than in JSON, at any level."""


@dataclass(frozen=True)
class Policy(policy.Policy):
    """What is special about an operation of Altcraft."""

    opened_by: Opener = "API token"
    """The kind of credential that it requires."""
    right: str = ""
    """The right that a token needs; empty for an operation that any token may use."""
    further_right: str = ""
    """The second right that a token needs for an operation of two areas."""
    deduplicated: Literal["never", "by id", "by content"] = "never"
    """Whether a repeated request is not executed again: one with the same `Request-ID` (`by id`), or also one
    without an id, with the same content (`by content`)."""
    xml: XmlForm = XmlForm()
    """The differences between the XML and the JSON of its responses."""
    has_table: bool = False
    """Whether `format` may be `csv`, too."""
    takes_parts: bool = False
    """Whether requests may be `multipart/form-data`."""
    errors: Literal["envelope", "status", "text", "v1.0", "sdk"] = "envelope"
    """The form of refusals: the envelope with HTTP status 200, or one of these with the code as status: the
    envelope, plain text, the form of API 1.0, or that of the mobile SDK."""

    @property
    def has_bearer(self) -> bool:
        return self.opened_by in {"API token", "subscriber"}


class Call(gateway.Call):
    """A request to Altcraft. A body that is empty stands for an empty object."""

    empty_body = b"{}"
    policy: Policy
    grant: Grant
    """The grant of the API token, in operations that require one."""
    subscriber: Subscriber
    """The subscriber or app that asks, in operations about a resource."""
    caller: Caller
    """The grant of a trigger's launch link."""

    @property
    def form_asked(self) -> str:
        """The `format` in the query; empty without one."""
        return self.query_params.get("format", "") if self.scope["query_string"] else ""

    @property
    def principal(self) -> str:
        """The client that sent the request, by which repetitions are told apart."""
        is_client = self.policy.opened_by == "API token"
        return self.grant.principal if is_client else self.subscriber.principal


class WrittenRows(Response):
    """A page that is written, and read again for XML, row by row, so as not to block other threads."""

    media_type = "application/json"

    def __init__(self, page: BaseModel, rows: Iterable[Mapping[str, Any]]) -> None:
        self._page = page
        self._rows = [to_json(row) for row in rows]
        begin, end = page.model_dump_json().encode().split(b"[]", 1)
        super().__init__(b"%b[%b]%b" % (begin, b",".join(self._rows), end))

    @property
    def content(self) -> dict[str, Any]:
        return self._page.model_dump() | {"data": [from_json(row) for row in self._rows]}


def is_in_xml(call: Call) -> bool:
    """Return whether a request came in XML, where everything is a text."""
    return _own_form(call) == "xml"


class AltcraftDialect(Dialect[Call, refusals.AltcraftError]):
    """JSON or XML both ways. Refusals have the envelope of responses; those of operations have status 200."""

    call = Call
    usual_policy = Policy()
    refusal: ClassVar[dict[str, Any]] = _object(data="null", error="integer", error_text="string")
    url_parameters = frozenset({"token", "format"})

    def __init__(self, *, mirror_status: bool) -> None:
        self._mirror_status = mirror_status

    def refusal_form(self, policy: policy.Policy | None) -> tuple[str, Mapping[str, Any]]:
        usual = super().refusal_form(policy)
        return OTHER_REFUSALS.get(policy.errors, usual) if isinstance(policy, Policy) else usual

    def normal_path(self, path: str) -> str:
        normal = (DOUBLED.sub("/", path) if "//" in path else path).removesuffix("/")
        normal = ALIASES.get(normal, normal)
        return INTEGRATIONS.sub("/api/integrations/", normal) if "/integrations/" in normal else normal

    def read(self, content_type: str, body: bytes) -> Any:
        form = formats.form_of(content_type, body)
        try:
            if form == "json":
                return formats.read_json(body)
            if form == "xml":
                from emulator.altcraft.xml_form import read_xml  # noqa: PLC0415 -- few clients speak XML

                return read_xml(content_type, body)
            if formats.is_in_parts(content_type):
                return formats.read_parts(content_type, body)
        except MalformedBodyError as problem:
            raise refusals.IncorrectRequest("body", str(problem)) from problem
        raise wrong_content_type()

    def credential(self, call: Call) -> str:
        return SHOWN[call.policy.opened_by](call)

    def admit(self, call: Call, directory: Directory) -> Sandbox:
        claim, opened = ADMITTED[call.policy.opened_by](call.credential, directory)
        match opened:
            case Grant():
                call.grant = opened
            case Subscriber():
                call.subscriber = opened
            case Caller():
                call.caller = opened
        return claim.sandbox

    def authorise(self, call: Call) -> None:
        if isinstance(call.payload, formats.Parts) and not call.policy.takes_parts:
            raise wrong_content_type()
        if call.policy.opened_by != "API token":
            return
        if not (call.grant.may(call.policy.right) and call.grant.may(call.policy.further_right)):
            raise refusals.AccessDenied
        forms = ("json", "xml", "csv") if call.policy.has_table else ("json", "xml")
        if call.form_asked and call.form_asked not in forms:
            raise refusals.IncorrectRequest("format", f"must be {' or '.join(forms)}")

    def repeated(self, call: Call) -> Response | None:
        key = _repetition_key(call)
        earlier = call.db.get(RememberedAnswer, key) if key else None
        if earlier is None or REMEMBERED.is_over(earlier.at, call.now):
            return None
        is_old = "request-id" not in call.headers and "x-request-id" in call.headers
        old = "X-" if is_old else ""
        marks = {f"{old}Duplicate-Key": earlier.key, f"{old}Duplicate-Request": "true"}
        return Response(earlier.body, headers=marks | {"Content-Type": earlier.content_type})

    def remember(self, call: Call, response: Response) -> None:
        key = _repetition_key(call)
        if key:
            row = (key, call.now, response.headers["content-type"], bytes(response.body))
            call.turn.store.execute(_REMEMBER, row)
            REMEMBERED.plan(call.turn)

    def encode(self, call: Call, response: Response) -> Response:
        if call.policy.errors in ALWAYS_JSON or wanted_form(call) == "json":
            return response
        if response.headers.get("content-type") != "application/json":
            return response
        if "content-disposition" in response.headers:  # files are not converted
            return response
        content = response.content if isinstance(response, WrittenRows) else from_json(bytes(response.body))
        return _xml(call.policy, content, response.status_code)

    def refuse(self, call: Call, error: refusals.AltcraftError) -> Response:
        content = {"data": None, "error": error.status, "error_text": error.message}
        form = call.policy.errors
        code = BAD_REQUEST if error.status == WRONG_DATA else error.status
        if form == "text":
            return PlainTextResponse(error.message, code)
        if form == "v1.0":
            return JSONResponse({"Status": "Error", "Error": error.message}, error.status)
        if form == "sdk":
            text = error.message if code == error.status else f"{PROCESSING}{error.message}"
            return JSONResponse({"error": code, "error_text": text}, code)
        is_mirrored = self._mirror_status or error.is_transport or form == "status"
        status = error.status if is_mirrored else 200
        if wanted_form(call) == "xml":
            return _xml(call.policy, content, status)
        return JSONResponse(content, status)

    def request_forms(self, policy: policy.Policy | None, body: Any) -> Mapping[str, str]:
        from emulator.altcraft.xml_form import can_hold, write_xml  # noqa: PLC0415 -- few clients speak XML

        if _is_always_json(policy) or not can_hold(body):
            return {}
        return {"application/xml": write_xml(body).decode()}

    def response_forms(self, policy: policy.Policy | None, content: Any) -> Mapping[str, str]:
        assert isinstance(policy, Policy | None)
        if _is_always_json(policy):
            return {}
        return {"application/xml": _written(policy or self.usual_policy, content).decode()}

    def invalid(self, problems: Problems) -> refusals.AltcraftError:
        problem = problems[0]
        source, *parts = problem["loc"]
        place = parts if source in SOURCES else (source, *parts)
        return refusals.incorrect(place, problem)

    def unknown_path(self) -> refusals.AltcraftError:
        return refusals.MethodNotFound()

    def wrong_method(self) -> refusals.AltcraftError:
        return refusals.MethodNotAllowed()

    def too_large(self, limit: int) -> refusals.AltcraftError:
        return refusals.RequestTooLarge(limit // MEBIBYTE)

    def unsupported_encoding(self, encoding: str) -> refusals.AltcraftError:
        return refusals.UnsupportedEncoding(encoding)

    def not_built(self, operation: Operation) -> refusals.AltcraftError:
        return refusals.NotImplementedHere(operation.title, operation.key)

    def crashed(self) -> refusals.AltcraftError:
        return refusals.InternalError()


def _is_always_json(policy: policy.Policy | None) -> bool:
    return isinstance(policy, Policy) and policy.errors in ALWAYS_JSON


def wrong_content_type() -> refusals.AltcraftError:
    return refusals.IncorrectRequest("Content-Type", "must be application/json or application/xml")


def _xml(policy: Policy, content: dict[str, Any], status: int) -> Response:
    return Response(_written(policy, content), status, media_type="application/xml")


def _written(policy: Policy, content: dict[str, Any]) -> bytes:
    """Write the content of a response as XML."""
    from emulator.altcraft.xml_form import write_xml  # noqa: PLC0415 -- few clients speak XML

    xml = policy.xml
    left_out = {"data"} if not xml.empty_data and content.get("data") is None else set()
    texts = xml.texts if content.get("error") == 0 else {}
    shown = {name: texts.get(name, value) for name, value in content.items() if name not in left_out}
    return write_xml(shown, xml.root, xml.names)


def wanted_form(call: Call) -> formats.Form:
    """Return the form of the response: by `format`, else by `Accept`, else the form of the request."""
    in_body = call.payload.get("format") if isinstance(call.payload, dict) else None
    for named in (call.form_asked, in_body):
        if isinstance(named, str) and named in formats.NAMES:
            return formats.NAMES[named]
        if named == "csv" and call.policy.has_table:
            return "json"  # for responses that are no table, such as refusals
    accepted = formats.accepted_forms(",".join(call.headers.getlist("accept")))
    return next(iter(accepted)) if len(accepted) == 1 else _own_form(call)


def _own_form(call: Call) -> formats.Form:
    """Return the form that the request itself has."""
    return formats.form_of(call.content_type, call.entry.request_body) or "json"


def _repetition_key(call: Call) -> str:
    """Return the key that repetitions of a request share; an empty text if they are not recognised."""
    if call.policy.deduplicated == "never":
        return ""
    request_id = call.headers.get("request-id", call.headers.get("x-request-id", ""))
    if request_id:
        return _digest(f"{call.principal}\n{request_id}".encode())
    return _digest(_content_of(call)) if call.policy.deduplicated == "by content" else ""


def _content_of(call: Call) -> bytes:
    """Return what repetitions without an id share: client, method, path, query, body, and three headers."""
    accepted = ",".join(call.headers.getlist("accept"))
    headers = [call.headers.get("authorization", ""), call.content_type, accepted]
    said = [call.principal, call.method, call.url.path, call.url.query, *headers]
    return b"\n".join([*(one.encode() for one in said), call.raw])


def _digest(content: bytes) -> str:
    return b64encode(sha1(content, usedforsecurity=False).digest()).decode()


_REMEMBER = """
    INSERT OR REPLACE INTO altcraft_remembered_answer (key, at, content_type, body) VALUES (?, ?, ?, ?)
"""
