"""Statistic jobs: github.com/bsgworld/go-sdk v2/api/openapi.yaml, stat_jobs_create and following."""

from decimal import Decimal
from typing import Any

import pytest

from tests.rcs.conftest import Rcs

TODAY = {"type": "params", "time_in_from": "2026-03-15 14:30:00", "time_in_to": "2026-03-15 23:59:59"}
EVER = TODAY | {"time_in_from": "2020-01-01 00:00:00", "time_in_to": "2027-01-01 00:00:00"}
OF_THE_FIXTURE = "3941ffacdd698b404e"
NOT_FOUND = {"error": 90, "errorDescription": "File not found"}
NOT_READY = {"error": 91, "errorDescription": "File not ready"}
EMPTY = {"error": 93, "errorDescription": "File is empty"}


@pytest.fixture(autouse=True)
def _no_jobs(rcs: Rcs) -> None:
    rcs.call("DELETE", f"/stat/jobs/{OF_THE_FIXTURE}")


def ask(rcs: Rcs, method: str, path: str, body: Any = None) -> Any:
    answer = rcs.call(method, path, body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def create(rcs: Rcs, body: Any = TODAY) -> str:
    answer = ask(rcs, "POST", "/stat/jobs", body)
    assert answer["error"] == 0
    return str(answer["key"])


def result(rcs: Rcs, key: str) -> Any:
    return ask(rcs, "GET", f"/stat/jobs/{key}")


def rows(rcs: Rcs, body: Any = TODAY) -> Any:
    """Create a job, and return its results."""
    key = create(rcs, body)
    rcs.advance("5s")
    found = result(rcs, key)
    ask(rcs, "DELETE", f"/stat/jobs/{key}")
    return [] if found == EMPTY else found["result"]


def phones(rcs: Rcs, **criteria: Any) -> list[str]:
    return [row["msisdn"] for row in rows(rcs, TODAY | criteria)]


def send_sms(rcs: Rcs, *numbers: str, **settings: Any) -> Any:
    body = {"phones": [{"number": number} for number in numbers], "sender": "MyShop", "text": "Hello"}
    return rcs.data("POST", "/campaigns/sms/send", body | settings)


def test_a_job_takes_five_seconds(rcs: Rcs) -> None:
    rcs.send_one("380671112233")
    key = create(rcs)
    assert len(key) == 18
    assert set(key) <= set("0123456789abcdef")
    rcs.advance("4s")
    assert result(rcs, key) == NOT_READY
    assert ask(rcs, "GET", "/stat/jobs")["result"][0]["status"] == "Processing"
    rcs.advance("1s")
    assert len(result(rcs, key)["result"]) == 1
    assert ask(rcs, "GET", "/stat/jobs")["result"][0]["status"] == "Done"


def test_a_row_of_an_sms(rcs: Rcs) -> None:
    send_sms(rcs, "380671112233", text="x" * 161)
    rcs.advance("10s")
    [row] = rows(rcs)
    assert row == {
        "message_id": row["message_id"],
        "message_type": "sms",
        "msisdn": "380671112233",
        "country_name": "Ukraine",
        "brand": "Kyivstar",
        "mcc": "255",
        "mnc": "03",
        "originator": "MyShop",
        "price": "0.1000000",
        "currency": "USD",
        "time_in": "2026-03-15 14:30:00",
        "time_sent": "2026-03-15 14:30:04",
        "time_dlr": "2026-03-15 14:30:06",
        "status": "Delivered",
        "body": "x" * 161,
        "sl_clicks": None,
    }


def test_a_phone_of_no_known_operator_and_country(rcs: Rcs) -> None:
    rcs.send_one("999111222333")
    [row] = rows(rcs)
    assert [row[name] for name in ("country_name", "brand", "mcc", "mnc")] == [None] * 4


@pytest.mark.parametrize(
    ("ending", "status", "price", "reported"),
    [
        ("000", "Delivered", "0.0175696", True),
        ("901", "Delivered", "0.0175696", True),
        ("903", "Undelivered", "0.0000000", True),
        ("904", "Failed", "0.0000000", True),
        ("905", "Undelivered", "0.0000000", True),
        ("906", "Unknown", "0.0000000", False),
    ],
)
def test_statuses_and_prices(rcs: Rcs, ending: str, status: str, price: str, *, reported: bool) -> None:
    rcs.send_one(f"380671112{ending}")
    rcs.advance("5m")
    [row] = rows(rcs)
    assert (row["status"], row["price"], row["time_dlr"] is not None) == (status, price, reported)
    assert [found["status"] for found in rows(rcs, TODAY | {"status": status})] == [status]


def test_the_text_of_cards(rcs: Rcs) -> None:
    rcs.send("380671112233", options={"cards": [{"title": "Sale", "text": "First"}, {"text": "Second"}]})
    [row] = rows(rcs)
    assert (row["body"], row["message_type"], row["originator"]) == ("First", "rcs", "my_agent")


def test_texts_and_senders_of_ones_own(rcs: Rcs) -> None:
    own = [
        {"phone": 380671110001, "text": "One", "sender": "MyShop"},
        {"phone": 380671110002, "text": "Two", "sender": "Shop"},
    ]
    rcs.data("POST", "/campaigns/sms/send-individual", {"messages": own})
    rcs.advance("10s")
    assert [(row["body"], row["originator"]) for row in rows(rcs)] == [("One", "MyShop"), ("Two", "Shop")]


def charged(rcs: Rcs) -> Decimal:
    return sum((Decimal(row["price"]) for row in rows(rcs, EVER)), Decimal(0))


@pytest.mark.slow
def test_what_is_charged_is_what_the_balance_lost(rcs: Rcs) -> None:
    before = charged(rcs)
    endings = ("000", "901", "902", "903", "904", "905", "906", "907", "908", "909")
    numbers = [f"380671112{ending}" for ending in endings]
    sms = {"sms": {"sender": "MyShop", "text": "x" * 161}}
    rcs.send(*numbers, alternative_channel=sms)
    send_sms(rcs, *numbers)
    for number in numbers:
        rcs.send_one(number, options={"cards": [{"text": "Sale"}]})
    viber = {"phones": [{"number": number} for number in numbers], "sender": "Notify", "text": "Hello"}
    rcs.data("POST", "/campaigns/viber/send", viber)
    stopped = rcs.send(*[f"39333000{number:04}" for number in range(99)])["id"]
    rcs.advance("5s")
    rcs.call("PATCH", f"/campaigns/{stopped}/stop")
    for wait in ("1s", "1500ms", "2m", "1h", "4d"):
        rcs.advance(wait)
        assert charged(rcs) - before == 1000 - Decimal(str(rcs.balance()))
    assert {row["message_type"] for row in rows(rcs)} == {"rcs", "sms", "viber"}


def test_messages_by_their_ids(rcs: Rcs) -> None:
    """The order is that of the ids; unknown ones are left out, and all other parameters ignored."""
    ids = [rcs.send_one(f"38067111000{number}")["id"] for number in range(3)]
    body = {"type": "message", "message_id": [ids[2], ids[0], 1, 2**63 - 1], "status": "nonsense"}
    assert [row["message_id"] for row in rows(rcs, body)] == [str(ids[0]), str(ids[2])]
    assert rcs.emulator.http.get("/_emulator/requests").json()["requests"]


def test_a_result_does_not_change(rcs: Rcs) -> None:
    rcs.send_one("380671112908")
    key = create(rcs)
    rcs.advance("5s")
    before = result(rcs, key)
    assert before["result"][0]["status"] == "Sent"
    rcs.advance("20m")
    assert result(rcs, key) == before


@pytest.mark.parametrize(
    ("criteria", "found"),
    [
        ({}, ["380671110001", "380501110002", "393331110003"]),
        ({"country": "UA"}, ["380671110001", "380501110002"]),
        ({"country": "ukraine"}, ["380671110001", "380501110002"]),
        ({"country": "italy"}, ["393331110003"]),
        ({"country": "Atlantis"}, []),
        ({"operator_id": "25501"}, ["380501110002"]),
        ({"operator_id": 25503}, ["380671110001"]),
        ({"operator_id": "99999"}, []),
        ({"phones": [380671110001, "393331110003"]}, ["380671110001", "393331110003"]),
        ({"phones": []}, ["380671110001", "380501110002", "393331110003"]),
        ({"status": "Delivered"}, ["380671110001", "380501110002", "393331110003"]),
        ({"status": "Rejected"}, []),
        ({"status": ""}, ["380671110001", "380501110002", "393331110003"]),
        ({"source": "api"}, ["380671110001", "380501110002", "393331110003"]),
        ({"sender": "api", "source": "api"}, ["380671110001", "380501110002", "393331110003"]),
        ({"source": "web"}, []),
        ({"sender": "http"}, []),
        (
            {"source": "", "country": "", "time_sent_from": ""},
            ["380671110001", "380501110002", "393331110003"],
        ),
        ({"time_sent_from": "2026-03-15T14:30:02"}, ["393331110003"]),
        ({"time_sent_to": "2026-03-15 14:30:01"}, ["380671110001", "380501110002"]),
        ({"time_in_from": "2026-03-15 14:30:05"}, ["393331110003"]),
        ({"time_in_to": "2026-03-15 14:30:00"}, ["380671110001", "380501110002"]),
        ({"sl_clicks_comp": "<", "sl_clicks_count": "5"}, []),
        ({"sl_clicks_comp": "=", "sl_clicks_count": 0}, []),
        ({"sl_clicks_comp": ">", "sl_clicks_count": 0}, []),
        ({"sl_clicks": "1"}, ["380671110001", "380501110002", "393331110003"]),
        ({"status": None, "country": None}, ["380671110001", "380501110002", "393331110003"]),
    ],
)
def test_criteria(rcs: Rcs, criteria: Any, found: list[str]) -> None:
    rcs.send_one("380671110001")
    rcs.send_one("380501110002")
    rcs.advance("10s")
    rcs.send_one("393331110003")
    rcs.advance("10s")
    assert phones(rcs, **criteria) == found


def test_nothing_found(rcs: Rcs) -> None:
    key = create(rcs)
    rcs.advance("5s")
    assert result(rcs, key) == EMPTY


def test_there_are_two_jobs_at_most(rcs: Rcs) -> None:
    """The refusal has the code 0, too; only the missing key tells."""
    first = create(rcs)
    create(rcs)
    many = {"error": 0, "errorDescription": "Maximum count of exports reached"}
    assert ask(rcs, "POST", "/stat/jobs", TODAY) == many
    assert ask(rcs, "DELETE", f"/stat/jobs/{first}") == {"error": 0, "errorDescription": "No errors"}
    assert create(rcs) != first
    assert len(ask(rcs, "GET", "/stat/jobs")["result"]) == 2


def test_a_job_is_kept_for_a_month(rcs: Rcs) -> None:
    rcs.send_one("380671112233")
    key = create(rcs)
    rcs.advance("29d")
    assert result(rcs, key)["error"] == 0
    rcs.advance("1d")
    assert result(rcs, key) == NOT_FOUND
    assert ask(rcs, "GET", "/stat/jobs") == {"error": 0, "result": []}


@pytest.mark.parametrize("key", ["x", "3941ffacdd698b404e", "1", "%00", "a" * 300])
def test_an_unknown_job(rcs: Rcs, key: str) -> None:
    assert ask(rcs, "GET", f"/stat/jobs/{key}") == NOT_FOUND
    assert ask(rcs, "DELETE", f"/stat/jobs/{key}") == NOT_FOUND


def test_a_deleted_job_does_nothing_more(rcs: Rcs) -> None:
    key = create(rcs)
    ask(rcs, "DELETE", f"/stat/jobs/{key}")
    rcs.advance("31d")
    assert result(rcs, key) == NOT_FOUND
    assert rcs.emulator.query("SELECT count(*) FROM failed_event") == [(0,)]
    assert rcs.emulator.query("SELECT count(*) FROM rcs_statistic_row") == [(0,)]


def test_the_list_shows_what_was_asked(rcs: Rcs) -> None:
    create(rcs, {"type": "message", "message_id": ["7", 5]})
    create(rcs, TODAY | {"status": "Sent", "country": "", "phones": [380671112233], "more": 1})
    first, second = ask(rcs, "GET", "/stat/jobs")["result"]
    assert first["request"] == {"message_ids": [7, 5], "user_id": "4500001"}
    assert second["request"] == {
        "time_in_from": "2026-03-15 14:30:00",
        "time_in_to": "2026-03-15 23:59:59",
        "status": "Sent",
        "phones": [380671112233],
        "user_id": "4500001",
    }


@pytest.mark.parametrize(
    "times",
    [
        {"time_in_from": "2026-03-16 00:00:00"},
        {"time_sent_from": "2026-03-16 00:00:00", "time_sent_to": "2026-03-15 00:00:00"},
    ],
)
def test_a_reversed_time_frame(rcs: Rcs, times: Any) -> None:
    answer = ask(rcs, "POST", "/stat/jobs", TODAY | times)
    assert answer == {"error": 86, "errorDescription": "Invalid time frame"}


BLANK, CHOICE = ["This value should not be blank."], ["The value you selected is not a valid choice."]
DATE, INTEGER = ["This value is not a valid datetime."], ["This value should be of type integer."]
TEXT, LIST = ["This value should be of type string."], ["This value should be of type array."]


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({}, {"type": BLANK}),
        ({"type": "all"}, {"type": CHOICE}),
        ({"type": 1}, {"type": CHOICE}),
        ({"type": "message"}, {"message_id": BLANK}),
        ({"type": "message", "message_id": None}, {"message_id": BLANK}),
        (
            {"type": "message", "message_id": []},
            {"message_id": ["This collection should contain 1 element or more."]},
        ),
        ({"type": "message", "message_id": 5}, {"message_id": LIST}),
        ({"type": "message", "message_id": ["x"]}, {"message_id0": INTEGER}),
        (
            {"type": "message", "message_id": [2**63]},
            {"message_id0": ["This value should be less than or equal to 9223372036854775807."]},
        ),
        ({"type": "params"}, {"time_in_from": BLANK, "time_in_to": BLANK}),
        (
            {"type": "params", "time_in_from": "", "time_in_to": ""},
            {"time_in_from": BLANK, "time_in_to": BLANK},
        ),
        (TODAY | {"time_in_to": "yesterday"}, {"time_in_to": DATE}),
        (TODAY | {"time_in_to": 5}, {"time_in_to": DATE}),
        (TODAY | {"time_sent_from": {}}, {"time_sent_from": DATE}),
        (TODAY | {"time_sent_to": "2026-13-01 00:00:00"}, {"time_sent_to": DATE}),
        (TODAY | {"phones": 5}, {"phones": LIST}),
        (
            TODAY | {"phones": ["x"]},
            {"phones0": ["This value is too short. It should have 9 characters or more."]},
        ),
        (TODAY | {"phones": [True]}, {"phones0": TEXT}),
        (TODAY | {"sender": "me"}, {"sender": CHOICE}),
        (TODAY | {"source": ["api"]}, {"source": CHOICE}),
        (TODAY | {"status": "delivered"}, {"status": CHOICE}),
        (TODAY | {"country": 5}, {"country": TEXT}),
        (TODAY | {"operator_id": []}, {"operator_id": TEXT}),
        (TODAY | {"sl_clicks": {}}, {"sl_clicks": TEXT}),
        (TODAY | {"sl_clicks_comp": "!="}, {"sl_clicks_comp": CHOICE}),
        (TODAY | {"sl_clicks_comp": "="}, {"sl_clicks_count": BLANK}),
        (TODAY | {"sl_clicks_count": 5}, {"sl_clicks_comp": BLANK}),
        (TODAY | {"sl_clicks_comp": "=", "sl_clicks_count": "x"}, {"sl_clicks_count": INTEGER}),
    ],
)
def test_what_is_wrong_of_a_job(rcs: Rcs, body: Any, wrong: Any) -> None:
    assert rcs.wrong("/stat/jobs", body) == wrong
    assert ask(rcs, "GET", "/stat/jobs")["result"] == []


