"""Plans, and imports without delay: https://docs.autosend.com/migration/resend and …/sendgrid."""

import json
from typing import Any

import pytest

from emulator.settings import shipped_fixtures
from tests.autosend.conftest import AutoSend
from tests.autosend.migrations import (
    ALL,
    KEYS,
    RESEND,
    SENDGRID,
    name,
    templates,
)
from tests.conftest import Emulator


def resend_field(number: str, field: str, type_: str) -> dict[str, str]:
    return {
        "resendFieldId": number,
        "resendFieldName": field,
        "autosendFieldName": field,
        "fieldType": type_,
    }


def test_a_plan_says_what_resend_has(autosend: AutoSend) -> None:
    answer = autosend.call("POST", f"{RESEND}/plan", KEYS[RESEND]).json()
    assert answer == {
        "success": True,
        "message": "Migration plan fetched successfully",
        "data": {
            "contactsCount": 3,
            "unsubscribedCount": 1,
            "templatesCount": 2,
            "templates": [
                {
                    "templateId": "t1",
                    "templateName": "First steps",
                    "status": "active",
                    "updatedAt": "2026-03-01T08:00:00Z",
                },
                {
                    "templateId": "t2",
                    "templateName": "Newsletter",
                    "status": "active",
                    "updatedAt": "2026-03-01T08:00:00Z",
                },
            ],
            "customFields": [
                resend_field("cf1", "company", "string"),
                resend_field("cf2", "seats", "number"),
                resend_field("cf3", "joined", "date"),
            ],
            "audiences": [{"id": "aud1", "name": "Customers"}],
            "audiencesCount": 1,
            "topics": [
                {
                    "id": "top1",
                    "name": "Product news",
                    "description": "What is new",
                    "defaultSubscription": "opt_in",
                    "visibility": "public",
                }
            ],
            "topicsCount": 1,
        },
    }


def test_a_plan_says_what_sendgrid_has(autosend: AutoSend) -> None:
    plan = autosend.data("POST", f"{SENDGRID}/plan", KEYS[SENDGRID])
    assert plan["contactsCount"] == 2
    (template,) = plan["templates"]
    assert template.pop("htmlContent").startswith("<p>Thank you</p>")
    assert template == {
        "templateId": "d-1",
        "templateName": "Receipt",
        "subject": "Your receipt",
        "thumbnailUrl": "https://images.example/d-1.png",
        "updatedAt": "2026-03-01T08:00:00Z",
    }
    assert plan["unsubscribeGroups"] == [
        {
            "groupId": "12345",
            "name": "Weekly letter",
            "description": "Each Monday",
            "isActive": True,
            "unsubscribeCount": 1,
        }
    ]
    assert plan["customFields"] == [
        {
            "sendgridFieldId": "e1_T",
            "sendgridFieldName": "company",
            "autosendFieldName": "company",
            "fieldType": "string",
        }
    ]
    assert plan["reservedFields"][0] == {
        "sendgridFieldId": "_rf0_T",
        "sendgridFieldName": "first_name",
        "fieldType": "string",
    }
    assert (plan["contactLists"], plan["contactListsCount"]) == (
        [{"id": "list1", "name": "Buyers", "contactCount": 1}],
        1,
    )


@pytest.mark.parametrize(
    ("path", "more"),
    [
        (f"{RESEND}/plan", {}),
        (f"{RESEND}/migrate", ALL),
        (f"{RESEND}/template", {"resendTemplateIds": ["t1"]}),
        (f"{SENDGRID}/plan", {}),
        (f"{SENDGRID}/migrate", ALL),
        (f"{SENDGRID}/sg-template", {"sendgridTemplateIds": ["d-1"]}),
        (f"{SENDGRID}/sg-unsubscribe-group", {"sendgridUnsubscribeGroupId": 12345}),
    ],
)
def test_a_key_that_the_other_provider_refuses(autosend: AutoSend, path: str, more: dict[str, Any]) -> None:
    provider, title = (RESEND, "Resend") if path.startswith(RESEND) else (SENDGRID, "SendGrid")
    (field,) = KEYS[provider]
    answer = autosend.call("POST", path, {field: "unknown", **more})
    assert (answer.status_code, answer.json()) == (
        500,
        {
            "success": False,
            "error": {
                "message": f"Failed to fetch the {title} migration plan. Please check the API key.",
                "code": f"{name(provider)}_FAILED_TO_FETCH_PLAN",
            },
        },
    )


