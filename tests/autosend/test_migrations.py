"""Migrations in the background: https://docs.autosend.com/migration/resend and …/sendgrid."""

import pytest

from tests.autosend import automations
from tests.autosend.conftest import ACCOUNT_KEY, OTHER_PROJECT, AutoSend
from tests.autosend.migrations import (
    ALL,
    KEYS,
    RESEND,
    SENDGRID,
    contact,
    done,
    each_provider,
    entries,
    job,
    list_names,
    migrate,
    name,
    templates,
)


@each_provider
def test_a_migration_is_answered_at_once_and_done_later(autosend: AutoSend, provider: str) -> None:
    answer = autosend.call("POST", f"{provider}/migrate", KEYS[provider] | ALL)
    assert answer.status_code == 202
    data, message = answer.json()["data"], answer.json()["message"]
    assert message == f"{'Resend' if provider == RESEND else 'SendGrid'} migration initiated successfully"
    assert (data["status"], data["message"], len(data["bulkOperationId"])) == ("PENDING", message, 24)
    email = "mia@example.com" if provider == RESEND else "tom@example.com"
    assert contact(autosend, email) is None
    autosend.advance("10s")
    assert contact(autosend, email) is not None


@pytest.mark.parametrize(
    ("provider", "phases"),
    [
        (
            RESEND,
            [
                "2 custom fields failed, 1 custom fields",
                "2 templates",
                "1 lists",
                "3 contacts",
                "1 groups",
                "1 suppressions",
            ],
        ),
        (SENDGRID, ["1 custom fields failed", "1 templates", "1 groups", "1 lists", "2 contacts"]),
    ],
)
def test_phases_follow_each_other_in_the_documented_order(
    autosend: AutoSend, provider: str, phases: list[str]
) -> None:
    migrate(autosend, provider, **ALL)
    title = "Resend" if provider == RESEND else "SendGrid"
    assert (job(autosend)["name"], job(autosend)["status"]) == (f"{title}: nothing yet", "PENDING")
    waits = ("2s", "2s", "1s", "2s", "2s", "1s") if provider == RESEND else ("2s",) * 5
    for number, wait in enumerate(waits, 1):
        autosend.advance(wait)
        assert job(autosend)["name"] == f"{title}: {', '.join(phases[:number])}"
    assert job(autosend)["status"] == "COMPLETED"


def test_everything_of_resend_becomes_the_projects_own(autosend: AutoSend) -> None:
    done(autosend, RESEND, **ALL)
    mia, ada = contact(autosend, "mia@example.com"), contact(autosend, "ada@example.com")
    assert (mia["firstName"], mia["customFields"]) == ("Mia", {"company": "Mills", "joined": "2025-11-03"})
    assert list_names(autosend, "mia@example.com") == ["Customers"]
    assert (ada["firstName"], ada["lastName"]) == ("Augusta", "Byron")
    assert ada["customFields"] == {"company": "Analytical Ltd", "seats": 7, "isPremium": True}
    assert templates(autosend)["First steps"] == "Hello"
    assert ("Global unsubscribes", "leo@example.com", "UNSUBSCRIBE") in entries(autosend)


def test_topics_become_empty_groups(autosend: AutoSend) -> None:
    done(autosend, RESEND, **ALL)
    groups = autosend.data("GET", "/suppression-groups")["groups"]
    (made,) = [one for one in groups if one["name"] == "Product news"]
    assert (made["description"], made["isActive"], made["suppressionCount"]) == ("What is new", True, 0)


def test_everything_of_sendgrid_becomes_the_projects_own(autosend: AutoSend) -> None:
    done(autosend, SENDGRID, **ALL)
    tom = contact(autosend, "tom@example.com")
    assert (tom["firstName"], tom["lastName"], tom["customFields"]) == (
        "Tom",
        "Hill",
        {"company": "Hill & Co"},
    )
    assert list_names(autosend, "tom@example.com") == ["Buyers"]
    assert contact(autosend, "zoe@example.com")["listIds"] == []
    assert templates(autosend)["Receipt"] == "Your receipt"
    assert ("Weekly letter", "gone@example.com", "UNSUBSCRIBE") in entries(autosend)


SENDGRID_IMAGE = "//cdn.mcauto-images-production.sendgrid.net/a1/logo.png"
WITH_IMAGE = """
    UPDATE autosend_foreign_account SET content = json_replace(content, '$.templates[0].html', ?)
    WHERE provider = 'sendgrid'
"""


