"""Substitutes of messages that did not arrive have the values of their recipient.

https://telcowwt.com/documentations/rest-api/rcs-api/ (alternative channel); github.com/bsgworld/go-sdk
v2/api/openapi.yaml (campaign_send, send_message).
"""

from typing import Any

import pytest

from tests.rcs.conftest import Rcs, send_body
from tests.rcs.short_links import DAYS, NUMERIC, OWN, SYSTEM, UNKNOWN, listed
from tests.rcs.short_links import follow as follow_short
from tests.rcs.test_unsubscribing import flags, follow

ANN, BEA = "380671112903", "380671113903"
"""Phones to which RCS messages do not arrive, but the SMS that are their substitutes."""
LIST = 1860003
STOP = "http://nosms.cc/XXXX"
LINK = {"link": "https://shop.example.com/x", "placeholder": "LINK", "domain_ids": [SYSTEM]}
RCS_PART = {"sender": "my_agent", "text": "Hello"}


def put_on_list(rcs: Rcs, phone: str, name: str | None) -> None:
    fields = [] if name is None else [{"id": 387001, "value": name}]
    answer = rcs.call("POST", "/contacts", {"phone": phone, "groups": [LIST], "fields": fields})
    assert answer.status_code == 201, answer.text


def standing_in(rcs: Rcs, campaign: Any) -> list[Any]:
    """Let a campaign be sent, and return the substitutes of the messages that did not arrive."""
    rcs.advance("10m")
    return [
        one for one in rcs.messages(campaign_id=campaign["id"]) if one["type"] != campaign["message_type"]
    ]


def universal(*phones: str, first: str = "rcs", **second: Any) -> dict[str, Any]:
    """Return a universal campaign by RCS with an SMS as the substitute, or the other way round."""
    parts = {"rcs": RCS_PART, "sms": {"sender": "MyShop", "text": "Hello by SMS"}}
    other = "sms" if first == "rcs" else "rcs"
    parts[other] = parts[other] | second
    numbers = [{"number": phone} for phone in phones or (ANN,)]
    return {"channels": [first, other], "recipients": {"phones": numbers}} | parts


def test_values_of_contact_fields_are_filled_in_after_an_rcs_send_to_lists(rcs: Rcs) -> None:
    put_on_list(rcs, ANN, "Ann")
    put_on_list(rcs, BEA, None)
    body = {"groups": [LIST], "sender": "my_agent", "options": {"text": "Hello"}}
    body |= {"alternative_channel": {"sms": {"text": "Dear {387001}!{7}", "sender": "MyShop"}}}
    campaign = rcs.data("POST", "/campaigns/rcs/send-groups", body)
    assert [one["text"] for one in standing_in(rcs, campaign)] == ["Dear Ann!{7}", "Dear !{7}"]


@pytest.mark.parametrize(
    ("method", "path", "change"),
    [
        ("POST", "/contacts/fields/delete", {"ids": [387001]}),
        ("PUT", "/contacts/{contact}", {"phone": ANN, "fields": [{"id": 387001, "value": "Bob"}]}),
        ("PUT", "/contacts/{contact}", {"phone": BEA}),
        ("DELETE", "/contacts/{contact}", None),
    ],
)
@pytest.mark.parametrize("first", ["rcs", "sms"])
def test_what_stands_in_has_the_values_of_the_time_when_it_was_sent(
    rcs: Rcs, first: str, method: str, path: str, change: Any
) -> None:
    put_on_list(rcs, ANN, "Ann")
    search = {"search[field]": "phone", "search[value]": ANN}
    [contact] = rcs.data("GET", "/contacts/search", params=search)
    body = universal(first=first, text="Dear {387001}!{7}") | {"recipients": {"groups": [LIST]}}
    campaign = rcs.data("POST", "/campaigns/send", body)
    assert rcs.call(method, path.format(contact=contact["id"]), change).is_success
    assert [one["text"] for one in standing_in(rcs, campaign)] == ["Dear Ann!{7}"]


