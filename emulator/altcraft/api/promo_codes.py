"""Promo codes of loyalty programs: imported, attached to profiles, activated, shown.

https://guides.altcraft.com/en/developer-guide/promocodes
"""

from operator import not_
from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from emulator.altcraft import refusals
from emulator.altcraft.answers import NOT_MATCHED, PersonMatch, match_in
from emulator.altcraft.dialect import Call, Policy
from emulator.altcraft.listing import find, find_program
from emulator.altcraft.loyalty import promo_codes
from emulator.altcraft.models import Asking, Done, Model, Reply
from emulator.altcraft.people.matching import find_one
from emulator.altcraft.refusals import IncorrectRequest
from emulator.altcraft.tables.loyalty import LoyaltyProgram
from emulator.altcraft.tables.people import Database
from emulator.altcraft.values import Flag, Int64, Many, MaybeSecond, Moment, OneLine
from emulator.gateway.route import OperationRoute, refuses

router = APIRouter(prefix="/api/v1.1/promocodes", tags=["Promo codes"], route_class=OperationRoute)

ViewCall = Annotated[Call, Policy(right="promocodes.view")]
ExportCall = Annotated[Call, Policy(right="promocodes.view", is_long=True)]
EditCall = Annotated[Call, Policy(right="promocodes.edit", deduplicated="by id")]
ImportCall = Annotated[Call, Policy(right="promocodes.edit", deduplicated="by id", is_long=True)]


class CodesOfProgram(Asking):
    loyalty_id: Int64 = Field(description="Loyalty program id")


class CodeOfProgram(CodesOfProgram):
    code: OneLine


class NewCodes(CodesOfProgram):
    codes: Many[OneLine]


class ImportedCode(Model):
    code: str
    error: int = 0
    error_text: str = ""


class ImportedCodes(Reply[list[ImportedCode]]):
    inserted: int
    duplicated: int
    discarded_by_limit: int


@router.post("/import", responses=refuses(refusals.ObjectNotFound))
async def import_promo_codes(call: ImportCall, body: NewCodes) -> ImportedCodes:
    """Add codes to a program; the response has a row for each code.

    Errors of rows are inferred: 409 for a known code, 402 if the program has no room for it.

    https://guides.altcraft.com/en/developer-guide/promocodes/2195573
    """
    outcomes = promo_codes.import_codes(call.turn, find_program(call, body.loyalty_id), body.codes)
    return ImportedCodes(
        data=[_row(code, outcome) for code, outcome in zip(body.codes, outcomes, strict=True)],
        inserted=outcomes.count("inserted"),
        duplicated=outcomes.count("duplicated"),
        discarded_by_limit=outcomes.count("discarded"),
    )


def _row(code: str, outcome: promo_codes.Added) -> ImportedCode:
    error: refusals.AltcraftError
    match outcome:
        case "inserted":
            return ImportedCode(code=code)
        case "duplicated":
            error = refusals.AlreadyExists(promo_codes.KIND, code)
        case "discarded":
            error = refusals.TariffLimitReached()
    return ImportedCode(code=code, error=error.status, error_text=error.message)


class CodeInformation(Model):
    """A code. The time of what did not or will not happen is an empty text."""

    created_at: MaybeSecond = Field(serialization_alias="created")
    is_attached: bool
    is_activated: bool
    is_expired: bool
    attached: MaybeSecond
    activated: MaybeSecond
    expired: MaybeSecond
    expires_at: MaybeSecond = Field(serialization_alias="expire_date")
    program_id: int = Field(serialization_alias="loyalty_id")
    code: str


