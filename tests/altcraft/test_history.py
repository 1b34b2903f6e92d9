"""The history of one profile, and of a database, page by page."""

import csv
from io import StringIO
from itertools import pairwise
from typing import Any

import pytest

from emulator.altcraft.principals import Grant
from tests.altcraft.conftest import SUBACCOUNT, SUCCESS, Altcraft
from tests.altcraft.test_profiles_writing import write
from tests.altcraft.test_runs import broadcast, messages

ONE, ALL = "/subscribers/history_get", "/subscribers/history_get_all"
ANN = {"list_id": 1, "email": "ann@example.com"}
EVER = {"date_from": "2026-01-01", "date_to": "2026-12-31"}
HASH_OF_ANN = "10f64e1beb9ffc07"


def happened(altcraft: Altcraft, **body: Any) -> list[str]:
    """Return the actions in the history of a profile."""
    return [row["action"] for row in altcraft.data(ONE, **body)]


def mailed(altcraft: Altcraft, **settings: Any) -> int:
    """Send a mailing to database 4, and let all outcomes happen; return its id."""
    mailing = broadcast(altcraft, data_id=4, **settings)
    altcraft.data("/campaigns/activate/", id=mailing, run_now=True)
    altcraft.advance("2d")
    return mailing


def test_an_event_of_a_message_says_where_it_comes_from(altcraft: Altcraft) -> None:
    message = messages(altcraft.emulator, 42)[0]
    person = {"list_id": 3, "email": message["recipient"]}
    row = altcraft.data(ONE, **person)[0]
    subscription = {
        "resource_id": 24,
        "resource_name": "Shop",
        "channel": "email",
        "email": message["recipient"],
        "priority": 1,
        "status": "subscribed",
        "custom_fields": {},
        "cats": [],
    }
    assert row == {
        "xxh": altcraft.data("/profiles/get/", db_id=3, email=message["recipient"])["_xxh"],
        "profile_id": message["provider_ids"]["profile_id"],
        **person,
        "action": "send",
        "count": 1,
        "datetime": "2026-03-11T22:48:53.333Z",
        "message_id": 29,
        "campaign_id": 42,
        "event_id": row["event_id"],
        "smid": message["provider_id"],
        "campaign_name": "Weekly letter",
        "message_name": "Weekly letter",
        "subscription": subscription,
        "channel": "email",
        "subscriptions": [subscription, row["subscriptions"][1]],
    }
    assert row["subscriptions"][1]["channel"] == "sms"


def test_an_event_has_an_id_of_its_own_that_begins_with_its_second(altcraft: Altcraft) -> None:
    rows = altcraft.data(ALL, list_id=1, limit=10_000, **EVER)
    assert len({row["event_id"] for row in rows}) == len(rows) > 100
    assert {len(row["event_id"]) for row in rows} == {24}
    assert rows[0]["datetime"] == "2026-03-12T14:30:01.000Z"
    assert int(rows[0]["event_id"][:8], 16) == 1773325801


@pytest.mark.parametrize(
    ("word", "actions"),
    [
        ("delivered", ["send", "deliv"]),
        ("opened", ["send", "deliv", "open"]),
        ("clicked", ["send", "deliv", "open", "click"]),
        ("unsubscribed", ["send", "deliv", "open", "unsub"]),
        ("complained", ["send", "deliv", "complaint"]),
        ("bounced", ["send", "hardbounce"]),
        ("soft-bounced", ["send", "softbounce"]),
    ],
)
def test_what_becomes_of_a_message_stands_in_the_history(
    altcraft: Altcraft, word: str, actions: list[str]
) -> None:
    email = f"a+{word}@example.com"
    write(altcraft, "add", db_id=4, data={"email": email})
    mailed(altcraft)
    assert happened(altcraft, list_id=4, email=email) == ["import", *actions]


def test_a_soft_bounce_stays_one_whatever_becomes_of_its_message_later(altcraft: Altcraft) -> None:
    write(altcraft, "add", db_id=4, data={"email": (email := "a+soft-bounced@example.com")})
    [message] = messages(altcraft.emulator, mailed(altcraft))
    path, forced = f"/_emulator/messages/{message['id']}/status", {"status": "delivered", "force": True}
    assert altcraft.emulator.http.post(path, json=forced).status_code == 200
    assert happened(altcraft, list_id=4, email=email) == ["import", "send", "softbounce", "deliv"]


