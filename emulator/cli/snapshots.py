"""`emulator snapshot`: saves and restores sandboxes, and copies snapshots to and from files."""

from pathlib import Path
from typing import Annotated

import typer

from emulator.cli.asking import WRONG, Answer, Asked, Failure, asking
from emulator.client.lines import table

section = typer.Typer(
    help="Save sandboxes, and go on from there.", no_args_is_help=True, rich_markup_mode=None
)

Name = Annotated[str, typer.Argument(help="The snapshot's name")]
NewFile = Annotated[Path | None, typer.Argument(help="Where to write it  [<name>.sqlite]")]
Replace = Annotated[bool, typer.Option("--replace", help="Replace also one that can not be used here")]
File = Annotated[Path, typer.Argument(help="The file to send")]


def add_to(app: typer.Typer) -> None:
    section.command()(asking(save))
    section.command("list")(asking(list_all, takes_sandbox=False))
    section.command()(asking(restore))
    section.command()(asking(download, takes_sandbox=False))
    section.command()(asking(upload, takes_sandbox=False))
    section.command()(asking(delete, takes_sandbox=False))
    app.add_typer(section, name="snapshot")


def save(asked: Asked, name: Name, *, replace: Replace = False) -> Answer:
    """Save a snapshot of a sandbox as it is now."""
    saved = asked.sandbox.save(name, replace=replace)
    return Answer(saved, f"{name}: {saved['sandbox']} at {saved['at']}, {saved['size']} bytes")


def list_all(asked: Asked) -> Answer:
    """List the snapshots."""
    found = asked.control.snapshots.list()
    rows = [
        (
            one["name"],
            one["sandbox"] or "",
            one["at"] or "",
            one["taken_at"],
            one["size"],
            one["problem"] or "",
        )
        for one in found
    ]
    return Answer({"snapshots": found}, table(("NAME", "SANDBOX", "AT", "TAKEN", "BYTES", "PROBLEM"), rows))


def restore(asked: Asked, name: Name) -> Answer:
    """Replace the state of a sandbox by that of a snapshot."""
    state = asked.sandbox.restore(name)
    return Answer(state, f"{asked.sandbox_name} goes on at {state['now']}")


def download(asked: Asked, name: Name, file: NewFile = None) -> Answer:
    """Write a snapshot to a file. `snapshot upload` takes it elsewhere, as for a bug report."""
    content = asked.control.snapshots.download(name)
    place = file or Path(f"{name}.sqlite")
    try:
        _write(place.resolve(), content)
    except OSError as error:
        raise Failure(WRONG, f"{place}: {error.strerror}") from error
    return Answer({"file": str(place), "size": len(content)}, f"{place}: {len(content)} bytes")


def _write(place: Path, content: bytes) -> None:
    """Write a file beside its place and rename it, so that it is never half written; to a pipe, directly."""
    if place.exists() and not place.is_file():
        place.write_bytes(content)
        return
    draft = place.with_name(f"{place.name}.part")
    try:
        draft.write_bytes(content)
        draft.replace(place)
    finally:
        draft.unlink(missing_ok=True)


def upload(asked: Asked, name: Name, file: File, *, replace: Replace = False) -> Answer:
    """Save a downloaded file as a snapshot, from here or elsewhere."""
    try:
        content = file.read_bytes()
    except OSError as error:
        raise Failure(WRONG, f"{file}: {error.strerror}") from error
    saved = asked.control.snapshots.upload(name, content, replace=replace)
    return Answer(saved, f"{name}: {saved['sandbox']} at {saved['at']}, {saved['size']} bytes")


def delete(asked: Asked, name: Name) -> Answer:
    """Delete a snapshot."""
    asked.control.snapshots.delete(name)
    return Answer({"deleted": name}, f"{name} is deleted")
