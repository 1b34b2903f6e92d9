"""Events.

https://docs.autosend.com/api-reference/events
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path
from pydantic import Field, StringConstraints, model_validator
from sqlmodel import col, func, select

from emulator.autosend.complaints import INVALID, complaint
from emulator.autosend.contacts import find_by_email
from emulator.autosend.criteria import EVENT
from emulator.autosend.dialect import Call
from emulator.autosend.javascript import text_of
from emulator.autosend.limits import MOST_EVENT_PROPERTIES, MOST_EVENTS, Description, EventPropertyName
from emulator.autosend.listing import find
from emulator.autosend.models import Body, Done, Model, Reply
from emulator.autosend.refusals import ValidationFailed, refusal
from emulator.autosend.sending.automations import find_event
from emulator.autosend.sending.entering import event_sent
from emulator.autosend.tables.account import made_in
from emulator.autosend.tables.automations import Automation, EventDefinition, EventLog
from emulator.autosend.tables.contacts import Contact
from emulator.autosend.values import Filled, Instant, MaybeId, number_in, read_date, whole
from emulator.engine.clock import LATEST, iso_millis, millis_of
from emulator.gateway.route import OperationRoute, refuses
from emulator.storage.tables import insertion_order

router = APIRouter(prefix="/v1/events", tags=["Events"], route_class=OperationRoute)

EventNotFound = refusal(404, "EVENT_NOT_FOUND", "Event not found")
InvalidEventNameCharacters = refusal(
    400,
    "INVALID_EVENT_NAME_CHARACTERS",
    "Event name can only contain ASCII letters (a-z, A-Z), numbers (0-9), and underscores (_).",
)
EventAlreadyExists = refusal(
    409, "EVENT_ALREADY_EXISTS", "Event with this name already exists in the project"
)
MaxEventsReached = refusal(
    400, "MAX_EVENTS_REACHED", "Maximum number of events (100) reached for this project."
)
NoDataToUpdate = refusal(400, "NO_DATA_TO_UPDATE", "No data to update")
EventPropertiesLocked = refusal(
    400,
    "EVENT_PROPERTIES_LOCKED",
    "Property names and types of an event that is used in an automation cannot be changed",
    inferred="code, text",
)
EmailOrContactIdRequired = refusal(
    400, "EMAIL_OR_CONTACT_ID_REQUIRED", "Either email or contactId is required"
)
ContactNotFoundForEvent = refusal(
    404, "CONTACT_NOT_FOUND_FOR_EVENT", "Contact not found for the provided email or contactId"
)
UnknownProperty = refusal(
    400, "UNKNOWN_PROPERTY", 'Property "{}" is not declared on event "{}"', example=("foo", "order_completed")
)
InvalidPropertyValue = refusal(
    400, "INVALID_PROPERTY_VALUE", 'Property "{}" must be a {}', example=("order_total", "number")
)

LARGEST_NUMBER = 1e300
UNREADABLE = (TypeError, ValueError, OverflowError, KeyError)

Name = Annotated[Filled, StringConstraints(max_length=64)]
AnyAddress = Annotated[str, StringConstraints(to_lower=True)]
"""A text that may be the address of a contact."""
EventName = Annotated[str, Path(alias="eventName", description="The event's name.")]


class EventAnswer(Model):
    id: str
    event_name: str
    description: str | None
    properties: list[dict[str, Any]]
    created_at: Instant
    updated_at: Instant


class CreatedEvent(EventAnswer):
    project_id: str


class EventList(Model):
    events: list[EventAnswer]


@router.get("")
async def list_events(call: Call) -> Reply[EventList]:
    """Return the events of the project, the newest first.

    https://docs.autosend.com/api-reference/events/list-events
    """
    statement = select(EventDefinition).where(
        EventDefinition.project_id == call.project_id, col(EventDefinition.deleted_at).is_(None)
    )
    rows = call.db.exec(statement.order_by(insertion_order(EventDefinition).desc()))
    return Reply(data=EventList(events=[EventAnswer.of(row) for row in rows]))


@router.get("/eventName/{eventName}", responses=refuses(EventNotFound))
async def get_event(call: Call, event_name: EventName) -> Reply[EventAnswer]:
    """Return one event.

    https://docs.autosend.com/api-reference/events/get-event
    """
    return Reply(data=EventAnswer.of(_find(call, event_name)))


def _find(call: Call, name: str) -> EventDefinition:
    event = find_event(call.db, call.project_id, name)
    if event is None:
        raise EventNotFound
    return event


class Property(Body):
    """A property of an event. Suggested values can also be sent as one text, separated by commas."""

    property_name: EventPropertyName
    type: Literal["string", "number", "date", "boolean"]
    description: Description | None = None
    suggested_values: list[Any] | str = Field([], max_length=1000)

    @model_validator(mode="after")
    def _suggests_values_of_its_type(self) -> "Property":
        given = self.suggested_values
        values = given if isinstance(given, list) else [part.strip() for part in given.split(",")]
        try:
            self.suggested_values = [READERS[self.type](value) for value in values if value not in {"", None}]
        except UNREADABLE:
            raise complaint(INVALID, "suggestedValues") from None
        return self


class EventFields(Body):
    description: Description | None = None
    properties: list[Property] | None = Field(None, max_length=MOST_EVENT_PROPERTIES)

    @model_validator(mode="after")
    def _names_each_property_once(self) -> "EventFields":
        names = [one.property_name for one in self.properties or []]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise complaint(f'Property "{twice}" must be unique', "properties")
        return self

    def described(self) -> list[dict[str, Any]]:
        """Return the properties as they are stored and returned: with the field names of the API."""
        return [one.model_dump(by_alias=True) for one in self.properties or []]


class CreateEvent(EventFields):
    event_name: Name


@router.post(
    "",
    status_code=201,
    responses=refuses(ValidationFailed, InvalidEventNameCharacters, EventAlreadyExists, MaxEventsReached),
)
async def create_event(call: Call, body: CreateEvent) -> Reply[CreatedEvent]:
    """Declare an event with its properties.

    https://docs.autosend.com/api-reference/events/create-event
    """
    _check_name(call, body.event_name)
    event = EventDefinition(
        id=call.turn.ids.hex("autosend.event"),
        name=body.event_name,
        description=body.description,
        properties=body.described(),
        **made_in(call.project_id, call.now),
    )
    call.db.add(event)
    return Reply(data=CreatedEvent.of(event))


def _check_name(call: Call, name: str) -> None:
    """Raise InvalidEventNameCharacters, EventAlreadyExists or MaxEventsReached if a name can not be added."""
    if not re.fullmatch("[A-Za-z0-9_]+", name):
        raise InvalidEventNameCharacters
    if find_event(call.db, call.project_id, name) is not None:
        raise EventAlreadyExists
    existing = select(func.count()).where(
        EventDefinition.project_id == call.project_id, col(EventDefinition.deleted_at).is_(None)
    )
    if call.db.exec(existing).one() >= MOST_EVENTS:
        raise MaxEventsReached


@router.patch(
    "/eventName/{eventName}",
    responses=refuses(ValidationFailed, NoDataToUpdate, EventNotFound, EventPropertiesLocked),
)
async def update_event(call: Call, event_name: EventName, body: EventFields) -> Reply[EventAnswer]:
    """Change the description of an event, and replace its properties.

    While an automation starts with the event, no property can be removed or get another type.

    https://docs.autosend.com/api-reference/events/update-event
    """
    if not body.model_fields_set:
        raise NoDataToUpdate
    event = _find(call, event_name)
    event.sqlmodel_update(body.said("properties"))
    if body.properties is not None:
        _check_unlocked(call, event, body.properties)
        event.properties = body.described()
    event.updated_at = call.now
    return Reply(data=EventAnswer.of(event))


def _check_unlocked(call: Call, event: EventDefinition, properties: Sequence[Property]) -> None:
    """Raise EventPropertiesLocked if a property is removed or retyped while an automation uses the event."""
    after = {(one.property_name, one.type) for one in properties}
    before = {(one["propertyName"], one["type"]) for one in event.properties}
    referring = select(Automation.id).where(
        Automation.project_id == call.project_id,
        col(Automation.deleted_at).is_(None),
        func.json_extract(Automation.entry, "$.type") == EVENT,
        func.json_extract(Automation.entry, "$.eventName") == event.name,
    )
    if before - after and call.db.exec(referring).first() is not None:
        raise EventPropertiesLocked


class SendEvent(Body):
    event_name: Name
    email: AnyAddress | None = None
    contact_id: MaybeId = None
    event_properties: dict[str, Any] = {}


class SentEvent(Model):
    id: str
    event_name: str
    contact_id: str
    properties: dict[str, Any]
    created_at: Instant


@router.post(
    "/send",
    status_code=201,
    responses=refuses(
        ValidationFailed,
        EmailOrContactIdRequired,
        ContactNotFoundForEvent,
        EventNotFound,
        UnknownProperty,
        InvalidPropertyValue,
    ),
)
async def send_event(call: Call, body: SendEvent) -> Reply[SentEvent]:
    """Record an event of a contact, and start the automations that wait for it.

    https://docs.autosend.com/api-reference/events/send-event
    """
    if not body.contact_id and not body.email:
        raise EmailOrContactIdRequired
    event, contact = _find(call, body.event_name), _contact(call, body)
    log = EventLog(
        id=call.turn.ids.hex("autosend.event_log"),
        project_id=call.project_id,
        event_name=event.name,
        contact_id=contact.id,
        properties=_typed(event, body.event_properties),
        created_at=call.now,
    )
    call.db.add(log)
    event_sent(call.turn, call.project_id, event.name, contact, log.properties)
    return Reply(data=SentEvent.of(log))


def _contact(call: Call, body: SendEvent) -> Contact:
    """Return the contact of an event, by its id or else its address. Raises ContactNotFoundForEvent."""
    if body.contact_id:
        return find(call, Contact, body.contact_id, ContactNotFoundForEvent)
    contact = find_by_email(call.db, call.project_id, body.email or "")
    if contact is None:
        raise ContactNotFoundForEvent
    return contact


def _typed(event: EventDefinition, given: dict[str, Any]) -> dict[str, Any]:
    """Return the given properties, converted to their declared types; null stays null.

    Raises UnknownProperty and InvalidPropertyValue.
    """
    types = {one["propertyName"]: one["type"] for one in event.properties}
    values = {}
    for name, value in given.items():
        if name not in types:
            raise UnknownProperty(name, event.name)
        try:
            values[name] = None if value is None else READERS[types[name]](value)
        except UNREADABLE:
            raise InvalidPropertyValue(name, types[name]) from None
    return values


@router.delete("/eventName/{eventName}", responses=refuses(EventNotFound))
async def delete_event(call: Call, event_name: EventName) -> Done:
    """Delete an event. Its recorded occurrences stay, and its name can be used again.

    https://docs.autosend.com/api-reference/events/delete-event
    """
    _find(call, event_name).deleted_at = call.now
    return Done(message="Event deleted successfully")


def _number(value: Any) -> int | float:
    if isinstance(value, str):
        value = number_in(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) >= LARGEST_NUMBER:
        raise TypeError
    number: int | float = whole(value)
    return number


def _truth(value: Any) -> bool:
    return {"true": True, "1": True, "false": False, "0": False}[text_of(value).lower()]


def _date(value: Any) -> str:
    moment = millis_of(read_date(value)) if isinstance(value, str) else whole(value)
    if not isinstance(moment, int) or isinstance(moment, bool) or moment > LATEST:
        raise TypeError
    return iso_millis(moment)


READERS: Mapping[str, Callable[[Any], Any]] = {
    "string": text_of,
    "number": _number,
    "boolean": _truth,
    "date": _date,
}
"""The functions that convert a value to a property's type; they raise one of UNREADABLE if that fails."""
