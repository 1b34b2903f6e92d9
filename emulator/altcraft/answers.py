"""Requests and responses that sections share: match values, batch outcomes, fields, counters, tasks."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from emulator.altcraft import counters, refusals, tasks
from emulator.altcraft.dialect import Call
from emulator.altcraft.formats import EmptyElement
from emulator.altcraft.listing import find
from emulator.altcraft.models import SUCCESS, Asking, Body, Code, Model
from emulator.altcraft.people import fields
from emulator.altcraft.people.matching import EMAIL_PHONE_ID_CUSTOM, MODES, Match, find_one, match_of
from emulator.altcraft.people.rounds import Written
from emulator.altcraft.people.values import read_status
from emulator.altcraft.tables.people import Database, Resource
from emulator.altcraft.values import Int64, WebAddress, Words, not_endless
from emulator.engine.clock import iso_millis

Status = Annotated[int, BeforeValidator(read_status, json_schema_input_type=str | int)]
"""A status of subscriptions, by name or number."""


def _as_list(value: object) -> object:
    if isinstance(value, EmptyElement):
        return []
    return [value] if isinstance(value, dict) else value


Items = Annotated[list[Any], BeforeValidator(_as_list), BeforeValidator(not_endless)]
"""The items of a batch. An item that is wrong has an error in its own outcome."""


class PersonMatch(Asking):
    """The match values that find a profile by its own fields."""

    matching: Words | None = Field(None, description="How the profile is found; by what is there if left out")
    email: Words | None = None
    phone: Words | None = None
    profile_id: Words | None = None
    field_name: Words | None = Field(None, description="The field of `custom` and `custom_sub`")
    field_value: Any = None


def match_in(call: Call, body: PersonMatch, database_id: int) -> Match:
    """Return the match of a request in a database. Raises IncorrectRequest."""
    database = call.db.get_one(Database, database_id)
    return match_of(body.said(), fields.of_database(database), EMAIL_PHONE_ID_CUSTOM)


class Whom(PersonMatch):
    """The match values that find a profile by its own fields or its subscriptions."""

    provider: Words | None = Field(None, description="The provider of a push subscription")
    subscription_id: Words | None = None
    resource_id: Int64 | None = Field(None, description="The resource whose subscriptions are looked at")


class ProfileMatch(Whom):
    """Match values, and the database in which they are looked up."""

    db_id: Int64 = Field(description="Database id")


NOT_MATCHED = (refusals.ObjectNotFound, refusals.ProfileNotFound, refusals.ManyProfilesMatch)
"""The refusals of operations on one profile that match values find."""


def find_profile(call: Call, body: ProfileMatch, modes: tuple[str, ...] = MODES) -> str:
    """Return the id of the one profile that a request is about. Raises AltcraftError."""
    database = find(call, Database, body.db_id, "database")
    check_resource(call, body.resource_id)
    return find_one(call.db, database.id, match_of(body.said(), fields.of_database(database), modes))


def check_resource(call: Call, resource_id: int | None) -> None:
    """Raise ObjectNotFound for a resource that does not exist, or that the token does not see."""
    if resource_id is not None:
        find(call, Resource, resource_id, "resource")


class ProfileWritten(Code):
    profile_id: str


class ProfileOutcome(Model):
    error: int = 0
    error_text: str = SUCCESS
    profile_id: str


class ProfileError(Model):
    error: int
    error_text: str


class Outcomes(Code):
    result: list[ProfileOutcome | ProfileError]


def outcome(written: Written) -> ProfileOutcome | ProfileError:
    """Return what became of one profile of a batch."""
    error = written.error
    if error is None:
        return ProfileOutcome(profile_id=written.profile_id)
    return ProfileError(error=error.status, error_text=error.message)


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


def refresh_counters(
    call: Call, counted: Sequence[counters.Counted], feedback: Feedback | None
) -> TaskStarted:
    """Begin a recount of one database or several; with `feedback`, its result is sent there."""
    result = [
        {
            "channels": counters.sendable(call.db, one.people, one.resource),
            "in_progress": False,
            "list_id": one.database_id,
            "refresh_task_id": "",
            "resource_id": one.resource.id,
            "updated": iso_millis(call.now),
        }
        for one in counted
    ]
    rows = sum(counters.count_people(call.db, one.people) for one in counted)
    url = feedback.url if feedback else None
    return TaskStarted(task_id=tasks.start(call.turn, result, rows=rows, feedback=url))
