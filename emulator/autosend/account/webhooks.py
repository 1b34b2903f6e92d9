"""The webhooks of a fixture's project."""

from typing import Annotated

from pydantic import AfterValidator, Field, WithJsonSchema

from emulator.autosend.limits import LONGEST_URL
from emulator.autosend.webhooks import HOOKS, TYPES
from emulator.engine.engine import Turn
from emulator.sandbox.fixtures import Fixture, Moment
from emulator.webhooks.addresses import check_open
from emulator.webhooks.targets import Target


def _known(type_: str) -> str:
    if type_ not in TYPES:
        raise ValueError(f"there is no event {type_}")
    return type_


Event = Annotated[str, AfterValidator(_known), WithJsonSchema({"type": "string", "enum": [*TYPES]})]


class WebhookFixture(Fixture):
    url: Annotated[
        str, Field(pattern=r"^https?://[^\s]+$", max_length=LONGEST_URL), AfterValidator(check_open)
    ]
    events: list[Event] = Field(min_length=1)
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
