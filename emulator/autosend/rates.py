"""AutoSend's rate limit, and how much of it a key has used.

https://docs.autosend.com/api-reference/rate-limit
"""

from emulator.engine.clock import SECOND, Millis
from emulator.faults.rules import RateWindow
from emulator.sandbox.sandbox import Sandbox

RATE = 2
"""Requests a second for each key; the documented default."""


def whole_seconds(length: Millis) -> int:
    """Return a length of time in seconds, rounded up."""
    return -(-length // SECOND)


def own_window(key: str, sandbox: Sandbox) -> RateWindow:
    """Return a key's rate limit window: how many requests it has sent in the current second."""
    second = sandbox.clock.now() // SECOND
    latest, used = sandbox.windows.get(key, (second, 0))
    return RateWindow(RATE, used if latest == second else 0, (second + 1) * SECOND)


def window_of_one(sandbox: Sandbox) -> RateWindow:
    """Return the window of a single request, which every request gets while the limit is off.

    It is never used up: on a frozen clock, a client would wait for the next second forever.
    """
    return RateWindow(RATE, 1, (sandbox.clock.now() // SECOND + 1) * SECOND)


def count_use(sandbox: Sandbox, key: str, now: Millis) -> int:
    """Count a request of a key in its window of one second, and return the count."""
    window = now // SECOND
    latest, used = sandbox.windows.get(key, (window, 0))
    used = used + 1 if latest == window else 1
    sandbox.windows[key] = (window, used)
    return used
