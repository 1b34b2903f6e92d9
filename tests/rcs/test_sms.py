"""SMS campaigns and their price: https://bsg.world/documentations/rest-api/sms-api/."""

from typing import Any

import pytest

from tests.rcs.conftest import Rcs

TEXT = {"sender": "MyShop", "text": "Hello"}
PHONE = 380671112233


def body(**settings: Any) -> dict[str, Any]:
    return {"phones": [{"number": PHONE}], **TEXT} | settings


def personal(*messages: dict[str, Any], **settings: Any) -> dict[str, Any]:
    return {
        "messages": [{"phone": PHONE + index, **TEXT} | one for index, one in enumerate(messages)]
    } | settings


def test_a_campaign_goes_out_and_is_charged_when_it_is_sent(rcs: Rcs) -> None:
    campaign = rcs.data("POST", "/campaigns/sms/send", body())
    assert (campaign["message_type"], campaign["name"]) == ("sms", "SMS api campaign / 2026-03-15 14:30:00")
    assert (campaign["status"], campaign["calculated_price"], campaign["alternative_channels"]) == (
        "creation",
        0.05,
        None,
    )
    before = rcs.balance()
    rcs.advance("4s")
    assert round(before - rcs.balance(), 7) == 0.05
    [message] = rcs.messages(campaign_id=campaign["id"])
    assert (message["type"], message["status"], message["text"]) == ("sms", "sent", "Hello")


def test_parts_are_priced(rcs: Rcs) -> None:
    campaign = rcs.data("POST", "/campaigns/sms/send", body(text="x" * 161))
    assert campaign["calculated_price"] == 0.1


@pytest.mark.parametrize(
    ("text", "said", "parts"),
    [
        ("Привет, Їжак! " * 6, "Privet, Yizhak! " * 6, 1),
        ("Café à la carte", "Café à la carte", 1),
        ("日本 Щука", "日本 Shchuka", 1),
    ],
)
def test_cyrillic_is_written_in_latin_letters_on_demand(rcs: Rcs, text: str, said: str, parts: int) -> None:
    campaign = rcs.data("POST", "/campaigns/sms/send", body(text=text, transliterate=True))
    [message] = rcs.messages(campaign_id=campaign["id"])
    assert (message["text"], message["parts"]) == (said, parts)


def test_without_that_it_goes_out_as_it_is(rcs: Rcs) -> None:
    campaign = rcs.data("POST", "/campaigns/sms/send", body(text="Привет, мир! " * 6))
    [message] = rcs.messages(campaign_id=campaign["id"])
    assert (message["text"], message["parts"]) == ("Привет, мир! " * 6, 2)


def test_an_sms_expires(rcs: Rcs) -> None:
    campaign = rcs.data("POST", "/campaigns/sms/send", body(phones=[{"number": 380671112902}], validity=1))
    rcs.advance("2h")
    assert [message["status"] for message in rcs.messages(campaign_id=campaign["id"])] == ["expired"]


def test_a_campaign_is_stopped_while_it_is_made(rcs: Rcs) -> None:
    campaign = rcs.data("POST", "/campaigns/sms/send", body())
    assert rcs.data("PATCH", f"/campaigns/{campaign['id']}/stop")["status"] == "stopped"


def test_the_stop_list_is_always_looked_at(rcs: Rcs) -> None:
    phones = [{"number": 380670000092}, {"number": 380670000091}]
    campaign = rcs.data("POST", "/campaigns/sms/send", body(phones=phones))
    assert [message["phone"] for message in rcs.messages(campaign_id=campaign["id"])] == [380670000091]


def test_a_scheduled_campaign_waits(rcs: Rcs) -> None:
    campaign = rcs.data("POST", "/campaigns/sms/send", body(start_at="2026-03-16T09:00:00Z"))
    assert (campaign["status"], campaign["start_at"]) == ("scheduled", "2026-03-16 09:00:00")


def test_spam_does_not_pass_moderation(rcs: Rcs) -> None:
    campaign = rcs.data("POST", "/campaigns/sms/send-individual", personal({}, {"text": "No SPAM"}))
    rcs.advance("10s")
    assert rcs.campaign(campaign["id"])["status"] == "spam"


def test_lists_get_it_once_for_each_phone(rcs: Rcs) -> None:
    request = TEXT | {"groups": [1860001, 1860002]}
    campaign = rcs.data("POST", "/campaigns/sms/send-groups", request)
    phones = [message["phone"] for message in rcs.messages(campaign_id=campaign["id"])]
    assert len(phones) == len(set(phones)) == 44


def test_values_of_contact_fields_are_filled_in(rcs: Rcs) -> None:
    rcs.emulator.query("INSERT OR IGNORE INTO rcs_contact_field VALUES (387099, 'Name', 'text', NULL, 1)")
    rcs.emulator.query(
        "INSERT INTO rcs_contact_value SELECT id, 387099, 'Ann' FROM rcs_contact WHERE phone = '380670000001'"
    )
    request = {"groups": [1860001], "sender": "MyShop", "text": "Dear {387099}{1}{name}!"}
    campaign = rcs.data("POST", "/campaigns/sms/send-groups", request)
    texts = [message["text"] for message in rcs.messages(campaign_id=campaign["id"])]
    assert texts == ["Dear Ann{1}{name}!", "Dear {1}{name}!", "Dear {1}{name}!"]


