"""Imports of a profile for simple integrations: flat parameters, and a text for a response.

https://guides.altcraft.com/en/developer-guide/profiles/3113182 and
…/user-guide/integrations/2195949 (forms of LPgenerator).
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import ConfigDict, Field
from starlette.responses import PlainTextResponse

from emulator.altcraft import refusals, scenarios, triggers
from emulator.altcraft.dialect import Call, Policy
from emulator.altcraft.listing import find, seen_resources
from emulator.altcraft.models import SUCCESS, Asking
from emulator.altcraft.people.drafts import Drafting
from emulator.altcraft.people.fields import FieldList
from emulator.altcraft.people.matching import Match, match_of
from emulator.altcraft.people.values import is_said
from emulator.altcraft.people.writing import Writing, write_profile
from emulator.altcraft.tables.mailings import Mailing
from emulator.altcraft.tables.people import Database, Resource
from emulator.altcraft.tables.scenarios import Scenario
from emulator.altcraft.triggers import Given
from emulator.altcraft.values import Int64, Words
from emulator.gateway.route import OperationRoute, refuses

router = APIRouter(prefix="/api/integrations", tags=["Profiles"], route_class=OperationRoute)

QuickCall = Annotated[Call, Policy(right="profiles.edit", deduplicated="by content", errors="text")]

MODES = ("email", "email_profile", "phone")
"""The values of `matching`, beside the names of fields."""

NO_FIELDS = frozenset(
    {"token", "format", "request_id", "db_id", "matching", "resource_id", "trigger_id", "workflow_id"}
    | {"email", "phone", "field_name", "field_value"}
)
"""The parameters that are no fields of the database. `request_id` keeps repeated requests apart."""


STARTING = {"trigger_id": "mailings.run", "workflow_id": "scenarios.run"}
"""The further right that a request needs to start a trigger or a scenario, by the parameter."""


class QuickImport(Asking):
    """Parameters of the URL or of the body. All others are fields of the database."""

    model_config = ConfigDict(extra="allow")

    db_id: Int64 | None = Field(None, description="Database id; required")
    matching: Words | None = Field(
        None, description="email, email_profile, phone, or a field of the database"
    )
    resource_id: Int64 | None = Field(
        None, description="Resource that the address and the phone subscribe to"
    )
    email: Words | None = None
    phone: Words | None = None
    regip: Any = Field(None, alias="_regip", description="IP address of the registration")
    regurl: Any = Field(None, alias="_regurl", description="URL of the registration; else the Referer")
    trigger_id: Int64 | None = Field(None, description="Trigger mailing to start with the import")
    workflow_id: Int64 | None = Field(None, description="Scenario to put the profile into")


REFUSALS = refuses(
    refusals.ObjectNotFound,
    refusals.WrongState,
    refusals.ManyProfilesMatch,
    refusals.AlreadyExists,
    refusals.IncorrectField,
    refusals.InvalidField,
)


@router.post("/any/profile_import", response_class=PlainTextResponse, responses=REFUSALS)
async def quick_profile_import(
    call: QuickCall, query: Annotated[QuickImport, Query()], body: QuickImport
) -> str:
    """Change the profile that matches, or make one; subscribe it to a resource.

    https://guides.altcraft.com/en/developer-guide/profiles/3113182
    """
    said = query.said() | body.said()
    if not all(call.grant.may(right) for name, right in STARTING.items() if name in said):
        raise refusals.AccessDenied
    if "db_id" not in said:
        raise refusals.IncorrectRequest("db_id", "Field required")
    database = find(call, Database, said["db_id"], "database")
    trigger, scenario = _trigger(call, said, database), _scenario(call, said, database)
    profile_id = _import(call, database, said)
    if trigger is not None:
        triggers.check_call(call.turn, trigger)
        triggers.start(call.turn, trigger, [profile_id], Given())
    if scenario is not None:
        scenarios.check_running(call.turn, scenario)
        scenarios.enter(call.turn, scenario, [profile_id], Given())
    return SUCCESS


class FilledForm(Asking):
    """A filled-in form of LPgenerator, with the parameters that its webhook is set up to add."""

    id: Any = None
    lead_data: dict[str, Any] = Field(description="Fields of the database, `email` and `phone`")
    meta_data: dict[str, Any] = Field(description="Address and browser; not looked at")
    utm_data: dict[str, Any] = Field(description="UTM tags, may be empty; not looked at")
    db_id: Int64 = Field(description="Database id")
    matching: Literal["email", "phone", "custom"] = Field("email", description="How the profile is found")
    field_name: Words | None = Field(None, description="The field of `custom`, whose value is in `lead_data`")
    resource_id: Int64 | None = Field(
        None, description="Resource that the address and the phone subscribe to"
    )

    def parameters(self) -> dict[str, Any]:
        """Return the form as the parameters of a quick import."""
        no_fields = NO_FIELDS - {"email", "phone"}
        lead = {
            name: value for name, value in self.lead_data.items() if is_said(value) and name not in no_fields
        }
        matching = "field_name" if self.matching == "custom" else self.matching
        settings = self.model_dump(include={"field_name", "resource_id"}, exclude_none=True)
        return lead | settings | {"matching": matching}


@router.post("/lpgenerator/profile_import", response_class=PlainTextResponse, responses=REFUSALS)
async def lpgenerator_profile_import(call: QuickCall, body: FilledForm) -> str:
    """Change the profile that the fields of a form match, or make one; subscribe it to a resource.

    The responses are inferred from those of the quick import.

    https://guides.altcraft.com/en/user-guide/integrations/2195949
    """
    database = find(call, Database, body.db_id, "database")
    _import(call, database, body.parameters())
    return SUCCESS


def _import(call: Call, database: Database, said: Mapping[str, Any]) -> str:
    """Store the profile that parameters describe; return its id. Raises AltcraftError."""
    resources = seen_resources(call)
    drafting = Drafting(database, resources)
    data = _fields_of(call, said)
    match = _match_of(said, data, drafting.fields)
    if match.mode not in {"email", "email_profile"} and "email" in said:
        data["email"] = said["email"]
    if match.mode != "phone" and "phone" in said:
        data["phones"] = [said["phone"]]
    if "resource_id" in said:
        data["subscriptions"] = _subscriptions(said, _resource(call, said["resource_id"], database))
    writing = Writing(database, resources, "import", detect_geo="_regip" in data)
    return write_profile(call.turn, writing, drafting.draft(data, match)).profile_id


def _trigger(call: Call, said: Mapping[str, Any], database: Database) -> Mailing | None:
    """Return the trigger that a request starts. Raises ObjectNotFound and IncorrectRequest."""
    if "trigger_id" not in said:
        return None
    mailing = find(call, Mailing, said["trigger_id"], "trigger")
    if mailing.kind != "trigger":
        raise refusals.ObjectNotFound("trigger", mailing.id)
    if mailing.data_id != database.id:
        raise refusals.IncorrectRequest("trigger_id", f"trigger {mailing.id} is of another database")
    return mailing


def _scenario(call: Call, said: Mapping[str, Any], database: Database) -> Scenario | None:
    """Return the scenario that a request starts. Raises ObjectNotFound and IncorrectRequest."""
    if "workflow_id" not in said:
        return None
    scenario = find(call, Scenario, said["workflow_id"], "scenario")
    if scenario.list_id != database.id:
        raise refusals.IncorrectRequest("workflow_id", f"scenario {scenario.id} is of another database")
    return scenario


def _fields_of(call: Call, said: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of the database among the parameters. Raises IncorrectField."""
    data = {name: value for name, value in said.items() if name not in NO_FIELDS}
    if "subscriptions" in data:
        raise refusals.IncorrectField("subscriptions")
    if "_regurl" not in data and "referer" in call.headers:
        data["_regurl"] = call.headers["referer"]
    return data


