"""The content and the order of callbacks: https://bsg.world/developers/rest-api (callbacks)."""

from collections.abc import Iterator
from typing import Any

import pytest

from emulator.settings import shipped_fixtures
from tests.rcs.conftest import Rcs, send_body
from tests.receiver import Receiver, receiving

SMS = {"sms": {"sender": "MyShop", "text": "Hello by SMS"}}
CARD = {
    "text": "Sale",
    "suggestions": [{"text": "Open", "url": "https://shop.example.com/", "postback_data": "go"}],
}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as listening:
        yield listening


def told(receiver: Receiver) -> list[tuple[str, str]]:
    return [(request.json["status"], request.json["price"]) for request in receiver.requests]


def pulled(rcs: Rcs, phone: str) -> list[str]:
    params: dict[str, str | int] = {"provider": "rcs", "after": 0, "limit": 1000}
    found = rcs.emulator.http.get("/_emulator/webhooks/events", params=params).json()["events"]
    return [event["body"]["status"] for event in found if event["body"]["msisdn"] == phone]


@pytest.mark.parametrize(
    ("ending", "failure"),
    [("902", "expired"), ("903", "undelivered"), ("904", "failed"), ("905", "not_service_user")],
)
def test_a_failure_is_told_before_what_stands_in(
    rcs: Rcs, receiver: Receiver, ending: str, failure: str
) -> None:
    rcs.send_one(f"380671112{ending}", callback_url=receiver.url, alternative_channel=SMS)
    rcs.advance("80h")
    statuses = [status for status, _ in told(receiver)]
    assert statuses[-3:] == [failure, "sent", "delivered"]
    assert pulled(rcs, f"380671112{ending}") == statuses


@pytest.mark.parametrize(
    ("ending", "last"),
    [
        ("111", ("delivered", "0.0175696")),
        ("902", ("expired", "0.0000000")),
        ("903", ("undelivered", "0.0000000")),
        ("904", ("failed", "0.0000000")),
        ("905", ("not_service_user", "0.0000000")),
        ("906", ("unknown", "0.0000000")),
        ("901", ("read", "0.0175696")),
    ],
)
def test_a_callback_has_the_price_that_is_charged(
    rcs: Rcs, receiver: Receiver, ending: str, last: tuple[str, str]
) -> None:
    message = rcs.send_one(f"380671112{ending}", callback_url=receiver.url)
    rcs.advance("80h")
    assert told(receiver)[-1] == last
    assert rcs.messages(id=message["id"])[0]["amount"]["value"] == last[1]


def test_what_the_stop_list_holds_back_is_told_of(rcs: Rcs, receiver: Receiver) -> None:
    phones = [{"number": 380671112233}]
    body = {"phones": phones, "sender": "MyShop", "text": "Hello", "callback_url": receiver.url}
    rcs.data("POST", "/campaigns/sms/send", body)
    rcs.data("POST", "/stoplist/attach", {"phones": [380671112233], "types": ["sms"]})
    rcs.advance("1m")
    assert told(receiver) == [("failed", "0.0000000")]


def test_an_sms_that_failed_before_it_left_costs_nothing(rcs: Rcs, receiver: Receiver) -> None:
    body = {
        "channels": ["sms"],
        "phone": {"number": "380671112904"},
        "sms": {"sender": "MyShop", "text": "Hello"},
        "callback_url": receiver.url,
    }
    rcs.data("POST", "/messages/send", body)
    rcs.advance("1m")
    assert told(receiver)[-1] == ("failed", "0.0000000")
    assert rcs.balance() == 1000


def test_what_a_stop_drops_costs_nothing(rcs: Rcs) -> None:
    campaign = rcs.send(*[f"3806711{number:05}" for number in range(50)])["id"]
    rcs.advance("4500ms")
    rcs.data("PUT", f"/campaigns/{campaign}/stop")
    rcs.advance("1h")
    amounts = [
        float(message["amount"]["value"])
        for message in rcs.data(
            "GET", "/messages", params={"filter[campaign_id]": campaign, "page[limit]": 500}
        )
    ]
    assert sum(amounts) == pytest.approx(20 * 0.0175696)
    assert rcs.detail(campaign)["total_price"] == "0.3513920"


def test_a_button_of_an_rcs_message_in_the_stead_of_an_sms_is_pressed(rcs: Rcs, receiver: Receiver) -> None:
    rule: dict[str, Any] = {"provider": "rcs", "channel": "sms", "outcome": "undelivered"}
    assert rcs.emulator.http.post("/_emulator/outcomes", json=rule).status_code == 201
    body = {
        "channels": ["sms", "rcs"],
        "phone": {"number": "380671112909"},
        "sms": {"sender": "MyShop", "text": "Hello"},
        "rcs": {"sender": "my_agent", "cards": [CARD]},
        "callback_url": receiver.url,
    }
    rcs.data("POST", "/messages/send", body)
    rcs.advance("5m")
    assert receiver.requests[-1].json["postback"] == "go"


