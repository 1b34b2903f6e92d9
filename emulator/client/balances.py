"""The client for the money of accounts whose messages cost something."""

from decimal import Decimal
from typing import Any, TypeAlias

from emulator.client.connection import Scope, part
from emulator.client.shapes import Balance, BalanceList

Amount: TypeAlias = str | int | float | Decimal


class Balances:
    """The balances of a sandbox, by provider: `rcs`."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def list(self) -> BalanceList:
        found: BalanceList = self._scope.ask("GET", "/balances")["balances"]
        return found

    def get(self, provider: str) -> Balance:
        found: Balance = self._scope.ask("GET", f"/balances/{part(provider)}")
        return found

    def add(self, provider: str, amount: Amount) -> Balance:
        """Top up a balance. Campaigns that paused for want of money go on when they are renewed."""
        return self._change(provider, add=str(amount))

    def set(self, provider: str, amount: Amount) -> Balance:
        return self._change(provider, set=str(amount))

    def _change(self, provider: str, **change: Any) -> Balance:
        changed: Balance = self._scope.ask("POST", f"/balances/{part(provider)}", body=change)
        return changed
