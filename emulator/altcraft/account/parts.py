"""What parts of a fixture of Altcraft have in common."""

from typing import Annotated

from pydantic import Field

from emulator.altcraft.tables.account import MAIN_GROUP
from emulator.sandbox.fixtures import Fixture, In

Id = Annotated[int, Field(ge=1, lt=2**31)]
"""An id, which leaves room for the ids of what requests make after it."""


class Grouped(Fixture):
    id: Id
    name: str
    groups: Annotated[list[int], In("groups")] = [MAIN_GROUP]
