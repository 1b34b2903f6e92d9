"""The values of variables in mails: https://docs.autosend.com/guides/variables."""

import json
from typing import Any

import pytest

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
    ],
)
def test_handlebars(autosend: AutoSend, template: str, data: dict[str, Any], text: str) -> None:
    send(autosend, to={"email": "new@example.com"}, text=template, html=None, dynamicData=data)
    assert autosend.messages("new@example.com")[0]["text"] == text


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
    assert (marketing, transactional) == (" none no Ada", "A-77 A-77 yes Ada")
