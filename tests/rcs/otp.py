"""Helpers for tests of one-time passwords."""

from typing import Any

from tests.rcs.conftest import Rcs

OTP: dict[str, Any] = {
    "recipient": "380671112233",
    "channel": "sms",
    "sender": "MyShop",
    "template_id": 12,
    "code_lifetime": 300,
    "code_max_tries": 3,
    "code_digits": 5,
}
VIBER = {"channel": "viber", "sender": "Notify", "sender_alt": "MyShop"}
SERVICE, INVALID = "TwoFA Service error.", "The given data was invalid."
WRONG_CODE = (404, SERVICE, ["The code does not match the expected value"])


def send(rcs: Rcs, **settings: Any) -> Any:
    answer = rcs.call("POST", "/2fa/authentications/otp", OTP | settings)
    assert answer.status_code == 201, answer.text
    return answer.json()


def refused(rcs: Rcs, **settings: Any) -> Any:
    status, message, errors = rcs.refused("POST", "/2fa/authentications/otp", OTP | settings)
    assert (status, message) == (422, INVALID)
    return errors


def act(rcs: Rcs, otp: Any, action: str, body: Any = None) -> Any:
    path = f"/2fa/authentications/{'' if action == 'cancel' else 'otp/'}{otp['id']}/{action}"
    return rcs.call("POST", path, body)


def verify(rcs: Rcs, otp: Any, code: Any) -> Any:
    """Enter a code, and return the status of the session, or the refusal."""
    answer = act(rcs, otp, "verify", {"access_code": code})
    found = answer.json()
    return found["status"] if answer.is_success else (answer.status_code, found["message"], found["errors"])


def session(rcs: Rcs, otp: Any) -> Any:
    return rcs.data("GET", f"/2fa/authentications/{otp['id']}")


def codes(rcs: Rcs, recipient: str = "380671112233") -> list[str]:
    """Return the codes in the messages to a phone, the latest last."""
    params = {"recipient": recipient, "provider": "rcs"}
    found = rcs.emulator.http.get("/_emulator/messages", params=params).json()["messages"]
    shown = [rcs.emulator.http.get(f"/_emulator/messages/{message['id']}").json() for message in found]
    return [code for message in shown for code in message["codes"]]


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10 ** len(code):0{len(code)}d}"
