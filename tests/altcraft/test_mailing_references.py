"""References of mailings must exist: https://guides.altcraft.com/en/developer-guide/campaigns."""

from typing import Any

import pytest

from tests.altcraft.conftest import Altcraft
from tests.altcraft.test_mailing_settings import BROADCAST

TRIGGER = {"list_id": 1, "trigger_type": "api_call"}
WAYS = [
    ("/campaigns/broadcasts/add", BROADCAST),
    ("/campaigns/broadcasts/update", BROADCAST | {"id": 34}),
    ("/campaigns/regulars/add/", BROADCAST),
    ("/campaigns/regulars/update", BROADCAST | {"id": 41}),
    ("/campaigns/triggers/add/", BROADCAST | TRIGGER),
    ("/campaigns/triggers/update/", BROADCAST | TRIGGER | {"id": 27}),
]
UNKNOWN = [
    ({"virtual_sender_id": 999}, "virtual sender 999"),
    ({"virtual_sender_id": -1}, "virtual sender -1"),
    ({"resource_id": 999}, "resource 999"),
    ({"content": [{"message_id": 999}]}, "template 999"),
]


def asked(body: dict[str, Any], path: str) -> dict[str, Any]:
    return {name: value for name, value in body.items() if "update" not in path or name != "send_channel"}


@pytest.mark.parametrize(("path", "body"), WAYS, ids=[path for path, _ in WAYS])
@pytest.mark.parametrize(("named", "missing"), UNKNOWN, ids=[missing for _, missing in UNKNOWN])
def test_what_is_not_there_is_refused_and_nothing_changes(
    altcraft: Altcraft, path: str, body: dict[str, Any], named: dict[str, Any], missing: str
) -> None:
    before = altcraft.answer("/campaigns/list")
    refused = altcraft.refused(path, **asked(body, path) | named)
    assert refused == (404, f"Object not found: {missing}")
    assert altcraft.answer("/campaigns/list") == before


@pytest.mark.parametrize(("path", "body"), WAYS, ids=[path for path, _ in WAYS])
@pytest.mark.parametrize("named", [{"virtual_sender_id": 1, "resource_id": 1}, {"virtual_sender_id": 0}])
def test_what_is_there_is_stored(
    altcraft: Altcraft, path: str, body: dict[str, Any], named: dict[str, Any]
) -> None:
    saved = altcraft.data(path, **asked(body, path) | named)["saved_id"]
    found = altcraft.data("/campaigns/get", id=saved)
    assert {name: found[name] for name in named} == named


@pytest.mark.parametrize(("path", "body"), WAYS[:4], ids=[path for path, _ in WAYS[:4]])
@pytest.mark.parametrize("name", ["watched_list_id", "watcher_list_id"])
def test_the_database_of_watchers_has_to_be_there(
    altcraft: Altcraft, path: str, body: dict[str, Any], name: str
) -> None:
    refused = altcraft.refused(path, **asked(body, path), **{name: 999})
    assert refused == (404, "Object not found: database 999")


def segment(altcraft: Altcraft) -> int:
    return int(altcraft.data("/segments/add/", name="Mine", is_static=True, list_id=1)["saved_id"])


def virtual_sender(altcraft: Altcraft) -> int:
    return int(altcraft.data("/vsenders/add", name="Mine", email_rules=[], sms_rules=[])["saved_id"])


@pytest.fixture(params=["segment", "virtual sender"])
def gone(altcraft: Altcraft, request: pytest.FixtureRequest) -> tuple[dict[str, Any], str]:
    """Return settings with a segment or a virtual sender, and the name by which a refusal calls it."""
    if request.param == "segment":
        number = segment(altcraft)
        return {"data_type": "segment", "data_id": number}, f"segment {number}"
    number = virtual_sender(altcraft)
    return {"virtual_sender_id": number}, f"virtual sender {number}"


def delete(altcraft: Altcraft, what: str) -> None:
    kind, number = what.rsplit(" ", 1)
    altcraft.answer("/vsenders/delete" if kind == "virtual sender" else "/segments/delete", id=int(number))


@pytest.mark.parametrize("kind", ["broadcasts", "regulars"])
@pytest.mark.parametrize("launch", ["activate/", "start"])
def test_a_mailing_is_not_launched_without_what_was_deleted(
    altcraft: Altcraft, gone: tuple[dict[str, Any], str], kind: str, launch: str
) -> None:
    settings, missing = gone
    body = BROADCAST | settings
    mailing = altcraft.data(f"/campaigns/{kind}/add" + "/" * (kind == "regulars"), **body)["saved_id"]
    delete(altcraft, missing)
    if launch == "start":
        altcraft.data("/campaigns/activate/", id=mailing)
    path = launch if launch == "activate/" else f"{kind}/start"
    refused = altcraft.refused(f"/campaigns/{path}", id=mailing, run_now=True)
    assert refused == (404, f"Object not found: {missing}")
    assert altcraft.log(mailing) == []


def test_a_scheduled_start_without_what_was_deleted_is_an_error_in_the_log(
    altcraft: Altcraft, gone: tuple[dict[str, Any], str]
) -> None:
    settings, missing = gone
    body = BROADCAST | settings | {"start_schedule": {"start_mins": [45]}}
    mailing = altcraft.data("/campaigns/regulars/add/", **body)["saved_id"]
    delete(altcraft, missing)
    altcraft.data("/campaigns/activate/", id=mailing)
    altcraft.advance("20m")
    assert altcraft.log(mailing) == [f"Object not found: {missing}"]
    assert altcraft.status(mailing) == "Active"


def test_a_mailing_whose_segment_was_deleted_is_launched_for_another_audience(altcraft: Altcraft) -> None:
    number = segment(altcraft)
    body = BROADCAST | {"data_type": "segment", "data_id": number}
    mailing = altcraft.data("/campaigns/broadcasts/add", **body)["saved_id"]
    altcraft.answer("/segments/delete", id=number)
    instead = {"override_source_type": "list", "override_source_id": 1}
    altcraft.data("/campaigns/activate/", id=mailing, run_now=True, **instead)
    assert altcraft.status(mailing) == "Running"


@pytest.mark.parametrize("path", ["start/", "start_batch"])
def test_a_trigger_is_not_started_without_its_virtual_sender(altcraft: Altcraft, path: str) -> None:
    number = virtual_sender(altcraft)
    body = BROADCAST | TRIGGER | {"virtual_sender_id": number}
    trigger = altcraft.data("/campaigns/triggers/add/", **body)["saved_id"]
    altcraft.answer("/vsenders/delete", id=number)
    altcraft.data("/campaigns/activate/", id=trigger)
    whom = {"email": "ann@example.com"}
    refused = altcraft.refused(
        f"/campaigns/triggers/{path}", id=trigger, trigger_id=trigger, data=[whom], **whom
    )
    assert refused == (404, f"Object not found: virtual sender {number}")
