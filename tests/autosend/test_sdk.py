"""The official Node SDK, `autosendjs`, with only `AUTOSEND_BASE_URL` set: its core and its Resend adapter.

https://docs.autosend.com/sdk/nodejs. Where the SDK differs from the documentation, the tests show how it
treats the documented responses.
"""

import json
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from tests.node import run_node
from tests.server import Server

pytestmark = pytest.mark.slow

SCRIPT = """
import { Autosend } from "autosendjs";
import { Resend } from "autosendjs/resend";
console.warn = () => {};
const key = process.env.AUTOSEND_API_KEY;
const client = new Autosend(key), resend = new Resend(key), once = new Autosend(key, { maxRetries: 1 });
const from = { email: "hello@example.com", name: "Example Shop" };
const HELP = "help@support.example.org";
const work = async () => { CODE };
console.log(JSON.stringify(await work()));
process.exit();  // a timer of the client would keep it for another 30 s
"""


class Sdk:
    """A sandbox, and scripts that use the SDK in it."""

    def __init__(self, server: Server, http: httpx2.Client) -> None:
        self.http = http
        made = http.post("/_emulator/sandboxes", json={"clock": "frozen"}).json()
        self.params = {"sandbox": made["name"]}
        self.key = made["environment"]["AUTOSEND_API_KEY"]
        self.base_url = f"{server.url}/v1"

    def run(self, code: str, **environment: str) -> Any:
        """Run a script, and return its result."""
        own = {"AUTOSEND_BASE_URL": self.base_url, "AUTOSEND_API_KEY": self.key}
        return json.loads(run_node(SCRIPT.replace("CODE", code), **(own | environment)))

    def fault(self, **rule: Any) -> None:
        answer = self.http.post("/_emulator/faults", params=self.params, json={"provider": "autosend"} | rule)
        assert answer.status_code == 201, answer.text

    def requests(self, operation: str) -> int:
        """Return how many requests an operation received."""
        listed = self.http.get("/_emulator/requests", params=self.params).json()["requests"]
        return sum(f"{one['method']} {one['path']}" == operation for one in listed)

    def messages(self) -> list[dict[str, Any]]:
        listed = self.http.get("/_emulator/messages", params=self.params | {"order": "newest"}).json()
        return [message for message in listed["messages"] if message["job"] is None]


@pytest.fixture
def sdk(server: Server) -> Iterator[Sdk]:
    with server.client() as http:
        yield Sdk(server, http)


def test_send(sdk: Sdk) -> None:
    sent = sdk.run("""return await client.emails.send({
        from, to: { email: "ada@example.com", name: "Ada" }, subject: "Order {{n}}", html: "<b>{{n}}</b>",
        dynamicData: { n: 7 }, cc: { email: "cc@example.com" }, replyTo: { email: "desk@example.org" },
    });""")
    assert sent["success"] is True
    assert len(sent["data"]["emailId"]) == len("66b1c2d3e4f5a6b7c8d9e001")
    assert [(one["recipient"], one["subject"]) for one in sdk.messages()] == [
        ("cc@example.com", "Order 7"),
        ("ada@example.com", "Order 7"),
    ]


def test_bulk(sdk: Sdk) -> None:
    sent = sdk.run("""return await client.emails.bulk({
        from, subject: "Order {{n}}", text: "{{n}}",
        recipients: [
            { email: "one@example.com", dynamicData: { n: 1 } },
            { email: "two@example.com", dynamicData: { n: 2 }, bcc: [{ email: "three@example.com" }] },
            { email: "reader47@example.com" },
        ],
    });""")
    counts = {name: sent["data"][name] for name in ("totalRecipients", "successCount", "failedCount")}
    assert counts == {"totalRecipients": 3, "successCount": 2, "failedCount": 1}
    assert {one["subject"] for one in sdk.messages() if one["status"] != "suppressed"} == {
        "Order 1",
        "Order 2",
    }


