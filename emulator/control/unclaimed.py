"""Adds requests that reach no provider to the journal of those that belong to no sandbox."""

from starlette.responses import Response
from starlette.types import Scope

from emulator.gateway.call import entry_of
from emulator.sandbox.world import World
from emulator.watching.journal import Unclaimed, packed


def note_unclaimed(world: World, scope: Scope, provider: str, why: Unclaimed, response: Response) -> None:
    """Add a request, without its body, and its response to that journal, if journals are on."""
    if not world.unclaimed.is_on:
        return
    entry = entry_of(scope, provider)
    entry.unclaimed = why
    entry.at = world.default.clock.now()
    entry.status = response.status_code
    entry.answer_head, entry.answer_body = packed(response.raw_headers), bytes(response.body)
    world.unclaimed.add(entry)
