"""The webhooks of a fixture's project."""

from pydantic import Field, field_validator

from emulator.autosend.webhooks import HOOKS, TYPES
from emulator.engine.engine import Turn
from emulator.sandbox.fixtures import Fixture, Moment
from emulator.webhooks.events import Target


def _known(type_: str) -> str:
    if type_ not in TYPES:
        raise ValueError(f"there is no event {type_}")
    return type_


class WebhookFixture(Fixture):
    url: str = Field(pattern=r"^https?://[^\s]+$")
    events: list[str] = Field(min_length=1)
    active: bool = True
    created: Moment

    @field_validator("events")
    @classmethod
    def _are_known(cls, events: list[str]) -> list[str]:
        return [_known(type_) for type_ in events]


def load_webhooks(turn: Turn, project_id: str, fixtures: list[WebhookFixture]) -> None:
    for fixture in fixtures:
        turn.session.add(
            Target(
                provider=HOOKS.provider,
                scope=project_id,
                url=fixture.url,
                events=fixture.events,
                secret=HOOKS.new_secret(turn),
                is_active=fixture.active,
                created_at=fixture.created,
                updated_at=fixture.created,
            )
        )
