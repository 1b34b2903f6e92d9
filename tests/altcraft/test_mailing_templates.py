"""Mailings send templates that exist and are no drafts: when they are made, changed and started."""

from typing import Any

import pytest

from tests.altcraft.conftest import SUBACCOUNT, Altcraft
from tests.altcraft.test_runs import messages

DRAFT, UNKNOWN = 9, 99
SETTINGS: dict[str, Any] = {"name": "News", "data_type": "list", "data_id": 1, "send_channel": "email"}
EMAIL = {"sid": "email", "fields": {"subject": "Hello"}}
NOT_FOUND = (404, f"Object not found: template {UNKNOWN}")
A_DRAFT = (400, f"Incorrect request: template {DRAFT} is a draft")


def content(*templates: int) -> dict[str, Any]:
    return SETTINGS | {"content": [{"message_id": number} for number in templates]}


def broadcast(altcraft: Altcraft, *templates: int, **more: Any) -> int:
    return int(altcraft.data("/campaigns/broadcasts/add", **content(*templates), **more)["saved_id"])


def template(altcraft: Altcraft) -> int:
    return int(altcraft.data("/templates/add", name="Mine", channels=[EMAIL])["saved_id"])


@pytest.mark.parametrize(
    ("templates", "refusal"), [((UNKNOWN,), NOT_FOUND), ((DRAFT,), A_DRAFT), ((21, UNKNOWN), NOT_FOUND)]
)
def test_a_mailing_is_made_and_changed_with_templates_that_can_be_sent(
    altcraft: Altcraft, templates: tuple[int, ...], refusal: tuple[int, str]
) -> None:
    before = altcraft.data("/campaigns/broadcasts/get", id=12)
    total = altcraft.answer("/campaigns/list")["total_count"]
    assert altcraft.refused("/campaigns/broadcasts/add", **content(*templates)) == refusal
    assert altcraft.refused("/campaigns/broadcasts/update", id=12, **content(*templates)) == refusal
    assert altcraft.data("/campaigns/broadcasts/get", id=12) == before
    assert altcraft.answer("/campaigns/list")["total_count"] == total


def test_a_token_names_no_template_that_it_does_not_see(altcraft: Altcraft) -> None:
    body = content(21) | {"data_id": 2}
    refusal = altcraft.refused("/campaigns/broadcasts/add", token=SUBACCOUNT, **body)
    assert refusal == (404, "Object not found: template 21")


def start(altcraft: Altcraft, path: str, mailing: int) -> tuple[int, str]:
    return altcraft.refused(path, id=mailing, run_now=True)


@pytest.mark.parametrize("path", ["/campaigns/broadcasts/start", "/campaigns/activate/"])
def test_a_mailing_whose_template_became_a_draft_is_not_started(altcraft: Altcraft, path: str) -> None:
    number = template(altcraft)
    mailing = broadcast(altcraft, number, is_active=True)
    altcraft.data("/templates/update", id=number, name="Mine", channels=[EMAIL], is_draft=True)
    refusal = (400, f"Incorrect request: template {number} is a draft")
    assert start(altcraft, path, mailing) == refusal
    assert (altcraft.status(mailing), altcraft.log(mailing)) == ("Active", [])
    altcraft.data("/templates/update", id=number, name="Mine", channels=[EMAIL], is_draft=False)
    altcraft.data(path, id=mailing, run_now=True)
    assert len(messages(altcraft.emulator, mailing)) == 40


def test_a_mailing_whose_template_was_deleted_is_not_launched(altcraft: Altcraft) -> None:
    number = template(altcraft)
    mailing = broadcast(altcraft, number)
    altcraft.data("/templates/delete", id=number)
    refusal = (404, f"Object not found: template {number}")
    assert start(altcraft, "/campaigns/activate/", mailing) == refusal
    assert altcraft.status(mailing) == "Inactive"


def test_a_scheduled_start_without_its_template_is_an_error_in_the_log(altcraft: Altcraft) -> None:
    number = template(altcraft)
    mailing = broadcast(altcraft, number, is_active=True, start_schedule={"start_mins": [0, 45]})
    altcraft.data("/templates/update", id=number, name="Mine", channels=[EMAIL], is_draft=True)
    altcraft.advance("20m")
    (line,) = altcraft.data("/campaigns/log_v2", id=mailing)
    assert line == {
        "level": "ERROR",
        "message": f"Incorrect request: template {number} is a draft",
        "state": "",
        "time": "2026-03-15T14:45:00.000Z",
        "value": "",
    }
    altcraft.data("/templates/update", id=number, name="Mine", channels=[EMAIL], is_draft=False)
    altcraft.advance("15m")
    assert len(messages(altcraft.emulator, mailing)) == 40


def test_a_refused_template_in_xml(altcraft: Altcraft) -> None:
    body = "<id>12</id><name>News</name><data_type>list</data_type><data_id>1</data_id>"
    answer = altcraft.xml(
        "/campaigns/broadcasts/update", f"{body}<content array='true'><message_id>9</message_id></content>"
    ).text
    assert answer == (
        "<xml><data/><error>400</error>"
        "<error_text>Incorrect request: template 9 is a draft</error_text></xml>"
    )
