"""The account's two addresses for callbacks."""

from typing import Annotated

from pydantic import AfterValidator, Field

from emulator.engine.engine import Turn
from emulator.rcs.webhooks import RcsCallbacks
from emulator.webhooks.addresses import check_form
from emulator.webhooks.targets import Target

Url = Annotated[str, Field(max_length=2000, pattern=r"^https?://[^\s]+$"), AfterValidator(check_form)]


def store_target(turn: Turn, field: str, url: str) -> None:
    """Store a target for the address in a field of the account."""
    target = Target(
        id=turn.ids.number("webhook.target"),
        provider=RcsCallbacks.provider,
        url=url,
        secret="",
        settings={"field": field},
        created_at=turn.now,
        updated_at=turn.now,
    )
    turn.session.add(target)
