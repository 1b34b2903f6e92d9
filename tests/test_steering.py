"""Steering a running emulator with the client, as a test does."""

from collections.abc import Iterator
from typing import Any

import pytest
from httpx2 import Client, ReadTimeout

from emulator.client import Control, ControlError, SandboxClient
from emulator.testing import sandbox
from tests.server import Server

pytestmark = pytest.mark.slow

DRAFT = "66a0c1d2e3f4a5b6c7d80001"
JOB = f"autosend/campaign/{DRAFT}"


@pytest.fixture
def box(server: Server) -> Iterator[SandboxClient]:
    with sandbox(Control(server.url), fixtures="demo", at="epoch") as made:
        yield made


@pytest.fixture
def autosend(box: SandboxClient) -> Iterator[Client]:
    """A client of AutoSend."""
    bearer = {"Authorization": f"Bearer {box.credentials['autosend']}"}
    with Client(base_url=box.base_urls["autosend"], headers=bearer) as client:
        yield client


def send(autosend: Client) -> None:
    answer = autosend.patch(f"/campaigns/{DRAFT}", json={"publish": True, "sendNow": True})
    assert answer.status_code == 200, answer.text


def test_a_campaign_is_sent_and_its_messages_are_read(box: SandboxClient, autosend: Client) -> None:
    send(autosend)
    box.clock.until(job=JOB, status="sent", within="1d")
    messages = box.messages.list(job=JOB)
    assert len(messages) == box.jobs.get(JOB)["total"]
    message = box.messages.find(recipient=messages[0]["recipient"], job=JOB)
    assert message["history"][-1]["status"] == message["status"]
    assert message["html"]
    assert "<" in box.messages.html(message["id"])


def test_a_request_whose_client_gave_up_is_received_and_under_way(
    box: SandboxClient, autosend: Client
) -> None:
    box.faults.add("autosend", delay="20s", times=1)
    with pytest.raises(ReadTimeout):
        autosend.get("/campaigns", timeout=0.5)
    assert len(box.requests.verify(operation="GET /v1/campaigns", exactly=1)) == 1
    with pytest.raises(AssertionError, match="#1 GET /v1/campaigns -> under way"):
        box.requests.verify(operation="GET /v1/campaigns", never=True)


def test_waiting_in_virtual_time_fails_when_it_never_comes(box: SandboxClient) -> None:
    with pytest.raises(AssertionError, match=r"moved on to 2026-03-15T15:30:00.000Z in vain: .*'sent'"):
        box.clock.until(job=JOB, status="sent", within="1h")


def test_what_is_asked_of_a_message_that_is_not_there_says_what_is(
    box: SandboxClient, autosend: Client
) -> None:
    send(autosend)
    box.clock.advance("1h")
    with pytest.raises(AssertionError, match=r"(?m)there are 0\n  #.*; other in recipient$"):
        box.messages.find(recipient="nobody@")


def test_who_is_in_a_scenario_is_told(box: SandboxClient) -> None:
    assert box.jobs.people("altcraft/scenario/4") == []
    with Client(base_url=box.environment["ALTCRAFT_BASE_URL"]) as altcraft:
        body = {"token": box.environment["ALTCRAFT_TOKEN"], "id": 4, "email": "ann@example.com"}
        [profile] = altcraft.post("/workflows/start", json=body).json()["result"]
    [ann] = box.jobs.people("altcraft/scenario/4", "Ann@example.com", state="inside")
    assert (ann["id"], ann["step"]) == (profile, "Wait a day")
    assert box.jobs.get("altcraft/scenario/4")["people"] == {"inside": 1}


def test_a_job_is_steered(box: SandboxClient, autosend: Client) -> None:
    send(autosend)
    box.clock.until(job=JOB, status="sending")
    assert JOB in [job["id"] for job in box.jobs.list(provider="autosend", status="sending")]
    assert box.jobs.act(JOB, "pause")["status"] == "paused"
    assert box.jobs.force(JOB, "sent")["status"] == "sent"


def test_a_message_is_forced(box: SandboxClient, autosend: Client) -> None:
    send(autosend)
    box.clock.advance("1h")
    first = box.messages.list(job=JOB)[0]
    assert box.messages.force(first["id"], "bounced")["status"] == "bounced"


def test_outcomes_are_decided_by_rules(box: SandboxClient, autosend: Client) -> None:
    rule = box.outcomes.add("bounced", provider="autosend", recipient="*")
    send(autosend)
    box.clock.advance("1d")
    assert {message["status"] for message in box.messages.list(job=JOB)} <= {"bounced", "suppressed"}
    assert box.outcomes.list()[0]["hits"] > 0
    box.outcomes.delete(rule["id"])
    box.outcomes.clear()
    assert box.outcomes.list() == []


def test_faults_hit_requests(box: SandboxClient, autosend: Client) -> None:
    fault = box.faults.add("autosend", operation="GET /v1/campaigns", status=503, times=1)
    assert [autosend.get("/campaigns").status_code for _ in range(2)] == [503, 200]
    assert box.faults.get(fault["id"])["hits"] == 1
    assert "RateLimitExceeded" in [error["name"] for error in box.faults.errors("autosend")["autosend"]]
    box.faults.clear()
    assert box.faults.list() == []


def test_webhooks_are_pulled_and_targets_kept(box: SandboxClient, autosend: Client) -> None:
    target = box.webhooks.add("autosend", "http://127.0.0.1:9/hook", settings={})
    assert box.webhooks.change(target["id"], is_active=False)["is_active"] is False
    send(autosend)
    box.clock.advance("1h")
    (first, *_) = box.webhooks.events(provider="autosend", limit=1)
    assert box.webhooks.events(provider="autosend", after=first["id"])[0]["id"] > first["id"]
    assert box.webhooks.deliveries(state="failed") == []
    assert box.webhooks.replay_all(state="failed") == {"replayed": 0}
    box.webhooks.remove(target["id"])
    assert target["id"] not in [one["id"] for one in box.webhooks.targets()]


def test_deliveries_are_disturbed(box: SandboxClient) -> None:
    box.webhooks.disturb("drop", provider="autosend", times=1)
    assert [one["action"] for one in box.webhooks.disturbances.list()] == ["drop"]
    box.webhooks.disturbances.clear()
    assert box.webhooks.disturbances.list() == []


@pytest.mark.parametrize(
    "wrong",
    [
        lambda box: box.faults.add("telegram", status=503),
        lambda box: box.outcomes.add("eaten by a dog"),
        lambda box: box.webhooks.add("rcs", "nowhere"),
        lambda box: box.messages.list(provider="telegram"),
        lambda box: box.jobs.list(provider="telegram"),
        lambda box: box.messages.wait(timeout=1),
    ],
)
def test_a_wrong_wish_is_refused_by_name(box: SandboxClient, wrong: Any) -> None:
    with pytest.raises(ControlError) as refused:
        wrong(box)
    assert refused.value.status == 422
    assert refused.value.errors[0]["field"] in str(refused.value)
