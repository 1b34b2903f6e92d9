"""The rules of a fixture's segments: errors are shown with their line, and the nearest known word."""

from pathlib import Path

import pytest

from emulator.altcraft.account import load
from emulator.engine.clock import FROZEN_START
from emulator.engine.engine import Turn
from emulator.sandbox.fixtures import FixtureError
from emulator.storage.ids import Identifiers
from emulator.storage.store import Store

ACCOUNT = """
user: ann@example.com
pace: 1
tokens: [{token: t, rights: all}]
groups: [{id: 0, name: main}]
databases: [{id: 1, name: People}]
"""


def refusal(folder: Path, segments: str) -> str:
    """Return the message of the refusal of an account with these segments."""
    file = folder / "account.yaml"
    file.write_text(ACCOUNT + segments)
    store = Store()
    store.create_tables()
    with pytest.raises(FixtureError) as error:
        load(Turn(store, Identifiers(store.session.numbers, 1), FROZEN_START), file)
    return str(error.value)


@pytest.mark.parametrize(
    ("conditions", "reason"),
    [
        (
            "{list_id: 1, condition: and, queries: [{type: emial}]}",
            "segments.0.items.0.queries.0.type: emial is not a family of rules; did you mean email",
        ),
        (
            "{list_id: 1, condition: and, queries: [{type: email, operator: equals}]}",
            "segments.0.items.0.queries.0.operator: equals is not an operator of email; did you mean equal",
        ),
        (
            "{list_id: 1, condition: and, queries: [{type: statseg, operator: onze}]}",
            "segments.0.items.0.queries.0.operator: onze is not an operator of statseg; did you mean once",
        ),
        (
            "{list_id: 1, condition: and, queries: [{type: email, compo: domian, operator: equal}]}",
            "segments.0.items.0.queries.0.compo: domian is not a component; did you mean domain",
        ),
        (
            "{list_id: 9, condition: and, queries: [{type: email, operator: exist, name: email}]}",
            "segments.0.items.0.list_id: Object not found: database 9",
        ),
        (
            "{list_id: 1, condition: and, queries: [{type: int, operator: exist, name: _ag}]}",
            "segments.0.items.0.queries.0.name: '_ag' is no field of database 1",
        ),
        ("{list_id: 1, condition: xor, queries: [{type: email}]}", "segments.0.items.0.condition: "),
        (
            "{list_id: 1, condition: and, limits: 5, queries: [{type: email}]}",
            "items.0.limits: is not a field here; did you mean limit",
        ),
        (
            "{list_id: 1, condition: and, queries: [{child: [{kind: x}]}]}",
            "segments.0.items.0.queries.0.child.0.kind: is not a field here",
        ),
        (
            "{list_id: 1, condition: and, queries: [{type: dynseg, operator: exist, value: [ITSELF]}]}",
            "account.yaml:7: segments.0.items: contains itself",
        ),
    ],
)
def test_a_fixture_is_read_as_strictly(tmp_path: Path, conditions: str, reason: str) -> None:
    conditions = conditions.replace("ITSELF", "{name: segment_id, value: 1}")
    segments = f"segments: [{{id: 1, name: Mine, kind: dynamic, items: [{conditions}]}}]\n"
    assert reason in refusal(tmp_path, segments)


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ("{type: email, operator: equals}", "operator: equals is not an operator of email"),
        ("{type: int, operator: exist, name: _ag}", "name: '_ag' is no field of database 1"),
        (
            "{type: statseg, operator: exist, value: [{name: segment_id, value: 9}]}",
            "queries.1.child.0: Object not found: segment 9",
        ),
        (
            "{type: email, name: email, operator: equal, value: [{name: valeu, value: a@example.com}]}",
            "queries.1.child.0.value.value: Field required",
        ),
    ],
)
def test_a_fixture_tells_the_line_of_the_rule(tmp_path: Path, wrong: str, reason: str) -> None:
    told = refusal(
        tmp_path,
        f"""segments:
  - id: 1
    name: Mine
    kind: dynamic
    items:
      - list_id: 1
        condition: and
        queries: [{{type: email, name: email, operator: exist}}, {{condition: or, child: [
            {wrong}
        ]}}]
""",
    )
    assert "account.yaml:15: segments.0.items.0.queries.1.child." in told
    assert reason in told
