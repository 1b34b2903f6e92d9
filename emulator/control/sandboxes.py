"""Sandboxes: isolated worlds; the credential of a client's request chooses one."""

import shlex
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any, Literal

from fastapi import APIRouter
from fastapi import Path as UrlPath
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)
from sqlmodel import func, select

from emulator.control.clock import ClockState, clock_state
from emulator.control.entries import UnclaimedCount, count_unclaimed
from emulator.control.environment import environment_of
from emulator.control.problems import Problem
from emulator.control.values import (
    Chosen,
    Length,
    Name,
    Number,
    Origin,
    PlainNumber,
    Providers,
    TheWorld,
    Wanted,
    duration_of,
    free_sandbox,
    invalid,
    milliseconds,
    provider_named,
)
from emulator.engine.clock import MAX_SPEED, NO_CLOCK, BeginningError, Mode, iso_millis
from emulator.engine.firing import Firing
from emulator.providers import Provider
from emulator.sandbox.fixtures import FixtureError
from emulator.sandbox.sandbox import Sandbox
from emulator.sandbox.world import DEFAULT_SANDBOX, World
from emulator.sending.messages import Message


def _mode(value: Any, validate: ValidatorFunctionWrapHandler) -> Any:
    try:
        return validate(value)
    except ValidationError:
        raise ValueError(NO_CLOCK) from None


FixtureSet = Literal["empty", "demo"]
Speed = Annotated[float, Field(gt=0, le=MAX_SPEED, allow_inf_nan=False), PlainNumber]
SandboxName = Annotated[str, UrlPath(examples=[DEFAULT_SANDBOX])]


class NewSandbox(Wanted):
    """The settings of a sandbox to create. Every field has a default."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"name": "checkout", "clock": "frozen", "at": "now", "fixtures": "empty"}]
        }
    )

    name: Name | None = Field(None, description="Its name; made up where none is given")
    seed: Number | None = Field(
        None, description="The seed of its ids; by default one that no other sandbox has"
    )
    clock: Annotated[Literal["real", "frozen"] | Speed | None, WrapValidator(_mode)] = Field(
        None, description="How its clock runs at first; by default as the emulator's"
    )
    at: Annotated[str, StringConstraints(strict=True, max_length=100)] | None = Field(
        None,
        description="Where a clock that is not real begins, at first and after each reset: `now` (when it is "
        "made), `epoch` (2026-03-15T14:30:00Z), or an instant; by default as the emulator's",
        examples=["now", "epoch", "2026-05-01T00:00:00Z"],
    )
    expires_after: Length | None = Field(None, description="Delete it once nobody used it for so long")
    fixtures: FixtureSet | None = Field(
        None,
        description="The accounts that it begins with: `empty` ones, in which nothing has happened, or those "
        "of `demo`, with a campaign in every state; by default the emulator's",
    )
    webhook_timestamp: Literal["machine", "sandbox"] | None = Field(
        None,
        description="The clock that dates AutoSend's webhooks; by default as the emulator says. "
        "Receivers compare the date with their own clock",
    )


class Reset(Wanted):
    """What changes with a reset."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"seed": 7}]})

    seed: Number | None = Field(None, description="Another seed of its ids; by default it keeps its own")


class AccountAccess(BaseModel):
    """The address and the credentials of a provider's account in a sandbox."""

    base_url: str = Field(examples=["http://127.0.0.1:4610/v1"])
    credentials: list[str] = Field(
        description="Those that a client can use, the usual one first", examples=[["AS_0f1e2d3c4b5a69788796"]]
    )


class SandboxSummary(BaseModel):
    """The summary of a sandbox."""

    name: str = Field(examples=["checkout"])
    seed: int
    now: str = Field(examples=["2026-03-15T14:30:00.000Z"])
    clock: Mode = Field(examples=["frozen"])
    begins_at: str | None = Field(
        description="Where the clock begins, at first and after each reset; null for the machine's time"
    )
    fixtures: FixtureSet | None = Field(
        examples=["empty"],
        description="The set that it begins with; null for accounts of the emulator's own folder",
    )
    requests: int = Field(description="How many requests its journal holds")
    failed_events: int = Field(description="How many due events crashed: see /_emulator/clock/failed")
    made_at: str | None = Field(description="When it was made, in the machine's time; null for the default")
    expires_after: str | None = Field(examples=["1h"])


class SandboxDetail(SandboxSummary):
    """A sandbox, with the addresses and credentials that clients need to reach it."""

    access: dict[str, AccountAccess] = Field(description="By provider")
    environment: dict[str, str] = Field(description="What to set in a client's environment")
    environment_block: str = Field(description="The same, to paste into a shell")
    clock_state: ClockState
    last_message: int | None = Field(description="The id of its latest message; null where it has none")
    url: str | None = Field(
        examples=["http://emulator-0.emulator:4610"],
        description="The public URL of the emulator that has it: in a fleet, no other replica knows it. Null "
        "where the emulator has none",
    )


class SandboxList(BaseModel):
    total: int
    sandboxes: list[SandboxSummary]
    unclaimed: UnclaimedCount


RCS = """\
id: 7
keys: [live_a]
currency: EUR
money: 50
pace: 20
tariffs:
  - code: 9
    name: Main
    default: true
    prices: [{prefix: "", text: 0.1, card: 0.12, carousel: 0.15, sms: 0.1}]
"""


