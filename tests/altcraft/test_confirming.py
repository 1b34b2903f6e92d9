"""Mailings with an opt-in link: they also go to people who have not confirmed their subscription."""

from typing import Any

import pytest

from tests.altcraft.conftest import Altcraft
from tests.altcraft.messages import messages
from tests.altcraft.test_trigger_launches import made, started

NEW = "new@example.com"


def opt_in(altcraft: Altcraft, *, is_confirm: bool) -> int:
    channels = [{"sid": "email", "fields": {"subject": "Do you confirm?", "text": "Hello"}}]
    asked = {"name": "Confirm", "channels": channels, "is_confirm": is_confirm}
    return int(altcraft.data("/templates/add", **asked)["saved_id"])


def subscribe(altcraft: Altcraft) -> None:
    unconfirmed = {"channel": "email", "email": NEW, "resource_id": 1, "status": "unconfirmed"}
    altcraft.answer("/profiles/import", db_id=1, email=NEW, data={"subscriptions": [unconfirmed]})


@pytest.mark.slow
@pytest.mark.parametrize("is_confirm", [True, False])
@pytest.mark.parametrize("kind", ["regulars/add/", "broadcasts/add"])
def test_a_template_with_an_opt_in_link_reaches_who_has_not_confirmed(
    altcraft: Altcraft, kind: str, *, is_confirm: bool
) -> None:
    subscribe(altcraft)
    content = [{"message_id": opt_in(altcraft, is_confirm=is_confirm)}]
    body = {"name": "Confirm", "data_type": "list", "data_id": 1, "send_channel": "email", "resource_id": 1}
    mailing = altcraft.data(f"/campaigns/{kind}", content=content, is_active=True, **body)["saved_id"]
    altcraft.answer("/campaigns/activate/", id=mailing, run_now=True)
    assert (NEW in {one["recipient"] for one in messages(altcraft, mailing)}) == is_confirm


def test_a_trigger_with_an_opt_in_link_reaches_who_has_not_confirmed(altcraft: Altcraft) -> None:
    subscribe(altcraft)
    trigger = made(altcraft, resource_id=1, content=[{"message_id": opt_in(altcraft, is_confirm=True)}])
    assert len(started(altcraft, id=trigger, email=NEW)) == 1


MAILING: dict[str, Any] = {"name": "Confirm", "send_channel": "email"}
WHOM = {"data_type": "list", "data_id": 1}


@pytest.mark.parametrize(
    ("path", "settings"),
    [("broadcasts", WHOM), ("regulars", WHOM), ("triggers", {"list_id": 1, "trigger_type": "api_call"})],
)
def test_all_answers_say_that_it_has_one(altcraft: Altcraft, path: str, settings: dict[str, Any]) -> None:
    template = opt_in(altcraft, is_confirm=True)
    content = [{"message_id": 41}, {"message_id": template}]
    body = MAILING | settings | {"content": content}
    mailing = altcraft.data(f"/campaigns/{path}/add/", **body)["saved_id"]
    for where in ("/campaigns", f"/campaigns/{path}"):
        assert altcraft.data(f"{where}/get", id=mailing)["for_confirm"] is True
        listed = {row["id"]: row["for_confirm"] for row in altcraft.data(f"{where}/list")}
        assert (listed[mailing], listed.get(60)) in {(True, False), (True, None)}
    altcraft.data("/templates/update", id=template, name="Confirm", is_confirm=False,
                  channels=[{"sid": "email", "fields": {"subject": "News", "text": "Hello"}}])  # fmt: skip
    assert altcraft.data("/campaigns/get", id=mailing)["for_confirm"] is False
