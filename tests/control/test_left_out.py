"""Whom campaigns and mailings left out, and why, as the details of a job tell it."""

from typing import Any

import pytest

from tests.conftest import Sandbox
from tests.control.test_jobs import box, job, steer

__all__ = ["box"]

ANN, BOB, CAT, NEW = (f"{name}@example.com" for name in ("ann", "bob", "cat", "new"))
NOW, RELEASED = "2026-03-15T14:30:00.000Z", "2026-03-15T14:32:00.000Z"
PHONES = ["380670000011", "380670000012", "380670000013"]
DRAFT = "66a0c1d2e3f4a5b6c7d80001"
NOBODY = {"total": 0, "reasons": {}, "recipients": []}


def autosend(box: Sandbox, method: str, path: str, **body: Any) -> Any:
    answer = box.http.request(method, f"/v1{path}", json=body, headers=box.autosend)
    assert answer.is_success, answer.text
    return answer.json().get("data")


def rcs(box: Sandbox, path: str, **body: Any) -> Any:
    answer = box.http.post(f"/api{path}", json=body, headers=box.rcs)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


def altcraft(box: Sandbox, path: str, **body: Any) -> Any:
    answer = box.http.post(f"/api/v1.1{path}", json=body, headers=box.altcraft).json()
    assert answer["error"] == 0, answer
    return answer


def list_of(box: Sandbox, *emails: str) -> str:
    made = str(autosend(box, "POST", "/contact-lists", name=" ".join(emails))["id"])
    autosend(box, "POST", "/contact-lists/contacts/bulk-add", contactListId=made, emails=emails)
    return made


def campaign(box: Sandbox, to: str, **settings: Any) -> str:
    """Release a campaign to a list; return its name as a job."""
    draft = {"name": "n", "subject": "s", "htmlTemplate": "<p>Hi</p>", "toLists": [to]}
    made = autosend(box, "POST", "/campaigns", **draft, publish=True, sendNow=True, **settings)["id"]
    box.advance("2m")
    return f"autosend/campaign/{made}"


def sent(box: Sandbox, *phones: str) -> str:
    """Create an RCS campaign; return its name as a job."""
    content = {"phones": [{"number": phone} for phone in phones], "options": {"text": "Hi"}}
    made = rcs(box, "/campaigns/rcs/send", sender="my_agent", **content)
    return f"rcs/campaign/{made['id']}"


def stop(box: Sandbox, *phones: str) -> None:
    rcs(box, "/stoplist/attach", phones=[int(phone) for phone in phones], types=["rcs"])


def mailing(box: Sandbox, **settings: Any) -> str:
    """Launch a broadcast to the 41 customers; return its name as a job."""
    body: dict[str, Any] = {"data_type": "list", "data_id": 1, "send_channel": "email"}
    body |= {"content": [{"message_id": 7}]} | settings
    made = altcraft(box, "/campaigns/broadcasts/add", name="News", **body)["data"]["saved_id"]
    altcraft(box, "/campaigns/activate/", id=made, run_now=True)
    return f"altcraft/mailing/{made}"


def left_out(box: Sandbox, name: str) -> list[tuple[str, str]]:
    """Return who was left out, and why; the totals agree."""
    found = job(box, name)["left_out"]
    pairs = [(one["recipient"], one["reason"]) for one in found["recipients"]]
    reasons = [reason for _, reason in pairs]
    assert found["reasons"] == {reason: reasons.count(reason) for reason in dict.fromkeys(reasons)}
    assert found["total"] == len(pairs)
    return pairs


def test_a_campaign_of_autosend_tells_whom_suppressions_and_excluded_lists_left_out(box: Sandbox) -> None:
    people, staff = list_of(box, ANN, BOB, CAT), list_of(box, CAT)
    autosend(box, "POST", "/suppression-groups/emails/suppress", emails=[BOB], groupId="7QK2M")
    name = campaign(box, people, excludeLists=[staff], unsubscribeGroupId="7QK2M")
    assert left_out(box, name) == [
        (CAT, "an excluded list"),
        (BOB, "MANUAL in the suppression group Newsletter"),
    ]
    assert {one["at"] for one in job(box, name)["left_out"]["recipients"]} == {RELEASED}


def test_who_unsubscribed_or_was_deleted_while_a_campaign_is_sent_is_told_too(box: Sandbox) -> None:
    name = campaign(box, list_of(box, ANN, BOB, CAT))
    autosend(box, "POST", "/suppression-groups/emails/suppress", emails=[ANN])
    autosend(box, "POST", "/contacts/remove", emails=[CAT])
    box.advance("1m")
    assert left_out(box, name) == [
        (ANN, "MANUAL in the suppression group All mail"),
        (CAT, "a deleted contact"),
    ]


def test_a_campaign_all_of_whose_contacts_are_excluded_tells_so(box: Sandbox) -> None:
    people = list_of(box, ANN)
    name = campaign(box, people, excludeLists=[people])
    assert job(box, name)["status"] == "failed"
    assert left_out(box, name) == [(ANN, "an excluded list")]
    steer(box, name, status="sending", force=True)
    assert left_out(box, name) == [(ANN, "an excluded list")]


