"""Suppression lists hold people back: launches leave them out, and counters do not count them."""

from collections.abc import Callable
from hashlib import md5
from typing import Any

import pytest

from tests.altcraft.conftest import Altcraft
from tests.conftest import Emulator

GLOBAL, PARTNERS, UNUSED = 1, 2, 3
CUSTOMERS, PARTNERS_BASE, SUBSCRIBERS = 1, 2, 3
BLOG, SHOP, TEXTS = 1, 24, 36


def hashed(text: str) -> str:
    return md5(text.encode(), usedforsecurity=False).hexdigest()


def launch(altcraft: Altcraft, database: int, resource: int = 0, channel: str = "email", **more: Any) -> int:
    """Launch a broadcast to a database, and return how many messages it has."""
    settings = {"data_type": "list", "data_id": database, "content": [{"message_id": 7}]}
    mailing = altcraft.data(
        "/campaigns/broadcasts/add",
        name="News",
        send_channel=channel,
        **settings,
        **({"resource_id": resource} if resource else {}),
        **more,
    )["saved_id"]
    altcraft.data("/campaigns/activate/", id=mailing, run_now=True)
    found = altcraft.emulator.http.get(f"/_emulator/jobs/altcraft/mailing/{mailing}").json()
    return int(found["total"])


def sendable(altcraft: Altcraft, database: int, resource: int, channel: str = "email") -> int:
    counters = altcraft.data("/databases/get_counters", id=database, resource_id=resource)
    (status,) = [one["status"] for one in counters if one["channel"] == channel]
    return int(status["subscribed_sendable"])


def phone_of(altcraft: Altcraft, email: str) -> str:
    statement = "SELECT json_extract(phones, '$[0]') FROM altcraft_profile WHERE email = ?"
    return str(altcraft.emulator.query(statement, email)[0][0])


@pytest.mark.parametrize(
    ("number", "path", "field", "value", "held"),
    [
        (GLOBAL, "email_add", "email", "Customer1@Example.com", 1),
        (GLOBAL, "emails_add", "emails", ["customer1@example.com", "customer2@example.com", "x@x.org"], 2),
        (GLOBAL, "emails_add", "emails", [hashed("customer1@example.com"), "customer1@example.com"], 1),
        (GLOBAL, "domain_add", "domain", "Example.COM", 40),
        (GLOBAL, "domain_add", "domain", hashed("example.com"), 40),
        (GLOBAL, "domain_add", "domain", "ample.com", 0),
        (GLOBAL, "phone_add", "value", "+79000000001", 0),
        (UNUSED, "email_add", "email", "customer1@example.com", 0),
        (PARTNERS, "email_add", "email", "customer1@example.com", 0),
    ],
)
@pytest.mark.parametrize("resource", [0, BLOG])
def test_a_launch_leaves_out_who_is_listed(
    altcraft: Altcraft, resource: int, number: int, path: str, field: str, value: object, held: int
) -> None:
    assert launch(altcraft, CUSTOMERS, BLOG) == sendable(altcraft, CUSTOMERS, BLOG) == 40
    altcraft.answer(f"/suppresses/{path}", id=number, **{field: value})
    assert launch(altcraft, CUSTOMERS, resource) == 40 - held
    assert sendable(altcraft, CUSTOMERS, BLOG) == 40 - held


@pytest.mark.parametrize("value", ["partner1@example.org", hashed("partner1@example.org")])
def test_the_list_of_a_database_holds_its_people_alone(altcraft: Altcraft, value: str) -> None:
    counted = sendable(altcraft, PARTNERS_BASE, SHOP)
    reached = launch(altcraft, PARTNERS_BASE)
    altcraft.answer("/suppresses/email_add", id=PARTNERS, email=value)
    assert launch(altcraft, PARTNERS_BASE) == reached - 1
    assert sendable(altcraft, PARTNERS_BASE, SHOP) == counted - 1


@pytest.mark.parametrize("write", [str, hashed])
@pytest.mark.parametrize("resource", [0, TEXTS])
def test_a_listed_phone_gets_no_texts(altcraft: Altcraft, resource: int, write: Callable[[str], str]) -> None:
    phone = phone_of(altcraft, "customer1@example.com")
    counted = sendable(altcraft, CUSTOMERS, TEXTS, "sms")
    before = launch(altcraft, CUSTOMERS, resource, "sms")
    altcraft.answer("/suppresses/phone_add", id=GLOBAL, value=write(phone))
    assert launch(altcraft, CUSTOMERS, resource, "sms") == before - 1
    assert sendable(altcraft, CUSTOMERS, TEXTS, "sms") == counted - 1
    assert launch(altcraft, CUSTOMERS) == 40


def test_a_listed_domain_holds_no_phones(altcraft: Altcraft) -> None:
    before = launch(altcraft, CUSTOMERS, channel="sms")
    altcraft.answer("/suppresses/domains_add", id=GLOBAL, domains=["example.com", hashed("example.org")])
    assert launch(altcraft, CUSTOMERS, channel="sms") == before


def test_who_is_removed_is_reached_again(altcraft: Altcraft) -> None:
    altcraft.answer("/suppresses/domain_add", id=GLOBAL, domain="example.com")
    altcraft.answer("/suppresses/domain_remove", id=GLOBAL, domain=hashed("example.com"))
    assert launch(altcraft, CUSTOMERS) == 40


