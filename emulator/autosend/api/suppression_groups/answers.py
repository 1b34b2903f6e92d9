"""The part that operations on suppression groups share: finding a group by its code."""

from emulator.autosend.dialect import Call
from emulator.autosend.refusals import refusal
from emulator.autosend.suppression import find_group
from emulator.autosend.tables.suppressions import SuppressionGroup

GroupNotFound = refusal(404, "GROUP_NOT_FOUND", "Suppression group not found", form="status")


def find(call: Call, code: str) -> SuppressionGroup:
    """Return the group with this code, of the project or the global one. Raises GroupNotFound."""
    found = find_group(call.db, call.project_id, code)
    if found is None:
        raise GroupNotFound
    return found
