"""Refusals of mails."""

from emulator.autosend.errors import AutoSendError


class SentTemplateNotFound(AutoSendError):
    """In the form of the troubleshooting guide, which names no HTTP status: 400 is inferred."""

    status = 400
    code = "TEMPLATE_NOT_FOUND"
    text = "Template not found"
    form = "flat"
