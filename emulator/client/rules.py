"""The client for rules that a test sets: outcomes of messages, faults of requests and of deliveries."""

from typing import Any

from emulator.client.connection import Scope, part
from emulator.client.given import given
from emulator.client.shapes import Id, Json, JsonList


class Rules:
    """Rules of one kind, which can be added, listed and deleted."""

    path: str
    name: str
    """The field that holds the rules in the response to a list request."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def list(self) -> JsonList:
        found: JsonList = self._scope.ask("GET", self.path)[self.name]
        return found

    def delete(self, rule: Id) -> None:
        self._scope.ask("DELETE", f"{self.path}/{part(rule)}")

    def clear(self) -> None:
        """Delete all rules of the kind."""
        self._scope.ask("DELETE", self.path)

    def _add(self, **rule: Any) -> Json:
        added: Json = self._scope.ask("POST", self.path, body=given(rule))
        return added


class Faults(Rules):
    """The fault rules: what goes wrong with requests to providers."""

    path = "/faults"
    name = "faults"

    def add(self, provider: str, **rule: Any) -> Json:
        """Add a rule: `error="…"`, `status=503`, `delay="2s"`, `rate_limit={…}`, `times=1` and more.

        `operation="…"` and `match={…}` choose the requests that it acts on.
        """
        return self._add(provider=provider, **rule)

    def get(self, fault: Id) -> Json:
        """Return a rule with its counters."""
        found: Json = self._scope.ask("GET", f"{self.path}/{part(fault)}")
        return found

    def errors(self, provider: str | None = None) -> Json:
        """Return the documented errors by provider, with the names that `error` takes."""
        found: Json = self._scope.ask("GET", f"{self.path}/errors", query={"provider": provider})
        return found


class Outcomes(Rules):
    """The outcome rules: what becomes of messages."""

    path = "/outcomes"
    name = "rules"

    def add(self, outcome: str, **rule: Any) -> Json:
        """Set the outcome of messages by `provider`, `channel`, `recipient` (`*@slow.example.com`), `job`."""
        return self._add(outcome=outcome, **rule)

    def unregister(self, recipient: str, channel: str | None = None) -> Json:
        """Let phones (`380671112233`, `38067*`) lack a service: `rcs`, `viber` or `whatsapp`; or else all."""
        return self._register("not_registered", recipient, channel)

    def register(self, recipient: str, channel: str | None = None) -> Json:
        """Let phones have a service, also those that lack it because of the last digits of their number."""
        return self._register("registered", recipient, channel)

    def _register(self, outcome: str, recipient: str, channel: str | None) -> Json:
        of_one = {} if channel is None else {"channel": channel}
        return self._add(outcome=outcome, provider="rcs", recipient=recipient, **of_one)


class Disturbances(Rules):
    """The disturbances: what goes wrong with webhook deliveries."""

    path = "/webhooks/disturbances"
    name = "disturbances"

    def add(self, action: str, **rule: Any) -> Json:
        """Disturb deliveries: `duplicate`, `reorder`, `drop`, `delay`, `corrupt_signature`, `backdate`."""
        return self._add(action=action, **rule)
