"""`--log`: what is written on standard error."""

import json
import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from emulator import __version__
from emulator.app import make_providers, make_world
from emulator.sandbox import template
from emulator.settings import Settings
from tests.assembled import assembled
from tests.server import Server, run

CAMPAIGNS = "/v1/campaigns"
SECRET = "AS_0123456789abcdef0123"
KEY = {"Authorization": "Bearer AS_emulator000000000000"}


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with assembled(log="requests") as made:
        yield made


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO, "emulator.requests")
    return caplog


def lines(log: pytest.LogCaptureFixture) -> list[str]:
    """Return the logged lines about requests, without durations."""
    of_requests = [record.getMessage() for record in log.records if record.name == "emulator.requests"]
    return [re.sub(r" in \d+\.\d ms", "", line) for line in of_requests]


@pytest.mark.parametrize(
    ("method", "path", "options", "expected"),
    [
        ("GET", CAMPAIGNS, {"headers": KEY}, "-> 200, sandbox default"),
        ("HEAD", CAMPAIGNS, {"headers": KEY}, "-> 200, sandbox default"),
        ("GET", "/v1/nothing", {"headers": KEY}, "-> 404, sandbox default"),
        ("GET", CAMPAIGNS, {"headers": {"Authorization": "Bearer nobody"}}, "-> 401"),
        (
            "POST",
            CAMPAIGNS,
            {"headers": KEY, "json": {"colour": "red"}, "params": {"verbose": 1}},
            "-> 400, sandbox default, nobody read body.colour, query.verbose",
        ),
        ("GET", "/_emulator/clock", {}, "-> 200, sandbox default"),
        ("GET", "/_emulator/clock", {"params": {"sandbox": "nobodys"}}, "-> 404"),
        ("GET", "/openapi/control.json", {}, "-> 200"),
        ("GET", CAMPAIGNS, {"headers": {"Host": "evil.example"}}, "-> 403"),
        ("GET", "/nowhere%0AGET /v1", {}, "-> 404"),
    ],
)
def test_a_request_is_one_line(
    client: TestClient, log: pytest.LogCaptureFixture, method: str, path: str, options: Any, expected: str
) -> None:
    client.request(method, path, **options)
    shown = path.replace(" ", "%20")
    assert lines(log) == [f"{method} {shown} {expected}"]


def test_how_long_it_took_is_said_in_milliseconds(client: TestClient, log: pytest.LogCaptureFixture) -> None:
    client.get(CAMPAIGNS, headers=KEY)
    assert re.search(rf"GET {CAMPAIGNS} -> 200 in \d+\.\d ms, ", log.text)


@pytest.mark.slow
def test_the_sandbox_of_the_credential_is_named(client: TestClient, log: pytest.LogCaptureFixture) -> None:
    made = client.post("/_emulator/sandboxes", json={"name": "checkout"}).json()
    client.get(CAMPAIGNS, headers={"Authorization": f"Bearer {made['environment']['AUTOSEND_API_KEY']}"})
    client.get("/_emulator/clock?sandbox=checkout")
    assert lines(log)[1:] == [
        f"GET {CAMPAIGNS} -> 200, sandbox checkout",
        "GET /_emulator/clock -> 200, sandbox checkout",
    ]


@pytest.mark.parametrize(
    ("path", "options"),
    [
        (CAMPAIGNS, {"headers": {"Authorization": f"Bearer {SECRET}"}}),
        (f"{CAMPAIGNS}/{SECRET}", {"headers": KEY}),
        (f"{CAMPAIGNS}?token={SECRET}", {"headers": KEY}),
        (f"{CAMPAIGNS}?{SECRET}=1", {"headers": KEY}),
        (f"/nowhere/{SECRET}", {}),
        (f"{CAMPAIGNS}/AS_emulator000000000000", {"headers": KEY}),
    ],
)
def test_no_credential_is_logged(
    client: TestClient, log: pytest.LogCaptureFixture, path: str, options: Any
) -> None:
    client.get(path, **options)
    assert len(lines(log)) == 1
    assert SECRET not in log.text
    assert "AS_emulator0" not in log.text


