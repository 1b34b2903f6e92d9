"""The settings of a server: from the command line, or from `EMULATOR_…` in the environment."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticUseDefault
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from emulator.engine.clock import Clock, beginning, machine_millis
from emulator.header_values import can_stand_in_a_header
from emulator.hostnames import bare_host, entry_of, host_in, server_url, whole_host
from emulator.sandbox.fixtures import DEMO, folder_of
from emulator.sandbox.template_cache import usual_folder
from emulator.service_links import is_address, without_links

PREFIX = "EMULATOR_"
OF_CLIENTS = frozenset({"EMULATOR_URL", "EMULATOR_HTTPS_URL", "EMULATOR_SANDBOX"})
"""The variables that clients read: the emulator to ask, and its sandbox."""

OF_COMPOSE = frozenset(
    {"EMULATOR_IMAGE", "EMULATOR_PUBLISH", "EMULATOR_PUBLISH_SMTP", "EMULATOR_PUBLISH_SMTPS"}
)
"""The variables that the compose files read: commands accept them in the environment, and ignore them."""

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class UnknownSettingError(Exception):
    """The environment has an `EMULATOR_` variable that does not exist. The text names those that do."""

    def __init__(self, unknown: Sequence[str], known: Sequence[str]) -> None:
        self.nearest = {_setting(name): _nearest(_setting(name)) for name in unknown}
        """The names of the most similar settings, by the name of each unknown one."""
        said = ", ".join(name + _suggestion(self.nearest[_setting(name)]) for name in unknown)
        super().__init__(f"unknown in the environment: {said}. Known are {', '.join(known)}.")


def shipped_fixtures() -> Path:
    """Return the folder of the sets of fixtures that come with the emulator."""
    package = Path(__file__).parent
    installed = package / "fixtures"
    return installed if installed.is_dir() else package.parent / "fixtures"


class Settings(BaseSettings):
    """The settings of one server."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, extra="forbid")

    host: str = "127.0.0.1"
    port: int = Field(4610, ge=0, le=65535)
    smtp_port: int | None = Field(None, ge=0, le=65535)
    """The port of AutoSend's SMTP relay with STARTTLS; None for no such port."""
    smtps_port: int | None = Field(None, ge=0, le=65535)
    """The port of the relay with TLS from the first byte; None for no such port."""
    tls_port: int | None = Field(None, ge=0, le=65535)
    """The port of the same server over TLS, for clients that insist on https; None for no such port."""
    keep_alive: int = Field(75, ge=1, le=3600)
    """For how many seconds an idle connection is kept for the client's next request."""
    data: Path | None = None
    """The folder that keeps sandboxes over restarts; None keeps them in memory."""
    cache: str = ""
    """The folder of templates for later starts; `off` for none, by default in the user's cache folder."""
    fixtures: str = DEMO
    """A set of fixtures by its name, `demo` or `empty`, or a folder of the same shape."""
    seed: int = Field(1, ge=0, le=2**63 - 1)
    clock: str = "real"
    """`real`, `frozen` or a speed factor."""
    at: str | None = None
    """Where clocks that are not real begin: `now`, `epoch`, an instant; None for frozen ones at the epoch."""
    hosts: Annotated[tuple[str, ...], NoDecode] = ()
    """Further hosts by which clients may reach the server, separated by commas: names, `.suffix` or `*`."""
    public_url: str | None = None
    """The address of this server alone, for base URLs and links in responses; None for the one asked."""
    log: Literal["requests", "json", "quiet"] = "quiet"
    """The log on standard error: a line for each request, the same as JSON, or only what goes wrong."""
    control_token: str | None = None
    """The token of the control plane; if it is needed and not set, one is made up and printed."""
    journal_entries: int = Field(1000, ge=0)
    """How many requests a sandbox's journal keeps; 0 switches it off."""
    journal_bytes: int = Field(4 * 1024 * 1024, ge=1)
    memory: int = Field(640, ge=1)
    """How many megabytes open databases may take; beyond that, the least recently used ones are packed."""
    accept_unknown_credentials: bool = False
    """Whether credentials that were not issued here open the default sandbox, instead of being refused."""
    webhook_hosts: Annotated[tuple[str, ...], NoDecode] = ()
    """The hosts outside of private networks that webhooks may be sent to, separated by commas."""
    altcraft_http_status: Literal["ok", "mirror"] = "ok"
    """`ok`: Altcraft's errors have the HTTP status 200; `mirror`: the HTTP status is the error's code."""
    autosend_rate_limit: bool = False
    """Whether AutoSend's documented limit of 2 requests per second and key is enforced."""
    autosend_plain_addresses: bool = False
    """Whether AutoSend's mails may have a text for an address, `"to": "ann@example.org"`."""
    autosend_webhook_timestamp: Literal["machine", "sandbox"] = "machine"
    """The clock that dates AutoSend's webhooks: receivers refuse what is old by the machine's clock."""

    @field_validator("port", "smtp_port", "smtps_port", "tls_port", mode="before")
    @classmethod
    def _pass_over_links(cls, value: object) -> object:
        if is_address(value):
            raise PydanticUseDefault
        return value

    @field_validator("smtp_port", "smtps_port", "tls_port", mode="before")
    @classmethod
    def _can_be_off(cls, value: object) -> object:
        return None if value == "off" else value

    @field_validator("clock")
    @classmethod
    def _is_a_clock(cls, value: str) -> str:
        Clock.named(value)
        return value

    @field_validator("at")
    @classmethod
    def _is_a_beginning(cls, value: str | None, info: ValidationInfo) -> str | None:
        beginning(info.data.get("clock", "frozen"), value, machine_millis())
        return value

    @field_validator("hosts", "webhook_hosts", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(filter(None, value.replace(" ", "").split(","))) if isinstance(value, str) else value

    @field_validator("hosts")
    @classmethod
    def _are_hosts(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(map(entry_of, value))

    @field_validator("webhook_hosts")
    @classmethod
    def _are_whole_hosts(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(map(whole_host, value))

    @field_validator("host")
    @classmethod
    def _is_spelled_usually(cls, value: str) -> str:
        return bare_host(value)

    @field_validator("public_url")
    @classmethod
    def _is_an_address(cls, value: str | None) -> str | None:
        return None if value is None else server_url(value)

    @field_validator("control_token")
    @classmethod
    def _can_be_sent(cls, value: str | None) -> str | None:
        if value is not None and not can_stand_in_a_header(value):
            raise ValueError("has a line end or another character that no HTTP header can have")
        return value

    @property
    def names(self) -> tuple[str, ...]:
        """The hosts by which clients reach the server, beside those of this machine."""
        own = () if self.public_url is None else (host_in(urlsplit(self.public_url).netloc),)
        return (*self.hosts, *own)

    @property
    def fixtures_folder(self) -> Path:
        """The folder of the fixtures. Raises FixtureError."""
        return folder_of(self.fixtures, shipped_fixtures())

    @property
    def cache_folder(self) -> Path | None:
        """The folder of templates for later starts; None where none are kept."""
        if self.cache == "off":
            return None
        return Path(self.cache) if self.cache else usual_folder()

    @property
    def is_seed_given(self) -> bool:
        return "seed" in self.model_fields_set

    @property
    def is_reachable_from_outside(self) -> bool:
        return self.host not in LOOPBACK


def refuse_unknown(environment: Mapping[str, str]) -> None:
    """Raise UnknownSettingError if the environment has an `EMULATOR_` variable that does not exist.

    Variables that link to a service called `emulator` are passed over.
    """
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields} | OF_CLIENTS | OF_COMPOSE
    unknown = sorted(
        name
        for name in without_links(environment)
        if name.upper().startswith(PREFIX) and name.upper() not in known
    )
    if unknown:
        raise UnknownSettingError(unknown, sorted(known))


def _setting(variable: str) -> str:
    return variable.lower().removeprefix(PREFIX.lower())


def _suggestion(nearest: Sequence[str]) -> str:
    variables = " or ".join(f"{PREFIX}{name.upper()}" for name in nearest)
    return f" (did you mean {variables}?)" if variables else ""


def _nearest(name: str) -> list[str]:
    return get_close_matches(name, Settings.model_fields, 3, 0.5)
