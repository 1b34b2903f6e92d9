"""What can be set: on the command line, or as `EMULATOR_…` in the environment."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from emulator.engine.clock import Clock

PREFIX = "EMULATOR_"
OF_CLIENTS = frozenset({"EMULATOR_URL", "EMULATOR_SANDBOX"})
"""What the environment may say of another emulator, to commands that ask one."""

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class UnknownSettingError(Exception):
    """The environment has an `EMULATOR_` name that means nothing."""


def shipped_fixtures() -> Path:
    """Return the folder of the fixtures that come with the emulator."""
    package = Path(__file__).parent
    installed = package / "fixtures"
    return installed if installed.is_dir() else package.parent / "fixtures"


class Settings(BaseSettings):
    """The settings of one server."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, extra="forbid")

    host: str = "127.0.0.1"
    port: int = Field(4610, ge=0, le=65535)
    smtp_port: int | None = Field(None, ge=0, le=65535)
    """Where AutoSend's SMTP relay listens, with STARTTLS; None for nowhere."""
    smtps_port: int | None = Field(None, ge=0, le=65535)
    """Where it listens with TLS from the first byte."""
    data: Path | None = None
    """The folder that keeps state over restarts; None keeps it in memory."""
    fixtures: Path = Field(default_factory=shipped_fixtures)
    seed: int = Field(1, ge=0, le=2**63 - 1)
    clock: str = "real"
    """`real`, `frozen` or a speed factor."""
    hosts: Annotated[tuple[str, ...], NoDecode] = ()
    """Names beside localhost by which clients may reach the server, separated by commas."""
    control_token: str | None = None
    """What the control plane asks for; made up and printed when it is needed and not set."""
    journal_entries: int = Field(1000, ge=0)
    """How many requests a sandbox's journal keeps; 0 switches it off."""
    journal_bytes: int = Field(4 * 1024 * 1024, ge=1)
    accept_unknown_credentials: bool = False
    """Whether credentials that were not issued here open the default sandbox; else they are refused."""
    webhook_hosts: Annotated[tuple[str, ...], NoDecode] = ()
    """Names of hosts outside of private networks that webhooks may go to, separated by commas."""
    altcraft_http_status: Literal["ok", "mirror"] = "ok"
    """`ok`: Altcraft's errors come with HTTP 200; `mirror`: the HTTP status is the error's code."""
    autosend_rate_limit: bool = False
    """Whether AutoSend's documented 2 requests a second and key are enforced."""

    @field_validator("clock")
    @classmethod
    def _is_a_clock(cls, value: str) -> str:
        Clock.named(value)
        return value

    @field_validator("hosts", "webhook_hosts", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(filter(None, value.replace(" ", "").split(","))) if isinstance(value, str) else value

    @property
    def is_reachable_from_outside(self) -> bool:
        return self.host not in LOOPBACK


def refuse_unknown(environment: Mapping[str, str]) -> None:
    """Raise UnknownSettingError when the environment sets something that does not exist."""
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields} | OF_CLIENTS
    unknown = sorted(
        name for name in environment if name.upper().startswith(PREFIX) and name.upper() not in known
    )
    if unknown:
        raise UnknownSettingError(_complaint(unknown, sorted(known)))


def _complaint(unknown: Iterable[str], known: Iterable[str]) -> str:
    return f"unknown in the environment: {', '.join(unknown)}. Known are {', '.join(known)}."
