"""The clock of a sandbox: set, moved on, moved to the next event, or until a status is reached."""

import json
from typing import Any

import pytest

from tests.conftest import Emulator, Sandbox
from tests.raw import connected, head
from tests.server import Server

SENDING = "autosend/campaign/60d5ec49f1b2c72d9c8b4567"

INSTANT = "must be a time with its zone, such as 2026-03-15T14:30:00Z"


@pytest.fixture
def box(emulator: Emulator) -> Sandbox:
    return emulator.sandbox("clock", clock="frozen")


def change(box: Sandbox, **wanted: Any) -> Any:
    return box.control("POST", "/clock", json=wanted)


def send(box: Sandbox, phone: str) -> int:
    body = {"phone": {"number": phone}, "sender": "my_agent", "options": {"text": "Hi"}}
    answer = box.http.post("/api/messages/rcs/send", json=body, headers=box.rcs)
    number: int = answer.json()["data"]["id"]
    return number


def test_an_advance_answers_what_fired(box: Sandbox) -> None:
    send(box, "380670001000")
    answer = change(box, advance="3s").json()
    ours = [event for event in answer["events"] if event["event"].startswith("rcs.single")]
    assert [(event["at"], event["event"]) for event in ours] == [
        ("2026-03-15T14:30:01.000Z", "rcs.single.step"),
        ("2026-03-15T14:30:03.000Z", "rcs.single.step"),
    ]
    assert answer["fired"] >= 2


def test_what_fired_names_jobs_by_their_ids(box: Sandbox) -> None:
    subjects = {event["subject"] for event in change(box, advance="10m").json()["events"]}
    assert SENDING in subjects
    for subject in subjects:
        assert box.control("GET", f"/jobs/{subject}").status_code == 200 or ":" in subject


JOBS_OF_EVENTS = {
    "autosend.release": "autosend/campaign",
    "autosend.refresh": "autosend/campaign",
    "autosend.check_domain": "autosend/domain",
    "rcs.moderate": "rcs/campaign",
    "rcs.sender_request": "rcs/sender_request",
    "rcs.otp_moderation": "rcs/otp_template",
    "altcraft.campaign_action": "altcraft/campaign",
    "altcraft.scenarios": "altcraft/campaign",
}
"""For each due event that is not about a queue, the kind of the jobs that it is about."""


@pytest.mark.slow
def test_events_name_the_jobs_that_they_are_about(box: Sandbox) -> None:
    begin_everything(box)
    fired = [change(box, advance="1m").json()["events"] for _ in range(15)]
    subjects = {one["event"]: one["subject"] for minute in fired for one in minute}
    kinds = {event: subjects.get(event, "").rpartition("/")[0] for event in JOBS_OF_EVENTS}
    assert kinds == JOBS_OF_EVENTS
    for event in JOBS_OF_EVENTS:
        assert box.control("GET", f"/jobs/{subjects[event]}").json()["id"] == subjects[event]


def begin_everything(box: Sandbox) -> None:
    """Begin one thing of each kind that goes on by due events, and is steered like a job."""
    autosend, rcs, altcraft = box.autosend, box.rcs, box.environment["ALTCRAFT_TOKEN"]
    campaign = {"name": "Story", "subject": "Once", "htmlTemplate": "<p>upon</p>", "sendToGlobalList": True}
    dates = {"start_date": "2026-03-15T14:31:00Z", "deactivate_date": "2026-03-15T14:40:00Z"}
    phone = {"phones": [{"number": "380671112233"}], "sender": "my_agent", "options": {"text": "Hello"}}
    sender = {"country_code": "UA", "type": "sms", "sender": "NewShop", "name": "Ann Example"}
    company = {"code_of_company": "00032001", "informing_purpose": "Orders", "description": "Flowers"}
    code = {"name": "Sign in", "text": "Your code is {code2fa}"}
    for path, body, headers in (
        ("/v1/campaigns", campaign | {"publish": True, "sendNow": True}, autosend),
        ("/v1/domains/66a0c1d2e3f4a5b6c7d81002/verify", {}, autosend),
        ("/api/campaigns/rcs/send", phone, rcs),
        ("/api/senders/requests/natural", sender | company, rcs),
        ("/api/2fa/authentications/templates", code, rcs),
        ("/api/v1.1/scampaigns/deactivate", {"token": altcraft, "id": 18}, {}),
        ("/api/v1.1/scampaigns/activate", {"token": altcraft, "id": 18} | dates, {}),
    ):
        answer = box.http.post(path, json=body, headers=headers)
        assert answer.status_code in {200, 201}, answer.text


