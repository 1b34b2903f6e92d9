"""Each message ends, and nothing crashes, whatever decides its outcome, and on any channel.

Recipients, rules and forced statuses are tried with every way to send, of all providers.
"""

from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from tests.conftest import Emulator
from tests.rcs.conftest import Rcs

ENDINGS = ("111", *(str(number) for number in range(901, 910)))
PHONES = [f"3806711{number:02}{ending}" for number, ending in enumerate(ENDINGS)]
ABROAD = [f"4479111{number:02}{ending}" for number, ending in enumerate(ENDINGS)]
WORDS = (
    "delayed",
    "bounced",
    "soft-bounced",
    "opened",
    "clicked",
    "unsubscribed",
    "complained",
    "failed",
    "ann",
)
PARTS = {
    "rcs": {"sender": "ukraine_only", "text": "Hello"},
    "sms": {"sender": "Shop", "text": "Hello by SMS"},
}

ENDS = {
    "rcs": {"delivered", "read", "expired", "undelivered", "failed", "not_service_user", "unknown"},
    "sms": {"delivered", "expired", "undelivered", "failed", "unknown"},
    "mail": {"delivered", "opened", "clicked", "unsubscribed", "complained", "bounced", "failed"},
}
"""The statuses in which messages end, by channel; those of mails hold for all channels of their providers."""

PASSED = {"rcs": {"sending", "sent"}, "sms": {"sending", "sent"}, "mail": {"sent", "deferred"}}
"""The statuses before those."""

RULES = {
    "rcs": (
        "delivered",
        "read",
        "clicked",
        "delayed",
        "expired",
        "undelivered",
        "failed",
        "not_service_user",
        "unknown",
    ),
    "sms": ("delivered", "delayed", "expired", "undelivered", "failed", "unknown"),
    "mail": (
        "delivered",
        "delayed",
        "opened",
        "clicked",
        "unsubscribed",
        "complained",
        "bounced",
        "soft-bounced",
        "failed",
    ),
}
"""The words for outcomes in rules."""

WAITS = ("0s", "3s", "1500ms", "5500ms", "2h")
"""The times that pass before each instant at which statuses are forced."""

Send = Callable[[Emulator], None]


def campaign(*channels: str) -> Send:
    """Send to all endings of numbers, at home and abroad, where the agent's messages do not arrive."""

    def send(emulator: Emulator) -> None:
        phones = [{"number": phone} for phone in (*PHONES, *ABROAD)]
        body = {"channels": channels, "recipients": {"phones": phones}, "validity": 1}
        Rcs(emulator).data(
            "POST", "/campaigns/send", body | {channel: PARTS[channel] for channel in channels}
        )

    return send


def singles(*channels: str) -> Send:
    def send(emulator: Emulator) -> None:
        for phone in (*PHONES, ABROAD[8]):
            body = {"channels": channels, "phone": {"number": phone}, "validity_seconds": 600}
            Rcs(emulator).data(
                "POST", "/messages/send", body | {channel: PARTS[channel] for channel in channels}
            )

    return send


def alternative(emulator: Emulator) -> None:
    """Send RCS messages with an alternative SMS that has a validity of its own."""
    sms = {"sender": "Shop", "text": "Hello by SMS", "validity_seconds": 30}
    phones = [{"number": phone} for phone in (*PHONES, *ABROAD)]
    body = {"phones": phones, "sender": "ukraine_only", "options": {"text": "Hello"}, "validity_seconds": 30}
    Rcs(emulator).data("POST", "/campaigns/rcs/send", body | {"alternative_channel": {"sms": sms}})


def mails(emulator: Emulator) -> None:
    headers = {"Authorization": "Bearer AS_emulator000000000000"}
    for word in WORDS:
        body = {
            "to": {"email": f"{word}@example.net"},
            "from": {"email": "hello@example.com"},
            "subject": "Hello",
            "html": "<p>Hello</p>",
        }
        assert emulator.http.post("/v1/mails/send", json=body, headers=headers).is_success


def mail_campaign(emulator: Emulator) -> None:
    headers = {"Authorization": "Bearer AS_emulator000000000000"}
    body = {
        "name": "Outcomes",
        "subject": "Hello",
        "htmlTemplate": "<p>Hello</p>",
        "from": {"email": "hello@example.com"},
        "toLists": ["66a0c1d2e3f4a5b6c7d8dd01"],
        "sendNow": True,
        "publish": True,
    }
    assert emulator.http.post("/v1/campaigns", json=body, headers=headers).is_success


def mailing(number: int) -> Send:
    def send(emulator: Emulator) -> None:
        body = {"token": "abcdefghijklmnqrstuvwxyz", "id": number, "run_now": True}
        assert emulator.http.post("/api/v1.1/campaigns/activate/", json=body).json()["error"] == 0

    return send


