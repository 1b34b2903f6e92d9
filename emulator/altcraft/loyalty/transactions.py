"""Transactions of points: accrued, redeemed, committed, rolled back, cancelled, and expired in time.

https://guides.altcraft.com/en/developer-guide/loyalty. A temporary redemption takes its points at once, a
temporary accrual gives none before it is committed, which makes another transaction. The balances before
and after a transaction are those of all points, so that each begins where the one before it ends.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

from sqlmodel import Session, col, select

from emulator.altcraft import refusals
from emulator.altcraft.loyalty import accounts
from emulator.altcraft.loyalty.accounts import Holder, account_of
from emulator.altcraft.loyalty.amounts import shown
from emulator.altcraft.loyalty.programs import Direction, check_promotion, refuse_inactive
from emulator.altcraft.refusals import IncorrectRequest
from emulator.altcraft.tables.loyalty import Cents, PointsAccount, PointsTransaction, Promotion
from emulator.engine.clock import LATEST, Millis
from emulator.engine.engine import Handler, Turn

SUBJECT = "altcraft.points_transaction:"
ACTIVATE, EXPIRE, ROLL_BACK = "altcraft.points_activate", "altcraft.points_expire", "altcraft.points_rollback"
IDS = "altcraft.points_transaction"

IN_WORDS = {"expiration": "an expiration", "rollback": "a rollback", "cancellation": "a cancellation"}
"""What refusals call the transactions that nobody asks for, and that can not be undone."""


class Source(NamedTuple):
    """What points are moved by."""

    type: str = "api"
    iid: int | None = None
    sid: str = ""


BY_API = Source()


@dataclass(frozen=True)
class Terms:
    """How points are moved."""

    amount: Cents
    promotion: Promotion | None = None
    is_temporary: bool = False
    timeout: Millis | None = None
    """After how long a temporary transaction rolls back by itself; None for never."""
    created_at: Millis | None = None
    """When it is said to have happened; None for now."""
    activates_at: Millis | None = None
    """When accrued points become active; None for at once."""
    expires_at: Millis | None = None
    """When they expire; None for when the currency says."""
    external_id: str | None = None
    description: str = ""
    source: Source = BY_API
    external_data: Mapping[str, Any] = field(default_factory=dict)


def accrue(turn: Turn, holder: Holder, terms: Terms) -> PointsTransaction:
    """Give a member points. Raises WrongState, AlreadyExists, IncorrectRequest."""
    _check(turn, holder, terms, "accrual")
    activates_at, expires_at = _period(turn, holder, terms)
    accrual = _new(turn, holder, terms, "accrual")
    accrual.activates_at, accrual.expires_at = activates_at, expires_at
    if terms.is_temporary:
        _wait(turn, accrual, terms)
    else:
        _open(turn, accrual)
    return accrual


def _period(turn: Turn, holder: Holder, terms: Terms) -> tuple[Millis, Millis | None]:
    """Return when accrued points become active, and when they expire. Raises IncorrectRequest."""
    activates_at = turn.now if terms.activates_at is None else terms.activates_at
    expires_at = terms.expires_at
    if expires_at is None and holder.currency.expires_after is not None:
        by_currency = activates_at + holder.currency.expires_after
        expires_at = by_currency if by_currency <= LATEST else None  # time ends before they do
    if expires_at is not None and expires_at <= activates_at:
        raise IncorrectRequest("expiration_date", "must be later than the activation")
    return activates_at, expires_at


def redeem(turn: Turn, holder: Holder, terms: Terms) -> PointsTransaction:
    """Take points from a member. Raises WrongState, AlreadyExists, IncorrectRequest."""
    _check(turn, holder, terms, "redemption")
    if holder.currency.kind != "standard":
        raise refusals.WrongState("points currency", holder.currency.external_id, "not spent")
    account = account_of(turn, holder.profile_id, holder.currency.id)
    if terms.amount > account.active:
        raise IncorrectRequest("amount", f"more than the active balance {shown(account.active)}")
    redemption = _new(turn, holder, terms, "redemption")
    accounts.take(turn, account, terms.amount)
    redemption.balance_after = account.total
    if terms.is_temporary:
        _wait(turn, redemption, terms)
    return redemption


def _check(turn: Turn, holder: Holder, terms: Terms, direction: Direction) -> None:
    refuse_inactive(holder.program)
    if terms.external_id is not None and find(turn.session, external_id=terms.external_id) is not None:
        raise refusals.AlreadyExists("transaction", terms.external_id)
    if terms.promotion is not None:
        check_promotion(terms.promotion, holder.currency, direction, terms.amount, turn.now)


def _new(turn: Turn, holder: Holder, terms: Terms, kind: str) -> PointsTransaction:
    """Make a transaction that has not changed the balance yet."""
    promotion, source = terms.promotion, terms.source
    if promotion is not None and source == BY_API:
        source = Source("promotion", promotion.id, promotion.external_id)
    balance = account_of(turn, holder.profile_id, holder.currency.id).total
    made = PointsTransaction(
        id=_next_id(turn),
        external_id=terms.external_id,
        program_id=holder.program.id,
        currency_id=holder.currency.id,
        profile_id=holder.profile_id,
        kind=kind,
        amount=terms.amount,
        balance_before=balance,
        balance_after=balance,
        created_at=turn.now if terms.created_at is None else terms.created_at,
        promotion_id=promotion.id if promotion else None,
        description=terms.description or (promotion.description if promotion else ""),
        source_type=source.type,
        source_iid=source.iid,
        source_sid=source.sid,
        external_data=dict(terms.external_data),
    )
    turn.session.add(made)
    return made


def _next_id(turn: Turn) -> str:
    """Return a UUID of version 7: the time, the number of the transaction, and a hash with the seed.

    Where the clock was set back, the time is that of the last one, as pages go on from the last id.
    """
    (last,) = turn.store.execute("SELECT max(id) FROM altcraft_points_transaction").fetchone()
    time = max(turn.now, UUID(last).int >> 80 if last else 0)
    number = turn.ids.upcoming(IDS)
    rest = int(turn.ids.hex(IDS, 11), 16) >> 2
    low = number << 42 | rest
    high, low = low >> 62, low & (1 << 62) - 1
    return str(UUID(int=time << 80 | 7 << 76 | high << 64 | 0b10 << 62 | low))


def _wait(turn: Turn, transaction: PointsTransaction, terms: Terms) -> None:
    """Let a transaction be temporary, for as long as it has."""
    transaction.state = "temporary"
    if terms.timeout is not None:
        turn.schedule(turn.now + terms.timeout, ROLL_BACK, f"{SUBJECT}{transaction.id}")


def _open(turn: Turn, accrual: PointsTransaction) -> None:
    """Put the points of an accrual into the account, and plan when they become active and expire."""
    account = account_of(turn, accrual.profile_id, accrual.currency_id)
    accrual.remaining = accrual.amount
    account.pending += accrual.amount
    accrual.balance_after = account.total
    assert accrual.activates_at is not None
    if accrual.activates_at <= turn.now:
        accounts.activate(turn, account, accrual)
    else:
        turn.schedule(accrual.activates_at, ACTIVATE, f"{SUBJECT}{accrual.id}")
    _plan_expiry(turn, account, accrual)


def _plan_expiry(turn: Turn, account: PointsAccount, accrual: PointsTransaction) -> None:
    """Let points expire at their time, or now if that is past: also those that come back later."""
    about = f"{SUBJECT}{accrual.id}"
    turn.cancel(about, EXPIRE)
    if accrual.expires_at is None:
        return
    if accrual.expires_at <= turn.meant:
        _expire(turn, account, accrual)
    else:
        turn.schedule(accrual.expires_at, EXPIRE, about)


def find(
    session: Session, *, number: str | None = None, external_id: str | None = None
) -> PointsTransaction | None:
    """Return the transaction with an id, its letters in any case, or the last one with an external id."""
    if number is not None:
        return session.get(PointsTransaction, number.lower())
    own = select(PointsTransaction).where(PointsTransaction.external_id == external_id)
    found: PointsTransaction | None = session.exec(own.order_by(col(PointsTransaction.id).desc())).first()
    return found


def commit(turn: Turn, transaction: PointsTransaction) -> PointsTransaction:
    """Make a temporary transaction permanent; return what it is then. Raises WrongState."""
    _end(turn, transaction, "committed")
    if transaction.kind == "redemption":
        return transaction
    account = account_of(turn, transaction.profile_id, transaction.currency_id)
    own = transaction.model_dump(include=SHARED)
    accrual = PointsTransaction(
        **own,
        id=_next_id(turn),
        kind="accrual",
        balance_before=account.total,
        balance_after=account.total,
        created_at=turn.now,
        external_id=transaction.external_id,
        activates_at=transaction.activates_at,
        expires_at=transaction.expires_at,
        external_data=transaction.external_data,
    )
    turn.session.add(accrual)
    transaction.successor = accrual.id
    _open(turn, accrual)
    return accrual


SHARED = {
    *("program_id", "currency_id", "profile_id", "amount", "promotion_id", "description"),
    *("source_type", "source_iid", "source_sid"),
}
"""What a transaction has of the one that it follows."""


def roll_back(turn: Turn, transaction: PointsTransaction) -> None:
    """Undo a temporary transaction. Raises WrongState."""
    _end(turn, transaction, "rolled back")
    _undo(turn, transaction, "rollback")


def cancel(turn: Turn, transaction: PointsTransaction) -> None:
    """Undo a transaction, be it temporary or not. Raises WrongState."""
    if transaction.successor is not None:
        transaction = turn.session.get_one(PointsTransaction, transaction.successor)
    if transaction.kind in IN_WORDS:
        raise refusals.WrongState("transaction", transaction.id, IN_WORDS[transaction.kind])
    if transaction.state in {"rolled back", "cancelled"}:
        raise refusals.WrongState("transaction", transaction.id, transaction.state)
    turn.cancel(f"{SUBJECT}{transaction.id}")
    _undo(turn, transaction, "cancellation")
    transaction.state = "cancelled"


def _end(turn: Turn, transaction: PointsTransaction, state: str) -> None:
    """Let a temporary transaction be one no more. Raises WrongState."""
    if transaction.state != "temporary":
        raise refusals.WrongState("transaction", transaction.id, transaction.state)
    transaction.state = state
    turn.cancel(f"{SUBJECT}{transaction.id}")


def _undo(turn: Turn, transaction: PointsTransaction, kind: str) -> None:
    """Take back what a transaction has changed, which is a transaction too."""
    account = account_of(turn, transaction.profile_id, transaction.currency_id)
    before, returned = account.total, list[str]()
    if transaction.kind == "redemption":
        returned = accounts.give_back(turn, account, transaction.amount)
    else:
        accounts.withdraw(turn, account, transaction)
    amount = transaction.amount - transaction.expired
    _follow(turn, transaction, kind, amount, (before, account.total))
    for number in returned:
        _plan_expiry(turn, account, turn.session.get_one(PointsTransaction, number))


def _expire(turn: Turn, account: PointsAccount, accrual: PointsTransaction) -> None:
    before = account.total
    amount = accounts.expire(turn, account, accrual)
    if amount:
        _follow(turn, accrual, "expiration", amount, (before, account.total))


def _follow(
    turn: Turn, transaction: PointsTransaction, kind: str, amount: Cents, balances: tuple[Cents, Cents]
) -> None:
    """Add the transaction that another one has led to."""
    own = transaction.model_dump(include=SHARED - {"amount"})
    before, after = balances
    turn.session.add(
        PointsTransaction(
            **own,
            id=_next_id(turn),
            kind=kind,
            amount=amount,
            balance_before=before,
            balance_after=after,
            created_at=turn.now,
        )
    )


def events() -> dict[str, Handler]:
    """Return the handlers of what happens to points in time."""
    return {ACTIVATE: _on_activation, EXPIRE: _on_expiration, ROLL_BACK: _on_timeout}


def _about(turn: Turn, about: str) -> PointsTransaction | None:
    """Return the transaction that an event is about; None where it went with its member."""
    return turn.session.get(PointsTransaction, about.removeprefix(SUBJECT))


def _on_activation(turn: Turn, about: str, details: Mapping[str, Any]) -> None:
    accrual = _about(turn, about)
    if accrual is not None:
        accounts.activate(turn, account_of(turn, accrual.profile_id, accrual.currency_id), accrual)


def _on_expiration(turn: Turn, about: str, details: Mapping[str, Any]) -> None:
    accrual = _about(turn, about)
    if accrual is not None:
        _expire(turn, account_of(turn, accrual.profile_id, accrual.currency_id), accrual)


def _on_timeout(turn: Turn, about: str, details: Mapping[str, Any]) -> None:
    transaction = _about(turn, about)
    if transaction is not None:
        roll_back(turn, transaction)
