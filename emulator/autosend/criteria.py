"""The criteria of automations: who enters, and who leaves before the end.

https://docs.autosend.com/api-reference/automations/create-automation. The form of a condition on a property
that changes is inferred: `{"operator": "changes_from_to", "value": {"from": …, "to": …}}`, where either
end may be missing.
"""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import ConfigDict, Field, ValidationError, model_validator

from emulator.autosend.complaints import INVALID, complaint, retold
from emulator.autosend.filters import MOST_GROUPS, FilterGroup, known_operators
from emulator.autosend.models import Body
from emulator.autosend.refusals import refusal
from emulator.autosend.tables.contacts import ValueType
from emulator.autosend.values import Id, MaybeId

EventNameRequired = refusal(
    400, "EVENT_NAME_REQUIRED", "Event name is required for the event_trigger entry criteria", inferred="text"
)

CREATED, ADDED = "contact_created", "contact_added_to_list"
MATCHES, CHANGED = "contact_property_matches_with", "contact_property_changes_from_to"
EVENT = "event_trigger"
"""The types of entry criteria."""

SCOPED = frozenset({ADDED, MATCHES, CHANGED})
"""The types that refer to a list or segment; the others ignore `contactListId`."""

NO_LONGER_MET = "entry_criteria_no_longer_met"
"""The type of exit criteria that end a run as soon as its contact no longer meets the entry criteria."""

CHANGES = "changes_from_to"

EntryType = Literal[
    "contact_created",
    "contact_added_to_list",
    "contact_property_matches_with",
    "contact_property_changes_from_to",
    "event_trigger",
]


class Part(Body):
    """A part of an automation. It is stored, and returned, with the field names of the API."""

    def stored(self) -> dict[str, Any]:
        return self.model_dump(by_alias=True, exclude_none=True)


class Condition(Part):
    """A condition on a field of the contact, or on `event.name` or `event.properties.…`."""

    model_config = ConfigDict(json_schema_extra=known_operators(CHANGES))

    id: Id | None = None
    field: str = Field(max_length=200)
    field_type: ValueType = "string"
    operator: str = Field(max_length=50)
    value: Any = None

    @model_validator(mode="after")
    def _can_be_asked(self) -> "Condition":
        if self.operator == CHANGES and not _ends(self.value):
            raise complaint("must be an object", "value")
        asked = self.model_dump(by_alias=True)
        for group in (*_before(asked), _now(asked)):
            try:
                FilterGroup.model_validate(group)
            except ValidationError as error:
                raise retold(error) from None
        return self


def _ends(value: Any) -> set[str]:
    """Return which ends a change names: `from`, `to` or both."""
    return {end for end in ("from", "to") if value.get(end) is not None} if isinstance(value, dict) else set()


class Criteria(Part):
    """Conditions, of which all or any must hold."""

    logical_operator: Literal["AND", "OR"] = "AND"
    groups: list[Condition] = Field([], max_length=MOST_GROUPS)


class EntryCriteria(Part):
    type: EntryType = "contact_created"
    contact_list_id: MaybeId = None
    event_name: str | None = Field(None, max_length=64)
    filter_criteria: Criteria | None = None

    @model_validator(mode="after")
    def _asks_for_changes_where_it_can(self) -> "EntryCriteria":
        if self.type != CHANGED:
            refuse_changes(self.filter_criteria)
        return self


class ExitCriteria(Part):
    type: Literal["workflow_complete", "entry_criteria_no_longer_met"] = "workflow_complete"


def refuse_changes(criteria: Criteria | None) -> None:
    for place, group in enumerate(criteria.groups if criteria else ()):
        if group.operator == CHANGES:
            raise complaint(INVALID, "filterCriteria", "groups", str(place), "operator")


def check_entry(entry: EntryCriteria) -> None:
    """Raise EventNameRequired if the entry criteria need an event's name and have none."""
    if entry.type == EVENT and not entry.event_name:
        raise EventNameRequired


def list_of(entry: Mapping[str, Any]) -> str | None:
    """Return the id of the list or segment that entry criteria refer to, None without one."""
    named: str | None = entry.get("contactListId")
    return named if entry["type"] in SCOPED else None


def criteria_now(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return the criteria that a contact must meet to enter; for properties that change, the new values."""
    return (entry.get("filterCriteria") or {}) | {"groups": [_now(group) for group in _groups(entry)]}


def changes(entry: Mapping[str, Any]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Return, for each property that is to change, the criteria before and after the change.

    A first value is no change: without a `from`, the property must have had some value before.
    """
    return [
        ({"groups": _before(group)}, {"groups": [_now(group)]})
        for group in _groups(entry)
        if group["operator"] == CHANGES
    ]


def is_any_enough(entry: Mapping[str, Any]) -> bool:
    """Return whether a contact needs to meet only one of the conditions: the logical operator is `OR`."""
    return (entry.get("filterCriteria") or {}).get("logicalOperator") == "OR"


def _groups(entry: Mapping[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (entry.get("filterCriteria") or {}).get("groups", [])
    return found


def _before(group: dict[str, Any]) -> list[dict[str, Any]]:
    if group["operator"] != CHANGES:
        return []
    if "from" in _ends(group["value"]):
        return [group | {"operator": "equals", "value": group["value"]["from"]}]
    return [
        group | {"fieldType": "string", "operator": "is_not_empty"},
        group | {"operator": "not_equals", "value": group["value"]["to"]},
    ]


def _now(group: dict[str, Any]) -> dict[str, Any]:
    if group["operator"] != CHANGES:
        return group
    if "to" in _ends(group["value"]):
        return group | {"operator": "equals", "value": group["value"]["to"]}
    return group | {"operator": "not_equals", "value": group["value"]["from"]}
