"""Which Host headers are accepted, and where refused ones are recorded."""

from collections.abc import Iterator

import httpx2
import pytest
from starlette.testclient import TestClient

from emulator.settings import Settings
from tests.assembled import assembled
from tests.conftest import Emulator

CAMPAIGN = "/v1/campaigns/60d5ec49f1b2c72d9c8b4567"
KEY = {"Authorization": "Bearer AS_emulator000000000000"}
EVERYWHERE = "0.0.0.0"  # noqa: S104 -- the point
LOCAL = ["localhost", "127.0.0.1:4610", "LOCALHOST:80", "[::1]:4610", "checkout.localhost:4610"]
LOCAL += ["[0:0:0:0:0:0:0:1]:4610", "[::0001]"]
PUBLIC = [
    "evil.example",
    "localhost.evil.example",
    "127.0.0.1.evil.example:4610",
    "10.0.0.7.evil.example",
    "svc.evil.example",
    "evilinternal.example",
    ".internal",
    "a..internal",
    "evil.example:internal",
    "[evil.example]",
    "user@emulator",
    "emulator/evil.example",
    "",
]
OF_NETWORKS = [
    "messaging-emulator",
    "docker:49153",
    "my_emulator:80",
    "emulator.",
    "Emulator:4610",
    "172.17.0.1",
    "0.0.0.0:4610",
    "8.8.8.8:80",
    "[fd00::7]",
    "[fd00:0:0::7]:4610",
    "[fe80::1%25eth0]:4610",
    "host.docker.internal:4610",
    "ip-10-0-0-1.ec2.internal",
    "emulator.testing.svc",
    "emulator.testing.svc:4610",
    "emulator.testing.svc.cluster.local",
    "emulator.testing.svc.cluster.local.:4610",
]


def status(client: httpx2.Client, host: str, path: str = CAMPAIGN) -> int:
    return client.get(path, headers=KEY | {"Host": host}).status_code


@pytest.fixture(scope="module")
def outside() -> Iterator[TestClient]:
    hosts = "example.org,.corp.example, *.test:4610,Named.Example.:80"
    with assembled(host=EVERYWHERE, hosts=hosts, control_token="token") as client:
        yield client


@pytest.mark.parametrize("host", LOCAL)
def test_local_hosts_are_let_in(emulator: Emulator, host: str) -> None:
    assert status(emulator.http, host) == 200


@pytest.mark.parametrize(
    "path", [CAMPAIGN, "/api/v1.1/campaigns/get", "/docs", "/_emulator/clock", "/nothing"]
)
@pytest.mark.parametrize("host", ["evil.example", ""])
def test_other_hosts_are_refused_on_every_path(emulator: Emulator, path: str, host: str) -> None:
    answer = emulator.http.get(path, headers=KEY | {"Host": host})
    assert answer.status_code == 403
    assert answer.headers["content-type"] == "application/problem+json"
    assert "EMULATOR_HOSTS" in answer.json()["detail"]


@pytest.mark.parametrize("host", [*PUBLIC, *OF_NETWORKS])
def test_on_loopback_other_hosts_are_refused(emulator: Emulator, host: str) -> None:
    assert status(emulator.http, host) == 403


@pytest.mark.parametrize("host", [*LOCAL, *OF_NETWORKS])
def test_beyond_loopback_hosts_are_let_in_that_no_public_name_server_knows(
    outside: TestClient, host: str
) -> None:
    assert status(outside, host) == 200


@pytest.mark.parametrize("host", PUBLIC)
def test_beyond_loopback_public_names_are_refused(outside: TestClient, host: str) -> None:
    assert status(outside, host) == 403


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("example.org", 200),
        ("EXAMPLE.org.:4610", 200),
        ("a.example.org", 403),
        ("corp.example", 403),
        ("emulator.corp.example:80", 200),
        ("a.b.corp.example.", 200),
        ("evilcorp.example", 403),
        ("corp.example.evil.example", 403),
        ("emulator.test", 200),
        ("test", 200),
        ("named.example", 200),
    ],
)
def test_entries_are_names_or_suffixes(outside: TestClient, host: str, expected: int) -> None:
    assert status(outside, host) == expected


