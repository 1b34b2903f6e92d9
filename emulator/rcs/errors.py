"""The refusals of the RCS provider: text and HTTP status.

The documentation names the texts of validation, of a wrong campaign status, of an unknown tariff
or list and of repeated requests; those of authentication and of the transport are inferred.
"""

from typing import Any, ClassVar

from emulator.gateway.catalogue import Operation
from emulator.rcs.violations import Violations, too_long
from emulator.sandbox.refusal import ProviderError


class RcsError(ProviderError):
    """A refusal `{"message", "errors"}`; `errors` is an empty list where no field is to blame."""

    text: ClassVar[str]
    errors: Any = ()

    def __init__(self, text: str | None = None) -> None:
        super().__init__(text or self.text)
        self.message = text or self.text

    def body(self) -> dict[str, Any]:
        return {"message": self.message, "errors": self.errors or []}


class SyntaxFault(RcsError):
    """Inferred."""

    status = 400
    text = "Syntax error"


class TokenNotFound(RcsError):
    """Inferred."""

    status = 401
    text = "JWT Token not found"


class InvalidToken(RcsError):
    """Inferred."""

    status = 401
    text = "Invalid JWT Token"


class ExpiredToken(RcsError):
    """Inferred."""

    status = 401
    text = "Expired JWT Token"


class InvalidCredentials(RcsError):
    """Inferred."""

    status = 401
    text = "Invalid credentials."


class NotFound(RcsError):
    status = 404
    text = "Not Found"


class ModelNotFound(RcsError):
    status = 404
    text = "Model not found"


class MethodNotAllowed(RcsError):
    """Inferred."""

    status = 405
    text = "Method Not Allowed"


class PayloadTooLarge(RcsError):
    """Inferred."""

    status = 413
    text = "Payload Too Large"


class UnsupportedMediaType(RcsError):
    """Inferred."""

    status = 415
    text = "Unsupported Media Type"


class GivenDataInvalid(RcsError):
    status = 422
    text = "The given data was invalid."

    def __init__(self, errors: Violations) -> None:
        super().__init__()
        self.errors = errors

    @classmethod
    def example(cls) -> "GivenDataInvalid":
        return cls({"phones0number": [too_long(15)]})


class InvalidCampaignStatus(RcsError):
    status = 422
    text = "Invalid campaign status"


class TariffNotFound(RcsError):
    status = 422
    text = "Tariff was not found"


class ContactGroupNotFound(RcsError):
    status = 422
    text = "Contact group is not found"


class InsufficientFunds(RcsError):
    """Inferred for sending; documented for confirmation codes."""

    status = 422
    text = "Insufficient funds"


class TooManyDuplicates(RcsError):
    status = 429
    text = "Too many duplicate request detected"

    def body(self) -> dict[str, Any]:
        return {"message": self.message}


class InternalServerError(RcsError):
    """Inferred."""

    status = 500
    text = "Internal Server Error"


class NotImplementedHere(RcsError):
    """Not the provider's: the emulator knows the operation and does not have it yet."""

    status = 501
    text = "The emulator does not have this operation yet"

    def __init__(self, operation: Operation) -> None:
        super().__init__(f"{operation.title} ({operation.key}) is documented, but not in this emulator yet")
