"""Imports that a test lets fail, and accounts of which a key can read only parts.

https://docs.autosend.com/migration/resend, https://docs.autosend.com/migration/sendgrid
"""

from typing import Any

import pytest

from emulator.settings import shipped_fixtures
from tests.autosend.conftest import AutoSend
from tests.autosend.migrations import ALL, KEYS, RESEND, SENDGRID, contact, job, migrate
from tests.conftest import Emulator, Sandbox


def steer(autosend: AutoSend, name: str, what: str, body: dict[str, Any]) -> int:
    return autosend.emulator.http.post(f"/_emulator/jobs/{name}/{what}", json=body).status_code


def test_an_import_fails_at_the_phase_that_a_test_sets(autosend: AutoSend) -> None:
    migrate(autosend, RESEND, **ALL)
    assert steer(autosend, job(autosend)["id"], "settings", {"settings": {"fails_at": "contacts"}}) == 200
    autosend.advance("10s")
    assert job(autosend)["status"] == "FAILED"
    assert autosend.data("GET", "/templates/t1")["subject"] == "Hello"
    assert contact(autosend, "mia@example.com") is None
    assert migrate(autosend, RESEND, **ALL) == 202


@pytest.mark.parametrize(
    ("phase", "status", "told"),
    [
        ("suppressions", 409, "no phase suppressions to come; there are templates, groups, lists, contacts."),
        (
            "custom fields",
            409,
            "no phase custom fields to come; there are templates, groups, lists, contacts.",
        ),
        ("nope", 422, "there are custom fields, templates, lists, contacts, groups, suppressions"),
    ],
)
def test_an_import_can_not_fail_at_a_phase_that_does_not_come(
    autosend: AutoSend, phase: str, status: int, told: str
) -> None:
    migrate(autosend, SENDGRID, **ALL)
    autosend.advance("2s")
    path = f"/_emulator/jobs/{job(autosend)['id']}/settings"
    answer = autosend.emulator.http.post(path, json={"settings": {"fails_at": phase}})
    assert (answer.status_code, told in answer.text) == (status, True), answer.text
    autosend.advance("10s")
    assert job(autosend)["status"] == "COMPLETED"


@pytest.mark.parametrize(("action", "state", "found"), [("finish", "COMPLETED", 1), ("fail", "FAILED", 0)])
def test_a_test_ends_an_import(autosend: AutoSend, action: str, state: str, found: int) -> None:
    migrate(autosend, RESEND, **ALL)
    name = job(autosend)["id"]
    assert steer(autosend, name, "status", {"action": action}) == 200
    assert job(autosend)["status"] == state
    count = "SELECT count(*) FROM autosend_contact WHERE email = 'mia@example.com'"
    assert autosend.emulator.query(count) == [(found,)]
    assert steer(autosend, name, "status", {"status": "PENDING", "force": True}) == 200
    autosend.advance("20s")
    assert job(autosend)["status"] == "COMPLETED"
    assert autosend.emulator.query(count) == [(1,)]


ACCOUNT = (shipped_fixtures() / "demo" / "autosend" / "account.yaml").read_text()


def seeded(emulator: Emulator, key: str, addition: str) -> Sandbox:
    """Return a sandbox with an addition to the content of an account at another provider."""
    return changed(emulator, f"- key: {key}\n", f"- key: {key}\n      {addition}\n")


def changed(emulator: Emulator, old: str, new: str) -> Sandbox:
    """Return a sandbox of the demo set with `old` replaced by `new` in its file."""
    box = emulator.sandbox(clock="frozen")
    answer = box.control("POST", "/seed", json={"fixtures": {"autosend": ACCOUNT.replace(old, new)}})
    assert answer.status_code == 200, answer.text
    return box


def call(box: Sandbox, path: str, **body: Any) -> Any:
    answer = box.http.post(f"/v1{path}", json=KEYS[path.rpartition("/")[0]] | body, headers=box.autosend)
    assert answer.status_code in {200, 202}, answer.text
    return answer.json()["data"]


def ended(box: Sandbox) -> tuple[str, str]:
    """Move the clock on, and return status and name of the migration."""
    box.advance("10s")
    (found,) = box.control("GET", "/jobs", params={"kind": "migration"}).json()["jobs"]
    return found["status"], found["name"]


