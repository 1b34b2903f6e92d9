"""Operations that may be about very many rows run aside where there are that many."""

import pytest

from emulator.gateway.examples import load_examples
from emulator.sandbox.sandbox import Sandbox
from tests.conftest import Emulator
from tests.held import long_turns, make_rows_many

HEADERS = {
    "altcraft": {},
    "autosend": {"Authorization": "Bearer AS_emulator000000000000"},
    "rcs": {"Authorization": "Bearer live_emulator000000000000"},
}
LONG = [
    ("altcraft", "POST /api/v1.1/databases/get_counters"),
    ("altcraft", "POST /api/v1.1/databases/refresh_counters"),
    ("altcraft", "POST /api/v1.1/market/orders/list"),
    ("altcraft", "POST /api/v1.1/market/products/list"),
    ("altcraft", "POST /api/v1.1/market/sku/list"),
    ("altcraft", "POST /api/v1.1/profiles/get_all"),
    ("altcraft", "POST /api/v1.1/profiles/list"),
    ("altcraft", "POST /api/v1.1/resources/get_counters"),
    ("altcraft", "POST /api/v1.1/resources/refresh_counters"),
    ("altcraft", "POST /api/v1.1/segments/add/"),
    ("altcraft", "POST /api/v1.1/segments/get/"),
    ("altcraft", "POST /api/v1.1/segments/get_counters"),
    ("altcraft", "POST /api/v1.1/segments/refresh_counters"),
    ("altcraft", "POST /api/v1.1/segments/update/"),
    ("altcraft", "POST /api/v1.1/subscriptions/list_all"),
    ("autosend", "DELETE /v1/automations/{id}"),
    ("autosend", "DELETE /v1/contacts/email/userId/{userId}"),
    ("autosend", "GET /v1/automations"),
    ("autosend", "GET /v1/contact-lists"),
    ("autosend", "GET /v1/contact-lists/{contactListId}"),
    ("autosend", "PATCH /v1/automations/{id}"),
    ("autosend", "POST /v1/automations/{id}/pause"),
    ("autosend", "POST /v1/automations/{id}/resume"),
    ("autosend", "POST /v1/campaigns"),
    ("autosend", "POST /v1/contact-lists"),
    ("autosend", "POST /v1/contact-lists/contacts/bulk-add"),
    ("autosend", "POST /v1/contact-lists/contacts/search"),
    ("autosend", "POST /v1/suppression-groups/entries"),
    ("rcs", "DELETE /api/groups/{id}"),
    ("rcs", "DELETE /api/short-url/domains/{uuid}"),
    ("rcs", "GET /api/contacts"),
    ("rcs", "GET /api/contacts/search"),
    ("rcs", "GET /api/contacts/{id}"),
    ("rcs", "GET /api/groups"),
    ("rcs", "GET /api/groups/search"),
    ("rcs", "GET /api/groups/{id}"),
    ("rcs", "GET /api/messages"),
    ("rcs", "GET /api/short-url/clicks"),
    ("rcs", "GET /api/stoplist"),
    ("rcs", "GET /api/stoplist/search"),
    ("rcs", "PATCH /api/campaigns/{id}/stop"),
    ("rcs", "POST /api/campaigns/price"),
    ("rcs", "POST /api/campaigns/rcs/send-groups"),
    ("rcs", "POST /api/campaigns/send"),
    ("rcs", "POST /api/campaigns/sms/send-groups"),
    ("rcs", "POST /api/contacts/delete"),
    ("rcs", "PUT /api/groups/{id}"),
]


def aside(emulator: Emulator, monkeypatch: pytest.MonkeyPatch, provider: str, key: str) -> list[Sandbox]:
    """Send an operation's example; return the sandboxes in which it ran aside."""
    seen = long_turns(monkeypatch)
    example = load_examples(provider)[key]
    asked = {"params": example.query, "json": example.body, "headers": HEADERS[provider]}
    answer = emulator.http.request(example.method, example.url, **asked)
    assert answer.is_success, answer.text
    return seen


@pytest.mark.parametrize(("provider", "key"), LONG)
def test_it_runs_aside_where_there_are_many_rows(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch, provider: str, key: str
) -> None:
    make_rows_many(monkeypatch)
    assert aside(emulator, monkeypatch, provider, key) == [emulator.world.default]


LIST, SEGMENT = "66a0c1d2e3f4a5b6c7d8dddd", "66a0c1d2e3f4a5b6c7d8dd02"
READ, RESUME = "GET /v1/campaigns/{campaignId}", "POST /v1/campaigns/{campaignId}/resume"


@pytest.mark.parametrize("key", [READ, RESUME])
@pytest.mark.parametrize("column", ["to_lists", "exclude_lists"])
def test_a_campaign_with_segments_is_counted_aside(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch, key: str, column: str
) -> None:
    make_rows_many(monkeypatch)
    emulator.query(f"UPDATE autosend_campaign SET {column} = ?", f'["{LIST}", "{SEGMENT}"]')  # noqa: S608 -- a name of ours
    assert aside(emulator, monkeypatch, "autosend", key) == [emulator.world.default]


@pytest.mark.parametrize("key", [READ, RESUME])
def test_a_campaign_without_segments_is_not(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    make_rows_many(monkeypatch)
    assert aside(emulator, monkeypatch, "autosend", key) == []


def test_it_does_not_where_there_are_few(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    assert aside(emulator, monkeypatch, "rcs", "POST /api/campaigns/send") == []
