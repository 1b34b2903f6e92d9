"""The load generator: wrk, on a core of its own."""

import json
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count

from loads import UNIQUE, Sent
from subjects import LOAD_CORE, pinned

CONNECTIONS = 16
PATIENCE = 30
"""Seconds after which wrk gives a response up."""

TOLERANCE = 0.03
"""The share of requests that may be refused: those of several connections overtake each other."""

SCRIPT = """
local prepared, number = {}, after - 2  -- wrk asks for one request that it does not send
function init()
  for index, one in ipairs(sent) do
    local text, parts = wrk.format(one[1], one[2], one[3], one[4]) .. unique, {}
    for part in text:gmatch("(.-)" .. unique) do parts[#parts + 1] = part end
    prepared[index] = parts
  end
end
function request()
  number = number + 1
  return table.concat(prepared[number % #prepared + 1], string.format("%08x", first + number))
end
function done(summary, latency)
  local errors = summary.errors
  local broken = errors.connect + errors.read + errors.write + errors.timeout
  io.write(string.format('{"requests": %d, "micros": %d, "refused": %d, "broken": %d, "p50": %d, "p99": %d}',
    summary.requests, summary.duration, errors.status, broken,
    latency:percentile(50), latency:percentile(99)))
end
"""


_firsts = count(1_000_000, 1_000_000)
"""With which number the unique letters of a load begin."""


class UnexpectedAnswerError(Exception):
    """A server did not respond to the load with 2xx or 3xx."""


@dataclass(frozen=True)
class Measured:
    """What one load of one server came to."""

    requests: int
    rate: float
    """Requests a second."""
    p50: float
    """Milliseconds within which half of the responses came."""
    p99: float


def load(
    url: str, sent: Sequence[Sent], seconds: int, *, core: str | None = LOAD_CORE, after: int = 0
) -> Measured:
    """Send requests to the server at `url`, over and over. Raises UnexpectedAnswerError.

    The load is pinned to a core, unless that is None, and goes on after so many of its requests.
    """
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        known = f"unique, first, after = '{UNIQUE}', {next(_firsts)}, {after}"
        file.write(f"{known}\nsent = {{{', '.join(map(_as_lua, sent))}}}\n{SCRIPT}")
        file.flush()
        tool = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", f"--timeout={PATIENCE}s"]
        command = [*pinned(core), *tool, "-s", file.name, url]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    counted = json.loads(said[said.index('{"requests"') :])
    failed = counted["refused"] + counted["broken"]
    if counted["requests"] == 0 or failed > counted["requests"] * TOLERANCE:
        raise UnexpectedAnswerError(
            f"{url}: of {counted['requests']} requests {counted['refused']} were refused, "
            f"and {counted['broken']} not answered"
        )
    rate = counted["requests"] / counted["micros"] * 1_000_000
    return Measured(counted["requests"], rate, counted["p50"] / 1000, counted["p99"] / 1000)


def _as_lua(one: Sent) -> str:
    """Return a request as a table of Lua: JSON's texts are Lua's, as long as they are ASCII."""
    headers = ", ".join(f"[{json.dumps(name)}] = {json.dumps(value)}" for name, value in one.headers.items())
    body = "nil" if one.body is None else f"[==[{one.body}]==]"
    return f"{{{json.dumps(one.method)}, {json.dumps(one.path)}, {{{headers}}}, {body}}}"
