"""The stop list: https://bsg.world/documentations/rest-api/stoplists/."""

from typing import Any

import pytest

from tests.rcs.conftest import Rcs, send_body

PHONE = 380671112233
PATHS = ["/stoplist", "/stoplist/"]
SEARCHES = ["/stoplist/search", "/stoplists/search"]


def attach(rcs: Rcs, *types: str, phones: tuple[int, ...] = (PHONE,)) -> Any:
    return rcs.data("POST", "/stoplist/attach", {"phones": phones, "types": types})


def phones(rcs: Rcs, path: str = "/stoplist", **params: Any) -> list[int]:
    found = rcs.call("GET", path, params=params).json()
    return [item["phone"] for item in found["data"]]


@pytest.mark.parametrize("path", PATHS)
def test_the_phones_are_listed_with_their_flags(rcs: Rcs, path: str) -> None:
    found = rcs.call("GET", path).json()
    assert found["total"] == len(found["data"]) == 3
    assert found["data"][1] == {
        "id": 9392002,
        "phone": 380670000092,
        "created_at": "2026-03-15 14:30:00",
        "sms_stoplist": True,
        "viber_stoplist": False,
        "rcs_stoplist": True,
    }


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("name", ["type", "types"])
def test_the_list_of_one_channel(rcs: Rcs, path: str, name: str) -> None:
    assert phones(rcs, path, **{name: "rcs"}) == [380670000091, 380670000092]


def test_pages(rcs: Rcs) -> None:
    attach(rcs, "sms", phones=tuple(range(PHONE, PHONE + 30)))
    assert len(phones(rcs)) == 20
    page = rcs.call("GET", "/stoplist", params={"page[limit]": 15, "page[offset]": 30}).json()
    assert (len(page["data"]), page["total"]) == (3, 33)


def test_flags_are_added_to_a_phone_that_is_on_it(rcs: Rcs) -> None:
    [first] = attach(rcs, "sms")
    rcs.advance("1h")
    [second] = attach(rcs, "rcs", "viber")
    assert (second["id"], second["created_at"]) == (first["id"], first["created_at"])
    assert [second[f"{channel}_stoplist"] for channel in ("sms", "viber", "rcs")] == [True, True, True]


def test_a_phone_is_taken_as_text_and_once(rcs: Rcs) -> None:
    body = {"phones": [str(PHONE), PHONE], "types": ["sms"]}
    assert [item["phone"] for item in rcs.data("POST", "/stoplist/attach", body)] == [PHONE]


def test_the_next_send_on_the_channel_is_held_back_and_on_no_other(rcs: Rcs) -> None:
    attach(rcs, "rcs")
    assert rcs.messages(campaign_id=rcs.send(str(PHONE))["id"]) == []
    sms = {"phones": [{"number": PHONE}], "sender": "MyShop", "text": "Hello"}
    campaign = rcs.data("POST", "/campaigns/sms/send", sms)
    assert len(rcs.messages(campaign_id=campaign["id"])) == 1


SMS_BEHIND = {"alternative_channel": {"sms": {"sender": "MyShop", "text": "Hello"}}}


def test_who_comes_on_it_before_a_campaign_begins_gets_nothing(rcs: Rcs) -> None:
    campaign = rcs.send(str(PHONE), "380671112234", start_at="2026-03-16 09:00:00", **SMS_BEHIND)["id"]
    attach(rcs, "rcs")
    rcs.advance("1d")
    unwanted, wanted = rcs.messages(campaign_id=campaign)
    assert (unwanted["status"], unwanted["amount"]["value"]) == ("failed", "0.0000000")
    assert (unwanted["sent_at"], unwanted["alternative_channels"]) == (None, None)
    assert (wanted["status"], rcs.campaign(campaign)["status"]) == ("delivered", "done")
    assert rcs.balance() == pytest.approx(1000 - float(wanted["amount"]["value"]))


def test_a_campaign_of_phones_that_all_came_on_it_ends(rcs: Rcs) -> None:
    campaign = rcs.send(str(PHONE))["id"]
    attach(rcs, "rcs")
    rcs.advance("3s")
    assert rcs.campaign(campaign)["status"] == "done"
    assert [one["status"] for one in rcs.messages(campaign_id=campaign)] == ["failed"]


def test_a_campaign_of_such_phones_ends_though_all_money_is_put_aside(rcs: Rcs) -> None:
    rcs.send_one("380671110908")
    campaign = rcs.send(str(PHONE), "380671112234")["id"]
    attach(rcs, "rcs", phones=(PHONE, 380671112234))
    rcs.emulator.http.post("/_emulator/balances/rcs", json={"set": 0})
    rcs.advance("10s")
    assert rcs.campaign(campaign)["status"] == "done"
    assert rcs.emulator.http.get("/_emulator/clock/failed").json()["total"] == 0


