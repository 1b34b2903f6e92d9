"""The SMTP server: two listeners, for STARTTLS and for TLS from the first byte, on a thread of their own.

What becomes of a message is in emulator/autosend/smtp.py, and happens on the server's event loop.
"""

import asyncio
import logging
import socket
import ssl
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from functools import partial, wraps
from threading import Thread
from traceback import format_tb
from typing import Any, AnyStr

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session, TLSSetupException, syntax

from emulator.autosend.smtp import MOST_BYTES, Posted, Refused, SmtpRelay
from emulator.autosend.smtp_watching import Lost
from emulator.storage.failures import StorageError

IDENT = "AutoSend emulator"
CLOSING: tuple[object, ...] = ("421", b"421")
"""The code of the reply after which a server closes the connection."""
LATE, ENDING = b"421 4.4.2 Timeout exceeded\r\n", b"421 4.3.2 The emulator is ending\r\n"
"""The replies that a client gets without a command: after a long silence, and when the server ends."""

IDLE = 300.0
"""How many seconds a client may be silent after a reply (RFC 5321, 4.5.3.2.7)."""
LONGEST_ENDING = 2.0
"""How many seconds the end of the server waits for a mail that is under way."""

logger = logging.getLogger("emulator")
logging.getLogger("mail.log").setLevel(logging.CRITICAL)  # it would log what clients send


class Relay:
    """The SMTP listeners that were asked for: `smtp`, `smtps` or both."""

    def __init__(self, relay: SmtpRelay, doors: Mapping[str, socket.socket], tls: ssl.SSLContext) -> None:
        self.doors = doors
        """The listening sockets by scheme: `smtp`, with STARTTLS, or `smtps`."""
        self._relay = relay
        self._tls = tls
        self._servers = list[asyncio.Server]()
        self._connections = set[Connection]()
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._run, daemon=True)

    async def open(self) -> None:
        """Start accepting clients. Their mails are taken in on the event loop that this is called on."""
        handler = Handler(self._relay, asyncio.get_running_loop(), self._connections)
        self._thread.start()
        await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(self._listen(handler), self._loop))

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.get_loop().run_forever()

    async def _listen(self, handler: "Handler") -> None:
        for scheme, door in self.doors.items():
            from_the_start = scheme == "smtps"
            protocol = partial(
                Connection,
                handler,
                data_size_limit=MOST_BYTES,
                enable_SMTPUTF8=True,
                hostname="localhost",
                ident=IDENT,
                tls_context=None if from_the_start else self._tls,
                auth_require_tls=not from_the_start,
                authenticator=handler.shown,
                timeout=2 * IDLE,  # then the library closes the connection without a reply
                loop=self._loop,
            )
            tls = self._tls if from_the_start else None
            self._servers.append(await self._loop.create_server(protocol, sock=door, ssl=tls))

    async def close(self) -> None:
        """Stop accepting clients, and end open connections, once mails that are under way are replied to."""
        await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(self._end(), self._loop))
        self._loop.call_soon_threadsafe(self._loop.stop)

    async def _end(self) -> None:
        for server in self._servers:
            server.close()
        await asyncio.gather(*(connection.end() for connection in self._connections))


