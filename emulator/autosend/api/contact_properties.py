"""Contact Properties: what contacts may have in their custom fields.

https://docs.autosend.com/api-reference/contact-properties
"""

from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import AliasChoices, Field

from emulator.autosend import properties
from emulator.autosend.dialect import Call
from emulator.autosend.models import Body, Done, MessageReply, Model
from emulator.autosend.refusals import ValidationFailed, refusal
from emulator.autosend.tables.contacts import ContactProperty
from emulator.engine.clock import iso_millis
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
    """A property, with its name and type under the names of old too."""

    id: str
    name: str
    type: str
    fieldName: str
    fieldType: str
    createdAt: str
    updatedAt: str


def _answer(one: ContactProperty) -> PropertyAnswer:
    return PropertyAnswer(
        id=one.id,
        name=one.name,
        type=one.type,
        fieldName=one.name,
        fieldType=one.type,
        createdAt=iso_millis(one.created_at),
        updatedAt=iso_millis(one.updated_at),
    )


class PropertiesAnswer(Model):
    contactProperties: list[PropertyAnswer]


@router.get("", responses=refuses(ValidationFailed))
async def list_contact_properties(
    call: Call,
    includeReservedFields: bool = True,  # noqa: FBT001, FBT002 -- a query parameter
) -> MessageReply[PropertiesAnswer]:
    """Answer all properties; before them the fields that every contact has.

    https://docs.autosend.com/api-reference/contact-properties/list
    """
    found = properties.properties_of(call.db, call.project_id, with_built_in=includeReservedFields)
    answer = PropertiesAnswer(contactProperties=[_answer(one) for one in found])
    return MessageReply(data=answer, message="Contact properties retrieved successfully")


@router.get("/name/{propertyName}", responses=refuses(ContactPropertyNotFound))
async def get_contact_property_by_name(
    call: Call, property_name: PropertyName
) -> MessageReply[PropertyAnswer]:
    """Answer one property.

    https://docs.autosend.com/api-reference/contact-properties/get-by-name
    """
    answer = _answer(_find(call, property_name))
    return MessageReply(data=answer, message="Contact property retrieved successfully")


def _find(call: Call, name: str) -> ContactProperty:
    found = properties.find_property(call.db, call.project_id, name)
    if found is None:
        raise ContactPropertyNotFound
    return found


class CreateContactProperty(Body):
    """`fieldName` and `fieldType` do in place of `name` and `type`."""

    name: properties.Name = Field(validation_alias=AliasChoices("name", "fieldName"))
    type: properties.Type = Field(validation_alias=AliasChoices("type", "fieldType"))
    description: properties.Description | None = None
    defaultValue: properties.Default | None = None


@router.post("", responses=refuses(ValidationFailed, ContactPropertyAlreadyExists))
async def create_contact_property(call: Call, body: CreateContactProperty) -> MessageReply[PropertyAnswer]:
    """Declare a property; contacts without a value have its default in mails.

    https://docs.autosend.com/api-reference/contact-properties/create
    """
    properties.check_reserved("name", body.name)
    if properties.find_property(call.db, call.project_id, body.name) is not None:
        raise ContactPropertyAlreadyExists
    made = properties.declare(
        call.turn,
        call.project_id,
        body.name,
        body.type,
        description=body.description or "",
        default_value=body.defaultValue,
    )
    return MessageReply(data=_answer(made), message="Contact property created successfully")


@router.delete("/name/{propertyName}", responses=refuses(ContactPropertyNotFound))
async def delete_contact_property_by_name(call: Call, property_name: PropertyName) -> Done:
    """Delete a property, and its value from all contacts.

    https://docs.autosend.com/api-reference/contact-properties/delete
    """
    properties.remove(call.turn, _find(call, property_name))
    return Done(message="Contact property deleted successfully")
