"""The targets of webhooks: addresses that receive a provider's events."""

from typing import Any

from sqlalchemy import ColumnElement
from sqlmodel import JSON, Column, Field, and_, col, func, select

from emulator.engine.clock import EARLIEST, Millis
from emulator.engine.engine import Turn
from emulator.storage.tables import Table

DISABLED = "disabled"
"""The setting of a target that its provider has disabled, for too many failures."""


class Target(Table, table=True):
    """A webhook: an address that receives a provider's events."""

    __tablename__ = "webhook_target"
    __table_args__ = {"sqlite_autoincrement": True}
    """The id of a deleted target is never used again: deliveries that wait for it must not reach another."""

    id: int | None = Field(default=None, primary_key=True)
    provider: str = Field(index=True)
    scope: str = ""
    """The part of the provider's account whose events it receives; empty for all."""
    url: str
    events: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    """The types of events that it receives; an empty list means all."""
    secret: str
    settings: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    is_active: bool = True
    failures: int = 0
    """The number of deliveries in a row that failed for good."""
    last_failed_at: Millis | None = None
    last_success_at: Millis | None = None
    last_attempt_at: Millis | None = None
    created_at: Millis
    updated_at: Millis

    @property
    def is_disabled(self) -> bool:
        return bool(self.settings.get(DISABLED))

    def activate(self) -> None:
        """Make the target active; one that was not starts with no failures."""
        if not self.is_active or self.is_disabled:
            self.is_active, self.failures = True, 0
            self.settings = {name: value for name, value in self.settings.items() if name != DISABLED}

    @property
    def is_listening(self) -> bool:
        return self.is_active and not self.is_disabled

    def wants(self, scope: str, type_: str) -> bool:
        return self.is_listening and self.scope in {"", scope} and (not self.events or type_ in self.events)

    def note_attempt(self, at: Millis) -> None:
        self.last_attempt_at = _later(self.last_attempt_at, at)

    def forget_later(self, now: Millis) -> None:
        """Move dates later than now to just before it, so that the next attempt counts as the latest."""
        before = max(EARLIEST, now - 1)
        self.last_failed_at = _no_later(self.last_failed_at, before)
        self.last_success_at = _no_later(self.last_success_at, before)
        self.last_attempt_at = _no_later(self.last_attempt_at, before)

    def note_result(self, at: Millis, *, accepted: bool) -> None:
        """Note the final result of a delivery.

        Where the clock is moved far, results do not come in the order of time.
        """
        if accepted:
            self.last_success_at = _later(self.last_success_at, at)
            if self.last_failed_at is None or at >= self.last_failed_at:
                self.failures = 0
        else:
            self.last_failed_at = _later(self.last_failed_at, at)
            if self.last_success_at is None or at > self.last_success_at:
                self.failures += 1


def _no_later(at: Millis | None, latest: Millis) -> Millis | None:
    return None if at is None else min(at, latest)


def _later(one: Millis | None, other: Millis) -> Millis:
    return other if one is None else max(one, other)


def go_back(turn: Turn, was: Millis) -> None:
    """After the clock was set back, let targets count failures from the earlier time on."""
    for target in turn.session.exec(select(Target)).all():
        target.forget_later(turn.now)


def is_listening() -> ColumnElement[bool]:
    """Return the condition that a target gets events: it is active, and its provider has not disabled it."""
    is_disabled = func.coalesce(func.json_extract(Target.settings, f"$.{DISABLED}"), 0)
    return and_(col(Target.is_active), is_disabled == 0)
