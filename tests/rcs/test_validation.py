"""Refused sends: the limits of https://telcowwt.com/documentations/rest-api/rcs-api/."""

from typing import Any

import pytest

from emulator.gateway.examples import load_examples
from tests.rcs.conftest import Rcs, send_body

BLANK = "This value should not be blank."
NOT_BLANK = "This value should be blank."
WRONG = "This value is not valid."
NO_URL = "This value is not a valid URL."
NO_DATE = "This value is not a valid datetime."
USED = "This value is already used."
CHOICE = "The value you selected is not a valid choice."
UNKNOWN = "Sender not found"
LINK = "https://shop.example.com/"
SMS = {"sender": "Shop", "text": "Hello"}
CARDS = {"sender": "my_agent", "text": "Hello", "cards": [{"text": "Sale"}]}
BOX = {"name": "a", "cid": "b", "content": "aGk=", "contentType": "image/png", "content_type": "image/gif"}


def too_long(limit: int) -> str:
    return f"This value is too long. It should have {limit} characters or less."


def typed(name: str) -> str:
    return f"This value should be of type {name}."


def between(low: int, high: int) -> str:
    return f"This value should be between {low} and {high}."


def phones(*numbers: Any) -> dict[str, Any]:
    return {"phones": [{"number": number} for number in numbers]}


def references(*texts: Any) -> dict[str, Any]:
    return {"phones": [{"number": f"38067111223{i}", "reference_id": text} for i, text in enumerate(texts)]}


def text(content: Any) -> dict[str, Any]:
    return {"options": {"text": content}}


def card(**fields: Any) -> dict[str, Any]:
    return {"options": {"cards": [{"text": "Sale"} | fields]}}


def button(**fields: Any) -> dict[str, Any]:
    return card(suggestions=[{"text": "Open"} | fields])


def media(url: str) -> dict[str, Any]:
    return card(media={"url": url})


def sms(**fields: Any) -> dict[str, Any]:
    return {"alternative_channel": {"sms": {"text": "Hello", "sender": "MyShop"} | fields}}


