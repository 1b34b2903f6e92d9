"""The application: everything that a request passes through, in order."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import fields

from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send

from emulator.altcraft import Altcraft
from emulator.autosend import AutoSend
from emulator.control import health
from emulator.control.access import ControlGuard
from emulator.control.hosts import HostGuard
from emulator.core.front import Front
from emulator.core.provider import Provider
from emulator.core.world import World, WorldSettings
from emulator.rcs import Rcs
from emulator.settings import Settings


def create_app(settings: Settings) -> ASGIApp:
    """Make the application. Raises FixtureError and IncompatibleStoreError."""
    providers = make_providers(settings)
    return assemble(settings, providers, make_world(settings, providers))


def assemble(settings: Settings, providers: Sequence[Provider], world: World) -> ASGIApp:
    """Put together what a request passes through."""
    app: ASGIApp = ControlGuard(OwnPages(world, providers), settings.control_token)
    app = ByPrefix([Front(provider, world) for provider in providers], app)
    return HostGuard(app, settings.hosts)


def make_providers(settings: Settings) -> Sequence[Provider]:
    return [
        Altcraft(http_status=settings.altcraft_http_status),
        Rcs(),
        AutoSend(enforce_rate_limit=settings.autosend_rate_limit),
    ]


class ByPrefix:
    """Sends a request to the provider whose prefix fits its path best, others to the emulator's own pages."""

    def __init__(self, fronts: Sequence[Front], otherwise: ASGIApp) -> None:
        pairs = [(prefix, front) for front in fronts for prefix in front.provider.prefixes]
        self._fronts = sorted(pairs, key=lambda pair: -len(pair[0]))
        self._otherwise = otherwise

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            path = scope["path"]
            for prefix, front in self._fronts:
                if path.startswith(prefix) or path == prefix[:-1]:
                    await front(scope, receive, send)
                    return
        await self._otherwise(scope, receive, send)


class OwnPages:
    """The health checks, and the control plane with the documents, which are loaded when first asked for."""

    def __init__(self, world: World, providers: Sequence[Provider]) -> None:
        self._health = Starlette(routes=health.ROUTES, lifespan=_lifespan(world))
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
    names = {field.name for field in fields(WorldSettings)}
    return World(providers, WorldSettings(**settings.model_dump(include=names)))
