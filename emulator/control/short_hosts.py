"""Short links at their real address: the domain is the Host, and the slug is the path."""

import re
from collections.abc import Sequence

from starlette.types import ASGIApp, Receive, Scope, Send

from emulator.control import health
from emulator.hostnames import LOCAL, host_in, is_address
from emulator.providers import Provider
from emulator.sandbox.links import SHORT
from emulator.sandbox.sandbox import Sandbox, SandboxGoneError
from emulator.sandbox.world import World
from emulator.storage.failures import IncompatibleStoreError, StorageError

PATH = re.compile("/[A-Za-z0-9_-]{1,25}")
VISITS = frozenset({"GET", "HEAD"})
OWN_PAGES = frozenset({"/docs", *health.PATHS})
"""The paths that lead to the emulator's own pages in any case, whatever names short domains have."""


class ShortHosts:
    """Middleware that passes visits to short domains on to `links`, and everything else to `app`.

    It comes before the check of the Host: a web page that leads a short domain's name to the emulator can
    follow that domain's links, and nothing more.
    """

    def __init__(self, app: ASGIApp, links: ASGIApp, world: World, providers: Sequence[Provider]) -> None:
        self._app = app
        self._links = links
        self._world = world
        self._providers = providers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        domain = _domain(scope)
        if domain and await self._is_short(domain, scope["path"].removeprefix("/")):
            path = f"{SHORT}{domain}{scope['path']}"
            await self._links({**scope, "path": path, "raw_path": path.encode()}, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _is_short(self, domain: str, slug: str) -> bool:
        try:
            boxes = sandboxes_of(self._world, self._providers, slug)
            return any([await self._has(box, domain) for box in boxes])
        except (StorageError, IncompatibleStoreError, SandboxGoneError):
            return False

    async def _has(self, box: Sandbox, domain: str) -> bool:
        await box.ready()
        with box.aside.held(), box.store.transaction() as session:
            return any(provider.has_short_domain(session, domain) for provider in self._providers)


def _domain(scope: Scope) -> str:
    """Return the host of a request that may be a visit to a short link, an empty text for other requests."""
    if scope["type"] != "http" or scope["method"] not in VISITS or scope["path"] in OWN_PAGES:
        return ""
    if not PATH.fullmatch(scope["path"]):
        return ""
    hosts = [value for name, value in scope["headers"] if name == b"host"]
    if len(hosts) != 1:
        return ""
    host = host_in(hosts[0].decode("latin-1"))
    return "" if "." not in host or host in LOCAL or is_address(host) else host


def sandboxes_of(world: World, providers: Sequence[Provider], slug: str) -> list[Sandbox]:
    """Return the sandboxes that may have a short link with this slug, the default sandbox last."""
    its_own = [
        box
        for box in world.sandboxes.values()
        if any(provider.may_have(box.plan.seed, slug) for provider in providers)
    ]
    return list(dict.fromkeys([*its_own, world.default]))
