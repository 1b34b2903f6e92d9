"""Swagger UI and the OpenAPI documents."""

from collections.abc import Sequence

from fastapi import APIRouter, FastAPI

from emulator.core.provider import Provider
from emulator.core.world import World


def pages(app: FastAPI, providers: Sequence[Provider], world: World) -> APIRouter:
    return APIRouter()
