"""Unsubscribing by a message: how messages are named, and the status of the subscription."""

from typing import Any

import pytest

from tests.altcraft.conftest import SUBACCOUNT, VIEW_ONLY, Altcraft
from tests.altcraft.test_runs import events, messages

SHOP = "2fHLS9YR9daS-a90b371eecc29a24"
BLOG = "2fHLS9YR9daS-a90b371eecc29a01"
PATH = "/profiles/message_unsub"
DONE = {"error": 0, "error_text": "Successful operation"}


def sent(altcraft: Altcraft, mailing: int = 42) -> dict[str, Any]:
    return messages(altcraft.emulator, mailing)[0]


def subscription(altcraft: Altcraft, message: dict[str, Any], resource: int = 24, db_id: int = 3) -> Any:
    place = {"db_id": db_id, "profile_id": message["provider_ids"]["profile_id"], "resource_id": resource}
    return altcraft.data("/subscriptions/get", channel="email", email=message["recipient"], **place)


def launched(altcraft: Altcraft, since: str = "1h") -> dict[str, Any]:
    """Send a mailing to the subscribers of the blog; return its first message after some time."""
    altcraft.data(
        "/campaigns/broadcasts/add",
        name="News",
        content=[{"message_id": 21}],
        data_type="list",
        data_id=1,
        resource_id=1,
        send_channel="email",
    )
    mailing = max(row["id"] for row in altcraft.data("/campaigns/list", limit=1000))
    altcraft.data("/campaigns/activate/", id=mailing, run_now=True)
    altcraft.advance(since)
    return sent(altcraft, mailing)


def test_a_message_unsubscribes_its_own_subscription(altcraft: Altcraft) -> None:
    message = sent(altcraft)
    answer = altcraft.call(PATH, rtoken=SHOP, smid=message["provider_id"]).json()
    assert answer == DONE | {"profile_id": message["provider_ids"]["profile_id"]}
    assert subscription(altcraft, message)["status"] == "unsubscribed"
    email, sms, _ = altcraft.data("/databases/get_counters", id=3, resource_id=24)
    assert (email["status"]["unsubscribed"], sms["status"]["unsubscribed"]) == (1, 0)


@pytest.mark.parametrize("prefix", ["u", "m", "f", "w"])
def test_all_ids_of_a_message_find_it(altcraft: Altcraft, prefix: str) -> None:
    message = sent(altcraft)
    altcraft.answer(PATH, rtoken=SHOP, smid=prefix + message["provider_id"][1:])
    assert subscription(altcraft, message)["status"] == "unsubscribed"


def test_the_readable_id_finds_it_too(altcraft: Altcraft) -> None:
    message = sent(altcraft)
    ids = message["provider_ids"]
    account, mailing, second = (ids["launch_id"][place : place + 8] for place in (0, 8, 16))
    readable = f"{second}{int(account, 16):x}_{int(mailing, 16):x}_1d_3_0_2.{ids['profile_id']}"
    assert altcraft.answer(PATH, rtoken=SHOP, smid=readable)["profile_id"] == ids["profile_id"]
    found = altcraft.emulator.http.get("/_emulator/messages", params={"id": readable}).json()
    assert [one["id"] for one in found["messages"]] == [message["id"]]


@pytest.mark.slow
def test_the_id_of_hooks_finds_it(altcraft: Altcraft) -> None:
    launched(altcraft)
    opened = [event for event in events(altcraft.emulator) if event["event_type"] == "open"]
    told = next(event for event in opened if event["event_data"]["resource_id"] == 1)
    answer = altcraft.answer(PATH, rtoken=BLOG, smid=told["event_data"]["send_message_id"])
    assert answer["profile_id"] == told["profile_id"]


