"""How the RCS provider's requests read and its answers look.

The general principles at https://bsg.world/documentations/rest-api/general-principles/ and the
vendor's OpenAPI in github.com/bsgworld/go-sdk (v2/api/openapi.yaml).
"""

import re
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Annotated, Any, ClassVar, Generic, Literal, TypeVar
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    StringConstraints,
    TypeAdapter,
    WithJsonSchema,
)
from pydantic_core import from_json
from starlette.responses import JSONResponse, Response

from emulator.engine.clock import HOUR, SECOND, Millis, from_datetime, to_datetime
from emulator.gateway import call as gateway
from emulator.gateway import policy
from emulator.gateway.call import Problems
from emulator.gateway.catalogue import Operation
from emulator.providers import Dialect
from emulator.rcs import errors, tokens
from emulator.rcs.models import Model
from emulator.rcs.prices import utf16_length
from emulator.rcs.tables import Account
from emulator.rcs.violations import (
    NOT_A_DATE,
    NOT_A_URL,
    NOT_AN_INTEGER,
    complaint,
    not_between,
    too_long,
    violations,
)
from emulator.sandbox.directory import Claim, Directory
from emulator.sandbox.sandbox import Sandbox

MAX_ID = 2**63 - 1
DUPLICATE_WINDOW = 10 * SECOND

T = TypeVar("T")


@dataclass(frozen=True)
class Grant:
    """What a credential opens: the account; `key` is None for the account's tokens."""

    account_id: int
    key: str | None


@dataclass(frozen=True)
class Policy(policy.Policy):
    """What is special about an operation of the RCS provider."""

    credential: Literal["header", "body"] = "header"
    """Where the credential stands: a bearer token or key, or the `api_key` of a login."""
    guards_duplicates: bool = True
    """Whether a POST that repeats an earlier one is refused for a while."""
    rehearsed_by: str = ""
    """The field of the body that, when true, makes the request one that may be repeated."""


class Call(gateway.Call):
    """A request to the RCS provider, with the account that it is about."""

    policy: Policy
    grant: Grant
    expires: Millis | None = None
    """When its token does."""

    @property
    def account(self) -> Account:
        return self.db.get_one(Account, self.grant.account_id)


class Data(Model, Generic[T]):
    """The success envelope."""

    data: T


class PageInfo(Model):
    total: int
    limit: int
    offset: int


class Meta(Model):
    page: PageInfo


class Page(Model, Generic[T]):
    """The success envelope of lists."""

    data: list[T]
    meta: Meta


class Body(Model):
    """A request body: names as documented, unknown ones let through for the journal to show."""

    model_config = ConfigDict(extra="ignore")


def between(low: int, high: int) -> AfterValidator:
    """Make a validator of a number's range."""

    def check(value: int) -> int:
        if not low <= value <= high:
            raise complaint(not_between(low, high))
        return value

    return AfterValidator(check)


def text_up_to(limit: int) -> AfterValidator:
    """Make a validator of a text's length, counted in UTF-16 units."""

    def check(value: str) -> str:
        if utf16_length(value) > limit:
            raise complaint(too_long(limit))
        return value

    return AfterValidator(check)


def _integer(value: object) -> object:
    is_text = isinstance(value, str) and re.fullmatch("-?[0-9]+", value) is not None
    if not is_text and (isinstance(value, bool) or not isinstance(value, int)):
        raise complaint(NOT_AN_INTEGER)
    return value


Integer = Annotated[int, BeforeValidator(_integer, json_schema_input_type=int)]


def _digits(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _web_address(value: str) -> str:
    try:
        parts = urlsplit(value)
        fine = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        fine = False
    if not fine or re.search(r"\s", value):
        raise complaint(NOT_A_URL)
    return value


MOMENT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9:]{8}(?:\.[0-9]{1,6})?)[0-9]{0,3}(Z|[+-][0-9]{2}(?::?[0-9]{2})?)?"
)
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _moment(value: object) -> Millis:
    found = MOMENT.fullmatch(value.upper()) if isinstance(value, str) else None
    try:
        if found:
            return from_datetime(datetime.fromisoformat(found[1] + (found[2] or "")))
    except (ValueError, OverflowError):
        pass
    raise complaint(NOT_A_DATE)


def _midnight(value: object) -> object:
    return f"{value} 00:00:00" if isinstance(value, str) and DAY.fullmatch(value) else value


PhoneNumber = Annotated[
    str,
    StringConstraints(min_length=9, max_length=15, pattern="^[1-9][0-9]*$"),
    BeforeValidator(_digits),
]
"""A phone with its country code, as a string or as a number."""

Url = Annotated[str, StringConstraints(min_length=1, max_length=1000), AfterValidator(_web_address)]

CallbackUrl = Annotated[str, StringConstraints(min_length=1, max_length=100), AfterValidator(_web_address)]

Moment = Annotated[
    Millis, BeforeValidator(_moment), WithJsonSchema({"type": "string", "examples": ["2026-03-16 09:00:00"]})
]
"""An instant, written `YYYY-MM-DD hh:mm:ss` or in ISO 8601; UTC where no offset is given."""


MomentOrDay = Annotated[Moment, BeforeValidator(_midnight)]
"""The same in filters, where a day stands for its midnight."""


def stamp(instant: Millis) -> str:
    """Format as `2026-03-15 14:30:00`, in UTC."""
    return f"{to_datetime(instant):%Y-%m-%d %H:%M:%S}"


def stamp_or_none(instant: Millis | None) -> str | None:
    return None if instant is None else stamp(instant)


