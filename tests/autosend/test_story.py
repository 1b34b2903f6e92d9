"""A client's autumn sale, from the import of contacts to the analytics: the sums are right at every step."""

import hmac
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from tests.autosend.conftest import AutoSend
from tests.conftest import Emulator
from tests.receiver import Receiver, receiving

PEOPLE = [
    *(f"plain{number}@example.com" for number in range(5)),
    "olga+opened@example.com",
    "otto+opened@example.com",
    "cara+clicked@example.com",
    "ben+bounced@example.com",
    "carl+complained@example.com",
    "uma+unsubscribed@example.com",
    "held@example.com",
]
HTML = '<a href="https://shop.example.com">Sale</a> <a href="{{unsubscribe}}">Leave</a>'
COUNTERS = ("sent", "delivered", "opened", "clicked", "bounced", "unsubscribed", "spamReported")
TOLD = {
    "sent": "email.sent",
    "delivered": "email.delivered",
    "opened": "email.opened",
    "clicked": "email.clicked",
    "bounced": "email.bounced",
    "spamReported": "email.spam_reported",
}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as listening:
        yield listening


class Sale:
    """The client's lists, groups and templates, and the data that it reads about them."""

    def __init__(self, autosend: AutoSend, receiver: Receiver) -> None:
        self.autosend = autosend
        self.receiver = receiver
        events = autosend.data("GET", "/webhooks/events/available")["events"]
        hook = {"url": receiver.url, "events": events}
        self.secret = autosend.data("POST", "/webhooks", hook, status=201)["webhook"]["secret"]
        self.people = autosend.data("POST", "/contact-lists", {"name": "Autumn"})["id"]
        self.group = autosend.data("POST", "/suppression-groups", {"name": "Sales"})["groupId"]
        self.template = autosend.data(
            "POST",
            "/templates",
            {
                "templateName": "Sale",
                "subject": "{{first_name | 'Hello'}}, prices fall",
                "emailTemplate": HTML,
                "templateType": "marketing",
            },
        )["templateId"]

    def import_people(self) -> Any:
        contacts = [{"email": email, "firstName": email.partition("+")[0].title()} for email in PEOPLE]
        self.autosend.data("POST", "/contacts/bulk-update", {"contacts": contacts})
        emails = [*PEOPLE, "nobody"]
        return self.autosend.data(
            "POST", "/contact-lists/contacts/bulk-add", {"contactListId": self.people, "emails": emails}
        )

    def campaign(self, name: str) -> str:
        body = {
            "name": name,
            "subject": "Prices fall",
            "templateId": self.template,
            "from": {"email": "hello@example.com", "name": "Example Shop"},
            "toLists": [self.people],
            "unsubscribeGroupId": self.group,
            "publish": True,
            "sendNow": True,
        }
        return str(self.autosend.data("POST", "/campaigns", body)["id"])

    def metrics(self, campaign: str) -> dict[str, Any]:
        found: dict[str, Any] = self.autosend.data("GET", f"/campaigns/{campaign}")["metrics"]
        assert found["processedCount"] == found["sent"] + found["failedCount"] + found["suppressed"]
        return found

    def suppressions(self) -> dict[str, str]:
        page = self.autosend.data("POST", "/suppression-groups/entries", {"limit": 100})
        assert page["pagination"]["total"] == len(page["entries"])
        return {entry["email"]: entry["reason"] for entry in page["entries"] if entry["email"] in PEOPLE}

    def told(self, campaign: str) -> Counter[str]:
        """Return the number of webhooks about a campaign by type; check the signature of each webhook."""
        found: Counter[str] = Counter()
        for request in self.receiver.requests:
            signature = hmac.digest(self.secret.encode(), request.body, "sha256").hex()
            assert request.headers["x-webhook-signature"] == signature
            if request.json["data"].get("campaignId") == campaign:
                found[request.json["type"]] += 1
        return found


@pytest.fixture
def sale(emulator: Emulator, receiver: Receiver) -> Sale:
    return Sale(AutoSend(emulator), receiver)


def counts(metrics: dict[str, Any]) -> dict[str, int]:
    return {name: metrics[name] for name in COUNTERS if metrics[name]}


@pytest.mark.slow
def test_a_sale_from_import_to_figures(sale: Sale) -> None:
    autosend = sale.autosend
    added = sale.import_people()
    assert (added["added"], added["created"], added["totalContactsInList"]) == (12, 0, 12)
    assert [one["email"] for one in added["validation"]["invalid"]] == ["nobody"]
    held = {"emails": ["held@example.com"], "groupId": sale.group}
    assert autosend.data("POST", "/suppression-groups/emails/suppress", held) == {"suppressed": 1}

    first = sale.campaign("Autumn sale")
    autosend.advance("120s")
    waiting = sale.metrics(first)
    assert (waiting["totalContacts"], waiting["suppressed"], waiting["sent"]) == (12, 1, 0)
    autosend.advance("1s")
    assert counts(sale.metrics(first)) == {"sent": 11}
    autosend.advance("2s")
    assert counts(sale.metrics(first)) == {"sent": 11, "delivered": 10, "bounced": 1}
    assert sale.suppressions() == {"held@example.com": "MANUAL", "ben+bounced@example.com": "BOUNCE"}
    autosend.advance("10m")
    done = sale.metrics(first)
    assert counts(done) == {
        "sent": 11,
        "delivered": 10,
        "opened": 4,
        "clicked": 1,
        "bounced": 1,
        "unsubscribed": 1,
        "spamReported": 1,
    }
    assert done["sent"] == done["delivered"] + done["bounced"]
    assert done["totalContacts"] == done["sent"] + done["suppressed"] + done["failedCount"]

    told = sale.told(first)
    assert {name: told[type_] for name, type_ in TOLD.items()} == {name: done[name] for name in TOLD}
    assert told["email.group_unsubscribed"] == done["unsubscribed"]
    assert told["email.unsubscribed"] == 0

    analytics = autosend.data("GET", f"/campaigns/{first}/analytics")
    assert analytics["counts"]["attempted"] == 11
    assert analytics["rates"] == {
        "openRate": 40.0,
        "clickRate": 10.0,
        "bounceRate": 9.09,
        "unsubscribedRate": 10.0,
        "complaintRate": 10.0,
        "successRate": 100.0,
        "deliveryRate": 90.91,
        "trueOpenRate": 40.0,
    }
    assert sale.suppressions() == {
        "held@example.com": "MANUAL",
        "ben+bounced@example.com": "BOUNCE",
        "carl+complained@example.com": "COMPLAINT",
        "uma+unsubscribed@example.com": "UNSUBSCRIBE",
    }

    second = sale.campaign("Last days")
    autosend.advance("10m")
    again = sale.metrics(second)
    assert (again["totalContacts"], again["suppressed"], again["sent"]) == (12, 4, 8)
    assert counts(again) == {"sent": 8, "delivered": 8, "opened": 3, "clicked": 1}

    bill = {"from": {"email": "hello@example.com"}, "subject": "Bill", "text": "7 €"}
    reached = {
        who: autosend.data("POST", "/mails/send", bill | {"to": {"email": who}})["emailId"]
        for who in ("ben+bounced@example.com", "uma+unsubscribed@example.com")
    }
    autosend.advance("5s")
    statuses = [autosend.data("GET", f"/mails/{email}/status")["status"] for email in reached.values()]
    assert statuses == ["suppressed", "delivered"]
