"""Custom Fields: contact properties under their names of old, deprecated since June 2026.

https://docs.autosend.com/api-reference/custom-fields
"""

from typing import Annotated

from fastapi import APIRouter, Path

from emulator.autosend import properties
from emulator.autosend.dialect import Call
from emulator.autosend.models import Body, Done, MessageReply, Model
from emulator.autosend.refusals import ValidationFailed, refusal
from emulator.autosend.tables.contacts import ContactProperty
from emulator.engine.clock import iso_millis
from emulator.gateway.route import OperationRoute, refuses

router = APIRouter(prefix="/v1/custom-fields", tags=["Custom Fields"], route_class=OperationRoute)

CustomFieldNotFound = refusal(404, "CUSTOM_FIELD_NOT_FOUND", "Custom field not found", form="status")
CustomFieldAlreadyExists = refusal(
    409, "CUSTOM_FIELD_ALREADY_EXISTS", "Custom field with this name already exists", inferred="code, text"
)

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


@router.get("", responses=refuses(ValidationFailed))
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


@router.get("/fieldName/{customFieldName}", responses=refuses(CustomFieldNotFound))
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


@router.post("", responses=refuses(ValidationFailed, CustomFieldAlreadyExists))
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


@router.delete("/fieldName/{customFieldName}", responses=refuses(CustomFieldNotFound))
async def delete_custom_field_by_name(call: Call, custom_field_name: FieldName) -> Done:
    """Delete a custom field, and its value from all contacts.

    https://docs.autosend.com/api-reference/custom-fields/delete
    """
    properties.remove(call.turn, _find(call, custom_field_name))
    return Done(message="Custom field deleted successfully")