def test_what_is_queued_or_dropped_is_no_event(altcraft: Altcraft) -> None:
    write(altcraft, "add", db_id=4, data={"email": "a@example.com"})
    mailing = broadcast(altcraft, data_id=4)
    altcraft.data("/campaigns/activate/", id=mailing, run_now=True)
    altcraft.data("/campaigns/deactivate", id=mailing, abort_if_running=True)
    altcraft.advance("1h")
    assert happened(altcraft, list_id=4, email="a@example.com") == ["import"]


def test_a_message_to_the_own_address_has_no_subscription(altcraft: Altcraft) -> None:
    write(altcraft, "add", db_id=4, data={"email": "a@example.com"})
    mailed(altcraft)
    row = altcraft.data(ONE, list_id=4, email="a@example.com")[1]
    assert (row["action"], row["channel"], row["subscriptions"]) == ("send", "email", [])
    assert "subscription" not in row


def test_what_was_sent_keeps_its_names(altcraft: Altcraft) -> None:
    write(altcraft, "add", db_id=4, data={"email": "a@example.com"})
    channels = [{"sid": "email", "fields": {"subject": "News", "text": "News"}}]
    template = altcraft.data("/templates/add", name="Letter", channels=channels)["saved_id"]
    mailing = mailed(altcraft, content=[{"message_id": template}])
    altcraft.data("/campaigns/delete", id=mailing)
    altcraft.data("/templates/delete", id=template)
    row = altcraft.data(ONE, list_id=4, email="a@example.com")[1]
    assert (row["campaign_id"], row["message_id"]) == (mailing, template)
    assert (row["campaign_name"], row["message_name"]) == ("In parts", "Letter")


def test_what_is_done_to_a_profile_stands_in_its_history(altcraft: Altcraft) -> None:
    person = {"db_id": 1, "email": "new@example.com"}
    profile_id = write(altcraft, "import", **person, data={"_fname": "New"})
    write(altcraft, "update", **person, data={"_fname": "Newer"}, skip_triggers=True)
    write(altcraft, "update", **person, data={"_fname": "Newer"})
    place: dict[str, Any] = {"resource_id": 1, "channel": "email", "email": "new@example.com"}
    altcraft.call("/subscriptions/set", db_id=1, profile_id=profile_id, **place)
    rows = altcraft.data(ONE, list_id=1, email="new@example.com")
    assert [row["action"] for row in rows] == ["import", "update", "subscribe"]
    assert rows[0].keys() == {
        "xxh", "profile_id", "email", "list_id", "action", "count", "datetime", "event_id", "subscriptions",
    }  # fmt: skip
    assert (rows[2]["channel"], rows[2]["subscription"]["resource_name"]) == ("email", "Blog")


def test_a_deleted_subscription_is_shown_only_with_what_happened_to_it(altcraft: Altcraft) -> None:
    profile_id = write(altcraft, "add", data={"email": "a@example.com"})
    place: dict[str, Any] = {"db_id": 1, "profile_id": profile_id, "resource_id": 1, "channel": "email"}
    altcraft.call("/subscriptions/set", **place, email="a@example.com")
    altcraft.call("/subscriptions/delete", **place, email="a@example.com")
    row = altcraft.data(ONE, list_id=1, email="a@example.com")[1]
    assert (row["subscription"]["email"], row["subscriptions"]) == ("a@example.com", [])


def test_events_come_by_time_whatever_they_are_of(altcraft: Altcraft) -> None:
    write(altcraft, "add", db_id=4, data={"email": "a+opened@example.com"})
    mailing = broadcast(altcraft, data_id=4)
    altcraft.data("/campaigns/activate/", id=mailing, run_now=True)
    altcraft.advance("2s")
    write(altcraft, "update", db_id=4, email="a+opened@example.com", data={"_fname": "Ann"})
    altcraft.advance("1d")
    rows = altcraft.data(ONE, list_id=4, email="a+opened@example.com")
    assert [row["action"] for row in rows] == ["import", "send", "update", "deliv", "open"]


