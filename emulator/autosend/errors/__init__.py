"""AutoSend's refusals: code, text and HTTP status, a module per section beside those of every operation.

https://docs.autosend.com/api-reference/errors and the pages of the operations. The pages print a
refusal in several forms; each has the form that its page shows.
"""

import re
from collections.abc import Iterable
from typing import Any, ClassVar, Literal

from emulator.gateway.catalogue import Operation
from emulator.sandbox.refusal import ProviderError


class AutoSendError(ProviderError):
    """A refusal `{"success": false, "error": {"message", "code", …}}`, or in another form."""

    code: ClassVar[str] = ""
    """Empty where the page shows none."""
    text: ClassVar[str]
    form: ClassVar[Literal["object", "text", "list", "flat"]] = "object"
    """What `error` is: an object, the text alone, a list with one object; `flat` has no `error`."""
    shows_status: ClassVar[bool] = False
    """Whether the object names the HTTP status too."""

    def __init__(self, text: str | None = None, **extra: Any) -> None:
        super().__init__(text or self.text)
        self.message = text or self.text
        self.extra = extra
        """More fields of the `error` object."""

    def body(self) -> dict[str, Any]:
        """Answer the whole body of the answer."""
        code = {"code": self.code} if self.code else {}
        shown = {"status": self.status} if self.shows_status else {}
        described = {"message": self.message} | code | shown | self.extra
        match self.form:
            case "object":
                return {"success": False, "error": described}
            case "text":
                return {"success": False, "error": self.message}
            case "list":
                return {"success": False, "error": [described]}
            case "flat":
                return {"success": False} | described


class ValidationFailed(AutoSendError):
    status = 400
    code = "VALIDATION_FAILED"
    text = "Validation failed"

    def __init__(self, *details: tuple[str, str]) -> None:
        super().__init__(details=[{"field": field, "message": message} for field, message in details])

    @classmethod
    def example(cls) -> "ValidationFailed":
        return cls(("name", "Field required"))

    @classmethod
    def instead_of(cls, refusal: "ValidationFailed") -> "ValidationFailed":
        """Return the same complaints in this section's words."""
        return cls(*((detail["field"], detail["message"]) for detail in refusal.extra["details"]))


class InvalidEncryptedPayload(AutoSendError):
    status = 400
    code = "INVALID_ENCRYPTED_PAYLOAD"
    text = "Invalid encrypted payload"
    shows_status = True


class Unauthorized(AutoSendError):
    status = 401
    code = "UNAUTHORIZED"
    text = "Unauthorized"


class InvalidApiKey(AutoSendError):
    """The same on the pages of inbound mails."""

    status = 401
    text = "Invalid or missing API key"


class PlanUpgradeRequired(AutoSendError):
    """Only a fault rule makes it: accounts here have no plan."""

    status = 402
    code = "PLAN_UPGRADE_REQUIRED"
    text = "Please upgrade your plan to access these resources."


class InsufficientPermissions(AutoSendError):
    status = 403
    code = "INSUFFICIENT_PERMISSIONS"
    text = "Insufficient permissions to access these resources."


class NotFound(AutoSendError):
    status = 404
    code = "NOT_FOUND"
    text = "The requested resource was not found."


class PayloadTooLarge(AutoSendError):
    """Inferred."""

    status = 413
    code = "PAYLOAD_TOO_LARGE"
    text = "Request body is larger than the limit"


class RateLimitExceeded(AutoSendError):
    status = 429
    code = "RATE_LIMIT_EXCEEDED"
    text = "Rate limit exceeded"

    @classmethod
    def example(cls) -> "RateLimitExceeded":
        return cls(retryAfter=1)


class InternalServerError(AutoSendError):
    status = 500
    code = "INTERNAL_SERVER_ERROR"
    text = "Something went wrong on our end"


class NotImplementedHere(AutoSendError):
    """Not AutoSend's: the emulator knows the operation and does not have it yet."""

    status = 501
    code = "NOT_IMPLEMENTED"
    text = "The emulator does not have this operation yet"

    def __init__(self, operation: Operation) -> None:
        super().__init__(f"{operation.title} ({operation.key}) is documented, but not in this emulator yet")


def problem_details(problems: Iterable[Any], *inside: str) -> list[tuple[str, str]]:
    """Answer field and complaint of what validators found, maybe inside of a place; of each field, once."""
    details: dict[str, str] = {}
    for problem in problems:
        field, complaint = _detail([*inside, *problem["loc"]], str(problem["msg"]))
        details.setdefault(field, complaint)
    return list(details.items())


def _detail(loc: Iterable[object], message: str) -> tuple[str, str]:
    source, *place = map(str, loc)
    field = ".".join(part for part in place if not _BRANCH.fullmatch(part))
    return field or source, message.removeprefix("Value error, ")


_BRANCH = re.compile(r"str|int|float|bool|constrained-\w+|(function-\w+|literal|list|dict|nullable)\[.*\]")
"""What pydantic calls the choices of a value that may be of several types."""
