"""Webhooks: the targets of providers' events, and the deliveries to them with their attempts."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from sqlalchemy import ColumnElement
from sqlmodel import and_, col, exists, func, or_, select

from emulator.control.deliveries import DeliveryInfo, State, delivery_info, delivery_infos
from emulator.control.problems import Problem
from emulator.control.pulled import EventList, events_of
from emulator.control.values import (
    Chosen,
    Number,
    Order,
    Providers,
    RowNumber,
    TheWorld,
    Wanted,
    Whole,
    check_provider,
    check_word,
    find_row,
    invalid,
    named_or_all,
    provider_named,
    shown,
)
from emulator.control.watching import MOST_SHOWN, Watch
from emulator.engine.engine import Turn
from emulator.providers import Provider
from emulator.sandbox.world import DEFAULT_SANDBOX, World
from emulator.webhooks.addresses import ForbiddenAddressError, check_url
from emulator.webhooks.events import GATHERING, SENDING, Delivery, attempt_at
from emulator.webhooks.removing import remove_target
from emulator.webhooks.targets import Target

MOST_TARGETS = 100


def _url(url: str) -> str:
    check_url(url)
    return url


Url = Annotated[str, Field(max_length=2000, examples=["http://127.0.0.1:9000/hooks"]), AfterValidator(_url)]


class NewTarget(Wanted):
    """A new target: an address that receives a provider's events."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"provider": "autosend", "url": "http://127.0.0.1:9000/hooks"}]}
    )

    provider: str = Field(examples=["autosend"])
    url: Url
    events: list[str] = Field([], description="The types that it wants; none means all")
    settings: dict[str, Any] = Field(
        {},
        description="Altcraft: `batch` (events in a request), `timeout` (seconds), `pattern` (of success). "
        "RCS: `field` of the account: `callback_url_for_rcs` gets events of RCS messages, `callback_url` of "
        "all others, either of all if the other is not set; without `field` of all. AutoSend: `disabled`, "
        "true for one that AutoSend has disabled",
    )


class TargetChange(Wanted):
    model_config = ConfigDict(json_schema_extra={"examples": [{"is_active": False}]})

    url: Url | None = None
    events: list[str] | None = None
    settings: dict[str, Any] | None = None
    is_active: bool | None = None


class TargetInfo(BaseModel):
    """A target: an address that receives a provider's events."""

    id: int
    provider: str
    url: str
    events: list[str]
    secret: str = Field(description="What its deliveries are signed with; empty where nothing is signed")
    settings: dict[str, Any]
    problem: str | None = Field(
        None, description="Why no response is a success: an earlier version accepted its settings"
    )
    is_active: bool = Field(description="Whether it gets events: it does not with `disabled` in its settings")
    failures: int = Field(description="Deliveries in a row that failed for good")
    last_success_at: str | None
    last_failed_at: str | None


class TargetList(BaseModel):
    total: int
    targets: list[TargetInfo]


class DeliveryList(BaseModel):
    total: int
    deliveries: list[DeliveryInfo]


