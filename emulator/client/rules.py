"""Rules that a test sets: what becomes of messages, and what goes wrong with requests."""

from typing import Any

from emulator.client.connection import Scope, part
from emulator.client.shapes import Id, Json, JsonList


class Rules:
    """Rules of one kind, which are added, listed, and taken away again."""

    path: str
    name: str
    """What a list calls them."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def list(self) -> JsonList:
        found: JsonList = self._scope.ask("GET", self.path)[self.name]
        return found

    def delete(self, rule: Id) -> None:
        self._scope.ask("DELETE", f"{self.path}/{part(rule)}")

    def clear(self) -> None:
        """Take all of them away."""
        self._scope.ask("DELETE", self.path)

    def _add(self, **rule: Any) -> Json:
        said = {name: value for name, value in rule.items() if value is not None}
        added: Json = self._scope.ask("POST", self.path, body=said)
        return added


class Faults(Rules):
    """What goes wrong with requests."""

    path = "/faults"
    name = "faults"

    def add(self, provider: str, **rule: Any) -> Json:
        """Let requests fail: `error="…"`, `status=503`, `delay="2s"`, `rate_limit={…}`, `times=1` and more.

        Which requests: `operation="…"`, `match={…}`.
        """
        return self._add(provider=provider, **rule)

    def get(self, fault: Id) -> Json:
        """Return a rule, and how often it hit."""
        found: Json = self._scope.ask("GET", f"{self.path}/{part(fault)}")
        return found

    def errors(self, provider: str | None = None) -> Json:
        """Return the documented errors by the names that `error` takes."""
        found: Json = self._scope.ask("GET", f"{self.path}/errors", query={"provider": provider})
        return found


class Outcomes(Rules):
    """What becomes of messages."""

    path = "/outcomes"
    name = "rules"

    def add(self, outcome: str, **rule: Any) -> Json:
        """Let messages end so: of a `provider`, `channel`, `recipient` (`*@slow.example.com`), `job`."""
        return self._add(outcome=outcome, **rule)


class Disturbances(Rules):
    """What goes wrong with webhook deliveries."""

    path = "/webhooks/disturbances"
    name = "disturbances"

    def add(self, action: str, **rule: Any) -> Json:
        """Let deliveries be disturbed: `duplicate`, `reorder`, `drop`, `delay`, `corrupt_signature`."""
        return self._add(action=action, **rule)
