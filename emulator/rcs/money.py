"""The money for messages: what is reserved for those under way, what is charged, and what never is.

https://telcowwt.com/documentations/rest-api/rcs-api/ (billing): an RCS message is charged when it is
delivered. No page says when an SMS is charged; here it is when it is sent.
"""

from typing import ClassVar

from sqlmodel import Session, select

from emulator.engine.engine import Turn
from emulator.rcs.channels import CHANNELS
from emulator.rcs.tables.account import Account
from emulator.rcs.tables.campaigns import Dispatch
from emulator.sending.funds import Funds, Purse


def cost(channel: str, status: str, price: int, *, is_dropped: bool = False) -> int:
    """Return what a message costs, or will cost if it arrives; 0 if it never will be charged.

    Args:
        channel: Its channel.
        status: Its status.
        price: Its price if it is charged.
        is_dropped: Whether its campaign was ended before the message could leave.
    """
    of = CHANNELS[channel]
    never = status in of.free or (is_dropped and status not in of.charged | {"sent"})
    return 0 if never else price


class RcsPurse(Purse):
    """The account's money. More of it starts no paused campaign: clients renew them."""

    decimals: ClassVar[int] = 7

    def look(self, session: Session) -> Funds:
        account = session.exec(select(Account)).one()
        return Funds(account.money, account.credit, account.reserved, account.currency)

    def fill(self, session: Session, balance: int) -> None:
        session.exec(select(Account)).one().money = balance


def put_aside(turn: Turn, dispatch: Dispatch, amount: int) -> None:
    """Reserve money for messages under way; a negative amount is released."""
    turn.session.get_one(Account, dispatch.account_id).reserved += amount


def charge(turn: Turn, dispatch: Dispatch, amount: int) -> None:
    """Take money for messages; a negative amount is given back."""
    turn.session.get_one(Account, dispatch.account_id).money -= amount
    dispatch.charged += amount
