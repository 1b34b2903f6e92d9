"""The recount of a segment: the result for each database, and where it is sent."""

from typing import Any

import pytest

from tests.altcraft.conftest import SUBACCOUNT, Altcraft
from tests.altcraft.test_segments import added, item, rule
from tests.receiver import receiving

EVERYBODY = rule("email", "exist", "email")


def recounted(altcraft: Altcraft, segment: int, **said: Any) -> list[tuple[int, int]]:
    """Recount a segment; return how many mails would reach its people in each database."""
    task = altcraft.data("/segments/refresh_counters", id=segment, resource_id=1, **said)["task_id"]
    altcraft.advance("1s")
    rows = altcraft.data("/tasks/status", task_id=task)["result"]
    return [(row["list_id"], row["channels"][0]["status"]["subscribed_sendable"]) for row in rows]


@pytest.mark.parametrize(
    ("said", "rows"),
    [({}, [(1, 40), (2, 0)]), ({"db_id": 1}, [(1, 40)]), ({"list_id": 2}, [(2, 0)])],
)
def test_each_database_of_a_segment_has_a_row(
    altcraft: Altcraft, said: dict[str, Any], rows: list[tuple[int, int]]
) -> None:
    segment = added(altcraft, item(EVERYBODY), item(EVERYBODY, list_id=2), is_static=True)
    assert recounted(altcraft, segment, **said) == rows


def test_the_result_is_sent_where_the_client_says(altcraft: Altcraft) -> None:
    with receiving() as receiver:
        feedback = {"type": "JSON", "url": receiver.url}
        task = altcraft.data("/segments/refresh_counters", id=5, resource_id=1, feedback=feedback)["task_id"]
        altcraft.advance("1s")
        sent = receiver.requests[0].json
    assert (sent["task_id"], sent["status"]) == (task, "completed")
    assert [row["list_id"] for row in sent["result"]] == [1]


@pytest.mark.parametrize(
    ("feedback", "reason"),
    [
        ({"url": "ftp://example.com"}, "feedback.url: must "),
        ({"type": "XML", "url": "http://127.0.0.1:1/"}, "feedback.type: Input should be 'JSON'"),
        ({"type": "JSON"}, "feedback.url: Field required"),
    ],
)
def test_feedback_that_can_not_be_is_refused(
    altcraft: Altcraft, feedback: dict[str, Any], reason: str
) -> None:
    code, text = altcraft.refused("/segments/refresh_counters", id=5, resource_id=1, feedback=feedback)
    assert code == 400
    assert text.startswith(f"Incorrect request: {reason}")


@pytest.mark.parametrize("path", ["/segments/get_counters", "/segments/refresh_counters"])
def test_people_of_a_database_that_the_token_does_not_see_are_not_counted(
    altcraft: Altcraft, path: str
) -> None:
    altcraft.emulator.query("UPDATE altcraft_segment SET groups = '[2]' WHERE id = 3")
    refused = altcraft.refused(path, token=SUBACCOUNT, id=3, resource_id=24)
    assert refused == (404, "Object not found: database 1")
