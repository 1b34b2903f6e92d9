"""Rules on the history of profiles: events of their messages, and changes of the profiles.

https://guides.altcraft.com/en/user-guide/segmentation/9406107. As in people/history.py, events of messages
are read from the changes of their statuses. The wire names are inferred.
"""

from collections.abc import Mapping

from emulator.altcraft.choosing.conditions import Condition, joined
from emulator.altcraft.choosing.dates import bound, date_millis, days
from emulator.altcraft.choosing.saying import Said, Scope
from emulator.altcraft.people.history import ACTIONS, OF_SEGMENTS, messages_of
from emulator.altcraft.people.showing import EVENT_SUFFIXES
from emulator.sending.mail import SOFT
from emulator.storage.sqlite import json_text

OPERATORS: Mapping[str, bool] = {"exist": True, "at_least": True, "not_exist": False, "not_happened": False}
"""Whether each operator wants the event to have happened."""

STATUSES = {action: status for status, action in ACTIONS.items()} | {"softbounce": "bounced"}

OF_MESSAGES = {
    f"{action}{suffix}": (action, channel)
    for action in STATUSES
    for channel, suffix in EVENT_SUFFIXES.items()
}
"""The action and the channel of each event of messages. Its name has the channel's suffix, as in hooks."""

OF_PROFILES = (
    frozenset({"import", "update", "subscribe", "confirmsub", "web_version_save", "ordered"}) | OF_SEGMENTS
)
"""The events that have no message."""


def on_action(said: Said, scope: Scope) -> Condition:
    """Return the condition of a rule on an event of the history. Raises IncorrectRequest."""
    name = said.rule.name
    if name in OF_MESSAGES:
        return _happened(said, _of_messages(said, scope, *OF_MESSAGES[name]))
    if name in OF_PROFILES:
        action = scope.parameters.add(name)
        happened = [f"past.action = {action}", *_period(said, scope, "past.at")]
        if name in OF_SEGMENTS:
            happened += _about(said, scope, "segment_id")
        return _happened(said, _OF_PROFILE.format(joined(happened, "and")))
    raise said.refusal("name", f"unknown event {name!r}")


def on_goal(said: Said, scope: Scope) -> Condition:
    """Return the condition of a rule on a goal that was reached. Raises IncorrectRequest."""
    if not said.rule.name:
        raise said.refusal("name", "Field required")
    goal = scope.parameters.add(said.rule.name)
    happened = ["past.action = 'goal'", f"json_extract(past.details, '$.goal') = {goal}"]
    happened += _about(said, scope, "pixel_id")
    for name, operator in (("value_from", ">="), ("value_to", "<=")):
        value = said.number_or_none(name, "float")
        if value is not None:
            other = scope.parameters.add(value)
            happened.append(f"json_extract(past.details, '$.value') {operator} {other}")
    happened += _period(said, scope, "past.at", is_dated_by_clients=True)
    return _happened(said, _OF_PROFILE.format(joined(happened, "and")))


def _about(said: Said, scope: Scope, name: str) -> list[Condition]:
    """Return the condition that the event is about an object that the rule names. Raises IncorrectRequest."""
    numbers = said.numbers(name)
    if not numbers:
        return []
    listed = scope.parameters.add(json_text(numbers))
    return [f"json_extract(past.details, '$.{name}') IN (SELECT value FROM json_each({listed}))"]


def _of_messages(said: Said, scope: Scope, action: str, channel: str) -> str:
    """Return the FROM part of a statement for the events of a profile's messages."""
    add = scope.parameters.add
    happened = [f"change.status = {add(STATUSES[action])}", f"message.channel = {add(channel)}"]
    if STATUSES[action] == "bounced":
        is_soft = "" if action == "softbounce" else "NOT "
        happened.append(f"ifnull(change.detail, '') {is_soft}GLOB {add(SOFT + '*')}")
    happened += _period(said, scope, "change.at")
    sources = [
        f"{column} IN (SELECT value FROM json_each({add(json_text(numbers))}))"
        for name, column in SOURCES.items()
        if (numbers := said.numbers(name))
    ]
    if sources:
        happened.append(
            f"message.job_id IN (SELECT job_id FROM altcraft_run AS run WHERE {joined(sources, 'or')})"
        )
    return _OF_MESSAGES.format(joined(happened, "and"))


_TEMPLATE = "printf('$[%d].message_id', message.position % json_array_length(run.templates))"
SOURCES = {
    "campaign_id": "run.mailing_id",
    "message_id": f"json_extract(run.templates, {_TEMPLATE})",
}
"""The mailing and the template of a message's run, by the argument that names some of them."""


def _period(said: Said, scope: Scope, column: str, *, is_dated_by_clients: bool = False) -> list[Condition]:
    """Return the conditions that an event is in a rule's period, or its last days. Raises IncorrectRequest.

    Clients may date an event in the future, which is not in the last days yet. Other events that are later
    than now are: the clock was set back after them.
    """
    conditions = []
    for name, operator in (("date_from", ">="), ("date_to", "<=")):
        date = bound(said, name)
        if date is not None:
            conditions.append(f"{column} {operator} {scope.parameters.add(date_millis(date))}")
    last = days(said, "days")
    if last is not None:
        conditions.append(f"{column} >= {scope.parameters.add(scope.now - last)}")
        if is_dated_by_clients:
            conditions.append(f"{column} <= {scope.parameters.add(scope.now)}")
    return conditions


def _happened(said: Said, events: str) -> Condition:
    """Return the condition that there are events, as many as the rule wants. Raises IncorrectRequest."""
    operator = said.rule.operator
    if operator not in OPERATORS:
        raise said.unknown_operator()
    number = said.number("count") if operator == "at_least" else 1
    if number < 1:
        raise said.refusal("value.count", "must be at least 1")
    said.refuse_others()
    if number > 1:
        return f"(SELECT count(*) FROM {events}) >= {number}"
    return f"{'' if OPERATORS[operator] else 'NOT '}EXISTS (SELECT 1 FROM {events})"


_OF_MESSAGES = messages_of("= profile.id") + "WHERE {}"
_OF_PROFILE = "altcraft_past AS past WHERE past.profile_id = profile.id AND {}"
