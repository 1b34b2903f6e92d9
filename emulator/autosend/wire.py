"""How AutoSend's requests read and its answers look.

https://docs.autosend.com/api-reference/introduction (envelope, keys), …/errors, …/rate-limits.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from math import isfinite
from typing import Annotated, Any, ClassVar, Generic, Literal, TypeVar

from pydantic import (
    AfterValidator,
    AliasChoices,
    BeforeValidator,
    ConfigDict,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    WithJsonSchema,
    model_validator,
)
from pydantic.fields import FieldInfo
from pydantic_core import from_json
from starlette.responses import JSONResponse, Response

from emulator.autosend import encryption, errors
from emulator.autosend.errors.projects import AccountKeyRequired
from emulator.autosend.models import Model
from emulator.autosend.rates import RATE, count_use, own_window, whole_seconds
from emulator.autosend.tables.account import IdempotentAnswer, Project
from emulator.engine.clock import DAY, Millis, from_datetime, iso_millis
from emulator.gateway import call as gateway
from emulator.gateway import policy
from emulator.gateway.call import Problems
from emulator.gateway.catalogue import Operation
from emulator.gateway.policy import MEBIBYTE
from emulator.providers import Dialect
from emulator.sandbox.directory import Directory
from emulator.sandbox.sandbox import Sandbox

JSON = "application/json; charset=utf-8"

Data = TypeVar("Data")


@dataclass(frozen=True)
class Grant:
    """What a key opens: a project, or with an account key every project of an organisation."""

    key: str
    organization_id: str
    project_id: str | None
    is_smtp: bool = False
    """Whether it is a password of the SMTP relay, and opens nothing of the API."""


NOBODY = Grant("", "", None)
"""Of a request without a key."""


@dataclass(frozen=True)
class Policy(policy.Policy):
    """What is special about an operation of AutoSend."""

    key: Literal["project", "account", "none"] = "project"
    """Whose keys may use it: a project's or the account's, the account's alone, or nobody's in particular."""
    unknown_key: type[errors.AutoSendError] = errors.Unauthorized
    """How a key is refused that opens nothing."""
    invalid: type[errors.ValidationFailed] = errors.ValidationFailed
    """How fields are refused."""


BIG_BODY = 40 * MEBIBYTE
"""Bytes that the body of a request with attachments may have."""


class Call(gateway.Call):
    """A request to AutoSend, with the project that it is about."""

    empty_body = b"{}"
    policy: Policy
    grant: Grant
    project_id: str = ""
    """Empty for operations on projects themselves."""
    has_rate_limit: bool
    """Whether AutoSend's own rate limits are enforced for it."""


class Reply(Model, Generic[Data]):
    """The success envelope."""

    success: bool = True
    data: Data


class MessageReply(Reply[Data], Generic[Data]):
    """The success envelope of the operations that also answer a message."""

    message: str


class Done(Model):
    """The success envelope of deletions."""

    success: bool = True
    message: str


class Parameters(Model):
    """The query of a request; unknown names are let through for the journal to show."""

    model_config = ConfigDict(extra="ignore")


class Body(Model):
    """A request body: names as documented, unknown ones let through for the journal to show.

    `"yes"` is no boolean and `"5"` no number; null stands for what an optional field is when it is left out.
    """

    model_config = ConfigDict(extra="ignore", strict=True)

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, given: Any) -> Any:
        if not isinstance(given, dict) or None not in given.values():
            return given
        wanted = _fields_that_are_never_null(cls)
        return {name: value for name, value in given.items() if value is not None or name not in wanted}


@cache
def _fields_that_are_never_null(body: type[Body]) -> frozenset[str]:
    """Answer under which names clients send the optional fields that have another default than null."""
    fields = body.model_fields.items()
    return frozenset(
        spelling
        for name, field in fields
        if not field.is_required() and field.get_default(call_default_factory=True) is not None
        for spelling in _spellings(name, field)
    )


def _spellings(name: str, field: FieldInfo) -> list[str]:
    alias = field.validation_alias
    if isinstance(alias, AliasChoices):
        return [str(choice) for choice in alias.choices]
    return [str(alias or name)]


