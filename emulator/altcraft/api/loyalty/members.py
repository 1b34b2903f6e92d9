"""Members of loyalty programs: registered and removed.

https://guides.altcraft.com/en/developer-guide/loyalty
"""

from fastapi import APIRouter
from pydantic import Field

from emulator.altcraft import refusals
from emulator.altcraft.answers import NOT_MATCHED
from emulator.altcraft.api.loyalty.answers import EditCall, OfMember, member_in, person_in
from emulator.altcraft.listing import find_program
from emulator.altcraft.loyalty import members
from emulator.altcraft.models import Code
from emulator.altcraft.values import Moment
from emulator.gateway.route import OperationRoute, refuses

router = APIRouter(prefix="/api/v1.1/loyalty", tags=["Loyalty"], route_class=OperationRoute)


class NewMember(OfMember):
    registration_date: Moment | None = Field(None, description="RFC 3339; now if left out")


class MemberId(Code):
    profile_id: str


@router.post("/register_member", responses=refuses(*NOT_MATCHED, refusals.WrongState))
async def register_member_in_a_loyalty_program(call: EditCall, body: NewMember) -> MemberId:
    """Make a profile a member of a program; nothing changes if it is one.

    https://guides.altcraft.com/en/developer-guide/loyalty/register-member
    """
    program = find_program(call, body.loyalty_program_id)
    profile_id = person_in(call, program, body)
    members.register(call.turn, program, profile_id, body.registration_date)
    return MemberId(profile_id=profile_id)


@router.post("/delete_member", responses=refuses(*NOT_MATCHED))
async def remove_member_from_loyalty_program(call: EditCall, body: OfMember) -> MemberId:
    """Take a profile's membership away, with its points and tiers.

    https://guides.altcraft.com/en/developer-guide/loyalty/delete-member
    """
    program = find_program(call, body.loyalty_program_id)
    profile_id = member_in(call, program, body)
    members.remove(call.turn, program, profile_id)
    return MemberId(profile_id=profile_id)
