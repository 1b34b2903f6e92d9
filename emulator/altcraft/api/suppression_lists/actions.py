"""Actions on suppression lists that put e-mails, domains and phones into them, one or many.

https://guides.altcraft.com/en/developer-guide/suppression-lists/suppression-list-actions
"""

from fastapi import APIRouter

from emulator.altcraft import refusals
from emulator.altcraft.api.suppression_lists.answers import (
    DomainOfList,
    EditCall,
    EmailOfList,
    ListById,
    PhoneOfList,
    PhoneText,
    find_list,
)
from emulator.altcraft.choosing import suppression
from emulator.altcraft.choosing.suppression import Kind, read_entry, readable
from emulator.altcraft.dialect import Call
from emulator.altcraft.models import Code, Reply
from emulator.altcraft.values import Many
from emulator.gateway.route import OperationRoute, refuses

router = APIRouter(prefix="/api/v1.1/suppresses", tags=["Suppression lists"], route_class=OperationRoute)


@router.post("/email_add", responses=refuses(refusals.ObjectNotFound))
async def add_email_to_suppression_list(call: EditCall, body: EmailOfList) -> Code:
    """Put an e-mail into a list.

    https://guides.altcraft.com/en/developer-guide/suppression-lists/suppression-list-actions/2195625
    """
    _add(call, body.id, "email", body.email)
    return Code()


@router.post("/domain_add", responses=refuses(refusals.ObjectNotFound))
async def add_domain_to_suppression_list(call: EditCall, body: DomainOfList) -> Reply[dict[str, bool]]:
    """Add a domain to a list. The response is `{"<domain>": true}`.

    https://guides.altcraft.com/en/developer-guide/suppression-lists/suppression-list-actions/2195629
    """
    _add(call, body.id, "domain", body.domain)
    return Reply(data={body.domain: True})


@router.post("/phone_add", responses=refuses(refusals.ObjectNotFound))
async def add_phone_number_to_suppression_list(call: EditCall, body: PhoneOfList) -> Reply[dict[str, bool]]:
    """Add a phone to a list. The response is `{"<phone>": true}`.

    https://guides.altcraft.com/en/developer-guide/suppression-lists/suppression-list-actions/76809087
    """
    _add(call, body.id, "phone", body.value)
    return Reply(data={body.value: True})


class EmailsOfList(ListById):
    emails: Many[str]


class DomainsOfList(ListById):
    domains: Many[str]


class PhonesOfList(ListById):
    values: Many[PhoneText]


class Counted(Code):
    """Counts of added entries. Invalid ones count only in `total_count`."""

    total_count: int
    total_duplicated: int
    total_imported: int
    total_updated: int = 0


class PhonesCounted(Code):
    total_count: int
    total_duplicated: int
    total_imported: int
    total_invalid: int


@router.post("/emails_add", responses=refuses(refusals.ObjectNotFound))
async def add_multiple_emails_to_suppression_list(call: EditCall, body: EmailsOfList) -> Counted:
    """Put many e-mails into a list.

    https://docs.altcraft.com/display/UAD/Add+multiple+emails+to+suppression+list
    """
    return Counted.model_validate(_add_many(call, body.id, "email", body.emails))


@router.post("/domains_add", responses=refuses(refusals.ObjectNotFound))
async def add_multiple_domains_to_suppression_list(call: EditCall, body: DomainsOfList) -> Counted:
    """Put many domains into a list.

    https://docs.altcraft.com/display/UAD/Add+multiple+domains+to+suppression+list
    """
    return Counted.model_validate(_add_many(call, body.id, "domain", body.domains))


@router.post("/phones_add", responses=refuses(refusals.ObjectNotFound))
async def add_multiple_phones_to_suppression_list(call: EditCall, body: PhonesOfList) -> PhonesCounted:
    """Put many phones into a list.

    https://guides.altcraft.com/en/developer-guide/suppression-lists/suppression-list-actions/76809091
    """
    return PhonesCounted.model_validate(_add_many(call, body.id, "phone", body.values))


def _add(call: Call, number: int, kind: Kind, text: str) -> None:
    suppression.add(call.turn, find_list(call, number).id, kind, [read_entry(kind, text)])


def _add_many(call: Call, number: int, kind: Kind, texts: list[str]) -> dict[str, int]:
    """Add many entries to a list; return how many were given, new, known and invalid."""
    one, entries = find_list(call, number), readable(kind, texts)
    added = suppression.add(call.turn, one.id, kind, entries)
    return {
        "total_count": len(texts),
        "total_duplicated": len(entries) - added,
        "total_imported": added,
        "total_invalid": len(texts) - len(entries),
    }