@pytest.mark.parametrize(("number", "error"), [(0, "At least one recipient is required"), (101, "Recipient")])
def test_bulk_checks_the_number_itself(sdk: Sdk, number: int, error: str) -> None:
    sent = sdk.run(f"""return await client.emails.bulk({{
        from, subject: "s", text: "t", recipients: Array({number}).fill({{ email: "a@example.com" }}) }});""")
    assert sent["success"] is False
    assert sent["error"].startswith(error)
    assert sdk.requests("POST /v1/mails/bulk") == 0


def test_contacts(sdk: Sdk) -> None:
    made, found, changed, deleted, gone = sdk.run("""
        const made = await client.contacts.create({ email: "Grace@example.com", firstName: "Grace",
            customFields: { seats: 4, plan: null }, listIds: ["66a0c1d2e3f4a5b6c7d8dddd"] });
        const found = await client.contacts.get(made.data.id);
        const changed = await client.contacts.upsert({ email: "grace@example.com", firstName: "",
            lastName: "Hopper" });
        const deleted = await client.contacts.delete(made.data.id);
        return [made, found, changed, deleted, await client.contacts.get(made.data.id)];""")
    assert made["data"]["email"] == "grace@example.com"
    assert found["data"] == made["data"] | {"segmentIds": []}
    assert (changed["data"]["firstName"], changed["data"]["lastName"]) == ("", "Hopper")
    assert deleted == {"success": True}
    assert gone["error"] == {"message": "Contact not found", "code": "CONTACT_NOT_FOUND", "status": 404}


def test_inbound_mails(sdk: Sdk) -> None:
    listed, found, url, answered = sdk.run("""
        const listed = await client.inboundEmails.list({ from: "ada@example.com", page: 1, search: "" });
        const id = listed.data.items[0].id;
        return [listed, await client.inboundEmails.get(id),
            await client.inboundEmails.getAttachmentDownloadUrl(id, 0),
            await client.inboundEmails.reply(id, { from: { email: HELP }, text: "Soon" })];
        """)
    assert listed["data"]["pagination"] == {"page": 1, "limit": 50, "total": 1, "pages": 1}
    assert found["data"]["attachments"][0]["filename"] == "bill.pdf"
    assert sdk.http.get(url["data"]["downloadUrl"]).content.startswith(b"%PDF")
    assert (answered["data"]["status"], answered["data"]["totalRecipients"]) == ("QUEUED", 1)
    assert sdk.messages()[0]["subject"] == "Re: Question"


def test_any_other_path(sdk: Sdk) -> None:
    read, made, gone = sdk.run("""
        const made = await client.http.post("/contact-lists", { name: "Autumn" });
        const read = await client.http.get("/contact-lists", { type: "list" });
        return [read, made, await client.http.delete(`/contact-lists/${made.data.id}`)];""")
    assert read["data"]["lists"][-1]["id"] == made["data"]["id"]
    assert gone["success"] is True


def test_what_is_refused_is_not_tried_again(sdk: Sdk) -> None:
    sent = sdk.run("""return await client.emails.send({
        from: { email: "me@elsewhere.org" }, to: { email: "a@example.com" }, subject: "s", text: "t" });""")
    assert (sent["success"], sent["statusCode"]) == (False, 403)
    assert sent["error"]["code"] == "DOMAIN_NOT_VERIFIED"
    assert sdk.requests("POST /v1/mails/send") == 1


def test_an_unknown_template_gives_a_text(sdk: Sdk) -> None:
    sent = sdk.run("""return await client.emails.send({
        from, to: { email: "a@example.com" }, subject: "s", templateId: "A-00000000000000000000" });""")
    assert sent == {"success": False, "error": "Template not found", "statusCode": 400}


def test_an_unknown_key_is_refused(sdk: Sdk) -> None:
    code = (
        'return await client.emails.send({ from, to: { email: "a@example.com" }, subject: "s", text: "t" });'
    )
    sent = sdk.run(code, AUTOSEND_API_KEY="AS_nobody0000000000000")
    assert sent["statusCode"] == 401
    assert sent["error"] == {"message": "Unauthorized", "code": "UNAUTHORIZED"}


