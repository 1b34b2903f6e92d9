"""Transactions of points: accruing, redeeming, committing, rolling back, cancelling and expiring.

https://guides.altcraft.com/en/developer-guide/loyalty. A temporary redemption takes its points at once. A
temporary accrual gives points when it is committed, by a new transaction. Balances before and after a
transaction are of all points, so each begins where the previous one ends.
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
"""The names in texts of refusals of the kinds of transactions that can not be cancelled."""


class Source(NamedTuple):
    """The source of a transaction: the API, a promotion or an order."""

    type: str = "api"
    iid: int | None = None
    sid: str = ""


BY_API = Source()


@dataclass(frozen=True)
class Terms:
    """The terms of a new transaction."""

    amount: Cents
    promotion: Promotion | None = None
    is_temporary: bool = False
    timeout: Millis | None = None
    """How long a temporary transaction lasts until it is rolled back; None for ever."""
    created_at: Millis | None = None
    """The time of the transaction; None for now."""
    activates_at: Millis | None = None
    """When accrued points become active; None for at once."""
    expires_at: Millis | None = None
    """When accrued points expire; None for the currency's `expires_after`."""
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
        expires_at = by_currency if by_currency <= LATEST else None  # later than the latest instant
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
    """Store a new transaction, without changing the balance."""
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

    If the clock was set back, the time is that of the last id, since pages begin after an id.
    """
    (last,) = turn.store.execute("SELECT max(id) FROM altcraft_points_transaction").fetchone()
    time = max(turn.now, UUID(last).int >> 80 if last else 0)
    number = turn.ids.upcoming(IDS)
    rest = int(turn.ids.hex(IDS, 11), 16) >> 2
    low = number << 42 | rest
    high, low = low >> 62, low & (1 << 62) - 1
    return str(UUID(int=time << 80 | 7 << 76 | high << 64 | 0b10 << 62 | low))


def _wait(turn: Turn, transaction: PointsTransaction, terms: Terms) -> None:
    """Make a transaction temporary, and plan its rollback if it has a timeout."""
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
    """Plan the expiry of an accrual's points, or let them expire now if their time is past."""
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
    """Make a temporary transaction permanent; return it, or the new accrual. Raises WrongState."""
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
"""The columns that a transaction takes over from the one that it follows."""


def roll_back(turn: Turn, transaction: PointsTransaction) -> None:
    """Undo a temporary transaction. Raises WrongState."""
    _end(turn, transaction, "rolled back")
    _undo(turn, transaction, "rollback")


def cancel(turn: Turn, transaction: PointsTransaction) -> None:
    """Undo a temporary or permanent transaction. Raises WrongState."""
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
    """End the temporary state of a transaction. Raises WrongState."""
    if transaction.state != "temporary":
        raise refusals.WrongState("transaction", transaction.id, transaction.state)
    transaction.state = state
    turn.cancel(f"{SUBJECT}{transaction.id}")


def _undo(turn: Turn, transaction: PointsTransaction, kind: str) -> None:
    """Reverse the effect of a transaction, by a new transaction of the given kind."""
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
    """Store a transaction that follows from another one."""
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
    """Return the handlers of due activations, expiries and rollbacks."""
    return {ACTIVATE: _on_activation, EXPIRE: _on_expiration, ROLL_BACK: _on_timeout}


def _about(turn: Turn, about: str) -> PointsTransaction | None:
    """Return the transaction of a due event; None if it was deleted with its member."""
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
