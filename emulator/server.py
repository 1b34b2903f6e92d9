"""The HTTP server: binds, starts, and says where it can be reached."""

import gc
import socket

import uvicorn

from emulator.app import assemble, make_providers, make_world
from emulator.connection import CuttableProtocol
from emulator.core.rng import machine_token
from emulator.core.world import World
from emulator.settings import Settings


class PortTakenError(Exception):
    """The address can not be listened on."""


class AnnouncingServer(uvicorn.Server):
    """Prints its address once it answers."""

    def __init__(self, config: uvicorn.Config, listener: socket.socket, world: World) -> None:
        super().__init__(config)
        self._listener = listener
        self._world = world

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        gc.freeze()
        name, port = self._listener.getsockname()[:2]
        shown = f"[{name}]" if ":" in name else name
        print(
            f"emulator ready: http://{shown}:{port} (documentation: http://{shown}:{port}/docs)", flush=True
        )

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the streams first: nothing else would, and it waits for them."""
        self._world.end_feeds()
        await super().shutdown(sockets)


def run(settings: Settings) -> None:
    """Serve until a signal comes. Raises FixtureError, IncompatibleStoreError, OSError, PortTakenError."""
    gc.freeze()  # what was imported stays; collections need not look at it again
    gc.enable()
    if settings.is_reachable_from_outside and settings.control_token is None:
        settings.control_token = machine_token()
        print(
            f"control plane token: {settings.control_token} (EMULATOR_CONTROL_TOKEN chooses it)", flush=True
        )
    if settings.data:
        settings.data.mkdir(parents=True, exist_ok=True)
    providers = make_providers(settings)
    world = make_world(settings, providers)
    listener = _listen(settings.host, settings.port)
    config = uvicorn.Config(
        assemble(settings, providers, world),
        http=CuttableProtocol,
        log_level="warning",
        access_log=False,
        server_header=False,
        date_header=False,
        ws="none",
        timeout_graceful_shutdown=3,
    )
    AnnouncingServer(config, listener, world).run(sockets=[listener])


def _listen(host: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        reason = error.strerror or str(error)
        raise PortTakenError(
            f"can not listen on {host}:{port} ({reason}); choose another with --port"
        ) from error
    return listener
