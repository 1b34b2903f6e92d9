"""The values of variables in mails: https://docs.autosend.com/transactional-emails/variables."""

import json
from typing import Any

import pytest

from emulator.autosend import steering
from tests.autosend.conftest import AutoSend
from tests.autosend.test_emails import MAIL, send

NEWSLETTER, WELCOME = "A-0f1e2d3c4b5a69788796", "A-0f1e2d3c4b5a6978879a"
"""A template for marketing mail, and one for transactional mail."""
AS_JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    ("template", "data", "text"),
    [
        ("{{order.items.0.name}}", {"order": {"items": [{"name": "Pen"}]}}, "Pen"),
        ("{{#if paid}}thanks{{else}}please pay{{/if}}", {"paid": False}, "please pay"),
        ("{{#if paid}}thanks{{else}}please pay{{/if}}", {"paid": 1}, "thanks"),
        ('{{first_name | "there"}}', {"first_name": ""}, "there"),
        ('{{first_name | "there"}}', {"first_name": "Bo"}, "Bo"),
        ("{{#each items}}{{this}},{{/each}}", {"items": ["a", "b"]}, "a,b,"),
        ("{{x | \"say 'hi'\"}}", {}, "say 'hi'"),
        ("""{{x | '"hi" there'}}""", {}, '"hi" there'),
        ("{{x | ''}}", {}, ""),
        ("{{x | 1.50}}", {}, "1.50"),
        ("{{total}}", {"total": 12.0}, "12"),
        ("{{total}}", {"total": -0.0}, "0"),
        ("{{total}}", {"total": -12.5}, "-12.5"),
        ("{{total}}", {"total": 1e15}, "1000000000000000"),
        ("{{total}}", {"total": 1e21}, "1e+21"),
        ("{{total}}", {"total": 1.5e300}, "1.5e+300"),
        ("{{total}}", {"total": 1e-6}, "0.000001"),
        ("{{total}}", {"total": 1e-7}, "1e-7"),
        ("{{total}}", {"total": [-1.25e-9, 2**53]}, "-1.25e-9,9007199254740992"),
        ("{{total}}", {"total": 12345678901234567890}, "12345678901234567000"),
        ("{{total}}", {"total": 10**400}, "Infinity"),
        ("{{#if a}}1{{else if b}}2{{else}}3{{/if}}", {"b": True}, "2"),
        ("{{first-name}} {{名前}}", {"first-name": "Ada", "名前": "Bo"}, "Ada Bo"),
        ("a {{~n~}} b{{&n}}", {"n": "<"}, "a<b<"),
        ("{{#each l}}{{../n}}{{@root.n}}{{@index}} {{/each}}", {"n": 1, "l": ["x", "y"]}, "110 111 "),
        ("{{items.[0].n}}", {"items": [{"n": "Pen"}]}, "Pen"),
        (r"\{{n}} \\{{n}}", {"n": 1}, r"{{n}} \1"),
        ("{{#each l as |x i|}}{{i}}{{x}}{{/each}}", {"l": ["a"]}, "0a"),
        ('{{first_name|"there"}} {{~x | 1~}} !', {}, "there1!"),
        ('{{order.id | "none"}} {{this.x | "no"}}', {"order": {}}, "none no"),
    ],
)
def test_handlebars(autosend: AutoSend, template: str, data: dict[str, Any], text: str) -> None:
    send(autosend, to={"email": "new@example.com"}, text=template, html=None, dynamicData=data)
    assert autosend.messages("new@example.com")[0]["text"] == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("{{name}} {{ name }} {{{name}}} {{~name~}} !", "{{name}} {{ name }} {{{name}}}{{~name~}}!"),
        ("{{order.id}} {{order.a.[0]}} {{@root.name}}", "{{order.id}} {{order.a.[0]}} {{@root.name}}"),
        ("{{none}} {{#if none}}y{{else}}n{{/if}} {{none | 'f'}}", "{{none}} n f"),
        ("[{{empty}}] {{#if empty}}y{{else}}n{{/if}} {{empty | 'f'}}", "[] n f"),
        ("{{#each lines}}{{name}} {{../order.id}} {{sku}} {{/each}}", "{{name}} {{../order.id}} 7 "),
        ("{{#each nulls}}[{{this}}{{@nothing}}{{lookup ../order 'x'}}]{{/each}}", "[]"),
        ("{{#name}}x{{/name}}{{^name}}y{{/name}}", "y"),
    ],
)  # fmt: skip
def test_a_variable_without_a_value_stays_as_it_is_written(autosend: AutoSend, text: str, shown: str) -> None:
    data: dict[str, Any] = {"none": None, "empty": "", "order": {}, "lines": [{"sku": 7}], "nulls": [None]}
    one = {"to": {"email": "new@example.com"}, "text": text, "html": text, "trackingOpen": False}
    send(autosend, **one, dynamicData=data)
    (mail,) = autosend.messages("new@example.com")
    html = autosend.emulator.http.get(f"/_emulator/messages/{mail['id']}/html").text
    assert (mail["text"], html) == (shown, shown)


