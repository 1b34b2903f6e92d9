"""Copies in cc and bcc: they have the mail's texts, and are suppressed with it.

https://docs.autosend.com/api-reference/mails/send
"""

from collections.abc import Callable
from typing import Any

import pytest

from tests.autosend.conftest import AutoSend
from tests.autosend.suppressions import suppress, unsuppress
from tests.autosend.test_support import ACCOUNT, MAIL, put, steer

AMY, BOB, CAT, DAN, EVE = (f"{name}@new.example" for name in ("amy", "bob", "cat", "dan", "eve"))


def statuses(autosend: AutoSend, *emails: str) -> list[str]:
    return [autosend.messages(email)[0]["status"] for email in emails]


def at_once(autosend: AutoSend, mail: dict[str, Any], path: str) -> None:
    suppress(autosend, AMY)
    autosend.call("POST", path, mail)


def at_its_time(autosend: AutoSend, mail: dict[str, Any], path: str) -> None:
    autosend.data("POST", path, mail | {"scheduledAt": "2026-03-16T00:00Z"})
    suppress(autosend, AMY)


def when_reinstated(autosend: AutoSend, mail: dict[str, Any], path: str) -> None:
    steer(autosend, ACCOUNT, action="suspend")
    autosend.data("POST", path, mail)
    autosend.advance("1h")
    suppress(autosend, AMY)
    steer(autosend, ACCOUNT, status="active")


def when_the_quota_is_raised(autosend: AutoSend, mail: dict[str, Any], path: str) -> None:
    put(autosend, ACCOUNT, quota=0)
    autosend.data("POST", path, mail)
    autosend.advance("1h")
    suppress(autosend, AMY)
    put(autosend, ACCOUNT, quota=None)


WAITING = [at_once, at_its_time, when_reinstated, when_the_quota_is_raised]


@pytest.mark.parametrize("leave", WAITING)
@pytest.mark.parametrize(("bypass", "status"), [(False, "suppressed"), (True, "delivered")])
def test_a_mail_is_kept_back_with_its_copies_whenever_it_leaves(
    autosend: AutoSend, leave: Callable[[AutoSend, dict[str, Any], str], None], status: str, *, bypass: bool
) -> None:
    copies = {"to": {"email": AMY}, "cc": [{"email": BOB}], "bcc": [{"email": CAT}]}
    leave(autosend, MAIL | copies | {"bypassSuppressions": bypass}, "/mails/send")
    autosend.advance("1d")
    assert statuses(autosend, AMY, BOB, CAT) == [status] * 3


@pytest.mark.parametrize("leave", WAITING)
def test_in_a_batch_the_copies_of_each_mail_are_kept_back_with_it(
    autosend: AutoSend, leave: Callable[[AutoSend, dict[str, Any], str], None]
) -> None:
    both = [{"email": EVE, "bcc": [{"email": DAN}]}, {"email": AMY, "cc": [{"email": BOB}, {"email": CAT}]}]
    batch = {name: value for name, value in MAIL.items() if name != "to"} | {"recipients": both}
    leave(autosend, batch, "/mails/bulk")
    autosend.advance("1d")
    assert statuses(autosend, EVE, DAN) == ["delivered"] * 2
    assert statuses(autosend, AMY, BOB, CAT) == ["suppressed"] * 3


def test_a_copy_that_is_suppressed_leaves_the_mail_as_it_is(autosend: AutoSend) -> None:
    copies = {"to": {"email": BOB}, "cc": [{"email": AMY}], "bcc": [{"email": CAT}]}
    at_its_time(autosend, MAIL | copies, "/mails/send")
    autosend.advance("1d")
    assert statuses(autosend, BOB, AMY, CAT) == ["delivered", "suppressed", "delivered"]


def test_copies_that_leave_later_than_the_mail_share_its_fate(autosend: AutoSend) -> None:
    slow = {"provider": "autosend", "pace": 1}
    assert autosend.emulator.http.post("/_emulator/pace", json=slow).status_code == 200
    copies = {"to": {"email": AMY}, "cc": [{"email": BOB}], "bcc": [{"email": CAT}]}
    at_its_time(autosend, MAIL | copies, "/mails/send")
    autosend.advance("9h30m500ms")
    assert statuses(autosend, AMY, BOB) == ["suppressed", "queued"]
    unsuppress(autosend, AMY)
    autosend.advance("1h")
    assert statuses(autosend, AMY, BOB, CAT) == ["suppressed"] * 3


@pytest.mark.parametrize("path", ["/mails/send", "/mails/bulk"])
def test_copies_say_what_the_mail_to_its_recipient_says(autosend: AutoSend, path: str) -> None:
    autosend.data("POST", "/contacts", {"email": AMY, "firstName": "Amy", "customFields": {"city": "Ulm"}})
    autosend.data("POST", "/contacts", {"email": BOB, "firstName": "Bob"})
    copies = {"email": AMY, "cc": [{"email": BOB}], "bcc": [{"email": CAT}]}
    said = {"subject": "{{firstName}}, {{city}}, {{email}}", "to": {"email": AMY}, "recipients": [copies]}
    autosend.data("POST", path, MAIL | copies | said)
    subjects = [autosend.messages(email)[0]["subject"] for email in (AMY, BOB, CAT)]
    assert subjects == [f"Amy, Ulm, {AMY}"] * 3