@pytest.mark.parametrize(
    ("before", "image", "after"),
    [
        ('<img src="', f"https:{SENDGRID_IMAGE}", '">'),
        ('<img src="', f"https:{SENDGRID_IMAGE}?v=2&amp;w=600", '" alt="">'),
        ("<img src='", f"http:{SENDGRID_IMAGE}#top", "'>"),
        ('<img src="', SENDGRID_IMAGE, '"/>'),
        ('<td style="background: url(&quot;', f"HTTPS:{SENDGRID_IMAGE.upper()}", '&quot;)">'),
    ],
)
def test_images_at_sendgrid_are_copied(autosend: AutoSend, before: str, image: str, after: str) -> None:
    autosend.emulator.query(WITH_IMAGE, before + image + after)
    done(autosend, SENDGRID, templateIds=["d-1"])
    html = autosend.data("GET", "/templates/d-1")["emailTemplate"]
    assert (html[: len(before)], html[-len(after) :]) == (before, after)
    address = html.removeprefix(before).removesuffix(after)
    assert address.startswith("http://127.0.0.1:4610/_emulator/links/")
    copied = autosend.emulator.http.get(address)
    assert (copied.status_code, copied.headers["content-type"]) == (200, "image/gif")


def test_a_mapping_that_is_given_limits_what_migrate_all_takes(autosend: AutoSend) -> None:
    mapping = {"resendFieldId": "cf2", "autosendFieldName": "seats", "fieldType": "number"}
    done(autosend, RESEND, migrateAll=True, templateIds=["t2"], customFieldMappings=[mapping])
    assert contact(autosend, "ada@example.com")["customFields"]["seats"] == 7
    assert contact(autosend, "mia@example.com")["customFields"] == {}
    assert "First steps" not in templates(autosend)
    assert autosend.data("GET", "/templates/t2")["templateName"] == "Newsletter"
    assert list_names(autosend, "mia@example.com") == ["Customers"]


def test_what_a_plan_lists_is_what_an_import_takes(autosend: AutoSend) -> None:
    plan = autosend.data("POST", f"{RESEND}/plan", KEYS[RESEND])
    wanted = {
        "templateIds": [one["templateId"] for one in plan["templates"]],
        "audienceIds": [one["id"] for one in plan["audiences"]],
        "topicIds": [one["id"] for one in plan["topics"]],
        "customFieldMappings": plan["customFields"],
    }
    done(autosend, RESEND, **wanted)
    assert contact(autosend, "mia@example.com")["customFields"] == {
        "company": "Mills",
        "joined": "2025-11-03",
    }
    plan = autosend.data("POST", f"{SENDGRID}/plan", KEYS[SENDGRID])
    wanted = {
        "templateIds": [one["templateId"] for one in plan["templates"]],
        "contactListIds": [one["id"] for one in plan["contactLists"]],
        "unsubscribeGroupIds": [one["groupId"] for one in plan["unsubscribeGroups"]],
        "customFieldMappings": plan["customFields"],
    }
    done(autosend, SENDGRID, **wanted)
    assert contact(autosend, "tom@example.com")["customFields"] == {"company": "Hill & Co"}


def test_a_template_with_a_loop_is_flagged(autosend: AutoSend) -> None:
    done(autosend, RESEND, **ALL)
    draft = {"name": "n", "subject": "s", "toLists": ["GLOBAL_CONTACT_LIST"]}
    for template, is_flagged in (("t1", False), ("t2", True)):
        made = autosend.data("POST", "/campaigns", draft | {"templateId": template})
        shown = autosend.data("GET", f"/campaigns/{made['id']}")["template"]
        assert (shown["templateId"], shown["isFlagged"]) == (template, is_flagged)


def is_flagged(autosend: AutoSend, template: str) -> bool:
    draft = {"name": "n", "subject": "s", "toLists": ["GLOBAL_CONTACT_LIST"], "templateId": template}
    made = autosend.data("POST", "/campaigns", draft)
    return bool(autosend.data("GET", f"/campaigns/{made['id']}")["template"]["isFlagged"])


LOOP = "<ol>{{# each news}}<li>{{this}}</li>{{/each}}</ol>"


@pytest.mark.parametrize(
    ("edits", "flagged"), [(["<p>Hello</p>"], False), ([LOOP], True), (["<p>Hello</p>", LOOP], False)]
)
def test_a_template_stays_flagged_until_an_edit_takes_its_loop_away(
    autosend: AutoSend, edits: list[str], *, flagged: bool
) -> None:
    done(autosend, RESEND, **ALL)
    for html in edits:
        autosend.data("PUT", "/templates/t2", {"emailTemplate": html})
    assert is_flagged(autosend, "t2") is flagged