WRONG_SENDS = [
    (phones(), "phones", "This collection should contain 1 element or more."),
    (
        phones(*range(380670000000, 380670005001)),
        "phones",
        "This collection should contain 5000 elements or less.",
    ),
    ({"phones": None}, "phones", BLANK),
    ({"phones": [None]}, "phones0", BLANK),
    (phones(None), "phones0number", BLANK),
    ({"phones": [{}]}, "phones0number", BLANK),
    ({"phones": ["380671112233"]}, "phones0", typed("object")),
    (phones(""), "phones0number", BLANK),
    (phones("38067111"), "phones0number", "This value is too short. It should have 9 characters or more."),
    (phones(38067111), "phones0number", "This value is too short. It should have 9 characters or more."),
    (phones("3806711122334455"), "phones0number", too_long(15)),
    (phones(10**4000), "phones0number", too_long(15)),
    (phones("+380671112233"), "phones0number", WRONG),
    (phones("0380671112233"), "phones0number", WRONG),
    (phones("\u0663\u0668\u0660671112233"), "phones0number", WRONG),
    (phones(-380671112233), "phones0number", WRONG),
    (phones(True), "phones0number", typed("string")),
    (phones(380671112233.5), "phones0number", typed("string")),
    (phones("380671112233", "380671112234", 380671112233), "phones2number", USED),
    (references("a b"), "phones0reference_id", WRONG),
    (references("a" * 33), "phones0reference_id", too_long(32)),
    (references("a", "b", "a"), "phones2reference_id", USED),
    ({"sender": None}, "sender", BLANK),
    ({"sender": ""}, "sender", BLANK),
    ({"sender": "x" * 41}, "sender", too_long(40)),
    ({"sender": "nobody"}, "sender", UNKNOWN),
    ({"sender": "retired"}, "sender", UNKNOWN),
    ({"sender": "My_Agent"}, "sender", UNKNOWN),
    ({"options": None}, "options", BLANK),
    ({"options": {}}, "optionstext", BLANK),
    (text(""), "optionstext", BLANK),
    (text("x" * 161), "optionstext", too_long(160)),
    (text("😀" * 81), "optionstext", too_long(160)),
    (text(5), "optionstext", typed("string")),
    ({"options": {"cards": []}}, "optionscards", "This collection should contain 1 element or more."),
    (
        {"options": {"cards": [{"text": "Sale"}] * 11}},
        "optionscards",
        "This collection should contain 10 elements or less.",
    ),
    ({"options": {"cards": [{"title": "Sale"}]}}, "optionscards0text", BLANK),
    (card(title="x" * 201), "optionscards0title", too_long(200)),
    (card(text="x" * 1001), "optionscards0text", too_long(1000)),
    (card(media={}), "optionscards0mediaurl", BLANK),
    (media("ftp://example.com/a.jpg"), "optionscards0mediaurl", NO_URL),
    (media("https://"), "optionscards0mediaurl", NO_URL),
    (media("http://[::1"), "optionscards0mediaurl", NO_URL),
    (media("https://example.com/a b.jpg"), "optionscards0mediaurl", NO_URL),
    (media("https://example.com/a.exe"), "optionscards0mediaurl", WRONG),
    (media("https://example.com/" + "a" * 1000), "optionscards0mediaurl", too_long(1000)),
    (
        card(suggestions=[{"text": "Open", "url": LINK}] * 5),
        "optionscards0suggestions",
        "This collection should contain 4 elements or less.",
    ),
    (button(), "optionscards0suggestions0url", BLANK),
    (button(type="link", phone="380671112233"), "optionscards0suggestions0url", BLANK),
    (button(type="call", url=LINK), "optionscards0suggestions0phone", BLANK),
    (button(type="reply", url=LINK), "optionscards0suggestions0type", CHOICE),
    (button(url="shop.example.com"), "optionscards0suggestions0url", NO_URL),
    (
        button(phone="12"),
        "optionscards0suggestions0phone",
        "This value is too short. It should have 9 characters or more.",
    ),
    (button(phone="447911123456"), "optionscards0suggestions0phone", WRONG),
    (button(url=LINK, text="x" * 26), "optionscards0suggestions0text", too_long(25)),
    (button(url=LINK, postback_data="x" * 26), "optionscards0suggestions0postback_data", too_long(25)),
    ({"validity": 0}, "validity", between(1, 72)),
    ({"validity": 73}, "validity", between(1, 72)),
    ({"validity": "long"}, "validity", typed("integer")),
    ({"validity": 1.5}, "validity", typed("integer")),
    ({"validity_seconds": 29}, "validity_seconds", between(30, 86400)),
    ({"validity_seconds": 86401}, "validity_seconds", between(30, 86400)),
    ({"validity": 1, "validity_seconds": 300}, "validity_seconds", NOT_BLANK),
    ({"tariff_code": -1}, "tariff_code", "This value should be greater than or equal to 0."),
    ({"tariff_code": 2**63}, "tariff_code", f"This value should be less than or equal to {2**63 - 1}."),
    ({"tariff_code": "cheap"}, "tariff_code", typed("integer")),
    ({"check_stop_list": "maybe"}, "check_stop_list", typed("boolean")),
    ({"check_stop_list": "no"}, "check_stop_list", typed("boolean")),
    ({"alternative_channel": {}}, "alternative_channelsms", BLANK),
    (sms(text=""), "alternative_channelsmstext", BLANK),
    (sms(text="x" * 766), "alternative_channelsmstext", too_long(765)),
    (sms(text="€" * 383), "alternative_channelsmstext", too_long(765)),
    (sms(text="я" * 356), "alternative_channelsmstext", too_long(355)),
    (sms(sender="TwelveLetter"), "alternative_channelsmssender", WRONG),
    (sms(sender="My Shop"), "alternative_channelsmssender", WRONG),
    (sms(sender="1" * 16), "alternative_channelsmssender", too_long(15)),
    (sms(sender="NotMine"), "alternative_channelsmssender", UNKNOWN),
    (sms(validity=73), "alternative_channelsmsvalidity", between(1, 72)),
    (sms(validity_seconds=10), "alternative_channelsmsvalidity_seconds", between(30, 86400)),
    ({"start_at": "tomorrow"}, "start_at", NO_DATE),
    ({"start_at": 1773585000}, "start_at", NO_DATE),
    ({"start_at": "2026-03-16"}, "start_at", NO_DATE),
    ({"start_at": "2026-03-16 25:00:00"}, "start_at", NO_DATE),
    ({"start_at": "2026-03-16 09000000"}, "start_at", NO_DATE),
    *(
        (
            {"start_at": early},
            "start_at",
            "This value should be greater than or equal to 2026-03-15 14:30:00.",
        )
        for early in ("2026-03-15 14:29:59", "1900-01-01 00:00:00")
    ),
    *(
        ({"start_at": late}, "start_at", "This value should be less than or equal to 2026-04-13 23:59:59.")
        for late in ("2026-04-14 00:00:00", "9999-12-31T23:59:59-23:59")
    ),
]


