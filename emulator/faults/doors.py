"""Doors: the ways to a provider beside HTTP. What comes by one is in the journal, and rules act on it."""

from collections.abc import Iterator
from dataclasses import dataclass

from emulator.faults.rules import RequestFault, is_said

OF_BODIES = ("slow_body", "truncate", "malform")
"""The actions that need the body of a response of HTTP."""


@dataclass(frozen=True)
class Door:
    """One way to a provider, and what a fault rule can do to what comes by it."""

    name: str
    """Its method and its operation in the journal: `SMTP`."""
    things: str
    """The plural word for what comes by it: `mails over SMTP`."""
    path: str
    """Its path in the journal."""
    headers: frozenset[str]
    """The headers that the journal has of it, in lower case."""
    first_refusal: int
    """The lowest status that refuses: a rule with a lower one does nothing here."""

    def suffers(self, rule: RequestFault) -> bool:
        """Return whether the action of a rule can be done to what comes by the door."""
        return self._undone(rule) is None

    def unheeded(self, rule: RequestFault) -> Iterator[tuple[str, str]]:
        """Yield the fields of a rule that have no effect at this door, each with the reason."""
        undone = self._undone(rule)
        if undone == "status":
            yield undone, f"only refuses {self.things} from {self.first_refusal} on"
        elif undone is not None:
            yield undone, f"can not be done to {self.things}: the reply to them is one line"
        if rule.headers:
            yield "headers", f"the reply to {self.things} has none"
        if not isinstance(rule.body, str | None):
            yield "body", f"must be a text: the reply to {self.things} is one line"

    def _undone(self, rule: RequestFault) -> str | None:
        """Return the action of a rule that can not be done here; None where it can."""
        for name in OF_BODIES:
            if is_said(getattr(rule, name)):
                return name
        is_taken = rule.status is not None and rule.status < self.first_refusal
        return "status" if is_taken else None