@pytest.mark.parametrize(
    ("ending", "at"),
    [
        ("111", "14:30:03"),
        ("901", "14:30:03"),
        ("902", "14:30:30"),
        ("903", "14:30:03"),
        ("904", "14:30:01"),
        ("905", "14:30:01"),
    ],
)
def test_the_time_of_the_report_is_told_and_shown(rcs: Rcs, receiver: Receiver, ending: str, at: str) -> None:
    message = rcs.send_one(f"380671112{ending}", callback_url=receiver.url, validity_seconds=30)
    rcs.advance("1h")
    assert receiver.requests[-1].json["time_dr"][-8:] == at
    assert rcs.messages(id=message["id"])[0]["delivered_at"][-8:] == at


def test_no_report_has_no_time(rcs: Rcs, receiver: Receiver) -> None:
    message = rcs.send_one("380671112906", callback_url=receiver.url)
    rcs.advance("1h")
    assert receiver.requests[-1].json["time_dr"] is None
    assert rcs.messages(id=message["id"])[0]["delivered_at"] is None


@pytest.mark.parametrize(
    ("ending", "statuses", "sent_at", "reported_at"),
    [
        ("111", ["sent"], "15:30", None),
        ("904", ["sent"], "15:30", None),
        ("111", ["sending"], None, None),
        ("111", ["unknown"], "14:30", None),
        ("111", ["failed"], "14:30", "15:30"),
        ("111", ["sent", "read"], "15:30", "15:30"),
        ("111", ["sending", "failed"], None, "15:30"),
    ],
)
def test_a_message_that_a_test_takes_back_has_no_times_of_what_came_after(
    rcs: Rcs,
    receiver: Receiver,
    ending: str,
    statuses: list[str],
    sent_at: str | None,
    reported_at: str | None,
) -> None:
    message = rcs.send_one(f"380671112{ending}", callback_url=receiver.url)
    rcs.advance("1h")
    for status in statuses:
        body = {"status": status, "force": True}
        rcs.emulator.http.post(f"/_emulator/messages/{message['id']}/status", json=body)
        rcs.advance("1s")
    told, read = receiver.requests[-1].json, rcs.messages(id=message["id"])[0]
    assert told["status"] == statuses[-1]
    times = told["time_sent"], told["time_dr"], read["sent_at"], read["delivered_at"]
    assert [at and at[11:16] for at in times] == [sent_at, reported_at] * 2


@pytest.mark.parametrize(
    ("status", "times"), [("sent", ("2026-03-15T15:30:00.000Z", None)), ("sending", (None, None))]
)
def test_a_message_that_a_test_takes_back_is_shown_without_them(
    rcs: Rcs, status: str, times: tuple[str | None, None]
) -> None:
    message = rcs.send_one("380671112111")
    rcs.advance("1h")
    body = {"status": status, "force": True}
    shown = rcs.emulator.http.post(f"/_emulator/messages/{message['id']}/status", json=body).json()
    assert (shown["sent_at"], shown["delivered_at"]) == times


FOR_RCS, FOR_OTHERS = "callback_url_for_rcs", "callback_url"
VIBER_BODY = {"phones": [{"number": "380671112233"}], "sender": "Notify", "text": "Hello"}