def test_a_campaign_that_takes_the_loop_of_its_template_away_takes_the_flag(autosend: AutoSend) -> None:
    done(autosend, RESEND, **ALL)
    draft = {"name": "n", "subject": "s", "toLists": ["GLOBAL_CONTACT_LIST"], "templateId": "t2"}
    autosend.data("POST", "/campaigns", draft | {"htmlTemplate": "<p>Hello</p>"})
    assert not is_flagged(autosend, "t2")


def test_a_second_import_flags_a_template_again(autosend: AutoSend) -> None:
    done(autosend, RESEND, **ALL)
    autosend.data("PUT", "/templates/t2", {"emailTemplate": "<p>Hello</p>"})
    again = KEYS[RESEND] | {"resendTemplateIds": ["t2"], "onExistUpdateHTML": True}
    autosend.data("POST", f"{RESEND}/template", again)
    assert is_flagged(autosend, "t2")


def test_two_projects_import_the_same_template(autosend: AutoSend) -> None:
    done(autosend, RESEND, **ALL)
    body = KEYS[RESEND] | {"resendTemplateIds": ["t1"]}
    for _ in range(2):
        answer = autosend.call("POST", f"{RESEND}/template", body, headers=OTHER_PROJECT)
        assert (answer.status_code, answer.json()["data"][0]["templateId"]) == (200, "t1")
    count = "SELECT count(*) FROM autosend_template WHERE name = 'First steps'"
    assert autosend.emulator.query(count) == [(2,)]
    for headers in ({}, OTHER_PROJECT):
        assert autosend.call("GET", "/templates/t1", headers=headers).status_code == 200


def test_a_second_migration_finds_what_the_first_made(autosend: AutoSend) -> None:
    done(autosend, RESEND, **ALL)
    tables = ("contact", "contact_list", "template", "suppression_group", "suppression", "contact_property")
    count = "SELECT " + ", ".join(f"(SELECT count(*) FROM autosend_{one})" for one in tables)  # noqa: S608 -- our own words
    before = autosend.emulator.query(count)
    done(autosend, RESEND, **ALL)
    assert autosend.emulator.query(count) == before


@pytest.mark.parametrize(
    ("flag", "table", "column", "value"),
    [
        ("ignoreTemplates", "template", "name", "First steps"),
        ("ignoreCustomFields", "contact_property", "name", "joined"),
        ("ignoreContacts", "contact", "email", "mia@example.com"),
        ("ignoreAudiences", "contact_list", "name", "Customers"),
        ("ignoreTopics", "suppression_group", "name", "Product news"),
        ("ignoreSuppressions", "suppression", "email", "leo@example.com"),
    ],
)
def test_what_of_resend_is_ignored_stays_there(
    autosend: AutoSend, flag: str, table: str, column: str, value: str
) -> None:
    count = f"SELECT count(*) FROM autosend_{table} WHERE {column} = ?"  # noqa: S608 -- constants
    done(autosend, RESEND, migrateAll=True, **{flag: True})
    assert autosend.emulator.query(count, value) == [(0,)]
    done(autosend, RESEND, **ALL)
    assert autosend.emulator.query(count, value) == [(1,)]


@pytest.mark.parametrize(
    ("flag", "table", "column", "value"),
    [
        ("ignoreTemplates", "template", "name", "Receipt"),
        ("ignoreContacts", "contact", "email", "tom@example.com"),
        ("ignoreContactLists", "contact_list", "name", "Buyers"),
        ("ignoreUnsubscribeGroups", "suppression_group", "name", "Weekly letter"),
    ],
)
def test_what_of_sendgrid_is_ignored_stays_there(
    autosend: AutoSend, flag: str, table: str, column: str, value: str
) -> None:
    count = f"SELECT count(*) FROM autosend_{table} WHERE {column} = ?"  # noqa: S608 -- constants
    done(autosend, SENDGRID, migrateAll=True, **{flag: True})
    assert autosend.emulator.query(count, value) == [(0,)]


def test_sendgrids_custom_fields_can_be_ignored(autosend: AutoSend) -> None:
    done(autosend, SENDGRID, migrateAll=True, ignoreCustomFields=True)
    assert contact(autosend, "tom@example.com")["customFields"] == {}


def test_what_is_named_is_imported_and_no_more(autosend: AutoSend) -> None:
    done(autosend, RESEND, templateIds=["t1"])
    assert "First steps" in templates(autosend)
    assert contact(autosend, "mia@example.com") is None
    assert "Product news" not in {group for group, _, _ in entries(autosend)}


