"""The ASGI application: everything that a request passes through, in order."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import fields
from functools import partial
from importlib import import_module
from pkgutil import iter_modules
from threading import Lock
from typing import Any

from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send

from emulator import control
from emulator.altcraft import altcraft
from emulator.autosend import autosend
from emulator.control import health
from emulator.control.access import ControlGuard
from emulator.control.ending import BrokenOff
from emulator.control.hosts import HostGuard
from emulator.control.short_hosts import ShortHosts
from emulator.gateway.heads import HeadAsGet
from emulator.gateway.journaling import Journaling
from emulator.gateway.origin import Published
from emulator.gateway.request_log import RequestLog
from emulator.hostnames import AllowedHosts
from emulator.providers import Prefixes, Provider
from emulator.rcs import rcs
from emulator.sandbox.aside import beside
from emulator.sandbox.world import World
from emulator.sandbox.world_settings import WorldSettings
from emulator.settings import Settings, shipped_fixtures
from emulator.storage.tables import configure_tables


def create_app(settings: Settings) -> ASGIApp:
    """Return the application with these settings. Raises as `World` does."""
    providers = make_providers(settings)
    return assemble(settings, providers, make_world(settings, providers))


def assemble(
    settings: Settings,
    providers: Sequence[Provider],
    world: World,
    late: "LateApplications | None" = None,
) -> ASGIApp:
    """Return the application: log, short links, host check, dispatch by prefix, and what serves each path."""
    late = late or LateApplications(world, providers)
    own = BrokenOff(ControlGuard(OwnPages(world, late.control), settings.control_token), world)
    prefixes = Prefixes(providers)
    fronts = {
        provider.name: Journaling(late.providers[provider.name], provider, world) for provider in providers
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
        autosend(
            enforce_rate_limit=settings.autosend_rate_limit,
            takes_plain_addresses=settings.autosend_plain_addresses,
        ),
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


class Late:
    """An application that is made, with all that it imports, at its first request or by `load`.

    Other applications go on responding meanwhile.
    """

    def __init__(self, make: Callable[[], ASGIApp]) -> None:
        self._make = make
        self._lock = Lock()
        self._made: ASGIApp | None = None
        self._waiting = set[asyncio.Future[ASGIApp]]()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        application = self._made
        if application is None:
            making = asyncio.ensure_future(beside(self.load))
            self._waiting.add(making)
            making.add_done_callback(self._waiting.discard)
            application = await making
        await application(scope, receive, send)

    def give_up(self) -> None:
        """Cancel the requests that wait until it is made: that may take longer than the end of a server."""
        for making in self._waiting:
            making.cancel()

    def load(self) -> ASGIApp:
        """Return the application. Any thread may call it."""
        with self._lock:
            made = self._made = self._made or self._make()
        return made


class LateApplications:
    """The FastAPI applications of the control plane and the providers: making them would double a start."""

    def __init__(self, world: World, providers: Sequence[Provider]) -> None:
        self.control = Late(partial(_control_app, world, providers))
        self.providers = {
            provider.name: Late(partial(_provider_app, provider, world)) for provider in providers
        }

    def first_uses(self) -> Iterator[Callable[[], object]]:
        """Yield the small steps of loading that first requests wait for. A thread can take them earlier."""
        yield partial(import_module, "fastapi")
        yield configure_tables
        for module in iter_modules(control.__path__):
            yield partial(import_module, f"{control.__name__}.{module.name}")
        for late in (self.control, *self.providers.values()):
            yield late.load


def _control_app(world: World, providers: Sequence[Provider]) -> ASGIApp:
    from emulator.control.api import control_app  # noqa: PLC0415 -- see LateApplications

    application = control_app(world, providers)
    nowhere = {"type": "http", "method": "GET", "path": "/nowhere", "headers": []}
    for route in application.routes:
        route.matches(nowhere)  # FastAPI completes the routes of an included router when it is first asked
    return application


def _provider_app(provider: Provider, world: World) -> ASGIApp:
    from emulator.gateway.application import provider_application  # noqa: PLC0415 -- see LateApplications

    return provider_application(provider, world)


class OwnPages:
    """The health checks, and the control plane with the documents."""

    def __init__(self, world: World, control_plane: ASGIApp) -> None:
        self._health = Starlette(
            routes=health.routes(world.check_storage, world.public_url), lifespan=_lifespan(world)
        )
        self._control = control_plane

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_health = scope["type"] != "http" or scope["path"] in health.PATHS
        await (self._health if is_health else self._control)(scope, receive, send)


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
            world.break_off()
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
