"""The client for the messages that a sandbox sends, and for its campaigns and mailings."""

from collections.abc import Mapping
from typing import Any, Unpack

from emulator.client.connection import Scope, part
from emulator.client.given import given
from emulator.client.lines import message_line
from emulator.client.pages import whole
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
    NearMessages,
    TravellerList,
)
from emulator.client.waiting import wait_for

SHOWN = 20
"""How many messages a failure shows."""

OF_LISTS = frozenset(MessageFilter.__annotations__) - frozenset(MessageCriteria.__annotations__)
"""The filters that only lists have: `order` and `limit`."""

OF_OLD_ONES = frozenset({"after", "since", "job", "id"})
"""The criteria that choose by themselves how far back to look: they also find messages of the fixtures."""


class Messages:
    """The messages of a sandbox.

    If this client has made or reset the sandbox, `list`, `find` and `wait` show what it has sent since then,
    without the messages of its fixtures; with `after=0`, they show all.
    """

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self.beginning = 0
        """The id of the latest message from before the sandbox was made or reset."""

    def list(self, **wanted: Unpack[MessageFilter]) -> MessageList:
        """Return all messages that match, in the order in which they were made; `limit` only the first."""
        return whole(
            self._scope, "/messages", self._recent(wanted), field="messages", most=10_000, place="id"
        )

    def find(self, **wanted: Unpack[MessageCriteria]) -> MessageDetail:
        """Return the one message that matches.

        Raises AssertionError unless there is exactly one; it shows the latest, or those that come close.
        """
        __tracebackhide__ = True
        if of_lists := sorted(wanted.keys() & OF_LISTS):
            raise TypeError(f"{of_lists[0]} is for list: find is about one message")
        recent = self._recent(wanted)
        answer = self._scope.ask("GET", "/messages", query={**recent, "order": "newest", "limit": SHOWN})
        found: MessageList = answer["messages"]
        if answer["total"] != 1:
            head = f"expected one message of {dict(wanted)}, there are {answer['total']}"
            near = [] if found else self._near(recent)
            raise AssertionError("\n".join([head, *(f"  {_near_line(one)}" for one in near or found[::-1])]))
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

    def codes(self, **wanted: Unpack[MessageCriteria]) -> CodeList:
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
        """Wait for `count` messages that match, and return them. Raises AssertionError at the timeout.

        Where more match, the latest are returned: 100, or `count` if that is more.
        """
        __tracebackhide__ = True
        recent = self._recent(match)
        found: MessageList = wait_for(self._scope, "message", recent, count, timeout, _near_line, said=match)
        return found

    def _recent(self, wanted: Mapping[str, Any]) -> dict[str, Any]:
        """Return the filters, limited to messages after the beginning unless one is of `OF_OLD_ONES`.

        Raises TypeError for a filter that is None.
        """
        wanted = given(wanted)
        is_old = not self.beginning or wanted.keys() & OF_OLD_ONES
        return wanted if is_old else {**wanted, "after": self.beginning}

    def _near(self, wanted: Mapping[str, Any]) -> NearMessages:
        """Return the messages that come closest, the closest first."""
        body = {"message": wanted, "timeout": "0s"}
        near: NearMessages = self._scope.ask("POST", "/wait", body=body)["arrived"][:SHOWN]
        return near


def _near_line(message: Any) -> str:
    misses = ", ".join(message.get("misses", ()))
    return f"{message_line(message)}; other in {misses}" if misses else message_line(message)


def _path(job: str) -> str:
    return part(job, safe="/")


class Jobs:
    """Campaigns and mailings. Their ids are like `autosend/campaign/60d5ec49f1b2c72d9c8b4567`."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def list(
        self,
        provider: str | None = None,
        status: str | None = None,
        *,
        kind: str | None = None,
        id: Id | None = None,  # noqa: A002 -- the filter's name
    ) -> JobList:
        """Return the jobs that match; `id` is one of the job or of a message of it."""
        query = {"provider": provider, "status": status, "kind": kind, "id": id}
        found: JobList = self._scope.ask("GET", "/jobs", query=query)["jobs"]
        return found

    def get(self, job: str) -> JobDetail:
        """Return a job in detail: its launches, its states and moves, whom it left out and why."""
        found: JobDetail = self._scope.ask("GET", f"/jobs/{_path(job)}")
        return found

    def people(
        self, job: str, person: Id | None = None, state: str | None = None, *, limit: int | None = None
    ) -> TravellerList:
        """Return the people who are or were in an automation or a scenario, and the step where each stands.

        `person` is somebody's id at the provider, or address.
        """
        query = {"person": person, "state": state, "limit": limit}
        return whole(self._scope, f"/jobs/{_path(job)}/people", query, field="people", most=1000)

    def act(self, job: str, action: str) -> JobDetail:
        """Take an action that the job's state allows: `pause`, `finish`, or `accept`, as moderation would."""
        return self._change(job, action=action)

    def force(self, job: str, status: str) -> JobDetail:
        """Set a job's status, even if no action leads to it."""
        return self._change(job, status=status, force=True)

    def pace(self, job: str, pace: float) -> JobDetail:
        """Set how many messages a second a job sends from now on."""
        changed: JobDetail = self._scope.ask("POST", f"/jobs/{_path(job)}/pace", body={"pace": pace})
        return changed

    def set(self, job: str, **settings: Any) -> JobDetail:
        """Set what the provider's API can not: `threshold_preset` of a campaign, `quota` of an account."""
        changed: JobDetail = self._scope.ask(
            "POST", f"/jobs/{_path(job)}/settings", body={"settings": settings}
        )
        return changed

    def _change(self, job: str, **change: Any) -> JobDetail:
        changed: JobDetail = self._scope.ask("POST", f"/jobs/{_path(job)}/status", body=change)
        return changed
