"""The short links of providers, as recipients of messages follow them.

Their real addresses have a domain of the provider's or of the client's own; here it is a part of the path.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import RedirectResponse, Response

from emulator.control.links import answer, location_of, visit_of
from emulator.control.problems import Problem
from emulator.control.short_hosts import sandboxes_of
from emulator.control.values import Providers, TheWorld
from emulator.sandbox.links import SHORT, Linked

router = APIRouter(tags=["Links"])

OfSandbox = Annotated[
    str | None, Query(description="The sandbox whose links are meant, where that is unclear")
]


FOLLOWED: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The page of an unsubscribe link",
        "content": {"text/html": {"schema": {"type": "string"}}},
    },
    302: {"description": "Where the link leads to"},
    404: {
        "description": "There is no such domain, or it has no such link",
        "content": {"application/json": {"schema": {"type": "object"}}},
    },
}


@router.get(
    SHORT + "{domain}/{slug}",
    summary="Follow a short link",
    response_class=Response,
    responses=FOLLOWED,
)
async def follow_short_link(
    domain: Annotated[str, Path(examples=["s.example"])],
    slug: Annotated[str, Path(examples=["8IF68O"])],
    request: Request,
    world: TheWorld,
    providers: Providers,
    sandbox: OfSandbox = None,
) -> Response:
    """Redirect to where a short link leads, and count the click.

    `http://s.example/8IF68O` in a message is `/_emulator/s/s.example/8IF68O` here. A random slug tells its
    sandbox; other slugs are looked for in the default sandbox, unless the query names one.
    """
    visit = await visit_of(request)
    named = world.sandboxes.get(sandbox) if sandbox is not None else None
    boxes = sandboxes_of(world, providers, slug) if sandbox is None else [named] if named else []
    for box in boxes:
        await box.ready()
        with box.turn() as turn:
            targets = (provider.visit(turn, domain.lower(), slug, visit) for provider in providers)
            target = next((one for one in targets if one is not None), None)
        if isinstance(target, Linked):
            return answer(target)
        if target is not None:
            return RedirectResponse(location_of(target), 302)
    raise Problem(404, "The link leads nowhere.")
