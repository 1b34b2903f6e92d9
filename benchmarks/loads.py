"""What the servers are loaded with: each load is a list of requests that is sent over and over."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, count

from accounts import CAMPAIGNS, KEY, MAILINGS, RCS_KEY, TEAM, TOKEN

PHONES = 100
"""To how many phones a campaign of RCS goes."""
VARIANTS = 256
"""How many different recipients a load of sends has."""

UNIQUE = "UNIQUE00"
"""What stands for eight letters that no request has been sent with: RCS takes no reference twice."""

_written = count()

READ, STOP, MAIL = "AutoSend read", "AutoSend pause, resume", "AutoSend mail"


@dataclass(frozen=True)
class Sent:
    """A request of a load."""

    method: str
    path: str
    body: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def written(self) -> str | None:
        """Return the body with letters that it has never been sent with."""
        return self.body and self.body.replace(UNIQUE, f"x{next(_written):07x}")


def autosend(method: str, path: str, body: object = None) -> Sent:
    return _with_key(KEY, method, f"/v1{path}", body)


def rcs(method: str, path: str, body: object = None) -> Sent:
    return _with_key(RCS_KEY, method, f"/api{path}", body)


def _with_key(key: str, method: str, path: str, body: object) -> Sent:
    headers = {"Authorization": f"Bearer {key}"}
    if body is None:
        return Sent(method, path, None, headers)
    return Sent(method, path, json.dumps(body), headers | {"Content-Type": "application/json"})


def altcraft(path: str, **body: object) -> Sent:
    """Return a request to Altcraft, whose credential is in its body."""
    content = json.dumps({"token": TOKEN} | body)
    return Sent("POST", f"/api/v1.1{path}", content, {"Content-Type": "application/json"})


def status_as_xml(mailing: int) -> Sent:
    """Return the request for a mailing's status in XML.

    The slash at its end, which Altcraft does not mind, tells the bare application that it is not JSON.
    """
    content = f"<xml><token>{TOKEN}</token><id>{mailing}</id></xml>"
    return Sent("POST", "/api/v1.1/campaigns/get_status/", content, {"Content-Type": "application/xml"})


def mail(number: int) -> Sent:
    body = {
        "to": {"email": f"reader{number}@example.com", "name": "Reader"},
        "from": {"email": "hello@example.com", "name": "Example Shop"},
        "subject": "Order {{number}}",
        "html": "<p>Hello {{name}}</p>",
        "dynamicData": {"number": f"A-{number}", "name": "Reader"},
    }
    return autosend("POST", "/mails/send", body)


def published(number: int) -> Sent:
    body = {
        "name": f"Spring sale {number}",
        "subject": "Don't miss our Spring Sale!",
        "from": {"email": "hello@example.com"},
        "toLists": [TEAM],
        "templateId": "A-0f1e2d3c4b5a69788796",
        "publish": True,
        "sendNow": True,
    }
    return autosend("POST", "/campaigns", body)


def phone(number: int) -> dict[str, str]:
    return {"number": f"380681{number:06}", "reference_id": f"{UNIQUE}n{number}"}


def single_rcs(number: int) -> Sent:
    body = {"phone": phone(number), "sender": "my_agent", "options": {"text": "Hello"}}
    return rcs("POST", "/messages/rcs/send", body)


def single_sms(number: int) -> Sent:
    body = {"channels": ["sms"], "phone": phone(number), "sms": {"sender": "MyShop", "text": "Hello"}}
    return rcs("POST", "/messages/send", body)


def rcs_campaign(number: int) -> Sent:
    phones = [phone(number * PHONES + offset) for offset in range(PHONES)]
    body = {"phones": phones, "sender": "my_agent", "options": {"text": "Hello"}}
    return rcs("POST", "/campaigns/rcs/send", body)


def imported(number: int) -> Sent:
    email = f"person{number}@example.org"
    news = {"channel": "email", "email": email, "resource_id": 1, "status": "subscribed", "priority": 0}
    person = {
        "_fname": "Ann",
        "_lname": "Ivanova",
        "email": email,
        "phones": [f"+7901{number:07}"],
        "subscriptions": [news],
    }
    return altcraft("/profiles/import", db_id=1, matching="email", email=email, data=person)


def mixed(number: int) -> list[Sent]:
    """Return ten requests as tests may send them: seven reads, two sends, a change of a state."""
    campaign = CAMPAIGNS[number % len(CAMPAIGNS)]
    action = "pause" if number // len(CAMPAIGNS) % 2 == 0 else "resume"
    return [
        *[autosend("GET", f"/campaigns/{name}") for name in CAMPAIGNS[:3]],
        *[rcs("GET", "/campaigns/3")] * 2,
        *[altcraft("/campaigns/get_status", id=40)] * 2,
        mail(number),
        single_rcs(number),
        autosend("POST", f"/campaigns/{campaign}/{action}"),
    ]


LOADS: Mapping[str, Sequence[Sent]] = {
    READ: [autosend("GET", f"/campaigns/{name}") for name in CAMPAIGNS],
    STOP: [
        autosend("POST", f"/campaigns/{name}/{action}")
        for action in ("pause", "resume")
        for name in CAMPAIGNS
    ],
    MAIL: [mail(number) for number in range(VARIANTS)],
    "AutoSend publish": [published(number) for number in range(VARIANTS)],
    "RCS read": [rcs("GET", "/campaigns/3")],
    "RCS send": [single_rcs(number) for number in range(VARIANTS)],
    "RCS send an SMS": [single_sms(number) for number in range(VARIANTS)],
    f"RCS campaign of {PHONES}": [rcs_campaign(number) for number in range(VARIANTS)],
    "Altcraft read": [altcraft("/campaigns/get", id=40)],
    "Altcraft status": [altcraft("/campaigns/get_status", id=40)],
    "Altcraft status in XML": [status_as_xml(40)],
    "Altcraft deactivate, activate": [
        altcraft(f"/campaigns/{action}", id=number)
        for action in ("deactivate", "activate")
        for number in MAILINGS
    ],
    "Altcraft import": [imported(number) for number in range(VARIANTS)],
    "mixed": list(chain.from_iterable(mixed(number) for number in range(2 * len(CAMPAIGNS)))),
}

SENDS = {MAIL, "RCS send", "RCS send an SMS", f"RCS campaign of {PHONES}", "mixed"}
"""The loads of which deliveries follow, where the clock goes on."""
