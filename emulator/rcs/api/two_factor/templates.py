"""Templates of the texts with codes: https://telcowwt.com/documentations/rest-api/2fa-api/."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from pydantic import Field
from sqlmodel import col, func, select

from emulator.gateway.route import OperationRoute, refuses
from emulator.rcs import refusals, two_factor
from emulator.rcs.api.two_factor import answers
from emulator.rcs.api.two_factor.answers import BracketedIds, Paged
from emulator.rcs.dialect import Call, UnguardedCall
from emulator.rcs.listing import find, page_of
from emulator.rcs.models import Body, Data, Listed, Model
from emulator.rcs.tables.two_factor import OtpTemplate, TemplateStatus
from emulator.rcs.values import CountryCode, Stamp, whole_number
from emulator.storage.tables import among

router = APIRouter(
    prefix="/api/2fa/authentications/templates",
    tags=["Two-factor (2FA): templates"],
    route_class=OperationRoute,
)

TemplateId = Annotated[str, Path(alias="templateId", description="Template id, a number.")]
MOST_REQUESTED = 10


class TemplateAnswer(Model):
    id: int = Field(serialization_alias="template_id")
    name: str
    text: str
    countries: list[str]
    status: str
    updated_at: Stamp


SORTED_BY: dict[str, Any] = {
    "template_id": col(OtpTemplate.id),
    "status": col(OtpTemplate.status),
    "name": col(OtpTemplate.name),
    "updated_at": col(OtpTemplate.updated_at),
}


class TemplateFilters(Paged):
    most_ids = 100

    status: TemplateStatus | None = Field(None, alias="filter[status]")
    sort: Literal["template_id", "status", "name", "updated_at"] = "template_id"


@router.get("", responses=refuses(refusals.GivenDataInvalid))
async def otp_templates(
    call: Call, filters: Annotated[TemplateFilters, Query()], bracketed: BracketedIds = None
) -> Data[Listed[TemplateAnswer]]:
    """Page through the templates. Deleted ones are listed only with the status filter `deleted`.

    github.com/bsgworld/go-sdk v2/api/openapi.yaml, otp_template_list
    """
    status = col(OtpTemplate.status)
    wanted = select(OtpTemplate).where(status == filters.status if filters.status else status != "deleted")
    ids = filters.wanted_ids(bracketed, whole_number)
    if ids:
        wanted = wanted.where(among(OtpTemplate.id, ids))
    order = SORTED_BY[filters.sort], col(OtpTemplate.id)
    rows, meta = page_of(call, wanted, order, filters)
    return Data(data=Listed(list=[TemplateAnswer.of(row) for row in rows], total=meta.page.total))


class NewTemplate(Body):
    name: str = Field(min_length=3, max_length=50)
    text: str = Field(min_length=1)
    countries: list[CountryCode] | None = None


@router.post(
    "",
    responses=refuses(
        refusals.GivenDataInvalid,
        answers.NotForYourAccount,
        answers.VariableRequired,
        answers.VariableOnce,
        answers.TemplateLimit,
        answers.IdenticalName,
    ),
)
async def create_otp_template(call: UnguardedCall, body: NewTemplate) -> Data[TemplateAnswer]:
    """Ask for a new template, which may be used once it is approved.

    github.com/bsgworld/go-sdk v2/api/openapi.yaml, otp_template_create
    """
    _check(call, body)
    made = OtpTemplate(
        id=call.turn.ids.number(two_factor.TEMPLATE_IDS),
        name=body.name,
        text=body.text,
        countries=body.countries or [],
        status="requested",
        updated_at=call.now,
    )
    two_factor.request_template(call.turn, made)
    return Data(data=TemplateAnswer.of(made))


@router.get("/{templateId}", responses=refuses(answers.TemplateModelNotFound))
async def get_otp_template(call: Call, template_id: TemplateId) -> Data[TemplateAnswer]:
    """Return a template, even if it was deleted.

    github.com/bsgworld/go-sdk v2/api/openapi.yaml, otp_template
    """
    found = find(call, OtpTemplate, whole_number(template_id), answers.TemplateModelNotFound)
    return Data(data=TemplateAnswer.of(found))


class Removed(Model):
    status: str = "Successfully removed"


@router.delete("/{templateId}", responses=refuses(answers.NoSuchTemplate, answers.DefaultTemplate))
async def delete_otp_template(call: Call, template_id: TemplateId) -> Data[Removed]:
    """Delete a template; the default one can not be deleted.

    github.com/bsgworld/go-sdk v2/api/openapi.yaml, otp_template_delete
    """
    template = find(call, OtpTemplate, whole_number(template_id), answers.NoSuchTemplate)
    if template.status == "deleted":
        raise answers.NoSuchTemplate
    if template.is_default:
        raise answers.DefaultTemplate
    two_factor.put_template(call.turn, template, "deleted")
    return Data(data=Removed())


def _check(call: Call, body: NewTemplate) -> None:
    if call.account.mode != "live":
        raise answers.NotForYourAccount
    occurrences = body.text.count(two_factor.PLACEHOLDER)
    if occurrences != 1:
        raise answers.VariableOnce if occurrences else answers.VariableRequired
    there = select(OtpTemplate).where(OtpTemplate.name == body.name, OtpTemplate.status != "deleted")
    if call.db.exec(there).first() is not None:
        raise answers.IdenticalName
    waiting = select(func.count()).select_from(OtpTemplate).where(OtpTemplate.status == "requested")
    if call.db.exec(waiting).one() >= MOST_REQUESTED:
        raise answers.TemplateLimit
