"""The refusals of AutoSend: their forms, and those that any operation can return.

https://docs.autosend.com/api-reference/errors. The pages show refusals in several forms; each has the form
that its page shows. Refusals of a single section are defined in that section.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from emulator.sandbox.refusal import ProviderError

Form = Literal["object", "status", "text", "list", "flat"]
"""The form of `error`: an object, one with the HTTP status too, only the text, or a list with one object.

A `flat` refusal has no `error`.
"""


class AutoSendError(ProviderError):
    """A refusal `{"success": false, "error": {"message", "code", …}}`, or in another form."""

    code: ClassVar[str] = ""
    """The code; empty if the page shows none."""
    text: ClassVar[str] = ""
    """The message, with `{}` for each value in it."""
    form: ClassVar[Form] = "object"
    fields: ClassVar[Mapping[str, Any]] = {}
    """Further fields of the `error` object."""

    def __init__(self, *values: object, text: str | None = None, **fields: Any) -> None:
        self.message = text or self.text.format(*values)
        super().__init__(self.message)
        self.extra = {**self.fields, **fields}

    def body(self) -> dict[str, Any]:
        """Return the body of the response."""
        code = {"code": self.code} if self.code else {}
        status = {"status": self.status} if self.form == "status" else {}
        described = {"message": self.message} | code | status | self.extra
        match self.form:
            case "text":
                return {"success": False, "error": self.message}
            case "list":
                return {"success": False, "error": [described]}
            case "flat":
                return {"success": False} | described
        return {"success": False, "error": described}


def refusal(
    status: int,
    code: str,
    text: str,
    *,
    form: Form = "object",
    inferred: str = "",
    made_by_faults: bool = False,
    example: tuple[str, ...] = (),
    name: str = "",
    **fields: Any,
) -> type[AutoSendError]:
    """Return a new class of refusals. Fault rules refer to it by its name.

    Args:
        status: The HTTP status.
        code: The `code`, empty if the page shows none.
        text: The `message`, with `{}` for each value in it.
        form: The form of `error`.
        inferred: The parts that the documentation does not give: `text`, `code, text`, `status` or `all`.
        made_by_faults: Whether only fault rules raise it, because nothing fails like that here.
        example: The values in the message of the documentation's example.
        name: The name that it is assigned to, if that is not the code in CamelCase.
        fields: Further fields of the `error` object.
    """
    return AutoSendError.named(
        name or code.title().replace("_", ""),
        status=status,
        code=code,
        text=text,
        form=form,
        inferred=inferred,
        made_by_faults=made_by_faults,
        example_values=example,
        fields=fields,
    )


class ValidationFailed(AutoSendError):
    """Fields are missing or invalid: `details` lists field and message of each."""

    status = 400
    code = "VALIDATION_FAILED"
    text = "Validation failed"

    def __init__(self, *details: tuple[str, str]) -> None:
        super().__init__(details=[{"field": field, "message": message} for field, message in details])

    @classmethod
    def example(cls) -> "ValidationFailed":
        return cls(("name", "name is required"))

    @classmethod
    def instead_of(cls, refusal: "ValidationFailed") -> "ValidationFailed":
        """Return a refusal of this class with the details of another one."""
        return cls(*((detail["field"], detail["message"]) for detail in refusal.extra["details"]))


InvalidEncryptedPayload = refusal(
    400, "INVALID_ENCRYPTED_PAYLOAD", "Invalid encrypted payload", form="status"
)
Unauthorized = refusal(401, "UNAUTHORIZED", "Unauthorized")
# Unauthorized, as the pages of inbound mails show it.
InvalidApiKey = refusal(401, "", "Invalid or missing API key", name="InvalidApiKey")
PlanUpgradeRequired = refusal(
    402, "PLAN_UPGRADE_REQUIRED", "Please upgrade your plan to access these resources."
)
InsufficientPermissions = refusal(
    403, "INSUFFICIENT_PERMISSIONS", "Insufficient permissions to access these resources."
)
AccountKeyRequired = refusal(
    403, "", "This endpoint requires an organization admin API key (ASA_ prefix)", name="AccountKeyRequired"
)
SenderDomainNotVerified = refusal(
    403, "DOMAIN_NOT_VERIFIED", "Domain not verified", inferred="code", name="SenderDomainNotVerified"
)
NotFound = refusal(404, "NOT_FOUND", "The requested resource was not found.")
PayloadTooLarge = refusal(413, "PAYLOAD_TOO_LARGE", "Request body is larger than the limit", inferred="all")
UnsupportedEncoding = refusal(
    415,
    "UNSUPPORTED_MEDIA_TYPE",
    'Unsupported content encoding "{}"',
    inferred="all",
    example=("zstd",),
    name="UnsupportedEncoding",
)
RateLimitExceeded = refusal(429, "RATE_LIMIT_EXCEEDED", "Rate limit exceeded", retryAfter=1)
InternalServerError = refusal(500, "INTERNAL_SERVER_ERROR", "Something went wrong on our end")
NotImplementedHere = refusal(
    501,
    "NOT_IMPLEMENTED",
    "{} ({}) is documented, but not in this emulator yet",
    example=("An operation", "POST /v1/operations"),
    name="NotImplementedHere",
)