@pytest.mark.parametrize(("settings", "field", "complaint"), WRONG_SENDS)
def test_a_wrong_field(rcs: Rcs, settings: dict[str, Any], field: str, complaint: str) -> None:
    assert rcs.wrong("/campaigns/rcs/send", send_body(**settings)) == {field: [complaint]}


RIGHT_SENDS = [
    phones("380671112233", 380671112234),
    phones("123456789", "123456789012345"),
    phones(*range(380670000000, 380670005000)),
    references("a", "b", None),
    text("x" * 160),
    text("😀" * 80),
    text("я" * 160),
    card(title="x" * 200, text="x" * 1000),
    {"options": {"cards": [{"text": "Sale"}] * 10}},
    {"options": {"cards": [{"media": {"url": "https://cdn.example.com/a.JPG"}}]}},
    media("http://cdn.example.com/pictures/17?size=big"),
    button(url=LINK, postback_data="x" * 25),
    button(url="http://nosms.cc/XXXX"),
    button(phone="380670000009"),
    button(type="call", phone=380670000009),
    button(type="link", url=LINK),
    {"validity": 72},
    {"validity": None, "validity_seconds": 86400},
    {"validity": "24"},
    {"tariff_code": None},
    {"alternative_channel": None},
    sms(text="x" * 765),
    sms(text="я" * 355),
    sms(sender="Shop", validity=24, validity_seconds=300, check_stop_list=False),
    {"add_to_contact_book": "true"},
    {"start_at": None},
    {"start_at": "2026-03-15 14:30:00"},
    {"start_at": "2026-04-13 23:59:59"},
    {"start_at": "2026-04-13T23:59:59.999999"},
    {"start_at": "2026-03-16T09:00:00"},
    {"start_at": "2026-03-16T09:00:00.123Z"},
    {"colour": "red"},
]


@pytest.mark.parametrize("settings", RIGHT_SENDS)
def test_a_right_field(rcs: Rcs, settings: dict[str, Any]) -> None:
    assert rcs.send(**settings)["id"] == 53700001


def test_a_time_with_an_offset(rcs: Rcs) -> None:
    assert rcs.send(start_at="2026-03-16T12:00:00+03:00")["start_at"] == "2026-03-16 09:00:00"


def test_all_wrong_fields_are_named(rcs: Rcs) -> None:
    body = send_body("1", validity=100) | {"sender": ""}
    assert set(rcs.wrong("/campaigns/rcs/send", body)) == {"phones0number", "validity", "sender"}


@pytest.mark.parametrize(
    "path", ["/campaigns/rcs/send", "/campaigns/rcs/send-groups", "/messages/rcs/send", "/campaigns/send"]
)
def test_what_is_missing(rcs: Rcs, path: str) -> None:
    assert set(map(tuple, rcs.wrong(path, {}).values())) == {(BLANK,)}


def test_no_body_at_all(rcs: Rcs) -> None:
    assert rcs.wrong("/campaigns/rcs/send", None) == {"body": [BLANK]}


def test_a_reference_of_an_earlier_message(rcs: Rcs) -> None:
    rcs.send(**references("order42"))
    assert rcs.wrong("/campaigns/rcs/send", send_body(**references("new", "order42"))) == {
        "phones1reference_id": [USED]
    }
    body = send_body() | {"phone": {"number": "380671112233", "reference_id": "order42"}}
    assert rcs.wrong("/messages/rcs/send", body) == {"phonereference_id": [USED]}


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("nowhere", NO_URL),
        ("https://client.example:99999/", NO_URL),
        ("https://client..example/", NO_URL),
        ("https://client.example.com/" + "x" * 100, too_long(100)),
    ],
)
def test_a_wrong_callback_url(rcs: Rcs, url: str, complaint: str) -> None:
    body = send_body() | {"phone": {"number": "380671112233"}, "callback_url": url}
    assert rcs.wrong("/messages/rcs/send", body) == {"callback_url": [complaint]}


@pytest.mark.parametrize(
    ("groups", "field", "complaint"),
    [
        ([], "groups", "This collection should contain 1 element or more."),
        (list(range(1, 1002)), "groups", "This collection should contain 1000 elements or less."),
        (["x"], "groups0", typed("integer")),
        ([0], "groups0", "This value should be greater than or equal to 1."),
        ([2**63], "groups0", f"This value should be less than or equal to {2**63 - 1}."),
    ],
)
def test_wrong_groups(rcs: Rcs, groups: list[Any], field: str, complaint: str) -> None:
    body = {"groups": groups, "sender": "my_agent", "options": {"text": "Hello"}}
    assert rcs.wrong("/campaigns/rcs/send-groups", body) == {field: [complaint]}


