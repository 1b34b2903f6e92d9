"""What a sandbox sends, and the campaigns and mailings that it sends it for."""

from typing import Any, Unpack
from urllib.parse import quote

from emulator.client.connection import Scope, part
from emulator.client.lines import message_line
from emulator.client.shapes import (
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
        """Return the one message that is meant. Raises AssertionError unless there is exactly one."""
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
        """Return the page that the recipient sees."""
        return self._scope.read(f"/messages/{part(message)}/html")

    def force(self, message: Id, status: str) -> MessageDetail:
        """Let a message have a status, whether it could get there by itself or not."""
        body = {"status": status, "force": True}
        forced: MessageDetail = self._scope.ask("POST", f"/messages/{part(message)}/status", body=body)
        return forced

    def wait(
        self, *, count: int = 1, timeout: Duration = "5s", **match: Unpack[MessageCriteria]
    ) -> MessageList:
        """Return the messages that are meant, once there are enough. Raises AssertionError."""
        __tracebackhide__ = True
        found: MessageList = wait_for(self._scope, "message", match, count, timeout, message_line)
        return found


class Jobs:
    """Campaigns and mailings. Their ids are like `autosend/campaign/60d5ec49f1b2c72d9c8b4567`."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def list(self, provider: str | None = None, status: str | None = None) -> JobList:
        query = {"provider": provider, "status": status}
        found: JobList = self._scope.ask("GET", "/jobs", query=query)["jobs"]
        return found

    def get(self, job: str) -> JobDetail:
        found: JobDetail = self._scope.ask("GET", f"/jobs/{quote(job)}")
        return found

    def act(self, job: str, action: str) -> JobDetail:
        """Do what a client could do: `pause`, `stop`."""
        return self._change(job, action=action)

    def force(self, job: str, status: str) -> JobDetail:
        """Let a job have a status, whether it could get there by itself or not."""
        return self._change(job, status=status, force=True)

    def _change(self, job: str, **change: Any) -> JobDetail:
        changed: JobDetail = self._scope.ask("POST", f"/jobs/{quote(job)}/status", body=change)
        return changed
