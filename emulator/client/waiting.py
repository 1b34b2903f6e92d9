"""Waiting, in the machine's time, for something that another process does."""

from collections.abc import Callable, Mapping
from typing import Any

from emulator.client.connection import PATIENCE, Scope, seconds
from emulator.client.shapes import Duration

SHOWN = 20
"""How many of the things that matched a failure shows."""


def wait_for(
    scope: Scope,
    kind: str,
    match: Mapping[str, Any],
    count: int,
    timeout: Duration,
    line: Callable[[Any], str],
    *,
    said: Mapping[str, Any] | None = None,
) -> Any:
    """Wait for `count` things of a kind that match, and return them.

    Raises AssertionError at the timeout; it shows what matched, and what arrived instead. `said` are the
    criteria that the test gave, if `match` has others beside them.
    """
    __tracebackhide__ = True
    body = {kind: match, "count": count, "timeout": timeout}
    answer = scope.ask("POST", "/wait", body=body, patience=PATIENCE + seconds(timeout))
    if answer["met"]:
        return answer["matched"]
    head = f"waited {timeout} for {count} of {kind} {dict(match if said is None else said)}"
    came = answer["matched"]
    others = [f"  {line(one)}" for one in answer["arrived"] if one not in came] or ["  nothing"]
    if not came:
        raise AssertionError("\n".join([f"{head}; what did arrive:", *others]))
    last = f", the last {SHOWN} of them" if len(came) > SHOWN else ""
    shown = [f"  {line(one)}" for one in came[-SHOWN:]]
    lines = [f"{head}, {len(came)} came{last}:", *shown, "what else did arrive:", *others]
    raise AssertionError("\n".join(lines))
