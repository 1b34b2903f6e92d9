"""Custom Fields: contact properties under their former name. Deprecated since June 2026.

https://docs.autosend.com/api-reference/custom-fields
"""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import Field

from emulator.autosend import properties
from emulator.autosend.dialect import Call, LongCall
from emulator.autosend.models import Done, MessageReply, Model
from emulator.autosend.refusals import ValidationFailed, refusal
from emulator.autosend.tables.contacts import ValueType
from emulator.autosend.values import Instant
from emulator.gateway.route import OperationRoute, refuses

router = APIRouter(prefix="/v1/custom-fields", tags=["Custom Fields"], route_class=OperationRoute)

CustomFieldNotFound = refusal(404, "CUSTOM_FIELD_NOT_FOUND", "Custom field not found", form="status")
CustomFieldAlreadyExists = refusal(
    409, "CUSTOM_FIELD_ALREADY_EXISTS", "Custom field with this name already exists", inferred="code, text"
)

FieldName = Annotated[str, Path(alias="customFieldName", description="Name of a custom field.")]


class FieldAnswer(Model):
    id: str
    field_name: str
    field_type: str
    created_at: Instant
    updated_at: Instant


class FieldsAnswer(Model):
    custom_fields: list[FieldAnswer]


@router.get("", responses=refuses(ValidationFailed))
async def list_custom_fields(
    call: Call, filters: Annotated[properties.PropertyFilters, Query()]
) -> MessageReply[FieldsAnswer]:
    """Return all custom fields, after the fields that every contact has.

    https://docs.autosend.com/api-reference/custom-fields/list
    """
    rows = properties.properties_of(call, filters)
    found = FieldsAnswer(custom_fields=[FieldAnswer.of(row) for row in rows])
    return MessageReply(data=found, message="Custom fields retrieved successfully")


@router.get("/fieldName/{customFieldName}", responses=refuses(CustomFieldNotFound))
async def get_custom_field_by_name(call: Call, custom_field_name: FieldName) -> MessageReply[FieldAnswer]:
    """Return one custom field.

    https://docs.autosend.com/api-reference/custom-fields/get-by-name
    """
    found = properties.find_property(call, custom_field_name, CustomFieldNotFound)
    return MessageReply(data=FieldAnswer.of(found), message="Custom field retrieved successfully")


class CreateCustomField(properties.NewProperty):
    name: properties.NewName = Field(alias="fieldName")
    type: ValueType = Field(alias="fieldType")


class CreatedField(FieldAnswer):
    project_id: str


@router.post("", responses=refuses(ValidationFailed, CustomFieldAlreadyExists))
async def create_custom_field(call: Call, body: CreateCustomField) -> MessageReply[CreatedField]:
    """Declare a custom field; in mails, its default stands in for a contact's missing value.

    https://docs.autosend.com/api-reference/custom-fields/create
    """
    made = properties.declare(call, body, CustomFieldAlreadyExists)
    return MessageReply(data=CreatedField.of(made), message="Custom field created successfully")


@router.delete("/fieldName/{customFieldName}", responses=refuses(CustomFieldNotFound))
async def delete_custom_field_by_name(call: LongCall, custom_field_name: FieldName) -> Done:
    """Delete a custom field, and its values from all contacts.

    https://docs.autosend.com/api-reference/custom-fields/delete
    """
    properties.remove(call.turn, properties.find_declared(call, custom_field_name, CustomFieldNotFound))
    return Done(message="Custom field deleted successfully")
