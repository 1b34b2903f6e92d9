"""Checks of the changes that start triggers and scenarios: that they can happen in a database.

https://guides.altcraft.com/en/developer-guide/campaigns/trigger-campaigns/2195922 (types of triggers).
"""

from collections.abc import Mapping
from typing import Any

from sqlmodel import Session

from emulator.altcraft import refusals
from emulator.altcraft.choosing.event_rules import OF_MESSAGES, OF_PROFILES
from emulator.altcraft.choosing.open_values import READ_AS
from emulator.altcraft.people.drafts import COLUMNS
from emulator.altcraft.people.fields import WITH_COLUMNS, of_database
from emulator.altcraft.refusals import IncorrectRequest
from emulator.altcraft.tables.choosing import Segment
from emulator.altcraft.tables.people import Database, Pixel

SETTINGS: Mapping[str, tuple[str, ...]] = {
    "action": ("action", "segment_id"),
    "update": ("update_query",),
    "pixel": ("pixel_id", "goal"),
    "subscribe": ("is_new_ch", "is_new_contact", "is_new_sub", "is_status_changed", "channel"),
}
"""The settings of each type of triggers and start nodes; other types have none."""

NEEDED: Mapping[str, str] = {"action": "action", "update": "update_query", "pixel": "pixel_id"}
"""The setting that a type requires."""


def read_event(name: str) -> str:
    """Return the name of an event of the history. Raises ValueError for anything else."""
    if name not in OF_MESSAGES and name not in OF_PROFILES:
        raise ValueError("must be an event of the history, such as open, click_sms or import")
    return name


def check_cause(session: Session, settings: Mapping[str, Any], database_id: int) -> None:
    """Raise ObjectNotFound for a pixel, and IncorrectRequest for a field, that the database does not have.

    If the settings name a type of the field, it has to be the field's.
    """
    if settings.get("pixel_id"):
        pixel = session.get(Pixel, settings["pixel_id"])
        if pixel is None or pixel.database_id != database_id:
            raise refusals.ObjectNotFound("pixel", settings["pixel_id"])
    fields = of_database(session.get_one(Database, database_id))
    for number, one in enumerate(settings.get("update_query", ())):
        name, type_ = one["fieldname"], one["fieldtype"]
        place = f"update_query.{number}.fieldtype"
        field = WITH_COLUMNS.get(name) or fields.get(name)
        if field is None and name not in COLUMNS:
            raise IncorrectRequest("update_query", f"there is no field {name}")
        if field is not None and fields.undeclared(name, type_):
            if type_ not in {"", *READ_AS}:
                raise IncorrectRequest(place, f"must be one of {', '.join(sorted(READ_AS))}")
        elif field is not None and type_ not in {"", field.type, field.shown_type}:
            raise IncorrectRequest(place, f"must be {field.shown_type}, the type of {name}")


def check_moves(segment: Segment, database_id: int) -> None:
    """Raise IncorrectRequest unless the segment is a static one of the database."""
    if segment.kind != "static":
        raise IncorrectRequest("segment_id", f"segment {segment.id} is not static")
    if segment.database_id != database_id:
        raise IncorrectRequest("segment_id", f"segment {segment.id} is not of database {database_id}")
