"""Reports that pushes were delivered or opened: by ids, or by a link that needs no credential.

https://guides.altcraft.com/en/developer-guide/application-push-notifications
"""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import ConfigDict, Field
from starlette.responses import PlainTextResponse

from emulator.altcraft import pushes, refusals
from emulator.altcraft.dialect import Call, Policy
from emulator.altcraft.models import Asking, Code, Model
from emulator.altcraft.pushes import Push, Told
from emulator.altcraft.tables.people import Resource
from emulator.altcraft.values import Int64, Words
from emulator.gateway.route import OperationRoute, refuses

router = APIRouter(
    prefix="/api/v1.1/pushes", tags=["Application push notifications"], route_class=OperationRoute
)

EventCall = Annotated[Call, Policy(right="profiles.edit", deduplicated="by id")]
LinkCall = Annotated[Call, Policy(opened_by="link", errors="text")]

BITS: tuple[tuple[int, Told], ...] = ((1, "delivered"), (2, "opened"))
"""The status that each bit of `events` reports."""


class PushEvents(Asking):
    events: Annotated[Int64, Field(ge=1, le=3)] = Field(description="1 delivered, 2 opened, 3 both")
    uid: Words = Field(description="`_uid` of the push, which says all that is below; or another id of it")
    launch_id: Int64 | None = None
    provider: Words | None = None
    subscription_id: Words | None = None


@router.post("/post_events", responses=refuses(refusals.ObjectNotFound, refusals.WrongState))
async def add_app_push_events(call: EventCall, body: PushEvents) -> Code:
    """Report that a push was delivered, opened, or both.

    https://guides.altcraft.com/en/developer-guide/application-push-notifications/2196102
    """
    push = pushes.find(call.db, body.uid)
    if not pushes.is_whole(body.uid):
        push = _meant(push, body)
    if push is None or not call.grant.sees(call.db.get_one(Resource, push.run.resource_id).groups):
        raise refusals.ObjectNotFound("message", body.uid)
    for bit, status in BITS:
        if body.events & bit:
            pushes.tell(call.turn, push, status)
    return Code()


def _meant(push: Push | None, body: PushEvents) -> Push | None:
    """Return the push if the request names its launch and its device, else None. Raises IncorrectRequest."""
    for name in ("launch_id", "provider", "subscription_id"):
        if getattr(body, name) is None:
            raise refusals.IncorrectRequest(name, "Field required")
    if push is None or push.run.job_id != body.launch_id:
        return None
    return push if push.is_of(str(body.provider), str(body.subscription_id)) else None


class LinkHash(Model):
    """The hash of a link. It is a parameter without a value, or the value of one without a name."""

    model_config = ConfigDict(extra="allow")


LINK: dict[str, Any] = {
    "name": "link",
    "in": "query",
    "description": "The hash, right behind the question mark: `?/2ab9…`",
    "schema": {"type": "object", "additionalProperties": {"type": "string"}},
}
"""The hash in OpenAPI: a parameter of any name. Swagger UI and other clients write it as `?/2ab9…=`."""


@router.get(
    "/crypto_post_events",
    response_class=PlainTextResponse,
    responses=refuses(refusals.UnknownLink, refusals.WrongState),
    openapi_extra={"parameters": [LINK]},
)
async def push_event_links(call: LinkCall, link: Annotated[LinkHash, Query()]) -> str:
    """Report by a link of a push that it was delivered or opened.

    https://guides.altcraft.com/en/user-guide/communication-channels/push/mobile-push/mobile-push-app-integration/49709440
    """
    found = pushes.linked(call.db, call.subscriber.resource_id, call.credential)
    if found is None:
        raise refusals.UnknownLink
    pushes.tell(call.turn, *found)
    return "OK"
