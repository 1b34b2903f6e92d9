"""A client of the control plane: what a test does with a running emulator.

    control = Control("http://127.0.0.1:4610")
    sandbox = control.create("checkout", clock="frozen")
    sandbox.clock.advance("2m")
    sandbox.requests.verify(method="POST", path="/v1/campaigns", exactly=1)

It needs the standard library and nothing of the server. A refusal is a ControlError; what a test
expects and does not get is an AssertionError that says what was there instead.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from emulator.client.clock import Clock
from emulator.client.connection import Connection, ControlError, Scope, UnreachableError, part
from emulator.client.inbound import Inbound
from emulator.client.messages import Jobs, Messages
from emulator.client.requests import Requests
from emulator.client.rules import Faults, Outcomes
from emulator.client.shapes import (
    ClockState,
    Duration,
    Json,
    SandboxDetail,
    SandboxSummary,
    SnapshotInfo,
    SnapshotList,
)
from emulator.client.webhooks import Webhooks

__all__ = ["DEFAULT_SANDBOX", "DEFAULT_URL", "Control", "ControlError", "SandboxClient", "UnreachableError"]

DEFAULT_URL = "http://127.0.0.1:4610"
DEFAULT_SANDBOX = "default"


class Control:
    """A running emulator. Raises ValueError for what is no address."""

    def __init__(self, url: str = DEFAULT_URL, token: str | None = None) -> None:
        self.connection = Connection(url, token)
        self.url = self.connection.url
        self.snapshots = Snapshots(self.connection)

    @classmethod
    def of_environment(cls, environment: Mapping[str, str]) -> Self:
        """Return the emulator that EMULATOR_URL or EMULATOR_PORT names, with EMULATOR_CONTROL_TOKEN."""
        port = environment.get("EMULATOR_PORT") or "4610"
        url = environment.get("EMULATOR_URL") or f"http://127.0.0.1:{port}"
        return cls(url, environment.get("EMULATOR_CONTROL_TOKEN") or None)

    def health(self, patience: float = 2) -> str:
        """Return what `/readyz` says. Raises UnreachableError while the emulator is not ready."""
        return self.connection.fetch("GET", "/readyz", patience=patience).decode("utf-8", "replace")

    def sandboxes(self) -> list[SandboxSummary]:
        answer = self.connection.ask("GET", "/sandboxes")
        if not isinstance(answer, dict) or "sandboxes" not in answer:
            raise UnreachableError(f"What answers at {self.url} is not an emulator.")
        found: list[SandboxSummary] = answer["sandboxes"]
        return found

    def create(
        self,
        name: str | None = None,
        *,
        seed: int | None = None,
        clock: str | float | None = None,
        expires_after: Duration | None = None,
    ) -> "SandboxClient":
        """Make a fresh sandbox with credentials of its own."""
        wanted = {"name": name, "seed": seed, "clock": clock, "expires_after": expires_after}
        return SandboxClient(self.connection, self.connection.ask("POST", "/sandboxes", body=wanted))

    def sandbox(self, name: str = DEFAULT_SANDBOX) -> "SandboxClient":
        """Return a sandbox that there is."""
        return SandboxClient(self.connection, self.connection.ask("GET", f"/sandboxes/{part(name)}"))


class SandboxClient:
    """One sandbox: how clients reach it, and everything that steers it."""

    def __init__(self, connection: Connection, detail: SandboxDetail) -> None:
        self._connection = connection
        self.name = detail["name"]
        self._take(detail)
        self.scope = Scope(connection, self.name)
        """For what has no method here."""
        self.clock = Clock(self.scope)
        self.requests = Requests(self.scope)
        self.messages = Messages(self.scope)
        self.jobs = Jobs(self.scope)
        self.outcomes = Outcomes(self.scope)
        self.faults = Faults(self.scope)
        self.webhooks = Webhooks(self.scope)
        self.inbound = Inbound(self.scope)

    def __repr__(self) -> str:
        return f"<sandbox {self.name} of {self._connection.url}>"

    def reset(self) -> SandboxDetail:
        """Make it what it was when it was new."""
        return self._take(self.scope.ask("POST", "/reset"))

    def seed(self, folder: Path | str, seed: int | None = None) -> SandboxDetail:
        """Make it anew of the accounts in a folder of `<provider>/account.yaml`, now and at every reset.

        Raises OSError and ValueError for a folder or file that can not be read.
        """
        files = sorted(Path(folder).glob("*/account.yaml"))
        if not files:
            raise FileNotFoundError(f"{folder}: has no <provider>/account.yaml")
        wanted: Json = {"fixtures": {file.parent.name: file.read_text("utf-8") for file in files}}
        if seed is not None:
            wanted["seed"] = seed
        return self._take(self.scope.ask("POST", "/seed", body=wanted))

    def save(self, name: str) -> SnapshotInfo:
        """Keep it as it is now."""
        saved: SnapshotInfo = self.scope.ask("POST", "/snapshots", body={"name": name})
        return saved

    def restore(self, name: str) -> ClockState:
        """Go on where a snapshot was taken."""
        state: ClockState = self.scope.ask("POST", f"/snapshots/{part(name)}/restore")
        return state

    def delete(self) -> None:
        self._connection.ask("DELETE", f"/sandboxes/{part(self.name)}")

    def _take(self, detail: SandboxDetail) -> SandboxDetail:
        access = detail["access"]
        self.detail = detail
        self.base_urls = {provider: way["base_url"] for provider, way in access.items()}
        """By provider: `autosend`."""
        self.credentials = {provider: "".join(way["credentials"][:1]) for provider, way in access.items()}
        """The usual one of each provider; `detail["access"]` has all."""
        token = self._connection.token
        self.environment = detail["environment"] | ({"EMULATOR_CONTROL_TOKEN": token} if token else {})
        """What to set in the environment of a client."""
        return detail


class Snapshots:
    """The snapshots of an emulator, of whichever sandbox."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def list(self) -> SnapshotList:
        found: SnapshotList = self._connection.ask("GET", "/snapshots")["snapshots"]
        return found

    def download(self, name: str) -> bytes:
        """Return a snapshot's SQLite file."""
        return self._connection.fetch("GET", f"/_emulator/snapshots/{part(name)}")

    def upload(self, name: str, content: bytes) -> SnapshotInfo:
        """Keep a file that was downloaded, here or elsewhere."""
        path = f"/_emulator/snapshots/{part(name)}"
        kind = "application/vnd.sqlite3"
        answer = self._connection.fetch("PUT", path, content=content, media_type=kind)
        saved: SnapshotInfo = json.loads(answer)
        return saved

    def delete(self, name: str) -> None:
        self._connection.ask("DELETE", f"/snapshots/{part(name)}")