def test_an_unconditional_launch_reaches_them_all_the_same(altcraft: Altcraft) -> None:
    altcraft.answer("/suppresses/domain_add", id=GLOBAL, domain="example.com")
    assert launch(altcraft, CUSTOMERS, unconditional_sending=True) == 41


def test_the_log_says_how_many_a_list_holds_back(altcraft: Altcraft) -> None:
    altcraft.answer("/suppresses/emails_add", id=GLOBAL, emails=["customer1@example.com", "ann@example.com"])
    altcraft.data("/campaigns/activate/", id=12, run_now=True)
    assert "Left out because of a suppression list: 2" in altcraft.log(12)


def listed(altcraft: Altcraft, **body: Any) -> bool:
    kind = "phone" if "value" in body else "email"
    return bool(altcraft.answer(f"/suppresses/{kind}_check", id=GLOBAL, **body)["matched"])


@pytest.mark.parametrize("channel", ["email", "sms"])
def test_who_bounces_enters_the_global_list(altcraft: Altcraft, channel: str) -> None:
    altcraft.emulator.query("DELETE FROM altcraft_suppressed")
    phone = phone_of(altcraft, "dan+bounced@example.com")
    launch(altcraft, CUSTOMERS, channel=channel, unconditional_sending=True)
    altcraft.advance("1h")
    assert listed(altcraft, email="dan+bounced@example.com") is (channel == "email")
    assert listed(altcraft, value=phone) is (channel == "sms")
    assert not listed(altcraft, email="ann@example.com")


def test_a_bounce_after_an_entry_of_the_hash_alone(altcraft: Altcraft) -> None:
    altcraft.emulator.query("DELETE FROM altcraft_suppressed")
    altcraft.answer("/suppresses/email_add", id=GLOBAL, email=hashed("dan+bounced@example.com"))
    launch(altcraft, CUSTOMERS, unconditional_sending=True)
    altcraft.advance("1h")
    assert altcraft.answer("/suppresses/emails_remove", id=GLOBAL)["removed_count"] == 1


ACCOUNT = """
user: olga@example.com
pace: 20
tokens: [{token: "00000000000000000000000000000001", rights: all}]
groups: [{id: 0, name: main}]
databases: [{id: 1, name: People, profiles: [ann@example.com, bob@example.org], suppression_list: %s}]
suppression_lists: [{id: 2, name: Complaints, %s}]
"""


def seeded(emulator: Emulator, number: int, entries: str) -> Any:
    """Let a sandbox begin with an account that has these entries in its list, and return the response."""
    fixtures = {"altcraft": ACCOUNT % (number, entries)}
    return emulator.sandbox(clock="frozen").control("POST", "/seed", json={"fixtures": fixtures})


@pytest.mark.slow
@pytest.mark.parametrize(
    "entries",
    [
        "emails: [Ann@Example.com]",
        "domains: [EXAMPLE.com]",
        f"emails: [{hashed('ann@example.com')}]",
        "emails: [Ann@example.com, ann@example.com]",
    ],
)
def test_the_lists_of_a_fixture_hold_people_back(emulator: Emulator, entries: str) -> None:
    answer = seeded(emulator, 2, entries)
    assert answer.status_code == 200, answer.text
    token = answer.json()["environment"]["ALTCRAFT_TOKEN"]
    body = {"token": token, "id": 2, "email": "ann@example.com"}
    check = emulator.http.post("/api/v1.1/suppresses/email_check", json=body)
    assert check.json()["matched"] is True


@pytest.mark.parametrize(
    ("number", "entries", "reason"),
    [
        (3, "emails: []", "databases.0.suppression_list: there is no 3 among the suppression lists"),
        (2, "groups: [9]", "suppression_lists.0.groups.0: there is no 9 among the groups"),
        (
            2,
            "emails: [nobody]",
            "account.yaml:7: suppression_lists.0.emails.0: 'nobody' is no e-mail address",
        ),
        (2, "phones: ['1']", "account.yaml:7: suppression_lists.0.phones.0: '1' is no phone number"),
        (2, "domains: [a b]", "account.yaml:7: suppression_lists.0.domains.0: 'a b' is no domain"),
    ],
)
def test_a_fixture_that_does_not_fit_is_refused(
    emulator: Emulator, number: int, entries: str, reason: str
) -> None:
    answer = seeded(emulator, number, entries)
    assert answer.status_code in {400, 422}
    assert reason in answer.text


def test_the_domain_of_an_email_follows_its_last_at_sign(altcraft: Altcraft) -> None:
    email = '"ann@work"@example.org'
    data = {"subscriptions": [{"channel": "email", "email": email, "resource_id": BLOG}]}
    altcraft.answer("/profiles/import", db_id=CUSTOMERS, email=email, data=data)
    assert sendable(altcraft, CUSTOMERS, BLOG) == 41
    altcraft.answer("/suppresses/domain_add", id=GLOBAL, domain="example.org")
    assert launch(altcraft, CUSTOMERS, BLOG) == sendable(altcraft, CUSTOMERS, BLOG) == 40
    assert altcraft.answer("/suppresses/email_check", id=GLOBAL, email=email)["domain_matched"]
