"""Which phones may get one-time passwords, in which countries, and how many at a time."""

from typing import Any

import pytest

from emulator.rcs.countries import COUNTRIES
from emulator.rcs.numbering import COUNTRY_OF
from tests.conftest import Emulator
from tests.rcs.conftest import INVALID, Rcs
from tests.rcs.otp import OTP, SERVICE, VIBER, act, codes, refused, send, session, verify

PATH = "/2fa/authentications"
TEMPLATES = f"{PATH}/templates"
TODAY = {"filter[from]": "2026-03-15", "filter[to]": "2026-03-15"}
FIXTURES = "0e7a1c52-0000-4000-a000-000000000001"
UNIQUE = "This collection should contain only unique elements."


def total(rcs: Rcs) -> int:
    found: int = rcs.data("GET", PATH, params=TODAY)["total"]
    return found


def expiries(rcs: Rcs, otp: Any) -> int:
    """Return how many events are due that may end a session."""
    [row] = rcs.emulator.query("SELECT count(*) FROM due_event WHERE subject = ?", f"rcs.otp:{otp['id']}")
    return int(row[0])


@pytest.mark.parametrize(
    ("phone", "country"),
    [
        ("380671112233", "UA"),
        ("351911234567", "PT"),
        ("79161234567", "RU"),
        ("77011234567", "KZ"),
        ("12125551234", "US"),
        ("14165551234", "CA"),
        ("18765551234", "JM"),
        ("447911123456", "GB"),
        ("881612345678", "ZZ"),
    ],
)
def test_the_country_of_a_phone(rcs: Rcs, phone: str, country: str) -> None:
    assert send(rcs, recipient=phone)["country_code"] == country


def test_countries_without_a_price_of_their_own_can_be_allowed(rcs: Rcs) -> None:
    assert send(rcs, recipient="351911234567", template_id=515)["country_code"] == "PT"


def test_every_country_of_the_numbering_plans_exists() -> None:
    assert set(COUNTRY_OF.values()) <= COUNTRIES.keys()


def test_accounts_in_test_mode_send_to_verified_phones(rcs: Rcs) -> None:
    rcs.emulator.query("UPDATE rcs_account SET mode = 'test', verified_phones = '[\"380671112233\"]'")
    assert refused(rcs, recipient="380671112234") == {"recipient": ["Phone number is not verified"]}
    send(rcs)


def test_a_template_for_test_mode(rcs: Rcs) -> None:
    rcs.emulator.query("UPDATE rcs_otp_template SET is_for_test = 1, status = 'requested'")
    assert refused(rcs) == ["Template is not available."]
    rcs.emulator.query("UPDATE rcs_otp_template SET status = 'approved'")
    rcs.emulator.query("UPDATE rcs_account SET mode = 'test', verified_phones = '[\"380671112233\"]'")
    send(rcs)


def test_the_account_makes_so_many_sessions_altogether(rcs: Rcs) -> None:
    rcs.emulator.query("UPDATE rcs_otp_settings SET total_limit = 2")
    otp = send(rcs)
    act(rcs, otp, "cancel")
    assert refused(rcs, recipient="380671112244") == ["Total authentication limit"]
    assert total(rcs) == 2


def test_an_ended_session_makes_room(rcs: Rcs) -> None:
    rcs.emulator.query("UPDATE rcs_otp_settings SET pending_limit = 2")
    otp = send(rcs)
    assert refused(rcs, code_digits=6) == ["Authentication limit with status pending"]
    act(rcs, otp, "cancel")
    send(rcs, code_digits=6)


