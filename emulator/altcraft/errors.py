"""Altcraft's refusals: the code in `error` and the text in `error_text`.

Codes 400, 401 and 403 are documented at https://guides.altcraft.com/en/developer-guide/api-interaction;
the other codes, and all texts but that of 401, are inferred.
"""

from typing import ClassVar

from emulator.gateway.catalogue import Operation
from emulator.sandbox.refusal import ProviderError


class AltcraftError(ProviderError):
    """A refusal `{"data": null, "error": <status>, "error_text": <text>}`."""

    text: ClassVar[str]

    def __init__(self, text: str | None = None) -> None:
        super().__init__(text or self.text)
        self.message = text or self.text


class IncorrectRequest(AltcraftError):
    """A parameter is missing or wrong, or the body is malformed."""

    status = 400
    text = "Incorrect request"

    def __init__(self, field: str = "id", reason: str = "Field required") -> None:
        super().__init__(f"{self.text}: {field}: {reason}")


class WrongState(AltcraftError):
    """The object's state does not allow the action."""

    status = 400
    text = "Incorrect request"

    def __init__(self, kind: str = "mailing", number: int = 12, state: str = "completed") -> None:
        super().__init__(f"{self.text}: {kind} {number} is {state}")


class TokenRequired(AltcraftError):
    status = 401
    text = "API token required"


class AccessDenied(AltcraftError):
    """The token is unknown, or lacks the right that the operation needs."""

    status = 403
    text = "Access denied"


class ObjectNotFound(AltcraftError):
    """There is no such object, or it is in groups that the token does not see."""

    status = 404
    text = "Object not found"

    def __init__(self, kind: str = "mailing", number: int = 12) -> None:
        super().__init__(f"{self.text}: {kind} {number}")


class MethodNotFound(AltcraftError):
    status = 404
    text = "Method not found"


class MethodNotAllowed(AltcraftError):
    status = 405
    text = "Method not allowed"


class RequestTooLarge(AltcraftError):
    status = 413
    text = "Request is too large"

    def __init__(self, megabytes: int = 10) -> None:
        super().__init__(f"{self.text}: more than {megabytes} MB")


class InternalError(AltcraftError):
    status = 500
    text = "Internal error"


class NotImplementedHere(AltcraftError):
    """Not Altcraft's: the emulator knows the operation and does not have it yet."""

    status = 501
    text = "The emulator does not have this operation yet"

    def __init__(self, operation: Operation) -> None:
        super().__init__(f"{operation.title} ({operation.key}) is documented, but not in this emulator yet")
