"""Checks whether an address is in a suppression list. Their flags stand beside `error`.

https://guides.altcraft.com/en/developer-guide/suppression-lists/suppression-list-actions
"""

from fastapi import APIRouter

from emulator.altcraft import refusals
from emulator.altcraft.api.suppression_lists.answers import (
    DomainOfList,
    EmailOfList,
    Match,
    Matches,
    PhoneOfList,
    ViewCall,
    find_list,
)
from emulator.altcraft.choosing.suppression import is_domain_listed, is_listed, read_entry
from emulator.altcraft.dialect import wanted_form
from emulator.gateway.route import OperationRoute, refuses

router = APIRouter(prefix="/api/v1.1/suppresses", tags=["Suppression lists"], route_class=OperationRoute)


@router.post("/email_check", responses=refuses(refusals.ObjectNotFound))
async def check_if_email_is_suppressed(call: ViewCall, body: EmailOfList) -> Matches:
    """Return whether an e-mail or its domain is in a list.

    https://guides.altcraft.com/en/developer-guide/suppression-lists/suppression-list-actions/2195633
    """
    one, entry = find_list(call, body.id), read_entry("email", body.email)
    by_email = is_listed(call.db, one.id, "email", entry)
    by_domain = is_domain_listed(call.db, one.id, entry)
    return Matches(matched=by_email or by_domain, email_matched=by_email, domain_matched=by_domain)


@router.post("/domain_check", responses=refuses(refusals.ObjectNotFound))
async def check_if_domain_is_suppressed(call: ViewCall, body: DomainOfList) -> Matches | Match:
    """Return whether a domain is in a list. As printed, JSON has one flag and XML has all.

    https://guides.altcraft.com/en/developer-guide/suppression-lists/suppression-list-actions/2195635
    """
    one = find_list(call, body.id)
    matched = is_listed(call.db, one.id, "domain", read_entry("domain", body.domain))
    if wanted_form(call) == "json":
        return Match(matched=matched)
    return Matches(matched=matched, domain_matched=matched)


@router.post("/phone_check", responses=refuses(refusals.ObjectNotFound))
async def check_if_phone_number_is_suppressed(call: ViewCall, body: PhoneOfList) -> Matches:
    """Return whether a phone is in a list.

    https://guides.altcraft.com/en/developer-guide/suppression-lists/suppression-list-actions/76809084
    """
    one = find_list(call, body.id)
    matched = is_listed(call.db, one.id, "phone", read_entry("phone", body.value))
    return Matches(matched=matched, phone_matched=matched)
