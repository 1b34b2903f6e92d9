"""The properties of a project's contacts, which the deprecated API calls custom fields.

https://docs.autosend.com/api-reference/contact-properties. Both APIs do the same, under different names.
"""

from typing import Annotated

from pydantic import AfterValidator
from sqlmodel import select

from emulator.autosend.dialect import Call
from emulator.autosend.limits import Description, PropertyDefault, PropertyName
from emulator.autosend.models import Body, Parameters
from emulator.autosend.refusals import AutoSendError
from emulator.autosend.sending import entering
from emulator.autosend.tables.account import Project, made_in
from emulator.autosend.tables.contacts import ContactProperty, ValueType
from emulator.autosend.values import Flag
from emulator.engine.engine import Turn
from emulator.storage.session import look_up
from emulator.storage.tables import insertion_order

RESERVED = frozenset(
    {
        "firstName",
        "first_name",
        "lastName",
        "last_name",
        "email",
        "mobile",
        "unsubscribed",
        "unsubscribe",
        "unsubscribe_groups",
        "unsubscribe_preferences",
        "userId",
        "externalId",
        "createdAt",
        "updatedAt",
        "contactLists",
        "address",
        "address_line_1",
        "address_line_2",
        "city",
        "state",
        "zip",
        "country",
    }
)
"""Names that no property can have: AutoSend's own fields, in exactly this spelling.

https://docs.autosend.com/marketing-emails/contacts/introduction says what they hold: flags and groups of
unsubscription, lists, an id in another system, an address and its parts.
"""

BUILT_IN = {
    "email": "string",
    "firstName": "string",
    "lastName": "string",
    "createdAt": "date",
    "userId": "string",
}
"""The fields of every contact that lists of properties show, with their types."""


def _unreserved(name: str) -> str:
    if name in RESERVED:
        raise ValueError(f'"{name}" is a reserved name')
    return name


NewName = Annotated[PropertyName, AfterValidator(_unreserved)]
"""The name of a new property: none of RESERVED."""


class PropertyFilters(Parameters):
    """The query parameters of both list operations."""

    include_reserved_fields: Flag = True


def properties_of(call: Call, filters: PropertyFilters) -> list[ContactProperty]:
    """Return the project's properties, the oldest first; before them, if wanted, the built-in fields."""
    statement = select(ContactProperty).where(ContactProperty.project_id == call.project_id)
    declared = call.db.exec(statement.order_by(insertion_order(ContactProperty)))
    return [*(_built_in(call) if filters.include_reserved_fields else ()), *declared]


def _built_in(call: Call) -> list[ContactProperty]:
    """Return the built-in fields of contacts, as properties that are as old as the project (inferred)."""
    created = call.db.get_one(Project, call.project_id).created_at
    return [
        ContactProperty(id=name, name=name, type=type_, **made_in(call.project_id, created))
        for name, type_ in BUILT_IN.items()
    ]


def find_property(call: Call, name: str, missing: type[AutoSendError]) -> ContactProperty:
    """Return the built-in field or the property with this name. Raises `missing` if there is none."""
    built_in = next((one for one in _built_in(call) if one.name == name), None)
    return built_in or find_declared(call, name, missing)


def find_declared(call: Call, name: str, missing: type[AutoSendError]) -> ContactProperty:
    """Return the project's property with this name. Raises `missing` if there is none."""
    found = _named(call, name)
    if found is None:
        raise missing
    return found


def _named(call: Call, name: str) -> ContactProperty | None:
    statement = select(ContactProperty).where(
        ContactProperty.project_id == call.project_id, ContactProperty.name == name
    )
    return call.db.exec(statement).first()


class NewProperty(Body):
    """The fields of a new property, which both APIs take."""

    name: NewName
    type: ValueType
    description: Description | None = None
    default_value: PropertyDefault | None = None


def declare(call: Call, wanted: NewProperty, taken: type[AutoSendError]) -> ContactProperty:
    """Store a new property, and return it. Raises `taken` for a name that is in use."""
    if _named(call, wanted.name) is not None:
        raise taken
    made = ContactProperty(
        id=call.turn.ids.hex("autosend.contact_property"),
        **wanted.model_dump(exclude_none=True),
        **made_in(call.project_id, call.now),
    )
    call.db.add(made)
    return made


def remove(turn: Turn, one: ContactProperty) -> None:
    """Delete a property, and its values from all contacts of the project; some may leave automations then."""
    turn.session.delete(one)
    path = f'$."{one.name}"'
    place = (one.project_id, path)
    having = (
        look_up(turn.session, _HAVING, place) if entering.has_watchers(turn.session, one.project_id) else ()
    )
    losing = [contact_id for (contact_id,) in having]
    turn.store.rewrite(_FORGET, (path, *place))
    entering.property_deleted(turn, one.project_id, losing)


_HAVING = """
    SELECT id FROM autosend_contact WHERE project_id = ? AND json_type(custom_fields, ?) IS NOT NULL
"""
_FORGET = """
    UPDATE autosend_contact SET custom_fields = json_remove(custom_fields, ?)
    WHERE project_id = ? AND json_type(custom_fields, ?) IS NOT NULL
"""