def test_an_empty_field_of_a_contact_is_no_value(autosend: AutoSend) -> None:
    text = "{{firstName}} {{lastName}} {{firstName | 'there'}}"
    autosend.data("POST", "/contacts/email", {"email": "new@example.com", "lastName": ""})
    send(autosend, to={"email": "new@example.com"}, text=text, html=None)
    assert autosend.messages("new@example.com")[0]["text"] == "{{firstName}} {{lastName}} there"


def test_html_is_escaped_and_other_texts_are_not(autosend: AutoSend) -> None:
    value = "<b>\"'`=&"
    one = {"subject": "{{n}}", "text": "{{n}}", "html": "{{n}}{{{n}}}{{&n}}", "trackingOpen": False}
    send(autosend, **one, dynamicData={"n": value})
    (mail,) = autosend.messages("ada@example.com")
    html = autosend.emulator.http.get(f"/_emulator/messages/{mail['id']}/html").text
    assert (mail["subject"], mail["text"]) == (value, value)
    assert html == f"&lt;b&gt;&quot;&#x27;&#x60;&#x3D;&amp;{value}{value}"


LOOPS = "{{#each a}}{{#each ../a}}{{#each ../../a}}{{/each}}{{/each}}{{/each}}"


@pytest.mark.parametrize(
    ("html", "data", "message"),
    [
        ("{{" * 10_000, {}, "Malformed template: line 1"),
        ("Hi\n{{#if a}}", {}, 'Malformed template: line 2 at "{{#if a}}": the block is never closed'),
        ("{{> footer}}", {}, "Malformed template: line 1"),
        ("{{upper name}}", {}, 'Malformed template: line 1 at "upper name}}": Missing helper: "upper"'),
        (LOOPS, {"a": list(range(200))}, "Template cannot be rendered: rendering takes too many steps"),
        ("{{a}}" * 100, {"a": "x" * 100_000}, "Template cannot be rendered: the rendered text is too long"),
        ("{{a}}", {"a": {"toString": 1}}, "Template cannot be rendered: an object with toString"),
    ],
    ids=["unclosed", "open block", "partial", "helper", "loops", "long", "no text"],
)
def test_a_mail_that_can_not_be_rendered_is_refused(
    autosend: AutoSend, html: str, data: dict[str, Any], message: str
) -> None:
    answer = autosend.call("POST", "/mails/send", MAIL | {"html": html, "dynamicData": data})
    assert answer.status_code == 400
    (detail,) = answer.json()["error"]["details"]
    assert detail["field"] == "html"
    assert detail["message"].startswith(message)
    assert autosend.messages("ada@example.com") == []


@pytest.mark.parametrize(
    ("subject", "data", "message"),
    [
        ("{{#each a}}{{this}}{{/each}}", {"a": list(range(1000))}, "rendering takes too many steps"),
        ("{{a}}", {"a": "x" * 20_001}, "the rendered text is too long"),
    ],
)
def test_a_subject_may_cost_little(
    autosend: AutoSend, subject: str, data: dict[str, Any], message: str
) -> None:
    answer = autosend.call("POST", "/mails/send", MAIL | {"subject": subject, "dynamicData": data})
    (detail,) = answer.json()["error"]["details"]
    assert detail["field"] == "subject"
    assert detail["message"].startswith(f"Template cannot be rendered: {message}")
    send(autosend, html=subject, dynamicData=data)


