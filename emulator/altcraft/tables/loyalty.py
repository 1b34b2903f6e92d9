"""Loyalty programs: their members, the points and tiers of these, and the promo codes that they hand out."""

from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal

from sqlmodel import Field, Index, text

from emulator.engine.clock import SECOND, Millis, Planned
from emulator.storage.columns import OneOf, RowOf
from emulator.storage.tables import Table, index_of_known, json_list, json_object

Cents = int
"""An amount of points, or a balance, in hundredths of a point."""


class LoyaltyProgram(Table, table=True):
    """A loyalty program, which the platform's administrator sets up for the people of one database."""

    __tablename__ = "altcraft_loyalty_program"

    id: int = Field(primary_key=True)
    external_id: str = ""
    name: str
    description: str = ""
    database_id: Annotated[int, RowOf("altcraft_database")]
    is_active: bool = True
    max_codes: int = 0
    """How many promo codes it has room for; 0 for any number."""
    reuses_codes: bool = False
    """Whether a promo code can be attached to several profiles."""


class PromoCode(Table, table=True):
    """A promo code of a program. It is free as long as it is attached to nobody."""

    KEPT: ClassVar[bool] = False
    __tablename__ = "altcraft_promo_code"
    __table_args__ = (Index("altcraft_promo_code_text", "program_id", "code", unique=True),)

    id: int | None = Field(default=None, primary_key=True)
    program_id: Annotated[int, RowOf("altcraft_loyalty_program")]
    code: str
    created_at: Millis
    expires_at: Planned | None = None


class PromoAttachment(Table, table=True):
    """A promo code that a profile has."""

    KEPT: ClassVar[bool] = False
    __tablename__ = "altcraft_promo_attachment"
    __table_args__ = (
        Index("altcraft_promo_attachment_profile", "profile_id"),
        {"sqlite_with_rowid": False},
    )

    code_id: Annotated[int, RowOf("altcraft_promo_code")] = Field(primary_key=True)
    profile_id: Annotated[str, RowOf("altcraft_profile")] = Field(primary_key=True)
    attached_at: Millis
    activated_at: Millis | None = None


class PointsCurrency(Table, table=True):
    """A kind of points of a program."""

    __tablename__ = "altcraft_points_currency"

    id: int = Field(primary_key=True)
    program_id: Annotated[int, RowOf("altcraft_loyalty_program")] = Field(index=True)
    external_id: str
    name: str
    kind: Annotated[str, OneOf("standard", "qualification")] = "standard"
    """`standard` points are earned and spent, `qualification` ones decide on tiers."""
    initial: Cents = 0
    """The balance of a new member."""
    expires_after: Millis | None = None
    """How long points are active before they expire, in milliseconds; None for ever."""


class TierGroup(Table, table=True):
    __tablename__ = "altcraft_tier_group"

    id: int = Field(primary_key=True)
    program_id: Annotated[int, RowOf("altcraft_loyalty_program")]
    name: str
    kind: Annotated[str, OneOf("cumulative", "balance")] = "cumulative"
    """A tier of a `cumulative` group is kept for good, one of a `balance` group as long as the points are."""
    currency_id: Annotated[int, RowOf("altcraft_points_currency")]
    """The points that decide on its tiers."""


class Tier(Table, table=True):
    __tablename__ = "altcraft_tier"

    id: int = Field(primary_key=True)
    group_id: Annotated[int, RowOf("altcraft_tier_group")] = Field(index=True)
    external_id: str
    name: str
    place: int
    """Its place in the group, from 0, the lowest."""
    points: Cents
    """The active balance from which on a member has it."""


class ReachedTier(Table, table=True):
    """A tier that a member has."""

    KEPT: ClassVar[bool] = False
    __tablename__ = "altcraft_reached_tier"
    __table_args__ = {"sqlite_with_rowid": False}

    profile_id: Annotated[str, RowOf("altcraft_profile")] = Field(primary_key=True)
    tier_id: Annotated[int, RowOf("altcraft_tier")] = Field(primary_key=True)
    reached_at: Millis


