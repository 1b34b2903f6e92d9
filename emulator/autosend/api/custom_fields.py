"""Custom Fields: contact properties under their names of old, deprecated since June 2026.

https://docs.autosend.com/api-reference/custom-fields
"""

from typing import Annotated

from fastapi import APIRouter, Path

from emulator.autosend import properties
from emulator.autosend.errors import ValidationFailed
from emulator.autosend.errors.properties import CustomFieldAlreadyExists, CustomFieldNotFound
from emulator.autosend.models import Model
from emulator.autosend.tables.contacts import ContactProperty
from emulator.autosend.wire import Body, Call, Done, MessageReply
from emulator.engine.clock import iso_millis
from emulator.gateway.route import OperationRoute, refusals

router = APIRouter(prefix="/v1/custom-fields", tags=["Custom Fields"], route_class=OperationRoute)

FieldName = Annotated[str, Path(alias="customFieldName", description="Name of a custom field.")]


class FieldAnswer(Model):
    id: str
    fieldName: str
    fieldType: str
    createdAt: str
    updatedAt: str


def _answer(one: ContactProperty) -> FieldAnswer:
    return FieldAnswer(
        id=one.id,
        fieldName=one.name,
        fieldType=one.type,
        createdAt=iso_millis(one.created_at),
        updatedAt=iso_millis(one.updated_at),
    )


class FieldsAnswer(Model):
    customFields: list[FieldAnswer]


@router.get("", responses=refusals(ValidationFailed))
async def list_custom_fields(
    call: Call,
    includeReservedFields: bool = True,  # noqa: FBT001, FBT002 -- a query parameter
) -> MessageReply[FieldsAnswer]:
    """Answer all custom fields; before them the fields that every contact has.

    https://docs.autosend.com/api-reference/custom-fields/list
    """
    found = properties.properties_of(call.db, call.project_id, with_built_in=includeReservedFields)
    answer = FieldsAnswer(customFields=[_answer(one) for one in found])
    return MessageReply(data=answer, message="Custom fields retrieved successfully")


@router.get("/fieldName/{customFieldName}", responses=refusals(CustomFieldNotFound))
async def get_custom_field_by_name(call: Call, custom_field_name: FieldName) -> MessageReply[FieldAnswer]:
    """Answer one custom field.

    https://docs.autosend.com/api-reference/custom-fields/get-by-name
    """
    answer = _answer(_find(call, custom_field_name))
    return MessageReply(data=answer, message="Custom field retrieved successfully")


def _find(call: Call, name: str) -> ContactProperty:
    found = properties.find_property(call.db, call.project_id, name)
    if found is None:
        raise CustomFieldNotFound
    return found


class CreateCustomField(Body):
    fieldName: properties.Name
    fieldType: properties.Type
    description: properties.Description | None = None
    defaultValue: properties.Default | None = None


class CreatedField(FieldAnswer):
    projectId: str


@router.post("", responses=refusals(ValidationFailed, CustomFieldAlreadyExists))
async def create_custom_field(call: Call, body: CreateCustomField) -> MessageReply[CreatedField]:
    """Declare a custom field; contacts without a value have its default in mails.

    https://docs.autosend.com/api-reference/custom-fields/create
    """
    properties.check_reserved("fieldName", body.fieldName)
    if properties.find_property(call.db, call.project_id, body.fieldName) is not None:
        raise CustomFieldAlreadyExists
    made = properties.declare(
        call.turn,
        call.project_id,
        body.fieldName,
        body.fieldType,
        description=body.description or "",
        default_value=body.defaultValue,
    )
    answer = CreatedField(**dict(_answer(made)), projectId=made.project_id)
    return MessageReply(data=answer, message="Custom field created successfully")


@router.delete("/fieldName/{customFieldName}", responses=refusals(CustomFieldNotFound))
async def delete_custom_field_by_name(call: Call, custom_field_name: FieldName) -> Done:
    """Delete a custom field, and its value from all contacts.

    https://docs.autosend.com/api-reference/custom-fields/delete
    """
    properties.remove(call.turn, _find(call, custom_field_name))
    return Done(message="Custom field deleted successfully")
