"""The push subscription of a device: subscribe, change its token, take it over, look at it.

https://github.com/altcraft/android-sdk and https://github.com/altcraft/ios-sdk
"""

from collections.abc import Collection, Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import Field

from emulator.altcraft import devices
from emulator.altcraft.api.mobile_sdk.answers import (
    READS,
    WRITES,
    Answer,
    MatchingMode,
    Provider,
    ReadCall,
    SyncFlag,
    WriteCall,
    answer_of,
    needed,
    whom_of,
)
from emulator.altcraft.devices import Device
from emulator.altcraft.models import Body
from emulator.altcraft.values import Flag, Integer, Listed, Name
from emulator.gateway.route import OperationRoute

router = APIRouter(prefix="/subscription/push", tags=["Mobile SDK"], route_class=OperationRoute)


class CategoryChoice(Body):
    name: Name
    active: Flag = True


class SubscriptionOfDevice(Body):
    subscription_id: Name | None = Field(None, description="Token of the device")
    provider: Name | None = None


class WrittenSubscription(SubscriptionOfDevice):
    status: Literal["subscribed", "suspended", "unsubscribed"] | None = None
    fields: dict[str, Any] = {}
    cats: Listed[CategoryChoice] | None = Field(None, description="Only those that are named change")


class Subscribing(Body):
    time: Integer | None = Field(None, description="Unix seconds of the app")
    subscription_id: Name | None = Field(None, description="Token of the device")
    subscription: WrittenSubscription = WrittenSubscription()
    profile_fields: dict[str, Any] = Field({}, description="Fields of the database; may have an `action`")
    replace: Flag = Field(False, description="Whether other profiles with this token are unsubscribed")
    skip_triggers: Flag = Field(False, description="Whether nothing is started by the change")

    @classmethod
    def without_effect(cls, content: Mapping[str, Any]) -> Collection[str]:  # noqa: ARG003 -- a contract's
        return ("time",)


@router.post("/subscribe/", responses=WRITES)
async def sdk_subscribe(
    call: WriteCall,
    body: Subscribing,
    provider: Provider = "",
    matching_mode: MatchingMode = "",
    *,
    sync: SyncFlag = True,
) -> Answer:
    """Write the subscription of a device to the resource, and fields of its profile, which may be new.

    https://github.com/altcraft/android-sdk
    """
    written = body.subscription
    device = Device(
        needed("provider", written.provider, provider),
        needed("subscription_id", written.subscription_id, body.subscription_id),
    )
    whom = whom_of(call, matching_mode, device)
    said = {
        "provider": device.provider,
        "subscription_id": device.token,
        "status": written.status,
        "fields": written.fields,
        "cats": None if written.cats is None else {one.name: one.active for one in written.cats},
        "profile_fields": body.profile_fields,
        "replace": body.replace,
        "skip_triggers": body.skip_triggers,
    }
    if not sync:
        devices.later(call.turn, "subscribe", whom, said)
        return Answer()
    return answer_of(call, devices.subscribe(call.turn, whom, said), device)


class TokenChange(Body):
    old_token: Name | None = None
    old_provider: Name | None = None
    new_token: Name
    new_provider: Name | None = None


@router.post("/update/", responses=WRITES)
async def sdk_token_update(
    call: WriteCall,
    body: TokenChange,
    provider: Provider = "",
    subscription_id: Annotated[str, Query(description="The old token")] = "",
    *,
    sync: SyncFlag = True,
) -> Answer:
    """Give the subscription of a device its new token; it stays the same subscription.

    https://github.com/altcraft/android-sdk
    """
    new = Device(needed("new_provider", body.new_provider, provider), body.new_token)
    token = body.old_token or subscription_id
    old = Device(body.old_provider or new.provider, token) if token else None
    whom, said = whom_of(call, "", old or new), {"old": old, "new": new}
    if not sync:
        devices.later(call.turn, "change_token", whom, said)
        return Answer()
    return answer_of(call, devices.change_token(call.turn, whom, said), new)


class Unsuspending(Body):
    subscription: SubscriptionOfDevice = SubscriptionOfDevice()
    replace: Flag = Field(True, description="Whether other profiles with this token are suspended")


@router.post("/unsuspend/", responses=WRITES)
async def sdk_unsuspend(
    call: WriteCall,
    body: Unsuspending,
    provider: Provider = "",
    subscription_id: Annotated[str, Query(description="Token of the device")] = "",
) -> Answer:
    """Suspend the subscriptions that others have with a device, and subscribe the profile's own again.

    https://github.com/altcraft/android-sdk
    """
    device = Device(
        needed("provider", body.subscription.provider, provider),
        needed("subscription_id", body.subscription.subscription_id, subscription_id),
    )
    said = {"provider": device.provider, "subscription_id": device.token, "replace": body.replace}
    return answer_of(call, devices.unsuspend(call.turn, whom_of(call, "", device), said), device)


@router.get("/status/", responses=READS)
async def sdk_subscription_status(
    call: ReadCall,
    matching_mode: MatchingMode = "",
    provider: Provider = "",
    subscription_id: Annotated[str, Query(description="Token; the newest of the provider without")] = "",
) -> Answer:
    """Return a profile with a subscription: the newest, the newest of a provider, or that of a device.

    https://github.com/altcraft/android-sdk
    """
    device = Device(provider, subscription_id)
    whom = whom_of(call, matching_mode, device if provider and subscription_id else None)
    return answer_of(call, devices.find(call.db, whom) if whom.is_somebody else None, device)
