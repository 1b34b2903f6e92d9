"""Projects: https://docs.autosend.com/api-reference/projects."""

import re
from html import unescape
from typing import Any

import pytest
from httpx2 import Response
from sqlmodel import SQLModel

from emulator.autosend.projects import KEPT, PARTS, project_tables
from tests.autosend.campaigns import DRAFT, READERS, RELEASE
from tests.autosend.conftest import ACCOUNT_KEY, PROJECT_KEY, AutoSend
from tests.autosend.inbound import HELP, receive_raw
from tests.conftest import Emulator

SHOP, MAGAZINE = "66a0c1d2e3f4a5b6c7d8aaaa", "66a0c1d2e3f4a5b6c7d8ab02"
UNKNOWN = "000000000000000000000000"
INVALID = ["nope", "66a0c1d2e3f4a5b6c7d8aaa", "66A0C1D2E3F4A5B6C7D8AAAA", "%00", "é"]
NEEDS_ACCOUNT_KEY = {
    "success": False,
    "error": {"message": "This endpoint requires an organization admin API key (ASA_ prefix)"},
}


def call(autosend: AutoSend, method: str, path: str = "", body: Any = None, **headers: str) -> Response:
    """Send a request with the account key."""
    shown = {"Authorization": f"Bearer {ACCOUNT_KEY}"} | headers
    return autosend.call(method, f"/account/projects{path}", body, headers=shown)


def inside(autosend: AutoSend, project: str, method: str, path: str, body: Any = None) -> Response:
    """Send a request about a project with the account key."""
    headers = {"Authorization": f"Bearer {ACCOUNT_KEY}", "x-project-id": project}
    return autosend.call(method, path, body, headers=headers)


def make(autosend: AutoSend, **fields: Any) -> dict[str, Any]:
    answer = call(autosend, "POST", "", {"name": "Tenant"} | fields)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()["data"]
    return made


def ids(autosend: AutoSend) -> list[str]:
    return [one["id"] for one in call(autosend, "GET").json()["data"]["projects"]]


def test_projects_are_listed_with_their_domains(autosend: AutoSend) -> None:
    shop, magazine = call(autosend, "GET").json()["data"]["projects"]
    assert [one["domainName"] for one in shop["domains"]] == [
        "example.com",
        "example.org",
        "example.net",
        "support.example.org",
        "mail.example.org",
    ]
    assert magazine == {
        "id": MAGAZINE,
        "name": "Example Magazine",
        "domain": "example.com",
        "domains": [
            {
                "id": "66a0c1d2e3f4a5b6c7d81004",
                "domainName": "example.com",
                "verificationStatus": "VERIFIED",
                "regionKey": "us-east-1",
            }
        ],
        "trackingOpen": True,
        "trackingClick": True,
    }
    more = {"createdAt": "2026-01-16T10:30:00.000Z", "inboundEmailDomain": "m4gz.autosend.email"}
    assert call(autosend, "GET", f"/{MAGAZINE}").json()["data"] == magazine | more


def test_a_new_project_has_no_domains_though_one_was_named(autosend: AutoSend) -> None:
    made = make(autosend, name="Tenant 12", domain="Mail.Tenant12.example", regionKey="eu-central-1")
    assert made == {
        "id": made["id"],
        "name": "Tenant 12",
        "domain": "mail.tenant12.example",
        "domains": [],
        "regionKey": "eu-central-1",
        "trackingOpen": False,
        "trackingClick": False,
    }
    assert ids(autosend) == [SHOP, MAGAZINE, made["id"]]
    whole = call(autosend, "GET", f"/{made['id']}").json()["data"]
    assert whole["createdAt"] == "2026-03-15T14:30:00.000Z"
    other = call(autosend, "GET", f"/{make(autosend)['id']}").json()["data"]
    for one in (whole, other):
        assert re.fullmatch(r"[0-9a-f]{8}\.autosend\.email", one["inboundEmailDomain"])
    assert whole["inboundEmailDomain"] != other["inboundEmailDomain"]


def test_a_name_is_enough(autosend: AutoSend) -> None:
    made = make(autosend)
    assert (made["domain"], made["regionKey"]) == (None, None)


