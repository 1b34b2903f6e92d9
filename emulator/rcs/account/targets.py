"""The account's two addresses for callbacks."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from emulator.engine.engine import Turn
from emulator.rcs.webhooks import RcsCallbacks
from emulator.webhooks.events import Target

Url = Annotated[str, Field(max_length=2000, pattern=r"^https?://[^\s]+$")]


def load_targets(turn: Turn, urls: Mapping[str, str | None]) -> None:
    """Make a target of each address that there is, by the account's field that it is in."""
    turn.session.add_all(
        Target(
            id=turn.ids.number("webhook.target"),
            provider=RcsCallbacks.provider,
            url=url,
            secret="",
            settings={"field": field},
            created_at=turn.now,
            updated_at=turn.now,
        )
        for field, url in urls.items()
        if url is not None
    )
