"""The links in providers' mails and responses, which work without a credential or token."""

from contextlib import suppress
from typing import Annotated, Any
from urllib.parse import parse_qsl, quote

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from emulator.control.problems import Problem
from emulator.control.values import Providers, TheWorld
from emulator.gateway.heads import method_of
from emulator.gateway.origin import origin_of
from emulator.sandbox.links import PREFIX, Form, Linked, Visit, is_valid
from emulator.sandbox.world import DEFAULT_SANDBOX
from emulator.webhooks.addresses import as_sent

PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'"
LONGEST_FORM = 20_000
"""How many bytes of a form are read."""
LONGEST_HEADER = 500
"""How many characters of a header a visit keeps."""

router = APIRouter(prefix=PREFIX.rstrip("/"), tags=["Links"])

Until = Annotated[str, Query(description="When it ends, in milliseconds")]
Signature = Annotated[str, Query(description="The emulator's signature of the link")]


FOLLOWED: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "A page, or a file",
        "content": {
            "text/html": {"schema": {"type": "string"}},
            "*/*": {"schema": {"type": "string", "format": "binary"}},
        },
    },
    302: {"description": "Where a link in a mail leads to"},
}


@router.get(
    "/{sandbox}/{provider}/{path:path}",
    summary="Follow a link",
    response_class=Response,
    responses=FOLLOWED,
)
@router.post(
    "/{sandbox}/{provider}/{path:path}",
    summary="Confirm a link",
    response_class=Response,
    responses=FOLLOWED,
)
async def follow_link(
    request: Request,
    sandbox: Annotated[str, Path(examples=[DEFAULT_SANDBOX])],
    provider: Annotated[str, Path(examples=["autosend"])],
    path: Annotated[str, Path(examples=["click/1/0"])],
    world: TheWorld,
    providers: Providers,
    signature: Signature = "",
    expires: Until = "",
) -> Response:
    """Return the page or the file that a link in a mail or in a response leads to."""
    visit = await visit_of(request)
    box = world.sandboxes.get(sandbox)
    its_provider = next((one for one in providers if one.name == provider), None)
    if box is None or its_provider is None:
        raise Problem(404, "The link leads nowhere.")
    await box.ready()
    with box.turn() as turn:
        if not is_valid(turn.session, provider, path, expires, signature, turn.now):
            raise Problem(404, "The link leads nowhere, or no more.")
        linked = its_provider.follow(turn, visit, path)
    if linked is None:
        raise Problem(404, "What the link leads to is gone.")
    return answer(linked)


async def visit_of(request: Request) -> Visit:
    """Return what a request tells of the client that follows a link."""
    return Visit(
        method=method_of(request.scope),
        form=await _form(request) if request.method == "POST" else None,
        address=request.client.host if request.client else "",
        user_agent=request.headers.get("user-agent", "")[:LONGEST_HEADER],
        language=request.headers.get("accept-language", "").partition(",")[0][:LONGEST_HEADER],
        referrer=request.headers.get("referer", "")[:LONGEST_HEADER] or None,
        origin=origin_of(request),
    )


async def _form(request: Request) -> Form:
    """Return the fields of a form as browsers and mail clients post it; a body of another kind has none."""
    body = await request.body()
    return dict(parse_qsl(body[:LONGEST_FORM].decode("latin-1")))


def answer(linked: Linked) -> Response:
    """Return the page or the file that a link leads to."""
    headers = {"Content-Security-Policy": PAGE_POLICY, "X-Content-Type-Options": "nosniff"}
    if linked.location is not None:
        headers["Location"] = location_of(linked.location)
    if not linked.is_kept:
        headers["Cache-Control"] = "no-store"
    if linked.file_name is not None:
        headers["Content-Disposition"] = _as_file(linked.file_name)
    return Response(linked.content, linked.status, headers, linked.media_type)


def location_of(address: str) -> str:
    """Return an address for the header of a redirect; a host with no form in ASCII is percent-encoded."""
    with suppress(ValueError):
        address = as_sent(address)
    return quote(address, safe=":/%#?=@[]!$&'()*+,;")


def _as_file(name: str) -> str:
    return f"attachment; filename*=UTF-8''{quote(name)}"
