"""One operation for each feature of FastAPI."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, BackgroundTasks, Cookie, Depends, Header, HTTPException, Query
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from emulator.autosend.api.senders import SenderNotFound
from emulator.autosend.dialect import Call, Policy
from emulator.autosend.models import Reply
from emulator.autosend.tables.account import Sender
from emulator.gateway.route import OperationRoute, refuses

router = APIRouter(prefix="/v1/features", tags=["Features"], route_class=OperationRoute)

done: list[str] = []
"""The side effects of the operations, in order."""


async def page_size(limit: Annotated[int, Query(ge=1)] = 20) -> int:
    return limit


async def opened() -> AsyncIterator[str]:
    done.append("opened")
    yield "door"
    done.append("closed")


async def refused() -> None:
    raise SenderNotFound


def added(call: Call, name: str) -> None:
    call.db.add(
        Sender(
            id=call.turn.ids.hex("autosend.sender"),
            project_id=call.project_id,
            email=f"{name}@example.com",
            name=name,
            reply_to="",
        )
    )


@router.get("/depends")
async def depends(size: Annotated[int, Depends(page_size)], door: Annotated[str, Depends(opened)]) -> Any:
    return {"size": size, "door": door}


async def colour(name: str, shade: Annotated[str, Query()] = "light") -> str:
    return f"{shade} {name}"


@router.get("/partial")
async def part(colour: Annotated[str, Depends(partial(colour, name="blue"))]) -> Any:
    return {"colour": colour}


@router.get("/refused", dependencies=[Depends(refused)], responses=refuses(SenderNotFound))
async def never_reached() -> None:
    done.append("reached")


@router.get("/links/{person}")
async def links(request: Request, person: str, name: str = "part", more: str | None = None) -> list[str]:
    beside = request.app.url_path_for(name, **({"more": more} if more else {}))
    return [str(request.url_for("links", person=person)), beside]


@router.get("/receipts/{number}.json")
async def receipt(number: int) -> int:
    return number


@router.get("/receipts/{receipt}")
async def whole_receipt(receipt: str) -> str:
    return receipt


@router.get("/header")
async def header(x_colour: Annotated[str, Header()], user: Annotated[str, Cookie()] = "nobody") -> Any:
    return {"colour": x_colour, "user": user}


@router.post("/background")
async def background(call: Call, tasks: BackgroundTasks) -> Any:
    added(call, "background")
    tasks.add_task(later, call)
    return {"started": True}


async def later(call: Call) -> None:
    await asyncio.sleep(0)  # noqa: TID251 -- a task may wait
    with call.sandbox.turn() as turn:
        (number,) = turn.store.execute("SELECT count(*) FROM autosend_sender").fetchone()
    done.append(f"saw {number} senders")


@router.get("/response", status_code=202)
async def response(response: Response) -> dict[str, str]:
    response.headers["X-Colour"] = "blue"
    response.set_cookie("user", "ada")
    return {"is": "a dictionary"}


@router.get("/stream")
async def stream() -> StreamingResponse:
    async def lines() -> AsyncIterator[bytes]:
        for number in range(3):
            await asyncio.sleep(0)  # noqa: TID251 -- a stream may wait
            yield b"%d\n" % number

    return StreamingResponse(lines(), media_type="text/plain")


class Shown(BaseModel):
    name: str
    hidden: str | None = None


@router.get("/model", response_model=Shown, response_model_exclude_none=True)
async def model(request: Request) -> Any:
    return {"name": request.url.path, "more": "than the model has"}


@router.get("/wait")
async def wait(call: Call) -> None:
    added(call, "wait")
    await asyncio.sleep(0)  # noqa: TID251 -- what is refused here


@router.post("/form")
async def form(request: Request) -> Any:
    return dict(await request.form())


@router.get("/unlisted", include_in_schema=False)
async def unlisted() -> str:
    return "served"


@router.get("/exception")
async def exception() -> None:
    raise HTTPException(418)


@router.get("/public")
async def public(call: Annotated[Call, Policy(key="none")]) -> Reply[str]:
    return Reply(data=call.credential)
