"""The refusals of snapshots tell table, column and row, whatever is wrong with the values there."""

import re
from pathlib import Path

import pytest

from tests.conftest import Emulator
from tests.control.test_edited_snapshots import EVENT, edited, good, upload

__all__ = ["good"]

pytestmark = pytest.mark.slow

WRONG = [
    (
        "UPDATE sqlite_sequence SET seq = 9223372036854775807 WHERE name = 'webhook_target'",
        "9223372036854775807 as sqlite_sequence.seq in the row with the name 'webhook_target'",
        "must be a whole number from 0 to 4611686018427387904",
    ),
    (
        "UPDATE webhook_delivery SET id = 77 WHERE id = (SELECT max(id) FROM webhook_delivery)",
        "77 as webhook_delivery.id in the row with the id 77",
        "must be from 1 to …, as sequence.last in the row with the name 'webhook.delivery' says",
    ),
    (
        "DELETE FROM sequence WHERE name = 'fault'",
        "1 as fault_rule.id in the row with the id 1",
        "must be from 1 to 0, as sequence.last in the row with the name 'fault' says",
    ),
    (
        EVENT.format("nothing.known", "x"),
        "'nothing.known' as due_event.name in the row with the id …",
        "must be known to this version (unknown events: nothing.known)",
    ),
    (
        EVENT.format("rcs.begin", "rcs.campaign:999"),
        "'rcs.campaign:999' as due_event.subject in the row with the id …",
        "must name a row of rcs_campaign",
    ),
    (
        """UPDATE fault_rule SET written = '{"provider": "rcs", "status": 99999}'""",
        """'{"provider": "rcs", "status": 99999}' as fault_rule.written in the row with the id 1""",
        "must be a fault rule (99999 is no HTTP status)",
    ),
    (
        "UPDATE fault_rule SET written = '{}'",
        "'{}' as fault_rule.written in the row with the id 1",
        "must be a fault rule (… Field required)",
    ),
    (
        """UPDATE fault_rule SET written = '{"provider": "nobody", "status": 503}'""",
        """'{"provider": "nobody", "status": 503}' as fault_rule.written in the row with the id 1""",
        "must name a provider and an error of it, not nobody and None",
    ),
    (
        """UPDATE webhook_target SET settings = '{"disabled": 7}'""",
        """'{"disabled": 7}' as webhook_target.settings in the row with the id …""",
        "must be settings of autosend's webhooks (disabled must be true or false)",
    ),
    (
        "UPDATE rcs_campaign SET name = CAST(x'ff' AS TEXT) WHERE id = 3",
        r"b'\xff' as rcs_campaign.name in the row with the id 3",
        "must be UTF-8",
    ),
]
"""Edits, and what is said of them."""


@pytest.mark.parametrize(("statements", "value", "must"), WRONG)
def test_the_refusal_tells_where_the_wrong_value_is(
    emulator: Emulator, good: bytes, tmp_path: Path, statements: str, value: str, must: str
) -> None:
    answer = upload(emulator.http, edited(good, tmp_path, statements))
    pattern = ".+".join(map(re.escape, f"the file has {value}: it {must}".split("…")))
    assert re.fullmatch(pattern, answer.json()["detail"]), answer.json()["detail"]
