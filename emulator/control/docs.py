"""Swagger UI at /docs and the OpenAPI documents. All files come from this machine."""

from collections.abc import Sequence
from importlib.resources import files
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.responses import RedirectResponse, Response

from emulator.control.problems import Problem
from emulator.core.openapi import provider_document
from emulator.core.provider import Provider
from emulator.core.world import World

SWAGGER_UI = files("fastapi_swagger") / "resources"
OURS = files("emulator.control") / "static"

ASSETS = {
    "swagger-ui.css": (SWAGGER_UI, "text/css"),
    "swagger-ui-bundle.js": (SWAGGER_UI, "text/javascript"),
    "favicon-32x32.png": (SWAGGER_UI, "image/png"),
    "docs.css": (OURS, "text/css"),
    "docs.js": (OURS, "text/javascript"),
}

POLICY = "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'"


def pages(app: FastAPI, providers: Sequence[Provider], world: World) -> APIRouter:
    """Make the routes of Swagger UI, its files, and the documents that it shows."""
    router = APIRouter(include_in_schema=False)
    documents: dict[str, dict[str, Any]] = {}

    @router.get("/")
    async def home() -> Response:
        return RedirectResponse("/docs")

    @router.get("/docs")
    async def swagger_ui() -> Response:
        page = (OURS / "docs.html").read_bytes()
        return Response(page, media_type="text/html", headers={"Content-Security-Policy": POLICY})

    @router.get("/docs/{name}")
    async def asset(name: str) -> Response:
        if name not in ASSETS:
            raise Problem(404, f"There is no file {name!r}. The page is at /docs.")
        folder, media_type = ASSETS[name]
        return Response((folder / name).read_bytes(), media_type=media_type)

    @router.get("/openapi/{name}.json")
    async def document(name: str) -> dict[str, Any]:
        if name not in documents:
            documents[name] = _document(app, providers, world, name)
        return documents[name]

    return router


def _document(app: FastAPI, providers: Sequence[Provider], world: World, name: str) -> dict[str, Any]:
    if name == "control":
        return get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes
        ) | {"security": []}
    provider = next((provider for provider in providers if provider.name == name), None)
    if provider is None:
        known = ", ".join([*(provider.name for provider in providers), "control"])
        raise Problem(404, f"There is no document {name!r}. There are: {known}.")
    session = world.directory.default.store.session
    credential = next((shown for shown, _ in provider.credentials(session)), "")
    return provider_document(provider, credential)
