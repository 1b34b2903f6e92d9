"""The requests and responses that the pages of loyalty programs share."""

from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from emulator import spelling
from emulator.altcraft import refusals
from emulator.altcraft.answers import PersonMatch, match_in
from emulator.altcraft.dialect import Call, Policy
from emulator.altcraft.listing import find_program
from emulator.altcraft.loyalty import amounts
from emulator.altcraft.loyalty.accounts import Holder
from emulator.altcraft.loyalty.members import is_member
from emulator.altcraft.loyalty.programs import find_currency
from emulator.altcraft.models import Asking
from emulator.altcraft.people.matching import find_one
from emulator.altcraft.refusals import IncorrectRequest
from emulator.altcraft.tables.loyalty import LoyaltyProgram, PointsCurrency
from emulator.altcraft.values import Int64, Integer, Words

ViewCall = Annotated[Call, Policy(right="loyalty.view")]
EditCall = Annotated[Call, Policy(right="loyalty.edit", deduplicated="by id")]

Amount = Annotated[int, BeforeValidator(amounts.read_amount, json_schema_input_type=str)]
"""An amount of points in a request, with up to two places: `100.50`."""

Points = Annotated[str, BeforeValidator(amounts.shown)]
"""An amount of points in a response, made of hundredths, with two places."""

Limit100 = Annotated[Integer, Field(ge=1, le=100)]
"""The `limit` of these lists: 1 to 100 rows."""


def _transaction_id(text: str) -> str:
    if (found := spelling.uuid(text)) is None:
        raise ValueError("is no id of a transaction")
    return found


TransactionId = Annotated[str, AfterValidator(_transaction_id)]


class OfProgram(Asking):
    loyalty_program_id: Int64


class OfCurrency(OfProgram):
    """A request about points. One of the two ids names the currency."""

    points_currency_iid: Int64 | None = Field(None, description="Internal id of the currency")
    points_currency_eid: Words | None = Field(None, description="External id of the currency")


class OfMember(OfProgram, PersonMatch):
    """A request about a member of a program."""

    matching: Words


class PointsOfMember(OfCurrency, OfMember):
    """A request about the points of a member."""


def person_in(call: Call, program: LoyaltyProgram, body: OfMember) -> str:
    """Return the id of the profile that is looked for. Raises AltcraftError."""
    return find_one(call.db, program.database_id, match_in(call, body, program.database_id))


def member_in(call: Call, program: LoyaltyProgram, body: OfMember) -> str:
    """Return the profile id of the member that is looked for. Raises AltcraftError."""
    profile_id = person_in(call, program, body)
    if not is_member(call.db, program, profile_id):
        match = match_in(call, body, program.database_id)
        raise refusals.ObjectNotFound("member", match.shown)
    return profile_id


def holder_in(call: Call, body: PointsOfMember) -> Holder:
    """Return the member and the currency that a request names. Raises AltcraftError."""
    program = find_program(call, body.loyalty_program_id)
    currency = currency_in(call, program, body)
    return Holder(program, currency, member_in(call, program, body))


def currency_in(call: Call, program: LoyaltyProgram, body: OfCurrency) -> PointsCurrency:
    """Return the currency that a request names, or the first standard one. Raises ObjectNotFound."""
    return find_currency(call.db, program, body.points_currency_iid, body.points_currency_eid)


def need_currency(body: OfCurrency) -> None:
    """Raise IncorrectRequest where no currency is named."""
    if body.points_currency_iid is None and body.points_currency_eid is None:
        raise IncorrectRequest("points_currency_eid", "Field required")
