"""Get profile data, and Delete profile."""

from typing import Annotated, Any

from fastapi import APIRouter
from sqlmodel import col, select

from emulator.altcraft import deleting
from emulator.altcraft.answers import NOT_MATCHED, ProfileMatch, find_profile
from emulator.altcraft.dialect import Call, Policy
from emulator.altcraft.listing import seen_resources
from emulator.altcraft.models import Model, Reply
from emulator.altcraft.people.history import activity
from emulator.altcraft.people.matching import EMAIL_PHONE_ID_CUSTOM
from emulator.altcraft.people.showing import extended, shown_profile
from emulator.altcraft.tables.people import Profile, Subscription
from emulator.gateway.route import OperationRoute, refuses

router = APIRouter(prefix="/api/v1.1/profiles", tags=["Profiles"], route_class=OperationRoute)

ViewCall = Annotated[Call, Policy(right="profiles.view")]
DeleteCall = Annotated[Call, Policy(right="profiles.delete", deduplicated="by id")]


@router.post("/get/", responses=refuses(*NOT_MATCHED))
async def get_profile_data(call: ViewCall, body: ProfileMatch) -> Reply[dict[str, Any]]:
    """Return a profile with its subscriptions and the times of its last events.

    https://guides.altcraft.com/en/developer-guide/profiles/2195482
    """
    profile_id = find_profile(call, body)
    profile = call.db.exec(select(Profile).where(Profile.id == profile_id)).one()
    shown = shown_profile(profile, activity(call.db, [profile_id])[profile_id])
    return Reply(data=shown | {"subscriptions": _subscriptions(call, profile_id)})


def _subscriptions(call: Call, profile_id: str) -> list[dict[str, Any]]:
    """Return the subscriptions of a profile to the resources that the token sees."""
    resources = seen_resources(call)
    wanted = select(Subscription).where(Subscription.profile_id == profile_id).order_by(col(Subscription.id))
    return [extended(one) for one in call.db.exec(wanted) if one.resource_id in resources]


class Deleted(Model):
    profile_id: str


@router.post("/delete", responses=refuses(*NOT_MATCHED))
async def delete_profile(call: DeleteCall, body: ProfileMatch) -> Reply[Deleted]:
    """Delete a profile with its history and its relations.

    https://guides.altcraft.com/en/developer-guide/profiles/28936545
    """
    profile_id = find_profile(call, body, EMAIL_PHONE_ID_CUSTOM)
    deleting.delete_profiles(call.turn, [profile_id])
    return Reply(data=Deleted(profile_id=profile_id))