@pytest.mark.parametrize(
    "match",
    [
        {"email": "ann@example.com"},
        {"matching": "email_profile", "email": "ann@example.com"},
        {"phone": "+79000000001"},
        {"matching": "custom", "field_name": "LOYALTY_SCORE", "field_value": "777"},
        {"xxh": HASH_OF_ANN},
        {"xxh": HASH_OF_ANN.upper(), "email": "nobody@example.com"},
        {"list_id": "1", "xxh": HASH_OF_ANN, "matching": ""},
    ],
)
def test_a_profile_is_found_by_its_hash_or_a_match(altcraft: Altcraft, match: dict[str, Any]) -> None:
    write(altcraft, "update", email="ann@example.com", data={"LOYALTY_SCORE": 777})
    rows = altcraft.data(ONE, **{"list_id": 1} | match)
    assert {row["email"] for row in rows} == {"ann@example.com"}


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ({"email": "x@example.com"}, (404, "Object not found: profile email=x@example.com")),
        ({"xxh": "0eb51aefd919faaa"}, (404, "Object not found: profile xxh=0eb51aefd919faaa")),
        ({"list_id": 2, "xxh": HASH_OF_ANN}, (404, f"Object not found: profile xxh={HASH_OF_ANN}")),
        ({"list_id": 99, "xxh": HASH_OF_ANN}, (404, "Object not found: database 99")),
        ({}, (400, "Incorrect request: email: Field required")),
        (
            {"matching": "custom", "field_name": "LOYALTY_SCORE", "field_value": 100},
            (409, "More than one profile matches: LOYALTY_SCORE=100"),
        ),
        ({"list_id": None}, (400, "Incorrect request: list_id: Field required")),
        (ANN | {"xxh": "ann"}, (400, "Incorrect request: xxh: must be 16 hex digits")),
        (ANN | {"date_from": "2026-02-30"}, (400, "Incorrect request: date_from: must be a date")),
        (ANN | {"date_to": "2026-03-15T10:00:00Z"}, (400, "Incorrect request: date_to: must be a date")),
        (ANN | {"format": "csv"}, (400, "Incorrect request: format: ")),
    ],
)
def test_a_wrong_request_for_a_history_is_refused(
    altcraft: Altcraft, body: dict[str, Any], refusal: tuple[int, str]
) -> None:
    code, text = altcraft.refused(ONE, **{"list_id": 1} | body)
    assert (code, text[: len(refusal[1])]) == refusal


def days(altcraft: Altcraft, **period: str) -> list[str]:
    return [row["datetime"][5:10] for row in altcraft.data(ONE, list_id=4, email="a@example.com", **period)]


def test_the_days_of_a_period_are_all_in_it(altcraft: Altcraft) -> None:
    write(altcraft, "add", db_id=4, data={"email": "a@example.com"})
    for number in range(2):
        altcraft.advance("1d")
        write(altcraft, "update", db_id=4, email="a@example.com", data={"_fname": str(number)})
    assert days(altcraft) == ["03-15", "03-16", "03-17"]
    assert days(altcraft, date_from="2026-03-16") == ["03-16", "03-17"]
    assert days(altcraft, date_to="2026-03-16") == ["03-15", "03-16"]
    assert days(altcraft, date_from="2026-03-16", date_to="2026-03-16") == ["03-16"]
    assert days(altcraft, date_from="2026-03-17", date_to="2026-03-16") == []
    assert days(altcraft, date_from="1969-01-01", date_to="9999-12-31") == ["03-15", "03-16", "03-17"]


def test_days_are_those_of_utc(altcraft: Altcraft) -> None:
    altcraft.advance("9h29m59s999ms")
    write(altcraft, "add", db_id=4, data={"email": "a@example.com"})
    altcraft.advance("1ms")
    write(altcraft, "update", db_id=4, email="a@example.com", data={"_fname": "A"})
    assert days(altcraft, date_to="2026-03-15") == ["03-15"]
    assert days(altcraft, date_from="2026-03-16") == ["03-16"]


def pages(altcraft: Altcraft, **body: Any) -> list[list[Any]]:
    """Return the rows on each page, up to the empty one."""
    found: list[list[Any]] = []
    cursor = ""
    while True:
        answer = altcraft.answer(ALL, from_id=cursor, **{"list_id": 1} | EVER | body)
        if not answer["data"]:
            assert answer["next_from_id"] == cursor
            return found
        cursor = answer["next_from_id"]
        found.append(answer["data"])


def test_the_history_of_a_database_comes_by_hash_and_time(altcraft: Altcraft) -> None:
    answer = altcraft.answer(ALL, list_id=1, limit=10_000, **EVER)
    assert answer.keys() == {"data", "error", "error_text", "next_from_id"}
    places = [(row["xxh"], row["datetime"]) for row in answer["data"]]
    assert places == sorted(places)
    assert len({xxh for xxh, _ in places}) == 41
    assert {row["list_id"] for row in answer["data"]} == {1}


@pytest.mark.slow
@pytest.mark.parametrize("limit", [1, 7, 1000])
def test_pages_have_everything_once(altcraft: Altcraft, limit: int) -> None:
    whole = altcraft.data(ALL, list_id=1, limit=10_000, **EVER)
    assert [row for page in pages(altcraft, limit=limit) for row in page] == whole


