"""Refusals of contact properties, and of the custom fields that they were."""

from emulator.autosend.errors import AutoSendError


class ContactPropertyNotFound(AutoSendError):
    status = 404
    code = "CONTACT_PROPERTY_NOT_FOUND"
    text = "Contact property not found"
    shows_status = True


class ContactPropertyAlreadyExists(AutoSendError):
    """Inferred, but for the status: clients of AutoSend take 409 for it."""

    status = 409
    code = "CONTACT_PROPERTY_ALREADY_EXISTS"
    text = "Contact property with this name already exists"


class CustomFieldNotFound(AutoSendError):
    status = 404
    code = "CUSTOM_FIELD_NOT_FOUND"
    text = "Custom field not found"
    shows_status = True


class CustomFieldAlreadyExists(AutoSendError):
    """Inferred, but for the status: clients of AutoSend take 409 for it."""

    status = 409
    code = "CUSTOM_FIELD_ALREADY_EXISTS"
    text = "Custom field with this name already exists"
