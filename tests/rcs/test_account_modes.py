"""What accounts in demo mode are told: that they can not send, before anything that is wrong with a send."""

from typing import Any

import pytest

from tests.rcs.conftest import Rcs, send_body

NOT_AVAILABLE = "This action is not available for the account of your type"
PAST = "2026-03-01 09:00:00"
RCS_TEXT = {"sender": "my_agent", "options": {"text": "Hello"}}
SMS_TEXT = {"sender": "MyShop", "text": "Hello"}


def universal(**settings: Any) -> dict[str, Any]:
    return {"channels": ["sms"], "sms": SMS_TEXT} | settings


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/campaigns/rcs/send", send_body(start_at=PAST)),
        ("/campaigns/rcs/send-groups", RCS_TEXT | {"groups": [99]}),
        ("/campaigns/sms/send-groups", SMS_TEXT | {"groups": [99]}),
        ("/campaigns/send", universal(recipients={"groups": [99]})),
        ("/campaigns/send", universal(recipients={"phones": [{"number": "380671112233"}] * 2})),
        ("/campaigns/send", universal(recipients={"groups": [1860001]}, start_at=PAST)),
    ],
)
def test_a_demo_account_is_told_that_it_can_not_send(rcs: Rcs, path: str, body: Any) -> None:
    rcs.emulator.query("UPDATE rcs_account SET mode = 'demo'")
    assert rcs.refused("POST", path, body) == (422, NOT_AVAILABLE, [])
