"""The profiles that launches of triggers and scenarios are for: by matches, queries, and subscriptions.

https://guides.altcraft.com/en/developer-guide/campaigns/trigger-campaigns/2196177
"""

from typing import Any

import pytest

from tests.altcraft.conftest import Altcraft
from tests.altcraft.test_scenarios import ANN, BOB, CART, engaged, graph
from tests.altcraft.test_trigger_launches import PAID, made, profile, recipients, started


def test_a_query_selects_many(altcraft: Altcraft) -> None:
    wanted = ["ann@example.com", "bob+opened@example.com", "nobody@example.com"]
    reached = started(altcraft, custom_request={"email": {"$in": wanted}})
    assert reached == [profile(altcraft, email)["id"] for email in wanted[:2]]
    assert recipients(altcraft) == wanted[:2]


@pytest.mark.parametrize("wanted", [None, {"email": "ann@example.com"}])
def test_a_match_goes_before_a_query(altcraft: Altcraft, wanted: Any) -> None:
    bob = {"email": "bob+opened@example.com"}
    started(
        altcraft, matching="email", email="ann@example.com", custom_request=bob, subscription_filter=wanted
    )
    assert recipients(altcraft) == ["ann@example.com"]


@pytest.mark.parametrize(
    "wanted", [{"provider": "google"}, {"not_strict": True}, {"email": "ann@example.com"}]
)
def test_a_push_subscription_is_asked_for_by_its_id(altcraft: Altcraft, wanted: dict[str, Any]) -> None:
    push = made(altcraft, send_channel="push", resource_id=26, content=[{"message_id": 27}])
    body = {"id": push, "email": "ann@example.com", "subscription_filter": wanted}
    refusal = altcraft.refused("/campaigns/triggers/start/", **body)
    assert refusal == (400, "Incorrect request: subscription_filter.subscription_id: Field required")


def test_the_filter_of_the_trigger_s_channel_counts(altcraft: Altcraft) -> None:
    push = made(altcraft, send_channel="push", resource_id=26, content=[{"message_id": 27}])
    wanted = {"email": "ann@example.com", "subscription_id": "elsewhere"}
    refusal = altcraft.refused(
        "/campaigns/triggers/start/", id=push, email="ann@example.com", subscription_filter=wanted
    )
    assert refusal == (404, "Object not found: subscription push elsewhere")


def test_a_query_may_select_nobody(altcraft: Altcraft) -> None:
    assert started(altcraft, custom_request={"email": "nobody@example.com"}) == []


@pytest.mark.parametrize("not_strict", [False, True])
def test_a_subscription_can_be_asked_for(altcraft: Altcraft, *, not_strict: bool) -> None:
    altcraft.answer(
        "/profiles/update", db_id=1, email="ann@example.com",
        data={"subscriptions": [{"channel": "email", "email": "ann@work.example.com", "resource_id": 1}]},
    )  # fmt: skip
    blog = made(altcraft, resource_id=1)
    wanted = {"email": "ann@work.example.com", "not_strict": not_strict}
    started(altcraft, id=blog, email="ann@example.com", subscription_filter=wanted)
    assert recipients(altcraft, blog) == ["ann@work.example.com"]


@pytest.mark.parametrize("not_strict", [False, True])
@pytest.mark.parametrize(
    ("channel", "resource", "wanted"),
    [
        ("email", 1, {"email": " ANN@Work.Example.com "}),
        ("sms", 36, {"phone": "7 (900) 555-00-99"}),
        ("sms", 36, {"phone": 79005550099}),
    ],
)
def test_a_subscription_is_asked_for_however_its_address_is_written(
    altcraft: Altcraft, channel: str, resource: int, wanted: dict[str, Any], *, not_strict: bool
) -> None:
    stored = {"email": "ann@work.example.com"} if channel == "email" else {"phone": "+79005550099"}
    subscription = {"channel": channel, "resource_id": resource} | stored
    altcraft.answer("/profiles/update", db_id=1, email=ANN, data={"subscriptions": [subscription]})
    content = [{"message_id": 6}]
    trigger = made(altcraft, send_channel=channel, resource_id=resource, content=content)
    started(altcraft, id=trigger, email=ANN, subscription_filter=wanted | {"not_strict": not_strict})
    assert recipients(altcraft, trigger) == list(stored.values())