class Connection(SMTP):
    """The library's connection of a client, except for how it ends and how it reads the texts of mails."""

    def __init__(self, handler: "Handler", **settings: Any) -> None:
        super().__init__(handler, **settings)
        self._mail = asyncio.Lock()
        """Held while a mail is under way."""
        self._silence: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._handler.connections.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self._handler.connections.discard(self)
        if self._silence is not None:
            self._silence.cancel()
        super().connection_lost(error)

    def eof_received(self) -> bool:
        """Close the connection once the client has closed its own side of it.

        The library leaves that to the client's task, which may have been cancelled before it began.
        """
        super().eof_received()
        return False

    async def push(self, status: AnyStr) -> None:
        """Reply to the client. A 421 closes the connection, and what was sent after it is not read any more.

        https://www.rfc-editor.org/rfc/rfc5321#section-3.8
        """
        if self._silence is not None:
            self._silence.cancel()
        self._silence = self.loop.call_later(IDLE, self._leave, LATE)
        await super().push(status)
        if status[:3] in CLOSING:
            self._close()

    async def end(self) -> None:
        """Close the connection, once a mail that is under way has its reply."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._mail.acquire(), LONGEST_ENDING)
        self._leave(ENDING)

    def _leave(self, reply: bytes) -> None:
        """Close the connection with a reply that the client has not asked for."""
        if isinstance(self.transport, asyncio.WriteTransport):
            self.transport.write(reply)
            self._close()

    def _close(self) -> None:
        if self.transport is not None:
            assert self._handler_coroutine is not None
            self._handler_coroutine.cancel()
            self.transport.close()

    async def auth_PLAIN(self, _: object, args: list[str]) -> AuthResult:  # noqa: N802 -- aiosmtpd names it
        return await self._handler.admitted(await super().auth_PLAIN(_, args))

    async def auth_LOGIN(self, _: object, args: list[str]) -> AuthResult:  # noqa: N802 -- aiosmtpd names it
        return await self._handler.admitted(await super().auth_LOGIN(_, args))

    @property
    def _handler(self) -> "Handler":
        handler: Handler = self.event_handler
        return handler

    @syntax("MAIL FROM: <address>", extended=" [SP <mail-parameters>]")
    async def smtp_MAIL(self, arg: str | None) -> None:  # noqa: N802 -- aiosmtpd names it
        """Begin a mail. The library takes digits of other scripts for a size, and crashes at `SIZE=²`."""
        sizes = (one for one in (arg or "").upper().split() if one.startswith("SIZE="))
        if all(map(str.isascii, sizes)):
            await super().smtp_MAIL(arg)
        else:
            await self.push("501 Syntax: MAIL FROM: <address> [SP <mail-parameters>]")

    @syntax("DATA")
    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 -- aiosmtpd names it
        """Receive a mail. The library's own method would block all threads for 50 ms to join 24 MB."""
        if await self.check_helo_needed():
            return
        assert self.envelope is not None
        if not self.envelope.rcpt_tos:
            await self.push("503 Error: need RCPT command")
        elif arg:
            await self.push("501 Syntax: DATA")
        else:
            async with self._mail:
                await self.push("354 End data with <CR><LF>.<CR><LF>")
                envelope, self.envelope = self.envelope, Envelope()
                await self.push(await self._received(envelope))

    async def _received(self, envelope: Envelope) -> str:
        """Read the text of a mail, and return the reply to it."""
        try:
            envelope.content = await self._text()
        except Refused as refusal:
            return refusal.reply
        return await self._handler.handle_DATA(self, self.session, envelope)

    async def _text(self) -> bytes:
        """Read up to the line with a dot alone. Then, raises Refused if a line or the text was too long."""
        text, size, refusal, is_new_line = bytearray(), 0, "", True
        while True:
            begins, is_new_line = is_new_line, True
            try:
                piece = await self._reader.readuntil(b"\r\n")
            except asyncio.LimitOverrunError as overrun:
                piece = await self._reader.read(overrun.consumed)
                is_new_line = False
            if begins and piece == b".\r\n":
                break
            size += len(piece)
            if len(piece) > self.line_length_limit or not is_new_line:
                refusal = refusal or "500 Line too long (see RFC5321 4.5.3.1.6)"
            if size > MOST_BYTES:
                refusal = refusal or "552 Error: Too much mail data"
            if refusal:
                text.clear()
            else:
                text += piece.removeprefix(b".")
        if refusal:
            raise Refused(refusal)
        return bytes(text)


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

    def __init__(
        self, relay: SmtpRelay, loop: asyncio.AbstractEventLoop, connections: set[Connection]
    ) -> None:
        self.loop = loop
        """The server's event loop."""
        self.connections = connections
        """The open connections."""
        self._relay = relay

    def shown(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, shown: LoginPassword
    ) -> AuthResult:
        """Return a client's login unchecked: the library can not wait here; `admitted` checks it later."""
        return AuthResult(success=True, auth_data=shown)

    async def admitted(self, shown: AuthResult) -> AuthResult:
        """Return whether a client may log in with the login that it has shown: the event loop checks it."""
        if not isinstance(shown.auth_data, LoginPassword):
            return shown
        user, password = (part.decode("utf-8", "replace") for part in shown.auth_data)
        work = self._relay.knows(user, password)
        if await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self.loop)):
            return AuthResult(success=True, auth_data=password)
        return AuthResult(success=False, handled=False)

    @replying
    async def handle_RCPT(self, session: Session, envelope: Envelope, address: str) -> str:  # noqa: N802 -- aiosmtpd names it
        reply = await self._relay.check_recipient(session.auth_data, address, len(envelope.rcpt_tos) + 1)
        envelope.rcpt_tos.append(address)
        return reply

    @replying
    async def handle_DATA(self, session: Session, envelope: Envelope, _: str) -> str:  # noqa: N802 -- aiosmtpd names it
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
