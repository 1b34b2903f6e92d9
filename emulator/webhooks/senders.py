"""Senders that tell clients by webhooks what becomes of messages."""

from typing import ClassVar

from emulator.engine.engine import Turn
from emulator.sending.jobs import JobSender
from emulator.sending.messages import Selection
from emulator.webhooks.announcing import announce
from emulator.webhooks.events import Hooks


class HookedSender(JobSender):
    """A sender that announces status changes by its provider's webhooks."""

    hooks: ClassVar[Hooks]

    def announce(self, turn: Turn, selection: Selection, name: str, detail: str | None = None) -> None:
        announce(turn, self.hooks, selection, name, detail)