@pytest.mark.parametrize(
    ("path", "more", "field"),
    [
        (f"{RESEND}/migrate", {"templateIds": ["nope"]}, "templateIds"),
        (f"{RESEND}/migrate", {"audienceIds": ["nope"]}, "audienceIds"),
        (f"{RESEND}/migrate", {"migrateAll": True, "topicIds": ["nope"]}, "topicIds"),
        (f"{SENDGRID}/migrate", {"unsubscribeGroupIds": [1]}, "unsubscribeGroupIds"),
        (f"{SENDGRID}/migrate", {"contactListIds": ["nope"]}, "contactListIds"),
        (
            f"{RESEND}/migrate",
            {"customFieldMappings": [{"resendFieldId": "cf9", "autosendFieldName": "a"}]},
            "customFieldMappings.0",
        ),
        (f"{RESEND}/migrate", {"customFieldMappings": [{"autosendFieldName": "a"}]}, "customFieldMappings.0"),
        (
            f"{SENDGRID}/migrate",
            {"customFieldMappings": [{"sendgridFieldName": "company"}]},
            "customFieldMappings.0.autosendFieldName",
        ),
        (
            f"{SENDGRID}/migrate",
            {
                "customFieldMappings": [
                    {"sendgridFieldName": "company", "autosendFieldName": "a", "fieldType": "boolean"}
                ]
            },
            "customFieldMappings.0.fieldType",
        ),
        (
            f"{RESEND}/migrate",
            {"customFieldMappings": [{"resendFieldId": "cf1", "autosendFieldName": "email"}]},
            "customFieldMappings.0.autosendFieldName",
        ),
        (f"{RESEND}/migrate", {"migrateAll": "maybe"}, "migrateAll"),
        (f"{RESEND}/plan", {"resendApiKey": ""}, "resendApiKey"),
        (f"{RESEND}/template", {"resendTemplateIds": []}, "resendTemplateIds"),
        (f"{RESEND}/template", {}, "resendTemplateIds"),
        (f"{RESEND}/template", {"resendTemplateIds": ["nope"]}, "resendTemplateIds"),
        (f"{SENDGRID}/sg-template", {"sendgridTemplateIds": ["d-1", "nope"]}, "sendgridTemplateIds"),
        (f"{SENDGRID}/sg-unsubscribe-group", {}, "sendgridUnsubscribeGroupId"),
        (
            f"{SENDGRID}/sg-unsubscribe-group",
            {"sendgridUnsubscribeGroupId": True},
            "sendgridUnsubscribeGroupId",
        ),
    ],
)
def test_a_wrong_field_is_named(autosend: AutoSend, path: str, more: dict[str, Any], field: str) -> None:
    key = KEYS[RESEND if path.startswith(RESEND) else SENDGRID]
    answer = autosend.call("POST", path, key | more)
    assert answer.status_code == 400
    assert [one["field"] for one in answer.json()["error"]["details"]] == [field]
    assert not {"First steps", "Receipt"} & templates(autosend).keys()


@pytest.mark.parametrize(("update", "subject"), [(False, "Ours"), (True, "From Resend")])
def test_a_template_keeps_its_id_and_is_changed_only_if_asked(
    autosend: AutoSend,
    update: bool,  # noqa: FBT001 -- a case
    subject: str,
) -> None:
    first = KEYS[RESEND] | {"resendTemplateIds": ["t2"]}
    assert autosend.call("POST", f"{RESEND}/template", first).status_code == 200
    autosend.data("PUT", "/templates/t2", {"subject": "Ours"})
    autosend.advance("1m")
    body = KEYS[RESEND] | {"resendTemplateIds": ["t2", "t1"], "onExistUpdateHTML": update}
    answer = autosend.call("POST", f"{RESEND}/template", body).json()
    assert answer["message"] == "Template migrated successfully"
    assert answer["data"] == [
        {
            "templateId": "t2",
            "templateName": "Newsletter",
            "subject": subject,
            "templateType": "TRANSACTIONAL",
            "createdAt": "2026-03-15T14:30:00.000Z",
        },
        {
            "templateId": "t1",
            "templateName": "First steps",
            "subject": "Hello",
            "templateType": "TRANSACTIONAL",
            "createdAt": "2026-03-15T14:31:00.000Z",
        },
    ]
    whole = autosend.data("GET", "/templates/t2")
    assert (whole["subject"], whole["templateType"]) == (subject, "transactional")


