"""The loyalty programs of a fixture: their points, tiers and promotions, their members and promo codes.

Members and codes are stored as the API stores them, and refused as it refuses them.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from emulator.altcraft.account.parts import Id, Named
from emulator.altcraft.account.people import find_person
from emulator.altcraft.loyalty import members, promo_codes, transactions
from emulator.altcraft.loyalty.accounts import Holder
from emulator.altcraft.loyalty.amounts import read_amount, read_balance
from emulator.altcraft.loyalty.programs import find_currency, find_promotion
from emulator.altcraft.loyalty.transactions import Terms
from emulator.altcraft.tables.loyalty import (
    LoyaltyProgram,
    OrderPromotion,
    PointsCurrency,
    Promotion,
    Tier,
    TierGroup,
)
from emulator.altcraft.values import Name, OneLine
from emulator.engine.clock import LATEST, Millis
from emulator.engine.engine import Turn
from emulator.sandbox.fixtures import Duration, Fixture, In, Moment, Place, Unique, repeated

Written = Annotated[str, Field(pattern=r"^[0-9]{1,12}(\.[0-9]{1,2})?$")]

Above = Annotated[float, Field(gt=0, lt=10**12)]

FromZero = Annotated[float, Field(ge=0, lt=10**12)]

Amount = Annotated[int, BeforeValidator(read_amount, json_schema_input_type=Written | Above)]
"""An amount of points with up to two places: `100.50`."""

Balance = Annotated[int, BeforeValidator(read_balance, json_schema_input_type=Written | FromZero)]
"""An amount of points that may be 0."""

Percent = Annotated[Decimal, Field(ge=0, le=100, decimal_places=2)]

Currency = Annotated[str, In("currencies", key="external_id")]


class ProgramPart(Fixture):
    """A part of a program, with the id by which clients name it."""

    id: Id
    external_id: Annotated[Name, Unique()]
    name: Name


class CurrencyFixture(ProgramPart):
    """A kind of points: `standard` points are earned and spent, `qualification` points decide on tiers."""

    kind: Literal["standard", "qualification"] = "standard"
    initial: Balance = 0
    """The balance of a new member."""
    expires_after: Duration | None = None
    """How long active points last, unless a transaction says otherwise; if left out, for ever."""


class TierFixture(ProgramPart):
    points: Balance = 0
    """The active balance from which on a member has it."""


class TierGroupFixture(Named):
    """Tiers, the lowest first. Those of the kind `balance` are lost with the points, others are kept."""

    kind: Literal["cumulative", "balance"] = "cumulative"
    currency: Currency
    tiers: list[TierFixture] = Field(min_length=1)

    @model_validator(mode="after")
    def _rises(self) -> "TierGroupFixture":
        if any(low.points >= high.points for low, high in pairwise(self.tiers)):
            raise ValueError("each tier takes more points than the one before it")
        return self


class PromotionRuleFixture(Fixture):
    currency: Currency
    static_amount: Amount | None = None
    min_amount: Balance | None = None
    max_amount: Amount | None = None

    @model_validator(mode="after")
    def _allows_something(self) -> "PromotionRuleFixture":
        if self.min_amount is not None and self.max_amount is not None and self.min_amount > self.max_amount:
            raise ValueError("min_amount is more than max_amount")
        return self


class PromotionFixture(ProgramPart):
    """A trigger promotion: how many points a client may accrue and redeem with it."""

    description: str = ""
    starts_at: Moment | None = Field(None, alias="start")
    ends_at: Moment | None = Field(None, alias="end")
    is_active: bool = Field(True, alias="active")
    redeem_rules: list[PromotionRuleFixture] = []
    accrual_rules: list[PromotionRuleFixture] = []

    def contradictions(self) -> Iterator[tuple[Place, str]]:
        if self.starts_at is not None and self.ends_at is not None and self.starts_at > self.ends_at:
            yield ("end",), "is before its start"


class OrderPromotionFixture(ProgramPart):
    """A promotion of orders: percents off the prices, and percents of the payment back in points."""

    percent_off: Percent = Decimal(0)
    percent_back: Percent = Decimal(0)
    currency: Currency
    """The points that are given back."""
    needs_code: bool = False
    """Whether only orders with a promo code have the promotion."""


def _after(turn: Turn, length: Millis | None) -> Millis | None:
    """Return the instant `length` from now; None without a length, or beyond the latest instant."""
    return turn.now + length if length is not None and turn.now + length <= LATEST else None


class PointsFixture(Fixture):
    """Points that a member was given or spent."""

    kind: Literal["accrual", "redemption"] = "accrual"
    currency: Currency
    amount: Amount
    external_id: str | None = None
    promotion: Annotated[str, In("promotions", key="external_id")] = ""
    is_temporary: bool = Field(False, alias="temporary")
    timeout: Duration | None = None
    """After how long a temporary transaction is rolled back."""
    activates_in: Duration | None = None
    expires_in: Duration | None = None

    def store(self, turn: Turn, program: LoyaltyProgram, profile_id: str) -> None:
        """Move the points. Raises AltcraftError."""
        terms = Terms(
            amount=self.amount,
            promotion=find_promotion(turn.session, program, self.promotion) if self.promotion else None,
            is_temporary=self.is_temporary,
            timeout=self.timeout,
            activates_at=_after(turn, self.activates_in),
            expires_at=_after(turn, self.expires_in),
            external_id=self.external_id,
        )
        move = transactions.accrue if self.kind == "accrual" else transactions.redeem
        move(
            turn,
            Holder(program, find_currency(turn.session, program, None, self.currency), profile_id),
            terms,
        )


class MemberFixture(Fixture):
    """A member, by the profile's e-mail, and the points that were moved."""

    profile: str
    points: list[PointsFixture] = []

    def store(self, turn: Turn, program: LoyaltyProgram) -> None:
        """Register the member. Raises AltcraftError."""
        profile_id = find_person(turn, program.database_id, self.profile)
        members.register(turn, program, profile_id)
        for points in self.points:
            with points.storing():
                points.store(turn, program, profile_id)


