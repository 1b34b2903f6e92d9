"""Swagger UI at /docs and the OpenAPI documents. All files come from this machine."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.responses import Response

from emulator import __version__
from emulator.control.openapi_30 import in_version_30
from emulator.control.problems import MEDIA_TYPE, SCHEMA, Problem
from emulator.gateway.openapi import own_schemas, provider_document, with_credential
from emulator.gateway.schema_words import in_words_of_openapi, reworded
from emulator.providers import Provider
from emulator.sandbox.aside import beside
from emulator.sandbox.parts import kinds_of
from emulator.sandbox.world import World

OURS = Path(__file__).parent / "static"

TYPES = {".css": "text/css", ".js": "text/javascript", ".png": "image/png"}

POLICY = "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'"

SCHEME = "control-token"
"""The name of the control plane's security scheme, by which docs.js knows it."""

REFUSED = {
    "400": "Not HTTP that can be read",
    "401": "The token is missing or wrong",
    "403": "Not for pages of another origin",
    "404": "There is no such thing",
    "409": "The state does not allow it",
    "410": "The sandbox was deleted meanwhile",
    "413": "Too large",
    "415": "Another content type is needed",
    "422": "Not valid; nothing was changed",
    "503": "The data folder can not be written to",
    "507": "The data folder has no room left",
}
"""The descriptions of the errors that any request to the control plane can get, by HTTP status."""


def pages(app: FastAPI, providers: Sequence[Provider], world: World) -> APIRouter:
    """Return the routes of Swagger UI, its files, and the OpenAPI documents that it shows."""
    router = APIRouter(include_in_schema=False)
    documents: dict[str, dict[str, Any]] = {}
    in_30: dict[str, dict[str, Any]] = {}
    making = defaultdict[str, asyncio.Lock](asyncio.Lock)
    assets = {file.name: file for folder in (_swagger_ui(), OURS) for file in _files_in(folder)}

    @router.get("/docs")
    async def swagger_ui() -> Response:
        page = (OURS / "docs.html").read_text("utf-8").replace("{version}", __version__)
        return Response(page, media_type="text/html", headers={"Content-Security-Policy": POLICY})

    @router.get("/docs/{name}")
    async def asset(name: str) -> Response:
        file = assets.get(name)
        if file is None:
            raise Problem(404, f"There is no file {name!r}. The page is at /docs.")
        return Response(file.read_bytes(), media_type=TYPES[file.suffix])

    @router.get("/openapi/{name}.json")
    async def document(name: str, version: Literal["3.1", "3.0"] = "3.1") -> dict[str, Any]:
        provider = _provider_of(providers, name)
        make = partial(provider_document, provider) if provider else partial(_control_document, app)
        async with making[name]:
            if name not in documents:
                documents[name] = _servers(world) | await beside(make)
            if version == "3.0" and name not in in_30:
                in_30[name] = await beside(partial(in_version_30, documents[name]))
        made = documents[name] if version == "3.1" else in_30[name]
        if provider is None:
            return made
        await world.default.ready()
        return with_credential(made, provider, _credential(world, provider))

    return router


def _servers(world: World) -> dict[str, Any]:
    """Return the document's field `servers`; none where the operations have the document's own address."""
    if world.public_url is None:
        return {}
    here = {"url": "/", "description": "Where this document is from"}
    return {"servers": [{"url": world.public_url}, here]}


def _swagger_ui() -> Path:
    """Return the folder of Swagger UI's files in the package that ships them, without importing it."""
    package = find_spec("fastapi_swagger")
    assert package is not None
    assert package.origin is not None
    return Path(package.origin).parent / "resources"


def _files_in(folder: Path) -> list[Path]:
    return [file for file in folder.iterdir() if file.suffix in TYPES]


def _provider_of(providers: Sequence[Provider], name: str) -> Provider | None:
    """Return the provider of a document, None for that of the control plane. Raises Problem."""
    provider = next((provider for provider in providers if provider.name == name), None)
    if provider is None and name != "control":
        known = ", ".join([*(provider.name for provider in providers), "control"])
        raise Problem(404, f"There is no document {name!r}. There are: {known}.")
    return provider


def _credential(world: World, provider: Provider) -> str:
    """Return the first credential of the provider in the default sandbox; an empty text if it has none."""
    with world.default.turn() as turn:
        return next((credential for credential, _ in provider.credentials(turn.session)), "")


def _control_document(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(
        title=app.title, version=app.version, description=app.description, routes=app.routes
    )
    own_schemas(document)["Problem"] = SCHEMA
    words = _words(app.state.providers)
    for methods in document["paths"].values():
        for operation in methods.values():
            _show_refusals(operation)
            _show_words(words, {one["name"]: one["schema"] for one in operation.get("parameters", ())})
    for schema in own_schemas(document).values():
        _show_words(words, schema.get("properties", {}))
    scheme = {
        "type": "http",
        "scheme": "bearer",
        "description": "Needed only while the emulator listens beyond loopback.",
    }
    document["components"]["securitySchemes"] = {SCHEME: scheme}
    worded: dict[str, Any] = reworded(document, in_words_of_openapi)
    return worded | {"security": [{SCHEME: []}, {}]}


def _show_refusals(operation: dict[str, Any]) -> None:
    """Add the responses by which an operation can be refused."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    answers = operation["responses"]
    if answers.get("422", {}).get("description") == "Validation Error":  # FastAPI's own, never sent
        del answers["422"]
    for status, description in REFUSED.items():
        answer = answers.setdefault(status, {"description": description})
        answer["content"] = answer.get("content", {}) | content


def _words(providers: Sequence[Provider]) -> Mapping[str, Iterable[str]]:
    """Return the values that parameters and fields can have, by their names, which all operations share."""
    names = [provider.name for provider in providers]
    channels = dict.fromkeys(channel for provider in providers for channel in provider.channels)
    kinds = dict.fromkeys(one.kind for one in kinds_of(providers))
    return {"provider": names, "credential_of": names, "channel": channels, "kind": kinds}


def _show_words(words: Mapping[str, Iterable[str]], schemas: Mapping[str, dict[str, Any]]) -> None:
    """Add the words to the `enum` of the parameters or fields of their names, before values of their own."""
    for name in words.keys() & schemas.keys():
        schema = schemas[name]
        text = next(one for one in schema.get("anyOf", [schema]) if one["type"] == "string")
        text["enum"] = [*words[name], *schema.pop("enum", ())]
