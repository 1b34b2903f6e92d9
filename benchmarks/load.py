"""The load generator: wrk, on a core of its own."""

import re
import subprocess
import tempfile
from pathlib import Path

from subjects import CAMPAIGNS, KEY, LOAD_CORE, RCS_KEY, pinned

CONNECTIONS = "16"

READ = """
local n = 0
request = function()
  n = n + 1
  return wrk.format("GET", "/v1/campaigns/" .. campaigns[n % #campaigns + 1])
end
"""

CYCLE = """
local n = 0
request = function()
  local action = "pause"
  if math.floor(n / #campaigns) % 2 == 1 then action = "resume" end
  local path = "/v1/campaigns/" .. campaigns[n % #campaigns + 1] .. "/" .. action
  n = n + 1
  return wrk.format("POST", path)
end
"""


SEND = """
wrk.headers["Content-Type"] = "application/json"
local n = 0
request = function()
  n = n + 1
  return wrk.format("POST", "/v1/mails/send", nil, string.format([[{
    "to": {"email": "reader%d@example.com", "name": "Reader"},
    "from": {"email": "hello@example.com", "name": "Example Shop"},
    "subject": "Order {{number}}", "html": "<p>Hello {{name}}</p>",
    "dynamicData": {"number": "A-%d", "name": "Reader"}}]], n % 1000, n))
end
"""

READ_RCS = f"""
wrk.path = "/api/campaigns/3"
wrk.headers["Authorization"] = "Bearer {RCS_KEY}"
"""

READ_ALTCRAFT = """
wrk.method, wrk.path = "POST", "/api/v1.1/campaigns/get"
wrk.headers["Authorization"] = nil
wrk.headers["Content-Type"] = "application/json"
wrk.body = [[{"token": "abcdefghijklmnqrstuvwxyz", "id": 40}]]
"""

LOADS = {
    "read": READ,
    "read RCS": READ_RCS,
    "read Altcraft": READ_ALTCRAFT,
    "stop/start": CYCLE,
    "send": SEND,
}


class UnexpectedAnswerError(Exception):
    """A server did not respond to the load with 2xx."""


def requests_per_second(url: str, script: str, seconds: int, core: str | None = LOAD_CORE) -> float:
    """Return how many of the requests in `script` the server at `url` responds to with 2xx in a second.

    The load is pinned to a core, unless that is None.
    """
    names = ", ".join(f'"{campaign}"' for campaign in CAMPAIGNS)
    prelude = f'campaigns = {{{names}}}\nwrk.headers["Authorization"] = "Bearer {KEY}"\n'
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        file.write(prelude + script)
        file.flush()
        output = _wrk(url, Path(file.name), seconds, core)
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", output)
    total = int(re.search(r"(\d+) requests in", output)[1])  # type: ignore[index]
    if refused and int(refused[1]) > total / 100:
        raise UnexpectedAnswerError(f"{url}: {refused[1]} of {total} answers were no success")
    return float(re.search(r"Requests/sec:\s+([\d.]+)", output)[1])  # type: ignore[index]


def _wrk(url: str, script: Path, seconds: int, core: str | None) -> str:
    command = [
        *pinned(core),
        "wrk",
        "-t1",
        f"-c{CONNECTIONS}",
        f"-d{seconds}",
        "-s",
        str(script),
    ]
    done = subprocess.run([*command, url], capture_output=True, text=True, check=True)
    return done.stdout