def test_all_contacts_come_with_a_named_list(autosend: AutoSend) -> None:
    done(autosend, SENDGRID, contactListIds=["list1"])
    assert list_names(autosend, "tom@example.com") == ["Buyers"]
    assert contact(autosend, "zoe@example.com")["listIds"] == []
    done(autosend, SENDGRID, unsubscribeGroupIds=[12345])
    assert ("Weekly letter", "gone@example.com", "UNSUBSCRIBE") in entries(autosend)


@pytest.mark.parametrize(("first", "second"), [(RESEND, SENDGRID), (SENDGRID, RESEND), (RESEND, RESEND)])
def test_a_project_has_one_migration_at_a_time(autosend: AutoSend, first: str, second: str) -> None:
    assert migrate(autosend, first, **ALL) == 202
    answer = autosend.call("POST", f"{second}/migrate", KEYS[second] | ALL)
    assert (answer.status_code, answer.json()) == (
        400,
        {
            "success": False,
            "error": {
                "message": "A migration is already in progress for this project",
                "code": f"{name(second)}_MIGRATION_IN_PROGRESS",
            },
        },
    )
    other = autosend.call("POST", f"{second}/migrate", KEYS[second] | ALL, headers=OTHER_PROJECT)
    assert other.status_code == 202
    autosend.advance("10s")
    assert migrate(autosend, second, **ALL) == 202


def test_an_import_ends_with_its_project(autosend: AutoSend) -> None:
    migrate(autosend, RESEND, **ALL)
    project = "/account/projects/66a0c1d2e3f4a5b6c7d8aaaa"
    headers = {"Authorization": f"Bearer {ACCOUNT_KEY}"}
    assert autosend.call("DELETE", project, headers=headers).status_code == 200
    autosend.advance("10s")
    due = "SELECT count(*) FROM due_event WHERE subject LIKE 'autosend.migration:%'"
    assert autosend.emulator.query(due) == [(0,)]


def test_another_project_gets_nothing_of_it(autosend: AutoSend) -> None:
    autosend.call("POST", f"{RESEND}/migrate", KEYS[RESEND] | ALL, headers=OTHER_PROJECT)
    autosend.advance("10s")
    assert contact(autosend, "mia@example.com") is None


IGNORED = {
    RESEND: ("Templates", "CustomFields", "Contacts", "Audiences", "Topics", "Suppressions"),
    SENDGRID: ("Templates", "CustomFields", "Contacts", "UnsubscribeGroups", "ContactLists"),
}


@each_provider
@pytest.mark.parametrize("is_all", [True, False])
def test_nothing_to_migrate(autosend: AutoSend, provider: str, is_all: bool) -> None:  # noqa: FBT001 -- a case
    wanted = ALL | {f"ignore{one}": True for one in IGNORED[provider]} if is_all else {}
    answer = autosend.call("POST", f"{provider}/migrate", KEYS[provider] | wanted)
    assert (answer.status_code, answer.json()) == (
        400,
        {
            "success": False,
            "error": {
                "message": "No items selected to migrate",
                "code": f"{name(provider)}_NO_ITEMS_TO_MIGRATE",
            },
        },
    )


@pytest.mark.parametrize(
    ("provider", "error", "title"),
    [
        (RESEND, "ResendMigrationCreationFailed", "Resend"),
        (SENDGRID, "SendgridMigrationCreationFailed", "SendGrid"),
    ],
)
def test_a_migration_that_can_not_be_queued(
    autosend: AutoSend, provider: str, error: str, title: str
) -> None:
    rule = {"provider": "autosend", "operation": f"POST /v1{provider}/migrate", "error": error}
    assert autosend.emulator.http.post("/_emulator/faults", json=rule).status_code == 201
    answer = autosend.call("POST", f"{provider}/migrate", KEYS[provider] | ALL)
    assert (answer.status_code, answer.json()) == (
        500,
        {
            "success": False,
            "error": {
                "message": f"Failed to create the {title} migration. Please try again.",
                "code": f"{name(provider)}_MIGRATION_CREATION_FAILED",
            },
        },
    )
    autosend.advance("10s")
    assert contact(autosend, "mia@example.com") is None


def test_who_is_imported_enters_no_automation(autosend: AutoSend) -> None:
    buyers = autosend.data("POST", "/contact-lists", {"name": "Buyers"})["id"]
    entries_of = [{"type": "contact_created"}, {"type": "contact_added_to_list", "contactListId": buyers}]
    series = [automations.create(autosend, entryCriteria=one) for one in entries_of]
    done(autosend, SENDGRID, contactListIds=["list1"])
    assert list_names(autosend, "tom@example.com") == ["Buyers"]
    assert [automations.counts(autosend, one)[0] for one in series] == [0, 0]