@pytest.mark.slow
def test_a_page_does_not_end_within_a_day_of_a_profile(altcraft: Altcraft) -> None:
    found = pages(altcraft, limit=3)
    edges = [[(row["xxh"], row["datetime"][:10]) for row in (page[0], page[-1])] for page in found]
    assert all(end != begin for (_, end), (begin, _) in pairwise(edges))
    assert {len(page) >= 3 for page in found[:-1]} == {True}


def test_a_cursor_is_the_hash_and_the_day_that_the_next_page_begins_with(altcraft: Altcraft) -> None:
    first = altcraft.answer(ALL, list_id=1, limit=3, **EVER)
    second = altcraft.data(ALL, list_id=1, limit=3, from_id=first["next_from_id"], **EVER)
    assert first["next_from_id"] == f"{second[0]['xxh']}.{second[0]['datetime'][:10].replace('-', '')}"
    beginning = altcraft.answer(ALL, list_id=1, limit=3, from_id="0000000000000000.20010101", **EVER)
    assert beginning == first


def test_behind_the_last_row_a_page_begins_with_the_day_that_follows(altcraft: Altcraft) -> None:
    write(altcraft, "add", db_id=4, data={"email": "a@example.com"})
    answer = altcraft.answer(ALL, list_id=4, **EVER)
    cursor = f"{answer['data'][-1]['xxh']}.20260316"
    assert answer["next_from_id"] == cursor
    empty = altcraft.answer(ALL, list_id=4, from_id=cursor, **EVER)
    assert empty == SUCCESS | {"data": [], "next_from_id": cursor}
    altcraft.advance("1d")
    write(altcraft, "update", db_id=4, email="a@example.com", data={"_fname": "A"})
    (later,) = altcraft.data(ALL, list_id=4, from_id=cursor, **EVER)
    assert later["action"] == "update"


def test_the_history_of_nobody_is_empty(altcraft: Altcraft) -> None:
    assert altcraft.answer(ALL, list_id=4, **EVER) == SUCCESS | {"data": [], "next_from_id": ""}
    assert pages(altcraft, date_from="2025-01-01", date_to="2025-12-31") == []


def test_rows_show_the_fields_that_are_asked_for(altcraft: Altcraft) -> None:
    write(altcraft, "add", db_id=1, data={"email": "a@example.com", "CRM_ID": 7, "custom_tags": ["b"]})
    asked = {"fields": ["CRM_ID", "custom_tags", "_city", "_id"], "date_from": "2026-03-15"}
    rows = altcraft.data(ALL, list_id=1, **EVER | asked)
    (row,) = (row for row in rows if row.get("email") == "a@example.com")
    assert row["fields"] == {"CRM_ID": 7, "custom_tags": ["b"], "id": row["profile_id"]}
    assert "fields" not in altcraft.data(ALL, list_id=1, **EVER)[0]


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ({"list_id": 99}, (404, "Object not found: database 99")),
        ({"from_id": "005a06ded879ecd7"}, (400, "Incorrect request: from_id: must be a next_from_id")),
        ({"from_id": "005a06ded879ecd7.20170231"}, (400, "Incorrect request: from_id: ")),
        ({"from_id": "005a06ded879ecd7.00000000"}, (400, "Incorrect request: from_id: ")),
        ({"limit": 0}, (400, "Incorrect request: limit: ")),
        ({"date_from": None}, (400, "Incorrect request: date_from: Field required")),
        ({"date_to": "today"}, (400, "Incorrect request: date_to: must be a date")),
        ({"fields": ["shoe"]}, (400, "Incorrect request: fields: shoe is no field of the database")),
        ({"format": "tsv"}, (400, "Incorrect request: format: ")),
    ],
)
def test_a_wrong_request_for_histories_is_refused(
    altcraft: Altcraft, body: dict[str, Any], refusal: tuple[int, str]
) -> None:
    code, text = altcraft.refused(ALL, **{"list_id": 1} | EVER | body)
    assert (code, text[: len(refusal[1])]) == refusal


