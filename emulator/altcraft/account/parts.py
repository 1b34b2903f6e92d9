"""The id, the name and the groups that parts of a fixture have in common."""

from typing import Annotated, Any

from pydantic import Field

from emulator.altcraft.tables.account import MAIN_GROUP
from emulator.altcraft.values import Name
from emulator.sandbox.fixtures import Fixture, In, RowT

LARGEST_ID = 2_000_000_000

Id = Annotated[int, Field(ge=1, le=LARGEST_ID)]
"""An id. New objects get the ids that follow the fixture's highest one, and must stay below 2^31."""


class Named(Fixture):
    id: Id
    name: Name


class Grouped(Named):
    groups: Annotated[list[int], In("groups")] = [MAIN_GROUP]

    def row(self, table: type[RowT], **more: Any) -> RowT:
        """Make a row that names each group once, and the main group if it names none."""
        return super().row(table, groups=list(dict.fromkeys(self.groups)) or [MAIN_GROUP], **more)