@pytest.mark.slow
def test_hooks_and_flags_tell_that_somebody_unsubscribed_once(altcraft: Altcraft) -> None:
    message = launched(altcraft)
    for _ in range(2):
        altcraft.answer(PATH, rtoken=BLOG, smid=message["provider_id"])
    told = [event for event in events(altcraft.emulator) if event["event_type"] == "unsub"]
    own = [event for event in told if event["event_data"]["send_message_id"] == message["provider_id"]]
    assert [event["subscription"][0]["status"] for event in own] == ["unsubscribed"]


def history(altcraft: Altcraft, message: dict[str, Any]) -> list[str]:
    found = altcraft.emulator.http.get(f"/_emulator/messages/{message['id']}").json()
    return [*(one["status"] for one in found["history"]), found["status"]]


def test_the_message_that_somebody_unsubscribes_by_is_unsubscribed(altcraft: Altcraft) -> None:
    message = launched(altcraft)
    before = altcraft.emulator.http.get(f"/_emulator/jobs/{message['job']}").json()["counts"]
    altcraft.answer(PATH, rtoken=BLOG, smid=message["provider_id"])
    assert history(altcraft, message)[-2:] == ["unsubscribed", "unsubscribed"]
    after = altcraft.emulator.http.get(f"/_emulator/jobs/{message['job']}").json()["counts"]
    assert after["unsubscribed"] == before.get("unsubscribed", 0) + 1
    assert sum(after.values()) == sum(before.values())


def test_who_unsubscribes_by_a_message_has_it(altcraft: Altcraft) -> None:
    message = launched(altcraft, "1s")
    assert message["status"] == "sent"
    altcraft.answer(PATH, rtoken=BLOG, smid=message["provider_id"])
    altcraft.advance("1h")
    assert history(altcraft, message) == ["sent", "delivered", "unsubscribed", "unsubscribed"]


@pytest.mark.parametrize("status", ["bounced", "complained", "failed"])
def test_a_message_that_has_come_to_another_end_stays_there(altcraft: Altcraft, status: str) -> None:
    message = launched(altcraft)
    forced = altcraft.emulator.http.post(
        f"/_emulator/messages/{message['id']}/status", json={"status": status, "force": True}
    )
    assert forced.status_code == 200, forced.text
    place = {"db_id": 1, "profile_id": message["provider_ids"]["profile_id"], "resource_id": 1}
    address = {"channel": "email", "email": message["recipient"]}
    altcraft.answer("/subscriptions/set", **place, **address, status="subscribed")
    altcraft.answer(PATH, rtoken=BLOG, smid=message["provider_id"])
    assert history(altcraft, message)[-2:] == ["unsubscribed", status]
    assert subscription(altcraft, message, 1, 1)["status"] == "unsubscribed"


def test_leaving_categories_leaves_the_message_as_it_is(altcraft: Altcraft) -> None:
    message = launched(altcraft)
    altcraft.answer(PATH, rtoken=BLOG, smid=message["provider_id"], categories=["news"])
    assert history(altcraft, message)[-1] == message["status"]


def test_with_categories_only_those_are_left(altcraft: Altcraft) -> None:
    message = launched(altcraft)
    place = {"db_id": 1, "profile_id": message["provider_ids"]["profile_id"], "resource_id": 1}
    address = {"channel": "email", "email": message["recipient"]}
    altcraft.answer("/subscriptions/set", **place, **address, cats=["news", "offers"])
    altcraft.answer(PATH, rtoken=BLOG, smid=message["provider_id"], categories=["news"])
    found = subscription(altcraft, message, 1, 1)
    assert (found["status"], found["cats"]) == ("subscribed", ["offers"])
    altcraft.answer(PATH, rtoken=BLOG, smid=message["provider_id"], categories="news")
    assert subscription(altcraft, message, 1, 1) == found


def test_xml_unsubscribes(altcraft: Altcraft) -> None:
    message = sent(altcraft)
    text = altcraft.xml(
        PATH, f"<rtoken>{SHOP}</rtoken><smid>{message['provider_id']}</smid><categories/>"
    ).text
    profile = message["provider_ids"]["profile_id"]
    assert text.startswith("<xml><error>0</error><error_text>Successful operation</error_text>")
    assert text.endswith(f"<profile_id>{profile}</profile_id></xml>")


