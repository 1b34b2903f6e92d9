"""The account, its tokens and groups, and the columns that filters of lists look at."""

from typing import Annotated, ClassVar

from sqlmodel import Field

from emulator.engine.clock import DAY, Millis
from emulator.engine.expiry import Expiry
from emulator.sending.job_table import Pace
from emulator.storage.columns import RowOf
from emulator.storage.tables import Table, json_list, json_object, json_or_none

MAIN_GROUP = 0
"""The group of everything that is in no other."""


class Account(Table, table=True):
    """The settings of the whole account, in a single row."""

    IS_SINGLE: ClassVar[bool] = True
    __tablename__ = "altcraft_account"

    id: int = Field(default=1, primary_key=True)
    user: str
    """The user who appears as the editor of what the API changes."""
    number: int
    """The account's id, which is in action hooks."""
    pace: Pace
    """Messages a second that a mailing sends."""
    allow_data_wipe: bool = True
    """Whether whole databases can be wiped."""
    policy_id: int = 0
    """The sending policy of the resources and mailings that have none of their own; 0 for none."""


class Token(Table, table=True):
    IS_FILLED: ClassVar[bool] = True
    __tablename__ = "altcraft_token"

    number: int = Field(primary_key=True)
    token: str
    rights: list[str] | None = json_or_none()
    """The rights of the token; None for all rights."""
    groups: Annotated[list[int], RowOf("altcraft_group")] | None = json_or_none()
    """The groups whose objects it sees; None for all."""


class Group(Table, table=True):
    __tablename__ = "altcraft_group"

    id: int = Field(primary_key=True)
    name: str


class Listable(Table):
    """The columns that the lists of mailings and campaigns can be filtered by."""

    id: int = Field(primary_key=True)
    name: str
    tags: list[str] = json_list()
    groups: Annotated[list[int], RowOf("altcraft_group")] = json_list()
    attributes: dict[str, list[str]] = json_object()


class RememberedAnswer(Table, table=True):
    """The first response to a `Request-ID`."""

    KEPT: ClassVar[bool] = False
    __tablename__ = "altcraft_remembered_answer"

    key: str = Field(primary_key=True)
    at: Millis = Field(index=True)
    content_type: str
    body: bytes


REMEMBERED = Expiry(RememberedAnswer, DAY, forgets_later=True)
"""A request is a repetition for a day from the first one."""
