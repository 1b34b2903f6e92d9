"""Campaigns, which hold mailings and scenarios; the paths call them scampaigns.

https://guides.altcraft.com/en/developer-guide/super-campaigns
"""

from typing import Annotated, Any, ClassVar, Literal

from fastapi import APIRouter
from pydantic import BeforeValidator, Field

from emulator.altcraft import refusals, sending
from emulator.altcraft.dialect import Call, Policy
from emulator.altcraft.listing import ListFilters, find, next_id, page
from emulator.altcraft.models import Asking, Done, Model, Reply
from emulator.altcraft.tables import Campaign
from emulator.altcraft.values import Flag, Int64, Moment
from emulator.engine.clock import Millis, iso_millis
from emulator.gateway.route import OperationRoute, refuses

router = APIRouter(prefix="/api/v1.1/scampaigns", tags=["Campaigns"], route_class=OperationRoute)


ViewCall = Annotated[Call, Policy(right="campaigns.view")]
ListCall = Annotated[Call, Policy(right="campaigns.run")]
RunCall = Annotated[Call, Policy(right="campaigns.run", deduplicated=True, xml_data=False)]
"""Their XML responses have no `data` element at all, as the page of completion shows."""


class CampaignById(Asking):
    id: Int64 = Field(description="Campaign id")


class GetCampaign(CampaignById):
    marketing_activities: Flag = Field(False, description="Also answer what the campaign holds")


class Ids(Model):
    ids: list[int]


class Entities(Model):
    workflows: Ids
    triggers: Ids
    broadcasts: Ids
    regulars: Ids
    abns: Ids
    placements: Ids


class Condition(Model):
    list: list[int | str]


class StratificationField(Model):
    field_name: str
    field_type: str
    condition_type: str
    conditions: list[Condition]


class GroupSize(Model):
    limit: int


class ControlGroup(Model):
    stratification_field_settings: list[StratificationField]
    ignore_entities: Entities
    size_formation_settings: GroupSize


class Audience(Model):
    state: str = "ready"
    seg_id: int
    list_id: int
    extension_conf: Entities
    lcg: ControlGroup


class CampaignInformation(Model):
    id: int
    is_delete: bool
    createtime: str
    updatetime: str
    updated_user: str
    name: str
    description: str
    tags: list[str]
    state: str
    audience: Audience


class MarketingActivity(Model):
    """The documentation names no fields of it; these are inferred."""

    id: int
    type: str
    name: str
    is_active: bool


class CampaignWithActivities(CampaignInformation):
    marketing_activities: list[MarketingActivity]


@router.post("/get", responses=refuses(refusals.ObjectNotFound))
async def get_campaign_information(
    call: ViewCall, body: GetCampaign
) -> Reply[list[CampaignWithActivities | CampaignInformation]]:
    """Answer a campaign, as the one object of an array.

    https://guides.altcraft.com/en/developer-guide/super-campaigns/get-scampaigns-info
    """
    campaign = _find(call, body.id)
    fields = _fields(campaign)
    if body.marketing_activities:
        activities = _activities(call, campaign)
        return Reply(data=[CampaignWithActivities(**fields, marketing_activities=activities)])
    return Reply(data=[CampaignInformation(**fields)])


class CampaignFilters(ListFilters):
    state: Literal["cloning", "inactive", "waiting", "active", "completed", "deleted"] | None = None


class CampaignPage(Reply[list[CampaignInformation]]):
    """Whether the real list also answers `next_from_id` and `total_count` is not documented."""

    next_from_id: int
    total_count: int


@router.post("/list")
async def get_list_of_campaigns(call: ListCall, body: CampaignFilters) -> CampaignPage:
    """Page through the campaigns, by id.

    https://guides.altcraft.com/en/developer-guide/super-campaigns/get-scampaigns-list
    """
    conditions = [] if body.state is None else [Campaign.state == body.state]
    campaigns, total = page(call, Campaign, body, *conditions)
    rows = [CampaignInformation(**_fields(campaign)) for campaign in campaigns]
    return CampaignPage(data=rows, next_from_id=next_id(campaigns, body), total_count=total)


def _empty_as_none(value: object) -> object:
    return None if value == "" else value


MaybeMoment = Annotated[Moment | None, BeforeValidator(_empty_as_none)]


