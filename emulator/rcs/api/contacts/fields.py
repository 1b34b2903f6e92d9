"""Fields of contacts: https://bsg.world/developers/rest-api/create-fields-for-contacts."""

from typing import Annotated

from fastapi import APIRouter, Path, Response
from pydantic import BeforeValidator, Field, model_validator
from sqlmodel import col, select

from emulator.gateway.route import OperationRoute, refuses
from emulator.rcs import contact_book, refusals
from emulator.rcs.api.contacts.answers import Id
from emulator.rcs.dialect import Call, DeletingCall
from emulator.rcs.listing import find
from emulator.rcs.models import Body, Data, Model
from emulator.rcs.tables.contacts import ContactField, FieldType
from emulator.rcs.values import Filled, Flag, On, whole_number
from emulator.rcs.violations import BLANK, complaint
from emulator.storage.tables import among

router = APIRouter(prefix="/api/contacts/fields", tags=["Contact fields"], route_class=OperationRoute)

FieldId = Annotated[str, Path(alias="id", description="Contact field id, a number.")]

OLD_TYPES = {"string": "text", "integer": "number", "datetime": "date"}
"""The types as the documentation's pages name them in requests."""

GivenType = Annotated[
    FieldType,
    BeforeValidator(lambda value: OLD_TYPES.get(value, value) if isinstance(value, str) else value),
]


class FieldAnswer(Model):
    id: int
    name: str
    description: str | None
    is_visible: bool
    type: str


@router.get("")
async def list_contact_fields(call: Call) -> Data[list[FieldAnswer]]:
    """Return all fields of contacts.

    github.com/bsgworld/go-sdk v2/api/openapi.yaml, contact_fields
    """
    fields = call.db.exec(select(ContactField).order_by(col(ContactField.id)))
    return Data(data=[FieldAnswer.of(field) for field in fields])


class NewField(Body):
    name: str = Field(min_length=1, max_length=30)
    type: GivenType
    description: str | None = Field(None, min_length=1, max_length=255)
    is_visible: On = True


@router.post("", status_code=201, responses=refuses(refusals.GivenDataInvalid, refusals.TooManyDuplicates))
async def create_contact_field(call: Call, body: NewField) -> Data[FieldAnswer]:
    """Make a field of contacts. Names may repeat.

    github.com/bsgworld/go-sdk v2/api/openapi.yaml, contact_field_create
    https://bsg.world/developers/rest-api/create-fields-for-contacts
    """
    made = ContactField(id=call.turn.ids.number("rcs.field"), **body.model_dump())
    call.db.add(made)
    return Data(data=FieldAnswer.of(made))


class FieldChange(Body):
    name: str | None = Field(None, min_length=1, max_length=30)
    description: str | None = Field(None, min_length=1, max_length=255)
    is_visible: Flag | None = None

    @model_validator(mode="after")
    def _changes_something(self) -> "FieldChange":
        if self.name is None and self.description is None and self.is_visible is None:
            raise complaint(BLANK, "name")
        return self


@router.patch("/{id}", responses=refuses(refusals.GivenDataInvalid, refusals.ModelNotFound))
async def update_contact_field(call: Call, field_id: FieldId, body: FieldChange) -> Data[FieldAnswer]:
    """Change the name, the description or the visibility of a field. Its type never changes.

    github.com/bsgworld/go-sdk v2/api/openapi.yaml, contact_field_update
    https://bsg.world/developers/rest-api/edit-contact-field
    """
    field = find(call, ContactField, whole_number(field_id))
    field.sqlmodel_update(body.model_dump(exclude_none=True))
    return Data(data=FieldAnswer.of(field))


class FieldIds(Body):
    ids: Annotated[list[Id], Filled] = Field(min_length=1, max_length=30)


@router.post("/delete", status_code=204, responses=refuses(refusals.GivenDataInvalid))
async def delete_contact_fields(call: DeletingCall, body: FieldIds) -> Response:
    """Delete fields with the values that contacts have for them. Unknown ids are ignored.

    github.com/bsgworld/go-sdk v2/api/openapi.yaml, post_contactsFieldsDelete
    """
    for field in call.db.exec(select(ContactField).where(among(ContactField.id, body.ids))).all():
        call.db.delete(field)
    contact_book.delete_values(call.turn, body.ids)
    return Response(status_code=204)
