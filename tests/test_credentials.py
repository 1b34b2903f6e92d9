"""Credentials that the emulator did not issue: refused, unless a setting accepts them as the default's."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from emulator.app import create_app
from emulator.settings import Settings
from tests.conftest import BASE_URL

CALLS = {
    "autosend": ("GET", "/v1/campaigns", "AS_9f8e7d6c5b4a39281706"),
    "rcs": ("GET", "/api/accounts/balance", "live_9f8e7d6c5b4a39281706"),
    "altcraft": ("POST", "/api/v1.1/scampaigns/list", "zyxwvutsrqponmlkjihgfedc"),
}


@pytest.fixture
def refusing() -> Iterator[TestClient]:
    with TestClient(create_app(Settings(clock="frozen")), base_url=BASE_URL) as client:
        yield client


@pytest.fixture
def accepting() -> Iterator[TestClient]:
    app = create_app(Settings(clock="frozen", accept_unknown_credentials=True))
    with TestClient(app, base_url=BASE_URL) as client:
        yield client


def ask(http: TestClient, provider: str, *, credential: bool = True) -> str:
    method, path, shown = CALLS[provider]
    headers = {"Authorization": f"Bearer {shown}"} if credential else {}
    return http.request(method, path, json={} if method == "POST" else None, headers=headers).text


REFUSALS = {
    "autosend": '"code":"UNAUTHORIZED"',
    "rcs": "Invalid JWT Token",
    "altcraft": "Access denied",
}


NOTHING_SHOWN = {
    "autosend": '{"success":false,"error":{"message":"Unauthorized","code":"UNAUTHORIZED"}}',
    "rcs": '{"message":"JWT Token not found","errors":[]}',
    "altcraft": '{"data":null,"error":401,"error_text":"API token required"}',
}


@pytest.mark.parametrize("provider", CALLS)
def test_a_credential_that_looks_real_opens_nothing(refusing: TestClient, provider: str) -> None:
    assert REFUSALS[provider] in ask(refusing, provider)


@pytest.mark.parametrize("provider", CALLS)
def test_where_it_is_accepted_it_opens_the_default_sandbox(accepting: TestClient, provider: str) -> None:
    answer = ask(accepting, provider)
    assert REFUSALS[provider] not in answer
    assert '"data":' in answer


@pytest.mark.parametrize("provider", CALLS)
def test_no_credential_at_all_is_never_accepted(accepting: TestClient, provider: str) -> None:
    assert ask(accepting, provider, credential=False) == NOTHING_SHOWN[provider]
