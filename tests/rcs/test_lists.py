"""Lists of campaigns and messages: filters, order and pages."""

from itertools import product
from typing import Any

import pytest

from tests.rcs.conftest import INVALID, Rcs


def ids(rcs: Rcs, path: str, **params: Any) -> list[int]:
    return [row["id"] for row in rcs.data("GET", path, params=params)]


def test_a_page_of_campaigns(rcs: Rcs) -> None:
    answer = rcs.call("GET", "/campaigns").json()
    assert [campaign["id"] for campaign in answer["data"]] == [2, 3, 4, 5, 6, 7, 8, 9]
    assert answer["meta"] == {"page": {"total": 8, "limit": 50, "offset": 0}}


def test_the_path_in_the_singular_lists_rcs(rcs: Rcs) -> None:
    assert ids(rcs, "/campaign") == [2, 3, 4, 5, 6, 7, 8]
    assert ids(rcs, "/campaign", **{"filter[type]": "sms"}) == [9]


@pytest.mark.parametrize(("kind", "found"), [("sms", [9]), ("rcs", [2, 3, 4, 5, 6, 7, 8]), ("whatsapp", [])])
def test_campaigns_of_one_type(rcs: Rcs, kind: str, found: list[int]) -> None:
    assert ids(rcs, "/campaigns", **{"filter[type]": kind}) == found


@pytest.mark.parametrize(
    ("since", "until", "found"),
    [
        ("2026-03-13 00:00:00", "2026-03-15 00:00:00", [3, 8]),
        ("2026-03-13T00:00:00Z", "2026-03-14T17:00:00+03:00", [3]),
        ("2021-04-27 00:00:00", "2021-04-28 00:00:00", [1]),
        ("2026-03-12 14:30:00", "2026-03-12 14:30:00", [2]),
    ],
)
def test_campaigns_of_a_period(rcs: Rcs, since: str, until: str, found: list[int]) -> None:
    assert ids(rcs, "/campaigns", **{"filter[from]": since, "filter[to]": until}) == found


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/messages", "filter[reference_id]"),
        ("/messages", "filter[id]"),
        ("/campaigns", "filter[type]"),
        ("/campaigns", "search[value]"),
        ("/senders/requests/sms", "filter[sender]"),
        ("/senders/requests/sms", "filter[country_code]"),
        ("/2fa/authentications", "filter[recipient]"),
        ("/2fa/authentications", "filter[country_code]"),
        ("/2fa/authentications", "filter[ids]"),
        ("/2fa/authentications/templates", "filter[ids]"),
        ("/2fa/authentications/templates", "filter[ids][]"),
    ],
)
def test_a_filter_that_is_empty_is_refused(rcs: Rcs, path: str, name: str) -> None:
    others = {"/2fa/authentications": {"filter[from]": "2026-03-15", "filter[to]": "2026-03-16"}}
    others["/campaigns"] = {"search[field]": "sender"} if name.startswith("search") else {}
    key = name.replace("[", "").replace("]", "")
    refused = rcs.refused("GET", path, params=others.get(path, {}) | {name: ""})
    assert refused == (422, INVALID, {key: ["This value should not be blank."]})


def test_the_default_period_is_three_months(rcs: Rcs) -> None:
    assert 1 not in ids(rcs, "/campaigns")
    assert ids(rcs, "/campaigns", **{"filter[to]": "2021-05-01 00:00:00"}) == [1]


@pytest.mark.parametrize(
    ("sort", "way", "first"),
    [
        ("id", "asc", 2),
        ("id", "desc", 9),
        ("date", "asc", 9),
        ("date", "desc", 4),
        ("sender", "asc", 9),
        ("type", "desc", 9),
        ("status", "asc", 2),
    ],
)
def test_the_order_of_campaigns(rcs: Rcs, sort: str, way: str, first: int) -> None:
    assert ids(rcs, "/campaigns", sort=sort, way=way)[0] == first


@pytest.mark.parametrize("spelling", ["search", "filter"])
@pytest.mark.parametrize(
    ("field", "value", "found"),
    [
        ("sender", "shop", [9]),
        ("taskname", "2026-03-12", [2]),
        ("taskname", "3", [2, 3, 4, 5, 6, 7, 8, 9]),
        ("taskname", "%", []),
        ("sender", "emulator", []),
    ],
)
def test_searching_campaigns(rcs: Rcs, spelling: str, field: str, value: str, found: list[int]) -> None:
    search = {f"{spelling}[field]": field, f"{spelling}[value]": value}
    assert ids(rcs, "/campaigns", **search) == found


def test_searching_campaigns_by_id(rcs: Rcs) -> None:
    campaign = rcs.send()["id"]
    assert ids(rcs, "/campaigns", **{"search[field]": "taskname", "search[value]": campaign}) == [campaign]


@pytest.mark.parametrize("path", ["/campaigns", "/messages"])
def test_pages(rcs: Rcs, path: str) -> None:
    everything = ids(rcs, path, **{"page[limit]": 500})
    answer = rcs.call("GET", path, params={"page[limit]": 30, "page[offset]": 5}).json()
    assert [row["id"] for row in answer["data"]] == everything[5:35]
    assert answer["meta"]["page"] == {"total": len(everything), "limit": 30, "offset": 5}


