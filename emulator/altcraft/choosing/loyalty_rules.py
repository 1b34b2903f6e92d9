"""Rules on loyalty programs: whether people are members, and which promo codes they have.

https://guides.altcraft.com/en/user-guide/segmentation/new-segments. The wire names are inferred.
"""

from collections.abc import Mapping

from emulator.altcraft.choosing.conditions import NEVER, Condition, negated
from emulator.altcraft.choosing.saying import Said, Scope
from emulator.altcraft.refusals import ObjectNotFound
from emulator.altcraft.tables.loyalty import LoyaltyProgram
from emulator.altcraft.tables.people import Database

OF_CODES: Mapping[str, tuple[Condition, bool]] = {
    "attached": ("1", False),
    "activated": ("used.activated_at IS NOT NULL", False),
    "not_exist": ("1", True),
}
"""The operators of `promo`: a condition on a profile's codes, and whether no code is to fulfil it."""


OF_MEMBERSHIP = frozenset({"exist", "not_exist"})
"""The operators of `loyalty`: a profile is a member, or is not."""


def on_promo_codes(said: Said, scope: Scope) -> Condition:
    """Return the condition of a rule on promo codes. Raises IncorrectRequest, ObjectNotFound."""
    if said.rule.operator not in OF_CODES:
        raise said.unknown_operator()
    program = _program(said, scope, "loyalty_id")
    if program is None:
        return NEVER
    condition, is_negated = OF_CODES[said.rule.operator]
    has = _HAS_CODE.format(program=scope.parameters.add(program.id), condition=condition)
    return negated(has) if is_negated else has


def on_membership(said: Said, scope: Scope) -> Condition:
    """Return the condition of a rule on members. Raises IncorrectRequest, ObjectNotFound."""
    if said.rule.operator not in OF_MEMBERSHIP:
        raise said.unknown_operator()
    program = _program(said, scope, "loyalty_program_id")
    if program is None:
        return NEVER
    is_member = _MEMBER.format(program=scope.parameters.add(program.id))
    return is_member if said.rule.operator == "exist" else negated(is_member)


def _program(said: Said, scope: Scope, name: str) -> LoyaltyProgram | None:
    """Return the program that a rule names, which has to be of the item's database; None if it is gone.

    Raises ObjectNotFound while rules are checked, IncorrectRequest.
    """
    number = said.number(name)
    said.refuse_others()
    program = scope.session.get(LoyaltyProgram, number)
    database = scope.session.get(Database, program.database_id) if program else None
    if scope.sees is not None and (database is None or not scope.sees(database.groups)):
        raise ObjectNotFound("loyalty program", number)
    if program is not None and program.database_id != scope.database_id:
        raise said.refusal(
            f"value.{name}", f"loyalty program {number} is not of database {scope.database_id}"
        )
    return program


_HAS_CODE = """EXISTS (
    SELECT 1 FROM altcraft_promo_attachment AS used
    JOIN altcraft_promo_code AS code ON code.id = used.code_id
    WHERE used.profile_id = profile.id AND code.program_id = {program} AND {condition}
)"""
_MEMBER = """EXISTS (
    SELECT 1 FROM altcraft_loyalty_member AS member
    WHERE member.profile_id = profile.id AND member.program_id = {program}
)"""
