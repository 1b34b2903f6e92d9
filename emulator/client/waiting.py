"""Waiting for what other processes do, in the machine's time."""

from collections.abc import Callable, Mapping
from typing import Any

from emulator.client.connection import PATIENCE, Scope, seconds
from emulator.client.shapes import Duration


def wait_for(
    scope: Scope,
    kind: str,
    match: Mapping[str, Any],
    count: int,
    timeout: Duration,
    line: Callable[[Any], str],
) -> Any:
    """Wait for `count` things of a kind that match, and return them.

    Raises AssertionError at the timeout, with the things that arrived instead.
    """
    __tracebackhide__ = True
    body = {kind: match, "count": count, "timeout": timeout}
    answer = scope.ask("POST", "/wait", body=body, patience=PATIENCE + seconds(timeout))
    if answer["met"]:
        return answer["matched"]
    wanted = f"{count} of {kind} {dict(match)}"
    if answer["matched"]:
        wanted += f", {len(answer['matched'])} came"
    arrived = [f"  {line(one)}" for one in answer["arrived"]] or ["  nothing"]
    raise AssertionError("\n".join([f"waited {timeout} for {wanted}; what did arrive:", *arrived]))