def test_health_checks_are_logged_only_when_they_fail(
    client: TestClient, log: pytest.LogCaptureFixture
) -> None:
    assert client.get("/readyz").status_code == 200
    assert client.post("/readyz").status_code == 405
    assert lines(log) == ["POST /readyz -> 405"]


def test_a_response_that_never_came_is_said(client: TestClient, log: pytest.LogCaptureFixture) -> None:
    made = client.post("/_emulator/sandboxes", json={"name": "lost"}).json()
    key = {"Authorization": f"Bearer {made['environment']['AUTOSEND_API_KEY']}"}
    client.post("/_emulator/faults?sandbox=lost", json={"reset": True, "provider": "autosend"})
    with pytest.raises(AssertionError):
        client.get(CAMPAIGNS, headers=key)
    assert lines(log)[-1] == f"GET {CAMPAIGNS} -> no response, sandbox lost"


@pytest.mark.slow
def test_accounts_that_take_long_to_load_tell_how_far_they_are(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(template, "TOLD_EVERY", 0.001)
    caplog.set_level(logging.INFO, "emulator.loading")
    settings = Settings(fixtures="demo", cache="off")
    make_world(settings, make_providers(settings)).close()
    told = [record.getMessage() for record in caplog.records]
    for provider in ("altcraft", "autosend", "rcs"):
        assert any(
            re.search(rf"{provider}.account.yaml: being loaded, \d+ rows are stored", one) for one in told
        )


def test_nothing_is_logged_unless_it_is_wanted(log: pytest.LogCaptureFixture) -> None:
    with assembled() as quiet:
        quiet.get(CAMPAIGNS, headers=KEY)
    assert log.records == []


def written(style: str, **environment: str) -> list[str]:
    """Return the lines that a server writes on standard error, of its start and two requests."""
    with Server("--clock", "frozen", "--log", style, **environment) as server:
        with server.client(headers=KEY) as client:
            client.get(CAMPAIGNS)
            client.get(CAMPAIGNS, headers={"Host": "evil.example"})
        server.process.terminate()
        _, said = server.process.communicate(timeout=30)
    return said.replace(server.url, "URL").splitlines()


@pytest.mark.slow
def test_a_server_logs_its_start_and_its_requests() -> None:
    start, *requests = written("requests")
    assert start == (
        f"emulator {__version__} at URL, fixtures demo, clock frozen at 2026-03-15T14:30:00.000Z"
    )
    assert [line.partition(" in ")[0] for line in requests] == [
        f"GET {CAMPAIGNS} -> 200",
        f"refused: the Host 'evil.example' is not let in: GET '{CAMPAIGNS}'",
        f"GET {CAMPAIGNS} -> 403",
    ]


@pytest.mark.slow
def test_json_has_the_same_in_fields() -> None:
    said = [json.loads(line) for line in written("json", EMULATOR_HOSTS="*")]
    assert [line["level"] for line in said] == ["warning", "info", "info", "info"]
    assert said[1].items() >= {"version": __version__, "url": "URL", "clock": "frozen"}.items()
    assert (
        said[2].items()
        >= {
            "method": "GET",
            "path": CAMPAIGNS,
            "status": 200,
            "sandbox": "default",
            "unread": [],
        }.items()
    )
    assert all(isinstance(line["milliseconds"], float) for line in said[2:])
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:]{8}\.\d{3}Z", line["time"]) for line in said)


@pytest.mark.slow
def test_quiet_logs_only_what_goes_wrong() -> None:
    assert written("quiet") == [f"refused: the Host 'evil.example' is not let in: GET '{CAMPAIGNS}'"]


@pytest.mark.slow
def test_the_environment_chooses_too_and_other_words_are_refused() -> None:
    with Server(EMULATOR_LOG="requests") as server:
        server.process.terminate()
        assert f"emulator {__version__} at" in server.process.communicate(timeout=30)[1]
    wrong = run("serve", "--log", "verbose")
    assert (wrong.returncode, "'requests', 'json' or 'quiet'" in wrong.stderr) == (2, True)
