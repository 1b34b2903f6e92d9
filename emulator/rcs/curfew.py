"""The curfew of an account: the hours of each day in which messages with `respect_curfew` wait.

github.com/bsgworld/go-sdk v2/api/openapi.yaml, send_message (`respect_curfew`). Its hours are in UTC
(inferred).
"""

from emulator.engine.clock import DAY, Millis
from emulator.rcs.tables.account import Account


def wait(account: Account, now: Millis) -> Millis:
    """Return how long a message that would leave now waits: until the end of a curfew, 0 outside of one."""
    if account.curfew_begins is None or account.curfew_ends is None:
        return 0
    length = (account.curfew_ends - account.curfew_begins) % DAY
    since = (now - account.curfew_begins) % DAY
    return max(0, length - since)