class Pagination(Model):
    page: int
    limit: int
    total: int
    pages: int

    @classmethod
    def of(cls, page: int, limit: int, total: int) -> "Pagination":
        return cls(page=page, limit=limit, total=total, pages=-(-total // limit))


def _address(value: str) -> str:
    if not _ADDRESS.fullmatch(value):
        raise ValueError("Invalid email format")
    return value.lower()


_ADDRESS = re.compile(r"[^@\s<>,;]+@[^@\s<>,;]+\.[^@\s<>,;]+")

Email = Annotated[
    str,
    StringConstraints(max_length=320),
    AfterValidator(_address),
    WithJsonSchema({"type": "string", "format": "email", "maxLength": 320}),
]
"""An address; AutoSend keeps addresses in lower case."""


_EMAIL = TypeAdapter(Email)


def is_email(value: str) -> bool:
    """Answer whether a text is an address."""
    try:
        _EMAIL.validate_python(value)
    except ValidationError:
        return False
    return True


Id = Annotated[str, StringConstraints(max_length=64)]
"""The id of something, as a client names it."""


def check_id(field: str, value: str) -> None:
    """Raise ValidationFailed for what can be no id: ids have 24 hex digits."""
    if not re.fullmatch("[0-9a-f]{24}", value):
        raise errors.ValidationFailed((field, "Invalid id"))


def _plain(fields: dict[str, Any]) -> dict[str, Any]:
    if len(fields) > MOST_CUSTOM_FIELDS:
        raise ValueError(f"At most {MOST_CUSTOM_FIELDS} fields")
    if any(isinstance(value, dict | list) for value in fields.values()):
        raise ValueError("Values must be strings, numbers, booleans or dates")
    if any(isinstance(value, float) and not isfinite(value) for value in fields.values()):
        raise ValueError("Numbers must be finite")
    return fields


MOST_CUSTOM_FIELDS = 1000
CustomFields = Annotated[dict[str, Any], AfterValidator(_plain)]
"""Values of properties by their names."""


def _date_time(value: object) -> datetime:
    try:
        moment = datetime.fromisoformat(value)  # type: ignore[arg-type]
        from_datetime(moment)
    except (TypeError, ValueError, OverflowError):
        raise ValueError("Must be an ISO 8601 date-time such as 2026-03-01T10:00:00.000Z") from None
    return moment


def _moment(value: object) -> Millis:
    return from_datetime(_date_time(value))


_SCHEMA = WithJsonSchema({"type": "string", "format": "date-time"})

DateTime = Annotated[datetime, BeforeValidator(_date_time), _SCHEMA]
"""A date and time, written in ISO 8601, with or without an offset."""

Moment = Annotated[Millis, BeforeValidator(_moment), _SCHEMA]
"""An instant, written in ISO 8601; UTC where no offset is given."""


def instant(value: Millis | None) -> str | None:
    """Format as `2026-03-01T10:00:00.000Z`."""
    return None if value is None else iso_millis(value)


_DESCRIBED: dict[str, Any] = {
    "type": "object",
    "required": ["message"],
    "properties": {"message": {"type": "string"}, "code": {"type": "string"}},
}


class AutoSendDialect(Dialect[Call, errors.AutoSendError]):
    """JSON both ways, refusals nested under `error`, `X-RateLimit-*` on every answer."""

    call = Call
    usual_policy = Policy()
    refusal: ClassVar[dict[str, Any]] = {
        "type": "object",
        "required": ["success"],
        "properties": {
            "success": {"const": False},
            "message": {"type": "string"},
            "code": {"type": "string"},
            "error": {"anyOf": [_DESCRIBED, {"type": "string"}, {"type": "array", "items": _DESCRIBED}]},
        },
        "anyOf": [{"required": ["error"]}, {"required": ["message"]}],
    }
    body_parameters = frozenset({encryption.FIELD})

    def __init__(self, *, enforce_rate_limit: bool) -> None:
        self._enforce_rate_limit = enforce_rate_limit

    def read(self, content_type: str, body: bytes) -> Any:
        if content_type.partition(";")[0].strip().lower() != "application/json":
            raise errors.ValidationFailed(("body", "Content-Type must be application/json"))
        try:
            return from_json(body, allow_inf_nan=False)
        except ValueError as problem:
            raise errors.ValidationFailed(("body", f"Malformed JSON: {problem}")) from problem

    def credential(self, call: Call) -> str:
        scheme, _, key = call.headers.get("authorization", "").partition(" ")
        return key.strip() if scheme.lower() == "bearer" else call.headers.get("x-api-key", "")

    def admit(self, call: Call, directory: Directory) -> Sandbox:
        key = call.credential
        if call.policy.key == "none" and not key:
            call.grant = NOBODY
            return directory.default
        claim = directory.find("autosend", key)
        if claim is None or claim.grant.is_smtp:
            raise call.policy.unknown_key
        call.grant = claim.grant
        return claim.sandbox

    def authorise(self, call: Call) -> None:
        used = count_use(call.sandbox, call.grant.key, call.now) if call.grant.key else 0
        call.has_rate_limit = self._enforce_rate_limit and call.window is None
        if call.has_rate_limit and used > RATE:
            raise errors.RateLimitExceeded(retryAfter=1)
        own = call.grant.project_id
        if own is not None and call.db.get(Project, own) is None:
            raise errors.Unauthorized
        if call.policy.key == "account" and own is not None:
            raise AccountKeyRequired
        if call.policy.key == "project":
            call.project_id = _named_project(call) if own is None else _own_project(call, own)
        if call.raw and encryption.is_encrypted(call.payload, call.headers.get("x-payload-encryption", "")):
            call.payload = encryption.opened(call.db, call.payload, call.headers.get("x-key-id", ""))

    def repeated(self, call: Call) -> Response | None:
        key = _idempotency_key(call)
        earlier = call.db.get(IdempotentAnswer, key) if key else None
        if earlier is None or earlier.at + DAY <= call.now:
            return None
        return Response(earlier.body, earlier.status, media_type=JSON)

    def encode(self, call: Call, response: Response) -> Response:
        if response.headers.get("content-type") == gateway.JSON:
            response.headers["content-type"] = JSON
        return response

    def remember(self, call: Call, response: Response) -> None:
        key = _idempotency_key(call)
        if key:
            answer = IdempotentAnswer(
                key=key, at=call.now, status=response.status_code, body=bytes(response.body)
            )
            call.db.merge(answer)

    def headers(self, call: Call, sandbox: Sandbox) -> Iterable[tuple[str, str]]:
        window = call.window or own_window(call.credential, sandbox)
        yield "X-RateLimit-Limit", str(window.limit)
        yield "X-RateLimit-Remaining", str(window.remaining)
        yield "X-RateLimit-Reset", str(whole_seconds(window.ends))

    def too_many(self, wait: Millis) -> errors.AutoSendError | None:
        return errors.RateLimitExceeded(retryAfter=whole_seconds(wait))

    def refuse(self, call: Call, error: errors.AutoSendError) -> Response:
        if type(error) is errors.ValidationFailed:
            error = call.policy.invalid.instead_of(error)
        return JSONResponse(error.body(), error.status, media_type=JSON)

    def invalid(self, problems: Problems) -> errors.AutoSendError:
        return errors.ValidationFailed(*errors.problem_details(problems))

    def unknown_path(self) -> errors.AutoSendError:
        return errors.NotFound()

    def wrong_method(self) -> errors.AutoSendError:
        return errors.NotFound()

    def too_large(self, limit: int) -> errors.AutoSendError:
        return errors.PayloadTooLarge(f"Request body is larger than {limit // MEBIBYTE} MB")

    def not_built(self, operation: Operation) -> errors.AutoSendError:
        return errors.NotImplementedHere(operation)

    def crashed(self) -> errors.AutoSendError:
        return errors.InternalServerError()


def _own_project(call: Call, project_id: str) -> str:
    """Answer the project of a project key; a request that names another one is refused."""
    if call.headers.get("x-project-id", project_id) != project_id:
        raise errors.InsufficientPermissions
    return project_id


def _named_project(call: Call) -> str:
    """Answer the project that a request with an account key names: in its header, or else in its body."""
    in_body = call.payload.get("projectId") if isinstance(call.payload, dict) else None
    project = call.db.get(Project, call.headers.get("x-project-id") or str(in_body or ""))
    if project is None or project.organization_id != call.grant.organization_id:
        raise errors.InsufficientPermissions
    return project.id


def _idempotency_key(call: Call) -> str:
    """Return what identifies a repeated POST, or an empty string for a request that can not be one."""
    key = call.headers.get("idempotency-key", "")
    return f"{call.project_id} {call.scope['path']} {key}" if key and call.method == "POST" else ""
