"""The client for webhooks: their targets, events and deliveries."""

from typing import Any, Unpack

from emulator.client.connection import Scope, part
from emulator.client.given import given
from emulator.client.lines import delivery_line
from emulator.client.pages import whole
from emulator.client.rules import Disturbances
from emulator.client.shapes import DeliveryCriteria, DeliveryFilter, Duration, Id, Json, JsonList
from emulator.client.waiting import wait_for


class Webhooks:
    """The webhooks of a sandbox."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self.disturbances = Disturbances(scope)

    def targets(self) -> JsonList:
        found: JsonList = self._scope.ask("GET", "/webhooks/targets")["targets"]
        return found

    def add(
        self, provider: str, url: str, events: list[str] | None = None, settings: Json | None = None
    ) -> Json:
        """Add a target: a provider sends events to the address, all events if none are named.

        At RCS, a target with `settings={"field": "callback_url_for_rcs"}` gets the events of RCS messages,
        and one with `{"field": "callback_url"}` those of all other messages.
        """
        wanted = {"provider": provider, "url": url, "events": events, "settings": settings}
        body = {name: value for name, value in wanted.items() if value is not None}
        added: Json = self._scope.ask("POST", "/webhooks/targets", body=body)
        return added

    def change(self, target: Id, **change: Any) -> Json:
        changed: Json = self._scope.ask("PATCH", f"/webhooks/targets/{part(target)}", body=given(change))
        return changed

    def remove(self, target: Id) -> None:
        self._scope.ask("DELETE", f"/webhooks/targets/{part(target)}")

    def events(
        self,
        *,
        provider: str | None = None,
        type: str | None = None,  # noqa: A002 -- its name in the control plane
        after: Id | None = None,
        limit: int | None = None,
    ) -> JsonList:
        """Return the events that providers would send to webhooks, whether there are targets or not.

        All of them, the oldest first, unless `limit` says how many to read at most.
        """
        query = {"provider": provider, "type": type, "after": after, "limit": limit}
        answer = self._scope.ask("GET", "/webhooks/events", query=query)
        found: JsonList = answer["events"]
        while limit is None and answer["after"] != (query["after"] or 0):
            query |= {"after": answer["after"], "limit": 1000}
            answer = self._scope.ask("GET", "/webhooks/events", query=query)
            found += answer["events"]
        return found

    def deliveries(self, **wanted: Unpack[DeliveryFilter]) -> JsonList:
        """Return all deliveries that match, in the order in which they were made; `limit` only the first."""
        return whole(
            self._scope, "/webhooks/deliveries", given(wanted), field="deliveries", most=1000, place="id"
        )

    def delivery(self, delivery: Id) -> Json:
        found: Json = self._scope.ask("GET", f"/webhooks/deliveries/{part(delivery)}")
        return found

    def wait(
        self, *, count: int = 1, timeout: Duration = "5s", **match: Unpack[DeliveryCriteria]
    ) -> JsonList:
        """Wait for `count` deliveries that match, and return them. Raises AssertionError at the timeout.

        Where more match, the latest are returned: 100, or `count` if that is more.
        """
        __tracebackhide__ = True
        found: JsonList = wait_for(self._scope, "delivery", given(match), count, timeout, delivery_line)
        return found

    def replay(self, delivery: Id) -> Json:
        """Send a delivery again, unchanged."""
        replayed: Json = self._scope.ask("POST", f"/webhooks/deliveries/{part(delivery)}/replay")
        return replayed

    def replay_all(self, **wanted: Unpack[DeliveryCriteria]) -> Json:
        """Send all deliveries again, or those of a `provider`, of a `type`, in a `state`, to a `target`."""
        replayed: Json = self._scope.ask("POST", "/webhooks/replay", body=given(wanted))
        return replayed

    def disturb(self, action: str, **rule: Any) -> Json:
        """Disturb deliveries: `duplicate`, `reorder`, `drop`, `delay`, `corrupt_signature`, `backdate`."""
        return self.disturbances.add(action, **rule)
