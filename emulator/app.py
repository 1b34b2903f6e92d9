"""The ASGI application: everything that a request passes through, in order."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import fields
from typing import Any

from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send

from emulator.altcraft import altcraft
from emulator.autosend import autosend
from emulator.control import health
from emulator.control.access import ControlGuard
from emulator.control.hosts import HostGuard
from emulator.control.short_hosts import ShortHosts
from emulator.gateway.heads import HeadAsGet
from emulator.gateway.journaling import Journaling
from emulator.gateway.origin import Published
from emulator.gateway.request_log import RequestLog
from emulator.hostnames import AllowedHosts
from emulator.providers import Prefixes, Provider
from emulator.rcs import rcs
from emulator.sandbox.world import World
from emulator.sandbox.world_settings import WorldSettings
from emulator.settings import Settings, shipped_fixtures


def create_app(settings: Settings) -> ASGIApp:
    """Return the application with these settings. Raises as `World` does."""
    providers = make_providers(settings)
    return assemble(settings, providers, make_world(settings, providers))


def assemble(settings: Settings, providers: Sequence[Provider], world: World) -> ASGIApp:
    """Return the application: log, short links, host check, dispatch by prefix, and what serves each path."""
    own = ControlGuard(OwnPages(world, providers), settings.control_token)
    prefixes = Prefixes(providers)
    fronts = {
        provider.name: Journaling(Operations(provider, world), provider, world) for provider in providers
    }
    hosts = AllowedHosts(settings.names, is_local=not settings.is_reachable_from_outside)
    app: ASGIApp = HostGuard(HeadAsGet(ByPrefix(prefixes, fronts, own)), hosts, world, prefixes)
    app = ShortHosts(app, HeadAsGet(own), world, providers)
    if settings.public_url is not None:
        app = Published(app, settings.public_url)
    return app if settings.log == "quiet" else RequestLog(app, world.redactor, health.PATHS)


def make_providers(settings: Settings) -> Sequence[Provider]:
    return [
        altcraft(http_status=settings.altcraft_http_status),
        rcs(),
        autosend(enforce_rate_limit=settings.autosend_rate_limit),
    ]


class ByPrefix:
    """Passes a request to the front of the provider that its path belongs to, others to `otherwise`."""

    def __init__(self, prefixes: Prefixes, fronts: Mapping[str, ASGIApp], otherwise: ASGIApp) -> None:
        self._prefixes = prefixes
        self._fronts = fronts
        self._otherwise = otherwise

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        provider = self._prefixes.provider_at(scope["path"]) if scope["type"] == "http" else None
        await (self._fronts[provider.name] if provider else self._otherwise)(scope, receive, send)


class Operations:
    """The FastAPI application of a provider, which is imported, with FastAPI, at the first request to it."""

    def __init__(self, provider: Provider, world: World) -> None:
        self._provider = provider
        self._world = world
        self._app: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._app is None:
            from emulator.gateway.application import provider_application  # noqa: PLC0415 -- see above

            self._app = provider_application(self._provider, self._world)
        await self._app(scope, receive, send)


class OwnPages:
    """The health checks, and the control plane with the documents, which is imported when first requested."""

    def __init__(self, world: World, providers: Sequence[Provider]) -> None:
        self._health = Starlette(
            routes=health.routes(world.check_storage, world.public_url), lifespan=_lifespan(world)
        )
        self._control: ASGIApp | None = None
        self._world = world
        self._providers = providers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in health.PATHS:
            await self._health(scope, receive, send)
        else:
            await self._loaded()(scope, receive, send)

    def _loaded(self) -> ASGIApp:
        if self._control is None:
            from emulator.control.api import control_app  # noqa: PLC0415 -- it would double the time to start

            self._control = control_app(self._world, self._providers)
        return self._control


def _lifespan(world: World) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        waker = asyncio.create_task(world.keep_awake())
        try:
            yield
        finally:
            waker.cancel()
            with suppress(asyncio.CancelledError):
                await waker
            await world.courier.close()
            world.close()

    return lifespan


def make_world(settings: Settings, providers: Sequence[Provider]) -> World:
    other: dict[str, Any] = {
        "shipped_fixtures": shipped_fixtures(),
        "webhook_timestamp": settings.autosend_webhook_timestamp,
        "cache": settings.cache_folder,
    }
    names = {field.name for field in fields(WorldSettings)} - other.keys()
    return World(providers, WorldSettings(**{name: getattr(settings, name) for name in names}, **other))