def test_a_new_project_can_be_used_at_once(autosend: AutoSend) -> None:
    project = make(autosend)["id"]
    contact = inside(autosend, project, "POST", "/contacts", {"email": "ada@example.com"}).json()["data"]
    domain = inside(autosend, project, "POST", "/domains", {"domain": "example.com"}).json()["data"]["id"]
    inside(autosend, project, "POST", f"/domains/{domain}/verify")
    autosend.advance("5s")
    assert inside(autosend, project, "POST", "/senders", {"email": "a@example.com"}).status_code == 200
    draft = DRAFT | RELEASE | {"toLists": [], "sendToGlobalList": True}
    campaign = inside(autosend, project, "POST", "/campaigns", draft).json()["data"]["id"]
    autosend.advance("1h")
    found = inside(autosend, project, "GET", f"/campaigns/{campaign}").json()["data"]
    assert (found["status"], found["metrics"]["sent"]) == ("sent", 1)
    path = f"/contacts/{contact['id']}/unsubscribe-groups"
    assert inside(autosend, project, "GET", path).json()["data"] == {"groups": []}


def test_a_new_project_has_a_default_suppression_group(autosend: AutoSend) -> None:
    project = make(autosend)["id"]
    (group,) = autosend.emulator.query(
        "SELECT name, is_default FROM autosend_suppression_group WHERE project_id = ?", project
    )
    assert group == ("Unsubs", 1)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": None}, "name"),
        ({"name": ""}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"domain": "https://example.com"}, "domain"),
        ({"regionKey": "eu-west-1"}, "regionKey"),
    ],
)
def test_a_wrong_field_is_named(autosend: AutoSend, change: dict[str, Any], field: str) -> None:
    answer = call(autosend, "POST", "", {"name": "n"} | change)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "VALIDATION_FAILED")
    assert [detail["field"] for detail in answer.json()["error"]["details"]] == [field]
    assert ids(autosend) == [SHOP, MAGAZINE]


def test_there_are_at_most_20_projects(autosend: AutoSend) -> None:
    for _ in range(18):
        make(autosend)
    answer = call(autosend, "POST", "", {"name": "One more"})
    assert answer.status_code == 403
    assert answer.json() == {"success": False, "error": {"message": "Plan upgrade required"}}
    assert len(ids(autosend)) == 20


def test_a_repeated_request_makes_no_second_project(autosend: AutoSend) -> None:
    once = [call(autosend, "POST", "", {"name": "n"}, **{"Idempotency-Key": "k"}).json() for _ in range(2)]
    assert once[0] == once[1]
    assert len(ids(autosend)) == 3


@pytest.mark.parametrize("project", INVALID)
def test_an_invalid_id_is_refused_in_two_forms(autosend: AutoSend, project: str) -> None:
    answer = call(autosend, "GET", f"/{project}")
    assert answer.status_code == 400
    assert answer.json()["error"] == {"code": "VALIDATION_ERROR", "message": "Invalid project ID"}
    answer = call(autosend, "DELETE", f"/{project}")
    assert answer.status_code == 400
    assert answer.json() == {"success": False, "error": [{"message": "Invalid project ID"}]}


def test_an_unknown_project_is_not_found_in_two_forms(autosend: AutoSend) -> None:
    answer = call(autosend, "GET", f"/{UNKNOWN}")
    assert answer.status_code == 404
    assert answer.json()["error"] == {"code": "PROJECT_NOT_FOUND", "message": "Project not found"}
    answer = call(autosend, "DELETE", f"/{UNKNOWN}")
    assert answer.status_code == 404
    assert answer.json() == {"success": False, "error": {"message": "Project not found"}}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "", None),
        ("POST", "", {"name": "n"}),
        ("POST", "", {}),
        ("GET", f"/{SHOP}", None),
        ("GET", "/nope", None),
        ("DELETE", f"/{SHOP}", None),
    ],
)
def test_a_project_key_is_refused(autosend: AutoSend, method: str, path: str, body: Any) -> None:
    answer = call(autosend, method, path, body, Authorization=f"Bearer {PROJECT_KEY}")
    assert (answer.status_code, answer.json()) == (403, NEEDS_ACCOUNT_KEY)


@pytest.mark.parametrize("project", [SHOP, "nope", ""])
def test_the_project_header_is_neither_needed_nor_wrong(autosend: AutoSend, project: str) -> None:
    assert call(autosend, "GET", **{"x-project-id": project}).status_code == 200