def _match_of(said: Mapping[str, Any], data: Mapping[str, Any], fields: FieldList) -> Match:
    """Return the match of a request; `matching` may be the name of a field. Raises IncorrectRequest."""
    whom = {name: said[name] for name in ("email", "phone", "matching") if name in said}
    name = whom.get("matching", "email")
    if name in MODES:
        return match_of(whom, fields, MODES)
    if name == "field_name":
        name = said.get("field_name", "")
    if fields.get(name) is None:
        raise refusals.IncorrectRequest("matching", f"must be {', '.join(MODES)}, or a field of the database")
    whom = {"matching": "custom", "field_name": name, "field_value": said.get("field_value", data.get(name))}
    return match_of(whom, fields)


def _resource(call: Call, number: int, database: Database) -> Resource:
    """Return a resource that the people of a database can subscribe to. Raises ObjectNotFound."""
    resource = find(call, Resource, number, "resource")
    if database.id not in resource.databases:
        raise refusals.ObjectNotFound("resource", number)
    return resource


def _subscriptions(said: Mapping[str, Any], resource: Resource) -> list[dict[str, Any]]:
    """Return a subscription for each address of a request that a resource has a channel for."""
    return [
        {"channel": channel, name: said[name], "resource_id": resource.id}
        for channel, name in (("email", "email"), ("sms", "phone"))
        if name in said and channel in resource.channels
    ]
