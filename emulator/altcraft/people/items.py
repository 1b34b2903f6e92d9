"""The items of batches: profiles, each with its match values.

An item is the profile itself, or an object with it in `data`: https://guides.altcraft.com/en/developer-guide/profiles/2195501.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from emulator.altcraft.formats import EmptyElement
from emulator.altcraft.people.drafts import Draft, Drafting
from emulator.altcraft.people.matching import FIELDS, check_shared, match_of
from emulator.altcraft.people.values import is_said
from emulator.altcraft.refusals import AltcraftError, IncorrectRequest

WHOM = frozenset(FIELDS)
NO_FIELDS = WHOM - {"email"}
"""The match values that are no fields of the profile. An item's `email` is a match value and a field."""


def read_items(
    drafting: Drafting, items: Sequence[Any], shared: Mapping[str, Any] | None
) -> list[Draft | AltcraftError]:
    """Return the draft of each item, or the error of a wrong item.

    Args:
        drafting: Reads the data of the profiles.
        items: The items as the client sent them.
        shared: The match values of the whole request, for items that have none; None if all profiles are new.

    Raises IncorrectRequest if the shared match values are wrong.
    """
    if shared is not None:
        check_shared(shared, drafting.fields)
    drafts: list[Draft | AltcraftError] = []
    for item in items:
        try:
            drafts.append(_read(drafting, item, shared))
        except AltcraftError as error:
            drafts.append(error.kept())
    return drafts


def object_of(item: Any) -> Mapping[str, Any]:
    """Return an item of a batch; an empty XML element is an empty object. Raises IncorrectRequest."""
    if isinstance(item, EmptyElement):
        return {}
    if not isinstance(item, dict):
        raise IncorrectRequest("data", "must be an object")
    return item


def _read(drafting: Drafting, given: Any, shared: Mapping[str, Any] | None) -> Draft:
    item = object_of(given)
    inner = item.get("data")
    is_inside = isinstance(inner, dict | EmptyElement)
    data = (inner or {}) if is_inside else item
    if shared is None:
        return drafting.draft(data)
    told = WHOM.intersection(item)
    if not is_inside and not told.isdisjoint(NO_FIELDS):
        data = {name: value for name, value in item.items() if name not in NO_FIELDS}
    said = {**shared, **{name: item[name] for name in told if _tells_whom(item[name])}}
    if is_said(said.get("field_name")) and not is_said(said.get("field_value")):
        said["field_value"] = data.get(str(said["field_name"]))
    if not is_inside and is_said(item.get("email")):
        drafting.check_email(item["email"])  # it is a field of the profile, too
    return drafting.draft(data, match_of(said, drafting.fields, data=data))


def _tells_whom(value: Any) -> bool:
    """Return whether a value can be a match value: an object changes a field instead."""
    return is_said(value) and not isinstance(value, dict)
