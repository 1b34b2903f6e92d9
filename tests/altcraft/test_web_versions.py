"""The web version of a message, by any form of its id."""

from typing import Any

import pytest

from tests.altcraft.conftest import SUBACCOUNT, VIEW_ONLY, Altcraft
from tests.altcraft.messages import sent

APP, TEXTS = 26, 36
PATH = "/webver/get"


def mail_to_ann(altcraft: Altcraft) -> Any:
    return sent(altcraft, {"subject": "Hello {lead._fname}", "html": "<p>{lead._fname}</p>"})[0]


def test_the_web_version_of_a_mail(altcraft: Altcraft) -> None:
    fields = {
        "subject": "Hello {lead._fname}",
        "html": "<p>Hi</p>",
        "text": "Hi",
        "from_email": "me@example.com",
        "from_name": "Me",
        "replyto_email": "you@example.com",
        "replyto_name": "You",
    }
    ann, _ = sent(altcraft, fields)
    assert altcraft.answer(PATH, send_message_id=ann["provider_id"]) == {
        "data": {
            "createtime": "2026-03-15T14:30:00.000Z",
            "email": fields | {"subject": "Hello Ann"},
        },
        "error": 0,
        "error_text": "Successful operation",
    }


def test_the_web_version_of_an_sms(altcraft: Altcraft) -> None:
    ann, _ = sent(altcraft, {"sms": "Hi {lead._fname}"}, "sms", resource_id=TEXTS)
    shown = altcraft.data(PATH, send_message_id=ann["provider_id"])
    assert shown == {"createtime": "2026-03-15T14:30:00.000Z", "sms": {"text": "Hi Ann"}}


def test_the_web_version_of_a_push(altcraft: Altcraft) -> None:
    fields = {"title": "Hi", "body": "For {lead._fname}", "icon": "", "click_url": "https://example.com"}
    ann, _ = sent(altcraft, fields, "push", resource_id=APP)
    shown = altcraft.data(PATH, send_message_id=ann["provider_id"])
    assert shown["push"] == fields | {"body": "For Ann"}


def readable(message: Any) -> str:
    """Return the readable id of a message, which is in hex digits."""
    ids = message["provider_ids"]
    mailing, template = int(ids["campaign_id"]), int(ids["message_id"])
    return f"{ids['launch_id'][16:]}a1_{mailing:x}_{template:x}_1_3_2.{ids['profile_id']}"


def test_all_forms_of_the_id_name_the_message(altcraft: Altcraft) -> None:
    ann = mail_to_ann(altcraft)
    forms = [*(prefix + ann["provider_id"][1:] for prefix in "umfw"), readable(ann)]
    for form in forms:
        assert altcraft.data(PATH, send_message_id=form)["email"]["html"] == "<p>Ann</p>"


def test_the_web_version_is_that_of_the_run(altcraft: Altcraft) -> None:
    ann = mail_to_ann(altcraft)
    for path in ("/campaigns/delete", "/templates/delete"):
        number = ann["provider_ids"]["campaign_id"] if path == "/campaigns/delete" else 47
        altcraft.answer(path, id=number)
    shown = altcraft.data(PATH, send_message_id=ann["provider_id"])
    assert shown["email"]["subject"] == "Hello Ann"


@pytest.mark.parametrize(
    ("number", "refusal"),
    [
        (None, (400, "Incorrect request: send_message_id: Field required")),
        (7, (400, "Incorrect request: send_message_id: Input should be a valid string")),
        ("AbCdEf0123", (404, "Object not found: message AbCdEf0123")),
        ("u" * 49, (404, f"Object not found: message {'u' * 49}")),
        ("\0", (404, "Object not found: message \0")),
    ],
)
def test_what_names_no_message_is_refused(
    altcraft: Altcraft, number: object, refusal: tuple[int, str]
) -> None:
    assert altcraft.refused(PATH, send_message_id=number) == refusal


def test_a_message_that_was_not_sent_has_no_web_version(altcraft: Altcraft) -> None:
    params: dict[str, Any] = {"job": "altcraft/mailing/15", "status": "queued", "limit": 1}
    (queued,) = altcraft.emulator.http.get("/_emulator/messages", params=params).json()["messages"]
    refusal = (404, f"Object not found: message {queued['provider_id']}")
    assert altcraft.refused(PATH, send_message_id=queued["provider_id"]) == refusal


def test_a_message_whose_recipient_was_deleted_before_it_left_has_no_web_version(altcraft: Altcraft) -> None:
    params: dict[str, Any] = {"job": "altcraft/mailing/15", "status": "queued", "limit": 1}
    (queued,) = altcraft.emulator.http.get("/_emulator/messages", params=params).json()["messages"]
    altcraft.answer("/profiles/delete", db_id=1, email=queued["recipient"])
    refusal = (404, f"Object not found: message {queued['provider_id']}")
    assert altcraft.refused(PATH, send_message_id=queued["provider_id"]) == refusal


def test_a_token_sees_the_messages_of_its_mailings(altcraft: Altcraft) -> None:
    ann = mail_to_ann(altcraft)
    refusal = altcraft.refused(PATH, token=SUBACCOUNT, send_message_id=ann["provider_id"])
    assert refusal == (404, f"Object not found: message {ann['provider_id']}")
    altcraft.data("/campaigns/activate/", token=SUBACCOUNT, id=70, run_now=True)
    altcraft.advance("1m")
    params: dict[str, Any] = {"job": "altcraft/mailing/70", "limit": 1}
    (first,) = altcraft.emulator.http.get("/_emulator/messages", params=params).json()["messages"]
    shown = altcraft.data(PATH, token=SUBACCOUNT, send_message_id=first["provider_id"])
    assert shown["email"]["subject"] == "Dear partner"


@pytest.mark.slow
def test_looking_needs_the_right_to_view_mailings(altcraft: Altcraft) -> None:
    ann = mail_to_ann(altcraft)
    number = ann["provider_id"]
    assert altcraft.data(PATH, token=VIEW_ONLY, send_message_id=number)["email"]["subject"] == "Hello Ann"
    account = """
user: olga@example.com
pace: 1
tokens: [{token: "00000000000000000000000000000001", rights: [templates.view]}]
groups: [{id: 0, name: main}]
"""
    box = altcraft.emulator.sandbox()
    seeded = box.control("POST", "/seed", json={"fixtures": {"altcraft": account}}).json()
    token = seeded["environment"]["ALTCRAFT_TOKEN"]
    answer = box.http.post(f"/api/v1.1{PATH}", json={"token": token, "send_message_id": number}).json()
    assert (answer["error"], answer["error_text"]) == (403, "Access denied")


def test_a_web_version_in_xml(altcraft: Altcraft) -> None:
    ann, _ = sent(altcraft, {"sms": "Hi & bye"}, "sms", resource_id=TEXTS)
    answer = altcraft.xml(PATH, f"<send_message_id>{ann['provider_id']}</send_message_id>").text
    assert answer == (
        "<xml><data><createtime>2026-03-15T14:30:00.000Z</createtime><sms><text>Hi &amp; bye</text></sms>"
        "</data><error>0</error><error_text>Successful operation</error_text></xml>"
    )