def add_target(rcs: Rcs, receiver: Receiver, path: str, field: str | None) -> Any:
    settings = {} if field is None else {"field": field}
    body = {"provider": "rcs", "url": f"{receiver.url}/{path}", "settings": settings}
    answer = rcs.emulator.http.post("/_emulator/webhooks/targets", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


def told_by(receiver: Receiver) -> dict[str, set[str]]:
    """Return, for each path, the phones of the messages that its callbacks were about."""
    found: dict[str, set[str]] = {}
    for request in receiver.requests:
        found.setdefault(request.path.rpartition("/")[2], set()).add(request.json["msisdn"])
    return found


def send_on_all_channels(rcs: Rcs) -> dict[str, str]:
    """Send a message on each channel; return their phones by the channel."""
    phones = {
        "rcs": "380671110001",
        "sms": "380671110002",
        "viber": "380671110003",
        "whatsapp": "380671110004",
    }
    rcs.send(phones["rcs"])
    rcs.data(
        "POST",
        "/campaigns/sms/send",
        VIBER_BODY | {"phones": [{"number": phones["sms"]}], "sender": "MyShop"},
    )
    rcs.data("POST", "/campaigns/viber/send", VIBER_BODY | {"phones": [{"number": phones["viber"]}]})
    template = {"type": "template", "template": {"name": "sale", "language": {"code": "en"}}}
    whatsapp = {"phone": {"number": phones["whatsapp"]}, "sender": "my_agent"} | template
    rcs.data("POST", "/messages/whatsapp/send", whatsapp)
    rcs.advance("1m")
    return phones


@pytest.mark.slow
def test_the_account_has_an_address_for_rcs_and_one_for_all_others(rcs: Rcs, receiver: Receiver) -> None:
    add_target(rcs, receiver, "rcs", FOR_RCS)
    add_target(rcs, receiver, "others", FOR_OTHERS)
    add_target(rcs, receiver, "all", None)
    phones = send_on_all_channels(rcs)
    assert told_by(receiver) == {
        "rcs": {phones["rcs"]},
        "others": {phones["sms"], phones["viber"], phones["whatsapp"]},
        "all": set(phones.values()),
    }


@pytest.mark.parametrize("field", [FOR_RCS, FOR_OTHERS])
def test_the_only_address_of_the_account_serves_all_messages(
    rcs: Rcs, receiver: Receiver, field: str
) -> None:
    add_target(rcs, receiver, "one", field)
    off = add_target(rcs, receiver, "off", FOR_OTHERS if field == FOR_RCS else FOR_RCS)
    path = f"/_emulator/webhooks/targets/{off['id']}"
    assert rcs.emulator.http.patch(path, json={"is_active": False}).status_code == 200
    assert told_by_all(rcs, receiver) == {"one"}


def told_by_all(rcs: Rcs, receiver: Receiver) -> set[str]:
    """Send on all channels; return the paths that got callbacks, each of them about all messages."""
    phones = set(send_on_all_channels(rcs).values())
    told_of = told_by(receiver)
    assert all(some == phones for some in told_of.values())
    return set(told_of)


def test_what_stands_in_is_told_of_as_its_own_channel_is(rcs: Rcs, receiver: Receiver) -> None:
    add_target(rcs, receiver, "rcs", FOR_RCS)
    add_target(rcs, receiver, "others", FOR_OTHERS)
    rcs.send("380671112903", alternative_channel=SMS)
    rcs.advance("1m")
    told_of: dict[str, list[str]] = {}
    for request in receiver.requests:
        told_of.setdefault(request.path.rpartition("/")[2], []).append(request.json["status"])
    assert (told_of["rcs"][-1], told_of["others"][-2:]) == ("undelivered", ["sent", "delivered"])


def test_a_target_is_made_the_address_of_the_other_field(rcs: Rcs, receiver: Receiver) -> None:
    add_target(rcs, receiver, "rcs", FOR_RCS)
    target = add_target(rcs, receiver, "changed", None)
    path = f"/_emulator/webhooks/targets/{target['id']}"
    changed = rcs.emulator.http.patch(path, json={"settings": {"field": FOR_OTHERS}}).json()
    assert changed["settings"] == {"field": FOR_OTHERS}
    phones = send_on_all_channels(rcs)
    assert told_by(receiver)["changed"] == {phones["sms"], phones["viber"], phones["whatsapp"]}


@pytest.mark.parametrize("field", ["sms", "Callback URL", None, 5, []])
def test_a_field_that_the_account_does_not_have(rcs: Rcs, receiver: Receiver, field: Any) -> None:
    body = {"provider": "rcs", "url": receiver.url, "settings": {"field": field}}
    answer = rcs.emulator.http.post("/_emulator/webhooks/targets", json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "settings"


@pytest.mark.slow
def test_the_fixture_of_the_account_has_both_addresses(rcs: Rcs, receiver: Receiver) -> None:
    box = rcs.emulator.sandbox(clock="frozen")
    urls = {field: f"{receiver.url}/{field}" for field in (FOR_OTHERS, FOR_RCS)}
    text = (shipped_fixtures() / "demo" / "rcs" / "account.yaml").read_text()
    text += "".join(f"{field}: {url}\n" for field, url in urls.items())
    assert box.control("POST", "/seed", json={"fixtures": {"rcs": text}}).status_code == 200
    targets = box.control("GET", "/webhooks/targets").json()["targets"]
    assert {one["settings"]["field"]: one["url"] for one in targets if one["provider"] == "rcs"} == urls
    receiver.requests.clear()
    body = send_body("380671112903", alternative_channel=SMS)
    assert box.http.post("/api/campaigns/rcs/send", json=body, headers=box.rcs).status_code == 200
    box.advance("1m")
    told_of = {path for path, phones in told_by(receiver).items() if "380671112903" in phones}
    assert told_of == set(urls)
