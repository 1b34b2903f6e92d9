"""Subscriptions of profiles to resources.

https://guides.altcraft.com/en/developer-guide/profiles/subscriptions
"""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Field
from sqlmodel import col, select

from emulator.altcraft import refusals
from emulator.altcraft.answers import Status
from emulator.altcraft.dialect import Call, Policy
from emulator.altcraft.listing import cursor, find, row_of, seen, seen_resources
from emulator.altcraft.models import Asking, Code, Model, Reply
from emulator.altcraft.people.changes import tell_of_statuses
from emulator.altcraft.people.drafts import Draft, Drafting, address_of
from emulator.altcraft.people.matching import by_id, find_one
from emulator.altcraft.people.showing import ADDRESS, flat, registered
from emulator.altcraft.people.values import SUBSCRIBED, SUSPENDED
from emulator.altcraft.people.writing import Writing, write_profile
from emulator.altcraft.tables.people import Channel, Database, Profile, Resource, Subscription
from emulator.altcraft.values import Flag, Int64, Limit, Listed, Name, Text, Words, is_none
from emulator.gateway.route import OperationRoute, refuses
from emulator.storage.session import look_up
from emulator.storage.sqlite import json_text
from emulator.storage.tables import among

router = APIRouter(prefix="/api/v1.1/subscriptions", tags=["Subscriptions"], route_class=OperationRoute)

ViewCall = Annotated[Call, Policy(right="profiles.view")]
ListCall = Annotated[Call, Policy(right="profiles.view", is_long=True)]
EditCall = Annotated[Call, Policy(right="profiles.edit", deduplicated="by id")]
ManyCall = Annotated[Call, Policy(right="profiles.edit", deduplicated="by id", is_long=True)]

NOT_FOUND = refuses(refusals.ObjectNotFound, refusals.ProfileNotFound, refusals.SubscriptionNotFound)


class ProfileById(Asking):
    db_id: Int64 = Field(description="Database id")
    profile_id: Name


class SubscriptionByAddress(ProfileById):
    """A subscription. Its address is a field of the request, or in an object of the channel: `email_data`."""

    resource_id: Int64
    channel: Channel
    email: Text | None = Field(None, description="Of `email`")
    phone: Words | None = Field(None, description="Of `sms`")
    provider: Text | None = Field(None, description="Of `push`: `Firefox`, `android-firebase`")
    subscription_id: Words | None = Field(None, description="Of `push`")
    cc_data: dict[str, Any] | None = Field(None, description="`id` of a `telegram_bot`, else `phone`")
    email_data: dict[str, Any] | None = None
    phone_data: dict[str, Any] | None = None
    push_data: dict[str, Any] | None = None


class SubscriptionToSet(SubscriptionByAddress):
    status: Any = Field(None, description="Name or number; to be sent only where it changes")
    priority: Any = Field(None, description="0 is the highest")
    custom_fields: Any = Field(None, description="System and custom fields; values may be functional")
    cats: Listed[Any] = Field([], description="Categories of the resource, which replace those that it had")
    date: Any = Field(None, description="Date of the registration")
    ip: Text | None = Field(None, description="IP address of the registration")
    url: Text | None = Field(None, description="Page of the registration")
    skip_triggers: Flag = False


class SubscriptionRow(Model):
    resource_id: int
    channel: Channel
    email: str | None = Field(None, exclude_if=is_none)
    phone: str | None = Field(None, exclude_if=is_none)
    provider: str | None = Field(None, exclude_if=is_none)
    subscription_id: str | None = Field(None, exclude_if=is_none)
    cc_data: dict[str, Any] | None = Field(None, exclude_if=is_none)
    priority: int
    status: str
    custom_fields: dict[str, Any]
    cats: list[str]


class Registration(Model):
    date: str
    ip: str | None = Field(None, exclude_if=is_none)
    url: str | None = Field(None, exclude_if=is_none)


class SubscriptionInformation(SubscriptionRow):
    hash_id: str
    is_delete: bool
    reg_info: Registration


class SubscriptionOfProfile(SubscriptionRow):
    db_id: int
    profile_id: str
    xxh: str = Field(alias="_xxh")
    hash_id: str


class SubscriptionPage(Reply[list[SubscriptionOfProfile]]):
    next_from_id: str


