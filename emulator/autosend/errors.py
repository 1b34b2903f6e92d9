"""AutoSend's refusals: code, text and HTTP status.

Those of campaign actions in a wrong state are inferred; the others are documented at
https://docs.autosend.com/api-reference/errors and on the pages of their operations.
"""

from typing import Any, ClassVar

from emulator.core.call import ProviderError
from emulator.core.catalogue import Operation


class AutoSendError(ProviderError):
    """A refusal `{"success": false, "error": {"message", "code", …}}`."""

    code: ClassVar[str]
    text: ClassVar[str]

    def __init__(self, text: str | None = None, **extra: Any) -> None:
        super().__init__(text or self.text)
        self.message = text or self.text
        self.extra = extra
        """More fields of the `error` object."""


class ValidationFailed(AutoSendError):
    status = 400
    code = "VALIDATION_FAILED"
    text = "Validation failed"

    def __init__(self, *details: tuple[str, str]) -> None:
        super().__init__(details=[{"field": field, "message": message} for field, message in details])

    @classmethod
    def example(cls) -> "ValidationFailed":
        return cls(("name", "Field required"))


class Unauthorized(AutoSendError):
    status = 401
    code = "UNAUTHORIZED"
    text = "Unauthorized"


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


class CampaignNotFound(AutoSendError):
    status = 404
    code = "CAMPAIGN_NOT_FOUND"
    text = "Campaign not found"

    def __init__(self) -> None:
        super().__init__(status=self.status)


class CampaignAnalyticsNotFound(AutoSendError):
    """The same refusal in the form that the analytics page shows."""

    status = 404
    code = "CAMPAIGN_NOT_FOUND"
    text = "Campaign not found"

    def __init__(self) -> None:
        super().__init__(details="No campaign matching the provided ID was found in this project.")


class OnlyDraftCampaignsCanBeDeleted(AutoSendError):
    status = 400
    code = "ONLY_DRAFT_CAMPAIGNS_CAN_BE_DELETED"
    text = "Only draft campaigns can be deleted"

    def __init__(self, campaign_status: str = "") -> None:
        super().__init__(status=self.status)


class CampaignActionRefused(AutoSendError):
    """Inferred: the campaign's status does not allow the action."""

    status = 400
    verb: ClassVar[str]

    def __init__(self, campaign_status: str = "draft") -> None:
        super().__init__(f"Campaign cannot be {self.verb} in status {campaign_status}")


class CannotAbortCampaign(CampaignActionRefused):
    code = "CANNOT_ABORT_CAMPAIGN"
    verb = "aborted"


class CannotPauseCampaign(CampaignActionRefused):
    code = "CANNOT_PAUSE_CAMPAIGN"
    verb = "paused"


class CannotResumeCampaign(CampaignActionRefused):
    code = "CANNOT_RESUME_CAMPAIGN"
    verb = "resumed"


class CannotEditCampaign(CampaignActionRefused):
    code = "CANNOT_EDIT_CAMPAIGN"
    verb = "edited"


class MaxDraftCampaignsReached(AutoSendError):
    """Inferred: the limit is documented, its refusal is not."""

    status = 400
    code = "MAX_DRAFT_CAMPAIGNS_REACHED"
    text = "Maximum number of draft campaigns (50) reached for this project."
