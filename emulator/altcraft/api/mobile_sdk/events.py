"""Events in an app. Each counts as a goal of a pixel, and may bring fields of the profile.

https://github.com/altcraft/android-sdk. The request is a form in several parts, some of which are JSON.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import AfterValidator, BeforeValidator, Field
from sqlmodel import select

from emulator.altcraft import devices, pushes, refusals
from emulator.altcraft.api.mobile_sdk.answers import WRITES, Answer, answer_of, whom_of
from emulator.altcraft.devices import Found, Whom
from emulator.altcraft.dialect import Call, Policy
from emulator.altcraft.models import Body
from emulator.altcraft.people.changes import Change, record
from emulator.altcraft.people.drafts import address_of, channel_of, resource_number
from emulator.altcraft.people.goals import check_size, reached, read_goal
from emulator.altcraft.tables.mailings import Sent
from emulator.altcraft.tables.people import Database, Pixel, Profile, Resource
from emulator.altcraft.values import Text, Words
from emulator.gateway.json_bodies import decoded
from emulator.gateway.policy import MEBIBYTE
from emulator.gateway.route import OperationRoute
from emulator.storage.session import look_up
from emulator.storage.sqlite import json_text

router = APIRouter(prefix="/event", tags=["Mobile SDK"], route_class=OperationRoute)

EventCall = Annotated[
    Call,
    Policy(
        opened_by="subscriber",
        errors="sdk",
        deduplicated="by id",
        takes_parts=True,
        body_limit=MEBIBYTE,
    ),
]


NUMBER = re.compile("[0-9]{1,18}")
"""The ids of pixels that are numbers; others have letters."""


def _from_text(value: object) -> object:
    """Return a part of the form, decoded if it is JSON text. Raises ValueError."""
    return decoded(value) if isinstance(value, str) else value


def _flat(value: dict[str, Any]) -> dict[str, Any]:
    if any(isinstance(one, dict | list) for one in value.values()):
        raise ValueError("must be flat")
    check_size(value)
    return value


def _message_id(value: object) -> object:
    """Return the id of a message, given as a text, as JSON text, or in an object."""
    try:
        value = _from_text(value)
    except ValueError:
        return value
    named = (value.get(name) for name in ("smid", "_uid", "uid")) if isinstance(value, dict) else ()
    return next((one for one in named if one), value)


Parsed = Annotated[dict[str, Any], BeforeValidator(_from_text, json_schema_input_type=dict[str, Any] | str)]
"""An object, or its JSON."""


class MobileEvent(Body):
    wn: Annotated[Words, AfterValidator(read_goal)] = Field(description="Name of the event")
    wd: Annotated[Parsed, AfterValidator(_flat)] = Field({}, description="Payload: plain values alone")
    t: Words | None = Field(None, description="Unix seconds of the app")
    tz: Words | None = Field(None, description="Time zone of the app")
    aci: Words | None = Field(None, description="Altcraft client id")
    mi: Annotated[Words | None, BeforeValidator(_message_id)] = Field(
        None, description="Id of the message that the event comes from"
    )
    ma: Parsed | None = Field(None, description="Match values: db_id, email, …")
    mm: Words | None = Field(None, description="How the profile is found")
    pf: Parsed = Field({}, description="Fields of the profile")
    sn: Parsed | None = Field(None, description="A subscription to add")
    cn: Text | None = Field(None, description="UTM campaign")
    cc: Text | None = Field(None, description="UTM content")
    ck: Text | None = Field(None, description="UTM keyword")
    cm: Text | None = Field(None, description="UTM medium")
    cs: Text | None = Field(None, description="UTM source")
    ct: Text | None = Field(None, description="UTM temp")

    def change(self, profile_id: str, pixel_id: str) -> Change:
        number = int(pixel_id) if NUMBER.fullmatch(pixel_id) else pixel_id
        about = self.said("wn", "wd", "ma", "mm", "pf", "sn")
        return reached(profile_id, self.wn, number, self.wd, about)


@router.post("/post", responses=WRITES)
async def sdk_mobile_event(
    call: EventCall,
    body: MobileEvent,
    i: Annotated[str, Query(description="Id of the pixel", min_length=1, max_length=1000)],
) -> Answer:
    """Record an event of an app as a goal of a profile, which may be new, with fields and a subscription.

    https://github.com/altcraft/android-sdk
    """
    found = _find(call, body)
    _check_pixel(call, i, found.database.id)
    if body.pf or body.sn or found.profile_id is None:
        subscriptions = [body.sn] if body.sn else []
        found = found._replace(profile_id=devices.write(call.turn, found, body.pf, subscriptions))
    record(call.turn, [body.change(found.existing(), i)])
    return answer_of(call, found)


def _check_pixel(call: Call, pixel_id: str, database_id: int) -> None:
    """Raise ObjectNotFound for a number that is no pixel of a database; other texts are not known here."""
    if NUMBER.fullmatch(pixel_id):
        pixel = call.db.get(Pixel, int(pixel_id))
        if pixel is None or pixel.database_id != database_id:
            raise refusals.ObjectNotFound("pixel", pixel_id)


def _find(call: Call, body: MobileEvent) -> Found:
    """Return the profile of an event: the first that one of the ways below finds, or a new one.

    The ways are match values, the token, the subscription, and the message. Raises AltcraftError.
    """
    ways = list(_ways(call, body))
    existing = next((found for found in ways if found.profile_id is not None), None)
    if existing is not None:
        return existing
    if body.ma is None and body.sn is None:
        if ways:
            ways[0].existing()
        raise refusals.IncorrectRequest("ma", "Field required")
    return next(found for found in ways if found.match is None) if body.ma is None else ways[0]


def _ways(call: Call, body: MobileEvent) -> Iterator[Found]:
    whom = whom_of(call, "")
    if body.ma is not None:
        usual = {"db_id": whom.matching.get("db_id")} if whom.matching else {}
        mode = {} if body.mm is None else {"matching": body.mm}
        yield devices.find(call.db, Whom(whom.resource_id, usual | body.ma | mode))
    if whom.matching is not None:
        yield devices.find(call.db, whom)
    if body.sn is not None:
        yield _by_subscription(call, body.sn, whom.matching or body.ma or {})
    if body.mi is not None:
        yield from _by_message(call, whom.resource_id, body.mi)


def _by_subscription(call: Call, said: Mapping[str, Any], matching: Mapping[str, Any]) -> Found:
    """Return the profile with a subscription, or the place of a new profile. Raises AltcraftError."""
    resource = call.db.get(Resource, resource_number(said))
    if resource is None or not resource.databases:
        raise refusals.InvalidField("subscriptions.resource_id", "resource not found")
    databases = [one for one in resource.databases if str(one) == str(matching.get("db_id", one))]
    if not databases:
        raise refusals.InvalidField("subscriptions.resource_id", "resource not found")
    channel = channel_of(said, resource)
    address, provider = address_of(said, channel)
    place = (json_text(databases), channel, address, resource.id, provider)
    found: dict[int, list[str]] = {}
    for profile_id, database_id in look_up(call.db, _SUBSCRIBED, place):
        found.setdefault(database_id, []).append(profile_id)
    first = next((one for one in databases if one in found), databases[0])
    ids = found.get(first, [])
    if len(ids) > 1:
        raise refusals.ManyProfilesMatch(f"{channel}={address}")
    return Found(resource, call.db.get_one(Database, first), None, ids[0] if ids else None)


def _by_message(call: Call, resource_id: int, smid: str) -> Iterator[Found]:
    """Yield the recipient of a push of the resource, if it is known."""
    push = pushes.find(call.db, smid)
    sent = call.db.get(Sent, push.message.id) if push and push.run.resource_id == resource_id else None
    profile = call.db.exec(select(Profile).where(Profile.id == sent.profile_id)).first() if sent else None
    if profile is not None:
        resource = call.db.get_one(Resource, resource_id)
        yield Found(resource, call.db.get_one(Database, profile.database_id), None, profile.id)


_SUBSCRIBED = """
    SELECT DISTINCT profile_id, database_id FROM altcraft_subscription
    WHERE database_id IN (SELECT value FROM json_each(?1)) AND channel = ?2 AND address = ?3
    AND resource_id = ?4 AND provider = ?5 AND NOT is_deleted
"""