@pytest.mark.parametrize(
    ("wanted", "refusal"),
    [
        ({"email": "ann"}, "subscription_filter.email: is no e-mail address"),
        ({"phone": "12"}, "subscription_filter.phone: is no phone number"),
    ],
)
def test_what_is_no_address_can_not_be_asked_for(
    altcraft: Altcraft, wanted: dict[str, Any], refusal: str
) -> None:
    answer = altcraft.refused("/workflows/start", id=4, email=ANN, subscription_filter=wanted)
    assert answer == (400, f"Incorrect request: {refusal}")


def test_without_it_the_usual_one_is_used_where_that_is_allowed(altcraft: Altcraft) -> None:
    blog = made(altcraft, resource_id=1)
    body = {"id": blog, "matching": "email", "email": "ann@example.com"}
    wanted = {"email": "elsewhere@example.com"}
    refusal = altcraft.refused("/campaigns/triggers/start/", **body, subscription_filter=wanted)
    assert refusal == (404, "Object not found: subscription email elsewhere@example.com")
    assert recipients(altcraft, blog) == []
    started(altcraft, **body, subscription_filter=wanted | {"not_strict": True})
    assert recipients(altcraft, blog) == ["ann@example.com"]


QUERY = {"email": "bob+opened@example.com"}


@pytest.mark.parametrize(
    ("root", "item", "email"),
    [
        ({"custom_request": QUERY}, {}, "bob+opened@example.com"),
        ({"custom_request": QUERY}, {"email": "ann@example.com"}, "ann@example.com"),
        ({"custom_request": {}}, {"custom_request": QUERY}, "bob+opened@example.com"),
        ({"custom_request": QUERY, "matching": "email"}, {"email": "ann@example.com"}, "ann@example.com"),
        ({"matching": "email"}, {"email": "ann@example.com", "custom_request": QUERY}, "ann@example.com"),
        ({}, {"matching": "email", "email": "ann@example.com", "custom_request": QUERY}, "ann@example.com"),
        ({"email": "ann@example.com"}, {}, "ann@example.com"),
        ({"email": "ann@example.com"}, {"email": None, "matching": ""}, "ann@example.com"),
        ({"custom_request": QUERY}, {"custom_request": None}, "bob+opened@example.com"),
        ({}, {"matching": None, "custom_request": QUERY}, "bob+opened@example.com"),
    ],
)
def test_what_an_item_does_not_say_the_request_may_say(
    altcraft: Altcraft, root: dict[str, Any], item: dict[str, Any], email: str
) -> None:
    altcraft.answer("/campaigns/triggers/start_batch", trigger_id=PAID, data=[item], **root)
    assert recipients(altcraft) == [email]


@pytest.mark.parametrize(
    "root", [{"custom_request": QUERY}, {"email": QUERY["email"]}, {"matching": "email", **QUERY}]
)
def test_a_task_without_items_is_about_whom_it_says(altcraft: Altcraft, root: dict[str, Any]) -> None:
    task = altcraft.data("/campaigns/triggers/start_batch_task", id=PAID, **root)["task_id"]
    assert recipients(altcraft) == ["bob+opened@example.com"]
    altcraft.advance("1s")
    assert altcraft.data("/tasks/status", task_id=task)["result"]["total"] == 1


@pytest.mark.parametrize("path", ["start_batch", "start_batch_task"])
def test_items_are_needed_where_nobody_is_named(altcraft: Altcraft, path: str) -> None:
    refusal = altcraft.refused(f"/campaigns/triggers/{path}", id=PAID, trigger_id=PAID)
    assert refusal == (400, "Incorrect request: data: Field required")


