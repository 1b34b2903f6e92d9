"""The HTTP server: binds its sockets, starts, and announces its addresses."""

import asyncio
import errno
import gc
import json
import os
import socket
import ssl
import sys
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Thread
from typing import TYPE_CHECKING

import uvicorn
from pydantic.warnings import UnsupportedFieldAttributeWarning

from emulator import __version__
from emulator.app import LateApplications, assemble, make_providers, make_world
from emulator.control.environment import environment_of
from emulator.sandbox.credentials import machine_token
from emulator.sandbox.world import World
from emulator.server.connection import ClientProtocol
from emulator.server.log import log_start, log_what_is_kept, set_up_log
from emulator.server.preparing import prepare
from emulator.settings import Settings
from emulator.storage.drafts import remove_unfinished
from emulator.webhooks.doors import note_listener

if TYPE_CHECKING:
    from emulator.server.relay import Relay


class PortTakenError(Exception):
    """The server can not listen on an address. The text says why, and which option chooses another port."""


class HostError(Exception):
    """The server can not listen on an address of another machine, or on none. The text says why."""


class UnsaidError(Exception):
    """The addresses of the server can not be announced, as standard output can not be written to."""

    def __init__(self, reason: OSError) -> None:
        super().__init__(str(reason))
        self.reason = reason


@dataclass(frozen=True)
class Reachable:
    """The addresses at which the server can be reached, and what it made up for access to it."""

    url: str
    token: str | None
    """The token of the control plane, if it was made up by the server."""
    doors: Mapping[str, str]
    """The addresses of the other ports by scheme: `https`, and `smtp` and `smtps` of the SMTP relay."""
    public_url: str | None
    """The public URL, if one was chosen."""
    environment: Mapping[str, str]
    """The environment variables of clients of the default sandbox."""


COLLECTIONS = 5_000, 2, 100
"""The garbage collector's thresholds for collections of new, of older and of all objects.

Most objects of a request are freed without it. Nobody is served during a collection, which takes 2 ms for new
objects and 5 for older ones. With 50,000 new objects, no request is faster, one of older objects takes 45 ms,
and the garbage that waits for it takes 10 MB.
"""

TURN = 0.001
"""Seconds after which a thread that computes lets the event loop go on.

A request releases the interpreter at each SQL statement, and waits this long to get it back: with Python's
usual 5 ms, a request waited for up to 0.3 s beside long work (docs/decisions/0051-first-uses.md).
"""

IN_WORDS = {
    "https": "the same over TLS: {}",
    "smtp": "SMTP relay: {} (STARTTLS)",
    "smtps": "SMTP relay: {} (TLS)",
}
"""How each of the other ports is announced."""

VERSION_HEADER = "X-Emulator-Version"
"""A header of every response: it shows that the emulator has responded, not the real provider."""

LAST_WORDS = 1
"""Seconds in which requests that were broken off can respond, and delete what they have not finished."""

INTERRUPTED = 130
"""The exit code of a server that Ctrl-C ends: 128 and the number of the signal, as shells have it."""

Announce = Callable[[Reachable], None]

OF_PORTS = frozenset({errno.EADDRINUSE, errno.EACCES})
"""The errors that another port would not have; the others are about the host."""

BACKLOG = 2048
"""How many connections can wait to be accepted: uvicorn's default."""

ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 -- it asks what the user chose
"""The address by which this machine reaches a server that listens on all addresses."""


def announce_in_words(where: Reachable) -> None:
    if where.token is not None:
        print(f"control plane token: {where.token} (EMULATOR_CONTROL_TOKEN chooses it)")
    for scheme, url in where.doors.items():
        print(IN_WORDS[scheme].format(url))
    if where.public_url is not None:
        print(f"public URL: {where.public_url}")
    print(f"emulator ready: {where.url} (documentation: {where.url}/docs)", flush=True)


