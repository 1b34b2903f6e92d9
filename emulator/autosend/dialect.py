"""The dialect of AutoSend: how its requests are read, and how its responses and refusals look.

https://docs.autosend.com/api-reference/introduction (envelope, keys), …/errors, …/rate-limit.
"""

from codecs import BOM_UTF8
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Annotated, Any, ClassVar, Literal

from starlette.responses import JSONResponse, Response

from emulator.autosend import encryption, refusals
from emulator.autosend.complaints import problem_details
from emulator.autosend.keys import is_good
from emulator.autosend.rates import RATE, count_use, own_window, whole_seconds, window_of_one
from emulator.autosend.refusals import AccountKeyRequired
from emulator.autosend.tables.account import REMEMBERED, IdempotentAnswer, Organization, Project
from emulator.autosend.tables.campaigns import names_segments
from emulator.engine.clock import Millis
from emulator.gateway import call as gateway
from emulator.gateway import policy
from emulator.gateway.call import Problems
from emulator.gateway.catalogue import Operation
from emulator.gateway.json_bodies import TooManyValuesError, parsed
from emulator.gateway.policy import MEBIBYTE
from emulator.providers import Dialect
from emulator.sandbox.directory import Directory
from emulator.sandbox.sandbox import Sandbox

JSON = "application/json; charset=utf-8"
ADDRESSES = frozenset({"to", "from", "cc", "bcc", "replyTo"})
"""The fields of mails that have addresses."""


@dataclass(frozen=True)
class Grant:
    """The access that a key gives: to a project, or to all projects of an organisation (an account key)."""

    key: str
    organization_id: str
    project_id: str | None
    is_smtp: bool = False
    """Whether the key is a password of the SMTP relay, and gives no access to the API."""


NOBODY = Grant("", "", None)
"""The grant of a request without a key."""


@dataclass(frozen=True)
class Policy(policy.Policy):
    """The policy of an operation of AutoSend."""

    key: Literal["project", "account", "none"] = "project"
    """The keys that may use the operation: project and account keys, only account keys, or none is needed."""
    unknown_key: type[refusals.AutoSendError] = refusals.Unauthorized
    """The refusal of an unknown key."""
    invalid: type[refusals.ValidationFailed] = refusals.ValidationFailed
    """The refusal of invalid fields."""
    has_addresses: bool = False
    """Whether the body has the addresses of a mail, which a setting lets be texts."""
    counts_segments: bool = False
    """Whether the operation takes long only because of the segments of the campaign in its path."""

    @property
    def has_bearer(self) -> bool:
        return self.key != "none"


BIG_BODY = 40 * MEBIBYTE
"""The largest body of a request with attachments, in bytes."""


class Call(gateway.Call):
    """A request to AutoSend, with its project."""

    empty_body = b"{}"
    policy: Policy
    grant: Grant
    project_id: str = ""
    """The id of the project; empty for operations that do not belong to one project."""
    has_rate_limit: bool
    """Whether AutoSend's own rate limits are enforced for the request."""

    @property
    def is_long(self) -> bool:
        if not self.policy.counts_segments:
            return super().is_long
        return names_segments(self.sandbox.store, self.path_params["campaignId"])


LongCall = Annotated[Call, Policy(is_long=True)]
"""A request that may be about any number of rows, however short it is."""
CountingCall = Annotated[Call, Policy(is_long=True, counts_segments=True)]
"""A request that counts a campaign's segments, if it has any: so frequent that it must cost little."""

_DESCRIBED: dict[str, Any] = {
    "type": "object",
    "required": ["message"],
    "properties": {"message": {"type": "string"}, "code": {"type": "string"}},
}


