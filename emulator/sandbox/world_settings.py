"""The settings with which a world is made."""

from dataclasses import dataclass
from pathlib import Path

from emulator.webhooks.courier import MACHINE_TIME


@dataclass(frozen=True)
class WorldSettings:
    """The settings of a world."""

    fixtures: str
    """The accounts of sandboxes that name none: a set by its name, or a folder with one per provider."""
    shipped_fixtures: Path
    """The folder of the sets."""
    data: Path | None
    """The folder in which sandboxes are kept; None keeps them in memory."""
    cache: Path | None
    """The folder in which templates stay between starts; None keeps none."""
    seed: int
    clock: str
    """`real`, `frozen`, or a speed factor."""
    at: str | None
    """Where clocks that are not real begin, unless a sandbox says otherwise: see `clock.beginning`."""
    journal_entries: int
    journal_bytes: int
    memory: int
    """How many megabytes the open databases of sandboxes may take."""
    accept_unknown_credentials: bool = False
    """Whether credentials that were not issued here open the default sandbox, instead of being refused."""
    is_seed_given: bool = False
    """Whether somebody asked for this seed."""
    public_url: str | None = None
    """The address of this server alone, where it is one of a fleet."""
    control_token: str | None = None
    webhook_hosts: tuple[str, ...] = ()
    """Hosts outside of private networks that webhooks may go to."""
    webhook_timestamp: str = MACHINE_TIME
    """By whose clock webhooks are dated, unless a sandbox says otherwise: `machine` or `sandbox`."""
