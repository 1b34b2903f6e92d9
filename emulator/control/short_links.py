"""The short links of providers, as recipients of messages follow them.

Their real addresses have a domain of the provider's or of the client's own; here it is a part of the path.
"""

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from emulator.control.links import answer
from emulator.control.problems import Problem
from emulator.control.values import Chosen, Providers
from emulator.gateway.heads import method_of
from emulator.sandbox.links import Linked, Visit

LONGEST_HEADER = 500
"""How many characters of a header a visit keeps."""

router = APIRouter(tags=["Links"])


@router.get("/_emulator/s/{domain}/{slug}", summary="Follow a short link", response_class=Response)
async def follow_short_link(
    domain: str, slug: str, request: Request, sandbox: Chosen, providers: Providers
) -> Response:
    """Redirect to where a short link leads, and count the click.

    What a message calls `http://s.example/8IF68O` is `/_emulator/s/s.example/8IF68O` here.
    """
    visit = Visit(
        method=method_of(request.scope),
        address=request.client.host if request.client else "",
        user_agent=request.headers.get("user-agent", "")[:LONGEST_HEADER],
        language=request.headers.get("accept-language", "").partition(",")[0][:LONGEST_HEADER],
        referrer=request.headers.get("referer", "")[:LONGEST_HEADER] or None,
    )
    await sandbox.aside.free()
    with sandbox.turn() as turn:
        targets = (provider.visit(turn, domain.lower(), slug, visit) for provider in providers)
        target = next((one for one in targets if one is not None), None)
    if target is None:
        raise Problem(404, f"There is no short link {domain}/{slug} in the sandbox.")
    return answer(target) if isinstance(target, Linked) else RedirectResponse(target, status_code=302)