def test_the_clock_moves_to_the_next_event(box: Sandbox) -> None:
    due = box.control("GET", "/clock").json()["next_event"]
    answer = change(box, next_event=True).json()
    assert answer["now"] == due
    assert answer["fired"] >= 1
    assert answer["next_event"] > due


def test_what_is_due_after_the_end_of_time_is_no_next_event(box: Sandbox) -> None:
    end = "9999-12-31T23:59:59.000Z"
    change(box, set="9999-12-31T23:59:58Z")
    send(box, "380670001901")
    for _ in range(3):
        change(box, next_event=True)
    answer = change(box, advance="1d").json()
    assert (answer["now"], answer["next_event"]) == (end, None)
    number = send(box, "380670001902")
    answer = change(box, until={"message": number, "status": "delivered"}).json()
    assert (answer["now"], answer["next_event"], answer["met"]) == (end, None, False)
    made = box.control("POST", "/snapshots", json={"name": "end"})
    assert made.status_code == 201, made.text


@pytest.mark.parametrize(
    ("phone", "status", "now"),
    [
        ("380670001000", "delivered", "2026-03-15T14:30:03.000Z"),
        ("380670001901", "read", "2026-03-15T14:31:03.000Z"),
        ("380670001908", "delivered", "2026-03-15T14:45:00.000Z"),
    ],
)
def test_the_clock_moves_until_a_message_reaches_a_status(
    box: Sandbox, phone: str, status: str, now: str
) -> None:
    number = send(box, phone)
    answer = change(box, until={"message": number, "status": status}).json()
    assert (answer["met"], answer["now"]) == (True, now)


@pytest.mark.slow
def test_the_clock_moves_until_a_job_reaches_a_status(box: Sandbox) -> None:
    answer = change(box, until={"job": SENDING, "status": "sent", "within": "60d"}).json()
    assert answer["met"] is True
    assert box.control("GET", f"/jobs/{SENDING}").json()["status"] == "sent"
    assert box.control("GET", f"/jobs/{SENDING}").json()["counts"].get("queued", 0) == 0


def test_what_has_happened_already_moves_nothing(box: Sandbox) -> None:
    answer = change(box, until={"job": SENDING, "status": "sending"}).json()
    assert (answer["met"], answer["now"]) == (True, "2026-03-15T14:30:00.000Z")


def test_what_does_not_happen_in_time_is_said(box: Sandbox) -> None:
    answer = change(box, until={"job": SENDING, "status": "sent", "within": "1h"}).json()
    assert (answer["met"], answer["now"]) == (False, "2026-03-15T15:30:00.000Z")


@pytest.mark.parametrize(
    ("until", "field"),
    [
        ({"status": "sent"}, "until"),
        ({"job": SENDING, "message": 1, "status": "sent"}, "until"),
        ({"job": SENDING}, "until.status"),
        ({"job": SENDING, "status": "asleep"}, "until.status"),
        ({"job": "autosend/campaign/nothing", "status": "sent"}, "until.job"),
        ({"job": "nonsense", "status": "sent"}, "until.job"),
        ({"message": 99999, "status": "sent"}, "until.message"),
        ({"message": -1, "status": "sent"}, "until.message"),
        ({"job": SENDING, "status": "sent", "within": "soon"}, "until.within"),
    ],
)
def test_a_wrong_condition_is_refused_and_moves_nothing(box: Sandbox, until: Any, field: str) -> None:
    answer = change(box, until=until)
    assert answer.status_code == 422
    assert field in [error["field"] for error in answer.json()["errors"]]
    assert box.control("GET", "/clock").json()["now"] == "2026-03-15T14:30:00.000Z"


@pytest.mark.parametrize(
    "wanted",
    [
        {"advance": "1h", "until": {"job": "nope", "status": "sent"}},
        {"advance": "1h", "until": {"job": SENDING, "status": "asleep"}},
        {"speed": 2, "until": {"message": 99999999, "status": "sent"}},
        {"next_event": True, "until": {"message": "nobody's", "status": "sent"}},
    ],
)
def test_a_change_with_a_wrong_condition_changes_nothing_else(box: Sandbox, wanted: Any) -> None:
    before = box.control("GET", "/clock").json()
    assert change(box, **wanted).status_code == 422
    assert box.control("GET", "/clock").json() == before


def test_a_message_to_wait_for_is_named_by_its_id_at_the_provider(box: Sandbox) -> None:
    mail = {"from": {"email": "hello@example.com"}, "to": {"email": "a@b.test"}, "subject": "S", "text": "T"}
    sent = box.http.post("/v1/mails/send", json=mail, headers=box.autosend).json()["data"]
    answer = change(box, until={"message": sent["emailId"], "status": "delivered"}).json()
    assert (answer["met"], answer["now"]) == (True, "2026-03-15T14:30:02.000Z")


