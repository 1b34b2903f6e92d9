"""What a failing test shows: what its sandbox received and sent, and what went elsewhere meanwhile."""

from collections.abc import Callable, Iterator
from typing import Any

from emulator.client import DEFAULT_SANDBOX, ControlError, SandboxClient
from emulator.client.lines import body_lines, delivery_line, message_line, request_line
from emulator.client.shapes import Entries, Marks

SHOWN = 20
"""How many requests, messages and deliveries are shown."""

SHOWN_ELSEWHERE = 5
"""How many requests are shown that went to no sandbox, or to `default`: other tests may have sent them."""

NEWEST = {"order": "newest"}


def marks(sandbox: SandboxClient) -> Marks | None:
    """Return where the requests are now that do not reach a sandbox; None where no journal is kept."""
    try:
        answer = sandbox.scope.ask("GET", "/requests", query={"sandbox": DEFAULT_SANDBOX, "limit": 1})
    except ControlError:
        return None
    latest = [entry["number"] for entry in answer["requests"]]
    return Marks(max(latest, default=0), answer["unclaimed"]["latest"])


def report(sandbox: SandboxClient) -> str:
    """Return the last requests of a sandbox, with why they were refused, its messages and deliveries.

    Then come the last requests that went elsewhere since its marks. It says as much as the emulator responds.
    """
    lines: list[str] = []
    try:
        lines += list(_requests(sandbox)) or ["no request"]
        lines += _latest(sandbox, "/messages", {"after": sandbox.messages.beginning}, message_line)
        lines += _latest(sandbox, "/webhooks/deliveries", {}, delivery_line)
        lines += _elsewhere(sandbox)
    except (ControlError, LookupError, TypeError) as error:  # the latter two: of another version
        lines.append(f"(no more is known: {error})")
    return "\n".join(lines)


def _requests(sandbox: SandboxClient) -> Iterator[str]:
    answer = sandbox.scope.ask("GET", "/requests", query={"limit": SHOWN})
    yield from _left(answer["total"] - len(answer["requests"]), "earlier requests")
    for entry in answer["requests"]:
        yield request_line(entry)
        yield from (f"    {body}" for body in body_lines(entry))


def _latest(
    sandbox: SandboxClient, path: str, which: dict[str, int], line: Callable[[Any], str]
) -> Iterator[str]:
    """Yield the latest things at a path, the latest last."""
    kind = path.rpartition("/")[2]
    answer = sandbox.scope.ask("GET", path, query={**which, **NEWEST, "limit": SHOWN})
    yield from _left(answer["total"] - len(answer[kind]), f"earlier {kind}")
    for one in reversed(answer[kind]):
        yield f"{'message' if kind == 'messages' else 'delivery'} {line(one)}"


def _elsewhere(sandbox: SandboxClient) -> Iterator[str]:
    """Yield the last requests since the sandbox's marks that reached no sandbox, or `default`."""
    since = sandbox.marks
    if since is None:
        return
    places = {"no sandbox": ({"unclaimed": True}, since.unclaimed), "sandbox default": ({}, since.default)}
    for place, (which, mark) in places.items():
        query = {"sandbox": DEFAULT_SANDBOX, **which, "limit": SHOWN_ELSEWHERE}
        entries: Entries = sandbox.scope.ask("GET", "/requests", query=query)["requests"]
        new = [entry for entry in entries if entry["number"] > mark]
        if new:
            yield from _left(new[0]["number"] - mark - 1, f"earlier requests of {place} meanwhile")
        for entry in new:
            why = f", {entry['unclaimed']} {entry['credential']}".rstrip() if entry["unclaimed"] else ""
            yield f"of {place} meanwhile: {request_line(entry)}{why}"


def _left(count: int, what: str) -> Iterator[str]:
    if count > 0:
        yield f"({count} {what})"