@pytest.mark.parametrize(
    ("said", "refusal"),
    [
        ({"rtoken": "unknown"}, (404, "Object not found: resource unknown")),
        ({"rtoken": None}, (400, "Incorrect request: rtoken: Field required")),
        ({"rtoken": BLOG}, (400, "Incorrect request: smid: is a message of another resource")),
        ({"smid": "u" + "0" * 48}, (404, f"Object not found: message u{'0' * 48}")),
        ({"smid": "nothing"}, (404, "Object not found: message nothing")),
        ({"smid": "a\0b"}, (404, "Object not found: message a\0b")),
        (
            {"smid": "5a9bf01a17_3cd_11_6f_0_2.5a8c045fc1dde44cbf718aaa"},
            (404, "Object not found: message 5a9bf01a17_3cd_11_6f_0_2.5a8c045fc1dde44cbf718aaa"),
        ),
        ({"smid": ""}, (400, "Incorrect request: smid: Field required")),
        ({"smid": 1}, (400, "Incorrect request: smid: Input should be a valid string")),
        ({"categories": ["x"]}, (440, 'field "categories" is not valid: category not found in resource')),
        ({"categories": [1]}, (400, "Incorrect request: categories.0: Input should be a valid string")),
        ({"token": VIEW_ONLY}, (403, "Access denied")),
        ({"token": SHOP}, (403, "Access denied")),
    ],
)
def test_what_does_not_fit_is_refused(
    altcraft: Altcraft, said: dict[str, Any], refusal: tuple[int, str]
) -> None:
    message = sent(altcraft)
    assert altcraft.refused(PATH, **({"rtoken": SHOP, "smid": message["provider_id"]} | said)) == refusal
    assert subscription(altcraft, message)["status"] == "subscribed"


def test_a_token_of_a_group_unsubscribes_nobody_else(altcraft: Altcraft) -> None:
    own = sent(altcraft)["provider_id"]
    assert altcraft.refused(PATH, token=SUBACCOUNT, rtoken=SHOP, smid=own) == (
        404,
        f"Object not found: message {own}",
    )
    assert altcraft.refused(PATH, token=SUBACCOUNT, rtoken=BLOG, smid=own)[0] == 404


def test_a_message_to_an_own_address_is_of_no_resource(altcraft: Altcraft) -> None:
    refusal = altcraft.refused(PATH, rtoken=SHOP, smid=sent(altcraft, 15)["provider_id"])
    assert refusal == (400, "Incorrect request: smid: is a message of another resource")


def test_messages_of_deleted_people_unsubscribe_nobody(altcraft: Altcraft) -> None:
    own = sent(altcraft)["provider_id"]
    altcraft.data("/databases/wipe", id=3)
    assert altcraft.refused(PATH, rtoken=SHOP, smid=own) == (404, f"Object not found: message {own}")


def test_another_seed_gives_other_ids(altcraft: Altcraft) -> None:
    ids = set()
    for seed in (1, 2):
        box = altcraft.emulator.sandbox(clock="frozen", seed=seed)
        launch = {"id": 12, "run_now": True}
        answer = box.http.post("/api/v1.1/campaigns/activate/", json=launch, headers=box.altcraft)
        assert answer.json()["error"] == 0
        found = box.control("GET", "/messages", params={"job": "altcraft/mailing/12"}).json()["messages"]
        ids.add(found[0]["provider_id"])
    assert len(ids) == 2


def test_the_journal_hides_the_token_of_the_resource(altcraft: Altcraft) -> None:
    altcraft.answer(PATH, rtoken=SHOP, smid=sent(altcraft)["provider_id"])
    text = altcraft.emulator.http.get("/_emulator/requests", params={"limit": 1}).text
    assert "message_unsub" in text
    assert SHOP not in text