@pytest.mark.parametrize(
    ("first", "settings", "error"),
    [
        ("template", {"template_id": 516, "sender": "Nobody"}, "Invalid template status"),
        ("channel", {"channel": "viber", "sender": "Nobody"}, "User channel inactive"),
        ("sender", {"recipient": "380670000092", "sender": "Nobody"}, "Sender not found"),
        ("stop list", {"recipient": "380670000092"}, "Exists on the stop list"),
        ("limit", {}, "Authentication limit with status pending"),
    ],
)
def test_what_is_checked_first(rcs: Rcs, first: str, settings: Any, error: str) -> None:
    rcs.emulator.query("UPDATE rcs_otp_settings SET pending_limit = 1, channels = '[\"sms\"]'")
    rcs.emulator.query("UPDATE rcs_account SET money = 0")
    assert refused(rcs, **settings) == [error]


def test_the_sender_behind_viber_may_have_symbols(rcs: Rcs) -> None:
    assert send(rcs, **VIBER | {"sender_alt": "Best Seller"})["sender_alt"] == "Best Seller"


@pytest.mark.parametrize("name", ["AB", "1", "123456789012345"])
def test_the_sender_behind_viber_is_any_that_sends_sms(rcs: Rcs, name: str) -> None:
    rcs.emulator.query("UPDATE rcs_sender SET name = ? WHERE name = 'MyShop'", name)
    assert send(rcs, **VIBER | {"sender_alt": name})["sender_alt"] == name


def test_an_sms_has_nothing_behind_it(rcs: Rcs) -> None:
    assert send(rcs, sender_alt="MyShop")["sender_alt"] is None


@pytest.mark.parametrize("ending", ["903", "904"])
def test_viber_is_followed_by_sms_where_it_fails(rcs: Rcs, ending: str) -> None:
    otp = send(rcs, recipient=f"380671112{ending}", **VIBER)
    rcs.advance("2m")
    assert [one["channel"] for one in session(rcs, otp)["messages"]] == ["viber", "sms"]


def test_the_sms_behind_viber_has_a_stop_list_of_its_own(rcs: Rcs) -> None:
    phones = {"phones": [380671112905], "types": ["sms"]}
    assert rcs.call("POST", "/stoplist/attach", phones).status_code == 200
    otp = send(rcs, recipient="380671112905", **VIBER)
    rcs.advance("2m")
    found = session(rcs, otp)
    assert ([one["channel"] for one in found["messages"]], found["price"]) == (["viber"], 0)


def test_viber_that_arrives_is_charged_alone(rcs: Rcs) -> None:
    before = rcs.balance()
    otp = send(rcs, **VIBER)
    rcs.advance("2m")
    assert (session(rcs, otp)["price"], round(before - rcs.balance(), 7)) == (0.03, 0.03)


def test_a_cancelled_session_is_paid(rcs: Rcs) -> None:
    before = rcs.balance()
    otp = send(rcs)
    rcs.advance("5s")
    assert act(rcs, otp, "cancel").json()["price"] == 0.05
    rcs.advance("1m")
    assert round(before - rcs.balance(), 7) == 0.05


@pytest.mark.parametrize("action", ["verify", "cancel"])
def test_an_ended_session_has_nothing_to_wait_for(rcs: Rcs, action: str) -> None:
    otp = send(rcs)
    act(rcs, otp, "resend")
    assert expiries(rcs, otp) == 1
    act(rcs, otp, action, {"access_code": codes(rcs)[1]} if action == "verify" else None)
    assert expiries(rcs, otp) == 0


def test_placeholders_that_nothing_explains_stay(rcs: Rcs) -> None:
    number = rcs.data("POST", TEMPLATES, {"name": "Greeting", "text": "{name}, code {code2fa}"})[
        "template_id"
    ]
    rcs.advance("1m")
    otp = send(rcs, template_id=number)
    [code] = codes(rcs)
    [message] = session(rcs, otp)["messages"]
    assert rcs.messages(id=message["id"])[0]["text"] == f"{{name}}, code {code}"


def test_one_code_does_not_open_another_session(rcs: Rcs) -> None:
    first, second = send(rcs), send(rcs, recipient="380671112244", code_digits=9)
    [code] = codes(rcs, "380671112244")
    assert verify(rcs, first, code)[0] == 404
    assert verify(rcs, second, code) == "verified"


