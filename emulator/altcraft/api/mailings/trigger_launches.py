"""Trigger launch (API call), Profile import and trigger launch, in bulk and as tasks."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter
from pydantic import Field, JsonValue

from emulator.altcraft import refusals, tasks, triggers
from emulator.altcraft.answers import (
    Data,
    Items,
    Outcomes,
    ProfileWritten,
    TaskStarted,
    Whom,
    outcome,
)
from emulator.altcraft.api.mailings.answers import WITH_FILES, GivenFile, find_of_kind
from emulator.altcraft.choosing.queries import bounded, query_of
from emulator.altcraft.dialect import Call, Policy
from emulator.altcraft.listing import find, seen_resources, shown_resources
from emulator.altcraft.models import Asking, Body, Code, Reply
from emulator.altcraft.people.drafts import Drafting
from emulator.altcraft.people.fields import of_database
from emulator.altcraft.people.items import read_items
from emulator.altcraft.people.matching import FIVE_MODES, MODES, find_each, find_one, match_of
from emulator.altcraft.people.writing import Writing, write_profile, write_profiles
from emulator.altcraft.refusals import AltcraftError, IncorrectRequest
from emulator.altcraft.tables.mailings import Mailing
from emulator.altcraft.tables.people import Database, Resource
from emulator.altcraft.triggers import Given, Wanted
from emulator.altcraft.values import Flag, Int64, Integer, Listed, Words
from emulator.engine.clock import DAY, HOUR, MINUTE, Millis
from emulator.gateway.route import OperationRoute, refuses
from emulator.storage.session import look_up

router = APIRouter(
    prefix="/api/v1.1/campaigns/triggers", tags=["Trigger mailings"], route_class=OperationRoute
)

StartCall = Annotated[
    Call, Policy(right="mailings.run", deduplicated="by id", body_limit=WITH_FILES, is_long=True)
]
ImportCall = Annotated[
    Call,
    Policy(
        right="mailings.run",
        further_right="profiles.edit",
        deduplicated="by id",
        body_limit=WITH_FILES,
        is_long=True,
    ),
]

NOT_WRITTEN = (
    refusals.ManyProfilesMatch,
    refusals.AlreadyExists,
    refusals.IncorrectField,
    refusals.InvalidField,
)


class Launched(Asking):
    """What a trigger is given for its messages."""

    content: dict[str, JsonValue] = Field({}, description="Values for `apicontent` variables of templates")
    attach: Listed[GivenFile] = Field([], description="Files for the messages")
    custom_data: dict[str, JsonValue] = Field({}, description="Passed on to action hooks")

    @property
    def given(self) -> Given:
        return Given(self.content, self.attach, self.custom_data)


class SubscriptionFilter(Body):
    """The one subscription that a trigger is to be sent to."""

    email: Words | None = None
    phone: Words | None = None
    subscription_id: Words | None = Field(None, description="Of a push subscription")
    provider: Words = ""
    not_strict: Flag = Field(False, description="Whether a profile without it is sent to as usual")


ADDRESSES = {"email": "email", "sms": "phone", "push": "subscription_id"}


class StartTrigger(Launched, Whom):
    id: Int64 = Field(description="Trigger mailing id")
    custom_request: dict[str, Any] | None = Field(
        None, description="Whom it goes to, in MongoDB's syntax, instead of a match"
    )
    subscription_filter: SubscriptionFilter | None = None


class Reached(Code):
    """The response of launches: the ids of the profiles that the trigger is sent to."""

    result: list[str]


@router.post(
    "/start/",
    responses=refuses(
        refusals.ObjectNotFound,
        refusals.WrongState,
        refusals.ProfileNotFound,
        refusals.ManyProfilesMatch,
        refusals.SubscriptionNotFound,
    ),
)
async def trigger_launch(call: StartCall, body: StartTrigger) -> Reached:
    """Send a trigger to the profile that matches, or to all that a query selects.

    https://guides.altcraft.com/en/developer-guide/campaigns/trigger-campaigns/2196177
    """
    place = _place(call, body.id)
    if body.custom_request is None:
        match = match_of(body.said(), of_database(place.database), FIVE_MODES)
        _check_resource(call, body.resource_id)
        people = [find_one(call.db, place.database.id, match)]
    elif body.subscription_filter is not None:
        raise IncorrectRequest("subscription_filter", "is for a match, not for custom_request")
    else:
        people = _selected(call, place.database, body.custom_request)
    given = body.given.having(wanted=_wanted(place.mailing, body.subscription_filter))
    return Reached(result=triggers.start(call.turn, place.mailing, people, given))


class Place(NamedTuple):
    """A trigger that can be started, and the database that it is for."""

    mailing: Mailing
    database: Database


def _place(call: Call, number: int) -> Place:
    """Return a trigger that a request can start. Raises ObjectNotFound and WrongState."""
    mailing = find_of_kind(call, "trigger", number)
    triggers.check_call(call.turn, mailing)
    return Place(mailing, find(call, Database, mailing.data_id, "database"))


def _check_resource(call: Call, number: int | None) -> None:
    if number is not None:
        find(call, Resource, number, "resource")


def _selected(call: Call, database: Database, query: dict[str, Any]) -> list[str]:
    """Return the ids of those whom a query selects, as they were made. Raises IncorrectRequest."""
    selected = query_of(database, query, named="custom_request", resources=shown_resources(call))
    with bounded("custom_request"):
        rows = look_up(call.db, _CHOSEN.format(selected=selected.sql), dict(selected.parameters)).fetchall()
    return [number for (number,) in rows]


def _wanted(mailing: Mailing, said: SubscriptionFilter | None) -> Wanted | None:
    """Return the subscription that is meant. Raises IncorrectRequest where it has no address."""
    if said is None:
        return None
    name = ADDRESSES[mailing.channel]
    address = getattr(said, name)
    if not address:
        raise IncorrectRequest(f"subscription_filter.{name}", "Field required")
    return Wanted(address, said.provider, said.not_strict)


class Timeout(Body):
    """How long a trigger waits."""

    days: Annotated[Integer, Field(ge=0, le=365)] = 0
    hours: Annotated[Integer, Field(ge=0, le=8760)] = 0
    minutes: Annotated[Integer, Field(ge=0, le=525_600)] = 0

    @property
    def length(self) -> Millis:
        return self.days * DAY + self.hours * HOUR + self.minutes * MINUTE


class Imported(Launched, Whom):
    """What imports of profiles with a launch have in common."""

    trigger_id: Int64 = Field(description="Trigger mailing id")
    skip_triggers: Flag = Field(False, description="Whether nothing else is started by the import")
    skip_invalid_subscriptions: Flag = Field(False, description="Whether those that are wrong are left out")
    detect_geo: Flag = Field(False, description="Whether places are looked up by `_regip` or `_ip`")
    timeout: Timeout = Timeout()

    @property
    def given(self) -> Given:
        return super().given.having(after=self.timeout.length)

    def writing(self, call: Call, database: Database) -> tuple[Drafting, Writing]:
        """Return how the profiles of a request are read and written."""
        resources = seen_resources(call)
        drafting = Drafting(database, resources, skips_invalid=self.skip_invalid_subscriptions)
        silent = self.skip_triggers
        writing = Writing(database, resources, "import", detect_geo=self.detect_geo, is_silent=silent)
        return drafting, writing


class ImportAndStart(Imported):
    data: Data = Field(description="Fields of the trigger's database, and `subscriptions`")


@router.post(
    "/import_and_start",
    responses=refuses(refusals.ObjectNotFound, refusals.WrongState, refusals.ProfileNotFound, *NOT_WRITTEN),
)
async def profile_import_and_trigger_launch(call: ImportCall, body: ImportAndStart) -> ProfileWritten:
    """Change the profile that matches, or make one, and send a trigger to it, if it can be reached.

    https://guides.altcraft.com/en/developer-guide/campaigns/trigger-campaigns/22708362
    """
    place = _place(call, body.trigger_id)
    _check_resource(call, body.resource_id)
    drafting, writing = body.writing(call, place.database)
    match = match_of(body.said("data"), drafting.fields, data=body.data)
    profile_id = write_profile(call.turn, writing, drafting.draft(body.data, match)).profile_id
    triggers.start(call.turn, place.mailing, [profile_id], body.given)
    return ProfileWritten(profile_id=profile_id)


class ImportBatch(Imported):
    data: Items = Field(description="Profiles: their fields, or objects with these in `data`")


@router.post("/import_and_start_batch", responses=refuses(refusals.ObjectNotFound, refusals.WrongState))
async def bulk_profiles_import_and_trigger_launch(call: ImportCall, body: ImportBatch) -> Outcomes:
    """Do the same for many profiles, each with an outcome of its own.

    https://guides.altcraft.com/en/developer-guide/campaigns/trigger-campaigns/37847473
    """
    return _import_batch(call, body)


@router.post("/import_and_start_batch_task", responses=refuses(refusals.ObjectNotFound, refusals.WrongState))
async def task_for_bulk_profiles_import(call: ImportCall, body: ImportBatch) -> Reply[TaskStarted]:
    """Do the same in the background; tasks/status shows the outcomes.

    https://guides.altcraft.com/en/developer-guide/campaigns/trigger-campaigns/33063474
    """
    outcomes = _import_batch(call, body)
    return _task(call, outcomes.model_dump()["result"], len(body.data))


def _import_batch(call: Call, body: ImportBatch) -> Outcomes:
    place = _place(call, body.trigger_id)
    _check_resource(call, body.resource_id)
    drafting, writing = body.writing(call, place.database)
    written = write_profiles(call.turn, writing, read_items(drafting, body.data, body.said("data")))
    people = list(dict.fromkeys(one.profile_id for one in written if one.error is None))
    triggers.start(call.turn, place.mailing, people, body.given)
    return Outcomes(result=[outcome(one) for one in written])


def _task(call: Call, result: list[Any], rows: int, errors: Sequence[Any] = ()) -> Reply[TaskStarted]:
    """Begin a task that comes to the outcomes of many launches."""
    found = {"errors": list(errors), "total": rows, "result": result}
    return Reply(data=TaskStarted(task_id=tasks.start(call.turn, found, rows=rows)))


class Batch(Launched, Whom):
    """What launches for many profiles have in common."""

    data: Items = Field(description="Whom it goes to: a match or a `custom_request` each")


class StartBatch(Batch):
    trigger_id: Int64 = Field(description="Trigger mailing id")


@router.post("/start_batch", responses=refuses(refusals.ObjectNotFound, refusals.WrongState))
async def bulk_trigger_launch(call: StartCall, body: StartBatch) -> Reached:
    """Send a trigger to many profiles; the response leaves out those who are not found or not reached.

    https://guides.altcraft.com/en/developer-guide/campaigns/trigger-campaigns/37847471
    """
    reached, _ = _start_batch(call, body, body.trigger_id)
    return Reached(result=reached)


class StartBatchTask(Batch):
    id: Int64 = Field(description="Trigger mailing id")


@router.post("/start_batch_task", responses=refuses(refusals.ObjectNotFound, refusals.WrongState))
async def task_for_bulk_trigger_launch(call: StartCall, body: StartBatchTask) -> Reply[TaskStarted]:
    """Do the same in the background; tasks/status shows who is reached, and what is wrong with items.

    https://guides.altcraft.com/en/developer-guide/campaigns/trigger-campaigns/33063451
    """
    reached, errors = _start_batch(call, body, body.id)
    return _task(call, reached, len(body.data), errors)


def _start_batch(call: Call, body: Batch, number: int) -> tuple[list[str], list[dict[str, Any]]]:
    """Start a trigger for each item; return the ids of those reached, and what is wrong with other items."""
    place = _place(call, number)
    _check_resource(call, body.resource_id)
    items, errors = _read(call, place.database, body)
    reached = list[str]()
    for custom_data, people in _alike(items):
        given = body.given.having(custom_data=custom_data)
        reached += triggers.start(call.turn, place.mailing, people, given)
    return list(dict.fromkeys(reached)), errors


class Item(NamedTuple):
    people: list[str]
    custom_data: Mapping[str, Any]


def _read(call: Call, database: Database, body: Batch) -> tuple[list[Item], list[dict[str, Any]]]:
    """Return whom each item of a batch is about, and what is wrong with those that can not be read."""
    fields, shared = of_database(database), body.said("data")
    errors, found = list[dict[str, Any]](), list[tuple[Any, Mapping[str, Any]]]()
    for item in body.data:
        try:
            if not isinstance(item, dict):
                raise IncorrectRequest("data", "must be an object")
            own = item.get("custom_data") or body.custom_data
            query = item.get("custom_request")
            whom = query if query is not None else match_of({**shared, **item}, fields, MODES)
            found.append((_selected(call, database, query) if query is not None else whom, own))
        except AltcraftError as error:
            errors.append({"error": error.status, "error_text": error.message})
    by_match = find_each(call.db, database.id, [whom for whom, _ in found if not isinstance(whom, list)])
    items = [
        Item(whom if isinstance(whom, list) else by_match[whom] if len(by_match[whom]) == 1 else [], own)
        for whom, own in found
    ]
    return items, errors


def _alike(items: Sequence[Item]) -> list[tuple[Mapping[str, Any], list[str]]]:
    """Return the people of items that follow each other and have the same data for hooks, together."""
    together: list[tuple[Mapping[str, Any], list[str]]] = []
    for item in items:
        if together and together[-1][0] == item.custom_data:
            together[-1][1].extend(item.people)
        else:
            together.append((item.custom_data, list(item.people)))
    return [(own, list(dict.fromkeys(people))) for own, people in together if people]


_CHOSEN = "SELECT id FROM altcraft_profile WHERE id IN ({selected}) ORDER BY number"
