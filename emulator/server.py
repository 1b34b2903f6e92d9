"""The HTTP server: binds, starts, and says where it can be reached."""

import gc
import json
import os
import socket
from collections.abc import Callable
from threading import Thread

import uvicorn

from emulator.app import assemble, make_providers, make_world
from emulator.connection import CuttableProtocol
from emulator.core.rng import machine_token
from emulator.core.world import World
from emulator.settings import Settings


class PortTakenError(Exception):
    """The address can not be listened on."""


Announce = Callable[[str, str | None], None]
"""Says where the server can be reached, and with which token if one was made up."""

ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 -- it asks what the user chose
"""Which of all addresses this machine uses itself."""


def announce_in_words(url: str, token: str | None) -> None:
    if token is not None:
        print(f"control plane token: {token} (EMULATOR_CONTROL_TOKEN chooses it)")
    print(f"emulator ready: {url} (documentation: {url}/docs)", flush=True)


def announce_in_json(url: str, token: str | None) -> None:
    print(json.dumps({"url": url, "documentation": f"{url}/docs", "control_token": token}), flush=True)


class AnnouncingServer(uvicorn.Server):
    """Says where it can be reached once it answers."""

    def __init__(
        self,
        config: uvicorn.Config,
        listener: socket.socket,
        world: World,
        announce: Callable[[str], None],
    ) -> None:
        super().__init__(config)
        self._listener = listener
        self._world = world
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        gc.freeze()
        name, port = self._listener.getsockname()[:2]
        self._announce(address(name, port))

    def end_with_input(self) -> None:
        """Stop when standard input ends, as it does when the process that holds its other end does."""
        while os.read(0, 1024):
            pass
        self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the streams first: nothing else would, and it waits for them."""
        self._world.end_feeds()
        await super().shutdown(sockets)


def address(host: str, port: int) -> str:
    """Answer where this machine reaches a server that listens there."""
    reachable = ANYWHERE.get(host, host)
    return f"http://[{reachable}]:{port}" if ":" in reachable else f"http://{reachable}:{port}"


def run(settings: Settings, announce: Announce = announce_in_words, *, with_input: bool = False) -> None:
    """Serve until a signal comes, or the end of standard input.

    Raises FixtureError, IncompatibleStoreError, OSError and PortTakenError.
    """
    gc.freeze()  # what was imported stays; collections need not look at it again
    gc.enable()
    made_up = None
    if settings.is_reachable_from_outside and settings.control_token is None:
        made_up = settings.control_token = machine_token()
    if settings.data:
        settings.data.mkdir(parents=True, exist_ok=True)
    providers = make_providers(settings)
    world = make_world(settings, providers)
    listener = listen(settings.host, settings.port)
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
    server = AnnouncingServer(config, listener, world, lambda url: announce(url, made_up))
    if with_input:
        Thread(target=server.end_with_input, daemon=True).start()
    server.run(sockets=[listener])


def listen(host: str, port: int) -> socket.socket:
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