class AutoSendDialect(Dialect[Call, refusals.AutoSendError]):
    """JSON requests and responses, refusals nested under `error`, `X-RateLimit-*` on every response."""

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
    encodings = frozenset({"gzip", "deflate", "br"})
    body_parameters = frozenset({encryption.FIELD})

    def __init__(self, *, enforce_rate_limit: bool, takes_plain_addresses: bool) -> None:
        self._enforce_rate_limit = enforce_rate_limit
        self._takes_plain_addresses = takes_plain_addresses

    def read(self, content_type: str, body: bytes) -> Any:
        if content_type.partition(";")[0].strip().lower() != "application/json":
            raise refusals.ValidationFailed(("body", "Content-Type must be application/json"))
        try:
            return parsed(body.removeprefix(BOM_UTF8))
        except TooManyValuesError as problem:
            raise refusals.ValidationFailed(("body", f"Invalid JSON: {problem}")) from problem
        except ValueError as problem:
            raise refusals.ValidationFailed(("body", "Invalid JSON")) from problem

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
        if call.grant.key and not is_good(call.db, call.grant.key):
            raise call.policy.unknown_key
        call.has_rate_limit = self._enforce_rate_limit and call.window is None
        used = self._counted(call, call.now)
        if call.has_rate_limit and used > RATE:
            raise refusals.RateLimitExceeded(retryAfter=1)
        own = call.grant.project_id
        if call.policy.key == "account" and own is not None:
            raise AccountKeyRequired
        if call.raw and encryption.is_encrypted(call.payload, call.headers.get("x-payload-encryption", "")):
            call.payload = encryption.opened(call.db, call.payload, call.headers.get("x-key-id", ""))
        if self._takes_plain_addresses and call.policy.has_addresses:
            call.payload = _with_objects(call.payload)
        if call.policy.key == "project":
            call.project_id = _named_project(call) if own is None else _own_project(call, own)
        if call.policy.key != "none" and _has_expired(call):
            raise refusals.PlanUpgradeRequired

    def turned_away(self, call: Call) -> None:
        self._counted(call, call.sandbox.clock.now())

    def _counted(self, call: Call, now: Millis) -> int:
        """Count a request of a key, and return the key's count in this second; 0 while the limit is off."""
        is_counted = self._enforce_rate_limit and bool(call.grant.key)
        return count_use(call.sandbox, call.grant.key, now) if is_counted else 0

    def repeated(self, call: Call) -> Response | None:
        key = _idempotency_key(call)
        earlier = call.db.get(IdempotentAnswer, key) if key else None
        if earlier is None or REMEMBERED.is_over(earlier.at, call.now):
            return None
        return Response(earlier.body, earlier.status, media_type=JSON)

    def encode(self, call: Call, response: Response) -> Response:
        if response.headers.get("content-type") == gateway.JSON:
            response.headers["content-type"] = JSON
        return response

    def remember(self, call: Call, response: Response) -> None:
        key = _idempotency_key(call)
        if key:
            row = (key, call.now, response.status_code, bytes(response.body))
            call.turn.store.execute(_REMEMBER, row)
            REMEMBERED.plan(call.turn)

    def headers(self, call: Call, sandbox: Sandbox) -> Iterable[tuple[str, str]]:
        window = call.window
        if window is None:
            is_on = self._enforce_rate_limit
            window = own_window(call.credential, sandbox) if is_on else window_of_one(sandbox)
        yield "X-RateLimit-Limit", str(window.limit)
        yield "X-RateLimit-Remaining", str(window.remaining)
        yield "X-RateLimit-Reset", str(whole_seconds(window.ends))

    def too_many(self, wait: Millis) -> refusals.AutoSendError | None:
        return refusals.RateLimitExceeded(retryAfter=whole_seconds(wait))

    def refuse(self, call: Call, error: refusals.AutoSendError) -> Response:
        if type(error) is refusals.ValidationFailed:
            error = call.policy.invalid.instead_of(error)
        is_by_rule = isinstance(error, refusals.RateLimitExceeded) and call.entry.faults
        if is_by_rule and call.window is None and self._enforce_rate_limit:
            call.window = replace(own_window(call.credential, call.sandbox), used=RATE)
        return JSONResponse(error.body(), error.status, media_type=JSON)

    def invalid(self, problems: Problems) -> refusals.AutoSendError:
        return refusals.ValidationFailed(*problem_details(problems))

    def unknown_path(self) -> refusals.AutoSendError:
        return refusals.NotFound()

    def wrong_method(self) -> refusals.AutoSendError:
        return refusals.NotFound()

    def too_large(self, limit: int) -> refusals.AutoSendError:
        return refusals.PayloadTooLarge(text=f"Request body is larger than {limit // MEBIBYTE} MB")

    def unsupported_encoding(self, encoding: str) -> refusals.AutoSendError:
        return refusals.UnsupportedEncoding(encoding)

    def not_built(self, operation: Operation) -> refusals.AutoSendError:
        return refusals.NotImplementedHere(operation.title, operation.key)

    def crashed(self) -> refusals.AutoSendError:
        return refusals.InternalServerError()


def _own_project(call: Call, project_id: str) -> str:
    """Return the id of a project key's project. Raises InsufficientPermissions if another one is named."""
    if call.headers.get("x-project-id", project_id) != project_id:
        raise refusals.InsufficientPermissions
    return project_id


def _named_project(call: Call) -> str:
    """Return the id of the project that a request with an account key names, in its header or else its body.

    Raises InsufficientPermissions for a project that is unknown or belongs to another organisation.
    """
    in_body = call.payload.get("projectId") if isinstance(call.payload, dict) else None
    project = call.db.get(Project, call.headers.get("x-project-id") or str(in_body or ""))
    if project is None or project.organization_id != call.grant.organization_id:
        raise refusals.InsufficientPermissions
    return project.id


def _with_objects(value: Any, field: str = "") -> Any:
    """Return a body in which the addresses of mails that are texts are objects: `{"email": …}`."""
    match value:
        case str() if field in ADDRESSES:
            return {"email": value}
        case list():
            return [_with_objects(one, field) for one in value]
        case dict() if field in {"", "recipients"}:
            return {name: _with_objects(one, name) for name, one in value.items()}
    return value


def _has_expired(call: Call) -> bool:
    """Return whether the subscription of the key's organisation has expired."""
    return call.db.get_one(Organization, call.grant.organization_id).subscription == "expired"


def _idempotency_key(call: Call) -> str:
    """Return what identifies a repeated POST: project, path and `Idempotency-Key`; empty if it has none."""
    key = call.headers.get("idempotency-key", "")
    return f"{call.project_id} {call.scope['path']} {key}" if key and call.method == "POST" else ""


_REMEMBER = "INSERT OR REPLACE INTO autosend_idempotent_answer (key, at, status, body) VALUES (?, ?, ?, ?)"
