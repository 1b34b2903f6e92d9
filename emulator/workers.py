"""One emulator for all workers of pytest-xdist on this machine.

The controller starts it when a worker first asks, and ends it when the run ends: workers come and go, also
by crashing. docs/decisions/0039-one-server-for-workers.md says why it is done so.
"""

import json
import os
import socket
from contextlib import ExitStack, suppress
from functools import cached_property
from hmac import compare_digest
from threading import Thread
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from emulator.testing import Started

HERE = "127.0.0.1"

ASKS_WITHIN = 5.0
"""Seconds that a worker may take to say what it wants."""

Place = tuple[int, str]
"""Where workers ask for the emulator: the controller's port, and the secret of this run."""


class Workers:
    """The emulator of all workers, in the controller; the settings are those of `running`."""

    def __init__(self, **settings: object) -> None:
        self._settings = settings
        self._secret = os.urandom(16).hex()
        self._listener = socket.create_server((HERE, 0))
        self._servers = ExitStack()
        self._is_over = False
        self._thread = Thread(target=self._listen, daemon=True)
        self._thread.start()

    @property
    def place(self) -> Place:
        return self._listener.getsockname()[1], self._secret

    def end(self) -> None:
        """End the emulator, if it was started, and the thread that workers ask."""
        self._is_over = True
        with suppress(OSError), socket.create_connection(self._listener.getsockname()):
            pass  # it wakes the thread
        self._thread.join()
        self._listener.close()
        self._servers.close()

    def _listen(self) -> None:
        while not self._is_over:
            connection, _ = self._listener.accept()
            with connection, suppress(OSError):
                self._respond(connection)

    def _respond(self, connection: socket.socket) -> None:
        connection.settimeout(ASKS_WITHIN)
        with connection.makefile("rb") as asked:
            secret = asked.read(len(self._secret))
        if compare_digest(secret, self._secret.encode()):
            connection.sendall(json.dumps(self._started).encode())

    @cached_property
    def _started(self) -> dict[str, Any]:
        """The emulator's URL and token, or why it did not start: that is tried once for all workers."""
        from emulator.testing import StartError, running  # noqa: PLC0415 -- imported only in runs that use it

        try:
            control = self._servers.enter_context(running(**self._settings))
        except StartError as error:
            return {"error": str(error), "code": error.code}
        said = {"url": control.url, "token": control.connection.token}
        return {**said, "environment": control.environment}


def ask(place: Place) -> "Started":
    """Return the emulator of all workers; the first worker that asks starts it. Raises StartError."""
    from emulator.testing import STARTS_WITHIN, Started, StartError  # noqa: PLC0415 -- as above

    port, secret = place
    with socket.create_connection((HERE, port), timeout=STARTS_WITHIN + ASKS_WITHIN) as connection:
        connection.sendall(secret.encode())
        with connection.makefile("rb") as said:
            answer = json.loads(
                said.read() or b'{"error": "the controller of pytest-xdist has not started it", "code": 1}'
            )
    if "url" not in answer:
        raise StartError(answer["code"], answer["error"])
    return Started(answer["url"], answer["token"], answer["environment"])
