"""The control plane: reset, clock, journal."""

from typing import Any

import pytest

from tests.conftest import Emulator

KEY = {"Authorization": "Bearer AS_emulator000000000000"}
CAMPAIGN = "/v1/campaigns/60d5ec49f1b2c72d9c8b4567"


def clock(emulator: Emulator, change: Any) -> Any:
    return emulator.http.post("/_emulator/clock", json=change)


def test_reset_makes_everything_as_it_was(emulator: Emulator) -> None:
    fresh = emulator.http.get(CAMPAIGN, headers=KEY).text
    emulator.http.post(f"{CAMPAIGN}/abort", headers=KEY)
    emulator.advance("3d")
    emulator.reset()
    assert emulator.http.get(CAMPAIGN, headers=KEY).text == fresh
    assert emulator.http.get("/_emulator/clock").json()["now"] == "2026-03-15T14:30:00.000Z"
    assert emulator.http.get("/_emulator/requests").json()["total"] == 1


def test_ids_begin_anew_after_a_reset(emulator: Emulator) -> None:
    ids = []
    for _ in range(2):
        emulator.reset()
        ids.append(emulator.http.post(f"{CAMPAIGN}/duplicate", headers=KEY).json()["data"]["id"])
    assert ids[0] == ids[1]


@pytest.mark.parametrize(
    ("change", "now"),
    [
        ({"advance": "500ms"}, "2026-03-15T14:30:00.500Z"),
        ({"advance": "1d12h"}, "2026-03-17T02:30:00.000Z"),
        ({"set": "2027-01-01T00:00:00Z"}, "2027-01-01T00:00:00.000Z"),
        ({"set": "2027-01-01T03:00:00+03:00"}, "2027-01-01T00:00:00.000Z"),
        ({"freeze": True, "set": "2027-01-01T00:00:00Z", "advance": "1m"}, "2027-01-01T00:01:00.000Z"),
    ],
)
def test_the_clock_goes_where_it_is_told(emulator: Emulator, change: Any, now: str) -> None:
    assert clock(emulator, change).json()["now"] == now


def test_the_clock_can_run_and_stop(emulator: Emulator) -> None:
    assert clock(emulator, {"speed": 10}).json()["mode"] == "speed"
    assert clock(emulator, {"freeze": True}).json()["mode"] == "frozen"
    assert clock(emulator, {"freeze": False}).json()["speed"] == 1


def test_advancing_says_how_much_happened(emulator: Emulator) -> None:
    assert emulator.advance("1ms") == 0
    assert emulator.advance("1d") > 0


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({}, "body"),
        ({"freeze": None, "set": None}, "body"),
        ({"advance": "soon"}, "advance"),
        ({"advance": "-1h"}, "advance"),
        ({"advance": "9999999999999d"}, "advance"),
        ({"set": "2027-01-01"}, "set"),
        ({"set": "1960-01-01T00:00:00Z"}, "set"),
        ({"speed": 0}, "speed"),
        ({"speed": "fast"}, "speed"),
        ({"freeze": True, "speed": 2}, "body"),
        ({"rewind": "1h"}, "rewind"),
        ([], "body"),
    ],
)
def test_a_wrong_change_is_refused_and_changes_nothing(emulator: Emulator, change: Any, field: str) -> None:
    answer = clock(emulator, change)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert field in [error["field"] for error in answer.json()["errors"]]
    assert emulator.http.get("/_emulator/clock").json()["now"] == "2026-03-15T14:30:00.000Z"


def test_the_journal_shows_what_nobody_read(emulator: Emulator) -> None:
    body = {"name": "n", "from": {"email": "a@example.com", "mood": "good"}, "colour": "red"}
    emulator.http.patch("/v1/campaigns/66a0c1d2e3f4a5b6c7d80001?verbose=1", json=body, headers=KEY)
    (entry,) = emulator.http.get("/_emulator/requests").json()["requests"]
    assert entry["operation"] == "PATCH /v1/campaigns/{campaignId}"
    assert entry["status"] == 200
    assert entry["unread"] == ["body.from.mood", "body.colour", "query.verbose"]


TOKEN = "abcdefghijklmnqrstuvwxyz"


@pytest.mark.parametrize(
    "request_options",
    [
        {"json": {"token": TOKEN, "id": 12}},
        {"params": {"token": TOKEN}, "json": {"id": 12}},
        {
            "content": f'{{"\\u0074oken": "{TOKEN}", "id": 12}}',
            "headers": {"Content-Type": "application/json"},
        },
        {
            "content": f"<xml><token a='1'><![CDATA[{TOKEN}]]></token><id>12</id></xml>",
            "headers": {"Content-Type": "application/xml"},
        },
        {"json": {"id": 12}, "headers": {"Authorization": f"Bearer {TOKEN}"}},
    ],
)
def test_the_journal_hides_credentials(emulator: Emulator, request_options: Any) -> None:
    answer = emulator.http.post("/api/v1.1/campaigns/get_status", **request_options)
    assert "Successful operation" in answer.text
    listed = emulator.http.get("/_emulator/requests")
    assert listed.json()["total"] == 1
    assert TOKEN not in listed.text


