"""Short links and the clicks on them: github.com/bsgworld/go-sdk v2/api/openapi.yaml."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response
from pydantic import Field, StringConstraints
from sqlmodel import col, select

from emulator.engine.clock import DAY
from emulator.gateway.route import OperationRoute, refuses
from emulator.rcs import refusals, short_links
from emulator.rcs.api.short_links.answers import Paged, page_of
from emulator.rcs.dialect import Call, LongCall
from emulator.rcs.listing import find
from emulator.rcs.models import Body, Data, Listing, Model
from emulator.rcs.short_links import DomainNotFound, address_of, counts_of
from emulator.rcs.tables.short_links import ShortClick, ShortDomain, ShortLink
from emulator.rcs.values import MAX_ID, Integer, LongUrl, MaybeStamp, Stamp
from emulator.storage.tables import insertion_order

router = APIRouter(prefix="/api/short-url", tags=["Short links"], route_class=OperationRoute)

ShortLinkNotFound = refusals.refusal("ShortLinkNotFound", 422, "Short link not found", has_errors=False)
ShortLinkExists = refusals.refusal("ShortLinkExists", 422, "The short link already exists", has_errors=False)
NoStatistics = refusals.refusal("NoStatistics", 404, "Not Found", has_errors=False)

LinkId = Annotated[str, Path(alias="uuid", description="Short link id, a UUID.")]
Name = Annotated[str, StringConstraints(min_length=1, max_length=50)]
Slug = Annotated[str, StringConstraints(min_length=1, max_length=25, pattern="^[A-Za-z0-9_-]+$")]


class LinkAnswer(Model):
    id: str
    status: str
    name: str | None
    slug: str
    campaign_id: int | None
    message_id: int | None
    init_deleted_at: MaybeStamp
    created_at: Stamp
    short_link: str
    original_link: str
    can_restore: bool
    count_clicks: int
    count_human_clicks: int
    count_unique_clicks: int


class BareLink(LinkAnswer):
    """A link on the top level, as in the samples, and also in `data`, as in the schema."""

    data: LinkAnswer


@router.get("/links", responses=refuses(refusals.GivenDataInvalid))
async def list_short_links(call: Call, query: Annotated[Paged, Query()]) -> Listing[LinkAnswer]:
    """Page through the links that were made on some days, the newest first.

    github.com/bsgworld/go-sdk v2/api/openapi.yaml, short_urls_links
    """
    rows, total = page_of(call, ShortLink, query)
    return Listing(data=_shown(call, rows), total=total)


class NewShortLink(Body):
    domain_id: UUID
    link: LongUrl


@router.post(
    "/links",
    status_code=201,
    responses=refuses(refusals.GivenDataInvalid, DomainNotFound, refusals.TooManyDuplicates),
)
async def create_short_link(call: Call, body: NewShortLink) -> BareLink:
    """Make a link on an active domain.

    github.com/bsgworld/go-sdk v2/api/openapi.yaml, short_urls_link_create
    """
    domain = short_links.active_domain(call.db, str(body.domain_id))
    link_id = short_links.add_link(call.turn, domain, body.link)
    return _bare(call, call.db.get_one(ShortLink, link_id))


class LinkChange(Body):
    name: Name | None = None
    slug: Slug | None = None
    original_link: LongUrl | None = None


@router.put("/links/{uuid}", responses=refuses(refusals.GivenDataInvalid, ShortLinkNotFound, ShortLinkExists))
async def update_short_link(call: Call, link_id: LinkId, body: LinkChange) -> BareLink:
    """Change the comment, the slug or the target of a link.

    github.com/bsgworld/go-sdk v2/api/openapi.yaml, short_urls_link_update
    """
    link = find(call, ShortLink, link_id.lower(), ShortLinkNotFound)
    if body.slug is not None and body.slug != link.slug:
        taken = select(ShortLink.id).where(ShortLink.domain_id == link.domain_id, ShortLink.slug == body.slug)
        if call.db.exec(taken).first() is not None:
            raise ShortLinkExists
    changes = body.model_dump(exclude_none=True)
    if "name" in body.model_fields_set:
        changes["name"] = body.name
    short_links.change_link(call.turn, link, changes)
    return _bare(call, call.db.get_one(ShortLink, link.id))


@router.delete("/links/{uuid}", status_code=204, responses=refuses(ShortLinkNotFound))
async def delete_short_link(call: Call, link_id: LinkId) -> Response:
    """Delete a link, which can be restored for a while; one that is blocked or deleted already is removed.

    github.com/bsgworld/go-sdk v2/api/openapi.yaml, short_urls_link_delete
    """
    short_links.delete_link(call.turn, find(call, ShortLink, link_id.lower(), ShortLinkNotFound))
    return Response(status_code=204)


class LinkStatistics(Model):
    """The first click on a link, and the number of all clicks."""

    count_clicks: int
    short_link: str
    original_link: str
    click_date: MaybeStamp
    """The midnight at which the day of the click begins."""
    click_id: str | None
    user_agent: str | None
    client_ip: str | None
    phone: int | None
    message_id: int | None
    campaign_id: int | None
    is_human: bool | None


@router.get("/links/{uuid}/statistics", responses=refuses(NoStatistics))
async def short_link_statistics(call: Call, link_id: LinkId) -> Data[LinkStatistics]:
    """Return the first click on a link, and the number of all clicks.

    github.com/bsgworld/go-sdk v2/api/openapi.yaml, short_urls_link
    """
    link = find(call, ShortLink, link_id.lower(), NoStatistics)
    clicks = select(ShortClick).where(ShortClick.link_id == link.id)
    first = call.db.exec(clicks.order_by(col(ShortClick.created_at), insertion_order(ShortClick))).first()
    shown = LinkStatistics.of(
        link,
        count_clicks=counts_of(call.db, [link.id])[link.id][0],
        short_link=_address(_domain_names(call), link),
        click_date=first.created_at - first.created_at % DAY if first else None,
        click_id=first.id if first else None,
        user_agent=first.user_agent if first else None,
        client_ip=first.client_ip if first else None,
        is_human=first.is_human if first else None,
        phone=int(link.phone) if link.phone else None,
    )
    return Data(data=shown)


class ClickAnswer(Model):
    id: str
    browser_language: str
    country_code: None = None
    is_human: bool
    is_unique: bool
    http_status: int = 200
    http_method: str
    created_at: Stamp
    user_agent: str
    client_ip: str
    browser: str
    referrer_url: str | None
    city: None = None
    social_network: None = None
    device_os: str | None
    short_link: str
    original_link: str
    message_id: int | None
    phone_number: int | None


class ClicksQuery(Paged):
    campaign: Integer | None = Field(None, ge=1, le=MAX_ID)


@router.get("/clicks", responses=refuses(refusals.GivenDataInvalid))
async def clicks(call: LongCall, query: Annotated[ClicksQuery, Query()]) -> Listing[ClickAnswer]:
    """Page through the clicks of some days, the newest first: all of them, or those of a campaign.

    github.com/bsgworld/go-sdk v2/api/openapi.yaml, short_urls_clicks
    """
    wanted = [] if query.campaign is None else [ShortClick.campaign_id == query.campaign]
    rows, total = page_of(call, ShortClick, query, *wanted)
    shown = [ClickAnswer.of(row, phone_number=int(row.phone) if row.phone else None) for row in rows]
    return Listing(data=shown, total=total)


def _domain_names(call: Call) -> dict[str, str]:
    return {domain.id: domain.name for domain in call.db.exec(select(ShortDomain))}


def _address(names: dict[str, str], link: ShortLink) -> str:
    return address_of(names[link.domain_id], link.slug)


def _shown(call: Call, links: Sequence[ShortLink]) -> list[LinkAnswer]:
    names, counts = _domain_names(call), counts_of(call.db, [link.id for link in links])
    return [
        LinkAnswer.of(
            link,
            short_link=_address(names, link),
            can_restore=link.status == "deleted",
            count_clicks=counts[link.id][0],
            count_human_clicks=counts[link.id][1],
            count_unique_clicks=counts[link.id][2],
        )
        for link in links
    ]


def _bare(call: Call, link: ShortLink) -> BareLink:
    [shown] = _shown(call, [link])
    return BareLink.model_construct(**vars(shown), data=shown)