def test_a_code_can_be_sent_at_once_where_nothing_has_happened_yet(emulator: Emulator) -> None:
    box = emulator.sandbox("first", fixtures="empty", clock="frozen")
    sent = box.http.post(f"/api{PATH}/otp", json=OTP, headers=box.rcs).json()
    [message] = box.control("GET", "/messages", params={"id": sent["id"]}).json()["messages"]
    [code] = box.control("GET", f"/messages/{message['id']}").json()["codes"]
    entered = {"access_code": code}
    verified = box.http.post(f"/api{PATH}/otp/{sent['id']}/verify", json=entered, headers=box.rcs).json()
    assert (verified["status"], verified["country_code"]) == ("verified", "UA")


@pytest.mark.parametrize(
    ("path", "ids", "errors"),
    [
        (PATH, ["a", "b", "c", "d"], ["This collection should contain 3 elements or less."]),
        (PATH, [FIXTURES, FIXTURES.upper()], [UNIQUE]),
        (PATH, [FIXTURES, "a"], ["This value is not valid."]),
        (PATH, [FIXTURES.replace("-", "")], ["This value is not valid."]),
        (PATH, [FIXTURES.replace("0", "\u0660")], ["This value is not valid."]),
        (TEMPLATES, range(1, 102), ["This collection should contain 100 elements or less."]),
        (TEMPLATES, ["12", "012"], [UNIQUE]),
        (TEMPLATES, ["12", "x"], ["This value is not valid."]),
    ],
)
def test_what_is_wrong_with_ids(rcs: Rcs, path: str, ids: Any, errors: list[str]) -> None:
    params = TODAY | {"filter[ids]": list(ids)}
    assert rcs.refused("GET", path, params=params) == (422, INVALID, {"filterids": errors})


@pytest.mark.parametrize("name", ["filter[ids]", "filter[ids][]"])
@pytest.mark.parametrize("ids", ["12,516", ["12", "516"]])
def test_templates_are_found_by_their_ids(rcs: Rcs, name: str, ids: Any) -> None:
    found = rcs.data("GET", TEMPLATES, params={name: ids})
    assert ([one["template_id"] for one in found["list"]], found["total"]) == ([12, 516], 2)


def test_ids_may_stand_under_both_names(rcs: Rcs) -> None:
    found = rcs.data("GET", TEMPLATES, params={"filter[ids]": "12", "filter[ids][]": "516"})
    assert [one["template_id"] for one in found["list"]] == [12, 516]
    entry = rcs.emulator.http.get("/_emulator/requests").json()["requests"][-1]
    assert entry["unread"] == []


@pytest.mark.parametrize("path", [PATH, TEMPLATES])
@pytest.mark.parametrize(
    ("params", "errors"),
    [
        ({"page[limit]": "9"}, {"pagelimit": ["This value should be between 10 and 500."]}),
        ({"page[limit]": "501"}, {"pagelimit": ["This value should be between 10 and 500."]}),
        ({"page[offset]": "-1"}, {"pageoffset": ["This value should be greater than or equal to 0."]}),
        ({"sort": "code"}, {"sort": ["The value you selected is not a valid choice."]}),
        ({"way": "up"}, {"way": ["The value you selected is not a valid choice."]}),
        ({"filter[status]": "sent"}, {"filterstatus": ["The value you selected is not a valid choice."]}),
    ],
)
def test_what_is_wrong_with_a_page(rcs: Rcs, path: str, params: Any, errors: Any) -> None:
    assert rcs.refused("GET", path, params=TODAY | params) == (422, INVALID, errors)


@pytest.mark.parametrize("sort", ["template_id", "status", "name", "updated_at"])
@pytest.mark.parametrize("way", ["asc", "desc"])
def test_templates_are_sorted(rcs: Rcs, sort: str, way: str) -> None:
    found = rcs.data("GET", TEMPLATES, params={"sort": sort, "way": way})["list"]
    assert found == sorted(found, key=lambda one: (one[sort], one["template_id"]), reverse=way == "desc")