@pytest.mark.parametrize("first", ["rcs", "sms"])
def test_values_are_filled_in_after_a_universal_send_to_lists(rcs: Rcs, first: str) -> None:
    put_on_list(rcs, ANN, "Ann")
    body = universal(first=first, text="Dear {387001}") | {"recipients": {"groups": [LIST]}}
    [message] = standing_in(rcs, rcs.data("POST", "/campaigns/send", body))
    assert message["text"] == "Dear Ann"
    if first == "sms":
        assert message["rcs_options"] == {"text": "Dear Ann"}


def test_values_are_not_filled_in_where_phones_are_named(rcs: Rcs) -> None:
    campaign = rcs.data("POST", "/campaigns/send", universal(text="Dear {387001}"))
    assert [one["text"] for one in standing_in(rcs, campaign)] == ["Dear {387001}"]


def test_parts_and_price_are_those_of_what_goes_out(rcs: Rcs) -> None:
    put_on_list(rcs, ANN, "A" * 200)
    put_on_list(rcs, BEA, "Bea")
    body = universal(text="Dear {387001}") | {"recipients": {"groups": [LIST]}}
    campaign = rcs.data("POST", "/campaigns/send", body)
    long, short = standing_in(rcs, campaign)
    assert [(one["parts"], one["amount"]["value"]) for one in (long, short)] == [
        (2, "0.1000000"),
        (1, "0.0500000"),
    ]
    assert rcs.balance() == pytest.approx(1000 - 0.15)
    replaced = [one["alternative_channels"] for one in rcs.messages(campaign_id=campaign["id"])[:2]]
    assert replaced == [
        {"sms": {"parts": parts, "id": [one["id"]]}} for parts, one in ((2, long), (1, short))
    ]


def test_a_substitute_that_is_too_long_for_the_money_fails(rcs: Rcs) -> None:
    put_on_list(rcs, ANN, "A" * 200)
    put_on_list(rcs, BEA, "Bea")
    body = universal(text="Dear {387001}") | {"recipients": {"groups": [LIST]}}
    campaign = rcs.data("POST", "/campaigns/send", body)
    rcs.emulator.query("UPDATE rcs_account SET money = 900000")
    rule = {"provider": "rcs", "channel": "sms", "outcome": "delivered"}
    assert rcs.emulator.http.post("/_emulator/outcomes", json=rule).status_code == 201
    long, short = standing_in(rcs, campaign)
    assert (long["status"], long["sent_at"], long["amount"]["value"]) == ("failed", None, "0.0000000")
    assert (short["text"], short["status"]) == ("Dear Bea", "delivered")
    assert rcs.balance() == pytest.approx(0.04)


@pytest.mark.parametrize(("says", "said"), [("Привет", "Privet"), ("Hello ~", "Hello ~")])
def test_a_substitute_is_written_in_latin_letters_on_demand(rcs: Rcs, says: str, said: str) -> None:
    campaign = rcs.data("POST", "/campaigns/send", universal(text=says, transliterate=True))
    assert [one["text"] for one in standing_in(rcs, campaign)] == [said]


def test_values_are_written_in_latin_letters_too(rcs: Rcs) -> None:
    put_on_list(rcs, ANN, "Жанна")
    body = universal(text="Dear {387001}", transliterate=True) | {"recipients": {"groups": [LIST]}}
    assert standing_in(rcs, rcs.data("POST", "/campaigns/send", body))[0]["text"] == "Dear Zhanna"


