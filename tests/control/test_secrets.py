"""Credentials never appear in full in a response of the control plane, a log or a snapshot."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from emulator.altcraft.dialect import AltcraftDialect
from emulator.autosend.dialect import AutoSendDialect
from emulator.rcs.dialect import RcsDialect
from tests.conftest import Emulator
from tests.server import Server

pytestmark = pytest.mark.slow

REAL_RCS = "live_8f3b21c09d7e4a65b1c2"
REAL_AUTOSEND = "AS_9c41d7e0b25f4f8aa310"
OTHER_AUTOSEND = [
    "AS_9c41d7e0_b25f4f8aa3109c41d7e0",
    "AS_9c4.b25f4f8aa310",
    "ASA_9c41d7e0b25f.4f8aa310",
    "as_9c41d7e0b25f4f8aa310",
    "as_9c41d7e0_b25f4f8aa3109c41d7e0",
]
REAL_ALTCRAFT = "q7w8e9r0t1y2u3i4o5p6"
JWT = "eyJhbGciOiJSUzI1NiJ9.eyJpZCI6NDUwMDAwMX0.c2lnbmF0dXJl"
CAMPAIGN = "/v1/campaigns/66a0c1d2e3f4a5b6c7d80001"

JSON = {"Content-Type": "application/json"}
XML = {"Content-Type": "application/xml"}

GET = "/api/v1.1/campaigns/get"
NO_OBJECT = f'{{"token": "{REAL_ALTCRAFT}"'
LOGIN = "/api/auth/login"
ESCAPED = f'{{"\\u0061pi_key": "{REAL_RCS}"}}'
CDATA = f"<xml><token><![CDATA[{REAL_ALTCRAFT}]]></token></xml>"

REFUSED: list[tuple[str, str, dict[str, Any], str, int]] = [
    ("GET", "/v1/campaigns", {"headers": {"Authorization": f"Bearer {REAL_AUTOSEND}"}}, REAL_AUTOSEND, 401),
    ("GET", "/v1/campaigns", {"headers": {"X-API-Key": REAL_AUTOSEND}}, REAL_AUTOSEND, 401),
    ("GET", "/v1/campaigns", {"headers": {"Authorization": REAL_AUTOSEND}}, REAL_AUTOSEND, 401),
    ("GET", f"/v1/campaigns?key={REAL_AUTOSEND}", {}, REAL_AUTOSEND, 401),
    ("GET", "/api/accounts/balance", {"headers": {"Authorization": f"Bearer {REAL_RCS}"}}, REAL_RCS, 401),
    ("GET", "/api/accounts/balance", {"headers": {"Authorization": f"Bearer {JWT}"}}, JWT, 401),
    ("POST", LOGIN, {"json": {"api_key": REAL_RCS}}, REAL_RCS, 401),
    ("POST", LOGIN, {"content": ESCAPED, "headers": JSON}, REAL_RCS, 401),
    ("POST", GET, {"json": {"token": REAL_ALTCRAFT, "id": 12}}, REAL_ALTCRAFT, 403),
    ("POST", f"{GET}?token={REAL_ALTCRAFT}", {"json": {}}, REAL_ALTCRAFT, 403),
    ("POST", f"{GET}?%74oken={REAL_ALTCRAFT}", {"json": {}}, REAL_ALTCRAFT, 403),
    ("POST", GET, {"content": CDATA, "headers": XML}, REAL_ALTCRAFT, 403),
    ("POST", GET, {"content": NO_OBJECT, "headers": JSON}, REAL_ALTCRAFT, 400),
]


def everything_shown(emulator: Emulator, sandbox: str = "default") -> Iterator[str]:
    """Yield the responses of the control plane that contain requests."""
    http, params = emulator.http, {"sandbox": sandbox}
    yield http.get("/_emulator/requests", params=params | {"unclaimed": "true"}).text
    yield http.get("/_emulator/requests", params=params).text
    nobody = {"path": "/nobody"}
    yield http.post("/_emulator/requests/verify", params=params, json={"match": nobody}).text
    yield http.post("/_emulator/requests/verify", params=params, json={"never": True}).text
    yield http.post("/_emulator/wait", params=params, json={"request": nobody, "timeout": "0s"}).text
    admin = f"/_emulator/wiremock/{sandbox}/__admin"
    for path in ("/requests", "/requests/unmatched", "/requests/unmatched/near-misses"):
        yield http.get(admin + path).text
    yield http.post(f"{admin}/requests/find", json={}).text
    yield http.post(f"{admin}/near-misses/request-pattern", json={"urlPath": "/nobody"}).text


@pytest.mark.parametrize(("method", "path", "options", "secret", "status"), REFUSED)
def test_a_credential_that_was_not_issued_here_is_refused_and_hidden(
    emulator: Emulator, method: str, path: str, options: dict[str, Any], secret: str, status: int
) -> None:
    answer = emulator.http.request(method, path, **options)
    assert answer.status_code == status or re.search(rf'<?error"?[>:]{status}\b', answer.text)
    kept = emulator.http.get("/_emulator/requests?unclaimed=true").json()["requests"][-1]
    assert kept["path"] == path.partition("?")[0]
    assert secret not in answer.text
    for shown in everything_shown(emulator):
        assert secret not in shown
    assert emulator.http.post("/_emulator/snapshots", json={"name": "after"}).status_code == 201
    assert secret.encode() not in emulator.http.get("/_emulator/snapshots/after").content


@pytest.mark.parametrize("secret", [REAL_RCS, REAL_AUTOSEND, JWT, *OTHER_AUTOSEND])
@pytest.mark.parametrize("provider", ["autosend", "rcs", "altcraft"])
def test_what_looks_like_a_credential_is_hidden_wherever_a_client_sends_it(
    emulator: Emulator, provider: str, secret: str
) -> None:
    box = emulator.sandbox("one")
    path = {
        "autosend": "/v1/campaigns",
        "rcs": "/api/campaigns/rcs/send",
        "altcraft": "/api/v1.1/campaigns/get",
    }
    note = {"note": f"see {secret}", "deep": [{"token": secret}]}
    headers = {"X-Trace": secret, **getattr(box, provider)}
    emulator.http.post(f"{path[provider]}?note={secret}", json=note, headers=headers)
    assert box.control("GET", "/requests").json()["total"] == 1
    for shown in everything_shown(emulator, "one"):
        assert secret not in shown
        assert not [part for part in re.split("[._]", secret)[1:] if len(part) >= 8 and part in shown]


@pytest.mark.parametrize("word", ["as_before_the_change", "as_administrator", "ALIAS_abcdefgh1234", "AS_IS"])
def test_ordinary_words_are_shown(emulator: Emulator, word: str) -> None:
    box = emulator.sandbox("one")
    emulator.http.get("/v1/campaigns", params={"name": word}, headers=box.autosend)
    assert word in box.control("GET", "/requests").text


def test_issued_credentials_are_hidden(emulator: Emulator) -> None:
    box = emulator.sandbox("one")
    login = emulator.http.post("/api/auth/login", json={"api_key": box.environment["RCS_API_KEY"]}).json()
    emulator.http.get("/api/accounts/balance", headers={"Authorization": f"Bearer {login['bearer']}"})
    emulator.http.get(CAMPAIGN, headers=box.autosend)
    emulator.http.post("/api/v1.1/campaigns/get", json={"token": box.environment["ALTCRAFT_TOKEN"], "id": 12})
    shown = "".join(everything_shown(emulator, "one"))
    assert box.control("GET", "/requests").json()["total"] == 4
    issued = [box.environment[name] for name in ("RCS_API_KEY", "AUTOSEND_API_KEY", "ALTCRAFT_TOKEN")]
    for secret in [login["bearer"], *issued]:
        assert secret not in shown
        assert f"{secret[:7]}…" in shown


@pytest.mark.parametrize(
    ("path", "dialect", "key"),
    [
        ("/v1/campaigns", AutoSendDialect, "AS_emulator000000000000"),
        ("/api/accounts/balance", RcsDialect, "live_emulator000000000000"),
        ("/api/v1.1/campaigns/get", AltcraftDialect, "abcdefghijklmnqrstuvwxyz"),
    ],
)
def test_a_crash_is_logged_without_the_credential(
    emulator: Emulator,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    path: str,
    dialect: type,
    key: str,
) -> None:
    def crash(*_: object) -> None:
        raise KeyError(key, REAL_RCS)

    monkeypatch.setattr(dialect, "authorise", crash)
    method = "POST" if "v1.1" in path else "GET"
    emulator.http.request(method, f"{path}?token={key}", headers={"Authorization": f"Bearer {key}"})
    assert "crashed; please report this with the request" in caplog.text
    assert "KeyError" in caplog.text
    assert key not in caplog.text
    assert REAL_RCS not in caplog.text


def test_a_server_prints_no_credential() -> None:
    with Server("--clock", "frozen") as server, server.client() as client:
        for method, path, options, _, _ in REFUSED:
            client.request(method, path, **options)
        server.process.terminate()
        assert server.process.stdout is not None
        assert server.process.stderr is not None
        printed = server.process.stdout.read() + server.process.stderr.read()
    for secret in (REAL_RCS, REAL_AUTOSEND, REAL_ALTCRAFT, JWT):
        assert secret not in printed
