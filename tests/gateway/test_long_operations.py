"""Operations that may be about very many rows run aside, whatever the request is."""

import pytest

from emulator.gateway.examples import load_examples
from tests.conftest import Emulator
from tests.held import long_turns

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
    ("autosend", "GET /v1/campaigns/{campaignId}"),
    ("autosend", "GET /v1/contact-lists"),
    ("autosend", "GET /v1/contact-lists/{contactListId}"),
    ("autosend", "PATCH /v1/automations/{id}"),
    ("autosend", "POST /v1/automations/{id}/pause"),
    ("autosend", "POST /v1/automations/{id}/resume"),
    ("autosend", "POST /v1/campaigns"),
    ("autosend", "POST /v1/campaigns/{campaignId}/resume"),
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


@pytest.mark.parametrize(("provider", "key"), LONG)
def test_it_runs_aside(emulator: Emulator, monkeypatch: pytest.MonkeyPatch, provider: str, key: str) -> None:
    seen = long_turns(monkeypatch)
    example = load_examples(provider)[key]
    asked = {"params": example.query, "json": example.body, "headers": HEADERS[provider]}
    answer = emulator.http.request(example.method, example.url, **asked)
    assert answer.is_success, answer.text
    assert seen == [emulator.world.default]