class DeliveryFilters(Wanted):
    """The deliveries to match. A field that is left out matches any."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"provider": "autosend", "state": "failed"}]})

    provider: str | None = None
    type: str | None = Field(None, description="Of a batch, the type of any of its events")
    state: State | None = None
    target: Number | None = Field(None, description="The id of the target that they go to")

    def conditions(self) -> Iterator[Any]:
        if self.type is not None:
            yield or_(Delivery.type == self.type, _is_in_batch(self.type))
        columns = {"provider": "provider", "state": "state", "target": "target_id"}
        for name, column in columns.items():
            value = getattr(self, name)
            if value is not None:
                yield getattr(Delivery, column) == value


def _is_in_batch(type_: str) -> ColumnElement[bool]:
    """Return the SQL condition for batches with an event of a type."""
    told = func.json_each(col(Delivery.types)).table_valued("value")
    return and_(Delivery.events > 1, exists().where(told.c.value == type_))


def check_filters(providers: Sequence[Provider], criteria: DeliveryFilters, place: str = "") -> None:
    """Raise Problem for criteria that no delivery can ever meet, such as a misspelt word."""
    check_provider(providers, criteria.provider, f"{place}provider")
    hooks = [one.hooks for one in named_or_all(providers, criteria.provider)]
    known = (type_ for one in hooks for type_ in (*one.sent_types, *one.fetched_types))
    check_word(f"{place}type", criteria.type, known, "a type of deliveries there")


class DeliveryPage(DeliveryFilters):
    sandbox: str = Field(DEFAULT_SANDBOX, description="The name of the sandbox")
    after: Number = Field(0, description="Go on behind this delivery")
    order: Order = Field("oldest", description="Which come first")
    limit: Whole = Field(100, ge=1, le=1000)


class Replayed(BaseModel):
    replayed: int


router = APIRouter(prefix="/_emulator/webhooks", tags=["Webhooks"])


@router.get("/targets", summary="List the targets")
async def list_targets(sandbox: Chosen, providers: Providers) -> TargetList:
    """Return all webhook targets, of all providers."""
    with sandbox.turn() as turn:
        rows = turn.session.exec(select(Target).order_by(col(Target.id))).all()
        return TargetList(total=len(rows), targets=[_target(row, providers) for row in rows])


@router.post("/targets", summary="Add a target", status_code=201)
async def add_target(wanted: NewTarget, sandbox: Chosen, providers: Providers, world: TheWorld) -> TargetInfo:
    """Send a provider's events to an address from now on; return the secret that signs them."""
    provider = provider_named(providers, wanted.provider)
    _check_types(provider, wanted.events)
    _check_settings(provider, wanted.settings)
    _check_address(world, wanted.url)
    with sandbox.turn() as turn:
        if turn.session.exec(select(func.count()).select_from(Target)).one() >= MOST_TARGETS:
            raise Problem(409, f"There are {MOST_TARGETS} targets; delete some.")
        secret = provider.hooks.new_secret(turn)
        fields = wanted.model_dump()
        row = Target(
            **fields,
            id=turn.ids.number("webhook.target"),
            secret=secret,
            created_at=turn.now,
            updated_at=turn.now,
        )
        turn.session.add(row)
        return _target(row, providers)


@router.patch("/targets/{target_id}", summary="Change a target")
async def change_target(
    target_id: RowNumber, change: TargetChange, sandbox: Chosen, providers: Providers, world: TheWorld
) -> TargetInfo:
    """Change a target's address, events or settings, or switch it off and on.

    `is_active: true` also enables a target that its provider has disabled.
    """
    if change.url is not None:
        _check_address(world, change.url)
    with sandbox.turn() as turn:
        row = find_row(turn, Target, target_id, "webhook target")
        provider = provider_named(providers, row.provider)
        _check_types(provider, change.events or [])
        _check_settings(provider, change.settings or {})
        if change.is_active:
            row.activate()
        for name, value in change.model_dump(exclude_none=True, exclude={"settings"}).items():
            setattr(row, name, value)
        row.settings = row.settings | (change.settings or {})
        row.updated_at = turn.now
        return _target(row, providers)


@router.delete("/targets/{target_id}", summary="Delete a target", status_code=204)
async def delete_target(target_id: RowNumber, sandbox: Chosen) -> None:
    """Delete a target, and drop the deliveries that wait for it. The log of its deliveries stays."""
    with sandbox.turn() as turn:
        remove_target(turn, find_row(turn, Target, target_id, "webhook target"))


@router.get("/events", summary="Pull events")
async def pull_events(
    sandbox: Chosen,
    providers: Providers,
    provider: Annotated[str | None, Query(description="Of this provider alone")] = None,
    type: Annotated[str | None, Query(description="Of this type alone")] = None,  # noqa: A002 -- the parameter's name
    after: Annotated[Number, Query(description="Go on behind this event")] = 0,
    limit: Annotated[Whole, Query(ge=1, le=1000)] = 100,
) -> EventList:
    """Return the events that providers would send to webhooks, the oldest first. No target is needed."""
    check_provider(providers, provider)
    asked = named_or_all(providers, provider)
    check_word("type", type, (one for some in asked for one in some.hooks.types), "a type of events there")
    with sandbox.turn() as turn:
        return events_of(turn.session, asked, type, after, limit)


@router.get("/deliveries", summary="List the deliveries")
async def list_deliveries(
    filters: Annotated[DeliveryPage, Query()], sandbox: Chosen, providers: Providers
) -> DeliveryList:
    """Return deliveries with their attempts, the oldest or the newest first."""
    check_filters(providers, filters)
    conditions = [*filters.conditions(), col(Delivery.id) > filters.after]
    with sandbox.turn() as turn:
        total = turn.session.exec(select(func.count()).select_from(Delivery).where(*conditions)).one()
        place = col(Delivery.id) if filters.order == "oldest" else col(Delivery.id).desc()
        rows = turn.session.exec(select(Delivery).where(*conditions).order_by(place).limit(filters.limit))
        return DeliveryList(total=total, deliveries=delivery_infos(turn, rows.all()))


