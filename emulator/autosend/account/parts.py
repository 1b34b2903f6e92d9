"""Helpers for the parts of a project's fixture."""

from typing import Annotated, Any

from pydantic import Field

from emulator.autosend.tables.account import Project
from emulator.engine.clock import Millis

HexId = Annotated[str, Field(pattern="^[0-9a-f]{24}$")]


def of_project(project: Project, created: Millis | None = None) -> dict[str, Any]:
    """Return the columns that rows of a project share; without `created`, they are as old as the project."""
    at = project.created_at if created is None else created
    return {"project_id": project.id, "created_at": at, "updated_at": at}


def tracking_of(project: Project) -> dict[str, bool]:
    """Return the columns that say what is tracked, as the project has them for all that does not say so."""
    return {"tracking_open": project.tracking_open, "tracking_click": project.tracking_click}