@router.post(
    "/set",
    responses=refuses(refusals.ObjectNotFound, refusals.ProfileNotFound, refusals.InvalidField),
)
async def add_or_edit_subscription(call: EditCall, body: SubscriptionToSet) -> Code:
    """Add a subscription to a profile, or change the one with this resource, channel and address.

    https://guides.altcraft.com/en/developer-guide/profiles/subscriptions/2195519
    """
    database = find(call, Database, body.db_id, "database")
    resource = find(call, Resource, body.resource_id, "resource")
    resources = {resource.id: resource}
    said = Drafting(database, resources).subscription(body.said())
    draft = Draft(by_id(body.profile_id), subscriptions=[said])
    write_profile(call.turn, Writing(database, resources, "update", is_silent=body.skip_triggers), draft)
    return Code()


@router.post("/list", responses=refuses(refusals.ObjectNotFound, refusals.ProfileNotFound))
async def get_all_profile_subscriptions(call: ViewCall, body: ProfileById) -> Reply[list[SubscriptionRow]]:
    """Return the subscriptions of a profile that are not deleted, the oldest first.

    https://guides.altcraft.com/en/developer-guide/profiles/subscriptions/2195522
    """
    profile_id = _profile_of(call, body)
    statement = (
        select(Subscription)
        .where(Subscription.profile_id == profile_id, col(Subscription.is_deleted).is_(False))
        .where(among(Subscription.resource_id, list(seen_resources(call))))
        .order_by(col(Subscription.id))
    )
    return Reply(data=[SubscriptionRow.model_validate(flat(one)) for one in call.db.exec(statement)])


class SubscriptionsOfResource(Asking):
    resource_id: Int64
    db_id: Int64 | None = Field(None, description="Database id")
    channel: Channel | None = None
    status: Status | None = Field(None, description="Name or number")
    from_id: str = Field("", description="`next_from_id` of the page before")
    limit: Limit = Field(1000)


@router.post("/list_all", responses=refuses(refusals.ObjectNotFound))
async def get_all_subscriptions_from_multiple_profiles(
    call: ListCall, body: SubscriptionsOfResource
) -> SubscriptionPage:
    """Page through the subscriptions to a resource that are not deleted, the oldest first.

    https://guides.altcraft.com/en/developer-guide/profiles/subscriptions/2195524
    """
    resource = find(call, Resource, body.resource_id, "resource")
    place = {
        "resource": resource.id,
        "databases": _json_of_databases(call, body.db_id),
        "channel": body.channel,
        "status": body.status,
        "after": row_of(body.from_id),
        "limit": body.limit,
    }
    ids = [number for (number,) in look_up(call.db, _PAGE, place)]
    rows = [SubscriptionOfProfile.model_validate(one) for one in _with_profiles(call, ids)]
    return SubscriptionPage(data=rows, next_from_id=cursor(ids[-1]) if ids else body.from_id)


def _json_of_databases(call: Call, db_id: int | None) -> str | None:
    """Return the databases whose subscriptions are listed, as JSON; None for all. Raises ObjectNotFound."""
    if db_id is not None:
        return json_text([find(call, Database, db_id, "database").id])
    if call.grant.groups is None:
        return None
    return json_text([one.id for one in seen(call, call.db.exec(select(Database)))])


def _with_profiles(call: Call, ids: Sequence[int]) -> list[dict[str, Any]]:
    """Return subscriptions in the order of their ids, each with the ids of its profile."""
    statement = (
        select(Subscription, Profile.xxh)
        .join(Profile, col(Profile.id) == Subscription.profile_id)
        .where(among(Subscription.id, ids))
        .order_by(col(Subscription.id))
    )
    return [
        {"db_id": one.database_id, "profile_id": one.profile_id, "_xxh": xxh, "hash_id": one.hash_id}
        | flat(one)
        for one, xxh in call.db.exec(statement)
    ]


@router.post("/get", responses=NOT_FOUND)
async def get_profile_subscription(
    call: ViewCall, body: SubscriptionByAddress
) -> Reply[SubscriptionInformation]:
    """Return a subscription with its hash and its registration, a deleted one, too.

    https://guides.altcraft.com/en/developer-guide/profiles/subscriptions/2195527
    """
    subscription = _subscription_of(call, body)
    return Reply(data=SubscriptionInformation.model_validate(flat(subscription) | registered(subscription)))


@router.post("/delete", responses=NOT_FOUND)
async def delete_profile_subscription(call: EditCall, body: SubscriptionByAddress) -> Code:
    """Mark a subscription as deleted; it stays, and can be restored.

    https://guides.altcraft.com/en/developer-guide/profiles/subscriptions/2195529
    """
    call.turn.store.execute(_DELETE, (True, _subscription_of(call, body).id))
    return Code()