def test_a_body_needs_no_content_type(rcs: Rcs) -> None:
    headers = {"Authorization": "Bearer live_emulator000000000000"}
    content = b'{"groups": [1860001], "sender": "my_agent", "options": {"text": "Hello"}}'
    answer = rcs.emulator.http.post("/api/campaigns/rcs/send-groups", content=content, headers=headers)
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "status", "message"),
    [
        ("GET", "/nothing", 404, "Not Found"),
        ("DELETE", "/messages", 405, "Method Not Allowed"),
        ("GET", "/campaigns/rcs/send", 405, "Method Not Allowed"),
    ],
)
def test_a_path_that_leads_nowhere(rcs: Rcs, method: str, path: str, status: int, message: str) -> None:
    assert rcs.refused(method, path) == (status, message, [])


@pytest.mark.parametrize(
    "number",
    [
        "+380671112233",
        "38067 111 22 33",
        "380671112233\n",
        "\ufeff380671112233",
        "38067\u200b1112233",
        "38067111223\uff13",
        "\u0663\u0668\u0660671112233",
        "080671112233",
        "38067111",
        "3806711122334455",
        3806711122334455,
        -380671112233,
        380671112233.5,
        True,
    ],
)
def test_what_is_no_phone_is_refused(rcs: Rcs, number: object) -> None:
    body = send_body() | {"phones": [{"number": number}]}
    assert "phones0number" in rcs.wrong("/campaigns/rcs/send", body)


NULLS = [
    ("/campaigns/rcs/send", "add_to_contact_book"),
    ("/campaigns/rcs/send", "check_stop_list"),
    ("/messages/rcs/send", "add_to_contact_book"),
    ("/campaigns/viber/send", "add_to_contact_book"),
    ("/messages/send", "check_stop_list"),
    ("/messages/send", "respect_curfew"),
    ("/campaigns/sms/send", "transliterate"),
]


@pytest.mark.parametrize(("path", "field"), NULLS)
def test_null_for_a_flag_is_as_if_it_were_absent(rcs: Rcs, path: str, field: str) -> None:
    body = load_examples("rcs")[f"POST /api{path}"].body
    assert rcs.call("POST", path, body | {field: None}).status_code == 200


WITHOUT_EFFECT: list[tuple[str, dict[str, Any], list[str]]] = [
    ("/messages/rcs/send", {"options": {"text": "a", "cards": [{"text": "b"}]}}, ["options.text"]),
    ("/messages/rcs/send", {"validity": 24, "validity_seconds": 60}, ["validity"]),
    ("/messages/rcs/send", {"validity": None, "validity_seconds": 60}, []),
    (
        "/messages/rcs/send",
        {
            "alternative_channel": {
                "sms": {"text": "a", "sender": "Shop", "validity": 1, "validity_seconds": 60}
            }
        },
        ["alternative_channel.sms.validity"],
    ),
    (
        "/messages/send",
        {"channels": ["sms"], "sms": SMS, "rcs": CARDS, "voice": {}},
        ["rcs", "voice"],
    ),
    ("/campaigns/send", {"channels": ["sms"], "sms": SMS, "rcs": None}, []),
    ("/campaigns/send", {"channels": ["rcs", "sms"], "sms": SMS, "rcs": CARDS}, ["rcs.text"]),
    ("/campaigns/sms/send-individual", {"start_at": 72}, ["start_at"]),
    ("/campaigns/sms/send-individual", {"start_at": "2026-03-20 09:00:00"}, []),
    (
        "/2fa/authentications/otp",
        {"channel": "SMS", "sender": "MyShop", "sender_alt": "Shop"},
        ["sender_alt"],
    ),
    ("/2fa/authentications/otp", {"sender_alt": "Shop"}, []),
    ("/senders/requests/legal", {"legal_name": "Shop", "juridical_name": "Shop Ltd"}, ["juridical_name"]),
    ("/email/send-emails", {"inlines": [BOX]}, ["inlines[].content_type"]),
]


@pytest.mark.parametrize(("path", "settings", "unread"), WITHOUT_EFFECT)
def test_what_has_no_effect_beside_what_else_is_sent(
    rcs: Rcs, path: str, settings: dict[str, Any], unread: list[str]
) -> None:
    body = load_examples("rcs")[f"POST /api{path}"].body
    assert rcs.call("POST", path, body | settings).status_code in {200, 201}
    entry = rcs.emulator.http.get("/_emulator/requests").json()["requests"][-1]
    assert sorted(entry["unread"]) == [f"body.{name}" for name in unread]
