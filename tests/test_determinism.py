"""The same seed and the same calls give the same bytes."""

from collections.abc import Iterator

import pytest

from tests.server import Server

pytestmark = pytest.mark.slow

ALTCRAFT_TOKEN = "abcdefghijklmnqrstuvwxyz"
AUTOSEND = {"Authorization": "Bearer AS_emulator000000000000"}
RCS = {"Authorization": "Bearer live_emulator000000000000"}
DRAFT = {"name": "n", "subject": "s", "htmlTemplate": "<p>", "toLists": ["66a0c1d2e3f4a5b6c7d8dddd"]}


def script(seed: str) -> Iterator[bytes]:
    """Use all three providers while time passes, and yield the bytes of every response."""
    with Server("--clock", "frozen", "--seed", seed) as server, server.client() as client:
        client.headers["Host"] = "localhost"
        for step in range(5):
            text = {"options": {"text": f"Hello {step}"}, "sender": "emulator"}
            calls = [
                ("POST", "/v1/campaigns", AUTOSEND, DRAFT | {"publish": True, "sendNow": True}),
                ("POST", "/v1/campaigns/66a0c1d2e3f4a5b6c7d80001/duplicate", AUTOSEND, None),
                ("POST", "/api/auth/login", {}, {"api_key": "live_emulator000000000000"}),
                (
                    "POST",
                    "/api/campaigns/rcs/send",
                    RCS,
                    text | {"phones": [{"number": f"38067000{step:04}"}]},
                ),
                ("POST", "/api/messages/rcs/send", RCS, text | {"phone": {"number": f"38067100{step:04}"}}),
                ("POST", "/api/v1.1/campaigns/clone", {}, {"token": ALTCRAFT_TOKEN, "id": 12}),
                (
                    "POST",
                    "/api/v1.1/campaigns/activate",
                    {},
                    {"token": ALTCRAFT_TOKEN, "id": 82, "run_now": True},
                ),
                ("POST", "/_emulator/clock", {}, {"advance": f"{step + 1}m"}),
                ("GET", "/v1/campaigns?includeCounts=true", AUTOSEND, None),
                ("GET", "/api/messages", RCS, None),
                ("GET", "/api/campaigns?filter[from]=2020-01-01", RCS, None),
                ("POST", "/api/v1.1/campaigns/list", {}, {"token": ALTCRAFT_TOKEN}),
                ("POST", "/api/v1.1/campaigns/log_v2", {}, {"token": ALTCRAFT_TOKEN, "id": 82}),
            ]
            for method, path, shown, body in calls:
                answer = client.request(method, path, headers=shown, json=body)
                assert answer.status_code < 500, answer.text
                headers = {name: value for name, value in answer.headers.items() if name != "date"}
                yield str(sorted(headers.items())).encode() + answer.content
        yield client.get("/_emulator/requests?limit=10000").content


def test_two_runs_with_one_seed_answer_the_same_bytes() -> None:
    first, second = list(script("7")), list(script("7"))
    assert first == second


def test_another_seed_gives_other_ids() -> None:
    assert list(script("7")) != list(script("8"))
