"""The links in providers' mails and responses, which work without a credential or token."""

from typing import Annotated
from urllib.parse import parse_qsl, quote

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from emulator.control.problems import Problem
from emulator.control.values import Providers, TheWorld
from emulator.sandbox.links import PREFIX, Form, Linked, is_valid

PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'"
LONGEST_FORM = 1000
"""How many bytes of a form are read."""

router = APIRouter(prefix=PREFIX.rstrip("/"), tags=["Links"])

Until = Annotated[str, Query(description="When it ends, in milliseconds")]
Signature = Annotated[str, Query(description="What the emulator has signed it with")]


@router.get("/{sandbox}/{provider}/{path:path}", summary="Follow a link", response_class=Response)
@router.post("/{sandbox}/{provider}/{path:path}", summary="Confirm a link", response_class=Response)
async def follow_link(
    request: Request,
    sandbox: str,
    provider: str,
    path: str,
    world: TheWorld,
    providers: Providers,
    signature: Signature = "",
    expires: Until = "",
) -> Response:
    """Return the page or the file that a link in a mail or in a response leads to."""
    form = await _form(request) if request.method == "POST" else None
    box = world.sandboxes.get(sandbox)
    its_provider = next((one for one in providers if one.name == provider), None)
    if box is None or its_provider is None:
        raise Problem(404, "The link leads nowhere.")
    await box.ready()
    with box.turn() as turn:
        if not is_valid(turn.session, provider, path, expires, signature, turn.now):
            raise Problem(404, "The link leads nowhere, or no more.")
        linked = its_provider.follow(turn, form, path)
    if linked is None:
        raise Problem(404, "What the link leads to is gone.")
    return answer(linked)


async def _form(request: Request) -> Form:
    """Return the fields of a form as browsers and mail clients post it; a body of another kind has none."""
    body = await request.body()
    return dict(parse_qsl(body[:LONGEST_FORM].decode("latin-1")))


def answer(linked: Linked) -> Response:
    """Return the page or the file that a link leads to."""
    headers = {"Content-Security-Policy": PAGE_POLICY, "X-Content-Type-Options": "nosniff"}
    if linked.file_name is not None:
        headers["Content-Disposition"] = _as_file(linked.file_name)
    return Response(linked.content, linked.status, headers, linked.media_type)


def _as_file(name: str) -> str:
    return f"attachment; filename*=UTF-8''{quote(name)}"
