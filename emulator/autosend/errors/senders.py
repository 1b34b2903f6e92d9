"""Refusals of senders. The page of their creation prints the text alone."""

from emulator.autosend.errors import AutoSendError


class VerifiedDomainRequired(AutoSendError):
    status = 400
    text = "A verified domain is required before adding an authenticated sender"
    form = "text"


class SenderAlreadyExists(AutoSendError):
    status = 409
    text = "An authenticated sender with this email already exists"
    form = "text"


class SenderInUse(AutoSendError):
    status = 400
    code = "AUTHENTICATED_SENDER_IN_USE"
    text = "Cannot delete authenticated sender as it is used in templates"
    shows_status = True


class SenderNotFound(AutoSendError):
    status = 404
    code = "AUTHENTICATED_SENDER_NOT_FOUND"
    text = "Authenticated sender not found"
    shows_status = True