class ActivateCampaign(CampaignById):
    """`activate_date` and `start_date` are one field, under the names of the page's table and example."""

    NULLABLE: ClassVar[frozenset[str]] = frozenset({"activate_date", "start_date"})

    activate_date: MaybeMoment = Field(None, description="When to activate; empty for now. Or: `start_date`")
    start_date: MaybeMoment = None
    deactivate_date: MaybeMoment = None
    completed_date: MaybeMoment = None


@router.post("/activate", responses=refuses(refusals.ObjectNotFound, refusals.WrongState))
async def activate_campaign(call: RunCall, body: ActivateCampaign) -> Done:
    """Activate a campaign at a date or at once, and plan its deactivation and completion.

    https://guides.altcraft.com/en/developer-guide/super-campaigns/scampaigns-activation
    """
    dates = _dates(call, body)
    sending.activate_campaign(call.turn, _find(call, body.id), dates)
    return Done()


def _dates(call: Call, body: ActivateCampaign) -> sending.CampaignDates:
    """Answer the dates of an activation. Raises IncorrectRequest."""
    if not body.model_fields_set & {"activate_date", "start_date"}:
        raise refusals.IncorrectRequest("activate_date", "Field required")
    start = max(body.activate_date or body.start_date or call.now, call.now)
    _check_later("deactivate_date", body.deactivate_date, start)
    _check_later("completed_date", body.completed_date, start)
    return sending.CampaignDates(start, body.deactivate_date, body.completed_date)


def _check_later(field: str, date: Millis | None, start: Millis) -> None:
    if date is not None and date <= start:
        raise refusals.IncorrectRequest(field, "must be later than the activation")


@router.post("/completed", responses=refuses(refusals.ObjectNotFound, refusals.WrongState))
async def complete_campaign(call: RunCall, body: CampaignById) -> Done:
    """Complete a campaign for good: its mailings stop sending, they and its scenarios become inactive.

    https://guides.altcraft.com/en/developer-guide/super-campaigns
    """
    sending.complete_campaign(call.turn, _find(call, body.id))
    return Done()


@router.post("/deactivate", responses=refuses(refusals.ObjectNotFound, refusals.WrongState))
async def deactivate_campaign(call: RunCall, body: CampaignById) -> Done:
    """Pause a campaign: its running mailings stop sending, until they are launched again.

    https://guides.altcraft.com/en/developer-guide/super-campaigns/scampaigns-deactivation
    """
    sending.deactivate_campaign(call.turn, _find(call, body.id))
    return Done()


class CampaignStatus(Model):
    status: str


@router.post("/get_status", responses=refuses(refusals.ObjectNotFound))
async def get_campaign_status(call: ViewCall, body: CampaignById) -> Reply[CampaignStatus]:
    """Answer the state of a campaign.

    https://guides.altcraft.com/en/developer-guide/super-campaigns/scampaigns-status
    """
    return Reply(data=CampaignStatus(status=_find(call, body.id).state))


def _find(call: Call, number: int) -> Campaign:
    return find(call, Campaign, number, "campaign")


def _fields(campaign: Campaign) -> dict[str, Any]:
    return {
        "id": campaign.id,
        "is_delete": campaign.state == "deleted",
        "createtime": iso_millis(campaign.created_at),
        "updatetime": iso_millis(campaign.updated_at),
        "updated_user": campaign.updated_user,
        "name": campaign.name,
        "description": campaign.description,
        "tags": campaign.tags,
        "state": campaign.state,
        "audience": Audience(
            seg_id=campaign.segment_id,
            list_id=campaign.list_id,
            extension_conf=Entities.model_validate(campaign.extension),
            lcg=ControlGroup.model_validate(campaign.control_group),
        ),
    }


def _activities(call: Call, campaign: Campaign) -> list[MarketingActivity]:
    mailings = [
        MarketingActivity(id=mailing.id, type=mailing.kind, name=mailing.name, is_active=mailing.is_active)
        for mailing in sending.mailings_of(call.db, campaign)
    ]
    scenarios = [
        MarketingActivity(id=scenario.id, type="workflow", name=scenario.name, is_active=scenario.is_active)
        for scenario in sending.scenarios_of(call.db, campaign)
    ]
    return mailings + scenarios