@pytest.mark.parametrize(
    "sort", ["id", "status", "channel", "recipient", "created_at", "finished_at", "country_code"]
)
def test_sessions_are_sorted(rcs: Rcs, sort: str) -> None:
    act(rcs, send(rcs), "cancel")
    act(rcs, send(rcs, recipient="393331112233", **VIBER), "cancel")
    params = TODAY | {"sort": sort, "page[limit]": 10}
    found = rcs.data("GET", PATH, params=params)["list"]
    keys = [one[sort] or "" for one in found]
    assert (len(keys), keys) == (3, sorted(keys))


@pytest.mark.parametrize("rest", ["", ".999", ".999999"])
def test_the_last_day_of_a_period_ends_with_its_last_second(rcs: Rcs, rest: str) -> None:
    params = {"filter[from]": "2026-03-01", "filter[to]": f"2026-03-14T23:59:59{rest}"}
    assert rcs.data("GET", PATH, params=params)["total"] == 0


def test_pages_follow_each_other(rcs: Rcs) -> None:
    for number in range(12):
        send(rcs, recipient=f"3806711122{number}")
    first, second = (
        rcs.data("GET", PATH, params=TODAY | {"page[limit]": 10, "page[offset]": offset})
        for offset in (0, 10)
    )
    assert (len(first["list"]), len(second["list"]), first["total"]) == (10, 3, 13)


HOSTILE: list[Any] = [None, True, 1.5, -1, 10**30, [], [[1]], {}, {"a": {}}, "\0", "x" * 5000, "😀" * 20]


@pytest.mark.parametrize("field", sorted(set(OTP) - {"sender_alt"}))
@pytest.mark.parametrize("value", HOSTILE, ids=repr)
def test_nothing_is_sent_for_what_is_no_value(rcs: Rcs, field: str, value: Any) -> None:
    assert refused(rcs, **{field: value}).keys() == {field}
    assert total(rcs) == 1


@pytest.mark.parametrize("field", ["name", "text", "countries"])
@pytest.mark.parametrize("value", [True, 1.5, -1, 10**30, [[1]], [None], {"a": {}}, ["XX"], ["ua"]], ids=repr)
def test_no_template_is_made_of_what_is_no_value(rcs: Rcs, field: str, value: Any) -> None:
    body = {"name": "Sign in", "text": "Your code is {code2fa}"} | {field: value}
    status, _, errors = rcs.refused("POST", TEMPLATES, body)
    assert (status, {name.rstrip("0") for name in errors}) == (422, {field})
    assert rcs.data("GET", TEMPLATES)["total"] == 4


@pytest.mark.parametrize(
    "code", ["", None, True, 1.5, 10**30, {}, "١٢٣٤٥", "12345\n", " 12345", "\0"], ids=repr
)
def test_what_is_no_code_is_refused(rcs: Rcs, code: Any) -> None:
    otp = send(rcs)
    assert verify(rcs, otp, code) == (422, INVALID, {"access_code": ["This value is not valid."]})


@pytest.mark.parametrize("number", ["%00", "a" * 3000, "é", "1.5", "-1", "9" * 30, "0x1"])
def test_strange_ids(rcs: Rcs, number: str) -> None:
    assert rcs.refused("GET", f"{PATH}/{number}") == (404, SERVICE, ["Authentication not found"])
    assert rcs.refused("DELETE", f"{TEMPLATES}/{number}") == (404, SERVICE, ["Template not found"])


@pytest.mark.parametrize("sender", ["ab", "12", "A B C D E F G", "1" * 16])
def test_the_length_of_a_sender_is_looked_at_before_anything_else(rcs: Rcs, sender: str) -> None:
    assert refused(rcs, sender=sender, template_id=999).keys() == {"sender"}
