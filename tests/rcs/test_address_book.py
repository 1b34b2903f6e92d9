"""The address book that all sends share: https://telcowwt.com/documentations/rest-api/rcs-api/."""

from typing import Any

import pytest

from tests.rcs.conftest import Rcs, send_body

PHONE, OTHER = 380671112233, 380671112234
LIST = 1860003
TEMPLATE = {"name": "order_ready", "language": {"code": "en"}}
PARTS: dict[str, dict[str, Any]] = {
    "rcs": {"sender": "my_agent", "text": "Hello"},
    "sms": {"sender": "MyShop", "text": "Hello"},
    "viber": {"sender": "Notify", "text": "Hello"},
}
TO_LISTS: dict[str, dict[str, Any]] = {
    "/campaigns/rcs/send-groups": {"groups": [LIST], "sender": "my_agent", "options": {"text": "Hello"}},
    "/campaigns/sms/send-groups": {"groups": [LIST], "sender": "MyShop", "text": "Hello"},
    "/campaigns/send": {"channels": ["rcs"], "recipients": {"groups": [LIST]}, "rcs": PARTS["rcs"]},
}


def create(rcs: Rcs, phone: int, **settings: Any) -> int:
    answer = rcs.call("POST", "/contacts", {"phone": phone} | settings)
    assert answer.status_code == 201, answer.text
    return int(answer.json()["data"]["id"])


def reached(rcs: Rcs, path: str) -> list[int]:
    """Send to the list, and return the phones of the messages."""
    rcs.advance("11s")
    campaign = rcs.data("POST", path, TO_LISTS[path])["id"]
    return [message["phone"] for message in rcs.messages(campaign_id=campaign)]


def book(rcs: Rcs) -> list[int]:
    return [contact["phone"] for contact in rcs.data("GET", "/contacts", params={"page[limit]": 500})]


@pytest.mark.parametrize("path", TO_LISTS)
def test_the_next_send_to_a_list_knows_what_was_changed(rcs: Rcs, path: str) -> None:
    first = create(rcs, PHONE, groups=[LIST])
    second = create(rcs, OTHER)
    assert reached(rcs, path) == [PHONE]
    rcs.call("POST", "/groups/attach", {"contacts": [second], "groups": [LIST]})
    assert reached(rcs, path) == [PHONE, OTHER]
    rcs.call("POST", "/groups/detach", {"contacts": [first], "groups": [LIST]})
    assert reached(rcs, path) == [OTHER]
    rcs.data("PUT", f"/contacts/{second}", {"phone": PHONE + 7})
    assert reached(rcs, path) == [PHONE + 7]
    rcs.call("DELETE", f"/contacts/{second}")
    assert reached(rcs, path) == []


@pytest.mark.parametrize("path", TO_LISTS)
def test_a_send_to_a_list_that_is_gone(rcs: Rcs, path: str) -> None:
    rcs.call("DELETE", f"/groups/{LIST}")
    assert rcs.refused("POST", path, TO_LISTS[path]) == (422, "Contact group is not found", [])


def sends_to(phone: int) -> dict[str, tuple[str, dict[str, Any]]]:
    """Return path and body of a send by each channel, and of the universal calls."""
    phones = [{"number": str(phone)}]
    whatsapp = {"sender": "my_agent", "template": TEMPLATE}
    universal = {"channels": ["rcs"], "rcs": PARTS["rcs"]}
    return {
        "rcs": ("/campaigns/rcs/send", send_body(str(phone))),
        "rcs, single": ("/messages/rcs/send", send_body() | {"phone": phones[0]}),
        "viber": ("/campaigns/viber/send", PARTS["viber"] | {"phones": phones}),
        "whatsapp": ("/campaigns/whatsapp/send", whatsapp | {"phones": phones}),
        "whatsapp, single": ("/messages/whatsapp/send", whatsapp | {"phone": phones[0]}),
        "universal": ("/campaigns/send", universal | {"recipients": {"phones": phones}}),
        "universal, single": ("/messages/send", universal | {"phone": phones[0]}),
    }


@pytest.mark.parametrize("name", sends_to(PHONE))
def test_a_send_puts_its_recipients_into_the_book(rcs: Rcs, name: str) -> None:
    path, body = sends_to(PHONE)[name]
    answer = rcs.call("POST", path, body)
    assert answer.status_code == 200, answer.text
    params = {"search[field]": "phone", "search[value]": PHONE}
    [contact] = rcs.data("GET", "/contacts/search", params=params)
    assert (contact["groups"], contact["fields"]) == ([], [])


@pytest.mark.parametrize("name", sends_to(PHONE))
def test_a_send_that_is_not_to_put_them_there(rcs: Rcs, name: str) -> None:
    path, body = sends_to(PHONE)[name]
    answer = rcs.call("POST", path, body | {"add_to_contact_book": False})
    assert answer.status_code == 200, answer.text
    assert PHONE not in book(rcs)


def test_those_on_the_stop_list_are_put_there_too_and_nobody_twice(rcs: Rcs) -> None:
    before = len(book(rcs))
    rcs.data("POST", "/stoplist/attach", {"phones": [PHONE], "types": ["rcs"]})
    rcs.send(str(PHONE), "380670000001")
    assert len(book(rcs)) == before + 1
    assert PHONE in book(rcs)


def test_an_sms_campaign_puts_nobody_there(rcs: Rcs) -> None:
    body = PARTS["sms"] | {"phones": [{"number": str(PHONE)}]}
    rcs.data("POST", "/campaigns/sms/send", body)
    assert PHONE not in book(rcs)


CHANNELS = ["rcs", "sms", "viber", "whatsapp"]


@pytest.mark.parametrize("stopped", CHANNELS)
def test_a_flag_holds_back_the_sends_of_its_channel_alone(rcs: Rcs, stopped: str) -> None:
    rcs.data("POST", "/stoplist/attach", {"phones": [PHONE], "types": [stopped]})
    sms = ("/campaigns/sms/send", PARTS["sms"] | {"phones": [{"number": str(PHONE)}]})
    sends = sends_to(PHONE) | {"sms": sms}
    found = {}
    for channel in CHANNELS:
        answer = rcs.call("POST", *sends[channel]).json()
        campaign = (answer.get("data") or answer)["id"]
        found[channel] = len(rcs.messages(campaign_id=campaign))
    assert found == {channel: int(channel != stopped) for channel in CHANNELS}


def test_a_list_of_many_is_sent_to_at_once(rcs: Rcs) -> None:
    rcs.emulator.query(
        "INSERT INTO rcs_contact "
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000) "
        "SELECT 500000000 + i, '37000' || (1000000 + i), 0 FROM n"
    )
    rcs.emulator.query("INSERT INTO rcs_list_member SELECT ?, id FROM rcs_contact WHERE id > 500000000", LIST)
    campaign = rcs.data("POST", "/campaigns/sms/send-groups", TO_LISTS["/campaigns/sms/send-groups"])["id"]
    assert rcs.detail(campaign)["total_messages"] == 10_000
