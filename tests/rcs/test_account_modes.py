"""Accounts that are not live: whether they can send, and to which phones."""

from typing import Any

import pytest

from tests.rcs.conftest import Rcs, send_body

NOT_AVAILABLE = "This action is not available for the account of your type"
PAST = "2026-03-01 09:00:00"
RCS_TEXT = {"sender": "my_agent", "options": {"text": "Hello"}}
SMS_TEXT = {"sender": "MyShop", "text": "Hello"}
ANN, STRANGER = {"number": "380670000001"}, {"number": "380671112233"}


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


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/campaigns/rcs/send-groups", RCS_TEXT | {"groups": [1860002]}, "groups"),
        ("/campaigns/sms/send-groups", SMS_TEXT | {"groups": [1860002]}, "groups"),
        ("/campaigns/send", universal(recipients={"groups": [1860002]}), "recipientsgroups"),
        ("/campaigns/send", universal(recipients={"phones": [ANN, STRANGER]}), "recipientsphones1number"),
        (
            "/campaigns/send",
            universal(recipients={"phones": [STRANGER], "groups": [1860001]}),
            "recipientsphones0number",
        ),
    ],
)
def test_a_test_account_is_told_where_it_names_phones_that_are_not_verified(
    rcs: Rcs, path: str, body: Any, field: str
) -> None:
    statement = "UPDATE rcs_account SET mode = 'test', verified_phones = ?"
    rcs.emulator.query(statement, '["380670000001", "380670000002", "380670000903"]')
    assert rcs.wrong(path, body) == {field: ["Phone number is not verified"]}