def test_an_automation_tells_who_is_suppressed(box: Sandbox) -> None:
    autosend(box, "POST", "/suppression-groups/emails/suppress", emails=[NEW], groupId="GLB00")
    steps = [
        {"stepId": "wait", "type": "wait", "delay": {"value": 1, "unit": "days"}},
        {"stepId": "letter", "type": "email", "email": {"subject": "Hi", "htmlTemplate": "<p>Hi</p>"}},
    ]
    made = autosend(box, "POST", "/automations", name="Series", active=True, steps=steps)
    autosend(box, "POST", "/contacts", email=NEW)
    box.advance("1d")
    reason = "MANUAL in the suppression group Global unsubscribes"
    assert left_out(box, f"autosend/automation/{made['id']}") == [(NEW, reason)]


def test_a_campaign_of_rcs_tells_who_is_on_the_stop_list_when_it_is_made_and_when_it_leaves(
    box: Sandbox,
) -> None:
    stop(box, PHONES[0])
    name = sent(box, *PHONES)
    stop(box, PHONES[1])
    box.advance("1m")
    assert left_out(box, name) == [(PHONES[0], "the stop list"), (PHONES[1], "the stop list")]
    assert (job(box, name)["total"], job(box, name)["counts"]) == (2, {"failed": 1, "delivered": 1})


def test_messages_that_failed_for_another_reason_are_no_part_of_it(box: Sandbox) -> None:
    name = sent(box, "380670000904")
    box.advance("1m")
    assert job(box, name)["counts"] == {"failed": 1}
    assert left_out(box, name) == []


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"unconditional_sending": True}, []),
        ({"limit": 40}, [("dan+bounced@example.com", "the global status")]),
    ],
)
def test_a_mailing_of_altcraft_tells_who_is_left_out(
    box: Sandbox, settings: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    assert left_out(box, mailing(box, **settings)) == expected


def test_a_reason_is_told_of_by_address_and_by_id_where_there_is_none(box: Sandbox) -> None:
    without = altcraft(box, "/profiles/import", db_id=1, matching="phone", phone="+79005550001", data={})
    found = left_out(box, mailing(box))
    assert found[1:] == [(without["profile_id"], "a missing address")]


def test_all_are_counted_and_the_first_hundred_named(box: Sandbox) -> None:
    phones = [f"38067{number:07}" for number in range(1000, 1150)]
    stop(box, *phones)
    found = job(box, sent(box, *phones, PHONES[0]))["left_out"]
    assert (found["total"], found["reasons"]) == (150, {"the stop list": 150})
    assert [one["recipient"] for one in found["recipients"]] == phones[:100]


def test_each_launch_of_a_mailing_tells_when(box: Sandbox) -> None:
    mailing = altcraft(box, "/campaigns/regulars/add/", name="N", data_type="list", data_id=1,
                       send_channel="email", content=[{"message_id": 7}], is_active=True)["data"]  # fmt: skip
    for _ in range(2):
        altcraft(box, "/campaigns/regulars/start", id=mailing["saved_id"])
        box.advance("1d")
    found = job(box, f"altcraft/mailing/{mailing['saved_id']}")["left_out"]
    assert found["reasons"] == {"the global status": 2}
    assert [one["at"] for one in found["recipients"]] == [NOW, "2026-03-16T14:30:00.000Z"]


def test_a_trigger_that_reaches_nobody_tells_so_and_so_does_the_scenario_that_starts_it(box: Sandbox) -> None:
    altcraft(box, "/suppresses/email_add", id=1, email=ANN)
    altcraft(box, "/workflows/start", id=4, email=ANN)
    suppressed = [(ANN, "a suppression list")]
    assert left_out(box, "altcraft/scenario/4") == suppressed
    assert left_out(box, "altcraft/mailing/60") == suppressed


def test_who_is_deleted_while_a_mailing_is_sent_is_told_by_address(box: Sandbox) -> None:
    name = "altcraft/mailing/15"
    before = left_out(box, name)
    queued = box.control("GET", "/messages", params={"job": name, "status": "queued", "limit": 1}).json()
    [address] = [one["recipient"] for one in queued["messages"]]
    altcraft(box, "/profiles/delete", db_id=1, email=address)
    assert left_out(box, name) == [*before, (address, "a deleted profile")]


@pytest.mark.parametrize("name", ["rcs/campaign/4", "altcraft/campaign/18", f"autosend/campaign/{DRAFT}"])
def test_a_job_that_left_nobody_out_says_so(box: Sandbox, name: str) -> None:
    assert job(box, name)["left_out"] == NOBODY


def test_a_restored_sandbox_still_tells_it(box: Sandbox) -> None:
    stop(box, PHONES[0])
    name = sent(box, *PHONES)
    assert box.control("POST", "/snapshots", json={"name": "left-out"}).status_code == 201
    assert box.control("POST", "/reset").status_code == 200
    assert box.control("POST", "/snapshots/left-out/restore").status_code == 200
    assert left_out(box, name) == [(PHONES[0], "the stop list")]
