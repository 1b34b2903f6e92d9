"""AutoSend's rate limit: what a key has used of it.

https://docs.autosend.com/api-reference/rate-limits
"""

from emulator.engine.clock import SECOND, Millis
from emulator.faults.rules import RateWindow
from emulator.sandbox.sandbox import Sandbox

RATE = 2
"""Requests a second and key; the documented default."""


def whole_seconds(length: Millis) -> int:
    """Return whole seconds; a part of one counts as one."""
    return -(-length // SECOND)


def own_window(key: str, sandbox: Sandbox) -> RateWindow:
    """Return how much of its own rate limit a key has used in the second that it is."""
    second = sandbox.clock.now() // SECOND
    latest, used = sandbox.windows.get(key, (second, 0))
    return RateWindow(RATE, used if latest == second else 0, (second + 1) * SECOND)


def count_use(sandbox: Sandbox, key: str, now: Millis) -> int:
    """Count a use of a key in its window of one second; answer the count."""
    window = now // SECOND
    latest, used = sandbox.windows.get(key, (window, 0))
    used = used + 1 if latest == window else 1
    sandbox.windows[key] = (window, used)
    return used
