"""What several sections take and answer alike: lists of fields, counters, and tasks."""

from typing import Annotated, Literal

from pydantic import BeforeValidator

from emulator.altcraft import counters, tasks
from emulator.altcraft.dialect import Call
from emulator.altcraft.models import Body, Model
from emulator.altcraft.people.fields import Field
from emulator.altcraft.people.values import read_status
from emulator.altcraft.values import WebAddress
from emulator.engine.clock import iso_millis

Status = Annotated[int, BeforeValidator(read_status, json_schema_input_type=str | int)]
"""A status of subscriptions, by name or number."""


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


def field_row(field: Field) -> AnyFieldRow:
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
