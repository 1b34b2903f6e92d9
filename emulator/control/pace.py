"""Pace: how many messages a second providers send, which tests set so that a job is half done."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from emulator.control.values import Chosen, Providers, Wanted, check_provider, named_or_all
from emulator.engine.engine import Turn
from emulator.providers import Provider
from emulator.sending import job_table
from emulator.sending.pace import pace_of, set_provider_pace

Pace = Annotated[job_table.Pace, Field(strict=True, examples=[1])]
"""Messages a second: the type of the fixtures' field, but a number alone, no text."""


class ProviderPace(BaseModel):
    """The pace of a provider."""

    provider: str = Field(examples=["autosend"])
    pace: float = Field(description="How many messages a second it sends", examples=[100])


class PaceList(BaseModel):
    total: int
    paces: list[ProviderPace]


class NewPace(Wanted):
    """The pace to send at from now on."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"provider": "autosend", "pace": 1}]})

    pace: Pace = Field(description="How many messages a second: 1 for one a second, 0.1 for one in ten")
    provider: str | None = Field(None, description="Of this provider alone; of all where none is named")


router = APIRouter(prefix="/_emulator/pace", tags=["Jobs"])


Named = Annotated[str | None, Query(description="Of this provider alone; of all where none is named")]


@router.get("", summary="Read the pace")
async def read_pace(sandbox: Chosen, providers: Providers, provider: Named = None) -> PaceList:
    """Return how many messages a second each provider sends, or one of them."""
    check_provider(providers, provider)
    with sandbox.turn() as turn:
        return _listed(turn, named_or_all(providers, provider))


@router.post("", summary="Set the pace")
async def change_pace(wanted: NewPace, sandbox: Chosen, providers: Providers) -> PaceList:
    """Set how many messages a second leave from now on, also of jobs that are under way.

    It holds until the sandbox is reset. One job alone gets another at `/_emulator/jobs/…/pace`.
    """
    check_provider(providers, wanted.provider)
    named = named_or_all(providers, wanted.provider)
    with sandbox.turn() as turn:
        for provider in named:
            set_provider_pace(turn, provider.pacing, provider.senders, wanted.pace)
        return _listed(turn, named)


def _listed(turn: Turn, providers: Sequence[Provider]) -> PaceList:
    paces = [
        ProviderPace(provider=provider.name, pace=pace_of(turn.session, provider.pacing))
        for provider in providers
    ]
    return PaceList(total=len(paces), paces=paces)