def hours(lifetime: Millis) -> int:
    """Answer a validity in hours, as answers show it; a part of an hour counts as one."""
    return -(-lifetime // HOUR)


class RcsDialect(Dialect[Call, errors.RcsError]):
    """JSON both ways; refusals are `{"message", "errors"}`; a repeated POST is refused."""

    call = Call
    usual_policy = Policy()
    refusal: ClassVar[dict[str, Any]] = {
        "type": "object",
        "required": ["message"],
        "properties": {"message": {"type": "string"}, "errors": {"type": ["array", "object"]}},
    }

    def read(self, content_type: str, body: bytes) -> Any:
        if content_type and content_type.partition(";")[0].strip().lower() != "application/json":
            raise errors.UnsupportedMediaType
        try:
            return from_json(body, allow_inf_nan=False)
        except ValueError as problem:
            raise errors.SyntaxFault from problem

    def credential(self, call: Call) -> str:
        return _login_key(call.payload) if call.policy.credential == "body" else _bearer(call)

    def admit(self, call: Call, directory: Directory) -> Sandbox:
        logs_in = call.policy.credential == "body"
        claim = _login_claim(call, directory) if logs_in else _bearer_claim(call, directory)
        if claim is None:
            return directory.default
        call.grant = claim.grant
        return claim.sandbox

    def authorise(self, call: Call) -> None:
        if call.expires is not None and call.expires <= call.now:
            raise errors.ExpiredToken

    def repeated(self, call: Call) -> Response | None:
        if _is_guarded(call):
            earlier = call.turn.store.execute(
                _EARLIER, (_fingerprint(call), call.now - DUPLICATE_WINDOW, call.now)
            )
            if earlier.fetchone() is not None:
                raise errors.TooManyDuplicates
        return None

    def remember(self, call: Call, response: Response) -> None:
        if _is_guarded(call) and not _is_rehearsed(call):
            call.turn.store.execute(_FORGET, (call.now - DUPLICATE_WINDOW,))
            call.turn.store.execute(_REMEMBER, (_fingerprint(call), call.now))

    def refuse(self, call: Call, error: errors.RcsError) -> Response:
        return JSONResponse(error.body(), error.status)

    def invalid(self, problems: Problems) -> errors.RcsError:
        return errors.GivenDataInvalid(violations(problems))

    def unknown_path(self) -> errors.RcsError:
        return errors.NotFound()

    def wrong_method(self) -> errors.RcsError:
        return errors.MethodNotAllowed()

    def too_large(self, limit: int) -> errors.RcsError:
        return errors.PayloadTooLarge()

    def not_built(self, operation: Operation) -> errors.RcsError:
        return errors.NotImplementedHere(operation)

    def crashed(self) -> errors.RcsError:
        return errors.InternalServerError()


def account_credential(account_id: int) -> str:
    """Answer under which name an account's tokens lead to its sandbox."""
    return f"account:{account_id}"


def account_number(credential: str) -> int | None:
    """Answer the account that a name of `account_credential` stands for, None for a key."""
    head, _, number = credential.partition(":")
    return int(number) if head == "account" and number.isdecimal() else None


def _login_claim(call: Call, directory: Directory) -> Claim | None:
    """Answer what the body's key opens, or None where there is no key, which validation will say."""
    key = _login_key(call.payload)
    if not key:
        return None
    claim = _claim_of_key(key, directory)
    if claim is None:
        raise errors.InvalidCredentials
    return claim


def _bearer_claim(call: Call, directory: Directory) -> Claim:
    """Answer what the header's token or key opens. Raises TokenNotFound and InvalidToken."""
    credential = call.credential
    if not credential:
        raise errors.TokenNotFound
    claim = _claim_of_key(credential, directory) or _claim_of_token(call, credential, directory)
    if claim is None:
        raise errors.InvalidToken
    return claim


def _login_key(payload: Any) -> str:
    """Answer the key in the body of a login, or an empty text."""
    key = payload.get("api_key") if isinstance(payload, dict) else None
    return key if isinstance(key, str) else ""


def _bearer(call: Call) -> str:
    """Answer the token or key in a request's header, or an empty text."""
    scheme, _, credential = call.headers.get("authorization", "").strip().partition(" ")
    return credential.strip() if scheme.lower() in {"bearer", "bearer:"} else ""


def _claim_of_key(key: str, directory: Directory) -> Claim | None:
    claim = directory.find("rcs", key)
    return claim if claim is not None and claim.grant.key is not None else None


def _claim_of_token(call: Call, text: str, directory: Directory) -> Claim | None:
    token = tokens.read(text)
    if token is None:
        return None
    call.expires = token.expires
    return directory.find("rcs", account_credential(token.account_id))


def _is_guarded(call: Call) -> bool:
    return call.method == "POST" and call.policy.guards_duplicates


def _is_rehearsed(call: Call) -> bool:
    """Return whether the request only asks what would happen."""
    said = call.payload.get(call.policy.rehearsed_by) if isinstance(call.payload, dict) else None
    return bool(_FLAG.validate_python(said))


_FLAG: TypeAdapter[bool | None] = TypeAdapter(bool | None)


def _fingerprint(call: Call) -> str:
    return sha256(call.scope["path"].encode() + b"\n" + call.raw).hexdigest()


_EARLIER = "SELECT at FROM rcs_recent_post WHERE fingerprint = ? AND at > ? AND at <= ?"
_FORGET = "DELETE FROM rcs_recent_post WHERE at <= ?"
_REMEMBER = "INSERT OR REPLACE INTO rcs_recent_post (fingerprint, at) VALUES (?, ?)"
