"""Refusals of contact lists. Those of a missing name and a wrong type were observed, not documented."""

from emulator.autosend.errors import AutoSendError


class ContactListNotFound(AutoSendError):
    status = 404
    code = "CONTACT_LIST_NOT_FOUND"
    text = "Contact list not found"
    shows_status = True


class ListNameRequired(AutoSendError):
    status = 400
    code = "LIST_NAME_REQUIRED"
    text = "List name is required"


class InvalidListType(AutoSendError):
    status = 400
    code = "INVALID_LIST_TYPE"
    text = 'Invalid list type. Must be either "list" or "segment"'


class ContactListAlreadyExists(AutoSendError):
    """Inferred: names are documented as unique, the refusal of another is not."""

    status = 409
    code = "CONTACT_LIST_ALREADY_EXISTS"
    text = "A contact list with this name already exists in the project"


class ContactListCreationFailed(AutoSendError):
    """Only a fault rule makes it: a user met it once, in an outage."""

    status = 500
    text = "Failed to create contact list"


class CannotDeleteContactListInUse(AutoSendError):
    status = 400
    code = "CANNOT_DELETE_CONTACT_LIST_IN_USE"
    text = "Cannot delete contact list as it is used in active resources."
    shows_status = True


class GlobalContactListIsFixed(AutoSendError):
    """Inferred: that nobody can be taken out of it is documented, how that is refused is not."""

    status = 400
    code = "GLOBAL_CONTACT_LIST_IS_FIXED"
    text = "The global contact list can not be changed"
    shows_status = True