@router.get("/deliveries/{delivery_id}", summary="Inspect a delivery")
async def inspect_delivery(delivery_id: RowNumber, sandbox: Chosen) -> DeliveryInfo:
    """Return a delivery with its attempts: what was sent, and the client's responses."""
    with sandbox.turn() as turn:
        return delivery_info(turn, find_row(turn, Delivery, delivery_id, "delivery"))


@router.post("/deliveries/{delivery_id}/replay", summary="Replay a delivery")
async def replay_delivery(delivery_id: RowNumber, sandbox: Chosen, world: TheWorld) -> DeliveryInfo:
    """Send a delivery again, unchanged."""
    with sandbox.turn() as turn:
        row = find_row(turn, Delivery, delivery_id, "delivery")
        state = SENDING if row.id in world.courier.under_way(sandbox) else row.state
        if state in {SENDING, GATHERING}:
            raise Problem(409, f"Delivery {delivery_id} is {state}; replay it when that is over.")
        _replay(turn, row)
    with sandbox.usage.going_on():
        await world.courier.attempt_all(sandbox)
    with sandbox.turn() as turn:
        return delivery_info(turn, find_row(turn, Delivery, delivery_id, "delivery"))


@router.post("/replay", summary="Replay deliveries")
async def replay_deliveries(
    sandbox: Chosen, world: TheWorld, providers: Providers, filters: DeliveryFilters | None = None
) -> Replayed:
    """Send all deliveries again, or those that match the filters, in their order."""
    filters = filters or DeliveryFilters()
    check_filters(providers, filters)
    is_over = col(Delivery.state).not_in([SENDING, GATHERING])
    conditions = [is_over, col(Delivery.id).not_in(world.courier.under_way(sandbox)), *filters.conditions()]
    with sandbox.turn() as turn:
        rows = turn.session.exec(select(Delivery).where(*conditions).order_by(col(Delivery.id))).all()
        for row in rows:
            _replay(turn, row)
    if rows:
        with sandbox.usage.going_on():
            await world.courier.attempt_all(sandbox)
    return Replayed(replayed=len(rows))


class DeliveryWatch(Watch):
    """Waits for webhook deliveries."""

    criteria: DeliveryFilters
    check = staticmethod(check_filters)

    async def look(self) -> int:
        counted = select(func.count()).select_from(Delivery).where(*self.criteria.conditions())
        with self.scene.sandbox.turn() as turn:
            return turn.session.exec(counted).one()

    async def matched(self) -> list[DeliveryInfo]:
        return self._latest(self.most, *self.criteria.conditions())

    async def arrived(self) -> list[DeliveryInfo]:
        return self._latest(MOST_SHOWN)

    def _latest(self, most: int, *conditions: Any) -> list[DeliveryInfo]:
        latest = select(Delivery).where(*conditions).order_by(col(Delivery.id).desc()).limit(most)
        with self.scene.sandbox.turn() as turn:
            rows = turn.session.exec(latest).all()
            return delivery_infos(turn, rows[::-1])


def _replay(turn: Turn, row: Delivery) -> None:
    row.replayed_after = row.attempts
    attempt_at(turn, row, turn.now, as_made=True)


def _target(row: Target, providers: Providers) -> TargetInfo:
    more: dict[str, Any] = {"last_success_at": shown(row.last_success_at)}
    more["is_active"] = row.is_listening
    more["last_failed_at"] = shown(row.last_failed_at)
    try:
        provider_named(providers, row.provider).hooks.check_settings(row.settings)
    except ValueError as error:
        more["problem"] = str(error)
    return TargetInfo(**row.model_dump(include=set(TargetInfo.model_fields)) | more)


def _check_address(world: World, url: str) -> None:
    try:
        world.courier.check(url)
    except ForbiddenAddressError as error:
        raise invalid("url", str(error)) from error


def _check_types(provider: Provider, types: Sequence[str]) -> None:
    for place, type_ in enumerate(types):
        check_word(f"events.{place}", type_, provider.hooks.types, f"a type of events of {provider.title}")


def _check_settings(provider: Provider, settings: dict[str, Any]) -> None:
    for name in settings:
        if name not in provider.hooks.settings:
            known = ", ".join(provider.hooks.settings) or "nothing"
            raise invalid(f"settings.{name}", f"can not be set for {provider.name}; there is {known}")
    try:
        provider.hooks.check_settings(settings)
    except ValueError as error:
        raise invalid("settings", str(error)) from error
