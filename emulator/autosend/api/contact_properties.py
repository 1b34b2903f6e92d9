"""Contact Properties: the declared custom fields of contacts.

https://docs.autosend.com/api-reference/contact-properties
"""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import AliasChoices, Field

from emulator.autosend import properties
from emulator.autosend.dialect import Call, LongCall
from emulator.autosend.models import Done, MessageReply, Model
from emulator.autosend.refusals import ValidationFailed, refusal
from emulator.autosend.tables.contacts import ValueType
from emulator.autosend.values import Instant
from emulator.gateway.route import OperationRoute, refuses

router = APIRouter(prefix="/v1/contact-properties", tags=["Contact Properties"], route_class=OperationRoute)

ContactPropertyNotFound = refusal(
    404, "CONTACT_PROPERTY_NOT_FOUND", "Contact property not found", form="status"
)
ContactPropertyAlreadyExists = refusal(
    409,
    "CONTACT_PROPERTY_ALREADY_EXISTS",
    "Contact property with this name already exists",
    inferred="code, text",
)

PropertyName = Annotated[str, Path(alias="propertyName", description="Name of a property.")]


class PropertyAnswer(Model):
    """A property. Its name and type are repeated under the names that custom fields have."""

    id: str
    name: str
    type: str
    field_name: str
    field_type: str
    created_at: Instant
    updated_at: Instant


class PropertiesAnswer(Model):
    contact_properties: list[PropertyAnswer]


@router.get("", responses=refuses(ValidationFailed))
async def list_contact_properties(
    call: Call, filters: Annotated[properties.PropertyFilters, Query()]
) -> MessageReply[PropertiesAnswer]:
    """Return all properties, after the fields that every contact has.

    https://docs.autosend.com/api-reference/contact-properties/list
    """
    rows = properties.properties_of(call, filters)
    found = PropertiesAnswer(contact_properties=[PropertyAnswer.of(row) for row in rows])
    return MessageReply(data=found, message="Contact properties retrieved successfully")


@router.get("/name/{propertyName}", responses=refuses(ContactPropertyNotFound))
async def get_contact_property_by_name(
    call: Call, property_name: PropertyName
) -> MessageReply[PropertyAnswer]:
    """Return one property.

    https://docs.autosend.com/api-reference/contact-properties/get-by-name
    """
    found = properties.find_property(call, property_name, ContactPropertyNotFound)
    return MessageReply(data=PropertyAnswer.of(found), message="Contact property retrieved successfully")


class CreateContactProperty(properties.NewProperty):
    """The fields of a new property. `fieldName` and `fieldType` are accepted for `name` and `type`."""

    name: properties.NewName = Field(validation_alias=AliasChoices("name", "fieldName"))
    type: ValueType = Field(validation_alias=AliasChoices("type", "fieldType"))


@router.post("", responses=refuses(ValidationFailed, ContactPropertyAlreadyExists))
async def create_contact_property(call: Call, body: CreateContactProperty) -> MessageReply[PropertyAnswer]:
    """Declare a property; in mails, its default stands in for a contact's missing value.

    https://docs.autosend.com/api-reference/contact-properties/create
    """
    made = properties.declare(call, body, ContactPropertyAlreadyExists)
    return MessageReply(data=PropertyAnswer.of(made), message="Contact property created successfully")


@router.delete("/name/{propertyName}", responses=refuses(ContactPropertyNotFound))
async def delete_contact_property_by_name(call: LongCall, property_name: PropertyName) -> Done:
    """Delete a property, and its values from all contacts.

    https://docs.autosend.com/api-reference/contact-properties/delete
    """
    properties.remove(call.turn, properties.find_declared(call, property_name, ContactPropertyNotFound))
    return Done(message="Contact property deleted successfully")
