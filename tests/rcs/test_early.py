"""On a running clock, due events run up to 20 ms early, and still find that their time has come."""

import pytest

from tests.rcs.conftest import Rcs
from tests.rcs.otp import SERVICE, codes, send, session, verify

pytestmark = pytest.mark.usefixtures("early")


def test_a_session_expires(rcs: Rcs) -> None:
    otp = send(rcs, code_lifetime=30)
    [code] = codes(rcs)
    rcs.advance("30s")
    assert session(rcs, otp)["status"] == "expired"
    assert verify(rcs, otp, code) == (422, SERVICE, ["Authentication expired"])


def test_a_code_that_is_sent_again_expires(rcs: Rcs) -> None:
    otp = send(rcs, code_lifetime=30)
    rcs.advance("20s")
    assert rcs.call("POST", f"/2fa/authentications/otp/{otp['id']}/resend").status_code == 200
    rcs.advance("29s")
    assert session(rcs, otp)["status"] == "pending"
    rcs.advance("1s")
    assert session(rcs, otp)["status"] == "expired"


def test_a_session_that_is_expired_leaves_room_for_others(rcs: Rcs) -> None:
    rcs.emulator.query("UPDATE rcs_otp_settings SET pending_limit = 2")
    send(rcs, code_lifetime=30)
    rcs.advance("30s")
    assert send(rcs, recipient="380671112244")["status"] == "pending"
