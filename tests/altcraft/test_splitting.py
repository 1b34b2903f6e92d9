"""The history of a profile that is split into several: each has a copy."""

from typing import Any

from tests.altcraft.conftest import Altcraft
from tests.altcraft.test_merging import BOB, NEW, members, merge, person, split
from tests.altcraft.test_runs import messages

EVENTS = ("action", "datetime", "campaign_id", "message_id", "goal", "channel")


def told(altcraft: Altcraft, one: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Return the history of a profile, without the changes of the test itself."""
    rows = altcraft.data("/subscribers/history_get", list_id=one["database_id"], profile_id=one["id"])
    return [tuple(map(row.get, EVENTS)) for row in rows if row["datetime"] < "2026-03-15T14:30"]


def flags(altcraft: Altcraft, one: dict[str, Any]) -> dict[str, Any]:
    shown = altcraft.data("/profiles/get/", db_id=one["database_id"], profile_id=one["id"])
    return {name: value for name, value in shown.items() if name.endswith(("_exist", "_date"))}


OTHER = {"db_id": 1, "email": "other@example.com"}


def test_a_split_copies_the_history_with_its_flags_into_each_destination(altcraft: Altcraft) -> None:
    bob = person(altcraft, **BOB)
    before, shown = told(altcraft, bob), flags(altcraft, bob)
    assert {action for action, *_ in before} > {"send", "open"}
    made = split(altcraft, BOB, [OTHER, NEW])
    assert [told(altcraft, one) for one in (bob, *made)] == [before] * 3
    assert [flags(altcraft, one) for one in (bob, *made)] == [shown] * 3
    ever = {"date_from": "2026-01-01", "date_to": "2026-12-31"}
    rows = altcraft.data("/subscribers/history_get_all", list_id=1, limit=10_000, **ever)
    ids = [row["event_id"] for row in rows]
    assert len(set(ids)) == len(ids)


def test_a_split_without_history_copies_none(altcraft: Altcraft) -> None:
    bob = person(altcraft, **BOB)
    before = told(altcraft, bob)
    (made,) = split(altcraft, BOB, [OTHER], history=False)
    assert (told(altcraft, bob), told(altcraft, made)) == (before, [])


def test_queries_and_segments_find_by_a_copied_history(altcraft: Altcraft) -> None:
    (made,) = split(altcraft, BOB, [OTHER])
    opened = altcraft.data("/profiles/list", db_id=1, query={"_open_exist": True}, fields=["id"])
    assert made["id"] in [row["id"] for row in opened]
    rule = {"compo": "default", "type": "action", "name": "open", "operator": "exist", "value": []}
    item = {"condition": "and", "list_id": 1, "queries": [rule]}
    segment = altcraft.data("/segments/add/", name="Opened", segment=[item], is_static=True)["saved_id"]
    assert made["id"] in members(altcraft, segment)


def open_it(altcraft: Altcraft, message: Any) -> None:
    path = f"/_emulator/messages/{message['id']}/status"
    altcraft.emulator.http.post(path, json={"status": "opened"}).raise_for_status()


def test_what_happens_after_a_split_is_not_in_the_copy(altcraft: Altcraft) -> None:
    message = messages(altcraft.emulator, 42)[0]
    source = {"db_id": 3, "profile_id": message["provider_ids"]["profile_id"]}
    (made,) = split(altcraft, source, [NEW])
    before = flags(altcraft, made)
    open_it(altcraft, message)
    assert flags(altcraft, person(altcraft, id=source["profile_id"]))["_open_exist"] is True
    assert flags(altcraft, made) == before


def test_of_two_copies_that_are_merged_the_later_one_stays(altcraft: Altcraft) -> None:
    message = messages(altcraft.emulator, 42)[0]
    source = {"db_id": 3, "profile_id": message["provider_ids"]["profile_id"]}
    (early,) = split(altcraft, source, [NEW])
    open_it(altcraft, message)
    (late,) = split(altcraft, source, [OTHER | {"db_id": 3}])
    before = flags(altcraft, late)
    assert before["_open_exist"] is True
    by_id = [{"db_id": one["database_id"], "profile_id": one["id"]} for one in (early, late)]
    assert flags(altcraft, merge(altcraft, by_id[:1], by_id[1])) == before


def test_a_history_that_is_copied_or_merged_again_is_not_doubled(altcraft: Altcraft) -> None:
    bob = person(altcraft, **BOB)
    before = told(altcraft, bob)
    for _ in range(2):
        (made,) = split(altcraft, BOB | {"matching": "profile_id", "profile_id": bob["id"]}, [OTHER])
    assert told(altcraft, made) == before
    (further,) = split(altcraft, OTHER, [NEW])
    assert told(altcraft, further) == before
    assert told(altcraft, merge(altcraft, [OTHER, NEW], {"db_id": 1, "profile_id": bob["id"]})) == before