def test_a_campaign_that_does_not_check_it_goes_out_to_who_comes_on_it(rcs: Rcs) -> None:
    campaign = rcs.send(str(PHONE), check_stop_list=False)["id"]
    attach(rcs, "rcs")
    rcs.advance("1m")
    assert [one["status"] for one in rcs.messages(campaign_id=campaign)] == ["delivered"]


@pytest.mark.parametrize(
    ("path", "to"),
    [
        ("send", {"phones": [{"number": 380670000001}], "sender": "MyShop", "text": "Hello"}),
        ("send-groups", {"groups": [1860001], "sender": "MyShop", "text": "Hello"}),
        ("send-individual", {"messages": [{"phone": 380670000001, "sender": "MyShop", "text": "Hello"}]}),
    ],
)
def test_sms_to_who_comes_on_it_are_held_back(rcs: Rcs, path: str, to: dict[str, Any]) -> None:
    body = to | {"start_at": "2026-03-16 09:00:00"}
    campaign = rcs.data("POST", f"/campaigns/sms/{path}", body)["id"]
    attach(rcs, "sms", phones=(380670000001,))
    rcs.advance("1d")
    found = {one["phone"]: one["status"] for one in rcs.messages(campaign_id=campaign)}
    assert found.pop(380670000001) == "failed"
    assert "failed" not in found.values()


def test_a_send_that_does_not_check_it_goes_out(rcs: Rcs) -> None:
    attach(rcs, "rcs")
    assert len(rcs.messages(campaign_id=rcs.send(str(PHONE), check_stop_list=False)["id"])) == 1


def test_a_flag_that_is_taken_away_lets_sends_through_again(rcs: Rcs) -> None:
    [item] = attach(rcs, "rcs", "sms")
    answer = rcs.call("POST", "/stoplist/detach", {"ids": [item["id"], 77], "types": ["rcs"]})
    assert (answer.status_code, answer.json()) == (200, {})
    assert len(rcs.messages(campaign_id=rcs.send(str(PHONE))["id"])) == 1
    assert PHONE in phones(rcs, type="sms")


def test_a_record_without_flags_goes_and_a_later_one_has_another_id(rcs: Rcs) -> None:
    [item] = attach(rcs, "viber")
    rcs.call("POST", "/stoplist/detach", {"ids": [item["id"]], "types": ["viber", "sms"]})
    assert PHONE not in phones(rcs)
    assert attach(rcs, "sms")[0]["id"] != item["id"]


def test_the_flag_of_whatsapp_is_kept_and_not_shown(rcs: Rcs) -> None:
    [item] = attach(rcs, "whatsapp")
    assert "whatsapp_stoplist" not in item
    assert phones(rcs, type="whatsapp") == [PHONE]


@pytest.mark.parametrize("path", SEARCHES)
@pytest.mark.parametrize(
    ("criteria", "expected"),
    [
        ([], [380670000091, 380670000092, 380670092903]),
        ([("phone", "=", "380670000092")], [380670000092]),
        ([("phone", "like", "9290")], [380670092903]),
        ([("id", ">", "9392001")], [380670000092, 380670092903]),
        ([("type", "=", "sms")], [380670000092, 380670092903]),
        ([("created_at", "=", "2026-03-15")], [380670000091, 380670000092, 380670092903]),
        ([("date", "<", "2026-03-15 14:30:00")], []),
        ([("type", "=", "sms"), ("phone", "like", "0000092")], [380670000092]),
    ],
)
def test_a_search(rcs: Rcs, path: str, criteria: list[tuple[str, str, str]], expected: list[int]) -> None:
    names = ("field", "operator", "value")
    params = {
        f"search_fields[{index}][{name}]": value
        for index, criterion in enumerate(criteria)
        for name, value in zip(names, criterion, strict=True)
    }
    found = rcs.call("GET", path, params=params).json()
    assert [item["phone"] for item in found["data"]] == expected
    shown = dict(zip(names, criteria[0], strict=True)) if criteria else None
    assert found["meta"] == {
        "page": {"limit": 50, "offset": 0, "total": len(expected)},
        "search": shown,
    }


@pytest.mark.parametrize(
    ("operator", "at", "found"),
    [
        ("=", "2026-03-15 15:30:00", True),
        ("<=", "2026-03-15 15:30:00", True),
        (">", "2026-03-15 15:30:00", False),
        ("<=", "2026-03-15", True),
        (">", "2026-03-15", False),
        (">=", "2026-03-15", True),
        ("<", "2026-03-15", False),
    ],
)
def test_times_are_compared_as_they_are_shown(rcs: Rcs, operator: str, at: str, found: bool) -> None:  # noqa: FBT001 -- a column of the table
    rcs.advance("1h300ms")
    attach(rcs, "sms")
    criterion = {"search[field]": "created_at", "search[operator]": operator, "search[value]": at}
    assert (PHONE in phones(rcs, "/stoplist/search", **criterion)) is found


