"""Two sandboxes never affect each other, even if both are used at a time, and a reset leaves nothing behind.

Hypothesis generates scripts of calls to all providers and to the control plane. The responses to a
script in a fresh sandbox are the reference: it must get the same bytes while other scripts run, and
after a reset.
"""

import json
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http.client import HTTPConnection
from typing import Any, Self

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.server import Server

pytestmark = pytest.mark.slow

CAMPAIGNS = [
    "60d5ec49f1b2c72d9c8b4567",
    "66a0c1d2e3f4a5b6c7d80001",
    "66a0c1d2e3f4a5b6c7d80003",
    "66a0c1d2e3f4a5b6c7d80005",
]
PHONES = ["380670001000", "380670001901", "380670001903", "380670001907"]
DRAFT = {
    "name": "n",
    "subject": "s",
    "htmlTemplate": "<p>",
    "from": {"email": "hello@example.com"},
    "toLists": ["66a0c1d2e3f4a5b6c7d8dd01"],
    "publish": True,
    "sendNow": True,
}

Step = tuple[str, str, str, Any]
"""One request: the provider (`altcraft`, `rcs`, `autosend`) or `control`, method, path, body."""


def autosend_step() -> st.SearchStrategy[Step]:
    actions = st.sampled_from(["pause", "resume", "abort", "duplicate"])
    acting = st.builds(
        lambda number, action: ("autosend", "POST", f"/v1/campaigns/{number}/{action}", None),
        st.sampled_from(CAMPAIGNS),
        actions,
    )
    reading = st.builds(
        lambda number, what: ("autosend", "GET", f"/v1/campaigns/{number}{what}", None),
        st.sampled_from(CAMPAIGNS),
        st.sampled_from(["", "/analytics"]),
    )
    return st.one_of(acting, reading, st.just(("autosend", "POST", "/v1/campaigns", DRAFT)))


def rcs_step() -> st.SearchStrategy[Step]:
    def send(phone: str, text: str) -> Step:
        body = {"phone": {"number": phone}, "sender": "my_agent", "options": {"text": text}}
        return "rcs", "POST", "/api/messages/rcs/send", body

    sending = st.builds(send, st.sampled_from(PHONES), st.sampled_from(["a", "b", "c"]))
    acting = st.builds(
        lambda number, action: ("rcs", "PUT", f"/api/campaigns/{number}/{action}", None),
        st.integers(1, 9),
        st.sampled_from(["stop", "renew"]),
    )
    reading = st.sampled_from(["/api/messages", "/api/accounts/balance", "/api/campaigns/1/detail"])
    return st.one_of(sending, acting, st.builds(lambda path: ("rcs", "GET", path, None), reading))


def altcraft_step() -> st.SearchStrategy[Step]:
    return st.builds(
        lambda number, action: ("altcraft", "POST", f"/api/v1.1/campaigns/{action}", {"id": number} | RUN),
        st.sampled_from([12, 15, 34, 42, 60, 82, 91]),
        st.sampled_from(["activate", "deactivate", "get_status", "get", "clone"]),
    )


RUN = {"run_now": True, "abort_if_running": True}


def control_step() -> st.SearchStrategy[Step]:
    advance = st.builds(
        lambda length: ("control", "POST", "/_emulator/clock", {"advance": length}),
        st.sampled_from(["1ms", "1s", "1m", "1h", "1d"]),
    )
    rule = st.builds(
        lambda word: ("control", "POST", "/_emulator/outcomes", {"outcome": word}),
        st.sampled_from(["bounced", "complained", "failed", "delayed"]),
    )
    reading = st.sampled_from(
        ["/_emulator/messages?limit=1000", "/_emulator/jobs", "/_emulator/webhooks/events?limit=1000"]
    )
    return st.one_of(advance, advance, rule, st.builds(lambda path: ("control", "GET", path, None), reading))


SCRIPT = st.lists(st.one_of(autosend_step(), rcs_step(), altcraft_step(), control_step()), max_size=10)


PATIENT = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
"""The health checks to suppress, so that a busy machine does not fail the test."""


class Client:
    """A client with its own sandbox and its own connection."""

    def __init__(self, server: Server) -> None:
        self._connection = HTTPConnection(server.url.removeprefix("http://"))
        self._headers: dict[str, dict[str, str]] = {"control": {}}
        made = json.loads(
            self._ask("control", "POST", "/_emulator/sandboxes", {"clock": "frozen", "seed": 3})[1]
        )
        self.name = made["name"]
        for provider, access in made["access"].items():
            self._headers[provider] = {"Authorization": f"Bearer {access['credentials'][0]}"}

    def play(self, script: list[Step]) -> list[tuple[int, bytes]]:
        """Send the requests of a script; return status and body of each, and those of the final state."""
        answers = [self._ask(*step) for step in script]
        last = ["/_emulator/messages?limit=10000", "/_emulator/jobs"]
        return answers + [self._ask("control", "GET", path, None) for path in last]

    def reset(self) -> None:
        status, _ = self._ask("control", "POST", "/_emulator/reset", None)
        assert status == 200

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: object) -> None:
        self._connection.request("DELETE", f"/_emulator/sandboxes/{self.name}")
        self._connection.getresponse().read()
        self._connection.close()

    def _ask(self, who: str, method: str, path: str, body: Any) -> tuple[int, bytes]:
        headers = dict(self._headers[who])
        if who == "control" and self._headers.get("rcs"):
            path += f"{'&' if '?' in path else '?'}sandbox={self.name}"
        content = None if body is None else json.dumps(body)
        if content is not None:
            headers["Content-Type"] = "application/json"
        self._connection.request(method, path, content, headers)
        answer = self._connection.getresponse()
        return answer.status, answer.read()


def played(server: Server, script: list[Step]) -> list[tuple[int, bytes]]:
    with Client(server) as client:
        return client.play(script)


@settings(max_examples=12, deadline=None, suppress_health_check=PATIENT)
@given(scripts=st.lists(SCRIPT, min_size=4, max_size=4))
def test_what_happens_beside_it_changes_nothing_in_a_sandbox(
    server: Server, scripts: list[list[Step]]
) -> None:
    expected = [played(server, script) for script in scripts]
    with ThreadPoolExecutor(len(scripts)) as threads:
        together = list(threads.map(partial(played, server), scripts))
    assert together == expected


@settings(max_examples=12, deadline=None, suppress_health_check=PATIENT)
@given(before=SCRIPT, script=SCRIPT)
def test_after_a_reset_everything_is_answered_as_in_a_fresh_sandbox(
    server: Server, before: list[Step], script: list[Step]
) -> None:
    with Client(server) as client:
        client.play(before)
        client.reset()
        assert client.play(script) == played(server, script)


def test_no_answer_is_a_crash(server: Server) -> None:
    script: list[Step] = [
        ("autosend", "POST", "/v1/campaigns", DRAFT),
        ("control", "POST", "/_emulator/clock", {"advance": "1h"}),
        ("rcs", "PUT", "/api/campaigns/1/stop", None),
        ("altcraft", "POST", "/api/v1.1/campaigns/activate", {"id": 91} | RUN),
    ]
    assert [status for status, _ in played(server, script)] == [200] * 6
