"""A client of the control plane, for tests that use a running emulator.

    control = Control("http://127.0.0.1:4610")
    sandbox = control.create("checkout", clock="frozen")
    sandbox.clock.advance("2m")
    sandbox.requests.verify(method="POST", path="/v1/campaigns", exactly=1)

It needs only the standard library, and no module of the server. When the emulator refuses something, it
raises ControlError; when an expectation of a test is not met, AssertionError, which says what was there.

In a fleet behind a load balancer, requests about a sandbox go to the public URL of the replica that made it,
with the token.
"""

import json
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Self

from emulator.client.balances import Balances
from emulator.client.clock import Clock
from emulator.client.connection import Connection, ControlError, Scope, UnreachableError, part
from emulator.client.inbound import Inbound
from emulator.client.messages import Jobs, Messages
from emulator.client.requests import Requests
from emulator.client.rules import Faults, Outcomes
from emulator.client.shapes import (
    ClockState,
    Duration,
    Instant,
    Json,
    Marks,
    PaceList,
    SandboxDetail,
    SandboxSummary,
    SnapshotInfo,
    SnapshotList,
)
from emulator.client.warned import OutstandingWarning, UnreadWarning
from emulator.client.webhooks import Webhooks
from emulator.service_links import without_links

__all__ = [
    "DEFAULT_SANDBOX",
    "DEFAULT_URL",
    "Control",
    "ControlError",
    "OutstandingWarning",
    "SandboxClient",
    "UnreachableError",
    "UnreadWarning",
]

DEFAULT_URL = "http://127.0.0.1:4610"
DEFAULT_SANDBOX = "default"


class Control:
    """A running emulator. Raises ValueError if `url` is not a valid address, or `token` can not be sent."""

    def __init__(self, url: str = DEFAULT_URL, token: str | None = None) -> None:
        self.connection = Connection(url, token)
        self.url = self.connection.url
        self.snapshots = Snapshots(self.connection)

    @classmethod
    def of_environment(cls, environment: Mapping[str, str]) -> Self:
        """Return the emulator at EMULATOR_URL or at EMULATOR_PORT, with the token EMULATOR_CONTROL_TOKEN.

        Raises ValueError if one of them is not valid.
        """
        url = environment.get("EMULATOR_URL")
        port = without_links(environment).get("EMULATOR_PORT") or "4610"
        if not url and not port.isdecimal():
            raise ValueError(f"EMULATOR_PORT is {port!r}, which is no port")
        return cls(url or f"http://127.0.0.1:{port}", environment.get("EMULATOR_CONTROL_TOKEN") or None)

    @cached_property
    def fixtures(self) -> str | None:
        """The emulator's set of fixtures, which is asked for once; None for a folder of fixtures."""
        return self.sandbox().detail["fixtures"]

    def health(self, patience: float = 2) -> str:
        """Return the text of `/readyz`. Raises UnreachableError while the emulator is not ready."""
        return self.connection.fetch("GET", "/readyz", patience=patience).decode("utf-8", "replace")

    def public_url(self) -> str | None:
        """Return the emulator's public URL, None if it has none. Raises UnreachableError."""
        said = json.loads(self.connection.fetch("GET", "/readyz", query={"verbose": ""}, patience=2))
        url: str | None = said.get("public_url")
        return url

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
        at: Instant | None = None,
        expires_after: Duration | None = None,
        webhook_timestamp: str | None = None,
        fixtures: str | None = None,
    ) -> "SandboxClient":
        """Create a fresh sandbox with credentials of its own. `fixtures` is `empty` or `demo`.

        `at` is where a clock that is not real begins: `now`, `epoch` or an instant, with its zone.
        """
        __tracebackhide__ = True
        wanted = {
            "name": name,
            "seed": seed,
            "clock": clock,
            "at": at,
            "expires_after": expires_after,
            "webhook_timestamp": webhook_timestamp,
            "fixtures": fixtures,
        }
        made = self.connection.ask("POST", "/sandboxes", body=wanted)
        return SandboxClient(self._of(made), made, is_new=True)

    def sandbox(self, name: str = DEFAULT_SANDBOX) -> "SandboxClient":
        """Return an existing sandbox; in a fleet, one of the replica that responds."""
        __tracebackhide__ = True
        found = self.connection.ask("GET", f"/sandboxes/{part(name)}")
        return SandboxClient(self._of(found), found)

    def _of(self, detail: SandboxDetail) -> Connection:
        """Return the connection to the emulator that has a sandbox: in a fleet, to its replica."""
        return self.connection.following(detail.get("url"))


