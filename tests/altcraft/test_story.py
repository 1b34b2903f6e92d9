"""Ten thousand people: imported, changed, selected, sent to and counted; sums are checked at every step.

Person n has the e-mail `p<n>@example.net` and lives in Moscow if n is a multiple of 10. Of those, multiples
of 100 bounce, and other multiples of 250 complain.
"""

from typing import Any

import pytest

from tests.conftest import Emulator, Sandbox

pytestmark = pytest.mark.slow

PEOPLE = 10_000
SHIPPED = 4
"""How many profiles the fixture has, each with a subscription."""


class Client:
    """A client of Altcraft in a sandbox of its own."""

    def __init__(self, emulator: Emulator) -> None:
        self.box: Sandbox = emulator.sandbox("story", fixtures="empty", clock="frozen")
        self.http = emulator.http
        self.token = self.box.environment["ALTCRAFT_TOKEN"]
        self.advance = self.box.advance

    def ask(self, path: str, **body: Any) -> Any:
        answer = self.http.post(f"/api/v1.1{path}", json={"token": self.token, **body}).json()
        assert answer["error"] == 0, answer
        return answer

    def xml(self, path: str, content: str) -> str:
        body = f"<xml><token>{self.token}</token>{content}</xml>"
        return self.http.post(
            f"/api/v1.1{path}", content=body, headers={"Content-Type": "application/xml"}
        ).text

    def profile(self, number: int) -> Any:
        return self.ask(
            "/profiles/get/", db_id=1, matching="custom", field_name="CRM_ID", field_value=number
        )["data"]

    def email_status(self) -> Any:
        """Return the counters of e-mail subscriptions in the database."""
        return self.ask("/databases/get_counters", id=1, resource_id=1)["data"][0]["status"]

    def count(self, segment: int) -> int:
        return int(self.ask("/segments/get/", id=segment)["data"]["count"])

    def counts(self, mailing: int) -> list[dict[str, int]]:
        """Return the messages of each launch of a mailing by status."""
        job = self.box.control("GET", f"/jobs/altcraft/mailing/{mailing}").json()
        return [launch["counts"] for launch in job["launches"]]


def email(number: int) -> str:
    if number % 100 == 0:
        return f"p{number}+bounced@example.net"
    if number % 250 == 0:
        return f"p{number}+complained@example.net"
    return f"p{number}@example.net"


def city(number: int) -> str:
    return "Moscow" if number % 10 == 0 else "Omsk"


def person(number: int) -> dict[str, Any]:
    subscription = {"channel": "email", "email": email(number), "resource_id": 1, "status": "subscribed"}
    return {
        "email": email(number),
        "_city": city(number),
        "CRM_ID": number,
        "custom_tags": ["cars" if number % 2 else "cats"],
        "subscriptions": [subscription],
    }


def person_in_xml(number: int) -> str:
    return (
        f"<data array='true'><email>{email(number)}</email><_city>{city(number)}</_city>"
        f"<CRM_ID>{number}</CRM_ID><custom_tags array='true'>{'cars' if number % 2 else 'cats'}</custom_tags>"
        f"<subscriptions array='true'><channel>email</channel><email>{email(number)}</email>"
        "<resource_id>1</resource_id><status>subscribed</status></subscriptions></data>"
    )


def rule(type_: str, name: str, operator: str, **arguments: Any) -> dict[str, Any]:
    value = [{"name": key, "value": value} for key, value in arguments.items()]
    return {"compo": "default", "type": type_, "name": name, "operator": operator, "value": value}


def item(*rules: Any, condition: str = "and") -> list[dict[str, Any]]:
    return [
        {
            "condition": condition,
            "list_id": 1,
            "limit": 0,
            "percent_from": 0,
            "percent_to": 100,
            "queries": list(rules),
        }
    ]


def test_ten_thousand_people(emulator: Emulator) -> None:
    client = Client(emulator)
    imported(client)
    changed(client)
    dynamic = chosen(client)
    mailing = sent_in_parts(client, dynamic)
    told(client, mailing, dynamic)


def imported(client: Client) -> None:
    """Half of the people come in JSON, half in XML; nobody comes twice."""
    half = PEOPLE // 2
    result = client.ask("/profiles/import_batch", db_id=1, data=[person(number) for number in range(half)])
    assert [row["error"] for row in result["result"]] == [0] * half
    for start in range(half, PEOPLE, 1000):
        batch = "".join(map(person_in_xml, range(start, start + 1000)))
        answer = client.xml("/profiles/import_batch", f"<db_id>1</db_id>{batch}")
        assert answer.count("<profile_id>") == 1000
    again = client.ask("/profiles/import_batch", db_id=1, data=[person(number) for number in range(100)])
    assert {row["error"] for row in again["result"]} == {0}
    status = client.email_status()
    assert (status["all"], status["subscribed"]) == (PEOPLE + SHIPPED, PEOPLE + SHIPPED)