def test_a_template_of_the_same_name_is_another(autosend: AutoSend) -> None:
    body = KEYS[RESEND] | {"resendTemplateIds": ["t2"], "onExistUpdateHTML": True}
    (migrated,) = autosend.data("POST", f"{RESEND}/template", body)
    assert (migrated["subject"], migrated["templateType"]) == ("From Resend", "TRANSACTIONAL")
    found = autosend.data("GET", "/templates/search?templateName=Newsletter")["templates"]
    assert {(one["subject"], one["templateType"]) for one in found} == {
        ("What happened this month", "marketing"),
        ("From Resend", "transactional"),
    }


def test_a_template_that_was_deleted_comes_again(autosend: AutoSend) -> None:
    body = KEYS[RESEND] | {"resendTemplateIds": ["t1"]}
    autosend.call("POST", f"{RESEND}/template", body)
    first = autosend.data("GET", "/templates/t1")
    change = {"templateName": "Ours", "description": "Our own", "templateType": "marketing"}
    autosend.data("PUT", "/templates/t1", change)
    autosend.call("DELETE", "/templates/t1")
    assert autosend.call("GET", "/templates/t1").status_code == 404
    autosend.advance("1m")
    (migrated,) = autosend.data("POST", f"{RESEND}/template", body)
    assert (migrated["templateName"], migrated["templateType"]) == ("First steps", "TRANSACTIONAL")
    times = dict.fromkeys(("createdAt", "updatedAt"), "2026-03-15T14:31:00.000Z")
    assert autosend.data("GET", "/templates/t1") == first | times


def migrate_group(autosend: AutoSend, **more: Any) -> Any:
    body = KEYS[SENDGRID] | {"sendgridUnsubscribeGroupId": 12345} | more
    answer = autosend.call("POST", f"{SENDGRID}/sg-unsubscribe-group", body)
    assert answer.status_code == 200, answer.text
    assert answer.json()["message"] == "Unsubscribe group migrated successfully"
    return answer.json()["data"]


@pytest.mark.parametrize("group_id", [12345, 12345.0, "12345"])
def test_a_group_keeps_its_id_and_brings_its_addresses(autosend: AutoSend, group_id: Any) -> None:
    data = migrate_group(autosend, sendgridUnsubscribeGroupId=group_id)
    (entry,) = data["entries"]
    assert (data["groupId"], data["addedCount"]) == ("12345", 1)
    assert (entry["email"], entry["groupId"], len(entry["id"])) == ("gone@example.com", "12345", 24)
    groups = autosend.data("GET", "/contacts/66c1d2e3f4a5b6c7d8e90002/unsubscribe-groups")["groups"]
    assert {"groupId": "12345", "name": "Weekly letter"} in groups


def test_a_group_comes_without_its_addresses_if_asked(autosend: AutoSend) -> None:
    data = migrate_group(autosend, addEmailsInSuppression=False)
    assert data == {"groupId": "12345", "addedCount": 0, "entries": []}
    data = migrate_group(autosend, groupExist=True, addEmailsInSuppression=False)
    assert len(data.pop("id")) == 24
    assert data == {
        "groupId": "12345",
        "name": "Weekly letter",
        "description": "Each Monday",
        "isGlobal": False,
        "isActive": True,
        "suppressionCount": 0,
        "createdAt": "2026-03-15T14:30:00.000Z",
        "updatedAt": "2026-03-15T14:30:00.000Z",
    }
    assert migrate_group(autosend, groupExist=True)["addedCount"] == 1
    assert migrate_group(autosend, groupExist=True)["addedCount"] == 0


