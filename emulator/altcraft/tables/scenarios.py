"""Automation scenarios, and the ways of profiles through them."""

from typing import Annotated, Any, ClassVar

from sqlmodel import Field

from emulator.altcraft.tables.account import Listable
from emulator.engine.clock import Millis
from emulator.sending.lifecycle import Lifecycle
from emulator.storage.columns import OneOf, RowOf
from emulator.storage.tables import Table, json_list, json_object


class Scenario(Listable, table=True):
    __tablename__ = "altcraft_scenario"

    campaign_id: int | None = Field(default=None, index=True)
    list_id: Annotated[int, RowOf("altcraft_database")]
    state: str = "inactive"
    """`inactive` or `active`."""
    mode: Annotated[str, OneOf("skip", "skip_in_any_case", "restart")] = "skip"
    """What happens to a profile that enters again: `skip`, `skip_in_any_case` or `restart`."""
    nodes: list[dict[str, Any]] = json_list()
    """The graph: each node has a `name`, a `type`, and the names of the next nodes, as in fixtures."""
    reacts: bool = False
    """Whether a start node takes profiles in by changes of them."""
    stopped_at: Millis | None = None
    """When it was last stopped because it starts itself."""
    failed_at: Millis | None = None
    """When a step last failed; warnings come once per instant."""

    @property
    def is_active(self) -> bool:
        return self.state == "active"


PASSAGE_STATES = ("inside", "completed", "left", "error")
"""The states of passages. Profiles that were taken out before the end have `left`."""


class Passage(Table, table=True):
    """The way of a profile through a scenario."""

    KEPT: ClassVar[bool] = False
    __tablename__ = "altcraft_passage"

    id: int = Field(primary_key=True)
    scenario_id: Annotated[int, RowOf("altcraft_scenario")] = Field(index=True)
    profile_id: Annotated[str, RowOf("altcraft_profile")] = Field(index=True)
    state: Annotated[str, OneOf(*PASSAGE_STATES)] = "inside"
    node: str = ""
    """The node at which the profile is, or was last."""
    entered_at: Millis
    ended_at: Millis | None = None
    given: dict[str, Any] = json_object()
    """The values of the start for messages."""
    chain: int = 0
    """The chain of starts that led to where it is (`Run.chain`)."""
    mailing_id: int | None = None
    """The mailing of the message that it was sent last."""
    sending: int | None = Field(default=None, index=True)
    """The number of that message's launch (`Run.sending`)."""
    awaits: str = Field(default="", index=True)
    """The event of that message that it waits for, by the name in action hooks."""
    went_on: int = 0
    """How often it went on from a node at which it waited, in the past of a fixture."""
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
