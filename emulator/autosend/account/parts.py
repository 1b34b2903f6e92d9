"""Helpers for the parts of a project's fixture."""

from typing import Annotated, Any

from pydantic import Field

from emulator.autosend.tables.account import Project, made_in
from emulator.engine.clock import Millis

HexId = Annotated[str, Field(pattern="^[0-9a-f]{24}$")]


def of_project(project: Project, created: Millis | None = None) -> dict[str, Any]:
    """Return the columns that rows of a project share; without `created`, they are as old as the project."""
    return made_in(project.id, project.created_at if created is None else created)
