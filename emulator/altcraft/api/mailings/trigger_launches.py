"""Trigger launch (API call), Profile import and trigger launch, in bulk and as tasks."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Field, model_validator

from emulator.altcraft import launching, triggers
from emulator.altcraft.answers import Outcomes, ProfileWritten, TaskStarted
from emulator.altcraft.api.mailings.answers import find_of_kind
from emulator.altcraft.dialect import Call
from emulator.altcraft.launching import Aimed, Batch, Imported, ImportedMany, ImportedOne
from emulator.altcraft.listing import find
from emulator.altcraft.models import Body, Code, Reply
from emulator.altcraft.people.matching import FIELDS
from emulator.altcraft.people.values import is_said
from emulator.altcraft.refusals import SubscriptionNotFound
from emulator.altcraft.tables.mailings import Mailing
from emulator.altcraft.tables.people import Database
from emulator.altcraft.triggers import Given
from emulator.altcraft.values import Int64, Integer
from emulator.engine.clock import DAY, HOUR, MINUTE, Millis
from emulator.gateway.route import OperationRoute, refuses

router = APIRouter(
    prefix="/api/v1.1/campaigns/triggers", tags=["Trigger mailings"], route_class=OperationRoute
)

StartCall = Annotated[Call, launching.starting("mailings")]
ImportCall = Annotated[Call, launching.importing("mailings")]


class StartTrigger(Aimed):
    id: Int64 = Field(description="Trigger mailing id")


class Reached(Code):
    """The response of launches: the ids of the profiles that the trigger is sent to."""

    result: list[str]


@router.post("/start/", responses=refuses(*launching.NOT_MATCHED, SubscriptionNotFound))
async def trigger_launch(call: StartCall, body: StartTrigger) -> Reached:
    """Send a trigger to the profile that matches, or to all that a query selects.

    https://guides.altcraft.com/en/developer-guide/campaigns/trigger-campaigns/2196177
    """
    mailing, database = _place(call, body.id)
    given = body.given_for(mailing.channel)
    people = launching.people_of(call, database, body)
    triggers.check_call(call.turn, mailing)
    return Reached(result=triggers.start(call.turn, mailing, people, given))


def _place(call: Call, number: int) -> tuple[Mailing, Database]:
    """Return a trigger and its database. Raises ObjectNotFound."""
    mailing = find_of_kind(call, "trigger", number)
    return mailing, find(call, Database, mailing.data_id, "database")


class Timeout(Body):
    """How long a trigger waits."""

    days: Annotated[Integer, Field(ge=0, le=365)] = 0
    hours: Annotated[Integer, Field(ge=0, le=8760)] = 0
    minutes: Annotated[Integer, Field(ge=0, le=525_600)] = 0

    @property
    def length(self) -> Millis:
        return self.days * DAY + self.hours * HOUR + self.minutes * MINUTE


class WithTrigger(Imported):
    trigger_id: Int64 = Field(description="Trigger mailing id")
    timeout: Timeout = Timeout()

    @property
    def given(self) -> Given:
        return super().given.having(after=self.timeout.length)


class ImportAndStart(WithTrigger, ImportedOne):
    """The profile that is written, and the trigger that is sent to it."""

    data: dict[str, Any] = Field(description="Fields of the database, and `subscriptions`")


@router.post("/import_and_start", responses=refuses(*launching.NOT_WRITTEN))
async def profile_import_and_trigger_launch(call: ImportCall, body: ImportAndStart) -> ProfileWritten:
    """Change the profile that matches, or make one, and send a trigger to it, if it can be reached.

    https://guides.altcraft.com/en/developer-guide/campaigns/trigger-campaigns/22708362
    """
    mailing, database = _place(call, body.trigger_id)
    profile_id = launching.import_one(call, database, body)
    triggers.check_call(call.turn, mailing)
    triggers.start(call.turn, mailing, [profile_id], body.given)
    return ProfileWritten(profile_id=profile_id)


class ImportBatch(WithTrigger, ImportedMany):
    """The profiles that are written, and the trigger that is sent to them."""


@router.post("/import_and_start_batch", responses=refuses(*launching.NOT_FOUND))
async def bulk_profiles_import_and_trigger_launch(call: ImportCall, body: ImportBatch) -> Outcomes:
    """Do the same for many profiles, each with an outcome of its own.

    https://guides.altcraft.com/en/developer-guide/campaigns/trigger-campaigns/37847473
    """
    return _import_batch(call, body)


@router.post("/import_and_start_batch_task", responses=refuses(*launching.NOT_FOUND))
async def task_for_bulk_profiles_import(call: ImportCall, body: ImportBatch) -> Reply[TaskStarted]:
    """Do the same in the background; tasks/status shows the outcomes.

    https://guides.altcraft.com/en/developer-guide/campaigns/trigger-campaigns/33063474
    """
    outcomes = _import_batch(call, body)
    return launching.begin_task(call, outcomes.model_dump()["result"], len(body.data))


def _import_batch(call: Call, body: ImportBatch) -> Outcomes:
    mailing, database = _place(call, body.trigger_id)
    written = launching.import_many(call, database, body)
    triggers.check_call(call.turn, mailing)
    triggers.start(call.turn, mailing, launching.those_written(written), body.given)
    return launching.outcomes_of(written)


class StartBatch(Batch):
    trigger_id: Int64 = Field(description="Trigger mailing id")


@router.post("/start_batch", responses=refuses(*launching.NOT_FOUND))
async def bulk_trigger_launch(call: StartCall, body: StartBatch) -> Reached:
    """Send a trigger to many profiles; the response leaves out those who are not found or not reached.

    https://guides.altcraft.com/en/developer-guide/campaigns/trigger-campaigns/37847471
    """
    reached, _ = _start_batch(call, body, body.trigger_id)
    return Reached(result=reached)


class StartBatchTask(Batch):
    id: Int64 = Field(description="Trigger mailing id")

    @model_validator(mode="before")
    @classmethod
    def _is_an_item_itself(cls, content: Any) -> Any:
        """Return the request with one empty item if it has match values and no items."""
        if not isinstance(content, dict) or is_said(content.get("data")):
            return content
        is_item = any(is_said(content.get(name)) for name in (*FIELDS, "custom_request"))
        return {**content, "data": [{}]} if is_item else content


@router.post("/start_batch_task", responses=refuses(*launching.NOT_FOUND))
async def task_for_bulk_trigger_launch(call: StartCall, body: StartBatchTask) -> Reply[TaskStarted]:
    """Do the same in the background; tasks/status shows who is reached, and what is wrong with items.

    https://guides.altcraft.com/en/developer-guide/campaigns/trigger-campaigns/33063451
    """
    reached, errors = _start_batch(call, body, body.id)
    return launching.begin_task(call, reached, len(body.data), errors)


def _start_batch(call: Call, body: Batch, number: int) -> tuple[list[str], list[Mapping[str, Any]]]:
    """Start a trigger for each item; return the ids of the profiles reached, and the errors of items."""
    mailing, database = _place(call, number)
    groups, errors = launching.read_batch(call, database, body)
    triggers.check_call(call.turn, mailing)
    reached = list[str]()
    for group in groups:
        people = list(dict.fromkeys(group.people))
        reached += triggers.start(
            call.turn, mailing, people, body.given.having(custom_data=group.custom_data)
        )
    return list(dict.fromkeys(reached)), errors