@router.post("/get", responses=refuses(refusals.ObjectNotFound))
async def get_promo_code_information(call: ViewCall, body: CodeOfProgram) -> Reply[CodeInformation]:
    """Return the state of a code.

    https://guides.altcraft.com/en/developer-guide/promocodes/2195575
    """
    code = promo_codes.find_code(call.db, find_program(call, body.loyalty_id), body.code)
    use, is_expired = promo_codes.use_of(call.db, code), promo_codes.is_expired(code, call.now)
    information = CodeInformation.of(
        code,
        is_attached=use.profiles > 0,
        is_activated=use.activated_at is not None,
        is_expired=is_expired,
        attached=use.attached_at,
        activated=use.activated_at,
        expired=code.expires_at if is_expired else None,
    )
    return Reply(data=information)


@router.post("/activate", responses=refuses(refusals.ObjectNotFound, refusals.WrongState))
async def activate_promo_code(call: EditCall, body: CodeOfProgram) -> Done:
    """Activate a code that a profile has.

    https://guides.altcraft.com/en/developer-guide/promocodes/2195577
    """
    promo_codes.activate(call.turn, find_program(call, body.loyalty_id), body.code)
    return Done()


class ChangedCode(CodeOfProgram):
    activated: Flag | None = None
    expire_date: Moment | None = Field(None, description="When the code expires; RFC 3339")


@router.post("/update", responses=refuses(refusals.ObjectNotFound, refusals.WrongState))
async def update_promo_code(call: EditCall, body: ChangedCode) -> Done:
    """Change when a code expires, whether it is activated, or both.

    https://guides.altcraft.com/en/developer-guide/promocodes/2195579
    """
    if body.activated is None and body.expire_date is None:
        raise IncorrectRequest("activated", "Field required")
    promo_codes.change(
        call.turn,
        find_program(call, body.loyalty_id),
        body.code,
        activated=body.activated,
        expires_at=body.expire_date,
    )
    return Done()


class CodeOfProfile(CodesOfProgram, PersonMatch):
    db_id: Int64 = Field(description="Database id")
    code: OneLine | None = None


@router.post(
    "/attach",
    responses=refuses(*NOT_MATCHED, refusals.WrongState, refusals.TariffLimitReached, refusals.AlreadyExists),
)
async def attach_promo_code(call: EditCall, body: CodeOfProfile) -> Done:
    """Attach a code to a profile; an unknown code is imported. Without a code, attach any free one.

    https://guides.altcraft.com/en/developer-guide/promocodes/2195581
    """
    program, profile_id = _whose(call, body)
    promo_codes.attach(call.turn, program, profile_id, body.code)
    return Done()


@router.post("/detach", responses=refuses(*NOT_MATCHED, refusals.WrongState))
async def detach_promo_code(call: EditCall, body: CodeOfProfile) -> Done:
    """Take a code away from the one profile that has it.

    https://guides.altcraft.com/en/developer-guide/promocodes/2195583
    """
    if body.code is None:
        raise IncorrectRequest("code", "Field required")
    program, profile_id = _whose(call, body)
    promo_codes.detach(call.turn, program, profile_id, body.code)
    return Done()


def _whose(call: Call, body: CodeOfProfile) -> tuple[LoyaltyProgram, str]:
    """Return the program and the id of the profile that a request is about. Raises AltcraftError."""
    program, database = find_program(call, body.loyalty_id), find(call, Database, body.db_id, "database")
    if program.database_id != database.id:
        raise IncorrectRequest("db_id", f"loyalty program {program.id} is not of database {database.id}")
    return program, find_one(call.db, database.id, match_in(call, body, database.id))


class ExportedCode(Model):
    """A code. The times of what did not happen are left out."""

    code: str
    attached: MaybeSecond = Field("", exclude_if=not_)
    activated: MaybeSecond = Field("", exclude_if=not_)


@router.post("/export_all", responses=refuses(refusals.ObjectNotFound))
async def get_all_promo_codes(call: ExportCall, body: CodesOfProgram) -> Reply[list[ExportedCode]]:
    """Return all codes of a program, in the order in which they were made.

    https://guides.altcraft.com/en/developer-guide/promocodes/3113099
    """
    codes = promo_codes.export_all(call.db, find_program(call, body.loyalty_id))
    return Reply(data=[ExportedCode.of(one) for one in codes])