def changed(client: Client) -> None:
    """Numbers and tags are changed by functions; a second subscription ranks after the first."""
    functional = {"action": "add", "value": ["boats"]}
    data = [{"email": email(number), "custom_tags": functional} for number in range(0, 50, 2)]
    result = client.ask("/profiles/update_batch", db_id=1, data=data)["result"]
    assert {row["error"] for row in result} == {0}
    assert client.profile(2)["custom_tags"] == ["cats", "boats"]
    moved = {"CRM_ID": {"action": "incr", "value": 1_000_000}}
    client.ask("/profiles/update", db_id=1, email=email(9999), data=moved)
    assert client.profile(1_009_999)["email"] == email(9999)
    profile_id = client.profile(30)["id"]
    phone = {"channel": "sms", "phone": "+79010000030", "resource_id": 1}
    client.ask("/subscriptions/set", db_id=1, profile_id=profile_id, **phone)
    listed = client.ask("/subscriptions/list", db_id=1, profile_id=profile_id)["data"]
    assert [(one["channel"], one["priority"]) for one in listed] == [("email", 0), ("sms", 1)]


def chosen(client: Client) -> int:
    """Segments of every kind count what they say; return the dynamic one, of Moscow."""
    static = client.ask("/segments/add/", name="By hand", is_static=True, list_id=1)["data"]["saved_id"]
    for number in (10, 30, 31):
        profile_id = client.profile(number)["id"]
        client.ask("/profiles/segstatic/add", segment_id=static, db_id=1, profile_id=profile_id)
    lives = rule("unicode", "_city", "equal", value="Moscow")
    dynamic = segment(client, "Moscow", item(lives))
    boats = segment(
        client, "Boats", item(rule("tags", "custom_tags", "contain", value="boats")), is_static=True
    )
    in_static = rule("statseg", "statseg", "exist", segment_id=static)
    in_dynamic = rule("dynseg", "dynseg", "exist", segment_id=dynamic)
    nested = segment(client, "Both", item(in_static, in_dynamic))
    either = segment(client, "Either", item(in_static, in_dynamic, condition="or"))
    assert [client.count(one) for one in (static, dynamic, boats, nested, either)] == [3, 1000, 25, 2, 1001]
    data = {"custom_tags": {"action": "add", "value": ["boats"]}}
    client.ask("/profiles/update", db_id=1, email=email(51), data=data)
    assert client.count(boats) == 25, "an updatable segment keeps the result of its last refresh"
    client.ask("/segments/refresh_counters", id=boats, resource_id=1)
    assert client.count(boats) == 26
    return dynamic


def segment(client: Client, name: str, items: Any, *, is_static: bool = False) -> int:
    made = client.ask("/segments/add/", name=name, is_static=is_static, segment=items)
    return int(made["data"]["saved_id"])


def sent_in_parts(client: Client, dynamic: int) -> int:
    """A broadcast goes to the segment in parts of 400; the second part is aborted half way."""
    held = client.ask("/suppresses/emails_add", id=1, emails=[email(10), email(20)])
    assert held["total_imported"] == 2
    assert client.email_status()["subscribed_sendable"] == PEOPLE + SHIPPED - 2
    counted = client.ask("/segments/get_counters", id=dynamic, list_id=1, resource_id=1)["data"][0]
    assert counted["status"]["subscribed_sendable"] == 998
    settings = {"data_type": "segment", "data_id": dynamic, "resource_id": 1, "send_channel": "email"}
    mailing = client.ask(
        "/campaigns/broadcasts/add", name="News", content=[{"message_id": 1}], limit=400, **settings
    )["data"]["saved_id"]
    client.ask("/campaigns/activate/", id=mailing, run_now=True)
    client.advance("1h")
    # Of the 400 first ones, n = 0, 30, 40, … 4010, 41 bounce and 8 complain.
    assert client.counts(mailing) == [{"delivered": 351, "bounced": 41, "complained": 8}]
    status = client.email_status()
    assert (status["hardbounced"], status["complained"]) == (41, 8)
    assert status["subscribed"] == PEOPLE + SHIPPED - 49
    assert client.ask("/suppresses/email_check", id=1, email=email(100))["matched"]
    client.ask("/campaigns/broadcasts/start", id=mailing)
    client.advance("10s")
    client.ask("/campaigns/deactivate", id=mailing, abort_if_running=True)
    client.advance("1h")
    second = client.counts(mailing)[1]
    assert sum(second.values()) == 400
    assert second["cancelled"] == 400 - 200
    return int(mailing)


def told(client: Client, mailing: int, dynamic: int) -> None:
    """Hooks name person and segment, and a person's own history follows."""
    events = client.box.control("GET", "/webhooks/events", params={"provider": "altcraft", "limit": 1000})
    bodies = [event["body"] for event in events.json()["events"] if event["message_id"] is not None]
    assert {body["event_data"]["segment_id"] for body in bodies} == {dynamic}
    assert {body["event_data"]["campaign_id"] for body in bodies} == {mailing}
    delivered = client.profile(30)
    assert (delivered["_deliv_exist"], delivered["_open_exist"]) == (True, False)
    assert {body["profile_id"] for body in bodies} >= {delivered["id"]}
    bounced = client.profile(100)
    assert [one["status"] for one in bounced["subscriptions"]] == ["hardbounced"]
    assert bounced["_deliv_exist"] is False
