"""Helpers for tests of the demo account's loyalty program."""

from typing import Any

from tests.altcraft.conftest import Altcraft

CLUB = 12
ANN, BOB, CLEO = "ann@example.com", "bob+opened@example.com", "cleo+clicked@example.com"
"""Ann has 800.50 active stars and 199.50 that will be in ten days; Bob has 500.00, of which 100.50 wait for
an order, and 25.00 that are not his yet; Cleo is no member."""

NOW = "2026-03-15T14:30:00Z"


def whom(email: str) -> dict[str, Any]:
    return {"loyalty_program_id": CLUB, "matching": "email", "email": email}


def register(altcraft: Altcraft, email: str = CLEO, **body: Any) -> str:
    """Make a person a member; return the id of the profile."""
    return str(altcraft.answer("/loyalty/register_member", **whom(email), **body)["profile_id"])


def moved(altcraft: Altcraft, action: str, amount: str, email: str = CLEO, **body: Any) -> Any:
    said = {"points_currency_eid": "stars", "amount": amount} | whom(email) | body
    return altcraft.data(f"/loyalty/{action}_points", **said)


def accrue(altcraft: Altcraft, amount: str, email: str = CLEO, **body: Any) -> str:
    """Give stars to a person; return the id of the transaction."""
    return str(moved(altcraft, "accrue", amount, email, **body)["transaction_id"])


def redeem(altcraft: Altcraft, amount: str, email: str = CLEO, **body: Any) -> str:
    """Take stars from a person; return the id of the transaction."""
    return str(moved(altcraft, "redeeme", amount, email, **body)["transaction_id"])


def ended(altcraft: Altcraft, action: str, number: str) -> Any:
    return altcraft.data(f"/loyalty/{action}_transaction", transaction_id=number)


def balance(altcraft: Altcraft, email: str = CLEO, currency: str = "stars") -> tuple[str, str]:
    """Return all points of a person, and the active ones."""
    found = altcraft.data("/loyalty/account/balance", points_currency_eid=currency, **whom(email))
    return found["total_balance"], found["active_balance"]


def transactions(altcraft: Altcraft, email: str = CLEO, currency: str = "stars", **body: Any) -> Any:
    said = whom(email) | {"points_currency_eid": currency, "limit": 100} | body
    return altcraft.data("/loyalty/account/transactions", **said)


def kinds(altcraft: Altcraft, email: str = CLEO) -> list[tuple[str, str]]:
    """Return type and amount of each transaction of a person."""
    return [(row["transaction_type"], row["amount"]) for row in transactions(altcraft, email)]


def tier(altcraft: Altcraft, email: str, group: int = 3) -> list[str]:
    said = whom(email) | {"tiers_group_id": group}
    return [row["tier_eid"] for row in altcraft.data("/loyalty/account/tiers", **said)]
