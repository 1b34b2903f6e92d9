"""Waiting for a request, a message in a status, or a webhook delivery.

Each kind of things to wait for has a field of `Wanting`, with its criteria, and a `Watch` in `WATCHES`.
"""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, SerializeAsAny, model_validator

from emulator.control.messages import MessageFilters, MessageWatch
from emulator.control.values import Duration, Wanted, Whole, limited
from emulator.control.watching import RequestWatch, TheScene, Watch, watch
from emulator.control.webhooks import DeliveryFilters, DeliveryWatch
from emulator.engine.clock import MINUTE
from emulator.faults.matching import Criteria

LONGEST_WAIT = 5 * MINUTE

WATCHES: Mapping[str, type[Watch]] = {
    "request": RequestWatch,
    "message": MessageWatch,
    "delivery": DeliveryWatch,
}
"""The class that waits for each kind, by the name of its field."""


class Wanting(Wanted):
    """What to wait for: one of the kinds, how many of it, and for how long."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"request": {"operation": "POST /v1/campaigns", "status": 200}, "count": 1, "timeout": "5s"}
            ]
        }
    )

    request: Criteria | None = Field(None, description="Requests received, before the call or during it")
    message: MessageFilters | None = Field(None, description="Messages that are, or were, in a status")
    delivery: DeliveryFilters | None = Field(None, description="Deliveries of webhooks")
    count: Annotated[Whole, Field(ge=1, le=1_000_000)] = Field(1, description="How many of them")
    timeout: Duration = Field("5s", description="In the machine's time; up to 5m")

    @model_validator(mode="after")
    def _is_about_one_kind(self) -> "Wanting":
        if sum(getattr(self, name) is not None for name in WATCHES) != 1:
            raise ValueError(f"say one of {', '.join(WATCHES)}, and no other")
        if self.message is not None and self.message.latest and self.count > 1:
            raise ValueError("the latest is one message: say count or latest")
        return self

    @property
    def kind(self) -> str:
        return next(name for name in WATCHES if getattr(self, name) is not None)


class Waited(BaseModel):
    """The result of waiting."""

    met: bool = Field(description="Whether `count` of them came in time")
    matched: list[SerializeAsAny[BaseModel]] = Field(
        description="The latest 100 of those that match, or `count` if that is more, the oldest first"
    )
    arrived: list[SerializeAsAny[BaseModel]] = Field(
        description="Where too few came, what came instead, the closest first, and what it misses"
    )
    waited_ms: int = Field(description="How long it took, in the machine's time")


router = APIRouter(prefix="/_emulator/wait", tags=["Requests"])


@router.post("", summary="Wait for something to come")
async def wait(wanted: Wanting, scene: TheScene) -> Waited:
    """Return as soon as `count` of them match, those from before the call included, or at the timeout."""
    things = WATCHES[wanted.kind](scene, getattr(wanted, wanted.kind), wanted.kind, wanted.count)
    length = limited("timeout", wanted.timeout, LONGEST_WAIT)

    async def is_met() -> bool:
        return await things.look() >= wanted.count

    waited, met = await watch(scene, is_met, length), await is_met()
    arrived = [] if met else await things.arrived()
    return Waited(met=met, matched=await things.matched(), arrived=arrived, waited_ms=waited)
