"""Campaigns, which hold mailings and scenarios; the paths call them scampaigns.

https://guides.altcraft.com/en/developer-guide/super-campaigns
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, NamedTuple, TypeVar

from fastapi import APIRouter
from pydantic import Field
from sqlmodel import col, select

from emulator.altcraft import refusals, sending
from emulator.altcraft.dialect import Call, Policy, XmlForm
from emulator.altcraft.listing import ListFilters, find, next_id, page, seen
from emulator.altcraft.models import Asking, Done, Model, Page, Reply
from emulator.altcraft.tables.campaigns import Campaign, CampaignState
from emulator.altcraft.tables.mailings import Mailing
from emulator.altcraft.tables.scenarios import Scenario
from emulator.altcraft.values import Flag, Instant, Int64, MaybeMoment
from emulator.engine.clock import Millis
from emulator.gateway.route import OperationRoute, refuses
from emulator.storage.tables import among

router = APIRouter(prefix="/api/v1.1/scampaigns", tags=["Campaigns"], route_class=OperationRoute)


ViewCall = Annotated[Call, Policy(right="campaigns.view")]
ListCall = Annotated[Call, Policy(right="campaigns.run")]
RunCall = Annotated[Call, Policy(right="campaigns.run", deduplicated="by id", xml=XmlForm(empty_data=False))]
"""Their XML responses have no `data` element at all, as the page of completion shows."""


class CampaignById(Asking):
    id: Int64 = Field(description="Campaign id")


class GetCampaign(CampaignById):
    marketing_activities: Flag = Field(False, description="Also return what the campaign holds")


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
    created_at: Instant = Field(serialization_alias="createtime")
    updated_at: Instant = Field(serialization_alias="updatetime")
    updated_user: str
    name: str
    description: str
    tags: list[str]
    state: str
    audience: Audience


class MarketingActivity(Model):
    """A mailing or scenario of a campaign. All fields are inferred."""

    id: int
    type: str
    name: str
    is_active: bool


class CampaignWithActivities(CampaignInformation):
    marketing_activities: list[MarketingActivity]


CampaignReply = Reply[list[CampaignWithActivities | CampaignInformation]]


@router.post("/get", responses=refuses(refusals.ObjectNotFound))
async def get_campaign_information(call: ViewCall, body: GetCampaign) -> CampaignReply:
    """Return a campaign, as the one object of an array.

    https://guides.altcraft.com/en/developer-guide/super-campaigns/get-scampaigns-info
    """
    campaign = find(call, Campaign, body.id, "campaign")
    held = _held(call, [campaign])[campaign.id]
    if not body.marketing_activities:
        return CampaignReply(data=[_information(CampaignInformation, campaign, held)])
    activities = _activities(held)
    return CampaignReply(
        data=[_information(CampaignWithActivities, campaign, held, marketing_activities=activities)]
    )


class CampaignFilters(ListFilters):
    state: CampaignState | None = None


@router.post("/list")
async def get_list_of_campaigns(call: ListCall, body: CampaignFilters) -> Page[CampaignInformation]:
    """Page through the campaigns, by id. `next_from_id` and `total_count` are inferred.

    https://guides.altcraft.com/en/developer-guide/super-campaigns/get-scampaigns-list
    """
    conditions = [] if body.state is None else [Campaign.state == body.state]
    campaigns, total = page(call, Campaign, body, *conditions)
    held = _held(call, campaigns)
    rows = [_information(CampaignInformation, campaign, held[campaign.id]) for campaign in campaigns]
    return Page(data=rows, next_from_id=next_id(campaigns, body), total_count=total)


class ActivateCampaign(CampaignById):
    """`activate_date` and `start_date` are one field: the page's table and its example differ."""

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
    sending.activate_campaign(call.turn, find(call, Campaign, body.id, "campaign"), dates)
    return Done()


def _dates(call: Call, body: ActivateCampaign) -> sending.CampaignDates:
    """Return the dates of an activation. Raises IncorrectRequest."""
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
    sending.complete_campaign(call.turn, find(call, Campaign, body.id, "campaign"))
    return Done()


@router.post("/deactivate", responses=refuses(refusals.ObjectNotFound, refusals.WrongState))
async def deactivate_campaign(call: RunCall, body: CampaignById) -> Done:
    """Pause a campaign: the queues of its mailings are held until it is activated again.

    https://guides.altcraft.com/en/developer-guide/super-campaigns/scampaigns-deactivation
    """
    sending.deactivate_campaign(call.turn, find(call, Campaign, body.id, "campaign"))
    return Done()


class CampaignStatus(Model):
    status: str


@router.post("/get_status", responses=refuses(refusals.ObjectNotFound))
async def get_campaign_status(call: ViewCall, body: CampaignById) -> Reply[CampaignStatus]:
    """Return the state of a campaign.

    https://guides.altcraft.com/en/developer-guide/super-campaigns/scampaigns-status
    """
    return Reply(data=CampaignStatus(status=find(call, Campaign, body.id, "campaign").state))


Information = TypeVar("Information", bound=CampaignInformation)


class Held(NamedTuple):
    """What a campaign holds."""

    mailings: list[Mailing]
    scenarios: list[Scenario]


def _information(form: type[Information], campaign: Campaign, held: Held, **more: Any) -> Information:
    return form.of(
        campaign,
        is_delete=campaign.state == "deleted",
        audience=Audience(
            seg_id=campaign.segment_id,
            list_id=campaign.list_id,
            extension_conf=_entities(held),
            lcg=ControlGroup.model_validate(campaign.control_group),
        ),
        **more,
    )


KINDS = {"broadcasts": "broadcast", "regulars": "regular", "triggers": "trigger", "abns": "splittest"}
"""The kind of mailings that each key of `Entities` lists."""


def _entities(held: Held) -> Entities:
    """Return the ids of the mailings and scenarios of a campaign, by their kind."""
    ids = {name: [one.id for one in held.mailings if one.kind == kind] for name, kind in KINDS.items()}
    ids["workflows"] = [scenario.id for scenario in held.scenarios]
    return Entities.model_validate({name: {"ids": ids.get(name, [])} for name in Entities.model_fields})


def _activities(held: Held) -> list[MarketingActivity]:
    return [
        *(MarketingActivity.of(mailing, type=mailing.kind) for mailing in held.mailings),
        *(MarketingActivity.of(scenario, type="workflow") for scenario in held.scenarios),
    ]


def _held(call: Call, campaigns: Sequence[Campaign]) -> Mapping[int | None, Held]:
    """Return the mailings and the scenarios of campaigns that the token sees, by the campaigns' ids."""
    held: dict[int | None, Held] = {campaign.id: Held([], []) for campaign in campaigns}
    ids = [campaign.id for campaign in campaigns]
    mailings = select(Mailing).where(among(Mailing.campaign_id, ids)).order_by(col(Mailing.id))
    for mailing in seen(call, call.db.exec(mailings)):
        held[mailing.campaign_id].mailings.append(mailing)
    scenarios = select(Scenario).where(among(Scenario.campaign_id, ids)).order_by(col(Scenario.id))
    for scenario in seen(call, call.db.exec(scenarios)):
        held[scenario.campaign_id].scenarios.append(scenario)
    return held