CHOICE = "The value you selected is not a valid choice."
DATE = "This value is not a valid datetime."


@pytest.mark.parametrize(
    ("path", "parameter", "value", "text"),
    [
        ("/campaigns", "page[limit]", 29, "This value should be between 30 and 500."),
        ("/campaigns", "page[limit]", 501, "This value should be between 30 and 500."),
        ("/campaigns", "page[limit]", "x", "This value should be of type integer."),
        ("/messages", "page[limit]", 14, "This value should be between 15 and 500."),
        ("/campaigns", "page[offset]", -1, "This value should be greater than or equal to 0."),
        ("/messages", "page[offset]", 2**63, f"This value should be less than or equal to {2**63 - 1}."),
        ("/campaigns", "sort", "name", CHOICE),
        ("/messages", "sort", "status", CHOICE),
        ("/messages", "way", "up", CHOICE),
        ("/campaigns", "filter[type]", "email", CHOICE),
        ("/campaigns", "search[field]", "name", CHOICE),
        ("/campaigns", "filter[from]", "yesterday", DATE),
        ("/campaigns", "filter[to]", "2026-02-30 00:00:00", DATE),
        (
            "/campaigns",
            "filter[from]",
            "2026-03-16 00:00:00",
            "This value should be less than or equal to 2026-03-15 14:30:00.",
        ),
        (
            "/campaigns",
            "filter[from]",
            "2025-12-15 14:29:59",
            "This value should be greater than or equal to 2025-12-15 14:30:00.",
        ),
        (
            "/messages",
            "filter[from]",
            "2025-12-15 14:29:59",
            "This value should be greater than or equal to 2025-12-15 14:30:00.",
        ),
        (
            "/messages",
            "filter[to]",
            "2026-03-15 14:30:01",
            "This value should be less than or equal to 2026-03-15 14:30:00.",
        ),
        ("/messages", "filter[id]", 0, "This value should be greater than or equal to 1."),
        ("/messages", "filter[campaign_id]", "x", "This value should be of type integer."),
    ],
)
def test_a_wrong_parameter(rcs: Rcs, path: str, parameter: str, value: Any, text: str) -> None:
    refusal = rcs.refused("GET", path, params={parameter: value})
    name = parameter.replace("[", "").replace("]", "")
    assert refusal == (422, INVALID, {name: [text]})


@pytest.mark.parametrize(
    ("parameter", "value", "missing"),
    [
        ("search[field]", "sender", "searchvalue"),
        ("filter[field]", "sender", "filtervalue"),
        ("search[value]", "my_agent", "searchfield"),
        ("filter[value]", "my_agent", "filterfield"),
    ],
)
def test_a_search_needs_a_field_and_a_value(rcs: Rcs, parameter: str, value: str, missing: str) -> None:
    refusal = rcs.refused("GET", "/campaigns", params={parameter: value})
    assert refusal == (422, INVALID, {missing: ["This value should not be blank."]})


def test_the_period_of_a_leap_day(rcs: Rcs) -> None:
    params = {"filter[to]": "2024-05-31 00:00:00", "filter[from]": "2024-02-29 00:00:00"}
    assert rcs.data("GET", "/campaigns", params=params) == []


FAR_AWAY = list(product(["1900-01-01", "0001-01-01 00:00:00"], ["9999-12-31", "9999-12-31T23:59:59-14:00"]))


@pytest.mark.parametrize(("since", "until"), FAR_AWAY)
@pytest.mark.parametrize(
    ("path", "first", "last"),
    [
        ("/short-url/links", "from", "to"),
        ("/short-url/clicks", "from", "to"),
        ("/short-url/domains", "from", "to"),
        ("/2fa/authentications", "filter[from]", "filter[to]"),
    ],
)
def test_dates_far_away_are_no_bounds(
    rcs: Rcs, path: str, first: str, last: str, since: str, until: str
) -> None:
    usual = rcs.data("GET", path, params={first: "2026-01-01", last: "2026-12-31"})
    assert usual
    assert rcs.data("GET", path, params={first: since, last: until}) == usual


@pytest.mark.parametrize(("since", "until"), FAR_AWAY)
def test_searches_take_dates_far_away(rcs: Rcs, since: str, until: str) -> None:
    search = {"search_fields[0][operator]": ">", "search_fields[0][value]": since}
    search |= {"search_fields[1][operator]": "<", "search_fields[1][value]": until}
    search |= {f"search_fields[{number}][field]": "created_at" for number in range(2)}
    assert len(rcs.data("GET", "/groups/search", params=search)) == 3


@pytest.mark.parametrize("path", ["/campaigns", "/messages"])
def test_a_period_that_ends_before_all_time_is_empty(rcs: Rcs, path: str) -> None:
    assert rcs.data("GET", path, params={"filter[to]": "1900-01-01"}) == []


def test_lists_answer_at_the_beginning_of_time(rcs: Rcs) -> None:
    rcs.emulator.http.post("/_emulator/clock", json={"set": "1970-01-01T00:00:00Z"})
    assert len(rcs.data("GET", "/campaigns")) == 9