def test_values_are_not_filled_in_for_phones(rcs: Rcs) -> None:
    campaign = rcs.data("POST", "/campaigns/sms/send", body(text="Dear {387001}"))
    assert rcs.messages(campaign_id=campaign["id"])[0]["text"] == "Dear {387001}"


def test_each_phone_has_a_text_a_sender_and_a_tariff_of_its_own(rcs: Rcs) -> None:
    request = personal(
        {"text": "Hello Jack", "reference_id": "a1"},
        {"text": "Привет", "sender": "Shop", "tariff_code": 5, "transliterate": True},
        tariff_code=9,
    )
    campaign = rcs.data("POST", "/campaigns/sms/send-individual", request)
    assert (campaign["sender"], campaign["calculated_price"]) == ("MyShop", 0.08)
    seen = [
        (message["text"], message["sender"], message["reference_id"], message["amount"]["value"])
        for message in rcs.messages(campaign_id=campaign["id"])
    ]
    assert seen == [
        ("Hello Jack", "MyShop", "a1", "0.0500000"),
        ("Privet", "Shop", None, "0.0300000"),
    ]


def test_texts_of_their_own_pass_moderation(rcs: Rcs) -> None:
    campaign = rcs.data("POST", "/campaigns/sms/send-individual", personal({}, {"text": "Hello Anna"}))
    rcs.advance("10s")
    assert rcs.campaign(campaign["id"])["status"] == "done"


@pytest.mark.slow
def test_what_each_phone_got_is_seen_and_found(rcs: Rcs) -> None:
    rcs.data(
        "POST", "/campaigns/sms/send-individual", personal({"text": "Hello Jack"}, {"text": "Hello Anna"})
    )
    found = rcs.emulator.http.get("/_emulator/messages", params={"text": "Hello Anna"}).json()["messages"]
    assert [message["recipient"] for message in found] == [str(PHONE + 1)]
    [shown] = [rcs.emulator.http.get(f"/_emulator/messages/{message['id']}").json() for message in found]
    assert shown["text"] == "Hello Anna"


@pytest.mark.parametrize("hours", [1, 72])
def test_hours_in_the_place_of_a_start_mean_nothing(rcs: Rcs, hours: int) -> None:
    campaign = rcs.data("POST", "/campaigns/sms/send-individual", personal({}, start_at=hours))
    assert campaign["status"] == "creation"


@pytest.mark.parametrize(
    ("path", "request_", "wrong"),
    [
        ("sms/send", body(phones=[]), {"phones": ["This collection should contain 1 element or more."]}),
        ("sms/send", body(sender="Nobody"), {"sender": ["Sender not found"]}),
        ("sms/send", body(sender="Notify"), {"sender": ["Sender not found"]}),
        ("sms/send", body(text=""), {"text": ["This value should not be blank."]}),
        ("sms/send", body(validity=73), {"validity": ["This value should be between 1 and 72."]}),
        (
            "sms/send",
            body(phones=[{"number": PHONE}, {"number": str(PHONE)}]),
            {"phones1number": ["This value is already used."]},
        ),
        (
            "sms/send",
            body(short_links=[{"link": "https://a.example", "placeholder": "x"}]),
            {"short_links0domain_ids": ["This value should not be blank."]},
        ),
        ("sms/send-groups", TEXT, {"groups": ["This value should not be blank."]}),
        (
            "sms/send-groups",
            TEXT | {"groups": [1860001, 1860001]},
            {"groups": ["This collection should contain only unique elements."]},
        ),
        ("sms/send-individual", personal({"sender": "Nobody"}), {"messages0sender": ["Sender not found"]}),
        (
            "sms/send-individual",
            personal({}, {"phone": PHONE}),
            {"messages1phone": ["This value is already used."]},
        ),
        (
            "sms/send-individual",
            personal({}, start_at=73),
            {"start_at": ["This value is not a valid datetime."]},
        ),
        (
            "price",
            TEXT | {"messages": [{"phone": 1234567890123456}]},
            {"messages0phone": ["This value is too long. It should have 15 characters or less."]},
        ),
        ("price", TEXT, {"messages": ["This value should not be blank."]}),
        ("price", TEXT | {"sender": "Nobody", "groups": [1860001]}, {"sender": ["Sender not found"]}),
    ],
)
def test_what_is_wrong(rcs: Rcs, path: str, request_: Any, wrong: Any) -> None:
    assert rcs.wrong(f"/campaigns/{path}", request_) == wrong


@pytest.mark.parametrize("path", ["sms/send-groups", "price"])
def test_an_unknown_list(rcs: Rcs, path: str) -> None:
    refusal = rcs.refused("POST", f"/campaigns/{path}", TEXT | {"groups": [5]})
    assert refusal == (422, "Contact group is not found", [])