def test_requests_without_a_known_credential_are_kept_apart(emulator: Emulator) -> None:
    emulator.http.get(CAMPAIGN, headers={"Authorization": "Bearer AS_somebodyelse"})
    assert emulator.http.get("/_emulator/requests").json()["requests"] == []
    kept = emulator.http.get("/_emulator/requests?unclaimed=true").json()["requests"]
    assert kept[-1]["status"] == 401


@pytest.mark.parametrize("path", ["/_emulator/nothing", "/nowhere", "/docs/secret.js", "/openapi/x.json"])
def test_an_unknown_page_is_a_problem_that_says_what_to_do(emulator: Emulator, path: str) -> None:
    answer = emulator.http.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"]


def test_an_unknown_sandbox_is_a_problem(emulator: Emulator) -> None:
    answer = emulator.http.post("/_emulator/reset?sandbox=other")
    assert answer.status_code == 404
    assert "default" in answer.json()["detail"]


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:4610", "LOCALHOST:80", "[::1]:4610"])
def test_local_hosts_are_let_in(emulator: Emulator, host: str) -> None:
    assert emulator.http.get("/livez", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("path", ["/", CAMPAIGN, "/api/v1.1/campaigns/get", "/docs"])
@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example:4610", ""]
)
def test_other_hosts_are_refused(emulator: Emulator, path: str, host: str) -> None:
    answer = emulator.http.get(path, headers={"Host": host} | KEY)
    assert answer.status_code == 403
    assert "EMULATOR_HOSTS" in answer.json()["detail"]


@pytest.mark.parametrize("path", [CAMPAIGN, "/_emulator/clock", "/openapi/autosend.json"])
def test_no_answer_lets_another_origin_read_it(emulator: Emulator, path: str) -> None:
    answer = emulator.http.get(path, headers=KEY | {"Origin": "http://evil.example"})
    assert not [name for name in answer.headers if name.startswith("access-control-")]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["altcraft", "rcs", "autosend", "control"])
def test_every_document_is_complete(emulator: Emulator, name: str) -> None:
    document = emulator.http.get(f"/openapi/{name}.json").json()
    operations = [operation for methods in document["paths"].values() for operation in methods.values()]
    assert operations
    for operation in operations:
        assert operation["summary"]
        assert operation["description"]
        if name != "control":
            assert operation["externalDocs"]["url"].startswith("https://")
            assert operation["x-evidence"] in {"documented", "documented in part", "inferred"}
            success = min(operation["responses"])
            assert success.startswith("2")
            content = operation["responses"][success].get("content", {})
            is_file = bool(content.keys() - {"application/json", "application/xml", "text/plain"})
            is_shown = any("documented" in one.get("examples", {}) for one in content.values())
            assert is_file or is_shown != (success == "204")
            if "requestBody" in operation:
                assert "example" in operation["requestBody"]["content"]["application/json"]


def test_swagger_ui_needs_nothing_from_the_network(emulator: Emulator) -> None:
    page = emulator.http.get("/docs")
    assert "//" not in page.text.replace("<!DOCTYPE", "")
    for name in ("swagger-ui.css", "swagger-ui-bundle.js", "docs.css", "docs.js", "favicon-32x32.png"):
        assert f"/docs/{name}" in page.text
        assert emulator.http.get(f"/docs/{name}").status_code == 200


def test_a_request_refused_early_is_in_the_journal_of_its_credential(emulator: Emulator) -> None:
    json = {"Content-Type": "application/json"}
    emulator.http.post("/v1/campaigns", content=b"{", headers=KEY | json)
    emulator.http.get("/v1/nothing", headers=KEY)
    emulator.http.put("/v1/campaigns", headers=KEY)
    listed = emulator.http.get("/_emulator/requests").json()["requests"]
    assert [entry["status"] for entry in listed] == [400, 404, 404]


def test_a_large_request_is_in_the_journal(emulator: Emulator) -> None:
    body = {"name": "n", "subject": "s", "htmlTemplate": "x" * 4_000_000}
    emulator.http.post("/v1/campaigns", json=body, headers=KEY)
    assert emulator.http.get("/_emulator/requests").json()["total"] == 1


def test_a_body_over_the_limit_is_refused(emulator: Emulator) -> None:
    answer = emulator.http.post(
        "/_emulator/clock", content=b" " * 2_000_000, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["/livez", "/readyz"])
def test_health_can_be_asked_by_head(emulator: Emulator, path: str) -> None:
    assert emulator.http.head(path).status_code == 200


def test_nothing_breaks_at_the_end_of_time(emulator: Emulator) -> None:
    clock(emulator, {"set": "9999-12-31T23:59:59Z"})
    draft = {"name": "n", "subject": "s", "htmlTemplate": "<p>", "toLists": ["66a0c1d2e3f4a5b6c7d8dddd"]}
    made = emulator.http.post("/v1/campaigns", json=draft | {"sendNow": True}, headers=KEY).json()["data"]
    assert emulator.http.get(f"/v1/campaigns/{made['id']}", headers=KEY).status_code == 200


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "row"),
    [
        ("altcraft", "| **active** | active | active | inactive | completed |"),
        ("rcs", "| **paused** |  |  |  |  |  |  | stopped | sending |"),
        ("autosend", "| gradual campaign | update | publish | delete | release |"),
    ],
)
def test_a_document_prints_the_transition_tables(emulator: Emulator, name: str, row: str) -> None:
    assert row in emulator.http.get(f"/openapi/{name}.json").json()["info"]["description"]
