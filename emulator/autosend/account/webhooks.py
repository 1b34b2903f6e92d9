"""The webhooks of a fixture's project."""

from typing import Annotated

from pydantic import AfterValidator, Field

from emulator.autosend.webhooks import HOOKS, TYPES
from emulator.engine.engine import Turn
from emulator.sandbox.fixtures import Fixture, Moment
from emulator.webhooks.addresses import check_form
from emulator.webhooks.targets import Target


def _known(type_: str) -> str:
    if type_ not in TYPES:
        raise ValueError(f"there is no event {type_}")
    return type_


class WebhookFixture(Fixture):
    url: Annotated[str, Field(pattern=r"^https?://[^\s]+$"), AfterValidator(check_form)]
    events: list[Annotated[str, AfterValidator(_known)]] = Field(min_length=1)
    is_active: bool = Field(True, alias="active")
    created: Moment

    def store(self, turn: Turn, project_id: str) -> None:
        row = self.row(
            Target,
            id=turn.ids.number("webhook.target"),
            provider=HOOKS.provider,
            scope=project_id,
            events=list(dict.fromkeys(self.events)),
            secret=HOOKS.new_secret(turn),
            created_at=self.created,
            updated_at=self.created,
        )
        turn.session.add(row)
