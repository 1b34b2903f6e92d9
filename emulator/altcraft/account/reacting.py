"""The changes that start a fixture's triggers and scenarios without a request."""

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from emulator.altcraft.choosing.causes import NEEDED, SETTINGS, check_cause, check_moves, read_event
from emulator.altcraft.people.history import OF_SEGMENTS
from emulator.altcraft.tables.choosing import Segment
from emulator.altcraft.tables.mailings import SendChannel
from emulator.engine.engine import Turn
from emulator.sandbox.fixtures import Fixture, In, Place


class FieldChangeFixture(Fixture):
    """A change of a field; with an operator, only a change after which the field's value fits."""

    fieldname: str
    fieldtype: str = ""
    operator: Literal["equal", "not_equal", "greater", "less", "exist", "not_exist"] | None = None
    value: Any = None


class Reacting(Fixture):
    """The settings of what starts a trigger or a start node: requests, or changes of profiles."""

    action: Annotated[str, AfterValidator(read_event)] | None = None
    """The event of the history that starts it: `open`, `click_sms`, `import`, `entered`."""
    segment_id: Annotated[int | None, In("segments")] = Field(None, alias="of_segment")
    """The static segment of the events `entered` and `left`."""
    update_query: list[FieldChangeFixture] = []
    pixel_id: Annotated[int | None, In("pixels")] = Field(None, alias="pixel")
    goal: str | None = None
    is_new_ch: bool = False
    is_new_contact: bool = False
    is_new_sub: bool = False
    is_status_changed: bool = False
    subscribed_channel: SendChannel | None = None
    resource_id: Annotated[int, In("resources")] = Field(0, alias="resource")

    @model_validator(mode="after")
    def _says_what_starts_it(self) -> "Reacting":
        way = getattr(self, "starts_by", "")
        needed = NEEDED.get(way)
        if needed is not None and not getattr(self, needed):
            raise ValueError(f"what starts by {way} says {needed}")
        if way == "action" and self.action in OF_SEGMENTS and not self.segment_id:
            raise ValueError(f"what starts by {self.action} says of_segment")
        return self

    def foreign(self, way: str, reason: str) -> Iterator[tuple[Place, str]]:
        """Yield the settings of other ways to start, which would do nothing here."""
        for name in chain.from_iterable(names for other, names in SETTINGS.items() if other != way):
            own = "subscribed_channel" if name == "channel" else name
            if getattr(self, own):
                yield (type(self).model_fields[own].alias or own,), reason
        if way == "action" and self.segment_id and self.action not in OF_SEGMENTS:
            yield ("of_segment",), f"is of {' and '.join(sorted(OF_SEGMENTS))}"

    def reaction(self, way: str) -> dict[str, Any]:
        """Return the settings of a way to start, by the names that rows have."""
        said = self.model_dump() | {"channel": self.subscribed_channel}
        return {name: said[name] for name in SETTINGS.get(way, ())}

    def check_reaction(self, turn: Turn, reaction: Mapping[str, Any], database_id: int) -> None:
        """Raise AltcraftError for a pixel, a field or a segment that is not of the database."""
        check_cause(turn.session, reaction, database_id)
        if reaction.get("action") in OF_SEGMENTS:
            check_moves(turn.session.get_one(Segment, reaction["segment_id"]), database_id)