def announce_in_json(where: Reachable) -> None:
    said = {
        "url": where.url,
        "documentation": f"{where.url}/docs",
        "control_token": where.token,
        "environment": where.environment,
    }
    public = {"public_url": where.public_url} if where.public_url else {}
    print(json.dumps({**said, **where.doors, **public}), flush=True)


@dataclass(frozen=True)
class Others:
    """The ports beside that of plain HTTP."""

    doors: Mapping[str, socket.socket] = field(default_factory=dict)
    """The listening sockets by scheme: `https`, `smtp`, `smtps`."""
    tls: ssl.SSLContext | None = None
    relay: "Relay | None" = None


class AnnouncingServer(uvicorn.Server):
    """A server that announces its address once it accepts requests, and serves the other ports too.

    Then it prepares for first requests, while none comes.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        listener: socket.socket,
        world: World,
        others: "Others",
        announce: Callable[[str], None],
        late: LateApplications,
    ) -> None:
        super().__init__(config)
        self._listener = listener
        self._world = world
        self._relay = others.relay
        self._secure = others.doors.get("https")
        self._tls = others.tls
        self._announce = announce
        self._late = late
        self._preparing: asyncio.Task[None] | None = None
        self.unsaid: OSError | None = None
        """Why its address could not be announced: then it ends."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self._secure is not None:
            await self._serve_over_tls(self._secure)
        if self._relay is not None:
            await self._relay.open()
        gc.freeze()  # what is there by now stays; garbage collections need not look at it again
        gc.enable()
        gc.set_threshold(*COLLECTIONS)
        try:
            self._announce(reached(self._listener))
        except OSError as error:
            self.unsaid, self.should_exit = error, True
            return
        self._preparing = asyncio.create_task(prepare(self._late.first_uses(), self.server_state))

    async def _serve_over_tls(self, door: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(
            lambda: ClientProtocol(self.config, self.server_state, self.lifespan.state),
            sock=door,
            ssl=self._tls,
            backlog=self.config.backlog,
        )
        self.servers.append(server)

    def end_with_input(self) -> None:
        """Stop the server when standard input ends, as it does when the process at its other end ends."""
        while os.read(0, 1024):
            pass
        self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Shut down, ending the streams first: nothing else would end them, and uvicorn waits for them.

        So it does for requests that wait until the control plane is loaded: these are given up.
        """
        self._world.end_feeds()
        self._late.control.give_up()
        if self._preparing is not None:
            self._preparing.cancel()
        if self._relay is not None:
            await self._relay.close()
        await super().shutdown(sockets)
        if self.force_exit:  # after a second Ctrl-C, uvicorn does not shut the application down
            await self.lifespan.shutdown()
        elif self.server_state.tasks:
            await asyncio.wait(self.server_state.tasks, timeout=LAST_WORDS)
        remove_unfinished()  # here already, as a signal that ended the server ends the process next


def address(host: str, port: int, scheme: str = "http") -> str:
    """Return the URL at which this machine reaches a server that listens on a host and port."""
    reachable = ANYWHERE.get(host, host)
    return f"{scheme}://[{reachable}]:{port}" if ":" in reachable else f"{scheme}://{reachable}:{port}"


def reached(listener: socket.socket, scheme: str = "http") -> str:
    host, port = listener.getsockname()[:2]
    return address(host, port, scheme)


def run(settings: Settings, announce: Announce = announce_in_words, *, with_input: bool = False) -> None:
    """Serve until a signal comes, or `with_input` until standard input ends; then end the process.

    Raises as `World` does, OSError, PortTakenError, HostError and UnsaidError.
    """
    sys.setswitchinterval(TURN)
    silence_fields()
    set_up_log(settings.log)
    made_up = None
    if settings.is_reachable_from_outside and settings.control_token is None:
        made_up = settings.control_token = machine_token()
    providers = make_providers(settings)
    world = make_world(settings, providers)
    listener = listen(settings.host, settings.port)
    others = open_others(settings, world)
    doors = {scheme: reached(door, scheme) for scheme, door in others.doors.items()}
    late = LateApplications(world, providers)
    config = uvicorn.Config(
        assemble(settings, providers, world, late),
        http=ClientProtocol,
        log_config=None if settings.log == "json" else uvicorn.config.LOGGING_CONFIG,
        log_level="warning",
        headers=[(VERSION_HEADER, __version__)],
        access_log=False,
        server_header=False,
        timeout_keep_alive=settings.keep_alive,
        ws="none",
        proxy_headers=False,
        timeout_graceful_shutdown=3,
    )

    def started(url: str) -> None:
        log_start(url, settings, world.default.clock)
        log_what_is_kept(settings, world.default.plan)
        environment = environment_of(world.default, providers, settings.public_url or url)
        announce(Reachable(url, made_up, doors, settings.public_url, environment))

    server = AnnouncingServer(config, listener, world, others, started, late)
    if with_input:
        Thread(target=server.end_with_input, daemon=True).start()
    code = 0
    try:  # without closing the loop, which waits for threads whose results nobody awaits any more
        asyncio.Runner(loop_factory=config.get_loop_factory()).run(server.serve([listener]))
    except KeyboardInterrupt:
        code = INTERRUPTED
    if server.unsaid is not None:
        raise UnsaidError(server.unsaid)
    os._exit(code)  # Python would wait for the same threads


def silence_fields() -> None:
    """Silence, for the whole process, pydantic's warning about attributes of fields that FastAPI makes.

    FastAPI silences it for each field, but another thread that makes types meanwhile undoes that.
    """
    warnings.simplefilter("ignore", UnsupportedFieldAttributeWarning)


def open_others(settings: Settings, world: World) -> Others:
    """Return the ports beside that of plain HTTP that were chosen.

    Raises OSError, PortTakenError and HostError.
    """
    ports = {
        "https": ("--tls-port", settings.tls_port),
        "smtp": ("--smtp-port", settings.smtp_port),
        "smtps": ("--smtps-port", settings.smtps_port),
    }
    doors = {
        scheme: listen(settings.host, port, option)
        for scheme, (option, port) in ports.items()
        if port is not None
    }
    if not doors:
        return Others()
    from emulator.server.certificate import tls_context  # noqa: PLC0415 -- most servers have no such port

    tls = tls_context(settings.data, settings.names)
    mail = {scheme: door for scheme, door in doors.items() if scheme != "https"}
    return Others(doors, tls, make_relay(settings, world, mail, tls) if mail else None)


def make_relay(
    settings: Settings, world: World, doors: Mapping[str, socket.socket], tls: ssl.SSLContext
) -> "Relay":
    from emulator.autosend import autosend  # noqa: PLC0415 -- most servers relay nothing
    from emulator.autosend.smtp import SmtpRelay  # noqa: PLC0415 -- the same
    from emulator.server.relay import Relay  # noqa: PLC0415 -- the same

    errors = autosend().errors()
    behind = SmtpRelay(world.directory, errors, enforce_rate_limit=settings.autosend_rate_limit)
    return Relay(behind, doors, tls)


def listen(host: str, port: int, option: str = "--port") -> socket.socket:
    """Return a socket that listens: until then, another one could be bound to the same port.

    Raises PortTakenError, and HostError.
    """
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    if sys.platform != "win32":  # where it would let a second server listen on the same port
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except (OSError, UnicodeError) as error:  # a name such as `a..b` is no text for a name server
        listener.close()
        why = f"can not listen on {host}:{port} ({getattr(error, 'strerror', None) or error})"
        if getattr(error, "errno", None) in OF_PORTS:
            raise PortTakenError(f"{why}; choose another with {option}") from error
        raise HostError(f"{why}; choose an address of this machine with --host") from error
    note_listener(listener)
    return listener
