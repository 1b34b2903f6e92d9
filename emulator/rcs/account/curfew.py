"""The fixture of a curfew."""

import re
from typing import Annotated

from pydantic import BeforeValidator, Field, model_validator

from emulator.engine.clock import HOUR, MINUTE, Millis
from emulator.sandbox.fixtures import Fixture

TIME = "([01][0-9]|2[0-3]):[0-5][0-9]"


def _time_of_day(value: object) -> Millis:
    """Return the time from midnight on. Raises ValueError."""
    if not isinstance(value, str) or not re.fullmatch(TIME, value):
        raise ValueError("must be a time of day, such as 22:00")
    hours, minutes = value.split(":")
    return int(hours) * HOUR + int(minutes) * MINUTE


TimeOfDay = Annotated[
    Millis, BeforeValidator(_time_of_day, json_schema_input_type=Annotated[str, Field(pattern=f"^{TIME}$")])
]


class CurfewFixture(Fixture):
    """The hours of each day, in UTC, in which messages that heed it wait; they may go over midnight."""

    begins: TimeOfDay
    ends: TimeOfDay

    @model_validator(mode="after")
    def _ends_some_time(self) -> "CurfewFixture":
        if self.begins == self.ends:
            raise ValueError("a curfew must not end when it begins")
        return self