def test_the_values_of_each_recipient_of_a_batch_take_part(autosend: AutoSend) -> None:
    people = [{"email": "a@example.com"}, {"email": "b@example.com", "dynamicData": {"a": list(range(200))}}]
    answer = autosend.call("POST", "/mails/bulk", MAIL | {"html": LOOPS, "recipients": people})
    assert [detail["field"] for detail in answer.json()["error"]["details"]] == ["html"]
    assert autosend.messages("a@example.com") == []


def test_a_marketing_mail_with_a_link_in_any_form_gets_no_footer(autosend: AutoSend) -> None:
    html = "<p>{{{unsubscribe}}} {{& unsubscribe}} {{~unsubscribe~}} {{unsubscribe | 'x'}}</p>"
    send(autosend, templateId=NEWSLETTER, html=html)
    (mail,) = autosend.messages("ada@example.com")
    shown = autosend.emulator.http.get(f"/_emulator/messages/{mail['id']}/html").text
    assert shown.count("/unsubscribe/") == 4


def test_a_list_of_messages_renders_subjects_alone(
    autosend: AutoSend, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(autosend, subject="Order {{number}}", dynamicData={"number": 7})
    monkeypatch.delattr(steering, "rendered")
    found = autosend.emulator.http.get("/_emulator/messages", params={"recipient": "ada@example.com"}).json()
    assert [message["subject"] for message in found["messages"]] == ["Order 7"]


def test_a_number_that_is_too_large_is_infinite(autosend: AutoSend) -> None:
    body = json.dumps(MAIL | {"subject": "{{n}}", "dynamicData": {"n": "N"}}).replace('"N"', "-1e999")
    assert autosend.call("POST", "/mails/send", content=body, headers=AS_JSON).status_code == 200
    assert autosend.messages("ada@example.com")[0]["subject"] == "-Infinity"


def test_nested_variables_are_for_transactional_mail_alone(autosend: AutoSend) -> None:
    text = '{{order.id}} {{order.id | "none"}} {{#if order.id}}yes{{else}}no{{/if}} {{name}}'
    data = {"order": {"id": "A-77"}, "name": "Ada"}
    send(autosend, templateId=NEWSLETTER, subject=text, dynamicData=data)
    send(autosend, templateId=WELCOME, subject=text, dynamicData=data)
    marketing, transactional = (mail["subject"] for mail in autosend.messages("ada@example.com"))
    assert (marketing, transactional) == ("{{order.id}} none no Ada", "A-77 A-77 yes Ada")


TEMPLATE_TEXT = {"templateName": "T", "subject": "Hi", "emailTemplate": "<p>TEMPLATE</p>"}


def test_html_of_its_own_goes_without_the_text_of_the_template(autosend: AutoSend) -> None:
    made = autosend.data("POST", "/templates", TEMPLATE_TEXT)["templateId"]
    send(autosend, templateId=made, html="<p>OWN</p>", to={"email": "own@example.org"})
    [mail] = autosend.messages("own@example.org")
    assert "TEMPLATE" not in autosend.emulator.http.get(f"/_emulator/messages/{mail['id']}/raw").text


def test_html_of_its_own_does_not_care_for_errors_of_the_template(autosend: AutoSend) -> None:
    made = autosend.data("POST", "/templates", TEMPLATE_TEXT | {"emailTemplate": "{{#if"})["templateId"]
    assert send(autosend, templateId=made, html="<p>OWN</p>")
    answer = autosend.call("POST", "/mails/send", MAIL | {"templateId": made, "html": None, "subject": None})
    assert answer.status_code == 400
    assert [one["field"] for one in answer.json()["error"]["details"]] == ["templateId"]


def test_a_template_without_content_makes_no_mail(autosend: AutoSend) -> None:
    made = autosend.data("POST", "/templates", {"templateName": "T", "subject": "Hi"})["templateId"]
    answer = autosend.call("POST", "/mails/send", MAIL | {"templateId": made, "html": None})
    assert answer.status_code == 400
    assert [one["field"] for one in answer.json()["error"]["details"]] == ["html"]
