"""Fault rules in a sandbox whose database is closed, and in the entries of the journal."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from emulator.app import assemble, make_providers, make_world
from emulator.sandbox.world import World
from emulator.settings import Settings
from tests.conftest import BASE_URL

pytestmark = pytest.mark.slow

KEY = {"Authorization": "Bearer AS_emulator000000000000"}


def emulator() -> tuple[TestClient, World]:
    settings = Settings(clock="frozen")
    providers = make_providers(settings)
    world = make_world(settings, providers)
    return TestClient(assemble(settings, providers, world), base_url=BASE_URL), world


def add(http: TestClient, **rule: Any) -> None:
    assert http.post("/_emulator/faults", json={"provider": "autosend"} | rule).status_code == 201


def test_a_rule_goes_on_where_its_sandbox_rested() -> None:
    http, world = emulator()
    add(http, status=503, times=2)
    assert http.get("/v1/campaigns", headers=KEY).status_code == 503
    world.default.rest()
    assert not world.default.is_awake
    assert [http.get("/v1/campaigns", headers=KEY).status_code for _ in range(2)] == [503, 200]


def test_the_journal_knows_which_rules_acted_on_a_request() -> None:
    http, world = emulator()
    add(http, status=503, operation="GET /v1/domains")
    add(http, rate_limit={"requests": 1, "per": "1m"})
    add(http, malform=True)
    for path in ("/v1/domains", "/v1/campaigns", "/v1/campaigns"):
        http.get(path, headers=KEY)
    http.get("/api/accounts/balance")
    assert [entry.faults for entry in world.default.journal.entries()] == [[1], [3], [2]]
