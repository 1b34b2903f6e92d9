"""A list runs as many SQL statements for many rows as for few: it looks up what they show together."""

from collections.abc import Mapping
from typing import Any

import pytest

from emulator.autosend.tables.contacts import GLOBAL_LIST
from emulator.gateway.examples import Example, load_examples
from tests.conftest import Emulator
from tests.copied import copy_rows
from tests.test_conformance import headers_of
from tests.test_statements import statements

ALL: dict[str, Any] = {"limit": 1000}
"""The change of an example that shows all rows; None leaves a field out."""

LISTS: dict[str, dict[str, tuple[str, dict[str, Any]]]] = {
    "altcraft": {
        "POST /api/v1.1/campaigns/broadcasts/list": ("altcraft_mailing", ALL),
        "POST /api/v1.1/campaigns/log_v2": ("altcraft_log_entry", ALL),
        "POST /api/v1.1/campaigns/list": ("altcraft_mailing", ALL | {"from_id": None}),
        "POST /api/v1.1/campaigns/regulars/list/": ("altcraft_mailing", ALL),
        "POST /api/v1.1/campaigns/triggers/list/": ("altcraft_mailing", ALL | {"from_id": None}),
        "POST /api/v1.1/databases/list/": ("altcraft_database", ALL),
        "POST /api/v1.1/datatables/query_segments/list/": ("altcraft_data_query", ALL),
        "POST /api/v1.1/loyalty/account/transactions": ("altcraft_points_transaction", {"limit": 100}),
        "POST /api/v1.1/loyalty/trigger_promotions": ("altcraft_promotion", {"limit": 100}),
        "POST /api/v1.1/market/orders/list": ("altcraft_market_order", ALL),
        "POST /api/v1.1/market/products/list": ("altcraft_market_product", ALL),
        "POST /api/v1.1/market/sku/list": ("altcraft_market_sku", ALL),
        "POST /api/v1.1/profiles/list": ("altcraft_subscription", ALL),
        "POST /api/v1.1/resources/list": ("altcraft_resource", ALL),
        "POST /api/v1.1/scampaigns/list": ("altcraft_campaign", ALL),
        "POST /api/v1.1/segments/list/": ("altcraft_segment", ALL),
        "POST /api/v1.1/senders/list": ("altcraft_sender", {}),
        "POST /api/v1.1/subscribers/history_get": ("status_change", {}),
        "POST /api/v1.1/subscribers/history_get_all": ("status_change", {}),
        "POST /api/v1.1/subscriptions/list_all": ("altcraft_subscription", ALL),
        "POST /api/v1.1/suppresses/list": ("altcraft_suppression_list", ALL),
        "POST /api/v1.1/templates/list": ("altcraft_template", ALL),
        "POST /api/v1.1/vsenders/list": ("altcraft_virtual_sender", {}),
        "POST /api/v1.1/workflows/list": ("altcraft_scenario", ALL),
    },
    "autosend": {
        "GET /v1/account/projects": ("autosend_domain", {}),
        "GET /v1/automations": ("autosend_automation", {}),
        "GET /v1/campaigns": ("autosend_campaign", {"limit": 100, "includeCounts": "true"}),
        "GET /v1/contact-lists": ("autosend_contact_list", {}),
        "GET /v1/contact-properties": ("autosend_contact_property", {}),
        "GET /v1/contacts/{id}/unsubscribe-groups": ("autosend_suppression_group", {}),
        "GET /v1/custom-fields": ("autosend_contact_property", {}),
        "GET /v1/domains": ("autosend_domain", {}),
        "GET /v1/events": ("autosend_event", {}),
        "GET /v1/inbound/messages": ("autosend_inbound_mail", {"limit": 200}),
        "GET /v1/senders": ("autosend_sender", {}),
        "GET /v1/suppression-groups": ("autosend_suppression_group", {}),
        "GET /v1/templates": ("autosend_template", {}),
        "GET /v1/templates/search": ("autosend_template", {"limit": 100}),
        "GET /v1/webhooks": ("webhook_target", {"limit": 100}),
        "POST /v1/contact-lists/contacts/search": (
            "autosend_contact",
            {"contactListId": GLOBAL_LIST, "limit": 100},
        ),
        "POST /v1/suppression-groups/email/entries": ("autosend_suppression_group", {}),
        "POST /v1/suppression-groups/entries": ("autosend_suppression", {"limit": 100, "reason": None}),
    },
    "rcs": {
        "GET /api/2fa/authentications": ("rcs_otp_session", {"page[limit]": 500}),
        "GET /api/2fa/authentications/templates": ("rcs_otp_template", {"page[limit]": 500}),
        "GET /api/accounts/tariff": ("rcs_tariff", {"page[limit]": 500}),
        "GET /api/campaign": ("rcs_campaign", {"page[limit]": 500}),
        "GET /api/campaigns": ("rcs_campaign", {"page[limit]": 500}),
        "GET /api/contacts": ("rcs_list_member", {"page[limit]": 500}),
        "GET /api/contacts/fields": ("rcs_contact_field", {}),
        "GET /api/contacts/search": ("rcs_contact_value", {"page[limit]": 500}),
        "GET /api/groups/search": ("rcs_list_member", {"page[limit]": 500}),
        "GET /api/groups": ("rcs_contact_list", {"page[limit]": 500}),
        "GET /api/messages": ("message", {"page[limit]": 500}),
        "GET /api/senders": ("rcs_sender", {}),
        "GET /api/senders/requests/sms": ("rcs_sender_request", {}),
        "GET /api/short-url/clicks": ("rcs_short_click", {"per_page": 500}),
        "GET /api/short-url/domains": ("rcs_short_domain", {"per_page": 500}),
        "GET /api/short-url/links": ("rcs_short_link", {"per_page": 500}),
        "GET /api/stat/jobs": ("rcs_statistic_job", {}),
        "GET /api/stoplist": ("rcs_stop_list_item", {"page[limit]": 500}),
        "GET /api/stoplist/": ("rcs_stop_list_item", {"page[limit]": 500}),
    },
}
"""The table whose rows each list shows, and how its example is changed so that all of them are shown."""

