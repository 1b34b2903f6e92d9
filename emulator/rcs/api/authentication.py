"""Authentication.

https://bsg.world/documentations/rest-api/general-principles/authentication/
"""

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from emulator.engine.clock import SECOND
from emulator.gateway.route import OperationRoute, refuses
from emulator.rcs import refusals, tokens
from emulator.rcs.dialect import Call, Policy, UnguardedCall
from emulator.rcs.models import Body, Model

router = APIRouter(prefix="", tags=["Authentication"], route_class=OperationRoute)


class ApiKey(Body):
    api_key: str = Field(min_length=1, description="`live_…` or `test_…`")


class Bearer(Model):
    bearer: str


@router.post("/api/auth/login", responses=refuses(refusals.InvalidCredentials, refusals.GivenDataInvalid))
async def get_jwt(
    call: Annotated[Call, Policy(credential="body", guards_duplicates=False)], body: ApiKey
) -> Bearer:
    """Exchange the account's API key for a token that is valid for 30 days.

    https://bsg.world/documentations/rest-api/general-principles/authentication/
    """
    return Bearer(bearer=tokens.issue(call.grant.account_id, call.now))


@router.post("/api/auth/refresh")
async def refresh_jwt(call: UnguardedCall) -> Bearer:
    """Exchange a token that is still valid for a new one; the old one stays valid until it expires.

    https://bsg.world/documentations/rest-api/general-principles/authentication/
    """
    after_the_old_one = 0 if call.expires is None else call.expires - tokens.LIFETIME + SECOND
    return Bearer(bearer=tokens.issue(call.grant.account_id, max(call.now, after_the_old_one)))
