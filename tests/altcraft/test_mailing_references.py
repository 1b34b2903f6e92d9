"""What mailings name must be there: https://guides.altcraft.com/en/developer-guide/campaigns."""

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