@pytest.mark.parametrize(("query", "form"), [("", "csv"), ("?format=csv", None), ("?format=csv", "json")])
def test_a_table_has_the_rows_of_a_page(altcraft: Altcraft, query: str, form: str | None) -> None:
    asked: dict[str, Any] = {"list_id": 1, "limit": 5, "fields": ["_fname"]} | EVER
    answer = altcraft.call(f"{ALL}{query}", format=form, **asked)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/csv; charset=utf-8")
    rows = altcraft.data(ALL, **asked)
    table = list(csv.DictReader(StringIO(answer.text)))
    assert [row["event_id"] for row in table] == [row["event_id"] for row in rows]
    assert (table[0]["fields"], table[0]["goal"]) == ('{"_fname":"Maria"}', "")
    assert table[0]["subscriptions"].startswith('[{"resource_id":1,"resource_name":"Blog","channel":"email"')


def test_a_refused_table_is_refused_in_the_form_of_the_request(altcraft: Altcraft) -> None:
    refusal = {"data": None, "error": 404, "error_text": "Object not found: database 99"}
    assert altcraft.call(ALL, format="csv", list_id=99, **EVER).json() == refusal


def test_histories_are_asked_for_and_shown_in_xml(altcraft: Altcraft) -> None:
    period = "".join(f"<{name}>{day}</{name}>" for name, day in EVER.items())
    fields = "<fields>_fname</fields><fields>_city</fields>"
    answer = altcraft.xml(ALL, f"<list_id>1</list_id><limit>1</limit><from_id/>{period}{fields}").text
    assert answer.startswith("<xml><data><xxh>078668c918af8668</xxh><profile_id>")
    assert "<subscriptions><resource_id>1</resource_id><resource_name>Blog</resource_name>" in answer
    assert "<fields><_fname>Maria</_fname><_city>Moscow</_city></fields></data>" in answer
    assert answer.endswith("<next_from_id>078668c918af8668.20260313</next_from_id></xml>")
    one = altcraft.xml(ONE, f"<list_id>1</list_id><xxh>{HASH_OF_ANN}</xxh>").text
    assert one.startswith(f"<xml><data><xxh>{HASH_OF_ANN}</xxh>")


@pytest.mark.parametrize("path", [ONE, ALL])
def test_histories_need_their_right(altcraft: Altcraft, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    monkeypatch.setattr(Grant, "may", lambda _, right: right != "profiles.view")
    assert altcraft.refused(path, **ANN | EVER) == (403, "Access denied")


@pytest.mark.parametrize("path", [ONE, ALL])
def test_a_database_in_another_group_is_not_there(altcraft: Altcraft, path: str) -> None:
    refusal = altcraft.refused(path, token=SUBACCOUNT, **ANN | EVER)
    assert refusal == (404, "Object not found: database 1")


def test_subscriptions_to_resources_in_other_groups_are_not_shown(altcraft: Altcraft) -> None:
    eve: dict[str, Any] = {"list_id": 2, "email": "eve@example.com"}
    profile_id = altcraft.data("/profiles/get/", db_id=2, email="eve@example.com")["id"]
    place: dict[str, Any] = {"db_id": 2, "profile_id": profile_id, "resource_id": 1, "channel": "email"}
    altcraft.call("/subscriptions/set", **place, email="eve@example.com")
    rows = altcraft.data(ONE, **eve), altcraft.call(ONE, token=SUBACCOUNT, **eve).json()["data"]
    assert [[one["resource_id"] for one in seen[-1]["subscriptions"]] for seen in rows] == [[24, 1], [24]]
    assert [seen[-1].get("subscription", {}).get("resource_id") for seen in rows] == [1, None]


def test_a_merged_history_is_that_of_the_destination(altcraft: Altcraft) -> None:
    write(altcraft, "add", db_id=4, data={"email": "a@example.com"})
    mailed(altcraft)
    write(altcraft, "add", db_id=4, data={"email": "b@example.com"})
    sides = {"source": [{"email": "a@example.com"}], "destination": {"email": "b@example.com"}}
    altcraft.answer("/profiles/merge", db_id=4, matching="email", history=True, **sides)
    rows = altcraft.data(ONE, list_id=4, email="b@example.com")
    assert {"send", "deliv"} <= {row["action"] for row in rows}
    assert {row["email"] for row in rows} == {"b@example.com"}


def test_a_sandbox_has_a_history_of_its_own(altcraft: Altcraft) -> None:
    write(altcraft, "update", email="ann@example.com", data={"_fname": "Anna"})
    box = altcraft.emulator.sandbox("other")
    answer = altcraft.emulator.http.post(f"/api/v1.1{ONE}", json=ANN, headers=box.altcraft).json()
    assert answer["error"] == 0
    assert "update" not in {row["action"] for row in answer["data"]}
    assert "update" in happened(altcraft, **ANN)