def test_each_substitute_has_a_short_link_of_its_own(rcs: Rcs) -> None:
    campaign = rcs.data("POST", "/campaigns/send", universal(ANN, BEA, text="See LINK", short_links=[LINK]))
    assert all(one["campaign_id"] != campaign["id"] for one in listed(rcs))
    first, second = standing_in(rcs, campaign)
    places = [one["text"].removeprefix("See ") for one in (first, second)]
    assert len(set(places)) == 2
    assert follow_short(rcs, places[1]) == (302, "https://shop.example.com/x")
    [link] = [one for one in listed(rcs) if one["message_id"] == second["id"]]
    assert (link["campaign_id"], link["count_clicks"]) == (campaign["id"], 1)
    statistics = rcs.data("GET", f"/short-url/links/{link['id']}/statistics")
    assert (statistics["phone"], statistics["message_id"]) == (int(BEA), second["id"])
    params = DAYS | {"campaign": campaign["id"]}
    [click] = rcs.call("GET", "/short-url/clicks", params=params).json()["data"]
    assert (click["message_id"], click["phone_number"]) == (second["id"], int(BEA))


def test_recipients_follow_the_link_of_a_substitute(rcs: Rcs) -> None:
    rule = {"provider": "rcs", "channel": "sms", "outcome": "clicked"}
    assert rcs.emulator.http.post("/_emulator/outcomes", json=rule).status_code == 201
    campaign = rcs.data("POST", "/campaigns/send", universal(text="See LINK", short_links=[LINK]))
    [message] = standing_in(rcs, campaign)
    assert [one["count_clicks"] for one in listed(rcs) if one["message_id"] == message["id"]] == [1]


def test_the_next_domain_follows_after_so_many_substitutes(rcs: Rcs) -> None:
    link = LINK | {"domain_ids": [SYSTEM, NUMERIC], "change_domain_after": 2}
    expires = "380671112902"
    phones = (ANN, expires, BEA, "380671114903")
    body = universal(*phones, text="See LINK", short_links=[link]) | {"validity": 1}
    campaign = rcs.data("POST", "/campaigns/send", body)
    standing_in(rcs, campaign)
    rcs.advance("1h")
    domains = [one["text"].split("/")[2] for one in standing_in(rcs, campaign)]
    assert len(set(domains[:2])) == len(set(domains[2:])) == 1
    assert len(set(domains)) == 2


@pytest.mark.parametrize("domain", [UNKNOWN, OWN])
@pytest.mark.parametrize("dry_run", [False, True])
def test_links_of_substitutes_are_on_active_domains(rcs: Rcs, domain: str, *, dry_run: bool) -> None:
    body = universal(text="See LINK", short_links=[LINK | {"domain_ids": [domain]}]) | {"dry_run": dry_run}
    assert rcs.refused("POST", "/campaigns/send", body) == (422, "Domain not found", None)


def test_links_are_made_on_the_domains_that_are_left(rcs: Rcs) -> None:
    link = LINK | {"domain_ids": [SYSTEM, NUMERIC]}
    campaigns = [
        rcs.data("POST", "/campaigns/send", universal(text="See LINK", short_links=[one]))
        for one in (link, LINK)
    ]
    assert rcs.call("DELETE", f"/short-url/domains/{SYSTEM}").status_code == 204
    numeric = rcs.data("GET", f"/short-url/domains/{NUMERIC}")["name"]
    found = [standing_in(rcs, campaign)[0]["text"] for campaign in campaigns]
    assert found[0].startswith(f"See https://{numeric}/")
    assert found[1] == "See LINK"


def with_alternative(rcs: Rcs, path: str, text: str) -> Any:
    """Send a message that does not arrive, with an SMS as its substitute; return the SMS."""
    phone = {"number": ANN, "reference_id": "with1"}
    body: dict[str, Any] = send_body() | {"phones": [phone], "phone": phone}
    body |= {"alternative_channel": {"sms": {"text": text, "sender": "MyShop"}}}
    if "viber" in path:
        body |= {"sender": "Notify", "text": "Hello"}
    if "whatsapp" in path:
        body |= {"type": "template", "template": {"name": "sale", "language": {"code": "en"}}}
    rcs.data("POST", path, body)
    rcs.advance("10m")
    [found] = [one for one in rcs.messages(reference_id="with1") if one["type"] == "sms"]
    return found


