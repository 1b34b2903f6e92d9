"""What the operations on contact lists share: how they find one, and what they leave out."""

from typing import Annotated

from fastapi import Path

from emulator.autosend.audience import find_list
from emulator.autosend.dialect import Call
from emulator.autosend.refusals import refusal
from emulator.autosend.tables.contacts import ContactList

ContactListNotFound = refusal(404, "CONTACT_LIST_NOT_FOUND", "Contact list not found", form="status")
GlobalContactListIsFixed = refusal(
    400,
    "GLOBAL_CONTACT_LIST_IS_FIXED",
    "The global contact list can not be changed",
    form="status",
    inferred="all",
)

ListId = Annotated[
    str,
    Path(
        alias="contactListId", description="Id of a list or segment, 24 hex digits, or `GLOBAL_CONTACT_LIST`."
    ),
]


def is_none(value: object) -> bool:
    """Answer whether a field is left out of an answer."""
    return value is None


def find(call: Call, list_id: str) -> ContactList:
    """Answer the project's list or segment of this id. Raises ContactListNotFound."""
    found = find_list(call.db, call.project_id, list_id)
    if found is None:
        raise ContactListNotFound
    return found
