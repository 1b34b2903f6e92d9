"""Automation scenarios; the paths call them workflows.

https://guides.altcraft.com/en/developer-guide/automation-scenarios. Their graphs come from fixtures.
"""

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from emulator.altcraft import launching, refusals, scenarios
from emulator.altcraft.answers import Outcomes, ProfileWritten, TaskStarted
from emulator.altcraft.dialect import Call, Policy
from emulator.altcraft.launching import Aimed, Imported, ImportedMany, ImportedOne
from emulator.altcraft.listing import GroupName, ListFilters, find, group_names, next_id, page
from emulator.altcraft.models import Code, Done, Model, Page, Reply, TableAsJson
from emulator.altcraft.tables.people import Database
from emulator.altcraft.tables.scenarios import Scenario
from emulator.altcraft.values import Flag, Int64
from emulator.gateway.route import OperationRoute, refuses

router = APIRouter(prefix="/api/v1.1/workflows", tags=["Automation scenarios"], route_class=OperationRoute)

ViewCall = Annotated[Call, Policy(right="scenarios.view", has_table=True)]
RunCall = Annotated[Call, Policy(right="scenarios.run", deduplicated="by id", has_table=True, is_long=True)]
StartCall = Annotated[Call, launching.starting("scenarios")]
ImportCall = Annotated[Call, launching.importing("scenarios")]


class ScenarioFilters(ListFilters, TableAsJson):
    """The filters of the list of scenarios."""


class NodeRow(Model):
    name: str
    type: str


class ScenarioRow(Model):
    id: int
    name: str
    list_id: int
    is_active: bool
    tags: list[str] = Field(serialization_alias="ui_tags")
    mode: str
    groups: list[GroupName]
    nodes: list[NodeRow]


@router.post("/list")
async def get_list_of_automation_scenarios(call: ViewCall, body: ScenarioFilters) -> Page[ScenarioRow]:
    """Page through the scenarios, by id, with the nodes of each.

    https://guides.altcraft.com/en/developer-guide/automation-scenarios/95715617
    """
    found, total = page(call, Scenario, body)
    rows = [ScenarioRow.of(one, groups=group_names(call, one.groups)) for one in found]
    return Page(data=rows, next_from_id=next_id(found, body), total_count=total)


class ScenarioById(TableAsJson):
    id: Int64 = Field(description="Scenario id")


class ActivateScenario(ScenarioById):
    skip_profiles: Flag = Field(False, description="Whether those who are in it leave it first")


@router.post("/activate", responses=refuses(refusals.ObjectNotFound, refusals.WrongState))
async def activate_scenario(call: RunCall, body: ActivateScenario) -> Done:
    """Make a scenario active. Steps that fell due while it was inactive are taken at once.

    https://guides.altcraft.com/en/developer-guide/automation-scenarios/activate-workflow
    """
    scenarios.activate(call.turn, _scenario(call, body.id), skip_profiles=body.skip_profiles)
    return Done()


@router.post("/deactivate", responses=refuses(refusals.ObjectNotFound))
async def deactivate_scenario(call: RunCall, body: ScenarioById) -> Done:
    """Make a scenario inactive: profiles stay where they are. Known from the navigation alone.

    https://guides.altcraft.com/en/developer-guide/automation-scenarios
    """
    scenarios.deactivate(call.turn, _scenario(call, body.id))
    return Done()


def _scenario(call: Call, number: int) -> Scenario:
    return find(call, Scenario, number, "scenario")


class EngageProfile(Aimed):
    id: Int64 = Field(description="Scenario id")


class Engaged(Code):
    """The response of launches: the ids of the profiles that the scenario took in."""

    result: list[str]


@router.post("/start", responses=refuses(*launching.NOT_MATCHED, refusals.SubscriptionNotFound))
async def engage_profile_in_scenario(call: StartCall, body: EngageProfile) -> Engaged:
    """Put the profile that matches, or all that a query selects, into a scenario at its node Default.

    https://guides.altcraft.com/en/developer-guide/automation-scenarios/2195668
    """
    scenario, database = _place(call, body.id)
    given = body.given_for(None)
    people = launching.people_of(call, database, body)
    scenarios.check_wanted(call.turn, scenario, people, given.wanted)
    scenarios.check_running(call.turn, scenario)
    return Engaged(result=scenarios.enter(call.turn, scenario, people, given))


def _place(call: Call, number: int) -> tuple[Scenario, Database]:
    """Return a scenario and its database. Raises ObjectNotFound."""
    scenario = _scenario(call, number)
    return scenario, find(call, Database, scenario.list_id, "database")


class WithScenario(Imported):
    workflow_id: Int64 = Field(description="Scenario id")


class ImportAndEngage(WithScenario, ImportedOne):
    """The profile that is written, and the scenario that it enters."""


@router.post("/import_and_start", responses=refuses(*launching.NOT_WRITTEN))
async def import_and_engage_profile_in_scenario(call: ImportCall, body: ImportAndEngage) -> ProfileWritten:
    """Change the profile that matches, or make one, and put it into a scenario.

    https://guides.altcraft.com/en/developer-guide/automation-scenarios/28934227
    """
    scenario, database = _place(call, body.workflow_id)
    profile_id = launching.import_one(call, database, body)
    scenarios.check_running(call.turn, scenario)
    scenarios.enter(call.turn, scenario, [profile_id], body.given)
    return ProfileWritten(profile_id=profile_id)


class EngageMany(WithScenario, ImportedMany):
    """The profiles that are written, and the scenario that they enter."""


@router.post("/import_and_start_batch", responses=refuses(*launching.NOT_FOUND))
async def batch_import_and_engage_profiles(call: ImportCall, body: EngageMany) -> Outcomes:
    """Do the same for many profiles, each with an outcome of its own.

    https://guides.altcraft.com/en/developer-guide/automation-scenarios/33063492
    """
    return _engage_many(call, body)


@router.post("/import_and_start_batch_task", responses=refuses(*launching.NOT_FOUND))
async def task_for_batch_import_and_engaging(call: ImportCall, body: EngageMany) -> Reply[TaskStarted]:
    """Do the same in the background; tasks/status shows the outcomes.

    https://guides.altcraft.com/en/developer-guide/automation-scenarios/33063493
    """
    outcomes = _engage_many(call, body)
    return launching.begin_task(call, outcomes.model_dump()["result"], len(body.data))


def _engage_many(call: Call, body: EngageMany) -> Outcomes:
    scenario, database = _place(call, body.workflow_id)
    written = launching.import_many(call, database, body)
    scenarios.check_running(call.turn, scenario)
    scenarios.enter(call.turn, scenario, launching.those_written(written), body.given)
    return launching.outcomes_of(written)
