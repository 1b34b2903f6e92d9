"""The report of a failing test: what its sandbox received and sent, and requests elsewhere meanwhile.

Of a test that passes, what its requests had that nobody read.
"""

import warnings
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from typing import Any

from emulator.client import DEFAULT_SANDBOX, ControlError, SandboxClient, UnreadWarning
from emulator.client.lines import (
    body_lines,
    counted,
    delivery_line,
    left_out_lines,
    message_line,
    request_line,
    unclaimed_text,
)
from emulator.client.shapes import Entries, Job, Marks

SHOWN = 20
"""How many requests, messages and deliveries are shown."""

SHOWN_ELSEWHERE = 5
"""How many requests are shown that went to no sandbox, or to `default`: other tests may have sent them."""

SHOWN_JOBS = 5
"""Of how many jobs of each kind it is shown whom they left out."""

NEWEST = {"order": "newest"}

NOT_SAID = (ControlError, LookupError, TypeError)
"""The exceptions of a question that an emulator does not answer; the last two if it is another version."""


def marks(sandbox: SandboxClient) -> Marks | None:
    """Return the numbers of the latest requests elsewhere; None if the emulator does not tell them."""
    try:
        answer = sandbox.scope.ask("GET", "/requests", query={"sandbox": DEFAULT_SANDBOX, "limit": 1})
        latest = [entry["number"] for entry in answer["requests"]]
        return Marks(max(latest, default=0), answer["unclaimed"]["latest"])
    except NOT_SAID:
        return None


def report(sandbox: SandboxClient) -> str:
    """Return the report of a sandbox: its fixtures and clock, and its last requests, with their refusals.

    Then come its messages, whom its jobs left out, its deliveries, and the last requests that went elsewhere
    since its marks. Where the emulator does not respond, the report has the reason in place of a part.
    """
    since = {"after": sandbox.messages.beginning}
    parts = (
        partial(_state, sandbox),
        partial(_requests, sandbox),
        partial(_latest, sandbox, "/messages", since, message_line),
        partial(_left_out, sandbox),
        partial(_latest, sandbox, "/webhooks/deliveries", {}, delivery_line),
        partial(_elsewhere, sandbox),
    )
    reasons: set[str] = set()
    return "\n".join(line for part in parts for line in _as_far_as_known(part, reasons))


def warn_of_unread(sandbox: SandboxClient) -> None:
    """Warn of fields that nobody read in requests that were not refused, once for each operation."""
    with suppress(*NOT_SAID):
        entries = sandbox.requests.list(unread=True)
        found = [
            (entry["operation"], ", ".join(entry["unread"])) for entry in entries if not entry["refused"]
        ]
        for operation, names in list(dict.fromkeys(found))[:SHOWN]:
            warnings.warn(f"{operation}: nobody read {names}", UnreadWarning, stacklevel=2)


def _as_far_as_known(part: Callable[[], Iterator[str]], reasons: set[str]) -> Iterator[str]:
    """Yield the lines of a part and, if the emulator does not respond, the reason, once for all parts."""
    try:
        yield from part()
    except NOT_SAID as error:
        if str(error) not in reasons:
            reasons.add(str(error))
            yield f"(no more is known: {error})"


def _state(sandbox: SandboxClient) -> Iterator[str]:
    """Yield the set of fixtures, the clock and the next event: these explain why a test finds too little."""
    clock = sandbox.clock.state
    fixtures = sandbox.detail["fixtures"] or "of its own"
    due = f"next event at {clock['next_event']}" if clock["next_event"] else "nothing is due"
    yield f"fixtures {fixtures}, clock {clock['mode']} at {clock['now']}, {due}"


def _requests(sandbox: SandboxClient) -> Iterator[str]:
    answer = sandbox.scope.ask("GET", "/requests", query={"limit": SHOWN})
    if not answer["requests"]:
        yield "no request"
    yield from _earlier(answer["total"] + answer["dropped"] - len(answer["requests"]), "request")
    for entry in answer["requests"]:
        yield request_line(entry)
        yield from (f"    {body}" for body in body_lines(entry))


def _latest(
    sandbox: SandboxClient, path: str, which: dict[str, int], line: Callable[[Any], str]
) -> Iterator[str]:
    """Yield the latest things at a path, the latest last."""
    kind = path.rpartition("/")[2]
    answer = sandbox.scope.ask("GET", path, query={**which, **NEWEST, "limit": SHOWN})
    noun = "message" if kind == "messages" else "delivery"
    yield from _earlier(answer["total"] - len(answer[kind]), noun, kind)
    for one in reversed(answer[kind]):
        yield f"{noun} {line(one)}"


def _left_out(sandbox: SandboxClient) -> Iterator[str]:
    """Yield whom jobs left out of late, of each kind the last ones; not what fixtures say of the past."""
    began = sandbox.detail["begins_at"] or sandbox.detail["made_at"] or ""
    of_kinds = defaultdict[str, list[Job]](list)
    for one in sandbox.jobs.list():
        of_kinds[f"{one['provider']}/{one['kind']}"].append(one)
    for jobs in of_kinds.values():
        for one in jobs[-SHOWN_JOBS:]:
            job = sandbox.jobs.get(one["id"])
            if any(left["at"] >= began for left in job["left_out"]["recipients"]):
                yield from left_out_lines(job)


def _elsewhere(sandbox: SandboxClient) -> Iterator[str]:
    """Yield the last requests since the sandbox's marks that reached no sandbox, or `default`."""
    since = sandbox.marks
    if since is None:
        return
    places = {"no sandbox": ({"unclaimed": True}, since.unclaimed), "sandbox default": ({}, since.default)}
    has_new = False
    for place, (which, mark) in places.items():
        query = {"sandbox": DEFAULT_SANDBOX, **which, "limit": SHOWN_ELSEWHERE}
        entries: Entries = sandbox.scope.ask("GET", "/requests", query=query)["requests"]
        is_reset = bool(entries) and entries[-1]["number"] < mark  # a reset begins the numbers anew
        begin = 0 if is_reset else mark
        new = [entry for entry in entries if entry["number"] > begin]
        if new:
            has_new = True
            of_place = f"request of {place} meanwhile", f"requests of {place} meanwhile"
            yield from _earlier(new[0]["number"] - begin - 1, *of_place)
        for entry in new:
            why = f", {unclaimed_text(entry)}" if entry["unclaimed"] else ""
            yield f"of {place} meanwhile: {request_line(entry)}{why}"
    if has_new and sandbox.name != DEFAULT_SANDBOX:
        yield "(the base URLs and credentials that lead to this sandbox are in its `environment`)"


def _earlier(count: int, one: str, many: str = "") -> Iterator[str]:
    if count > 0:
        yield f"({counted(count, f'earlier {one}', f'earlier {many}' if many else '')})"
