"""The SMTP server: two listeners, for STARTTLS and for TLS from the first byte, on a thread of their own.

The library joins the lines of a large mail at one go, which would hold up all clients on the server's event
loop. What becomes of a message is in emulator/autosend/smtp.py, and happens there.
"""

import asyncio
import logging
import socket
import ssl
from collections.abc import Callable, Coroutine, Mapping
from functools import partial, wraps
from threading import Thread
from traceback import format_tb
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session, TLSSetupException

from emulator.autosend.smtp import MOST_BYTES, Posted, Refused, SmtpRelay
from emulator.autosend.smtp_watching import Lost
from emulator.storage.failures import StorageError

IDENT = "AutoSend emulator"

logger = logging.getLogger("emulator")
logging.getLogger("mail.log").setLevel(logging.CRITICAL)  # it would log what clients send


class Relay:
    """The SMTP listeners that were asked for: `smtp`, `smtps` or both."""

    def __init__(self, relay: SmtpRelay, doors: Mapping[str, socket.socket], tls: ssl.SSLContext) -> None:
        self.doors = doors
        """The listening sockets by scheme: `smtp`, with STARTTLS, or `smtps`."""
        self._relay = relay
        self._tls = tls
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._run, daemon=True)

    async def open(self) -> None:
        """Start accepting clients, whose mails are accepted on the loop that this is called on."""
        handler = Handler(self._relay, asyncio.get_running_loop())
        self._thread.start()
        await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(self._listen(handler), self._loop))

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.get_loop().run_forever()

    async def _listen(self, handler: "Handler") -> None:
        for scheme, door in self.doors.items():
            from_the_start = scheme == "smtps"
            protocol = partial(
                ClosingSMTP,
                handler,
                data_size_limit=MOST_BYTES,
                enable_SMTPUTF8=True,
                hostname="localhost",
                ident=IDENT,
                tls_context=None if from_the_start else self._tls,
                auth_require_tls=not from_the_start,
                authenticator=handler.authenticate,
                loop=self._loop,
            )
            tls = self._tls if from_the_start else None
            await self._loop.create_server(protocol, sock=door, ssl=tls)

    def close(self) -> None:
        """Stop accepting clients, and end open connections."""
        self._loop.call_soon_threadsafe(self._loop.stop)


class ClosingSMTP(SMTP):
    """The library's protocol, which closes the connection once a client has closed its own side of it.

    The library leaves that to the task that serves the client, which may have been cancelled before it began.
    """

    def eof_received(self) -> bool:
        super().eof_received()
        return False


def replying(
    hook: Callable[["Handler", Session, Envelope, str], Coroutine[Any, Any, str]],
) -> Callable[..., Coroutine[Any, Any, str]]:
    """Give a hook the parameters that the library expects, and run it on the server's event loop.

    It returns refusals as replies.
    """

    @wraps(hook)
    async def reply(
        handler: "Handler", server: SMTP, session: Session, envelope: Envelope, address: str = "", *_: object
    ) -> str:
        try:
            work = hook(handler, session, envelope, address)
            return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, handler.loop))
        except Refused as refusal:
            return refusal.reply
        except Lost:
            if isinstance(server.transport, asyncio.WriteTransport):
                server.transport.abort()
            return "421 4.3.2 The connection is lost"

    return reply


class Handler:
    """Responds to the commands of all connections."""

    def __init__(self, relay: SmtpRelay, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        """The server's event loop."""
        self._relay = relay

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, shown: LoginPassword
    ) -> AuthResult:
        user, password = (part.decode("utf-8", "replace") for part in shown)
        if self._relay.knows(user, password):
            return AuthResult(success=True, auth_data=password)
        return AuthResult(success=False, handled=False)

    @replying
    async def handle_RCPT(self, session: Session, envelope: Envelope, address: str) -> str:  # noqa: N802 -- theirs
        reply = await self._relay.check_recipient(session.auth_data, address, len(envelope.rcpt_tos) + 1)
        envelope.rcpt_tos.append(address)
        return reply

    @replying
    async def handle_DATA(self, session: Session, envelope: Envelope, _: str) -> str:  # noqa: N802 -- theirs
        key: Any = session.auth_data
        content = envelope.content
        assert isinstance(content, bytes)
        client = str(session.peer[0]) if session.peer else ""
        sender = envelope.mail_from or ""
        return await self._relay.accept(Posted(key, client, content, sender, envelope.rcpt_tos))

    async def handle_exception(self, error: Exception) -> str:
        """Log where a command crashed, without texts that may hold credentials; return the reply."""
        if isinstance(error, TLSSetupException):
            return "454 4.7.0 TLS not available: the client did not go on with it"
        if isinstance(error, StorageError):
            logger.error("SMTP: %s", error)
            return "452 4.3.1 The emulator can not store it; its log says why"
        logger.error(
            "SMTP: crashed with %s\n%s", type(error).__name__, "".join(format_tb(error.__traceback__))
        )
        return "451 4.3.0 The emulator crashed; its log says where"
