"""Snapshots: saving the state of a sandbox, and restoring it here or on another machine."""

from asyncio import to_thread
from pathlib import Path as FilePath
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from emulator.control.access import MAX_SNAPSHOT
from emulator.control.clock import ClockState, clock_state
from emulator.control.problems import Problem
from emulator.control.values import Chosen, Name, Providers, TheWorld, Wanted, shown
from emulator.engine.clock import iso_millis
from emulator.engine.firing import Firing
from emulator.sandbox.snapshots import CHUNK, Snapshot
from emulator.storage.drafts import drafting
from emulator.storage.failures import explaining

MEDIA_TYPE = "application/vnd.sqlite3"
FILE = {"schema": {"type": "string", "format": "binary"}}

Replace = Annotated[bool, Query(description="Replace also a snapshot that can not be used here")]
SnapshotName = Annotated[Name, Path(description="The snapshot's name")]


class NewSnapshot(Wanted):
    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "half-way"}]})

    name: Name = Field(description="Its name; a snapshot that had it is replaced")
    replace: bool = Field(False, description="Replace also one that can not be used here, and would be lost")


class SnapshotInfo(BaseModel):
    """The description of a snapshot."""

    name: str = Field(examples=["half-way"])
    sandbox: str | None = Field(
        description="The sandbox that it was taken of; null where the file does not tell",
        examples=["checkout"],
    )
    at: str | None = Field(description="The sandbox's time then", examples=["2026-03-15T14:30:00.000Z"])
    taken_at: str = Field(description="When it was taken, in the machine's time")
    size: int = Field(description="The size of its file in bytes")
    problem: str | None = Field(
        None,
        description="Why it can not be restored, for example that another version wrote it; null if it can",
    )


class SnapshotList(BaseModel):
    total: int
    snapshots: list[SnapshotInfo]


router = APIRouter(prefix="/_emulator/snapshots", tags=["Snapshots"])


@router.post("", summary="Save a sandbox", status_code=201)
async def save_snapshot(wanted: NewSnapshot, world: TheWorld, sandbox: Chosen) -> SnapshotInfo:
    """Save a sandbox as it is now: data, ids, clock, rules, journal, and the events that wait in it."""
    return _info(await world.saving.save(sandbox, wanted.name, replace=wanted.replace))


@router.get("", summary="List the snapshots")
async def list_snapshots(world: TheWorld) -> SnapshotList:
    """Return all snapshots, the oldest first, with those that can not be restored and why."""
    listed = [_info(snapshot) for snapshot in await to_thread(world.snapshots.all)]
    return SnapshotList(total=len(listed), snapshots=listed)


@router.get(
    "/{name}",
    summary="Download a snapshot",
    response_class=Response,
    responses={200: {"content": {MEDIA_TYPE: FILE}}},
)
async def download_snapshot(name: SnapshotName, world: TheWorld) -> Response:
    """Return the snapshot's SQLite file, for example for a bug report: a colleague can upload it."""
    size, content = await to_thread(world.snapshots.content, name)
    headers = {
        "Content-Disposition": f'attachment; filename="{name}.sqlite"',
        "Content-Length": str(size),
    }
    return StreamingResponse(content, media_type=MEDIA_TYPE, headers=headers)


@router.put(
    "/{name}",
    summary="Upload a snapshot",
    status_code=201,
    max_body_size=MAX_SNAPSHOT,
    openapi_extra={
        "requestBody": {"required": True, "content": {MEDIA_TYPE: FILE, "application/octet-stream": FILE}}
    },
)
async def upload_snapshot(
    name: SnapshotName, request: Request, world: TheWorld, *, replace: Replace = False
) -> SnapshotInfo:
    """Save a downloaded file as a snapshot, from here or elsewhere.

    One of another version, or with contents that the emulator does not write, is refused.
    """
    async with drafting(world.snapshots.folder) as draft:
        await _receive(request, draft)
        if not draft.stat().st_size:
            raise Problem(422, "The body is empty: send the file of a snapshot.")
        return _info(await world.saving.take_in(name, draft, replace=replace))


@router.delete("/{name}", summary="Delete a snapshot", status_code=204)
async def delete_snapshot(name: SnapshotName, world: TheWorld) -> None:
    """Delete a snapshot."""
    await to_thread(world.snapshots.delete, name)


@router.post("/{name}/restore", summary="Restore a snapshot")
async def restore_snapshot(
    name: SnapshotName, world: TheWorld, sandbox: Chosen, providers: Providers
) -> ClockState:
    """Replace the state and the journal of a sandbox by the snapshot's.

    The sandbox keeps its name, credentials and seed. Ids go on as they would have in the snapshot's sandbox,
    until a reset gives the sandbox its own beginning again.
    """
    await world.saving.restore(sandbox, name)
    return clock_state(sandbox, providers, Firing())


async def _receive(request: Request, draft: FilePath) -> None:
    """Write the body of a request to a draft, some of it at a time, on another thread."""
    with explaining(draft), await to_thread(draft.open, "wb") as opened:
        waiting, size = list[bytes](), 0
        async for chunk in request.stream():
            waiting.append(chunk)
            size += len(chunk)
            if size >= CHUNK:
                await to_thread(opened.writelines, waiting)
                waiting, size = [], 0
        await to_thread(opened.writelines, waiting)


def _info(snapshot: Snapshot) -> SnapshotInfo:
    return SnapshotInfo(
        name=snapshot.name,
        sandbox=snapshot.sandbox,
        at=shown(snapshot.at),
        taken_at=iso_millis(snapshot.taken_at),
        size=snapshot.size,
        problem=snapshot.problem,
    )
