"""The five requests that the documentation pages show, with only host and credential changed."""

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from tests.server import Server

pytestmark = pytest.mark.slow

SUCCESS = {"data": None, "error": 0, "error_text": "Successful operation"}
TOKEN = "abcdefghijklmnqrstuvwxyz"


@pytest.fixture
def client() -> Iterator[httpx2.Client]:
    with Server() as server, server.client() as client:
        yield client


ALTCRAFT = {
    "deactivate mailing": (
        "/api/v1.1/campaigns/deactivate",
        '{\n"token": "abcdefghijklmnqrstuvwxyz",\n"id": "15",\n"abort_if_running": "true"\n}',
        f"<xml>\n<token>{TOKEN}</token>\n<id>15</id>\n<abort_if_running>true</abort_if_running>\n</xml>",
        "<xml><data/><error>0</error><error_text>Successful operation</error_text></xml>",
    ),
    "complete campaign": (
        "/api/v1.1/scampaigns/completed",
        '{\n"token": "abcdefghijklmnqrstuvwxyz",\n"id": 18\n}',
        f"<xml>\n<token>{TOKEN}</token>\n<id>18</id>\n</xml>",
        "<xml><error>0</error><error_text>Successful operation</error_text></xml>",
    ),
    "activate mailing": (
        "/api/v1.1/campaigns/activate/",
        (
            '{\n"token": "abcdefghijklmnqrstuvwxyz",\n"id": 82,\n"override_source_id": 1,\n'
            '"override_source_type": "list",\n"run_now": true\n}'
        ),
        (
            f"<xml>\n<token>{TOKEN}</token>\n<id>82</id>\n<override_source_id>1</override_source_id>\n"
            "<override_source_type>list</override_source_type>\n<run_now>true</run_now>\n</xml>"
        ),
        "<xml><data/><error>0</error><error_text>Successful operation</error_text></xml>",
    ),
}


@pytest.mark.parametrize("page", ALTCRAFT)
def test_altcraft_in_json(client: httpx2.Client, page: str) -> None:
    path, body, _, _ = ALTCRAFT[page]
    answer = client.post(path, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == SUCCESS


@pytest.mark.parametrize("page", ALTCRAFT)
def test_altcraft_in_xml(client: httpx2.Client, page: str) -> None:
    path, _, body, documented = ALTCRAFT[page]
    answer = client.post(path, content=body, headers={"Content-Type": "application/xml"})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/xml"
    assert answer.text == documented


def test_rcs_stop_campaign(client: httpx2.Client) -> None:
    bearer = client.post("/api/auth/login", json={"api_key": "live_emulator000000000000"}).json()["bearer"]
    answer = client.put("/api/campaigns/1/stop", headers={"Authorization": f"Bearer {bearer}"})
    assert answer.status_code == 200
    campaign: dict[str, Any] = answer.json()["data"]
    times = {name: campaign.pop(name) for name in ("start_at", "real_start_at", "finished_at", "created_at")}
    assert all(len(time) == len("2021-04-27 19:44:06") for time in times.values())
    assert campaign.pop("name").startswith("RCS api campaign / ")
    assert campaign == {
        "id": 1,
        "sender": "emulator",
        "status": "stopped",
        "message_type": "rcs",
        "statistics": {"delivered": 0, "sent": 0},
        "calculated_price": 123.4,
        "currency": "USD",
        "alternative_channels": {
            "sms": {
                "statistics": {"delivered": 0, "sent": 0},
                "statistic": {"delivered": 0, "sent": 0},
            }
        },
    }


def test_autosend_abort_campaign(client: httpx2.Client) -> None:
    campaign = "60d5ec49f1b2c72d9c8b4567"
    answer = client.post(
        f"/v1/campaigns/{campaign}/abort", headers={"Authorization": "Bearer AS_emulator000000000000"}
    )
    assert answer.status_code == 200
    data = answer.json()["data"]
    assert data.pop("updatedAt").endswith("Z")
    assert data == {
        "id": campaign,
        "campaignId": campaign,
        "name": "Spring Sale Newsletter",
        "subject": "Don't miss our Spring Sale!",
        "previewText": "Up to 50% off this weekend only",
        "status": "aborted",
        "sendMode": "immediate",
        "trackingClick": True,
        "trackingOpen": True,
        "createdAt": "2026-03-01T10:00:00.000Z",
    }
    assert answer.json()["success"] is True
