"""Background tasks: a request returns a task's id, and the client polls the task.

https://guides.altcraft.com/en/developer-guide/segments/refresh-counters. A task takes a second of the
sandbox's clock, and one more for each 10,000 rows. Its result is computed when it is requested.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from emulator.altcraft.refusals import ObjectNotFound
from emulator.altcraft.tables.tasks import KEPT_TASKS, File, Task
from emulator.altcraft.webhooks import HOOKS, OF_TASKS
from emulator.engine.back import go_on
from emulator.engine.clock import EARLIEST, SECOND, Millis
from emulator.engine.engine import Handler, Turn
from emulator.webhooks.events import Destination, Notice, deliver

ROWS_A_SECOND = 10_000
DONE = "altcraft.task_done"
PREFIX = "task_"
"""The prefix of a task's id in responses of exports. Tasks are found with and without it."""


class Exported(NamedTuple):
    """The file of an export, and the result of its task."""

    file: File
    result: Mapping[str, Any]


def start(
    turn: Turn,
    result: Any,
    *,
    rows: int = 0,
    files: Sequence[File] = (),
    feedback: str | None = None,
) -> str:
    """Begin a task with a known result; return its id.

    Args:
        turn: The transaction.
        result: The result, which tasks/status shows once the task is done.
        rows: The number of rows that it looks at, which sets its length.
        files: The files that it makes.
        feedback: The address that the result is sent to, if any.
    """
    task = Task(
        id=turn.ids.uuid("altcraft.task"),
        at=turn.now,
        ends_at=turn.now + SECOND * (1 + rows // ROWS_A_SECOND),
        result=result,
    )
    turn.session.add(task)
    for file in files:
        file.task_id = task.id
        turn.session.add(file)
    if feedback:
        turn.schedule(task.ends_at, DONE, _subject(task.id), url=feedback)
    KEPT_TASKS.plan(turn)
    return task.id


def find(turn: Turn, number: str) -> Task | None:
    """Return the task with an id, with or without its prefix, its letters in any case."""
    task = turn.session.get(Task, number.removeprefix(PREFIX).lower())
    return task if task and task.at + KEPT_TASKS.after > turn.now else None


def finished_export(turn: Turn, number: str, name: str) -> tuple[File, Mapping[str, Any]]:
    """Return the file of a finished export, by its id and name, and the result. Raises ObjectNotFound."""
    file = turn.session.get(File, number)
    task = find(turn, file.task_id) if file and file.task_id and file.name == name else None
    if file is None or task is None or task.ends_at > turn.now:
        raise ObjectNotFound("file", number)
    return file, task.result if isinstance(task.result, dict) else {}


def shown(task: Task, now: Millis) -> dict[str, Any]:
    """Return the response of tasks/status: the status, the progress in percent, and the result at the end."""
    if now >= task.ends_at:
        return {"status": "completed", "progress": 100, "result": task.result}
    passed = max(0, now - task.at)
    status = "in_progress" if passed else "created"
    return {"status": status, "progress": 100 * passed // (task.ends_at - task.at), "result": None}


def go_back(turn: Turn, was: Millis) -> None:
    """Keep tasks done, and the rest of others' time, after the clock was set back."""
    turn.store.execute(_STAYS_DONE, {"was": was, "now": turn.now})
    turn.store.execute(_GOES_ON, {"was": was, "by": was - turn.now, "earliest": EARLIEST})
    go_on(turn, was, [DONE])


_STAYS_DONE = "UPDATE altcraft_task SET ends_at = :now WHERE ends_at <= :was AND ends_at > :now"
_GOES_ON = """
    UPDATE altcraft_task SET at = max(:earliest, at - :by), ends_at = ends_at - :by WHERE ends_at > :was
"""


def events() -> dict[str, Handler]:
    return {DONE: _on_done} | KEPT_TASKS.events()


def _subject(task_id: str) -> str:
    return f"altcraft.task:{task_id}"


def _on_done(turn: Turn, about: str, details: Mapping[str, Any]) -> None:
    """Send the result of a task to the address that the client gave."""
    task = find(turn, about.removeprefix("altcraft.task:"))
    if task is not None:
        task.ends_at = min(task.ends_at, turn.now)  # tasks/status says the same from now on
        body = {"task_id": task.id, **shown(task, turn.now)}
        deliver(turn, HOOKS, Destination(details["url"]), Notice(OF_TASKS, body))
