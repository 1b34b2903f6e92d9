"""The rules of segments, compiled to conditions on profiles.

https://guides.altcraft.com/en/user-guide/segmentation. The family of a rule is its `type`: a type of fields,
`subscription_<channel>`, a membership, or an event.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

from emulator.altcraft.choosing import event_rules, field_rules, loyalty_rules, scenario_rules
from emulator.altcraft.choosing.conditions import NEVER, Condition, joined, negated
from emulator.altcraft.choosing.event_rules import on_action, on_goal
from emulator.altcraft.choosing.field_rules import FIELD_TYPES, on_profile, on_subscription
from emulator.altcraft.choosing.items import Rule
from emulator.altcraft.choosing.loyalty_rules import on_membership, on_promo_codes
from emulator.altcraft.choosing.saying import Said, Scope
from emulator.altcraft.choosing.scenario_rules import on_scenario
from emulator.altcraft.refusals import AltcraftError
from emulator.altcraft.tables.choosing import Segment

MOST_NESTING = 10
MOST_RULES = 200
"""The most levels of nested rules of a segment, and the most rules."""


def compiled(rules: Sequence[Rule], word: str, scope: Scope, place: str) -> Condition:
    """Return the condition of rules that are joined by a word. Raises IncorrectRequest, ObjectNotFound."""
    return joined([_compiled(one, scope, f"{place}.{number}") for number, one in enumerate(rules)], word)


def _compiled(rule: Rule, scope: Scope, place: str) -> Condition:
    try:
        return _with_nested(Said(rule, place), scope)
    except AltcraftError as refusal:
        refusal.place = refusal.place or place
        raise


def _with_nested(said: Said, scope: Scope) -> Condition:
    """Return the condition of a rule and of the rules nested in it."""
    rule = said.rule
    if not rule.child:
        return _own(said, scope)
    if not rule.condition:
        raise said.refusal("condition", "must be and or or")
    own = [_own(said, scope)] if rule.type else []
    return joined([*own, compiled(rule.child, rule.condition, scope, f"{said.place}.child")], rule.condition)


def _own(said: Said, scope: Scope) -> Condition:
    """Return the condition of a rule without the rules nested in it."""
    family = said.rule.type
    if family in FAMILIES:
        if said.rule.compo != "default":
            raise said.refusal("compo", f"unknown component {said.rule.compo!r} of {family}")
        return FAMILIES[family](said, scope)
    if family.startswith("subscription_"):
        return on_subscription(said, scope)
    if family in FIELD_TYPES:
        return on_profile(said, scope)
    raise said.refusal("type", f"unknown family {family!r}")


def _in_static(said: Said, scope: Scope) -> Condition:
    """Return the condition of a rule on a static or updatable segment."""
    segment = _segment(said, scope)
    if segment is not None and segment.kind == "dynamic":
        raise said.refusal("value.segment_id", f"segment {segment.id} is dynamic")
    if said.rule.operator not in OF_MEMBERS:
        raise said.unknown_operator()
    said.refuse_others()
    if segment is None:
        return NEVER
    condition, is_negated = OF_MEMBERS[said.rule.operator]
    member = _MEMBER.format(segment=scope.parameters.add(segment.id), condition=condition)
    return negated(member) if is_negated else member


OF_MEMBERS: Mapping[str, tuple[Condition, bool]] = {
    "exist": ("is_member", False),
    "once": ("1", False),
    "never": ("1", True),
    "past": ("NOT is_member", False),
}
"""The operators of `statseg`: a profile is a member now, was ever, never was, or was and is no more."""

_MEMBER = """EXISTS (
    SELECT 1 FROM altcraft_segment_member
    WHERE segment_id = {segment} AND profile_id = profile.id AND {condition}
)"""


def _in_dynamic(said: Said, scope: Scope) -> Condition:
    """Return the condition of a rule on a dynamic or updatable segment of the same database."""
    segment = _segment(said, scope)
    if said.rule.operator not in OF_CONDITIONS:
        raise said.unknown_operator()
    said.refuse_others()
    if segment is None:
        return NEVER
    if segment.kind == "static":
        raise said.refusal("value.segment_id", f"segment {segment.id} is static")
    if scope.database_id not in {item["list_id"] for item in segment.items}:
        raise said.refusal("value.segment_id", f"segment {segment.id} is not of database {scope.database_id}")
    is_in = f"profile.id IN (SELECT id FROM {scope.include(segment)})" if scope.include else NEVER
    return is_in if said.rule.operator == "exist" else negated(is_in)


OF_CONDITIONS = frozenset({"exist", "not_exist"})
"""The operators of `dynseg`: a profile is in the segment, or is not."""


def _segment(said: Said, scope: Scope) -> Segment | None:
    return scope.find(Segment, said.number("segment_id"), "segment")


FAMILIES: Mapping[str, Callable[[Said, Scope], Condition]] = {
    "statseg": _in_static,
    "dynseg": _in_dynamic,
    "workflow": on_scenario,
    "loyalty": on_membership,
    "promo": on_promo_codes,
    "action": on_action,
    "goal": on_goal,
}


OPERATORS: Mapping[str, Collection[str]] = {
    "statseg": OF_MEMBERS,
    "dynseg": OF_CONDITIONS,
    "workflow": scenario_rules.OPERATORS,
    "loyalty": loyalty_rules.OF_MEMBERSHIP,
    "promo": loyalty_rules.OF_CODES,
    "action": event_rules.OPERATORS,
    "goal": event_rules.OPERATORS,
}
"""The operators of each family, except the families of fields."""


def operators_of(rule: Rule) -> Collection[str]:
    """Return the operators of a rule's family; rules on subscriptions may have those of all fields."""
    if rule.type in OPERATORS:
        return OPERATORS[rule.type]
    if rule.type.startswith("subscription_"):
        return field_rules.OF_ALL
    is_whole = rule.compo == "default" and not rule.object_path
    return field_rules.operators_of(rule.type if is_whole else rule.object_type or "unicode")


def each_rule(rules: Sequence[Mapping[str, Any]], depth: int = 1) -> Iterator[tuple[Mapping[str, Any], int]]:
    """Yield stored rules and the rules nested in them, each with its depth."""
    for rule in rules:
        yield rule, depth
        yield from each_rule(rule["child"], depth + 1)


def referenced(items: Sequence[Mapping[str, Any]]) -> set[int]:
    """Return the ids of the segments that the rules of stored items name."""
    return {
        int(argument["value"])
        for item in items
        for rule, _ in each_rule(item["queries"])
        if rule["type"] in {"statseg", "dynseg"}
        for argument in rule["value"]
        if argument["name"] == "segment_id"
    }