@pytest.mark.parametrize(
    ("path", "request_"),
    [
        ("sms/send", body(tariff_code=8)),
        ("sms/send", body(tariff_code=3)),
        ("sms/send-individual", personal({"tariff_code": 8})),
        ("price", TEXT | {"messages": [{"phone": PHONE}], "tariff_code": 8}),
    ],
)
def test_an_unknown_or_inactive_tariff(rcs: Rcs, path: str, request_: Any) -> None:
    assert rcs.refused("POST", f"/campaigns/{path}", request_) == (422, "Tariff was not found", [])


@pytest.mark.parametrize("path", ["sms/send", "price"])
def test_tariff_0_is_the_default_one_where_there_is_none(rcs: Rcs, path: str) -> None:
    request = body(tariff_code=0, messages=[{"phone": PHONE}])
    answer = rcs.call("POST", f"/campaigns/{path}", request).json()
    assert answer.get("data", {}).get("calculated_price", answer.get("price")) == 0.05


def test_the_price_of_phones_and_lists_counts_each_phone_once(rcs: Rcs) -> None:
    request = TEXT | {"messages": [{"phone": 380670000001}, {"phone": PHONE}], "groups": [1860001]}
    assert rcs.call("POST", "/campaigns/price", request).json() == {"price": 0.2, "currency": "USD"}


def test_the_price_of_phones_and_lists_is_what_a_campaign_to_both_costs(rcs: Rcs) -> None:
    phone, text = "380671119999", "Dear {387001} " + "x" * 150
    asked = {"sender": "MyShop", "text": text, "messages": [{"phone": phone}], "groups": [1860001]}
    price = rcs.call("POST", "/campaigns/price", asked).json()["price"]
    recipients = {"phones": [{"number": phone}], "groups": [1860001]}
    body = {"channels": ["sms"], "recipients": recipients, "sms": {"sender": "MyShop", "text": text}}
    campaign = rcs.data("POST", "/campaigns/send", body)
    assert price == campaign["calculated_price"]
    [said] = [one["text"] for one in rcs.messages(campaign_id=campaign["id"]) if str(one["phone"]) == phone]
    assert said == "Dear  " + "x" * 150


def test_the_price_is_what_a_send_to_lists_costs(rcs: Rcs) -> None:
    name = {"fields": [{"id": 387001, "value": "A" * 200}], "phone": "380671112234", "groups": [1860003]}
    assert rcs.call("POST", "/contacts", name).status_code == 201
    body = {"sender": "MyShop", "text": "Dear {387001}", "groups": [1860003]}
    price = rcs.call("POST", "/campaigns/price", body).json()["price"]
    assert price == rcs.data("POST", "/campaigns/sms/send-groups", body)["calculated_price"] == 0.1


@pytest.mark.parametrize("to", [{"messages": [{"phone": PHONE}]}, {"groups": [1860003]}])
def test_the_price_counts_links_as_they_will_be(rcs: Rcs, to: dict[str, Any]) -> None:
    rcs.call("POST", "/contacts", {"phone": "380671112234", "groups": [1860003]})
    text = "http://nosms.cc/XXXX " + 138 * "y"
    price = rcs.call("POST", "/campaigns/price", {"sender": "MyShop", "text": text} | to).json()["price"]
    assert price == 0.1


def test_the_price_leaves_out_who_is_on_the_stop_list(rcs: Rcs) -> None:
    rcs.data("POST", "/stoplist/attach", {"phones": [PHONE], "types": ["sms"]})
    request = TEXT | {"messages": [{"phone": PHONE}, {"phone": 380671112234}]}
    assert rcs.call("POST", "/campaigns/price", request).json()["price"] == 0.05


def test_the_same_price_is_not_told_twice_within_ten_seconds(rcs: Rcs) -> None:
    request = TEXT | {"messages": [{"phone": PHONE}]}
    assert rcs.call("POST", "/campaigns/price", request).status_code == 200
    assert rcs.call("POST", "/campaigns/price", request).json() == {
        "message": "Too many duplicate request detected"
    }


def test_a_demo_account_sends_nothing(rcs: Rcs) -> None:
    rcs.emulator.query("UPDATE rcs_account SET mode = 'demo'")
    text = "This action is not available for the account of your type"
    assert rcs.refused("POST", "/campaigns/sms/send", body()) == (422, text, [])


def test_a_test_account_sends_to_verified_phones(rcs: Rcs) -> None:
    rcs.emulator.query("UPDATE rcs_account SET mode = 'test', verified_phones = ?", f'["{PHONE}"]')
    assert rcs.data("POST", "/campaigns/sms/send", body())["status"] == "creation"
    wrong = rcs.wrong("/campaigns/sms/send", body(phones=[{"number": PHONE}, {"number": PHONE + 1}]))
    assert wrong == {"phones1number": ["Phone number is not verified"]}
    wrong = rcs.wrong("/campaigns/sms/send-individual", personal({}, {}))
    assert wrong == {"messages1phone": ["Phone number is not verified"]}
