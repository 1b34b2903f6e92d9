"""The dialect of the RCS provider: how requests are read, and how responses look.

The general principles at https://bsg.world/documentations/rest-api/general-principles/ and the
vendor's OpenAPI in github.com/bsgworld/go-sdk (v2/api/openapi.yaml).
"""

from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Annotated, Any, ClassVar, Literal

from pydantic import TypeAdapter
from starlette.responses import JSONResponse, Response

from emulator.engine.clock import SECOND, Millis
from emulator.engine.engine import Turn
from emulator.gateway import call as gateway
from emulator.gateway import policy
from emulator.gateway.call import Problems
from emulator.gateway.catalogue import Operation
from emulator.gateway.encodings import BYTE_ORDER_MARKS
from emulator.gateway.json_bodies import TooManyValuesError, decoded
from emulator.providers import Dialect
from emulator.rcs import refusals, tokens
from emulator.rcs.tables.account import Account
from emulator.rcs.values import Flag
from emulator.rcs.violations import violations
from emulator.sandbox.directory import Claim, Directory
from emulator.sandbox.sandbox import Sandbox

DUPLICATE_WINDOW = 10 * SECOND
FIRST_REFUSAL = 400
"""The lowest HTTP status that tells that nothing was done."""


@dataclass(frozen=True)
class Grant:
    """The account that a credential opens; `key` is None for the account's tokens."""

    account_id: int
    key: str | None


@dataclass(frozen=True)
class Policy(policy.Policy):
    """What is special about an operation of the RCS provider."""

    credential: Literal["header", "body"] = "header"
    """The place of the credential: a bearer token or key in a header, or the `api_key` in a login's body."""
    guards_duplicates: bool = True
    """Whether a POST that repeats an earlier one is refused for a while."""
    rehearsed_by: str = ""
    """The flag in the body by which nothing is sent; such a rehearsal may be repeated. Empty for none."""

    @property
    def has_bearer(self) -> bool:
        return self.credential == "header"


class Call(gateway.Call):
    """A request to the RCS provider, with the account that it is about."""

    policy: Policy
    grant: Grant
    expires: Millis | None = None
    """When its token expires; None for a key."""

    @property
    def account(self) -> Account:
        return self.db.get_one(Account, self.grant.account_id)

    @cached_property
    def fingerprint(self) -> str:
        """A digest of address and body, which is the same for a repetition of the request."""
        address = self.scope["path"].encode() + b"?" + self.scope["query_string"]
        return sha256(address + b"\n" + self.raw).hexdigest()


LongCall = Annotated[Call, Policy(is_long=True)]
"""A request that may be about any number of rows, however short it is."""

UnguardedCall = Annotated[Call, Policy(guards_duplicates=False)]
"""A POST that may be repeated at once."""

DeletingCall = Annotated[Call, Policy(guards_duplicates=False, is_long=True)]
"""A POST that deletes any number of rows, and may be repeated at once."""