UNCOUNTED = {
    "GET /api/stoplist/search": "finds one phone",
    "GET /api/stoplists/search": "finds one phone",
    "GET /v1/webhooks/{id}/logs": "the demo set has no deliveries",
    "POST /api/v1.1/relations/get": "shows the relations of one profile, read by two statements",
    "POST /api/v1.1/suppresses/domains_add": "counts what it adds",
    "POST /api/v1.1/suppresses/emails_add": "counts what it adds",
    "POST /api/v1.1/suppresses/phones_add": "counts what it adds",
}
"""The responses with pages or totals that are not looked at, each with the reason."""

OF_PAGES = {"pagination", "meta", "next_from_id", "total_count", "total"}
"""The fields by which responses tell of other pages."""

ROWS = [
    pytest.param(provider, load_examples(provider)[key], table, changes, id=key)
    for provider, lists in LISTS.items()
    for key, (table, changes) in lists.items()
]


@pytest.mark.parametrize(("provider", "example", "table", "changes"), ROWS)
def test_many_rows_take_as_many_statements_as_few(
    emulator: Emulator, provider: str, example: Example, table: str, changes: Mapping[str, Any]
) -> None:
    few, of_few = asked(emulator, provider, example, changes)
    copied(emulator, table, 10)
    many, of_many = asked(emulator, provider, example, changes)
    assert len(many.content) > 1.5 * len(few.content), "the copies are not shown"
    assert len(of_many) <= len(of_few), "\n".join(" ".join(one.split())[:150] for one in of_many)


def asked(
    emulator: Emulator, provider: str, example: Example, changes: Mapping[str, Any]
) -> tuple[Any, list[str]]:
    """Return a list and the statements that it ran, once what the session keeps was read."""
    given = {**(example.query if example.body is None else example.body), **changes}
    said = {name: value for name, value in given.items() if value is not None}
    sent: dict[str, Any] = {"params": said} if example.body is None else {"json": said}
    answers = []

    def request() -> Any:
        headers = headers_of(provider, example)
        answers.append(emulator.http.request(example.method, example.url, headers=headers, **sent))
        return answers[-1]

    request()
    seen = statements(emulator, emulator.world.default.name, request)
    return answers[-1], seen


@pytest.mark.parametrize("provider", LISTS)
def test_every_list_with_pages_is_looked_at(provider: str) -> None:
    paged = {example.key for example in load_examples(provider).values() if has_pages(example.answer)}
    assert sorted(paged - LISTS[provider].keys() - UNCOUNTED.keys()) == []


def has_pages(answer: Any) -> bool:
    return isinstance(answer, dict) and (bool(answer.keys() & OF_PAGES) or has_pages(answer.get("data")))


def test_messages_with_contents_of_their_own_are_read_together(emulator: Emulator) -> None:
    example = load_examples("rcs")["POST /api/campaigns/sms/send-individual"]

    def send(number: int) -> None:
        messages = [one | {"reference_id": str(7000 + number)} for one in example.body["messages"][:1]]
        body = example.body | {"messages": messages}
        sent = emulator.http.post(example.url, json=body, headers=headers_of("rcs", example))
        assert sent.status_code == example.status, sent.text

    listed = load_examples("rcs")["GET /api/messages"]
    shown = {"filter[campaign_id]": None, "page[limit]": 500}
    send(0)
    _, of_few = asked(emulator, "rcs", listed, shown)
    for number in range(1, 5):
        send(number)
    many, of_many = asked(emulator, "rcs", listed, shown)
    assert len(many.json()["data"]) >= 5
    assert len(of_many) == len(of_few)


def test_deliveries_of_webhooks_are_read_with_all_attempts_together(emulator: Emulator) -> None:
    target = {"provider": "autosend", "url": "http://127.0.0.1:9/"}
    assert emulator.http.post("/_emulator/webhooks/targets", json=target).status_code == 201
    dropped = emulator.http.post("/_emulator/webhooks/disturbances", json={"action": "drop"})
    assert dropped.status_code == 201, dropped.text
    mail = load_examples("autosend")["POST /v1/mails/send"]
    assert emulator.http.post(mail.url, json=mail.body, headers=headers_of("autosend", mail)).is_success
    emulator.advance("1m")
    assert_alike(emulator, "/_emulator/webhooks/deliveries", "webhook_delivery")


@pytest.mark.parametrize("provider", ["autosend", "rcs"])
def test_jobs_are_counted_together(emulator: Emulator, provider: str) -> None:
    assert_alike(emulator, f"/_emulator/jobs?provider={provider}", f"{provider}_campaign")


def assert_alike(emulator: Emulator, path: str, table: str) -> None:
    """Ask for a list of the control plane before and after the rows of a table are copied."""
    sizes, numbers = [], []
    for times in (0, 10):
        copied(emulator, table, times)
        sizes.append(len(emulator.http.get(path).content))
        numbers.append(
            len(statements(emulator, emulator.world.default.name, lambda: emulator.http.get(path)))
        )
    assert sizes[1] > 1.2 * sizes[0], "the copies are not shown"
    assert numbers[1] == numbers[0]


def copied(emulator: Emulator, table: str, times: int) -> None:
    connection = emulator.world.default.store.connection
    emulator.on_the_loop(lambda: copy_rows(connection, table, times))