def test_the_last_project_can_not_be_deleted(autosend: AutoSend) -> None:
    answer = call(autosend, "DELETE", f"/{MAGAZINE}")
    assert answer.json() == {"success": True, "message": "Project deleted successfully"}
    answer = call(autosend, "DELETE", f"/{SHOP}")
    assert answer.status_code == 400
    assert answer.json() == {
        "success": False,
        "error": {
            "message": (
                "Cannot delete the last project in the organization. At least one project must exist."
            ),
            "code": "LAST_PROJECT_CANNOT_BE_DELETED",
            "status": 400,
        },
    }
    assert ids(autosend) == [SHOP]


def test_the_key_of_a_deleted_project_stops_working_at_once(autosend: AutoSend) -> None:
    assert autosend.call("GET", "/campaigns").status_code == 200
    call(autosend, "DELETE", f"/{SHOP}")
    for path in ("/campaigns", "/senders", "/account/projects"):
        answer = autosend.call("GET", path)
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, "UNAUTHORIZED")
    assert inside(autosend, SHOP, "GET", "/campaigns").status_code == 403
    assert call(autosend, "GET", f"/{SHOP}").status_code == 404
    assert inside(autosend, MAGAZINE, "GET", "/campaigns").status_code == 200


@pytest.mark.slow
def test_the_emulator_goes_on_without_its_first_project(autosend: AutoSend) -> None:
    call(autosend, "DELETE", f"/{SHOP}")
    control = autosend.emulator.http
    for path in ("/openapi/autosend.json", "/_emulator/sandboxes", "/_emulator/jobs", "/_emulator/messages"):
        assert control.get(path).status_code == 200
    assert control.post("/_emulator/reset").status_code == 200
    assert autosend.call("GET", "/senders").status_code == 200


@pytest.mark.slow
def test_the_document_offers_what_opens_the_account_now(autosend: AutoSend) -> None:
    control = autosend.emulator.http

    def offered() -> Any:
        return control.get("/openapi/autosend.json").json()["x-emulator-credentials"]

    call(autosend, "DELETE", f"/{SHOP}")
    assert set(offered().values()) == {ACCOUNT_KEY}
    control.post("/_emulator/reset")
    assert set(offered().values()) == {PROJECT_KEY, ACCOUNT_KEY}


def test_a_snapshot_brings_a_deleted_project_back_with_its_key(autosend: AutoSend) -> None:
    control = autosend.emulator.http
    control.post("/_emulator/snapshots", json={"name": "before"})
    call(autosend, "DELETE", f"/{SHOP}")
    assert control.post("/_emulator/snapshots/before/restore").status_code == 200
    assert autosend.call("GET", "/senders").status_code == 200
    assert ids(autosend) == [SHOP, MAGAZINE]


def rows(emulator: Emulator, table: str, condition: str) -> int:
    return int(emulator.query(f"SELECT count(*) FROM {table} WHERE {condition}")[0][0])  # noqa: S608 -- ours


OF_OTHERS = "SELECT id FROM job WHERE provider NOT LIKE 'autosend%'"
MESSAGES_OF_OTHERS = f"SELECT id FROM message WHERE job_id IN ({OF_OTHERS})"  # noqa: S608 -- our own tables
CHANGES_OF_OTHERS = (
    f"SELECT id FROM status_change WHERE message_id IN ({MESSAGES_OF_OTHERS})"  # noqa: S608 -- our own tables
    " UNION ALL SELECT change_id FROM webhook_happening WHERE provider != 'autosend'"
)
LEFT = {
    "job": f"id NOT IN ({OF_OTHERS})",
    "status_count": f"job_id NOT IN ({OF_OTHERS})",
    "message": f"job_id NOT IN ({OF_OTHERS})",
    "status_change": f"id NOT IN ({CHANGES_OF_OTHERS})",
    "webhook_happening": "provider = 'autosend'",
    "due_event": "name LIKE 'autosend%'",
}
"""The conditions that find AutoSend's rows in the tables that all providers share."""


