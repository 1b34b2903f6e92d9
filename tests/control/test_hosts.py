"""Host names: public ones are refused, as a web page could reach the emulator by its own."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from emulator.app import create_app
from emulator.settings import Settings
from tests.conftest import Emulator

CAMPAIGNS = "/v1/campaigns"
EVIL = {"Host": "evil.example"}


def answers(settings: Settings, host: str) -> int:
    with TestClient(create_app(settings), base_url="http://127.0.0.1:4610") as http:
        return http.get(CAMPAIGNS, headers={"Host": host}).status_code


@pytest.fixture(scope="module")
def reachable() -> Iterator[TestClient]:
    """An emulator that other machines reach."""
    settings = Settings(host="::", hosts="shop.example,.test.example", control_token="t")
    with TestClient(create_app(settings), base_url="http://127.0.0.1:4610") as http:
        yield http


@pytest.mark.parametrize(
    "host",
    [
        "messaging-emulator",
        "emulator:4610",
        "docker:49153",
        "172.17.0.1:4610",
        "[fd00::7]:4610",
        "0.0.0.0:4610",
        "host.docker.internal",
        "emulator.ns.svc",
        "emulator.ns.svc.cluster.local.",
        "shop.localhost",
        "SHOP.example",
        "a.test.example",
        "b.a.test.example:80",
    ],
)
def test_names_of_containers_and_networks_are_let_in(reachable: TestClient, host: str) -> None:
    assert reachable.get(CAMPAIGNS, headers={"Host": host}).status_code == 401


@pytest.mark.parametrize(
    "host",
    ["evil.example", "test.example", "shop.example.evil.org", "svc.evil.example", "172.17.0.1.evil.example"],
)
def test_public_names_are_refused(reachable: TestClient, host: str) -> None:
    assert reachable.get(CAMPAIGNS, headers={"Host": host}).status_code == 403


@pytest.mark.parametrize("host", ["emulator", "172.17.0.1", "emulator.ns.svc"])
def test_on_loopback_only_local_names_are_let_in(emulator: Emulator, host: str) -> None:
    assert emulator.http.get(CAMPAIGNS, headers={"Host": host}).status_code == 403


def test_a_star_lets_everybody_in_and_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    assert answers(Settings(hosts="*"), "evil.example") == 401
    assert "EMULATOR_HOSTS is *" in caplog.text


@pytest.mark.parametrize("path", ["/livez", "/readyz"])
def test_health_checks_are_not_guarded(emulator: Emulator, path: str) -> None:
    assert emulator.http.get(path, headers=EVIL).status_code == 200


def test_a_refused_host_is_in_the_log_and_in_the_journal(
    emulator: Emulator, caplog: pytest.LogCaptureFixture
) -> None:
    emulator.http.get(CAMPAIGNS, headers=EVIL)
    assert "evil.example" in caplog.text
    listed = emulator.http.get("/_emulator/requests", params={"unclaimed": "true"}).json()["requests"]
    last = listed[-1]
    assert (last["path"], last["status"]) == (CAMPAIGNS, 403)
    assert "evil.example" in last["answer_body"]
