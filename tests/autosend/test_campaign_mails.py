"""The mails of campaigns: their recipients, and their texts from templates and contacts.

https://docs.autosend.com/api-reference/campaigns/create and …/templates/update.
"""

from typing import Any

import pytest

from tests.autosend.campaigns import RELEASE, create
from tests.autosend.conftest import AutoSend


def to_list(autosend: AutoSend, *contacts: dict[str, Any]) -> str:
    """Create contacts in a new list, and return the list's id."""
    made = str(autosend.data("POST", "/contact-lists", {"name": "People"})["id"])
    for contact in contacts:
        autosend.data("POST", "/contacts", contact | {"listIds": [made]})
    return made


def sent(autosend: AutoSend, email: str, **settings: Any) -> dict[str, Any]:
    """Send a campaign, and return the mail to an address."""
    create(autosend, **RELEASE, **settings)
    autosend.advance("5m")
    [mail] = autosend.messages(email)
    return mail


def raw(autosend: AutoSend, mail: dict[str, Any]) -> str:
    return autosend.emulator.http.get(f"/_emulator/messages/{mail['id']}/raw").text


@pytest.mark.parametrize("email", ["n1@e.example", "n2@e.example", "n3@e.example"])
def test_a_mail_is_to_its_recipient_whatever_is_known_of_others(autosend: AutoSend, email: str) -> None:
    people = [{"email": "n1@e.example"}, {"email": "n2@e.example", "firstName": "Two"}]
    made = to_list(autosend, *people, {"email": "n3@e.example"})
    mail = sent(autosend, email, toLists=[made])
    assert [one["email"] for one in mail["to"]] == [email]
    to = next(line for line in raw(autosend, mail).splitlines() if line.startswith("To:"))
    assert to == ("To: Two <n2@e.example>" if email == "n2@e.example" else f"To: {email}")


def template(autosend: AutoSend, template_id: str) -> dict[str, Any]:
    found: dict[str, Any] = autosend.data("GET", f"/templates/{template_id}")
    return found


def test_html_that_overwrites_a_template_overwrites_its_text_and_keeps_its_preview(
    autosend: AutoSend,
) -> None:
    fields = {"templateName": "News", "subject": "News", "emailTemplate": "<p>old text</p>"}
    news = autosend.data("POST", "/templates", fields)["templateId"]
    autosend.data("PATCH", f"/templates/{news}/preview-text", {"previewText": "Soon"})
    made = to_list(autosend, {"email": "n1@e.example"})
    mail = sent(autosend, "n1@e.example", toLists=[made], templateId=news, htmlTemplate="<p>new text</p>")
    after = template(autosend, news)
    assert after["plainTextTemplate"] == "new text"
    assert "Soon" in after["emailTemplate"]
    assert mail["text"].startswith("new text")


@pytest.mark.parametrize(("own", "shown"), [("Ends tonight", "Ends tonight"), ("", "Soon")])
def test_its_own_preview_text_goes_before_the_one_in_its_template(
    autosend: AutoSend, own: str, shown: str
) -> None:
    fields = {"templateName": "News", "subject": "News", "emailTemplate": "<p>Hello</p>"}
    news = autosend.data("POST", "/templates", fields)["templateId"]
    autosend.data("PATCH", f"/templates/{news}/preview-text", {"previewText": "Soon"})
    made = to_list(autosend, {"email": "n1@e.example"})
    settings = {"htmlTemplate": None, "templateId": news, "previewText": own}
    mail = sent(autosend, "n1@e.example", toLists=[made], **settings)
    html = autosend.emulator.http.get(f"/_emulator/messages/{mail['id']}/html").text
    assert html.startswith(f'<div data-preview-text style="display:none">{shown}</div><p>Hello</p>')


def test_html_alone_has_a_text_beside_it(autosend: AutoSend) -> None:
    made = to_list(autosend, {"email": "n1@e.example"})
    mail = sent(autosend, "n1@e.example", toLists=[made], htmlTemplate="<p>Hello</p>")
    assert "Content-Type: text/plain" in raw(autosend, mail)
    assert mail["text"].startswith("Hello")


@pytest.mark.parametrize(("first_name", "said"), [("Real", "Real"), ("", "Shadow")])
def test_a_contact_s_own_name_goes_before_a_custom_field_of_that_name(
    autosend: AutoSend, first_name: str, said: str
) -> None:
    shadow = {"email": "n1@e.example", "firstName": first_name, "customFields": {"firstName": "Shadow"}}
    made = to_list(autosend, shadow)
    assert sent(autosend, "n1@e.example", toLists=[made], subject="{{firstName}}")["subject"] == said


def test_so_it_does_in_single_mails(autosend: AutoSend) -> None:
    shadow = {"email": "n1@e.example", "firstName": "Real", "customFields": {"firstName": "Shadow"}}
    autosend.data("POST", "/contacts", shadow)
    mail = {"from": {"email": "hello@example.org"}, "to": {"email": "n1@e.example"}}
    autosend.data("POST", "/mails/send", mail | {"subject": "{{firstName}}", "text": "Hi"})
    assert autosend.messages("n1@e.example")[0]["subject"] == "Real"


@pytest.mark.parametrize("gone", ["sender", "group"])
def test_a_draft_is_not_sent_with_what_was_deleted_since(autosend: AutoSend, gone: str) -> None:
    if gone == "sender":
        fields = {"name": "Ann", "email": "ann@example.org"}
        number = autosend.data("POST", "/senders", fields)["sender"]["id"]
        draft, path = create(autosend, fromSenderId=number), f"/senders/{number}"
        field, text = "fromSenderId", "Authenticated sender not found"
    else:
        code = autosend.data("POST", "/suppression-groups", {"name": "Offers"})["groupId"]
        draft, path = create(autosend, unsubscribeGroupId=code), f"/suppression-groups/{code}"
        field, text = "unsubscribeGroupId", "Suppression group not found"
    assert autosend.call("DELETE", path).status_code == 200
    answer = autosend.call("PATCH", f"/campaigns/{draft}", {"publish": True})
    assert answer.status_code == 400
    assert answer.json()["error"]["details"] == [{"field": field, "message": text}]
    assert autosend.data("GET", f"/campaigns/{draft}")[field] == path.rpartition("/")[2]
