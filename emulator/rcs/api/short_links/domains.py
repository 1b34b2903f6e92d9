"""Short domains: github.com/bsgworld/go-sdk v2/api/openapi.yaml."""

import re
from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from pydantic import Field
from sqlmodel import col, func, select

from emulator.gateway.route import OperationRoute, refuses
from emulator.rcs import refusals, short_links
from emulator.rcs.api.short_links.answers import Paged, page_of
from emulator.rcs.dialect import Call, LongCall
from emulator.rcs.listing import find
from emulator.rcs.models import Body, Data, Listing, Model
from emulator.rcs.short_links import HOST_NAME, DomainNotFound
from emulator.rcs.tables.short_links import ShortDomain, ShortLink, SlugType
from emulator.rcs.values import Flag, LongUrl, MaybeStamp, Stamp
from emulator.storage.tables import among

router = APIRouter(prefix="/api/short-url/domains", tags=["Short domains"], route_class=OperationRoute)

InvalidDomainName = refusals.refusal("InvalidDomainName", 422, "Invalid domain name", has_errors=False)
TooManyDomains = refusals.refusal(
    "TooManyDomains", 422, "short-link.exceptions.domain_exceeded_allowed_limit", has_errors=False
)

DomainId = Annotated[str, Path(alias="uuid", description="Short domain id, a UUID.")]

MOST_OWN = 5
TARGET = "s.example"
"""The target of the DNS record that a client's own domain needs."""


class DomainInList(Model):
    id: str
    system_domain_id: str | None
    status: str
    name: str
    is_default: bool
    init_deleted_at: MaybeStamp
    created_at: Stamp
    can_refresh_status: bool
    can_restore: bool
    count_short_links: int


class DomainAnswer(DomainInList):
    slug_type: str
    not_found_page: str | None
    record_type: str | None
    hostname: str | None
    cname: str | None


@router.get("", responses=refuses(refusals.GivenDataInvalid))
async def list_short_domains(call: Call, query: Annotated[Paged, Query()]) -> Listing[DomainInList]:
    """Page through the domains that were added on some days, the newest first.

    github.com/bsgworld/go-sdk v2/api/openapi.yaml, short_urls_domains
    """
    rows, total = page_of(call, ShortDomain, query)
    counts = _counts(call, rows)
    shown = [DomainInList.of(row, count_short_links=counts[row.id]) for row in rows]
    return Listing(data=shown, total=total)


class NewDomain(Body):
    name: str = Field(min_length=1, max_length=20)
    slug_type: SlugType
    not_found_page: LongUrl | None = None


@router.post(
    "",
    status_code=201,
    responses=refuses(
        refusals.GivenDataInvalid, InvalidDomainName, TooManyDomains, refusals.TooManyDuplicates
    ),
)
async def add_short_domain(call: Call, body: NewDomain) -> Data[DomainAnswer]:
    """Add a client's own domain, which becomes active once DNS leads to the provider.

    github.com/bsgworld/go-sdk v2/api/openapi.yaml, short_urls_domain_create
    """
    name = body.name.lower()
    there = call.db.exec(select(ShortDomain.id).where(ShortDomain.name == name)).first()
    if there is not None or not re.fullmatch(HOST_NAME, name):
        raise InvalidDomainName
    if _number_of_own(call) >= MOST_OWN:
        raise TooManyDomains
    made = ShortDomain(
        id=call.turn.ids.uuid("rcs.short_domain"),
        status="inactive",
        created_at=call.now,
        **body.model_dump() | {"name": name},
    )
    short_links.add_domain(call.turn, made)
    return _answer(call, made)


@router.get("/{uuid}", responses=refuses(DomainNotFound))
async def get_short_domain(call: Call, domain_id: DomainId) -> Data[DomainAnswer]:
    """Return a domain.

    github.com/bsgworld/go-sdk v2/api/openapi.yaml, short_urls_domain
    """
    return _answer(call, find(call, ShortDomain, domain_id.lower(), DomainNotFound))


class DomainChange(Body):
    not_found_page: LongUrl | None = None
    slug_type: SlugType | None = None
    is_default: Flag | None = None


@router.put("/{uuid}", responses=refuses(refusals.GivenDataInvalid, DomainNotFound))
async def update_short_domain(call: Call, domain_id: DomainId, body: DomainChange) -> Data[DomainAnswer]:
    """Change what a domain does with unknown slugs, how it makes new ones, and which is the default one.

    github.com/bsgworld/go-sdk v2/api/openapi.yaml, short_urls_domain_update
    """
    domain = find(call, ShortDomain, domain_id.lower(), DomainNotFound)
    domain.sqlmodel_update(body.model_dump(exclude={"is_default"}, exclude_none=True))
    if body.is_default:
        short_links.make_default(call.db, domain)
    return _answer(call, domain)


@router.delete("/{uuid}", status_code=204, responses=refuses(DomainNotFound))
async def remove_short_domain(call: LongCall, domain_id: DomainId) -> Response:
    """Delete a domain; its links lead nowhere any more. It can be restored for a while.

    github.com/bsgworld/go-sdk v2/api/openapi.yaml, short_urls_domain_remove
    """
    short_links.delete_domain(call.turn, find(call, ShortDomain, domain_id.lower(), DomainNotFound))
    return Response(status_code=204)


def _number_of_own(call: Call) -> int:
    """Return how many own domains the client has; deleted ones do not count."""
    own = select(func.count()).select_from(ShortDomain).where(col(ShortDomain.system_domain_id).is_(None))
    return call.db.exec(own.where(ShortDomain.status != "deleted")).one()


def _counts(call: Call, domains: Sequence[ShortDomain]) -> dict[str, int]:
    """Return how many links domains have."""
    ids = [domain.id for domain in domains]
    statement = (
        select(ShortLink.domain_id, func.count())
        .where(among(ShortLink.domain_id, ids))
        .group_by(col(ShortLink.domain_id))
    )
    return dict.fromkeys(ids, 0) | dict(call.db.exec(statement).all())


def _answer(call: Call, domain: ShortDomain) -> Data[DomainAnswer]:
    is_own = domain.system_domain_id is None
    shown = DomainAnswer.of(
        domain,
        count_short_links=_counts(call, [domain])[domain.id],
        record_type="CNAME" if is_own else None,
        hostname=domain.name if is_own else None,
        cname=TARGET if is_own else None,
    )
    return Data(data=shown)
