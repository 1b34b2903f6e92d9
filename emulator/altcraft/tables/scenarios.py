"""Automation scenarios, and the ways of profiles through them."""

from typing import Annotated, Any, ClassVar

from sqlmodel import Field

from emulator.altcraft.tables.account import Listable
from emulator.engine.clock import Millis
from emulator.sending.lifecycle import Lifecycle
from emulator.storage.tables import OneOf, Table, json_list, json_object


class Scenario(Listable, table=True):
    __tablename__ = "altcraft_scenario"

    campaign_id: int | None = Field(default=None, index=True)
    list_id: int
    state: str = "inactive"
    """`inactive` or `active`."""
    mode: Annotated[str, OneOf("skip", "skip_in_any_case", "restart")] = "skip"
    """What becomes of who enters again."""
    nodes: list[dict[str, Any]] = json_list()
    """The graph: each node has a `name`, a `type`, and the names of those that follow, as in fixtures."""
    reacts: bool = False
    """Whether a start node takes profiles in by what happens to them."""
    stopped_at: Millis | None = None
    """When it was last kept from starting itself on and on."""
    failed_at: Millis | None = None
    """When a step last failed, of which it warns once an instant."""

    @property
    def is_active(self) -> bool:
        return self.state == "active"


PASSAGE_STATES = ("inside", "completed", "left", "error")
"""Those taken out before the end have `left`."""


class Passage(Table, table=True):
    """The way of a profile through a scenario."""

    KEPT: ClassVar[bool] = False
    __tablename__ = "altcraft_passage"

    id: int = Field(primary_key=True)
    scenario_id: int = Field(index=True)
    profile_id: str = Field(index=True)
    state: Annotated[str, OneOf(*PASSAGE_STATES)] = "inside"
    node: str = ""
    """Where it stands, or stood last."""
    entered_at: Millis
    ended_at: Millis | None = None
    given: dict[str, Any] = json_object()
    """What the start was given for messages."""
    chain: int = 0
    """The chain of starts that led to where it is (`Run.chain`)."""
    mailing_id: int | None = None
    """The mailing of the message that it was sent last."""
    sending: int | None = Field(default=None, index=True)
    """The number of that message's launch (`Run.sending`)."""
    awaits: str = Field(default="", index=True)
    """The event of that message which it waits for, as action hooks name it."""
    went_on: int = 0
    """How often it went on from where it waited, in the past of a fixture."""
    taken: str = ""
    """The exit that was due while the scenario stood still."""


SCENARIO = Lifecycle(
    "scenario",
    ("inactive", "active"),
    {
        ("inactive", "activate"): "active",
        ("active", "activate"): "active",
        ("inactive", "deactivate"): "inactive",
        ("active", "deactivate"): "inactive",
    },
)
