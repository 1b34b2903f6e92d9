"""What parts of a fixture of Altcraft have in common."""

from typing import Annotated, Any

from pydantic import Field

from emulator.altcraft.tables.account import MAIN_GROUP
from emulator.altcraft.values import Name
from emulator.sandbox.fixtures import Fixture, In, RowT

LARGEST_ID = 2_000_000_000

Id = Annotated[int, Field(ge=1, le=LARGEST_ID)]
"""An id, which leaves room below 2^31 for the ids of what requests make: theirs are counted on from it."""


class Grouped(Fixture):
    id: Id
    name: Name
    groups: Annotated[list[int], In("groups")] = [MAIN_GROUP]

    def row(self, table: type[RowT], **more: Any) -> RowT:
        """Make a row that is once in each of its groups, and in the main one if it is in none."""
        return super().row(table, groups=list(dict.fromkeys(self.groups)) or [MAIN_GROUP], **more)