@router.post("/undelete", responses=NOT_FOUND)
async def restore_deleted_subscription(call: EditCall, body: SubscriptionByAddress) -> Code:
    """Restore a subscription that was deleted, with the status that it had.

    https://guides.altcraft.com/en/developer-guide/profiles/subscriptions/2195531
    """
    call.turn.store.execute(_DELETE, (False, _subscription_of(call, body).id))
    return Code()


def _profile_of(call: Call, body: ProfileById) -> str:
    """Return the id of the profile that a request names. Raises ObjectNotFound and ProfileNotFound."""
    database = find(call, Database, body.db_id, "database")
    return find_one(call.db, database.id, by_id(body.profile_id))


def _subscription_of(call: Call, body: SubscriptionByAddress) -> Subscription:
    """Return the subscription that a request names. Raises AltcraftError."""
    said = body.said()
    profile_id = _profile_of(call, body)
    resource = find(call, Resource, body.resource_id, "resource")
    try:
        address, provider = address_of(said, body.channel)
    except refusals.InvalidField as problem:
        name = ADDRESS.get(body.channel, "cc_data")
        raise refusals.IncorrectRequest(
            name, "wrong address" if name in said else "Field required"
        ) from problem
    statement = select(Subscription).where(
        Subscription.profile_id == profile_id,
        Subscription.resource_id == resource.id,
        Subscription.channel == body.channel,
        Subscription.address == address,
    )
    found = call.db.exec(statement).first()
    if found is None or provider not in {"", found.provider}:
        raise refusals.SubscriptionNotFound(body.channel, address)
    return found


class ManySubscriptions(Asking):
    db_id: Int64 = Field(description="Database id")
    channel: Channel | None = Field(None, description="All channels where it is left out")
    resource_id: Int64 | None = Field(None, description="All resources where it is left out")


class Updated(Code):
    updated: int


@router.post("/suspend_all", responses=refuses(refusals.ObjectNotFound))
async def suspend_all_subscriptions(call: ManyCall, body: ManySubscriptions) -> Updated:
    """Suspend the subscribed subscriptions of a database, optionally of one channel or resource.

    https://guides.altcraft.com/en/developer-guide/profiles/subscriptions/2195533
    """
    return Updated(updated=_move(call, body, SUBSCRIBED, SUSPENDED))


@router.post("/unsuspend_all", responses=refuses(refusals.ObjectNotFound))
async def unsuspend_all_suspended_subscriptions(call: ManyCall, body: ManySubscriptions) -> Updated:
    """Resubscribe the suspended subscriptions of a database, optionally of one channel or resource.

    https://guides.altcraft.com/en/developer-guide/profiles/subscriptions/2195539
    """
    return Updated(updated=_move(call, body, SUSPENDED, SUBSCRIBED))


def _move(call: Call, body: ManySubscriptions, old: int, new: int) -> int:
    """Change the status `old` of all wanted subscriptions to `new`; return how many changed."""
    database = find(call, Database, body.db_id, "database")
    named = [] if body.resource_id is None else [find(call, Resource, body.resource_id, "resource").id]
    place = {
        "database": database.id,
        "resources": json_text(named or list(seen_resources(call))),
        "channel": body.channel,
        "old": old,
        "new": new,
    }
    moved = [number for (number,) in call.turn.store.execute(_MOVE, place)]
    tell_of_statuses(call.turn, moved)
    return len(moved)


# Goes through the index of resource and id, so that a page costs the same wherever it is in the list.
_PAGE = """
    SELECT id FROM altcraft_subscription
    WHERE resource_id = :resource AND id > :after AND NOT is_deleted
    AND (:databases IS NULL OR database_id IN (SELECT value FROM json_each(:databases)))
    AND (:channel IS NULL OR channel = :channel) AND (:status IS NULL OR status = :status)
    ORDER BY id LIMIT :limit
"""
_DELETE = "UPDATE altcraft_subscription SET is_deleted = ? WHERE id = ?"
_MOVE = """
    UPDATE altcraft_subscription SET status = :new
    WHERE resource_id IN (SELECT value FROM json_each(:resources)) AND database_id = :database
    AND status = :old AND NOT is_deleted AND (:channel IS NULL OR channel = :channel) RETURNING id
"""