def test_the_status_in_which_a_message_was_made_has_been_reached(box: Sandbox) -> None:
    number = send(box, "380670001000")
    box.advance("1h")
    answer = change(box, until={"message": number, "status": "accepted"}).json()
    assert (answer["met"], answer["now"]) == (True, "2026-03-15T15:30:00.000Z")


def test_each_sandbox_has_its_own_clock(emulator: Emulator) -> None:
    one, other = emulator.sandbox("one", clock="frozen"), emulator.sandbox("other", clock="frozen")
    one.advance("1d")
    assert other.control("GET", "/clock").json()["now"] == "2026-03-15T14:30:00.000Z"
    assert emulator.sandbox("fast", clock=60).control("GET", "/clock").json()["speed"] == 60


@pytest.mark.slow
def test_a_token_expires_by_the_clock(box: Sandbox) -> None:
    key = box.environment["RCS_API_KEY"]
    bearer = box.http.post("/api/auth/login", json={"api_key": key}).json()["bearer"]
    headers = {"Authorization": f"Bearer {bearer}"}
    box.advance("29d")
    assert box.http.get("/api/campaigns/1", headers=headers).status_code == 200
    box.advance("1d")
    assert box.http.get("/api/campaigns/1", headers=headers).status_code == 401


def test_a_repeated_post_is_refused_for_ten_seconds_of_the_clock(box: Sandbox) -> None:
    body = {"phone": {"number": "380670001000"}, "sender": "my_agent", "options": {"text": "Hi"}}
    codes = []
    for wait in ("1ms", "9s", "2s"):
        codes.append(box.http.post("/api/messages/rcs/send", json=body, headers=box.rcs).status_code)
        box.advance(wait)
    codes.append(box.http.post("/api/messages/rcs/send", json=body, headers=box.rcs).status_code)
    assert codes == [200, 429, 429, 200]


@pytest.mark.parametrize("moment", [5, 1773585000, "1773585000", 1773585000.5, "2026-03-15", True, "soon"])
def test_a_time_is_text_with_its_zone_and_no_number_of_anything(box: Sandbox, moment: Any) -> None:
    before = box.control("GET", "/clock").json()["now"]
    answer = box.control("POST", "/clock", json={"set": moment})
    assert answer.status_code == 422
    assert answer.json()["errors"] == [{"field": "set", "message": INSTANT}]
    assert box.control("GET", "/clock").json()["now"] == before


SPAN = "is not within 1970-01-01T00:00:00.000Z and 9999-12-31T23:59:59.000Z"
NO_SUCH = "there is no such date or time of day"


@pytest.mark.parametrize(
    ("moment", "message"),
    [
        ("9999-12-31T23:59:59.999Z", f"9999-12-31T23:59:59.999000+00:00 {SPAN}"),
        ("1969-12-31T23:59:59Z", f"1969-12-31T23:59:59+00:00 {SPAN}"),
        ("2026-02-29T00:00:00Z", NO_SUCH),
        ("2026-03-15T14:30:60Z", NO_SUCH),
        ("2026-03-15T25:00+01:00", NO_SUCH),
        ("0000-03-15T14:30:00Z", NO_SUCH),
        ("2026-03-15T14:30:60", INSTANT),
    ],
)
def test_what_is_no_time_of_the_clock_is_told_by_its_reason(box: Sandbox, moment: str, message: str) -> None:
    answer = box.control("POST", "/clock", json={"set": moment})
    assert answer.json()["errors"] == [{"field": "set", "message": message}]


@pytest.mark.parametrize("asked", [{"since": "1773585000"}, {"until": "5"}])
def test_so_is_one_to_search_from(box: Sandbox, asked: dict[str, str]) -> None:
    (error,) = box.control("GET", "/messages", params=asked).json()["errors"]
    assert error["message"] == INSTANT


@pytest.mark.slow
def test_the_clock_does_not_move_on_for_a_client_that_left(frozen_server: Server) -> None:
    with frozen_server.client() as client:
        box = Sandbox(client, client.post("/_emulator/sandboxes", json={"clock": "frozen"}).json())
        begun = box.control("GET", "/clock").json()["now"]
        body = json.dumps({"until": {"job": SENDING, "status": "aborted", "within": "30d"}}).encode()
        request_line = f"POST /_emulator/clock?sandbox={box.name} HTTP/1.1"
        headers = ("Content-Type: application/json", f"Content-Length: {len(body)}")
        with connected(frozen_server) as connection:
            connection.sendall(head(request_line, *headers) + body)
        now = box.control("POST", "/clock", json={"advance": "1s"}).json()["now"]
        assert begun < now < "2026-04-14"
        assert box.control("GET", "/clock").json()["now"] == now
