"""Refusals of custom events. Code and text of locked properties are inferred."""

from emulator.autosend.errors import AutoSendError


class EventNotFound(AutoSendError):
    status = 404
    code = "EVENT_NOT_FOUND"
    text = "Event not found"


class InvalidEventNameCharacters(AutoSendError):
    status = 400
    code = "INVALID_EVENT_NAME_CHARACTERS"
    text = "Event name can only contain ASCII letters (a-z, A-Z), numbers (0-9), and underscores (_)."


class EventAlreadyExists(AutoSendError):
    status = 409
    code = "EVENT_ALREADY_EXISTS"
    text = "Event with this name already exists in the project"


class MaxEventsReached(AutoSendError):
    status = 400
    code = "MAX_EVENTS_REACHED"
    text = "Maximum number of events (100) reached for this project."


class NoDataToUpdate(AutoSendError):
    status = 400
    code = "NO_DATA_TO_UPDATE"
    text = "No data to update"


class EventPropertiesLocked(AutoSendError):
    """Inferred: the guide says that they are locked, and not how that is refused."""

    status = 400
    code = "EVENT_PROPERTIES_LOCKED"
    text = "Property names and types of an event that is used in an automation cannot be changed"


class EmailOrContactIdRequired(AutoSendError):
    status = 400
    code = "EMAIL_OR_CONTACT_ID_REQUIRED"
    text = "Either email or contactId is required"


class ContactNotFoundForEvent(AutoSendError):
    status = 404
    code = "CONTACT_NOT_FOUND_FOR_EVENT"
    text = "Contact not found for the provided email or contactId"


class UnknownProperty(AutoSendError):
    status = 400
    code = "UNKNOWN_PROPERTY"

    def __init__(self, name: str, event: str) -> None:
        super().__init__(f'Property "{name}" is not declared on event "{event}"')

    @classmethod
    def example(cls) -> "UnknownProperty":
        return cls("foo", "order_completed")


class InvalidPropertyValue(AutoSendError):
    status = 400
    code = "INVALID_PROPERTY_VALUE"

    def __init__(self, name: str, type_: str) -> None:
        super().__init__(f'Property "{name}" must be a {type_}')

    @classmethod
    def example(cls) -> "InvalidPropertyValue":
        return cls("order_total", "number")
