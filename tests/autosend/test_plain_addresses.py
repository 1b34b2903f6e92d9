"""Addresses of mails that are texts, where a setting lets them be."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.autosend.conftest import AutoSend
from tests.autosend.inbound import FIXTURE, HELP, MESSAGES
from tests.conftest import Emulator, in_process

MAIL = {"from": "hello@example.com", "subject": "Order", "text": "It is on its way."}
COPIES = {"cc": ["team@example.com", {"email": "boss@example.com"}], "bcc": ["hidden@example.com"]}
ROLES = [
    ("ada@example.com", "to"),
    ("team@example.com", "cc"),
    ("boss@example.com", "cc"),
    ("hidden@example.com", "bcc"),
]


@pytest.fixture(scope="module")
def lenient() -> Iterator[Emulator]:
    with in_process(autosend_plain_addresses=True) as emulator:
        yield emulator


@pytest.fixture
def autosend(lenient: Emulator) -> AutoSend:
    lenient.reset()
    lenient.calm("autosend")
    return AutoSend(lenient)


def roles(autosend: AutoSend, *emails: str) -> list[tuple[str, str]]:
    return [(one["recipient"], one["role"]) for email in emails for one in autosend.messages(email)]


@pytest.mark.parametrize("to", ["ada@example.com", ["ada@example.com"], {"email": "ada@example.com"}])
def test_a_mail(autosend: AutoSend, to: object) -> None:
    autosend.data("POST", "/mails/send", MAIL | COPIES | {"to": to, "replyTo": "desk@example.com"})
    assert roles(autosend, *(email for email, _ in ROLES)) == ROLES
    (sent,) = autosend.messages("ada@example.com")
    assert (sent["sender"], sent["headers"]["Reply-To"]) == ("hello@example.com", "desk@example.com")


def test_a_batch(autosend: AutoSend) -> None:
    autosend.data("POST", "/mails/bulk", MAIL | {"recipients": [{"email": "ada@example.com"} | COPIES]})
    assert roles(autosend, *(email for email, _ in ROLES)) == ROLES


def test_a_reply(autosend: AutoSend) -> None:
    body = {"from": HELP, "text": "It is on its way."} | COPIES
    autosend.data("POST", f"{MESSAGES}/{FIXTURE}/reply", body, status=202)
    assert roles(autosend, *(email for email, _ in ROLES)) == ROLES


@pytest.mark.parametrize(
    ("change", "field"),
    [({"to": "ada"}, "to.email"), ({"cc": ["ada"]}, "cc.0.email"), ({"from": ""}, "from.email")],
)
def test_what_is_no_address(autosend: AutoSend, change: dict[str, Any], field: str) -> None:
    answer = autosend.call("POST", "/mails/send", MAIL | {"to": "ada@example.com"} | change)
    details = [{"field": field, "message": "Invalid email format"}]
    assert (answer.status_code, answer.json()["error"]["details"]) == (400, details)
