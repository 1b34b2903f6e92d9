"""The automation scenarios of a fixture, with their graphs."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator
from sqlmodel import select

from emulator.altcraft.account.parts import Grouped
from emulator.altcraft.account.reacting import Reacting
from emulator.altcraft.people.drafts import Drafting
from emulator.altcraft.sending import ENDED, check_campaign
from emulator.altcraft.tables.choosing import Segment
from emulator.altcraft.tables.loyalty import LoyaltyProgram
from emulator.altcraft.tables.mailings import Mailing
from emulator.altcraft.tables.people import Database, Resource
from emulator.altcraft.tables.scenarios import Scenario
from emulator.engine.engine import Turn
from emulator.sandbox.fixtures import Duration, Fixture, In, Place, with_columns

Event = Literal["send", "deliv", "open", "click", "unsub"]


class NodeFixture(Fixture):
    name: str = Field(min_length=1)

    def written(self) -> dict[str, Any]:
        """Return the node as rows have it."""
        return self.model_dump(exclude_none=True)

    def exits(self) -> Iterator[str]:
        """Return the names of the nodes that profiles are handed on to."""
        return (getattr(self, name) for name in ("next", "then", "otherwise") if getattr(self, name, None))

    def check(self, turn: Turn, database: Database) -> None:
        """Raise FixtureError for a node that does not fit the scenario's database."""


class PassingFixture(NodeFixture):
    """A node with one exit."""

    next: str | None = None
    """The node that follows; none at the end."""


class DecidingFixture(NodeFixture):
    """A node with two exits."""

    then: str | None = None
    otherwise: str | None = None


class StartFixture(Reacting, PassingFixture):
    type: Literal["start"]
    starts_by: Literal["default", "api_import", "action", "update", "pixel", "subscribe"] = "default"
    """Requests put profiles in at the node `default`; the other nodes take them in by changes of profiles."""

    def contradictions(self) -> Iterator[tuple[Place, str]]:
        return self.foreign(self.starts_by, f"what starts by {self.starts_by} has none")

    def written(self) -> dict[str, Any]:
        own = self.model_dump(include={"name", "type", "next", "starts_by", "resource_id"})
        return own | {"reacts_to": self.reaction(self.starts_by)}

    def check(self, turn: Turn, database: Database) -> None:
        if self.resource_id:
            resource = turn.session.get_one(Resource, self.resource_id)
            if database.id not in resource.databases:
                raise self.wrong(f"resource {resource.id} does not have database {database.id}", "resource")
        with self.storing():
            self.check_reaction(turn, self.reaction(self.starts_by), database.id)


class CampaignNodeFixture(PassingFixture):
    type: Literal["campaign"]
    mailing: Annotated[int, In("mailings")]
    """The trigger that is sent to the profile, if it is active."""

    def check(self, turn: Turn, database: Database) -> None:
        mailing = turn.session.get_one(Mailing, self.mailing)
        if mailing.kind != "trigger":
            raise self.wrong(f"mailing {mailing.id} is no trigger", "mailing")
        if mailing.data_id != database.id:
            raise self.wrong(f"trigger {mailing.id} is not of database {database.id}", "mailing")


class DelayFixture(PassingFixture):
    type: Literal["delay"]
    length: Duration


class ConditionFixture(DecidingFixture):
    """Takes `then` for profiles in a segment, or whose start had this `content`; else `otherwise`."""

    type: Literal["condition"]
    segment: Annotated[int | None, In("segments")] = None
    content: dict[str, str | int | float | bool] = {}

    @model_validator(mode="after")
    def _decides_by_one_thing(self) -> "ConditionFixture":
        if bool(self.segment) == bool(self.content):
            raise ValueError("say either segment or content")
        return self

    def check(self, turn: Turn, database: Database) -> None:
        if not self.segment:
            return
        if database.id not in turn.session.get_one(Segment, self.segment).databases:
            raise self.wrong(f"segment {self.segment} is not of database {database.id}", "segment")


class FeedbackFixture(DecidingFixture):
    """Waits for an event of the message that the profile got last: `then` if it comes, else `otherwise`."""

    type: Literal["feedback"]
    event: Event
    timeout: Duration


class UpdateFixture(PassingFixture):
    type: Literal["update"]
    data: dict[str, Any]
    """Fields of the profile, as imports have them."""

    def check(self, turn: Turn, database: Database) -> None:
        resources = {one.id: one for one in turn.session.exec(select(Resource))}
        with self.storing("data"):
            Drafting(database, resources).draft(self.data)


class PromoAttachFixture(PassingFixture):
    type: Literal["promo_attach"]
    program: Annotated[int, In("loyalty_programs")]
    code: str | None = None
    """The promo code that the profile gets; any free one of the program if left out."""

    def check(self, turn: Turn, database: Database) -> None:
        if turn.session.get_one(LoyaltyProgram, self.program).database_id != database.id:
            raise self.wrong(f"loyalty program {self.program} is not of database {database.id}", "program")


AnyNode = Annotated[
    StartFixture
    | CampaignNodeFixture
    | DelayFixture
    | ConditionFixture
    | FeedbackFixture
    | UpdateFixture
    | PromoAttachFixture,
    Field(discriminator="type"),
]


@with_columns(Scenario, "tags", "attributes")
class ScenarioFixture(Grouped):
    """A scenario. In a long past, a profile that walks in a circle goes on only 10 times at each end."""

    database: Annotated[int, In("databases")]
    campaign_id: Annotated[int | None, In("campaigns")] = Field(None, alias="campaign")
    is_active: bool = Field(False, alias="active")
    mode: Literal["skip", "skip_in_any_case", "restart"] = "skip"
    """Who may enter again: those who have left, nobody, or everybody, who then begins anew."""
    nodes: list[AnyNode] = Field([StartFixture(name="Default", type="start")], min_length=1)

    @model_validator(mode="after")
    def _has_a_graph(self) -> "ScenarioFixture":
        names = [node.name for node in self.nodes]
        if len(set(names)) < len(names):
            raise ValueError("nodes have names of their own")
        starts = {node.name: node.starts_by for node in self.nodes if isinstance(node, StartFixture)}
        if not starts:
            raise ValueError("a node of type start is needed")
        if [*starts.values()].count("default") > 1:
            raise ValueError("one node of type start starts by default at most")
        for node in self.nodes:
            for following in node.exits():
                if following not in names:
                    raise ValueError(f"node {node.name} leads to {following}, which is no node")
                if following in starts:
                    raise ValueError(f"node {node.name} leads to {following}, where profiles only come in")
        return self

    def store(self, turn: Turn) -> None:
        """Store the scenario. Raises FixtureError for nodes that do not fit its database."""
        database = turn.session.get_one(Database, self.database)
        for node in self.nodes:
            node.check(turn, database)
        nodes = [node.written() for node in self.nodes]
        starts = [node.starts_by for node in self.nodes if isinstance(node, StartFixture)]
        reacts = any(way != "default" for way in starts)
        state = "active" if self.is_active else "inactive"
        scenario = self.row(Scenario, list_id=self.database, state=state, nodes=nodes, reacts=reacts)
        if self.is_active:
            with self.storing("campaign"):
                check_campaign(turn, scenario, *ENDED)
        turn.session.add(scenario)
