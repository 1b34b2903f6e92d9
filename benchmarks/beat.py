"""A client that sends one small request every 10 ms on its own connection, and tells its longest wait.

It is a process of its own, so that what the benchmark does meanwhile does not count:
`python beat.py HOST PATH KEY`. It prints a line when it has begun, and the wait in milliseconds at its end.
"""

import signal
import sys
import time
from http.client import HTTPConnection
from types import FrameType

BEAT = 0.01


def main() -> None:
    host, path, key = sys.argv[1:]
    connection = HTTPConnection(host, timeout=300)
    ends: list[int] = []

    def end(number: int, _: FrameType | None) -> None:
        ends.append(number)

    signal.signal(signal.SIGTERM, end)
    _beat(connection, path, key)
    print("beating", flush=True)
    worst = 0.0
    while not ends:
        waited = _beat(connection, path, key)
        worst = max(worst, waited)
        time.sleep(max(0, BEAT - waited))
    print(worst * 1000)


def _beat(connection: HTTPConnection, path: str, key: str) -> float:
    """Return how long one request waited for its response, in seconds."""
    begun = time.perf_counter()
    connection.request("GET", path, headers={"Authorization": f"Bearer {key}"})
    response = connection.getresponse()
    response.read()
    if response.status >= 500:
        raise SystemExit(f"{path} answered {response.status}")
    return time.perf_counter() - begun


if __name__ == "__main__":
    main()
