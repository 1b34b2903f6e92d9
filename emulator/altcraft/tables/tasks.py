"""Background tasks, and files that they make or clients upload."""

from typing import Annotated, Any, ClassVar

from pydantic import BaseModel
from sqlmodel import Field

from emulator.engine.clock import DAY, Millis
from emulator.engine.expiry import Expiry
from emulator.storage.columns import JsonOf
from emulator.storage.tables import Table, json_or_none


class Result(BaseModel):
    """The result of a task, with what the result of an export has: the source of its file."""

    type: str = ""
    source_id: int = 0
    suppress_id: int = 0


class Task(Table, table=True):
    """A background task. It is done at `ends_at`."""

    KEPT: ClassVar[bool] = False
    __tablename__ = "altcraft_task"

    id: str = Field(primary_key=True)
    """A UUID, without the prefix `task_`."""
    at: Millis = Field(index=True)
    ends_at: Millis
    result: Annotated[Any, JsonOf(Result | list[dict[str, Any]])] = json_or_none()
    """The result, which is shown when the task is done."""


KEPT_TASKS = Expiry(
    Task,
    7 * DAY,
    with_them=(
        "DELETE FROM altcraft_file"
        " WHERE task_id IS NOT NULL AND task_id NOT IN (SELECT id FROM altcraft_task)"
    ),
)
"""A task and its files are known for a week."""


class File(Table, table=True):
    """A file that a task made, or that a client uploaded."""

    KEPT: ClassVar[bool] = False
    __tablename__ = "altcraft_file"

    id: str = Field(primary_key=True)
    """A UUID."""
    task_id: str | None = Field(default=None, index=True)
    name: str
    content_type: str
    content: bytes