@pytest.mark.parametrize("error", ["RateLimitExceeded", "InternalServerError"])
def test_it_tries_again_and_gets_through(sdk: Sdk, error: str) -> None:
    sdk.fault(operation="POST /v1/mails/send", error=error, times=1)
    code = (
        'return await client.emails.send({ from, to: { email: "a@example.com" }, subject: "s", text: "t" });'
    )
    assert sdk.run(code)["success"] is True
    assert sdk.requests("POST /v1/mails/send") == 2
    assert len(sdk.messages()) == 1


def test_it_gives_up_when_it_may_not_try_again(sdk: Sdk) -> None:
    sdk.fault(operation="POST /v1/mails/send", error="RateLimitExceeded")
    code = 'return await once.emails.send({ from, to: { email: "a@example.com" }, subject: "s", text: "t" });'
    sent = sdk.run(code)
    assert (sent["statusCode"], sent["error"]["code"]) == (429, "RATE_LIMIT_EXCEEDED")
    assert sdk.requests("POST /v1/mails/send") == 1


def test_a_lost_connection_is_tried_again(sdk: Sdk) -> None:
    sdk.fault(operation="POST /v1/contacts/email", reset=True, times=1)
    done = sdk.run('return await client.contacts.upsert({ email: "a@example.com", firstName: "A" });')
    assert done["data"]["firstName"] == "A"


def test_resend_sends_to_one_and_to_many(sdk: Sdk) -> None:
    one, many = sdk.run("""
        const one = await resend.emails.send({ from: "Example Shop <hello@example.com>",
            to: "Ada <ada@example.com>", subject: "Order {{n}}", html: "x", variables: { n: 7 },
            cc: ["cc@example.com"], replyTo: ["desk@example.org"], tags: [{ name: "a", value: "b" }] });
        return [one, await resend.emails.send({ from: "hello@example.com",
            to: ["one@example.com", "two@example.com"], subject: "s", text: "t" })];""")
    assert (one["error"], many["error"]) == (None, None)
    assert len(many["data"]["id"]) == len("5d0f2a1c-7f3b-4d55-9a40-1c2d3e4f5a6b")
    assert {one["recipient"] for one in sdk.messages()} == {
        "ada@example.com",
        "cc@example.com",
        "one@example.com",
        "two@example.com",
    }


def test_resend_contacts(sdk: Sdk) -> None:
    made, found, changed, removed, gone = sdk.run("""
        const made = await resend.contacts.create({ email: "grace@example.com", firstName: "Grace",
            properties: { seats: 4 } });
        const found = await resend.contacts.get(made.data.id);
        const changed = await resend.contacts.update({ email: "grace@example.com", lastName: "Hopper" });
        const removed = await resend.contacts.remove({ id: made.data.id });
        return [made, found, changed, removed, await resend.contacts.get({ id: made.data.id })];""")
    assert found["data"]["properties"] == {"seats": 4}
    assert changed["data"] == made["data"]
    assert removed["data"] == {"deleted": True, "contact": made["data"]["id"]}
    assert (gone["data"], gone["error"]["name"]) == (None, "not_found")


@pytest.mark.parametrize(
    ("error", "name"),
    [
        ("ValidationFailed", "validation_error"),
        ("Unauthorized", "missing_api_key"),
        ("PlanUpgradeRequired", "application_error"),
        ("InsufficientPermissions", "invalid_api_key"),
        ("NotFound", "not_found"),
        ("RateLimitExceeded", "rate_limit_exceeded"),
        ("InternalServerError", "internal_server_error"),
    ],
)
def test_resend_names_each_refusal(sdk: Sdk, error: str, name: str) -> None:
    sdk.fault(operation="POST /v1/mails/send", error=error)
    sent = sdk.run("""return await new Resend(key, { maxRetries: 1 }).emails.send({
        from: "hello@example.com", to: "a@example.com", subject: "s", text: "t" });""")
    assert (sent["data"], sent["error"]["name"]) == (None, name)
