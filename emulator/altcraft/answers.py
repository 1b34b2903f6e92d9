"""What several sections take and answer alike: lists of fields, counters, and tasks."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from emulator.altcraft import counters, tasks
from emulator.altcraft.dialect import Call
from emulator.altcraft.models import Asking, Body, Model
from emulator.altcraft.people import fields
from emulator.altcraft.people.matching import EMAIL_PHONE_ID_CUSTOM, Match, match_of
from emulator.altcraft.people.values import read_status
from emulator.altcraft.tables.people import Database
from emulator.altcraft.values import WebAddress, Words
from emulator.engine.clock import iso_millis

Status = Annotated[int, BeforeValidator(read_status, json_schema_input_type=str | int)]
"""A status of subscriptions, by name or number."""


class PersonMatch(Asking):
    """Whom a request about promo codes or loyalty is about."""

    matching: Words | None = Field(None, description=", ".join(EMAIL_PHONE_ID_CUSTOM))
    email: Words | None = None
    phone: Words | None = None
    profile_id: Words | None = None
    field_name: Words | None = Field(None, description="The field of `custom`")
    field_value: Any = None


def match_in(call: Call, body: PersonMatch, database_id: int) -> Match:
    """Return what a request looks for in a database. Raises IncorrectRequest."""
    database = call.db.get_one(Database, database_id)
    return match_of(body.said(), fields.of_database(database), EMAIL_PHONE_ID_CUSTOM)


class FieldRow(Model):
    """A field of a database or of a resource's subscriptions."""

    category: Literal["system", "custom"]
    title: str
    name: str
    required: bool = False
    type: str


class FieldRowWithDictionary(FieldRow):
    dictionary: str


class FieldRowWithValues(FieldRow):
    values: dict[str, int]


AnyFieldRow = FieldRowWithDictionary | FieldRowWithValues | FieldRow


def field_row(field: fields.Field) -> AnyFieldRow:
    shown = {"category": field.category, "title": field.title, "name": field.name, "type": field.shown_type}
    if field.dictionary:
        return FieldRowWithDictionary(**shown, dictionary=field.dictionary)
    if field.values:
        return FieldRowWithValues(**shown, values=dict(field.values))
    return FieldRow(**shown)


class Statuses(Model):
    all: int
    subscribed: int
    unsubscribed: int
    complained: int
    hardbounced: int
    unconfirmed: int
    suspended: int
    invalid: int
    subscribed_sendable: int
    unconfirmed_sendable: int


class ChannelCounters(Model):
    channel: str
    status: Statuses


class Feedback(Body):
    type: Literal["JSON"] = "JSON"
    url: WebAddress


class TaskStarted(Model):
    task_id: str


def refresh_counters(call: Call, counted: counters.Counted, feedback: Feedback | None) -> TaskStarted:
    """Begin a recount, and send it where that is asked."""
    result = {
        "channels": counters.sendable(call.db, counted),
        "in_progress": False,
        "list_id": counted.database_id,
        "refresh_task_id": "",
        "resource_id": counted.resource.id,
        "updated": iso_millis(call.now),
    }
    rows = counters.count_people(call.db, counted.people)
    url = feedback.url if feedback else None
    return TaskStarted(task_id=tasks.start(call.turn, [result], rows=rows, feedback=url))
