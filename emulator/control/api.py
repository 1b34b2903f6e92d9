"""The control plane and the health checks: what a test needs to steer the emulator."""

import re
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Annotated, Any

from fastapi import APIRouter, FastAPI, Query
from fastapi.exceptions import RequestValidationError
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from emulator.control import docs
from emulator.control.access import MAX_BODY
from emulator.control.problems import Problem
from emulator.control.requests import RequestList, request_list
from emulator.core.clock import DAY, HOUR, LATEST, MAX_SPEED, MINUTE, SECOND, Clock, from_datetime, iso_millis
from emulator.core.provider import Provider
from emulator.core.sandbox import Sandbox
from emulator.core.world import DEFAULT_SANDBOX, World

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]

UNITS = {"ms": 1, "s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY}
PIECE = re.compile(r"([0-9]+)(ms|s|m|h|d)")


def _duration(text: str) -> str:
    if not re.fullmatch(rf"(?:{PIECE.pattern})+", text) or milliseconds(text) > LATEST:
        raise ValueError("must be made of numbers and units, such as 500ms, 90s, 15m, 2h, 3d or 1d12h")
    return text


Duration = Annotated[str, Field(max_length=40, examples=["2m"]), AfterValidator(_duration)]


def milliseconds(duration: str) -> int:
    return sum(int(number) * UNITS[unit] for number, unit in PIECE.findall(duration))


def control_app(world: World, providers: Sequence[Provider], *, lifespan: Lifespan) -> FastAPI:
    """Make the application of the emulator's own pages."""
    app = FastAPI(
        title="Emulator control plane",
        description="Steers the emulator: its data, its clock, and what it has received.",
        version="1",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        max_body_size=MAX_BODY,
    )
    app.include_router(_health())
    app.include_router(_control(world))
    app.include_router(docs.pages(app, providers, world))
    app.add_exception_handler(Problem, _refuse)
    app.add_exception_handler(RequestValidationError, _refuse)
    app.add_exception_handler(HTTPException, _refuse)
    app.add_exception_handler(Exception, _crashed)
    return app


async def _refuse(request: Request, error: Exception) -> Response:
    match error:
        case Problem():
            return error.response()
        case RequestValidationError():
            errors = [
                {"field": _field(problem), "message": str(problem["msg"])} for problem in error.errors()
            ]
            return Problem(422, "The request is not valid; nothing was changed.", errors).response()
        case HTTPException(status_code=404):
            return Problem(
                404, f"Nothing is at {request.url.path}. The pages of the emulator: /docs"
            ).response()
        case HTTPException():
            return Problem(error.status_code, str(error.detail)).response()
    raise error


async def _crashed(request: Request, error: Exception) -> Response:
    return Problem(500, f"The emulator crashed on {request.url.path}; its log says where.").response()


def _field(problem: Any) -> str:
    return ".".join(str(part) for part in problem["loc"] if part not in {"body", "query", "path"}) or "body"


def _health() -> APIRouter:
    router = APIRouter(tags=["Health"])

    @router.head("/livez", include_in_schema=False)
    @router.get("/livez", summary="Is the process alive", response_class=PlainTextResponse)
    async def livez() -> str:
        """Answer `ok` as long as the process answers at all."""
        return "ok"

    @router.head("/readyz", include_in_schema=False)
    @router.get("/readyz", summary="Is the emulator ready", response_class=PlainTextResponse)
    async def readyz() -> str:
        """Answer `ok` once fixtures are loaded and requests are answered."""
        return "ok"

    return router


class ClockState(BaseModel):
    """Where a sandbox's clock stands."""

    now: str = Field(examples=["2026-03-15T14:30:00.000Z"])
    mode: str = Field(examples=["frozen"], description="`real`, `frozen` or `speed`")
    speed: float = Field(examples=[0.0], description="Virtual seconds in a real second; 0 when frozen")
    fired: int = Field(0, description="How many due events ran because of this request")


class ClockChange(BaseModel):
    """What to do to the clock: any of the fields, applied in this order."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"freeze": True, "advance": "2m"}]}
    )

    freeze: bool | None = Field(None, description="true stops the clock, false lets it run in real time")
    speed: float | None = Field(None, gt=0, le=MAX_SPEED, description="Virtual seconds in a real second")
    set: AwareDatetime | None = Field(None, description="The time to put the clock to")
    advance: Duration | None = Field(None, description="How far to move on: 500ms, 90s, 15m, 2h, 3d, 1d12h")

    @model_validator(mode="after")
    def _says_something(self) -> "ClockChange":
        if not self.model_fields_set:
            raise ValueError("say at least one of freeze, speed, set, advance")
        if self.freeze and self.speed is not None:
            raise ValueError("a frozen clock has no speed: say freeze or speed")
        return self

    def applied_to(self, clock: Clock) -> Clock:
        if self.freeze is not None:
            clock = clock.at_speed(0.0 if self.freeze else 1.0)
        if self.speed is not None:
            clock = clock.at_speed(self.speed)
        if self.set is not None:
            clock = clock.set_to(_instant(self.set))
        if self.advance is not None:
            clock = clock.set_to(min(clock.now() + milliseconds(self.advance), LATEST))
        return clock


def _instant(moment: AwareDatetime) -> int:
    try:
        return from_datetime(moment)
    except OverflowError as error:
        raise Problem(422, f"set: {error}") from error


class ResetDone(BaseModel):
    sandbox: str = Field(examples=["default"])
    now: str = Field(examples=["2026-03-15T14:30:00.000Z"])


SandboxName = Annotated[str, Query(description="The sandbox that it is about")]


def _control(world: World) -> APIRouter:
    router = APIRouter(prefix="/_emulator", tags=["Control"])

    @router.post("/reset", summary="Reset a sandbox")
    async def reset(sandbox: SandboxName = DEFAULT_SANDBOX) -> ResetDone:
        """Make the sandbox what it was when the emulator started: data, ids, clock and journal."""
        found = _sandbox(world, sandbox)
        world.reset(found)
        return ResetDone(sandbox=found.name, now=iso_millis(found.clock.now()))

    @router.get("/clock", summary="Read the clock")
    async def read_clock(sandbox: SandboxName = DEFAULT_SANDBOX) -> ClockState:
        """Answer what time it is in the sandbox, and how fast it passes."""
        found = _sandbox(world, sandbox)
        return _clock_state(found.clock, found.catch_up())

    @router.post("/clock", summary="Freeze, advance or set the clock")
    async def change_clock(change: ClockChange, sandbox: SandboxName = DEFAULT_SANDBOX) -> ClockState:
        """Change the sandbox's clock and run all that is due by its new time."""
        found = _sandbox(world, sandbox)
        clock = change.applied_to(found.clock)
        return _clock_state(clock, found.set_clock(clock))

    @router.get("/requests", summary="List the requests received")
    async def list_requests(
        sandbox: SandboxName = DEFAULT_SANDBOX,
        *,
        unclaimed: Annotated[bool, Query(description="Those whose credential belongs to no sandbox")] = False,
        limit: Annotated[int, Query(ge=1, le=10_000)] = 100,
    ) -> RequestList:
        """Answer the latest requests and their answers, oldest first, with the fields that nobody read."""
        found = _sandbox(world, sandbox)
        journal = world.unclaimed if unclaimed else found.journal
        return request_list(journal, limit, world.directory.credentials_of(found))

    return router


def _sandbox(world: World, name: str) -> Sandbox:
    sandbox = world.sandboxes.get(name)
    if sandbox is None:
        raise Problem(404, f"There is no sandbox {name!r}. There are: {', '.join(sorted(world.sandboxes))}")
    return sandbox


def _clock_state(clock: Clock, fired: int) -> ClockState:
    return ClockState(now=iso_millis(clock.now()), mode=clock.mode, speed=clock.speed, fired=fired)
