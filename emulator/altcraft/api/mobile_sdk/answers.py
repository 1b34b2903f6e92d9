"""The requests and responses that operations of the SDK share."""

import re
from typing import Annotated, Any

from fastapi import Query
from pydantic import BeforeValidator, Field
from sqlmodel import select

from emulator.altcraft import refusals
from emulator.altcraft.devices import Device, Found, Whom, mode_of, subscription_of
from emulator.altcraft.dialect import Call, Policy
from emulator.altcraft.models import Code, Model
from emulator.altcraft.people import fields
from emulator.altcraft.people.fields import FieldList
from emulator.altcraft.people.showing import with_values
from emulator.altcraft.tables.people import STATUSES, Profile, Resource, Subscription
from emulator.altcraft.values import is_none
from emulator.gateway.route import refuses

ReadCall = Annotated[Call, Policy(opened_by="subscriber", errors="sdk")]
WriteCall = Annotated[Call, Policy(opened_by="subscriber", errors="sdk", deduplicated="by id")]

READS = refuses(refusals.InvalidToken, refusals.ManyProfilesMatch)
WRITES = refuses(
    refusals.InvalidToken,
    refusals.ProfileNotFound,
    refusals.ManyProfilesMatch,
    refusals.AlreadyExists,
    refusals.IncorrectField,
    refusals.InvalidField,
)

YES, NO = frozenset({"true", "1"}), frozenset({"false", "0"})


def _flag(value: object) -> bool:
    word = str(value).lower()
    if word not in YES | NO:
        raise ValueError("Input should be a valid boolean")
    return word in YES


SyncFlag = Annotated[
    bool,
    BeforeValidator(_flag),
    Query(description="Whether it is done before the response; older apps send 1"),
]
MatchingMode = Annotated[
    str, Query(description="The mode in the token's claim `matching`; push_sub with a resource token")
]
Provider = Annotated[str, Query(description="Push provider: android-firebase, ios-apns, …")]


class Category(Model):
    name: str
    title: str
    steady: bool = False
    active: bool


class AppSubscription(Model):
    subscription_id: str
    hash_id: str
    provider: str
    status: str
    fields: dict[str, Any]
    cats: list[Category]


class AppProfile(Model):
    id: str
    status: str
    is_test: bool
    subscription: AppSubscription | None = Field(None, exclude_if=is_none)


class Answer(Code):
    """The response of the SDK's operations; `profile` is null if none is found, or the app does not wait."""

    error_text: str = ""
    profile: AppProfile | None = None


def whom_of(call: Call, matching_mode: str, device: Device | None = None) -> Whom:
    """Return the profile that a request means. Raises IncorrectRequest if it contradicts its token."""
    whom = Whom(call.subscriber.resource_id, call.subscriber.matching, device)
    if matching_mode and matching_mode != mode_of(call.db, whom):
        raise refusals.IncorrectRequest("matching_mode", "is not that of the token")
    return whom


def needed(name: str, *values: str | None) -> str:
    """Return the first of some values that says something. Raises IncorrectRequest."""
    value = next((one for one in values if one), None)
    if value is None:
        raise refusals.IncorrectRequest(name, "Field required")
    return value


def answer_of(call: Call, found: Found | None, device: Device | None = None) -> Answer:
    """Return the response for a profile, with the subscription of the device, or else the newest one."""
    if found is None or found.profile_id is None:
        return Answer()
    profile = call.db.exec(select(Profile).where(Profile.id == found.profile_id)).one()
    subscription = subscription_of(call.db, found, device)
    shown = AppProfile.of(
        profile,
        status=STATUSES[profile.status],
        subscription=subscription and _app_subscription(subscription, found.resource),
    )
    return Answer(profile=shown)


def _app_subscription(subscription: Subscription, resource: Resource) -> AppSubscription:
    return AppSubscription.of(
        subscription,
        subscription_id=subscription.address,
        status=STATUSES[subscription.status],
        fields=_with_versions(fields.of_resource(resource), with_values(subscription.fields)),
        cats=[
            Category(name=name, title=name, active=name in subscription.cats) for name in resource.categories
        ],
    )


def _with_versions(known: FieldList, stored: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a subscription, of which versions are objects: `{"raw": "14", "ver": [14]}`."""
    versions = {
        name: {"raw": stored[name], "ver": [int(part) for part in re.findall("[0-9]{1,9}", stored[name])]}
        for name, field in known.fields.items()
        if field.type == "version" and name in stored
    }
    return stored | versions