class RcsDialect(Dialect[Call, refusals.RcsError]):
    """JSON both ways; refusals are `{"message", "errors"}`; a repeated POST is refused."""

    call = Call
    usual_policy = Policy()
    refusal: ClassVar[dict[str, Any]] = {
        "type": "object",
        "anyOf": [{"required": ["message"]}, {"required": ["error", "errorDescription"]}],
        "properties": {
            "message": {"type": "string"},
            "errors": {"type": ["array", "object"]},
            "error": {"type": "integer"},
            "errorDescription": {"type": "string"},
        },
    }

    def read(self, content_type: str, body: bytes) -> Any:
        if content_type and content_type.partition(";")[0].strip().lower() != "application/json":
            raise refusals.UnsupportedMediaType
        if body.startswith(BYTE_ORDER_MARKS):
            raise refusals.ByteOrderMark
        try:
            return decoded(body)
        except TooManyValuesError as problem:
            raise refusals.TooManyValues(problem) from problem
        except ValueError as problem:
            raise refusals.SyntaxFault from problem

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
            raise refusals.ExpiredToken

    def repeated(self, call: Call) -> Response | None:
        if _is_guarded(call):
            since = call.now - DUPLICATE_WINDOW
            earlier = call.turn.store.execute(_EARLIER, (call.fingerprint, since))
            if earlier.fetchone() is not None:
                raise refusals.TooManyDuplicates
        return None

    def remember(self, call: Call, response: Response) -> None:
        if _is_guarded(call) and not _is_rehearsed(call) and response.status_code < FIRST_REFUSAL:
            call.turn.store.execute(_FORGET, (call.now - DUPLICATE_WINDOW,))
            call.turn.store.execute(_REMEMBER, (call.fingerprint, call.now))

    def refuse(self, call: Call, error: refusals.RcsError) -> Response:
        return JSONResponse(error.body(), error.status)

    def invalid(self, problems: Problems) -> refusals.RcsError:
        return refusals.GivenDataInvalid(violations(problems))

    def unknown_path(self) -> refusals.RcsError:
        return refusals.NotFound()

    def wrong_method(self) -> refusals.RcsError:
        return refusals.MethodNotAllowed()

    def too_large(self, limit: int) -> refusals.RcsError:
        return refusals.PayloadTooLarge()

    def unsupported_encoding(self, encoding: str) -> refusals.RcsError:
        return refusals.UnsupportedEncoding(encoding)

    def not_built(self, operation: Operation) -> refusals.RcsError:
        return refusals.NotImplementedHere(operation.title, operation.key)

    def crashed(self) -> refusals.RcsError:
        return refusals.InternalServerError()


def go_back(turn: Turn, was: Millis) -> None:
    """After the clock was set back, forget later requests: none is a repetition of them."""
    turn.store.execute(_FORGET_LATER, (turn.now,))


def account_credential(account_id: int) -> str:
    """Return the name by which the directory finds the sandbox of an account's tokens."""
    return f"account:{account_id}"


def account_number(credential: str) -> int | None:
    """Return the account number in a name of `account_credential`; None for a key."""
    head, _, number = credential.partition(":")
    return int(number) if head == "account" and number.isdecimal() else None


def _login_claim(call: Call, directory: Directory) -> Claim | None:
    """Return the claim of the key in the body; None for no key, which validation refuses."""
    key = _login_key(call.payload)
    if not key:
        return None
    claim = _claim_of_key(key, directory)
    if claim is None:
        raise refusals.InvalidCredentials
    return claim


def _bearer_claim(call: Call, directory: Directory) -> Claim:
    """Return the claim of the token or key in the header. Raises TokenNotFound and InvalidToken."""
    credential = call.credential
    if not credential:
        raise refusals.TokenNotFound
    claim = _claim_of_key(credential, directory) or _claim_of_token(call, credential, directory)
    if claim is None:
        raise refusals.InvalidToken
    return claim


def _login_key(payload: Any) -> str:
    """Return the key in the body of a login, or an empty text."""
    key = payload.get("api_key") if isinstance(payload, dict) else None
    return key if isinstance(key, str) else ""


def _bearer(call: Call) -> str:
    """Return the token or key in a request's header, or an empty text."""
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
    """Return whether the request is a rehearsal, which only asks what would happen."""
    flag = call.policy.rehearsed_by
    if not flag or not isinstance(call.payload, dict):
        return False
    return bool(_FLAG.validate_python(call.payload.get(flag)))


_FLAG: TypeAdapter[bool | None] = TypeAdapter(Flag | None)


_EARLIER = "SELECT at FROM rcs_recent_post WHERE fingerprint = ? AND at > ?"
_FORGET = "DELETE FROM rcs_recent_post WHERE at <= ?"
_FORGET_LATER = "DELETE FROM rcs_recent_post WHERE at > ?"
_REMEMBER = "INSERT OR REPLACE INTO rcs_recent_post (fingerprint, at) VALUES (?, ?)"