@pytest.mark.slow
def test_an_account_of_the_fixture_fails_midway(emulator: Emulator) -> None:
    box = seeded(emulator, "re_emulator000000000000", "fails_at: lists")
    call(box, f"{RESEND}/migrate", **ALL)
    assert ended(box) == ("FAILED", "Resend: 2 custom fields failed, 1 custom fields, 2 templates")


@pytest.mark.slow
@pytest.mark.parametrize("own", ["", "  "])
def test_an_automation_gives_a_subject_to_an_imported_template_without_one(
    emulator: Emulator, own: str
) -> None:
    box = changed(emulator, "subject: Hello,", f'subject: "{own}",')
    call(box, f"{RESEND}/template", resendTemplateIds=["t1"])
    waiting = {"type": "wait", "delay": {"value": 0, "unit": "mins"}}
    for subject, status in (({}, 400), ({"subject": "Hi"}, 201)):
        steps = [waiting, {"type": "email", "email": {"templateId": "t1"} | subject}]
        body = {"name": "Series", "steps": steps, "active": True}
        assert box.http.post("/v1/automations", json=body, headers=box.autosend).status_code == status


@pytest.mark.slow
@pytest.mark.parametrize("own", ["", "  "])
def test_a_mail_gives_a_subject_to_an_imported_template_without_one(emulator: Emulator, own: str) -> None:
    box = changed(emulator, "subject: Hello,", f'subject: "{own}",')
    call(box, f"{RESEND}/template", resendTemplateIds=["t1"])
    mail = {"from": {"email": "a@example.org"}, "to": {"email": "ann@new.example"}, "templateId": "t1"}
    for subject, status in (({}, 400), ({"subject": "Hi"}, 200)):
        answer = box.http.post("/v1/mails/send", json=mail | subject, headers=box.autosend)
        assert answer.status_code == status


@pytest.mark.slow
@pytest.mark.parametrize(
    ("scope", "empty"),
    [
        ("template_engine.read", {"templates"}),
        ("marketing.read", {"contactLists", "customFields"}),
        ("suppressions.read", {"unsubscribeGroups"}),
    ],
)
def test_what_a_key_may_not_read_is_empty(emulator: Emulator, scope: str, empty: set[str]) -> None:
    scopes = {"template_engine.read", "marketing.read", "suppressions.read"} - {scope}
    box = seeded(emulator, "SG.emulator000000000000", f"scopes: [{', '.join(sorted(scopes))}]")
    plan = call(box, f"{SENDGRID}/plan")
    assert {name for name, items in plan.items() if items == []} == empty
    assert plan["contactsCount"] == (0 if scope == "marketing.read" else 2)
    call(box, f"{SENDGRID}/migrate", **ALL)
    assert ended(box)[0] == "COMPLETED"


NAMED: dict[str, dict[str, Any]] = {
    "template_engine.read": {"templateIds": ["d-1"]},
    "suppressions.read": {"unsubscribeGroupIds": [12345]},
    "marketing.read": {
        "contactListIds": ["list1"],
        "customFieldMappings": [{"sendgridFieldId": "e1_T", "autosendFieldName": "firm"}],
    },
}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("scope", "imported"),
    [
        ("template_engine.read", "SendGrid: 1 custom fields, 1 groups, 1 lists, 2 contacts"),
        ("suppressions.read", "SendGrid: 1 custom fields, 1 templates, 1 lists, 2 contacts"),
        ("marketing.read", "SendGrid: 1 templates, 1 groups"),
    ],
)
def test_the_phases_of_what_a_key_may_not_read_are_skipped(
    emulator: Emulator, scope: str, imported: str
) -> None:
    scopes = NAMED.keys() - {scope}
    box = seeded(emulator, "SG.emulator000000000000", f"scopes: [{', '.join(sorted(scopes))}]")
    call(
        box, f"{SENDGRID}/migrate", **{name: ids for wanted in NAMED.values() for name, ids in wanted.items()}
    )
    assert ended(box) == ("COMPLETED", imported)
