"""Goals that clients report.

https://guides.altcraft.com/en/developer-guide/goals. The response is inferred from that of imports.
"""

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import AfterValidator, BeforeValidator, Field

from emulator.altcraft import refusals
from emulator.altcraft.answers import NOT_MATCHED, ProfileMatch, find_profile
from emulator.altcraft.dialect import Call, Policy
from emulator.altcraft.listing import find
from emulator.altcraft.models import Body, Code
from emulator.altcraft.people.changes import record
from emulator.altcraft.people.drafts import Drafting
from emulator.altcraft.people.goals import browser, check_size, reached, read_goal
from emulator.altcraft.people.matching import FIVE_MODES, by_id
from emulator.altcraft.people.values import READERS
from emulator.altcraft.people.writing import Writing, write_profile
from emulator.altcraft.tables.people import Database, Pixel
from emulator.altcraft.values import Flag, Int64, Listed, MaybeMoment, Number, Text, Words
from emulator.gateway.route import OperationRoute, refuses

router = APIRouter(prefix="/api/v1.1/goals", tags=["Goals"], route_class=OperationRoute)

EditCall = Annotated[Call, Policy(right="goals.edit", deduplicated="by id")]


def _flat(value: object) -> object:
    """Return the data of a goal: plain values, and lists of such. Raises ValueError."""
    if isinstance(value, dict):
        listed = (one if isinstance(one, list) else [one] for one in value.values())
        if any(isinstance(item, dict | list) for one in listed for item in one):
            raise ValueError("must be flat: it has an object, or a list in a list")
        check_size(value)
    return value


GoalName = Annotated[Words, AfterValidator(read_goal)]
GoalData = Annotated[dict[str, Any], BeforeValidator(_flat)]
IpAddress = Annotated[str, AfterValidator(READERS["ip"])]


class Goal(Body):
    goal: GoalName
    value: Number | None = Field(None, description="Any number; may be negative")


class GoalsToRegister(ProfileMatch):
    """A goal in `goal`, several in `goals`, or both, with the data of the original request."""

    pixel_id: Int64
    goal: GoalName | None = Field(None, description="Name: up to 128 letters, digits and common signs")
    value: Number | None = Field(None, description="Of `goal`; may be negative")
    goals: Listed[Goal] = Field([], description="Several goals, each with a value of its own")
    date: MaybeMoment = Field(None, description="When it happened; now if left out")
    referer: Text | None = Field(None, description="Page of the original request")
    user_agent: Text | None = Field(None, description="Browser of the original request")
    accept_language: Text | None = Field(None, description="Languages of the original request")
    client_ip: IpAddress | None = Field(None, description="IP address of the original request")
    pixel_data: GoalData = Field({}, description="Plain values and lists of these, up to 1,024 bytes")
    skip_triggers: Flag = Field(False, description="Whether nothing is started by it")
    enrich_profile: Flag = Field(
        True, description="Whether `vendor`, `client_ip` and the browser become fields of the profile"
    )
    is_test: Flag = Field(False, description="Whether it is a test")
    vendor: Text | None = Field(None, description="The profile's `_vendor` at that time")
    external_id: Words | None = None

    def all_goals(self) -> list[Goal]:
        """Return every goal. Raises IncorrectRequest where there is none."""
        own = [] if self.goal is None else [Goal(goal=self.goal, value=self.value)]
        if not own and not self.goals:
            raise refusals.IncorrectRequest("goal", "Field required")
        return own + self.goals

    def enrichment(self) -> dict[str, str]:
        """Return the values that enrich the profile, by field."""
        known = browser(self.user_agent or "")
        told = {"_vendor": self.vendor, "_ip": self.client_ip, "_browser": known}
        return {name: value for name, value in told.items() if value} if self.enrich_profile else {}


ABOUT = ("referer", "user_agent", "accept_language", "client_ip", "is_test", "vendor", "external_id")
"""The fields that the history stores beside each goal."""


class GoalsRegistered(Code):
    profile_id: str


@router.post("/register", responses=refuses(*NOT_MATCHED))
async def goals_and_goal_values_registration(call: EditCall, body: GoalsToRegister) -> GoalsRegistered:
    """Record that a profile reached goals, each with or without a value, and enrich the profile.

    https://guides.altcraft.com/en/developer-guide/goals/2195843
    """
    goals, database = body.all_goals(), find(call, Database, body.db_id, "database")
    pixel = call.db.get(Pixel, body.pixel_id)
    if pixel is None or pixel.database_id != database.id:
        raise refusals.ObjectNotFound("pixel", body.pixel_id)
    profile_id = find_profile(call, body, FIVE_MODES)
    _enrich(call, database, profile_id, body)
    told = body.model_dump(include=body.model_fields_set.intersection(ABOUT))
    changes = [
        reached(profile_id, one.goal, pixel.id, body.pixel_data, one.said("goal") | told, body.date)
        for one in goals
    ]
    record(call.turn, changes, is_silent=body.skip_triggers)
    return GoalsRegistered(profile_id=profile_id)


def _enrich(call: Call, database: Database, profile_id: str, body: GoalsToRegister) -> None:
    """Write the vendor, the IP address and the browser of the event into the profile, if it asks for that."""
    values = body.enrichment()
    if values:
        draft = Drafting(database, {}).draft(values, by_id(profile_id))
        write_profile(call.turn, Writing(database, {}, "update", is_silent=body.skip_triggers), draft)