WAYS: dict[str, tuple[str, Send]] = {
    "rcs campaign": ("rcs", campaign("rcs")),
    "sms campaign": ("rcs", campaign("sms")),
    "rcs, then sms": ("rcs", campaign("rcs", "sms")),
    "sms, then rcs": ("rcs", campaign("sms", "rcs")),
    "rcs with an alternative sms": ("rcs", alternative),
    "single rcs": ("rcs", singles("rcs")),
    "single sms": ("rcs", singles("sms")),
    "single rcs, then sms": ("rcs", singles("rcs", "sms")),
    "single sms, then rcs": ("rcs", singles("sms", "rcs")),
    "mails": ("autosend", mails),
    "mail campaign": ("autosend", mail_campaign),
    "email mailing": ("altcraft", mailing(12)),
    "sms mailing": ("altcraft", mailing(179)),
    "push mailing": ("altcraft", mailing(40)),
}


def rules(way: str) -> Iterator[dict[str, str]]:
    """Yield rules for every outcome of a way to send, with and without a channel and a delay."""
    if WAYS[way][0] != "rcs":
        yield from ({"outcome": word} for word in RULES["mail"])
        yield from ({"outcome": word, "delay": "5m"} for word in RULES["mail"])
        return
    for channel in {"rcs", "sms"}.intersection(way.replace(",", "").split()):
        for word in RULES[channel]:
            yield {"channel": channel, "outcome": word}
            yield {"channel": channel, "outcome": word, "delay": "5m"}
    yield from ({"outcome": word} for word in RULES["rcs"])


def family(message: Any) -> str:
    return message["channel"] if message["provider"] == "rcs" else "mail"


def listed(emulator: Emulator, **params: str | int) -> Any:
    return emulator.http.get("/_emulator/messages", params=params).json()["messages"]


def made(emulator: Emulator, way: str) -> Iterator[Callable[[], Any]]:
    """Send, and let time pass; at each instant, and at the end, yield a function that lists the messages.

    Messages that the account has under way do not go on, because that would take longer than the test.
    """
    provider, send = WAYS[way]
    emulator.query("DELETE FROM due_event")
    [latest] = listed(emulator, order="newest", limit=1)
    messages = partial(listed, emulator, provider=provider, after=latest["id"])
    send(emulator)
    for wait in WAITS:
        emulator.advance(wait)
        yield messages
    emulator.advance("4h")
    yield messages


def force(emulator: Emulator, message: Any, status: str) -> None:
    body = {"status": status, "force": True}
    answer = emulator.http.post(f"/_emulator/messages/{message['id']}/status", json=body)
    assert answer.status_code in {200, 409}
    assert answer.status_code == 200 or status not in ENDS[family(message)]


def reserved(emulator: Emulator) -> Any:
    return emulator.query("SELECT reserved FROM rcs_account")


def charged(emulator: Emulator) -> list[tuple[Decimal, Decimal]]:
    """Return, for each campaign of this test, the sum of its messages' prices, and its `total_price`."""
    rcs = Rcs(emulator)
    campaigns = rcs.data("GET", "/campaigns", params={"filter[from]": "2026-03-15 14:30:00"})
    sums = []
    for row in campaigns:
        messages = rcs.data("GET", "/messages", params={"filter[campaign_id]": row["id"], "page[limit]": 500})
        total = sum((Decimal(message["amount"]["value"]) for message in messages), Decimal(0))
        sums.append((total, Decimal(rcs.detail(row["id"])["total_price"])))
    return sums


@pytest.mark.parametrize("way", WAYS)
def test_every_recipient(emulator: Emulator, way: str) -> None:
    before = reserved(emulator)
    *_, ended = made(emulator, way)
    for message in ended():
        assert message["status"] in ENDS[family(message)], message
    assert reserved(emulator) == before
    for total, said in charged(emulator):
        assert total == said


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
def test_every_rule(emulator: Emulator, way: str) -> None:
    provider = WAYS[way][0]
    for rule in rules(way):
        emulator.reset()
        before = reserved(emulator)
        answer = emulator.http.post("/_emulator/outcomes", json={"provider": provider} | rule)
        assert answer.status_code == 201, answer.text
        *_, ended = made(emulator, way)
        for message in ended():
            assert message["status"] in ENDS[family(message)], (rule, message)
        assert reserved(emulator) == before
        for total, said in charged(emulator):
            assert total == said


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
def test_every_forced_status(emulator: Emulator, way: str) -> None:
    """Each message is forced at one instant, with each status at another one, so that all pairs are tried."""
    kinds = ("rcs", "sms") if WAYS[way][0] == "rcs" else ("mail",)
    for turn, status in enumerate(sorted(set().union(*(ENDS[kind] | PASSED[kind] for kind in kinds)))):
        emulator.reset()
        before = reserved(emulator)
        for instant, messages in enumerate(made(emulator, way)):
            for message in messages() if instant < len(WAITS) else ():
                if (message["id"] + turn) % len(WAITS) == instant:
                    force(emulator, message, status)
        for message in messages():
            assert message["status"] in {*ENDS[family(message)], status}, message
        if status not in PASSED["rcs"]:
            assert reserved(emulator) == before
            assert all(total == said for total, said in charged(emulator))