@pytest.mark.parametrize(
    "path",
    [
        "/campaigns/rcs/send",
        "/messages/rcs/send",
        "/campaigns/viber/send",
        "/campaigns/whatsapp/send",
        "/messages/whatsapp/send",
    ],
)
def test_an_alternative_sms_has_an_unsubscribe_link_of_its_own(rcs: Rcs, path: str) -> None:
    text = with_alternative(rcs, path, f"Stop: {STOP}")["text"]
    link = text.removeprefix("Stop: ")
    assert link.startswith("http://nosms.cc/")
    assert link != STOP
    assert follow(rcs, link).status_code == 200
    assert flags(rcs, ANN) == ["sms"]


def test_a_substitute_has_a_caption_and_a_link_behind_its_text(rcs: Rcs) -> None:
    body = universal(ANN, BEA, text="x" * 140, unsubscribe_caption="Unsubscribe:")
    campaign = rcs.data("POST", "/campaigns/send", body)
    first, second = standing_in(rcs, campaign)
    assert first["text"].startswith("x" * 140 + " Unsubscribe: http://nosms.cc/")
    assert (first["parts"], first["amount"]["value"]) == (2, "0.1000000")
    follow(rcs, second["text"].rpartition(" ")[2])
    assert (flags(rcs, ANN), flags(rcs, BEA)) == ([], ["sms"])


def test_an_rcs_message_in_the_stead_of_an_sms_has_a_button_to_unsubscribe(rcs: Rcs) -> None:
    card = {"text": "Sale", "suggestions": [{"text": "Stop", "url": STOP}]}
    body = universal(first="sms", text=None, cards=[card])
    [message] = standing_in(rcs, rcs.data("POST", "/campaigns/send", body))
    follow(rcs, message["rcs_options"]["cards"][0]["suggestions"][0]["url"])
    assert flags(rcs, ANN) == ["rcs"]


def test_a_single_message_has_a_substitute_of_its_own(rcs: Rcs) -> None:
    body = universal(text="See LINK", short_links=[LINK], unsubscribe_caption="Stop")
    number = rcs.data("POST", "/messages/send", body | {"phone": {"number": ANN}})["id"]
    rcs.advance("10m")
    [replaced] = rcs.messages(id=number)
    [message] = rcs.messages(id=replaced["alternative_channels"]["sms"]["id"][0])
    start, _, end = message["text"].partition(" Stop ")
    assert follow_short(rcs, start.removeprefix("See ")) == (302, "https://shop.example.com/x")
    assert follow(rcs, end).status_code == 200


@pytest.mark.slow
def test_what_a_substitute_says_is_seen_found_and_counted(rcs: Rcs) -> None:
    put_on_list(rcs, ANN, "Zebedee")
    body = universal(text="Dear {387001}") | {"recipients": {"groups": [LIST]}}
    [message] = standing_in(rcs, rcs.data("POST", "/campaigns/send", body))
    found = rcs.emulator.http.get("/_emulator/messages", params={"text": "zebedee"}).json()["messages"]
    assert [one["id"] for one in found] == [message["id"]]
    asked = {"type": "message", "message_id": [message["id"]]}
    key = rcs.call("POST", "/stat/jobs", asked).json()["key"]
    rcs.advance("10m")
    [row] = rcs.call("GET", f"/stat/jobs/{key}").json()["result"]
    assert (row["body"], row["price"]) == ("Dear Zebedee", "0.0500000")


def test_what_is_filled_in_is_kept_in_a_snapshot(rcs: Rcs) -> None:
    campaign = rcs.data("POST", "/campaigns/send", universal(text="See LINK", short_links=[LINK]))
    http = rcs.emulator.http
    assert http.post("/_emulator/snapshots", json={"name": "before"}).status_code == 201
    first = standing_in(rcs, campaign)[0]["text"]
    http.post("/_emulator/snapshots/before/restore")
    assert standing_in(rcs, campaign)[0]["text"] == first