class Promotion(Table, table=True):
    """A trigger promotion: how many points a client may accrue and redeem with it."""

    __tablename__ = "altcraft_promotion"

    id: int = Field(primary_key=True)
    program_id: Annotated[int, RowOf("altcraft_loyalty_program")] = Field(index=True)
    external_id: str
    name: str
    description: str = ""
    starts_at: Millis | None = None
    ends_at: Millis | None = None
    is_active: bool = True
    redeem_rules: list[dict[str, Any]] = json_list()
    accrual_rules: list[dict[str, Any]] = json_list()
    """A rule has `currency_id`, and `static_amount`, `min_amount` and `max_amount` in hundredths or null."""

    def state(self, now: Millis) -> Literal["active", "inactive", "not begun yet", "over"]:
        if not self.is_active:
            return "inactive"
        if self.starts_at is not None and now < self.starts_at:
            return "not begun yet"
        is_over = self.ends_at is not None and self.ends_at // SECOND < now // SECOND
        return "over" if is_over else "active"


class OrderPromotion(Table, table=True):
    """A promotion of orders: percents off the prices, and percents of the payment back in points."""

    __tablename__ = "altcraft_order_promotion"

    id: int = Field(primary_key=True)
    program_id: Annotated[int, RowOf("altcraft_loyalty_program")] = Field(index=True)
    external_id: str
    name: str
    percents: list[str] = json_list()
    """Two exact decimals: percents off the prices, and percents back in points."""
    currency_id: Annotated[int, RowOf("altcraft_points_currency")]
    """The currency of the points that are given back."""
    needs_code: bool = False
    """Whether only orders with a promo code have the promotion."""

    @property
    def percent_off(self) -> Decimal:
        return Decimal(self.percents[0])

    @property
    def percent_back(self) -> Decimal:
        return Decimal(self.percents[1])


class Member(Table, table=True):
    """A profile that takes part in a program."""

    KEPT: ClassVar[bool] = False
    __tablename__ = "altcraft_loyalty_member"
    __table_args__ = {"sqlite_with_rowid": False}

    profile_id: Annotated[str, RowOf("altcraft_profile")] = Field(primary_key=True)
    program_id: Annotated[int, RowOf("altcraft_loyalty_program")] = Field(primary_key=True)
    registered_at: Millis


class PointsAccount(Table, table=True):
    """The points of one currency that a member has."""

    KEPT: ClassVar[bool] = False
    __tablename__ = "altcraft_points_account"
    __table_args__ = {"sqlite_with_rowid": False}

    profile_id: Annotated[str, RowOf("altcraft_profile")] = Field(primary_key=True)
    currency_id: Annotated[int, RowOf("altcraft_points_currency")] = Field(primary_key=True)
    active: Cents = 0
    """The active balance. It is below 0 if points were spent whose accrual was cancelled."""
    pending: Cents = 0
    """The points that are not active yet."""

    @property
    def total(self) -> Cents:
        return self.active + self.pending


class PointsTransaction(Table, table=True):
    """A movement of points."""

    KEPT: ClassVar[bool] = False
    __tablename__ = "altcraft_points_transaction"
    __table_args__ = (
        index_of_known("altcraft_points_transaction", "external_id"),
        Index("altcraft_points_transaction_page", "profile_id", "currency_id", "id"),
        Index("altcraft_points_transaction_period", "currency_id", "created_at"),
        Index(
            "altcraft_points_transaction_lot",
            "profile_id",
            "currency_id",
            "created_at",
            sqlite_where=text("is_active"),
        ),
        {"sqlite_with_rowid": False},
    )

    id: str = Field(primary_key=True)
    """A UUID that is greater than those of all earlier ones."""
    external_id: str | None = None
    program_id: Annotated[int, RowOf("altcraft_loyalty_program")]
    currency_id: Annotated[int, RowOf("altcraft_points_currency")]
    profile_id: Annotated[str, RowOf("altcraft_profile")]
    kind: Annotated[str, OneOf("accrual", "redemption", "expiration", "rollback", "cancellation")]
    state: Annotated[str, OneOf("temporary", "committed", "rolled back", "cancelled")] = "committed"
    amount: Cents
    balance_before: Cents
    """All points of the account, also those not active yet; `balance_after` has them after it."""
    balance_after: Cents
    created_at: Millis
    activates_at: Planned | None = None
    expires_at: Planned | None = None
    is_active: bool = False
    """Whether the points of an accrual are in the active balance."""
    remaining: Cents = 0
    """The points of an accrual that were neither spent nor have expired."""
    expired: Cents = 0
    """The points of an accrual that have expired."""
    successor: str | None = None
    """The transaction that committed a temporary accrual."""
    promotion_id: int | None = None
    description: str = ""
    source_type: Annotated[str, OneOf("api", "order", "scenario", "promotion")] = "api"
    source_iid: int | None = None
    source_sid: str = ""
    external_data: dict[str, Any] = json_object()
