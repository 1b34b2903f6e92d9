"""Actions that remove e-mails, domains and phones from suppression lists, one or all at a time.

https://guides.altcraft.com/en/developer-guide/suppression-lists/suppression-list-actions. Removing an entry
that is not in the list is no error.
"""

from fastapi import APIRouter

from emulator.altcraft import refusals
from emulator.altcraft.api.suppression_lists.answers import (
    DomainOfList,
    EditCall,
    EmailOfList,
    ListById,
    PhoneOfList,
    find_list,
)
from emulator.altcraft.choosing import suppression
from emulator.altcraft.choosing.suppression import Kind, read_entry
from emulator.altcraft.dialect import Call
from emulator.altcraft.models import Code, Done
from emulator.gateway.route import OperationRoute, refuses

router = APIRouter(prefix="/api/v1.1/suppresses", tags=["Suppression lists"], route_class=OperationRoute)


@router.post("/email_remove", responses=refuses(refusals.ObjectNotFound))
async def remove_email_from_suppression_list(call: EditCall, body: EmailOfList) -> Code:
    """Remove an e-mail from a list.

    https://guides.altcraft.com/en/developer-guide/suppression-lists/suppression-list-actions/2195637
    """
    _remove(call, body.id, "email", body.email)
    return Code()


@router.post("/domain_remove", responses=refuses(refusals.ObjectNotFound))
async def remove_domain_from_suppression_list(call: EditCall, body: DomainOfList) -> Done:
    """Remove a domain from a list.

    https://guides.altcraft.com/en/developer-guide/suppression-lists/suppression-list-actions/2195639
    """
    _remove(call, body.id, "domain", body.domain)
    return Done()


@router.post("/phone_remove", responses=refuses(refusals.ObjectNotFound))
async def remove_phone_number_from_suppression_list(call: EditCall, body: PhoneOfList) -> Done:
    """Remove a phone from a list.

    https://guides.altcraft.com/en/developer-guide/suppression-lists/suppression-list-actions/76809096
    """
    _remove(call, body.id, "phone", body.value)
    return Done()


class Removed(Code):
    removed_count: int


@router.post("/emails_remove", responses=refuses(refusals.ObjectNotFound))
async def remove_all_emails_from_suppression_list(call: EditCall, body: ListById) -> Removed:
    """Remove all e-mails from a list; return how many it had.

    https://guides.altcraft.com/en/developer-guide/suppression-lists/suppression-list-actions
    """
    return _clear(call, body.id, "email")


@router.post("/domains_remove", responses=refuses(refusals.ObjectNotFound))
async def remove_all_domains_from_suppression_list(call: EditCall, body: ListById) -> Removed:
    """Remove all domains from a list; return how many it had.

    https://guides.altcraft.com/en/developer-guide/suppression-lists/suppression-list-actions
    """
    return _clear(call, body.id, "domain")


@router.post("/phones_remove", responses=refuses(refusals.ObjectNotFound))
async def remove_all_phone_numbers_from_suppression_list(call: EditCall, body: ListById) -> Removed:
    """Remove all phones from a list; return how many it had.

    https://guides.altcraft.com/en/developer-guide/suppression-lists/suppression-list-actions/76809100
    """
    return _clear(call, body.id, "phone")


def _remove(call: Call, number: int, kind: Kind, text: str) -> None:
    suppression.remove(call.turn, find_list(call, number).id, kind, read_entry(kind, text))


def _clear(call: Call, number: int, kind: Kind) -> Removed:
    return Removed(removed_count=suppression.clear(call.turn, find_list(call, number).id, kind))