def test_a_search_within_a_list_sorted_backwards(rcs: Rcs) -> None:
    attach(rcs, "sms", phones=(380670000001, 380670000002))
    params = {"contact_group_id": 1860001, "sort": "phone", "way": "desc"}
    assert phones(rcs, "/stoplist/search", **params) == [380670000002, 380670000001]


CHOICE, BLANK = ["The value you selected is not a valid choice."], ["This value should not be blank."]


@pytest.mark.parametrize(
    ("params", "wrong"),
    [
        ({"search[field]": "colour", "search[value]": "1"}, {"searchfield": CHOICE}),
        ({"search[field]": "phone"}, {"searchvalue": BLANK}),
        ({"search[value]": "1"}, {"searchfield": BLANK}),
        (
            {"search[field]": "phone", "search[operator]": ">", "search[value]": "1"},
            {"searchoperator": CHOICE},
        ),
        (
            {"search[field]": "id", "search[operator]": "like", "search[value]": "1"},
            {"searchoperator": CHOICE},
        ),
        (
            {"search_fields[3][field]": "id", "search_fields[3][value]": "x"},
            {"search_fields3value": ["This value is not valid."]},
        ),
        (
            {"search[field]": "created_at", "search[value]": "yesterday"},
            {"searchvalue": ["This value is not valid."]},
        ),
        ({"search[field]": "type", "search[value]": "fax"}, {"searchvalue": CHOICE}),
        (
            {"search[field]": "type", "search[operator]": "like", "search[value]": "sms"},
            {"searchoperator": CHOICE},
        ),
        ({"page[limit]": 14}, {"pagelimit": ["This value should be between 15 and 500."]}),
    ],
)
def test_a_wrong_search(rcs: Rcs, params: dict[str, Any], wrong: Any) -> None:
    status, _, errors = rcs.refused("GET", "/stoplist/search", params=params)
    assert (status, errors) == (422, wrong)


def test_a_search_within_an_unknown_list(rcs: Rcs) -> None:
    refusal = rcs.refused("GET", "/stoplist/search", params={"contact_group_id": 5})
    assert refusal == (422, "Contact group is not found", [])


@pytest.mark.parametrize(
    ("path", "body", "wrong"),
    [
        ("attach", {"phones": [], "types": ["sms"]}, {"phones": BLANK}),
        ("attach", {"phones": [PHONE], "types": []}, {"types": BLANK}),
        ("detach", {"ids": [], "types": []}, {"ids": BLANK, "types": BLANK}),
        ("attach", {"phones": [PHONE]}, {"types": BLANK}),
        ("attach", {"phones": [PHONE], "types": ["fax"]}, {"types0": CHOICE}),
        (
            "attach",
            {"phones": [12], "types": ["sms"]},
            {"phones0": ["This value is too short. It should have 9 characters or more."]},
        ),
        ("detach", {"ids": ["x"], "types": ["sms"]}, {"ids0": ["This value should be of type integer."]}),
        ("detach", {"types": ["sms"]}, {"ids": BLANK}),
    ],
)
def test_what_is_wrong(rcs: Rcs, path: str, body: Any, wrong: Any) -> None:
    assert rcs.wrong(f"/stoplist/{path}", body) == wrong


def test_the_same_is_not_attached_twice_within_ten_seconds(rcs: Rcs) -> None:
    attach(rcs, "sms")
    answer = rcs.call("POST", "/stoplist/attach", {"phones": [PHONE], "types": ["sms"]})
    assert answer.status_code == 429


def test_the_alternative_sms_looks_at_the_flag_of_sms(rcs: Rcs) -> None:
    attach(rcs, "sms", phones=(380671112903,))
    body = send_body("380671112903", alternative_channel={"sms": {"sender": "MyShop", "text": "x"}})
    campaign = rcs.data("POST", "/campaigns/rcs/send", body)["id"]
    rcs.advance("1h")
    assert [message["type"] for message in rcs.messages(campaign_id=campaign)] == ["rcs"]


def test_phones_are_sorted_as_numbers(rcs: Rcs) -> None:
    rcs.call("POST", "/stoplist/attach", {"phones": [999999999, 4915112345678], "types": ["sms"]})
    found = rcs.data("GET", "/stoplist/search", params={"sort": "phone", "page[limit]": 500})
    phones = [item["phone"] for item in found]
    assert phones == sorted(phones)
    assert {999999999, 4915112345678} <= set(phones)


def test_of_both_names_of_the_type_one_is_read(rcs: Rcs) -> None:
    rcs.call("GET", "/stoplist", params={"types": "sms", "type": "rcs"})
    [entry] = rcs.emulator.http.get("/_emulator/requests", params={"provider": "rcs"}).json()["requests"]
    assert entry["unread"] == ["query.types"]
