"""Refusals of contacts. Codes and texts of the existing address are inferred."""

from emulator.autosend.errors import AutoSendError


class ContactNotFound(AutoSendError):
    status = 404
    code = "CONTACT_NOT_FOUND"
    text = "Contact not found"
    shows_status = True


class ContactAlreadyExists(AutoSendError):
    status = 400
    code = "CONTACT_ALREADY_EXISTS"
    text = "A contact with this email already exists in the project"


class ContactEmailTaken(AutoSendError):
    """The same for a copy, where a withdrawn page has another status."""

    status = 409
    code = "CONTACT_ALREADY_EXISTS"
    text = "A contact with this email already exists in the project"


class ContactDeletionFailed(AutoSendError):
    """Only a fault rule makes it: the database of the emulator does not fail."""

    status = 500
    code = "CONTACT_DELETION_FAILED"
    text = "Contact deletion failed. Please try again."
    shows_status = True