class Fixtures(Wanted):
    """The accounts that a sandbox begins with, in place of those of the fixture files."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"seed": 7, "fixtures": {"rcs": RCS}}]})

    fixtures: dict[str, Annotated[str, StringConstraints(max_length=1024 * 1024)]] = Field(
        {}, description="The text of `account.yaml` by provider; others get that of the sandbox's set"
    )
    seed: Number | None = Field(None, description="Another seed of its ids; by default it keeps its own")


router = APIRouter(prefix="/_emulator", tags=["Sandboxes"])


@router.post("/sandboxes", summary="Make a sandbox", status_code=201)
async def create_sandbox(
    origin: Origin, world: TheWorld, providers: Providers, wanted: NewSandbox | None = None
) -> SandboxDetail:
    """Create a fresh sandbox with credentials of its own; return them, and how to use them."""
    wanted = wanted or NewSandbox()
    try:
        sandbox = await world.create(
            wanted.name,
            seed=wanted.seed,
            clock=None if wanted.clock is None else str(wanted.clock),
            at=wanted.at,
            expires_after=None if wanted.expires_after is None else milliseconds(wanted.expires_after),
            webhook_timestamp=wanted.webhook_timestamp,
            fixtures=wanted.fixtures,
        )
    except BeginningError as error:
        raise invalid("at", str(error)) from error
    return _detail(sandbox, world, providers, origin)


@router.get("/sandboxes", summary="List the sandboxes")
async def list_sandboxes(world: TheWorld) -> SandboxList:
    """Return the summaries of all sandboxes, the default one first."""
    listed = [SandboxSummary(**_summary(sandbox, world)) for sandbox in world.sandboxes.values()]
    return SandboxList(total=len(listed), sandboxes=listed, unclaimed=count_unclaimed(world.unclaimed))


@router.get("/sandboxes/{name}", summary="Inspect a sandbox")
async def inspect_sandbox(
    name: SandboxName, origin: Origin, world: TheWorld, providers: Providers
) -> SandboxDetail:
    """Return a sandbox with its credentials and clock."""
    return _detail(await free_sandbox(world, name), world, providers, origin)


@router.delete("/sandboxes/{name}", summary="Delete a sandbox", status_code=204)
async def delete_sandbox(name: SandboxName, world: TheWorld) -> None:
    """Delete a sandbox; its credentials are no longer accepted."""
    sandbox = await free_sandbox(world, name)
    if sandbox is world.default:
        raise Problem(409, "The default sandbox stays; reset it instead.")
    await world.delete(sandbox)


@router.post("/reset", summary="Reset a sandbox")
async def reset(
    origin: Origin,
    world: TheWorld,
    providers: Providers,
    sandbox: Chosen,
    wanted: Reset | None = None,
) -> SandboxDetail:
    """Reset a sandbox to what it was when it was new: data, ids, clock, rules and journal."""
    await world.reset(sandbox, None if wanted is None else wanted.seed)
    return _detail(sandbox, world, providers, origin)


@router.post("/seed", summary="Fill a sandbox with other accounts")
async def seed(
    wanted: Fixtures, origin: Origin, world: TheWorld, providers: Providers, sandbox: Chosen
) -> SandboxDetail:
    """Fill a sandbox anew with the given accounts, now and at every later reset."""
    for name in wanted.fixtures:
        provider_named(providers, name, f"fixtures.{name}")
    with TemporaryDirectory() as place:
        folder = Path(place)
        for name, text in wanted.fixtures.items():
            (folder / name).mkdir()
            (folder / name / "account.yaml").write_bytes(text.encode("utf-8", "surrogatepass"))
        try:
            await world.seed(sandbox, folder, wanted.seed)
        except FixtureError as error:
            raise invalid("fixtures", str(error).replace(f"{folder}/", "")) from error
    return _detail(sandbox, world, providers, origin)


def _summary(sandbox: Sandbox, world: World) -> dict[str, Any]:
    plan = sandbox.plan
    return {
        "name": sandbox.name,
        "seed": sandbox.plan.seed,
        "now": iso_millis(sandbox.clock.now()),
        "clock": sandbox.clock.mode,
        "begins_at": iso_millis(plan.begins_at) if plan.begins_at is not None else None,
        "fixtures": world.fixtures_of(sandbox),
        "requests": len(sandbox.journal),
        "failed_events": sandbox.failed,
        "made_at": iso_millis(plan.made_at) if plan.made_at else None,
        "expires_after": None if plan.expires_after is None else duration_of(plan.expires_after),
    }


def _detail(sandbox: Sandbox, world: World, providers: Sequence[Provider], origin: str) -> SandboxDetail:
    access = {}
    environment = environment_of(sandbox, providers, origin)
    with sandbox.turn() as turn:
        for provider in providers:
            credentials = [credential for credential, _ in provider.credentials(turn.session)]
            base_url = origin + provider.base_path
            access[provider.name] = AccountAccess(base_url=base_url, credentials=credentials)
        last_message = turn.session.exec(select(func.max(Message.id))).one()
    lines = (f"export {name}={shlex.quote(value)}\n" for name, value in environment.items())
    return SandboxDetail(
        **_summary(sandbox, world),
        access=access,
        environment=environment,
        environment_block="".join(lines),
        clock_state=clock_state(sandbox, providers, Firing()),
        last_message=last_message,
        url=world.public_url,
    )