def test_the_keys_of_the_foreign_accounts_are_in_the_environment(emulator: Emulator) -> None:
    for fixtures in ("demo", "empty"):
        made = emulator.http.post("/_emulator/sandboxes", json={"fixtures": fixtures}).json()
        for variable, key in zip(
            ("AUTOSEND_RESEND_KEY", "AUTOSEND_SENDGRID_KEY"), KEYS.values(), strict=True
        ):
            assert made["environment"][variable] in key.values()


@pytest.mark.parametrize(
    ("before", "more", "status", "code"),
    [
        (False, {"sendgridUnsubscribeGroupId": 9}, 404, "GROUP_NOT_FOUND"),
        (False, {"groupExist": True}, 404, "GROUP_NOT_FOUND"),
        (True, {}, 400, "GROUP_ALREADY_EXISTS"),
    ],
)
def test_a_group_that_is_not_there_or_there_already(
    autosend: AutoSend,
    before: bool,  # noqa: FBT001 -- a case
    more: dict[str, Any],
    status: int,
    code: str,
) -> None:
    if before:
        migrate_group(autosend)
    body = KEYS[SENDGRID] | {"sendgridUnsubscribeGroupId": 12345} | more
    assert autosend.refused("POST", f"{SENDGRID}/sg-unsubscribe-group", body)[:2] == (status, code)


def test_keys_of_other_providers_are_not_shown(autosend: AutoSend) -> None:
    autosend.call("POST", f"{RESEND}/plan", {"resendApiKey": "re_a_real_key_by_mistake"})
    kept = autosend.emulator.http.get("/_emulator/requests").json()["requests"][-1]
    assert json.loads(kept["request_body"]) == {"resendApiKey": "***"}


def test_a_kept_account_may_have_a_field_that_fixtures_have_no_more(autosend: AutoSend) -> None:
    kept = "UPDATE autosend_foreign_account SET content = json_set(content, '$.templates[0].colour', 'red')"
    autosend.emulator.query(kept)
    for provider in (RESEND, SENDGRID):
        assert autosend.data("POST", f"{provider}/plan", KEYS[provider])["templatesCount"] > 0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("right", "wrong", "complaint"),
    [
        ("{email: zoe@example.com}", "{email: zoe}", "must be an address"),
        (
            "contacts: [tom@example.com]",
            "contacts: [tim@example.com]",
            "lists.0.contacts.0: there is no tim@example.com among the contacts",
        ),
        ("{id: e1_T, name: company}", "{id: e1_T, name: 'a\"b'}", "sendgrid.0.fields.0.name: "),
        ("{id: cf2, name: seats,", "{id: cf2, name: company,", "resend.0.fields.1.name: another one has the"),
        ("name: Buyers", "name: ' '", "sendgrid.0.lists.0.name: is required"),
        ("name: First steps", "name: ' '", "resend.0.templates.0.name: is required"),
        ("subject: Hello,", 'subject: "a\\nb",', "resend.0.templates.0.subject: "),
        ("name: Product news", "name: ' '", "resend.0.topics.0.name: is required"),
        (
            "{id: 12345, name: Weekly letter,",
            "{id: 12345, name: ' ',",
            "unsubscribe_groups.0.name: is required",
        ),
        (
            "key: SG.emulator000000000000",
            "key: SG.emulator000000000000\n      fails_at: suppressions",
            "sendgrid.0.fails_at: suppressions is not a word here; there are custom fields, templates,",
        ),
        (
            "{email: zoe@example.com}",
            "{email: zoe@example.com, unsubscribed: true}",
            "contacts.1.unsubscribed",
        ),
        ("thumbnail: https", "status: draft\n          thumbnail: https", "sendgrid.0.templates.0.status"),
        ("subject: Hello,", "subject: Hello, thumbnail: 'x',", "resend.0.templates.0.thumbnail"),
    ],
)
def test_a_fixture_that_contradicts_itself_is_refused(
    emulator: Emulator, right: str, wrong: str, complaint: str
) -> None:
    text = (shipped_fixtures() / "demo" / "autosend" / "account.yaml").read_text()
    assert right in text
    wanted = {"fixtures": {"autosend": text.replace(right, wrong)}}
    answer = emulator.sandbox("mine").control("POST", "/seed", json=wanted)
    assert answer.status_code == 422
    assert complaint in answer.text
