"""Refusals of webhooks. The one of too many is inferred."""

from emulator.autosend.errors import AutoSendError, ValidationFailed


class WebhookNotFound(AutoSendError):
    status = 404
    code = "WEBHOOK_NOT_FOUND"
    text = "Webhook not found"


class InvalidWebhook(AutoSendError):
    """No usable address. Its text for missing or unknown events is inferred."""

    status = 400
    code = "VALIDATION_ERROR"
    text = "A valid webhook URL is required"


class InvalidWebhookRequest(ValidationFailed):
    """What else is wrong with a request, under the code of this section."""

    code = "VALIDATION_ERROR"


class WebhookSecretFixed(AutoSendError):
    status = 400
    code = "VALIDATION_ERROR"
    text = "Secret cannot be updated. Create a new webhook instead."


class WebhookNotSubscribed(AutoSendError):
    status = 400
    code = "WEBHOOK_NOT_SUBSCRIBED"

    def __init__(self, event: str = "email.delivered") -> None:
        super().__init__(f"Webhook is not subscribed to this event: {event}")


class UnauthorizedWebhookAccess(AutoSendError):
    """Only a fault rule makes it: a webhook of another organisation is answered like an unknown one."""

    status = 403
    code = "UNAUTHORIZED_WEBHOOK_ACCESS"
    text = "Unauthorized access to webhook"
    shows_status = True


class MaxWebhooksReached(AutoSendError):
    """Inferred: the limit is documented, its refusal is not."""

    status = 400
    code = "MAX_WEBHOOKS_REACHED"
    text = "Maximum number of webhooks (100) reached for this project."
