"""Helpers for tests of webhooks."""

from typing import Any

from tests.conftest import Sandbox
from tests.receiver import Receiver

PHONE = "380670001000"


def without_targets(box: Sandbox) -> Sandbox:
    """Delete the target of the fixtures from a sandbox, and return the sandbox."""
    (target,) = box.control("GET", "/webhooks/targets").json()["targets"]
    assert box.control("DELETE", f"/webhooks/targets/{target['id']}").status_code == 204
    return box


def target(box: Sandbox, receiver: Receiver, **wanted: Any) -> Any:
    answer = box.control("POST", "/webhooks/targets", json={"url": receiver.url, **wanted})
    assert answer.status_code == 201, answer.text
    return answer.json()


def mail(box: Sandbox, *contacts: str, subject: str = "Hello") -> str:
    """Publish a campaign to a list of the fixture; return its id. `contacts` are outcomes of Ann's mail."""
    draft = {
        "name": "Hooks",
        "subject": subject,
        "htmlTemplate": '<a href="https://shop.example.com/sale">Sale</a>',
        "from": {"email": "hello@example.com"},
        "toLists": ["66a0c1d2e3f4a5b6c7d8dd01"],
        "sendNow": True,
        "publish": True,
    }
    answer = box.http.post("/v1/campaigns", json=draft, headers=box.autosend)
    assert answer.status_code == 200, answer.text
    number: str = answer.json()["data"]["id"]
    for contact in contacts:
        rule = {"job": f"autosend/campaign/{number}", "recipient": "ann@*", "outcome": contact}
        assert box.control("POST", "/outcomes", json=rule).status_code == 201
    return number


def send(box: Sandbox, phone: str = PHONE, reference: str = "order42", **more: Any) -> int:
    body: dict[str, Any] = {"phone": {"number": phone, "reference_id": reference}, "sender": "my_agent"}
    answer = box.http.post(
        "/api/messages/rcs/send", json=body | {"options": {"text": "Hi"}} | more, headers=box.rcs
    )
    assert answer.status_code == 200, answer.text
    number: int = answer.json()["data"]["id"]
    return number


def launch(box: Sandbox, mailing: int) -> None:
    """Launch a mailing of the fixture."""
    body = {"id": mailing, "run_now": True}
    answer = box.http.post("/api/v1.1/campaigns/activate", json=body, headers=box.altcraft)
    assert answer.json()["error"] == 0, answer.text


def deliveries(box: Sandbox, **params: Any) -> Any:
    return box.control("GET", "/webhooks/deliveries", params=params).json()["deliveries"]