class CodeFixture(Fixture):
    """A promo code, and the profiles that it is attached to."""

    code: OneLine
    expires_in: Duration | None = None
    attached: list[str] = []
    """The e-mails of the profiles that have it."""
    activated: bool = False

    def store(self, turn: Turn, program: LoyaltyProgram) -> None:
        """Store the code. Raises AltcraftError where the API would refuse it."""
        promo_codes.import_codes(turn, program, [self.code])
        for email in self.attached:
            profile_id = find_person(turn, program.database_id, email)
            promo_codes.attach(turn, program, profile_id, self.code)
        if self.activated:
            promo_codes.activate(turn, program, self.code)
        expires_at = _after(turn, self.expires_in)
        if expires_at is not None:
            promo_codes.change(turn, program, self.code, activated=None, expires_at=expires_at)


class LoyaltyProgramFixture(Fixture):
    """A loyalty program for the people of a database, which has at most one active program."""

    id: Id
    external_id: Annotated[str, Unique()] = ""
    name: Name
    description: str = ""
    database_id: Annotated[int, In("databases")] = Field(alias="database")
    is_active: bool = Field(True, alias="active")
    max_codes: int = Field(0, ge=0)
    """How many promo codes it has room for; 0 for any number."""
    reuses_codes: bool = False
    """Whether a promo code can be attached to several profiles."""
    currencies: list[CurrencyFixture] = []
    tier_groups: list[TierGroupFixture] = []
    promotions: list[PromotionFixture] = []
    order_promotions: list[OrderPromotionFixture] = []
    members: list[MemberFixture] = []
    codes: list[OneLine | CodeFixture] = []
    """Promo codes; a plain text is a code that is attached to nobody."""

    def contradictions(self) -> Iterator[tuple[Place, str]]:
        """Yield repeated members and codes, and more codes than `max_codes` allows."""
        members = [one.profile.strip().lower() for one in self.members]
        codes = [one if isinstance(one, str) else one.code for one in self.codes]
        for name, values in (("members", members), ("codes", codes)):
            for place in repeated(values):
                yield (name, place), f"{values[place]} is there before"
        if 0 < self.max_codes < len(self.codes):
            yield ("codes", self.max_codes), f"there is room for {self.max_codes} codes alone: see max_codes"

    def store(self, turn: Turn) -> None:
        """Store the program with all that it has. Raises FixtureError."""
        program = self.row(LoyaltyProgram)
        turn.session.add(program)
        turn.session.add_all(one.row(PointsCurrency, program_id=self.id) for one in self.currencies)
        self._store_tiers(turn)
        self._store_promotions(turn)
        codes = [CodeFixture(code=code) if isinstance(code, str) else code for code in self.codes]
        self._store_each(turn, program, "members", self.members)
        self._store_each(turn, program, "codes", codes)

    def _store_each(
        self, turn: Turn, program: LoyaltyProgram, name: str, parts: Sequence[MemberFixture | CodeFixture]
    ) -> None:
        """Store members or codes. Raises FixtureError for what the API would refuse."""
        for place, part in enumerate(parts):
            with self.storing(name, place):
                part.store(turn, program)

    def _store_tiers(self, turn: Turn) -> None:
        for group in self.tier_groups:
            currency_id = self._currency_id(group.currency)
            turn.session.add(group.row(TierGroup, program_id=self.id, currency_id=currency_id))
            for place, tier in enumerate(group.tiers):
                turn.session.add(tier.row(Tier, group_id=group.id, place=place))

    def _store_promotions(self, turn: Turn) -> None:
        for one in self.promotions:
            rules = {
                name: [self._rule(rule) for rule in listed]
                for name, listed in (("redeem_rules", one.redeem_rules), ("accrual_rules", one.accrual_rules))
            }
            turn.session.add(one.row(Promotion, program_id=self.id, **rules))
        for order in self.order_promotions:
            percents = [str(order.percent_off), str(order.percent_back)]
            currency_id = self._currency_id(order.currency)
            turn.session.add(
                order.row(OrderPromotion, program_id=self.id, percents=percents, currency_id=currency_id)
            )

    def _rule(self, rule: PromotionRuleFixture) -> dict[str, Any]:
        return {"currency_id": self._currency_id(rule.currency), **rule.model_dump(exclude={"currency"})}

    def _currency_id(self, external_id: str) -> int:
        return next(one.id for one in self.currencies if one.external_id == external_id)