class SandboxClient:
    """One sandbox: its addresses and credentials for clients, and everything that steers it."""

    def __init__(self, connection: Connection, detail: SandboxDetail, *, is_new: bool = False) -> None:
        self._connection = connection
        self.url = connection.url
        """The address of the emulator that has the sandbox."""
        self.name = detail["name"]
        self._take(detail)
        self.scope = Scope(connection, self.name)
        """The connection about this sandbox, for requests that have no method here."""
        self.clock = Clock(self.scope)
        self.requests = Requests(self.scope)
        self.messages = Messages(self.scope)
        self.jobs = Jobs(self.scope)
        self.balances = Balances(self.scope)
        self.outcomes = Outcomes(self.scope)
        self.faults = Faults(self.scope)
        self.webhooks = Webhooks(self.scope)
        self.inbound = Inbound(self.scope)
        self.snapshots = Snapshots(connection)
        """The snapshots of the emulator that has the sandbox."""
        self.marks: Marks | None = None
        """The latest requests elsewhere when `emulator.testing` made it, for reports of failing tests."""
        if is_new:
            self._begin(detail)

    def __repr__(self) -> str:
        return f"<sandbox {self.name} of {self._connection.url}>"

    def reset(self, seed: int | None = None) -> SandboxDetail:
        """Reset the sandbox to what it was when it was new; `seed` gives it other ids than before."""
        body = None if seed is None else {"seed": seed}
        return self._begin(self.scope.ask("POST", "/reset", body=body))

    def seed(self, folder: Path | str, seed: int | None = None) -> SandboxDetail:
        """Fill the sandbox anew from a folder of `<provider>/account.yaml`, now and at every reset.

        A provider without a file there gets the account of the sandbox's set. Without `seed`, the ids keep
        their seed. Raises OSError or ValueError if the folder or a file can not be read.
        """
        if not Path(folder).is_dir():
            raise FileNotFoundError(f"{folder}: is no folder")
        files = sorted(Path(folder).glob("*/account.yaml"))
        if not files:
            raise FileNotFoundError(f"{folder}: has no <provider>/account.yaml")
        wanted: Json = {"fixtures": {file.parent.name: _text_of(file) for file in files}}
        if seed is not None:
            wanted["seed"] = seed
        return self._begin(self.scope.ask("POST", "/seed", body=wanted))

    def pace(self, pace: float | None = None, *, provider: str | None = None) -> PaceList:
        """Set how many messages a second a provider sends, or all; return the pace of it, or of all.

        It holds until the next reset. Without a number, nothing is set. `jobs.pace` is for one job.
        """
        which = {} if provider is None else {"provider": provider}
        if pace is None:
            answer = self.scope.ask("GET", "/pace", query=which)
        else:
            answer = self.scope.ask("POST", "/pace", body={"pace": pace, **which})
        paces: PaceList = answer["paces"]
        return paces

    def save(self, name: str, *, replace: bool = False) -> SnapshotInfo:
        """Save a snapshot of the sandbox as it is now, in place of one with the same name.

        A snapshot of another version, which can not be used here, is only replaced if `replace` is true.
        """
        body = {"name": name, "replace": replace}
        saved: SnapshotInfo = self.scope.ask("POST", "/snapshots", body=body)
        return saved

    def restore(self, name: str) -> ClockState:
        """Replace the sandbox's state by a snapshot's. `messages` shows all that the snapshot has."""
        state: ClockState = self.scope.ask("POST", f"/snapshots/{part(name)}/restore")
        self.messages.beginning = 0
        return state

    def delete(self) -> None:
        self._connection.ask("DELETE", f"/sandboxes/{part(self.name)}")

    def _begin(self, detail: SandboxDetail) -> SandboxDetail:
        """Take over the detail of a new or reset sandbox, with its latest message as the beginning."""
        self.messages.beginning = detail.get("last_message") or 0
        return self._take(detail)

    def _take(self, detail: SandboxDetail) -> SandboxDetail:
        access = detail["access"]
        self.detail = detail
        self.base_urls = {provider: way["base_url"] for provider, way in access.items()}
        """The base URLs by provider: `autosend`."""
        self.credentials = {provider: "".join(way["credentials"][:1]) for provider, way in access.items()}
        """The usual credential of each provider; `detail["access"]` has all of them."""
        token = self._connection.token
        self.environment = detail["environment"] | ({"EMULATOR_CONTROL_TOKEN": token} if token else {})
        """The variables to set in the environment of a client."""
        return detail


def _text_of(file: Path) -> str:
    """Return the text of a file. Raises OSError, and ValueError with the file's name if it is not UTF-8."""
    try:
        return file.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"{file}: is not written in UTF-8") from error


class Snapshots:
    """The snapshots of an emulator, from any of its sandboxes."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def list(self) -> SnapshotList:
        found: SnapshotList = self._connection.ask("GET", "/snapshots")["snapshots"]
        return found

    def download(self, name: str) -> bytes:
        """Return a snapshot's SQLite file."""
        return self._connection.fetch("GET", f"/_emulator/snapshots/{part(name)}")

    def upload(self, name: str, content: bytes, *, replace: bool = False) -> SnapshotInfo:
        """Save the bytes of a downloaded snapshot, from here or elsewhere; `replace` is as for `save`."""
        path = f"/_emulator/snapshots/{part(name)}{'?replace=true' if replace else ''}"
        kind = "application/vnd.sqlite3"
        answer = self._connection.fetch("PUT", path, content=content, media_type=kind)
        saved: SnapshotInfo = json.loads(answer)
        return saved

    def delete(self, name: str) -> None:
        self._connection.ask("DELETE", f"/snapshots/{part(name)}")
