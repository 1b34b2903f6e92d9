"""The requests on the pages about mails, sent unchanged to a fresh emulator, with their whole responses."""

import re

from tests.autosend.conftest import AutoSend

JSON = {"Content-Type": "application/json"}

SEND = """\
{
  "to": {"email": "ada@example.com", "name": "Ada"},
  "cc": [{"email": "team@example.com"}],
  "from": {"email": "orders@mail.example.org", "name": "Example Orders"},
  "subject": "Order {{orderNumber}} shipped",
  "html": "<p>Hello {{name}}</p>",
  "dynamicData": {"name": "Ada", "orderNumber": "A-77"},
  "replyTo": {"email": "desk@example.org"}
}
"""
BULK = """\
{
  "recipients": [
    {"email": "ada@example.com", "name": "Ada", "dynamicData": {"order": "A-77"}},
    {"email": "bob@example.com", "dynamicData": {"order": "A-78"}}
  ],
  "from": {"email": "orders@mail.example.org", "name": "Example Orders"},
  "subject": "Order {{order}}",
  "html": "<p>Order {{order}} shipped</p>"
}
"""


def test_send_and_status(autosend: AutoSend) -> None:
    answer = autosend.call("POST", "/mails/send", content=SEND, headers=JSON)
    assert answer.status_code == 200
    email = answer.json()["data"]["emailId"]
    assert re.fullmatch("[0-9a-f]{24}", email)
    assert answer.json() == {
        "success": True,
        "data": {"emailId": email, "message": "Email queued successfully.", "totalRecipients": 2},
    }
    autosend.advance("2s")
    assert autosend.call("GET", f"/mails/{email}/status").json() == {
        "success": True,
        "data": {
            "id": email,
            "projectId": "66a0c1d2e3f4a5b6c7d8aaaa",
            "status": "delivered",
            "subject": "Order A-77 shipped",
            "recipient": {"email": "ada@example.com", "name": "Ada"},
            "sender": {"email": "orders@mail.example.org", "name": "Example Orders"},
            "sentAt": "2026-03-15T14:30:00.000Z",
            "deliveredAt": "2026-03-15T14:30:02.000Z",
            "openedAt": None,
            "clickedAt": None,
            "bouncedAt": None,
        },
    }
    (mail,) = autosend.messages("ada@example.com")
    assert mail["headers"]["Reply-To"] == "desk@example.org"


def test_bulk(autosend: AutoSend) -> None:
    answer = autosend.call("POST", "/mails/bulk", content=BULK, headers=JSON)
    assert answer.status_code == 200
    batch = answer.json()["data"]["batchId"]
    assert re.fullmatch("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", batch)
    assert answer.json() == {
        "success": True,
        "data": {"batchId": batch, "totalRecipients": 2, "successCount": 2, "failedCount": 0},
    }
    shown = [autosend.messages(f"{who}@example.com")[0]["subject"] for who in ("ada", "bob")]
    assert shown == ["Order A-77", "Order A-78"]