def test_nothing_of_a_deleted_project_is_left(autosend: AutoSend) -> None:
    emulator = autosend.emulator
    autosend.data("POST", "/campaigns", DRAFT | RELEASE)
    domain = autosend.data("POST", "/domains", {"domain": "fresh.example"})["id"]
    autosend.data("POST", f"/domains/{domain}/verify")
    body = {"email": "k@example.com"}
    autosend.call("POST", "/contacts", body, headers={"Idempotency-Key": "k"})
    emulator.advance("122s")
    receive_raw(autosend, f"From: k@example.com\r\nTo: {HELP}\r\nX-Emulator-Status: PROCESSING\r\n\r\nHi")
    assert all(rows(emulator, table, condition) for table, condition in LEFT.items())
    others = {table: rows(emulator, table, "true") - rows(emulator, table, LEFT[table]) for table in LEFT}
    call(autosend, "DELETE", f"/{SHOP}")
    for table in project_tables():
        assert rows(emulator, table, f"project_id = '{SHOP}'") == 0, table
    parts = {table: LEFT.get(table, "true") for table in PARTS} | LEFT
    assert [table for table, condition in parts.items() if rows(emulator, table, condition)] == []
    assert {table: rows(emulator, table, "true") for table in LEFT} == others
    emulator.advance("30d")


def test_a_link_in_a_mail_of_a_deleted_project_leads_nowhere(autosend: AutoSend) -> None:
    path = f"/_emulator/messages/{autosend.messages('ann@example.com')[-1]['id']}"
    html = autosend.emulator.http.get(f"{path}/html").text
    link = re.search(r'href="http://[^/]+([^"]+unsubscribe[^"]+)"', html)
    assert link is not None
    assert autosend.emulator.http.get(unescape(link[1])).status_code == 200
    call(autosend, "DELETE", f"/{SHOP}")
    assert autosend.emulator.http.get(unescape(link[1])).status_code == 404
    assert autosend.emulator.http.get(path).status_code == 404


def test_no_table_is_forgotten() -> None:
    own = {table for table in SQLModel.metadata.tables if table.startswith("autosend_")}
    of_the_organisation = {"autosend_encryption_key", "autosend_foreign_account", "autosend_organization"}
    assert own - set(project_tables()) - set(PARTS) - KEPT == of_the_organisation


def test_what_the_other_projects_have_stays(autosend: AutoSend) -> None:
    before = autosend.data("GET", f"/campaigns?toLists={READERS}"), autosend.data("GET", "/senders")
    made = inside(autosend, MAGAZINE, "POST", "/contacts", {"email": "ada@example.com"}).json()["data"]
    assert made["email"] == "ada@example.com"
    call(autosend, "DELETE", f"/{MAGAZINE}")
    assert (autosend.data("GET", f"/campaigns?toLists={READERS}"), autosend.data("GET", "/senders")) == before
    assert autosend.data("GET", "/contacts/66c1d2e3f4a5b6c7d8e90001")["email"] == "ada@example.com"


TARGET = """
    INSERT INTO webhook_target (id, provider, scope, url, events, secret, settings, is_active, failures,
                                created_at, updated_at)
    VALUES (?, 'autosend', ?, 'http://127.0.0.1:9/', '[]', 's', '{}', 0, 0, 0, 0)
"""
DELIVERY = """
    INSERT INTO webhook_delivery (id, provider, target_id, url, type, types, name, body, method, events,
                                  state, is_corrupt, attempts, replayed_after, secret, kept_settings,
                                  created_at)
    VALUES (?, 'autosend', ?, 'http://127.0.0.1:9/', 'email.sent', '[]', 'd', '{}',
            'POST', 1, 'waiting', 0, 0, 0, 's', '{}', 0)
"""
ATTEMPT = """
    INSERT INTO due_event (due, name, subject, details, rows, is_dated)
    VALUES (1773671400000, 'webhooks.attempt', 'webhook:' || ?, '{}', 0, 0)
"""


def test_its_webhooks_go_and_are_told_nothing_more(autosend: AutoSend) -> None:
    query = autosend.emulator.query
    for number, project in ((901, SHOP), (902, MAGAZINE)):
        query(TARGET, number, project)
        query(DELIVERY, number, number)
        query(ATTEMPT, number)
    call(autosend, "DELETE", f"/{SHOP}")
    assert query("SELECT id FROM webhook_target WHERE id > 900") == [(902,)]
    assert query("SELECT id, state FROM webhook_delivery") == [(901, "dropped"), (902, "waiting")]
    assert query("SELECT subject FROM due_event WHERE name LIKE 'webhooks%'") == [("webhook:902",)]
