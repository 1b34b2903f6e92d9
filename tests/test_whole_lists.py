"""The client's lists are whole, although the control plane answers them in pages of 100."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from httpx2 import Client

from emulator.client import Control, SandboxClient
from emulator.testing import sandbox
from tests.server import Server

pytestmark = pytest.mark.slow

MAILS = 160
DELIVERED: Any = {"provider": "autosend", "type": "email.delivered"}


@pytest.fixture(scope="module")
def box(server: Server) -> Iterator[SandboxClient]:
    """A sandbox that has sent many mails, notified a webhook of them, and received many requests."""
    with sandbox(Control(server.url)) as made, clients_of(made) as autosend:
        made.webhooks.add("autosend", "http://127.0.0.1:9/", ["email.delivered"])
        made.webhooks.disturb("drop")
        for part in range(2):
            people = [{"email": f"p{part}-{one}@example.com"} for one in range(MAILS // 2)]
            body = {"from": {"email": "hello@example.com"}, "subject": "Sale", "text": "Hi"}
            assert autosend.post("/mails/bulk", json=body | {"recipients": people}).is_success
        for number in range(MAILS):
            assert autosend.get("/campaigns", params={"page": number + 1}).is_success
        made.clock.advance("1h")
        yield made


def clients_of(box: SandboxClient) -> Client:
    bearer = {"Authorization": f"Bearer {box.credentials['autosend']}"}
    return Client(base_url=box.base_urls["autosend"], headers=bearer)


List = Callable[..., Any]

LISTS: dict[str, tuple[Callable[[SandboxClient], List], str]] = {
    "messages": (lambda box: box.messages.list, "id"),
    "deliveries": (lambda box: box.webhooks.deliveries, "id"),
    "requests": (lambda box: lambda **wanted: box.requests.list(method="GET", **wanted), "number"),
    "events": (lambda box: lambda **wanted: box.webhooks.events(**DELIVERED, **wanted), "id"),
}


@pytest.mark.parametrize("name", LISTS)
def test_a_list_has_everything_in_order(box: SandboxClient, name: str) -> None:
    list_of, place = LISTS[name]
    places = [one[place] for one in list_of(box)()]
    assert len(places) == MAILS
    assert places == sorted(set(places))
    assert [one[place] for one in list_of(box)(after=places[9])] == places[10:]


@pytest.mark.parametrize("name", LISTS)
def test_a_list_has_no_more_than_its_limit(box: SandboxClient, name: str) -> None:
    list_of, _ = LISTS[name]
    assert len(list_of(box)(limit=7)) == 7


@pytest.mark.parametrize("name", ["messages", "deliveries"])
def test_the_newest_come_first_in_a_whole_list_too(box: SandboxClient, name: str) -> None:
    list_of, place = LISTS[name]
    oldest = [one[place] for one in list_of(box)()]
    assert [one[place] for one in list_of(box)(order="newest")] == oldest[::-1]
    assert [one[place] for one in list_of(box)(order="newest", limit=3)] == oldest[:-4:-1]


WAITS: dict[str, Callable[[SandboxClient], Any]] = {
    "messages": lambda box: box.messages.wait(count=MAILS, status="delivered"),
    "deliveries": lambda box: box.webhooks.wait(count=MAILS, state="dropped"),
    "requests": lambda box: box.requests.wait(count=MAILS, method="GET"),
    "verified requests": lambda box: box.requests.verify(exactly=MAILS, method="GET"),
}


@pytest.mark.parametrize("name", WAITS)
def test_waiting_returns_as_many_as_were_waited_for(box: SandboxClient, name: str) -> None:
    assert len(WAITS[name](box)) == MAILS


def test_everybody_in_a_job_is_listed(box: SandboxClient) -> None:
    steps = [
        {"stepId": "wait", "type": "wait", "delay": {"value": 1, "unit": "days"}},
        {"stepId": "mail", "type": "email", "email": {"subject": "Hi", "htmlTemplate": "<p>Hi</p>"}},
    ]
    with clients_of(box) as autosend:
        made = autosend.post("/automations", json={"name": "Series", "active": True, "steps": steps})
        ids = [
            autosend.post("/contacts", json={"email": f"c{number}@example.com"}).json()["data"]["id"]
            for number in range(101)
        ]
    job = f"autosend/automation/{made.json()['data']['id']}"
    assert [one["id"] for one in box.jobs.people(job)] == ids
    assert [one["id"] for one in box.jobs.people(job, limit=2)] == ids[:2]


def test_waiting_for_more_than_there_are_fails_with_how_many_came(box: SandboxClient) -> None:
    with pytest.raises(AssertionError, match=f", {MAILS} came, the last 20 of them:"):
        box.messages.wait(count=MAILS + 1, timeout="100ms")
