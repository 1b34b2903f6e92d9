"""Rules on scenarios: whether people are in one, ever were, came to its end, or left it with an error.

https://guides.altcraft.com/en/user-guide/segmentation/new-segments. The wire names are inferred.
"""

from collections.abc import Mapping

from emulator.altcraft.choosing.conditions import NEVER, Condition, negated
from emulator.altcraft.choosing.saying import Said, Scope
from emulator.altcraft.tables.scenarios import Scenario

OPERATORS: Mapping[str, tuple[Condition, bool]] = {
    "exist": ("passage.state = 'inside'", False),
    "not_exist": ("passage.state = 'inside'", True),
    "once": ("1", False),
    "never": ("1", True),
    "left": ("passage.state = 'completed'", False),
    "left_error": ("passage.state = 'error'", False),
}
"""The operators of `workflow`: a condition on passages, and whether no passage is to fulfil it."""


def on_scenario(said: Said, scope: Scope) -> Condition:
    """Return the condition of a rule on a scenario. Raises IncorrectRequest, ObjectNotFound."""
    if said.rule.operator not in OPERATORS:
        raise said.unknown_operator()
    scenario = scope.find(Scenario, said.number("workflow_id"), "scenario")
    said.refuse_others()
    if scenario is None:
        return NEVER
    if scenario.list_id != scope.database_id:
        reason = f"scenario {scenario.id} is not of database {scope.database_id}"
        raise said.refusal("value.workflow_id", reason)
    condition, is_negated = OPERATORS[said.rule.operator]
    passed = _PASSED.format(scenario=scope.parameters.add(scenario.id), condition=condition)
    return negated(passed) if is_negated else passed


_PASSED = """EXISTS (
    SELECT 1 FROM altcraft_passage AS passage
    WHERE passage.profile_id = profile.id AND passage.scenario_id = {scenario} AND {condition}
)"""
