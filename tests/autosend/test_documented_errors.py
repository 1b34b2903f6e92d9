"""The refusals that the documentation shows, each in the form of its page.

https://docs.autosend.com/api-reference/errors and the pages of the operations. Here, fault rules cause each
of them by name; the tests of the sections show that the operations themselves do so too.
"""

from typing import Any

import pytest

from tests.autosend.conftest import AutoSend


def nested(message: str, code: str = "", **more: Any) -> dict[str, Any]:
    return {"success": False, "error": {"message": message} | ({"code": code} if code else {}) | more}


ID = "000000000000000000000000"
CASES: list[tuple[str, str, str, int, dict[str, Any]]] = [
    (
        "DELETE",
        f"/campaigns/{ID}",
        "OnlyDraftCampaignsCanBeDeleted",
        400,
        nested("Only draft campaigns can be deleted", "ONLY_DRAFT_CAMPAIGNS_CAN_BE_DELETED", status=400),
    ),
    (
        "DELETE",
        f"/campaigns/{ID}",
        "CampaignNotFound",
        404,
        nested("Campaign not found", "CAMPAIGN_NOT_FOUND", status=404),
    ),
    (
        "DELETE",
        f"/contacts/email/userId/{ID}",
        "ContactNotFound",
        404,
        nested("Contact not found", "CONTACT_NOT_FOUND", status=404),
    ),
    (
        "DELETE",
        f"/contacts/{ID}",
        "ContactDeletionFailed",
        500,
        nested("Contact deletion failed. Please try again.", "CONTACT_DELETION_FAILED", status=500),
    ),
    (
        "DELETE",
        "/contact-properties/name/plan",
        "ContactPropertyNotFound",
        404,
        nested("Contact property not found", "CONTACT_PROPERTY_NOT_FOUND", status=404),
    ),
    (
        "DELETE",
        "/custom-fields/fieldName/plan",
        "CustomFieldNotFound",
        404,
        nested("Custom field not found", "CUSTOM_FIELD_NOT_FOUND", status=404),
    ),
    (
        "POST",
        "/mails/send",
        "SentTemplateNotFound",
        400,
        {"success": False, "message": "Template not found", "code": "TEMPLATE_NOT_FOUND"},
    ),
    (
        "POST",
        "/senders",
        "VerifiedDomainRequired",
        400,
        {"success": False, "error": "A verified domain is required before adding an authenticated sender"},
    ),
    (
        "POST",
        "/contacts",
        "InvalidEncryptedPayload",
        400,
        nested("Invalid encrypted payload", "INVALID_ENCRYPTED_PAYLOAD", status=400),
    ),
]


@pytest.mark.parametrize(("method", "path", "name", "status", "body"), CASES, ids=str)
def test_a_refusal_looks_as_its_page_prints_it(
    autosend: AutoSend, method: str, path: str, name: str, status: int, body: dict[str, Any]
) -> None:
    rule = {"provider": "autosend", "error": name}
    made = autosend.emulator.http.post("/_emulator/faults", json=rule)
    assert made.status_code == 201, made.text
    answer = autosend.call(method, path, {} if method == "POST" else None)
    assert (answer.status_code, answer.json()) == (status, body)
