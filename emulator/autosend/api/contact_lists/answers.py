"""The parts that operations on contact lists share: refusals, and the id in their paths."""

from typing import Annotated

from fastapi import Path

from emulator.autosend.refusals import refusal

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