@pytest.mark.parametrize(
    "entry", ["192.168.1.7", "192.168.1.7:4610", "messaging", "shop.example.", "[fd00:0::7]", "[FD00::7]:80"]
)
def test_entries_hold_on_loopback_too(entry: str) -> None:
    with assembled(hosts=entry) as client:
        assert status(client, entry) == 200


@pytest.mark.parametrize("entry", ["fd00::7", "fd00:0::0007", "[fd00:0:0::7]", "[fd00::7]:4610"])
@pytest.mark.parametrize("host", ["[fd00::7]", "[FD00:0:0:0::7]:4610"])
def test_an_address_of_version_6_is_the_same_however_it_is_spelled(entry: str, host: str) -> None:
    with assembled(hosts=entry) as client:
        assert status(client, host) == 200


@pytest.mark.parametrize("host", ["0:0:0:0:0:0:0:1", "[::1]", "LOCALHOST", "::0001"])
def test_a_server_on_loopback_is_local_however_that_is_spelled(host: str) -> None:
    assert not Settings(host=host).is_reachable_from_outside


@pytest.mark.parametrize("host", ["evil.example", "", "user@emulator"])
def test_a_star_lets_everybody_in_and_says_so(caplog: pytest.LogCaptureFixture, host: str) -> None:
    with assembled(hosts="*") as client:
        assert status(client, host) == 200
    assert "EMULATOR_HOSTS is *" in caplog.text


@pytest.mark.parametrize(
    "entry", ["http://emulator:4610", "a/b", "emul*", "*.", ".", "a b", "[::1", "ümlaut", "**"]
)
def test_an_entry_that_is_no_host_is_refused(entry: str) -> None:
    with pytest.raises(ValueError, match="is no host"):
        Settings.model_validate({"hosts": (entry,)})


@pytest.mark.parametrize("path", ["/livez", "/readyz"])
@pytest.mark.parametrize("host", ["evil.example", "10.1.2.3:4610", ""])
def test_the_health_checks_are_for_everybody(emulator: Emulator, path: str, host: str) -> None:
    assert status(emulator.http, host, path) == 200


@pytest.mark.parametrize(
    ("path", "provider"),
    [(CAMPAIGN, "autosend"), ("/api/v1.1/campaigns/get", "altcraft"), ("/_emulator/clock", "emulator")],
)
def test_a_refused_request_is_in_the_log_and_in_the_journal(
    emulator: Emulator, caplog: pytest.LogCaptureFixture, path: str, provider: str
) -> None:
    refused = emulator.http.get(f"{path}?colour=red", headers=KEY | {"Host": "evil.example"})
    kept = emulator.http.get("/_emulator/requests?unclaimed=true").json()["requests"][-1]
    assert f"the Host 'evil.example' is not let in: GET '{path}'" in caplog.text
    assert (kept["provider"], kept["path"], kept["query"], kept["status"]) == (
        provider,
        path,
        "colour=red",
        403,
    )
    assert kept["request_headers"]["host"] == "evil.example"
    assert kept["answer_body"] == refused.text


def test_a_refused_request_shows_no_credential(emulator: Emulator, caplog: pytest.LogCaptureFixture) -> None:
    secret = "AS_0123456789abcdef0123"
    path = f"/v1/campaigns/{secret}?token={secret}"
    headers = [(b"Authorization", f"Bearer {secret}".encode()), (b"Host", b"evil.example\x85: ok")]
    assert emulator.http.get(path, headers=headers).status_code == 403
    kept = emulator.http.get("/_emulator/requests?unclaimed=true").text
    assert secret not in caplog.text + kept
    assert "\x85" not in caplog.text


@pytest.mark.parametrize("wanted", ["text=clock", "provider=emulator", "method=GET"])
def test_refused_requests_for_our_own_pages_can_be_found(emulator: Emulator, wanted: str) -> None:
    emulator.http.get("/_emulator/clock", headers={"Host": "evil.example"})
    found = emulator.http.get(f"/_emulator/requests?unclaimed=true&{wanted}").json()["requests"]
    assert found[-1]["path"] == "/_emulator/clock"


def test_wiremock_finds_no_operation_close_to_our_own_pages(emulator: Emulator) -> None:
    emulator.http.get("/_emulator/clock", headers={"Host": "evil.example"})
    misses = emulator.http.get("/__admin/requests/unmatched/near-misses").json()["nearMisses"]
    assert "/_emulator/clock" not in [miss["request"]["url"] for miss in misses]
