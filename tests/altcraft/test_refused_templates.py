"""Refused requests about templates, and the rights of tokens."""

from typing import Any

import pytest

from tests.altcraft.conftest import SUBACCOUNT, VIEW_ONLY, Altcraft

HELLO, UNUSED = 6, 10
SMS = {"sid": "sms", "fields": {"sms": "Hi"}}
NEW: dict[str, Any] = {"name": "New", "channels": [SMS]}


def template(altcraft: Altcraft, number: int, **body: Any) -> Any:
    return altcraft.data("/templates/get", id=number, **body)


def ids(altcraft: Altcraft, **filters: Any) -> list[int]:
    return [row["id"] for row in altcraft.data("/templates/list", **filters)]


LARGEST = 2**63 - 1
CHANNELS = "'email', 'sms', 'push', 'telegram_bot', 'telegram_group' or 'custom_channel'"
BEGINNINGS = {400: "Incorrect request", 404: "Object not found"}


def with_fields(sid: object, fields: object) -> dict[str, Any]:
    return {"channels": [SMS, {"sid": sid, "fields": fields}]}


@pytest.mark.parametrize(
    ("body", "code", "text"),
    [
        ({"name": ""}, 400, "name: Field required"),
        ({"name": ["x"]}, 400, "name: Input should be a valid string"),
        ({"channels": None}, 400, "channels: Field required"),
        ({"channels": []}, 400, "channels: must have at least 1 item"),
        ({"channels": [{"fields": {}}]}, 400, "channels.0.sid: Field required"),
        ({"channels": [{"sid": "sms"}]}, 400, "channels.0.fields: Field required"),
        ({"channels": [SMS, SMS]}, 400, "channels: sms is there more than once"),
        (with_fields("fax", {}), 400, f"channels.1.sid: Input should be {CHANNELS}"),
        (with_fields(["sms"], {}), 400, f"channels.1.sid: Input should be {CHANNELS}"),
        (with_fields("email", ["Hi"]), 400, "channels.1.fields: Input should be a valid object"),
        (with_fields("email", {"subject": "a\nb"}), 400, "channels.1.fields.subject: must be one line"),
        (with_fields("email", {"html": 7}), 400, "channels.1.fields.html: Input should be a valid string"),
        (
            with_fields("email", {"from_email": "me"}),
            400,
            "channels.1.fields.from_email: must be an e-mail address",
        ),
        (
            with_fields("email", {"attach": [{"name": "a\nb"}]}),
            400,
            "channels.1.fields.attach.0: name must be one line",
        ),
        (
            with_fields("email", {"attach": [{"data": "AAA"}]}),
            400,
            "channels.1.fields.attach.0: data: Malformed base64: Incorrect padding",
        ),
        (
            with_fields("push", {"click_url_new": {"uniq": 1}}),
            400,
            "channels.1.fields.click_url_new.uniq: Input should be a valid boolean",
        ),
        (
            {"channels": [{"sid": "sms", "fields": {"sms_max_count": -1}}]},
            400,
            "channels.0.fields.sms_max_count: Input should be greater than or equal to 0",
        ),
        ({"is_draft": 1}, 400, "is_draft: Input should be a valid boolean"),
        ({"groups": ["main"]}, 400, "groups.0: Input should be a valid integer"),
        ({"groups": [0, 7]}, 404, "group 7"),
        ({"suppress_id": 9}, 404, "suppression list 9"),
        ({"suppress_id": 10**20}, 400, f"suppress_id: Input should be less than or equal to {LARGEST}"),
    ],
)
def test_what_does_not_exist_or_fit_is_refused(
    altcraft: Altcraft, body: dict[str, object], code: int, text: str
) -> None:
    before = template(altcraft, UNUSED)
    refusal = (code, f"{BEGINNINGS[code]}: {text}")
    assert altcraft.refused("/templates/add", **NEW | body) == refusal
    assert altcraft.refused("/templates/update", id=UNUSED, **NEW | body) == refusal
    assert altcraft.answer("/templates/list")["total_count"] == 27
    assert template(altcraft, UNUSED) == before


@pytest.mark.parametrize("path", ["get", "delete", "update"])
@pytest.mark.parametrize(
    ("number", "refusal"),
    [
        (None, (400, "Incorrect request: id: Field required")),
        ({}, (400, "Incorrect request: id: Input should be a valid integer")),
        (99, (404, "Object not found: template 99")),
    ],
)
def test_a_template_is_named_by_its_id(
    altcraft: Altcraft, path: str, number: object, refusal: tuple[int, str]
) -> None:
    assert altcraft.refused(f"/templates/{path}", **NEW, id=number) == refusal


def test_an_unknown_channel_to_show_is_refused(altcraft: Altcraft) -> None:
    refusal = (400, f"Incorrect request: channel_sid.0: Input should be {CHANNELS}")
    assert altcraft.refused("/templates/get", id=HELLO, channel_sid=["fax"]) == refusal
    refusal = (400, f"Incorrect request: channel: Input should be {CHANNELS}")
    assert altcraft.refused("/templates/list", channel="fax") == refusal


def test_a_token_of_a_group_sees_the_templates_of_the_group(altcraft: Altcraft) -> None:
    number = altcraft.data("/templates/add", token=SUBACCOUNT, **NEW)["saved_id"]
    assert template(altcraft, number)["groups"] == [{"id": 2, "name": "subaccount"}]
    assert ids(altcraft, token=SUBACCOUNT) == [1, 43, number]
    for path in ("get", "delete", "update"):
        refusal = altcraft.refused(f"/templates/{path}", token=SUBACCOUNT, id=UNUSED, **NEW)
        assert refusal == (404, f"Object not found: template {UNUSED}")


def test_a_token_names_nothing_that_it_does_not_see(altcraft: Altcraft) -> None:
    refusal = altcraft.refused("/templates/add", token=SUBACCOUNT, **NEW, suppress_id=3)
    assert refusal == (404, "Object not found: suppression list 3")
    refusal = altcraft.refused("/templates/add", token=SUBACCOUNT, **NEW, groups=[2, 0])
    assert refusal == (404, "Object not found: group 0")


@pytest.mark.parametrize("path", ["add", "update", "delete"])
def test_changing_needs_the_right_to_edit(altcraft: Altcraft, path: str) -> None:
    refusal = altcraft.refused(f"/templates/{path}", token=VIEW_ONLY, id=UNUSED, **NEW)
    assert refusal == (403, "Access denied")
    assert template(altcraft, UNUSED, token=VIEW_ONLY)["name"] == "Not used"
    assert len(ids(altcraft, token=VIEW_ONLY)) == 27
