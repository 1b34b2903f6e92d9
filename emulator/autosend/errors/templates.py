"""Refusals of templates."""

from emulator.autosend.errors import AutoSendError


class TemplateNotFound(AutoSendError):
    """Inferred: code and text stand in the guide on sending, where they are shown without a status."""

    status = 404
    code = "TEMPLATE_NOT_FOUND"
    text = "Template not found"
    shows_status = True


class DeleteTemplateFailed(AutoSendError):
    status = 400
    code = "DELETE_TEMPLATE_FAILED"
    text = "Template delete failed"
    shows_status = True
