"""The client for the messages that a sandbox sends, and for its campaigns and mailings."""

from typing import Any, Unpack
from urllib.parse import quote

from emulator.client.connection import Scope, part
from emulator.client.lines import message_line
from emulator.client.shapes import (
    CodeList,
    Duration,
    Id,
    JobDetail,
    JobList,
    MessageCriteria,
    MessageDetail,
    MessageFilter,
    MessageList,
)
from emulator.client.waiting import wait_for


class Messages:
    """The messages of a sandbox."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def list(self, **wanted: Unpack[MessageFilter]) -> MessageList:
        found: MessageList = self._scope.ask("GET", "/messages", query=wanted)["messages"]
        return found

    def find(self, **wanted: Unpack[MessageFilter]) -> MessageDetail:
        """Return the one message that matches. Raises AssertionError unless there is exactly one."""
        __tracebackhide__ = True
        found = self.list(**wanted)
        if len(found) != 1:
            shown = found or self.list(limit=20)
            lines = [f"  {message_line(message)}" for message in shown] or ["  none"]
            problem = f"expected one message of {dict(wanted)}, there are {len(found)}; messages:"
            raise AssertionError("\n".join([problem, *lines]))
        return self.get(found[0]["id"])

    def get(self, message: Id) -> MessageDetail:
        detail: MessageDetail = self._scope.ask("GET", f"/messages/{part(message)}")
        return detail

    def html(self, message: Id) -> str:
        """Return a mail's HTML as the recipient sees it."""
        return self._scope.read(f"/messages/{part(message)}/html")

    def raw(self, message: Id) -> bytes:
        """Return a mail's source, as an `.eml` file has it."""
        return self._scope.fetch(f"/messages/{part(message)}/raw")

    def codes(self, **wanted: Unpack[MessageFilter]) -> CodeList:
        """Return the one-time codes of the one message that matches. Raises AssertionError as `find` does."""
        __tracebackhide__ = True
        return self.find(**wanted)["codes"]

    def force(self, message: Id, status: str) -> MessageDetail:
        """Set a message's status, even if no other status leads to it."""
        body = {"status": status, "force": True}
        forced: MessageDetail = self._scope.ask("POST", f"/messages/{part(message)}/status", body=body)
        return forced

    def wait(
        self, *, count: int = 1, timeout: Duration = "5s", **match: Unpack[MessageCriteria]
    ) -> MessageList:
        """Wait for `count` messages that match, and return them. Raises AssertionError at the timeout."""
        __tracebackhide__ = True
        found: MessageList = wait_for(self._scope, "message", match, count, timeout, message_line)
        return found


class Jobs:
    """Campaigns and mailings. Their ids are like `autosend/campaign/60d5ec49f1b2c72d9c8b4567`."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def list(
        self,
        provider: str | None = None,
        status: str | None = None,
        *,
        id: Id | None = None,  # noqa: A002 -- the filter's name
    ) -> JobList:
        """Return jobs: of a provider, in a status, with an id that it, a launch or a message of it has."""
        query = {"provider": provider, "status": status, "id": id}
        found: JobList = self._scope.ask("GET", "/jobs", query=query)["jobs"]
        return found

    def get(self, job: str) -> JobDetail:
        found: JobDetail = self._scope.ask("GET", f"/jobs/{quote(job)}")
        return found

    def act(self, job: str, action: str) -> JobDetail:
        """Take an action that the provider's clients could take: `pause`, `stop`."""
        return self._change(job, action=action)

    def force(self, job: str, status: str) -> JobDetail:
        """Set a job's status, even if no action leads to it."""
        return self._change(job, status=status, force=True)

    def pace(self, job: str, pace: float) -> JobDetail:
        """Set how many messages a second a job sends from now on."""
        changed: JobDetail = self._scope.ask("POST", f"/jobs/{quote(job)}/pace", body={"pace": pace})
        return changed

    def _change(self, job: str, **change: Any) -> JobDetail:
        changed: JobDetail = self._scope.ask("POST", f"/jobs/{quote(job)}/status", body=change)
        return changed
