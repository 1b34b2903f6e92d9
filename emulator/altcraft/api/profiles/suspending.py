"""Suspend and unsuspend all profiles of a database: deprecated operations of API 1.0, in its own form."""

from typing import Annotated

from fastapi import APIRouter, Path

from emulator.altcraft import refusals
from emulator.altcraft.dialect import Call, Policy
from emulator.altcraft.listing import find
from emulator.altcraft.models import Model
from emulator.altcraft.people.changes import tell_of_statuses
from emulator.altcraft.people.values import SUBSCRIBED, SUSPENDED
from emulator.altcraft.tables.people import Database
from emulator.altcraft.values import Int64
from emulator.gateway.route import OperationRoute, refuses

router = APIRouter(prefix="/api/v1.0/lists", tags=["Profiles"], route_class=OperationRoute)

SuspendCall = Annotated[
    Call, Policy(right="profiles.edit", deduplicated="by content", errors="v1.0", is_long=True)
]
DatabaseId = Annotated[Int64, Path(description="Database id")]


class AllSuspended(Model):
    Status: str = "Ok"
    Suspended: int


class AllUnsuspended(Model):
    Status: str = "Ok"
    Unsuspended: int


@router.post("/{list_id}/suspend_all", responses=refuses(refusals.ObjectNotFound))
async def suspend_all_database_profiles(call: SuspendCall, list_id: DatabaseId) -> AllSuspended:
    """Change the global status of all subscribed profiles to suspended.

    https://guides.altcraft.com/en/developer-guide/profiles/2195553
    """
    return AllSuspended(Suspended=_change_all(call, list_id, SUBSCRIBED, SUSPENDED))


@router.post("/{list_id}/unsuspend_all", responses=refuses(refusals.ObjectNotFound))
async def unsuspend_all_profiles_in_a_database(call: SuspendCall, list_id: DatabaseId) -> AllUnsuspended:
    """Change the global status of all suspended profiles to subscribed.

    https://guides.altcraft.com/en/developer-guide/profiles
    """
    return AllUnsuspended(Unsuspended=_change_all(call, list_id, SUSPENDED, SUBSCRIBED))


def _change_all(call: Call, list_id: int, old: int, new: int) -> int:
    """Change the global status `old` to `new` in a database; return how many profiles changed."""
    database = find(call, Database, list_id, "database")
    changed = [one for (one,) in call.turn.store.execute(_CHANGE, (new, call.now, database.id, old))]
    tell_of_statuses(call.turn, profiles=changed)
    return len(changed)


_CHANGE = """
    UPDATE altcraft_profile SET status = ?, updated_at = ? WHERE database_id = ? AND status = ? RETURNING id
"""