def test_the_messages_of_a_campaign(rcs: Rcs) -> None:
    found = rcs.messages(campaign_id=3)
    assert {message["campaign_id"] for message in found} == {3}
    assert [(message["type"], message["status"]) for message in found] == [
        ("rcs", "delivered"),
        ("rcs", "undelivered"),
        ("rcs", "not_service_user"),
        ("rcs", "undelivered"),
        ("sms", "delivered"),
        ("sms", "delivered"),
        ("sms", "undelivered"),
    ]


def test_one_message(rcs: Rcs) -> None:
    [message] = rcs.messages(campaign_id=2)[:1]
    assert rcs.messages(id=message["id"]) == [message]
    assert message == {
        "id": message["id"],
        "campaign_id": 2,
        "reference_id": None,
        "type": "rcs",
        "source": "rest",
        "text": "Thank you for your order",
        "phone": 380670000001,
        "validity": 72,
        "status": "delivered",
        "amount": {"value": "0.0175696", "currency": "USD"},
        "sender": "my_agent",
        "created_at": "2026-03-12 14:30:00",
        "sent_at": "2026-03-12 14:30:04",
        "delivered_at": "2026-03-12 14:30:06",
        "country": "UA",
        "parts": 1,
        "rcs_options": {"text": "Thank you for your order"},
        "alternative_channels": None,
    }


def test_a_message_by_its_reference(rcs: Rcs) -> None:
    rcs.send_one("380671112233", reference="order42")
    [message] = rcs.messages(reference_id="order42")
    assert message["reference_id"] == "order42"
    assert rcs.messages(reference_id="order43") == []


def test_a_message_shows_what_was_sent(rcs: Rcs) -> None:
    options = {"cards": [{"title": "Sale", "media": {"url": "https://cdn.example.com/a.jpg"}}]}
    campaign = rcs.send(options=options)["id"]
    [message] = rcs.messages(campaign_id=campaign)
    assert message["rcs_options"] == options
    assert message["text"] == ""


@pytest.mark.parametrize(
    ("sort", "way", "phones"),
    [
        ("id", "asc", [380670000001, 380670000002, 380670000901, 380670000903]),
        ("id", "desc", [380670000903, 380670000901, 380670000002, 380670000001]),
        ("phone", "desc", [380670000903, 380670000901, 380670000002, 380670000001]),
        ("delivered", "asc", [380670000001, 380670000002, 380670000901, 380670000903]),
    ],
)
def test_the_order_of_messages(rcs: Rcs, sort: str, way: str, phones: list[int]) -> None:
    params = {"filter[campaign_id]": 2, "sort": sort, "way": way}
    assert [message["phone"] for message in rcs.data("GET", "/messages", params=params)] == phones


def test_messages_of_a_period(rcs: Rcs) -> None:
    found = rcs.messages(**{"from": "2026-03-11 00:00:00", "to": "2026-03-12 00:00:00"})
    assert {message["campaign_id"] for message in found} == {9}
    assert {message["text"] for message in found} == {"Your code is 1234"}


@pytest.mark.slow
def test_messages_are_filtered_by_the_time_they_were_sent(rcs: Rcs) -> None:
    campaign = rcs.send(start_at="2026-03-17 00:00:00")["id"]
    rcs.advance("3d")
    filters = {"campaign_id": campaign, "from": "2026-03-16 00:00:00"}
    assert [message["sent_at"] for message in rcs.messages(**filters)] == ["2026-03-17 00:00:01"]


@pytest.mark.slow
def test_a_campaigns_messages_are_there_however_old_it_is(rcs: Rcs) -> None:
    rcs.advance("2d")
    assert len(rcs.messages(campaign_id=1)) == 42


@pytest.mark.parametrize("rest", ["", ".5", ".999Z", ".999999"])
def test_the_last_second_of_a_period_is_whole(rcs: Rcs, rest: str) -> None:
    rcs.advance("500ms")
    campaign = rcs.send()
    rcs.advance("500ms")
    later = rcs.send("380671112234")
    rcs.advance("10s")
    second = campaign["created_at"].replace(" ", "T")
    found = ids(rcs, "/campaigns", **{"filter[from]": second, "filter[to]": second + rest})
    assert (campaign["id"] in found, later["id"] in found) == (True, False)


def test_options_are_shown_as_the_schema_has_them(rcs: Rcs) -> None:
    button = {"text": "Go", "url": "https://shop.example.com/"}
    options = {"text": None, "cards": [{"text": "Sale", "title": None, "suggestions": [button]}]}
    campaign = rcs.send(options=options)["id"]
    [message] = rcs.messages(campaign_id=campaign)
    assert message["rcs_options"] == {"cards": [{"text": "Sale", "suggestions": [button | {"type": "link"}]}]}


def test_a_number_of_no_known_country(rcs: Rcs) -> None:
    campaign = rcs.send("999111222333")["id"]
    assert [message["country"] for message in rcs.messages(campaign_id=campaign)] == ["ZZ"]