def test_who_has_the_subscription_that_is_wanted_enters(altcraft: Altcraft) -> None:
    push = {"subscription_id": f"push-{profile(altcraft, ANN)['id']}", "provider": "google"}
    assert len(engaged(altcraft, subscription_filter=push)) == 1
    graph(altcraft)
    assert len(engaged(altcraft, CART, subscription_filter={"email": ANN})) == 1


def test_without_it_everybody_enters_where_that_is_allowed(altcraft: Altcraft) -> None:
    wanted = {"email": "elsewhere@example.com", "not_strict": True}
    assert len(engaged(altcraft, subscription_filter=wanted)) == 1
    assert recipients(altcraft) == [ANN]


def test_a_match_goes_before_a_query_for_scenarios_too(altcraft: Altcraft) -> None:
    said: dict[str, Any] = {"matching": "email", "custom_request": {"email": BOB}}
    assert engaged(altcraft, **said, subscription_filter={"email": ANN}) == [profile(altcraft, ANN)["id"]]


@pytest.mark.parametrize("path", ["list", "activate", "deactivate", "start", "import_and_start_batch"])
def test_scenarios_read_the_form_csv_as_json(altcraft: Altcraft, path: str) -> None:
    said: dict[str, Any] = {"id": 4, "workflow_id": 4, "email": ANN, "data": []}
    assert altcraft.answer(f"/workflows/{path}", format="csv", **said)["error"] == 0
    answer = altcraft.xml(f"/workflows/{path}?format=csv", "<id>9</id><workflow_id>9</workflow_id><data/>")
    assert answer.json()["error"] == (0 if path == "list" else 404)


@pytest.mark.parametrize(
    ("wanted", "refusal"),
    [
        (
            {"provider": "google"},
            (400, "Incorrect request: subscription_filter.subscription_id: Field required"),
        ),
        ({"not_strict": True}, (400, "Incorrect request: subscription_filter.email: Field required")),
        (
            {"subscription_id": "push-1", "provider": "mozilla"},
            (404, "Object not found: subscription push push-1"),
        ),
    ],
)
def test_a_scenario_refuses_a_subscription_that_is_none(
    altcraft: Altcraft, wanted: dict[str, Any], refusal: tuple[int, str]
) -> None:
    assert altcraft.refused("/workflows/start", id=4, email=ANN, subscription_filter=wanted) == refusal


def test_the_own_address_is_wanted_of_who_has_subscribed_to_nothing(altcraft: Altcraft) -> None:
    altcraft.answer("/profiles/import", db_id=1, email="new@example.com", data={})
    wanted = {"email": "new@example.com"}
    assert len(engaged(altcraft, email="new@example.com", subscription_filter=wanted)) == 1


def test_a_batch_names_those_it_reaches_in_the_order_of_its_items(altcraft: Altcraft) -> None:
    emails = ["cleo+clicked@example.com", ANN, "nobody@example.com", BOB]
    items = [{"email": email} for email in emails]
    wanted = [profile(altcraft, email)["id"] for email in (emails[0], emails[1], emails[3])]
    answer = altcraft.answer("/campaigns/triggers/start_batch", trigger_id=PAID, data=items)
    assert answer["result"] == wanted
    task = altcraft.data("/campaigns/triggers/start_batch_task", id=PAID, data=items)["task_id"]
    altcraft.advance("1s")
    assert altcraft.data("/tasks/status", task_id=task)["result"]["result"] == wanted


def test_an_empty_element_among_the_items_is_about_who_is_said_for_all(altcraft: Altcraft) -> None:
    whom = f"<trigger_id>{PAID}</trigger_id><email>ann@example.com</email><data/><data/>"
    in_xml = altcraft.xml("/campaigns/triggers/start_batch", f"{whom}<format>json</format>").json()
    in_json = altcraft.answer(
        "/campaigns/triggers/start_batch", trigger_id=PAID, email="ann@example.com", data=[{}, {}]
    )
    assert in_xml == in_json