@pytest.mark.parametrize("body", [[], "x", 5, None, [TODAY]])
def test_a_body_that_is_no_object(rcs: Rcs, body: Any) -> None:
    assert rcs.call("POST", "/stat/jobs", body).status_code == 422


@pytest.mark.parametrize("value", ["\0", "ß", "x" * 100_000, "'; --"])
@pytest.mark.parametrize("name", ["country", "operator_id", "sl_clicks"])
def test_strange_texts_find_nothing(rcs: Rcs, name: str, value: str) -> None:
    assert rcs.call("POST", "/stat/jobs", TODAY | {name: value}).status_code in {200, 400, 422}
    rcs.advance("5s")
    assert rcs.emulator.query("SELECT count(*) FROM failed_event") == [(0,)]
    assert rcs.call("GET", "/stat/jobs").status_code == 200


def test_it_may_be_asked_twice_at_once(rcs: Rcs) -> None:
    assert create(rcs) != create(rcs)


def test_a_token_is_needed(rcs: Rcs) -> None:
    headers = {"Authorization": "Bearer nonsense"}
    assert rcs.refused("GET", "/stat/jobs", headers=headers) == (401, "Invalid JWT Token", [])


def test_what_nobody_reads_of_a_job_by_ids(rcs: Rcs) -> None:
    create(rcs, {"type": "message", "message_id": [5], "status": "Sent", "sl_clicks": "1"})
    unread = rcs.emulator.http.get("/_emulator/requests").json()["requests"][-1]["unread"]
    assert sorted(unread) == ["body.sl_clicks", "body.status"]
