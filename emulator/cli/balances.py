"""`emulator balance`: show, top up and set the money of accounts whose messages cost something."""

from typing import Annotated

import typer

from emulator.cli.asking import Answer, Asked, asking
from emulator.client.lines import table
from emulator.client.shapes import Balance

COLUMNS = ("PROVIDER", "BALANCE", "CREDIT", "RESERVED", "AVAILABLE", "CURRENCY")

Provider = Annotated[str, typer.Argument(help="The name of a provider whose messages cost something")]
Add = Annotated[str | None, typer.Option(help="Top it up by so much, such as 100 or 12.5")]
Set = Annotated[str | None, typer.Option("--set", help="Make it so much")]


def add_to(app: typer.Typer) -> None:
    app.command()(asking(balance))


def balance(asked: Asked, provider: Provider = "rcs", add: Add = None, set_to: Set = None) -> Answer:
    """Show the money of an account, top it up or set it."""
    if add is not None and set_to is not None:
        raise typer.BadParameter("say --add or --set, not both")
    balances = asked.sandbox.balances
    if add is not None:
        found = balances.add(provider, add)
    elif set_to is not None:
        found = balances.set(provider, set_to)
    else:
        found = balances.get(provider)
    return Answer(found, table(COLUMNS, [_row(found)]))


def _row(one: Balance) -> list[object]:
    amounts = [
        f"{amount:.7f}" for amount in (one["balance"], one["credit"], one["reserved"], one["available"])
    ]
    return [one["provider"], *amounts, one["currency"]]
