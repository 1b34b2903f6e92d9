"""Templates.

https://docs.autosend.com/api-reference/templates
"""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from pydantic import Field
from sqlalchemy import ColumnElement, or_
from sqlmodel import col, func, select

from emulator.autosend import templates
from emulator.autosend.dialect import Call
from emulator.autosend.letters import Html
from emulator.autosend.limits import TemplateName, TemplateNote, TemplateSubject, Variables
from emulator.autosend.listing import find, page_of
from emulator.autosend.models import Body, Done, Model, Pagination, Parameters, Reply
from emulator.autosend.refusals import ValidationFailed, refusal
from emulator.autosend.tables.account import Sender, made_in
from emulator.autosend.tables.mails import Template
from emulator.autosend.values import Instant, MaybeId, is_none
from emulator.gateway.route import OperationRoute, refuses
from emulator.storage.tables import contains, insertion_order

router = APIRouter(prefix="/v1/templates", tags=["Templates"], route_class=OperationRoute)

TemplateNotFound = refusal(404, "TEMPLATE_NOT_FOUND", "Template not found", form="status", inferred="status")
DeleteTemplateFailed = refusal(400, "DELETE_TEMPLATE_FAILED", "Template delete failed", form="status")

TemplateId = Annotated[str, Path(alias="templateId", description="Template id: `A-` and 20 digits.")]
TemplateType = Literal["transactional", "marketing"]


class TemplateSummary(Model):
    """A template without its content."""

    id: str = Field(serialization_alias="templateId")
    name: str = Field(serialization_alias="templateName")
    description: str
    subject: str
    preview_text: str
    type: str = Field(serialization_alias="templateType")
    builder: str = Field(serialization_alias="builderType")
    created_at: Instant
    updated_at: Instant


class StoredTemplate(TemplateSummary):
    html: str = Field(serialization_alias="emailTemplate")


class ListedTemplate(StoredTemplate):
    text: str = Field(serialization_alias="plainTextTemplate")
    dynamic_variables: dict[str, Any]


class TemplateSender(Model):
    id: str
    name: str
    email: str
    reply_to: str


class WholeTemplate(ListedTemplate):
    """A template with its content; `sender` is present if it has one."""

    project_id: str
    sender: TemplateSender | None = Field(None, exclude_if=is_none)


@router.get("/{templateId}", responses=refuses(TemplateNotFound))
async def get_template(call: Call, template_id: TemplateId) -> Reply[WholeTemplate]:
    """Return one template with its content, and its sender if it has one.

    https://docs.autosend.com/api-reference/templates/get
    """
    template = templates.template_or(TemplateNotFound, call.db, call.project_id, template_id)
    sender = call.db.get(Sender, template.sender_id) if template.sender_id else None
    whole = WholeTemplate.of(
        template,
        text=templates.text_of(template),
        sender=TemplateSender.of(sender) if sender else None,
    )
    return Reply(data=whole)


class TemplateFields(Body):
    """The fields that create and update share. A field that is left out or null stays as it is."""

    telling_nulls = frozenset({"sender_id"})
    description: TemplateNote | None = None
    preview_text: TemplateNote | None = None
    html: Html | None = Field(None, alias="emailTemplate", description="HTML.")
    type: TemplateType | None = Field(None, alias="templateType")
    dynamic_variables: Variables | None = None
    sender_id: MaybeId = Field(None, description="The id of a sender of the project; null removes it.")


class CreateTemplate(TemplateFields):
    name: TemplateName = Field(alias="templateName")
    subject: TemplateSubject
    builder: Literal["code", "visual"] = Field("code", alias="builderType")


@router.post("", responses=refuses(ValidationFailed))
async def create_template(call: Call, body: CreateTemplate) -> Reply[StoredTemplate]:
    """Create a template.

    https://docs.autosend.com/api-reference/templates/create
    """
    template = Template(
        id="A-" + call.turn.ids.hex("autosend.template", 20),
        name=body.name,
        subject=body.subject,
        **made_in(call.project_id, call.now),
    )
    _apply(call, template, body)
    call.db.add(template)
    return Reply(data=StoredTemplate.of(template))


class UpdateTemplate(TemplateFields):
    name: TemplateName | None = Field(None, alias="templateName")
    subject: TemplateSubject | None = None


@router.put("/{templateId}", responses=refuses(TemplateNotFound, ValidationFailed))
async def update_template(call: Call, template_id: TemplateId, body: UpdateTemplate) -> Reply[StoredTemplate]:
    """Change the given fields of a template; its builder stays as it is.

    https://docs.autosend.com/api-reference/templates/update
    """
    template = templates.template_or(TemplateNotFound, call.db, call.project_id, template_id)
    _apply(call, template, body)
    template.updated_at = call.now
    return Reply(data=StoredTemplate.of(template))


def _apply(call: Call, template: Template, body: TemplateFields) -> None:
    """Store the fields that the client sent. Raises ValidationFailed for an unknown sender."""
    if body.sender_id is not None:
        find(call, Sender, body.sender_id, ValidationFailed(("senderId", "Authenticated sender not found")))
    if "sender_id" in body.model_fields_set:
        template.sender_id = body.sender_id
    template.sqlmodel_update(body.model_dump(exclude={"sender_id", "html"}, exclude_none=True))
    if body.html is not None:
        templates.rewrite(template, body.html)
    elif templates.has_preview(template.html):
        template.html = templates.with_preview(template.html, template.preview_text)


class PreviewText(Body):
    preview_text: TemplateNote


@router.patch("/{templateId}/preview-text", responses=refuses(TemplateNotFound, ValidationFailed))
async def update_preview_text(
    call: Call, template_id: TemplateId, body: PreviewText
) -> Reply[TemplateSummary]:
    """Set the preview text of a template, also in its HTML.

    https://docs.autosend.com/api-reference/templates/update-preview-text
    """
    template = templates.template_or(TemplateNotFound, call.db, call.project_id, template_id)
    template.preview_text = body.preview_text
    template.html = templates.with_preview(template.html, body.preview_text)
    template.updated_at = call.now
    return Reply(data=TemplateSummary.of(template))


@router.delete("/{templateId}", responses=refuses(DeleteTemplateFailed))
async def delete_template(call: Call, template_id: TemplateId) -> Done:
    """Delete a template. Campaigns that are scheduled with it are still sent.

    https://docs.autosend.com/api-reference/templates/delete
    """
    template = templates.template_or(DeleteTemplateFailed, call.db, call.project_id, template_id)
    template.deleted_at = call.now
    return Done(message="Template successfully deleted.")


class ListFilters(Parameters):
    """The query parameters of List Templates."""

    template_type: TemplateType | None = None
    limit: int = Query(100, ge=1, le=100)


class Templates(Model):
    templates: list[ListedTemplate]


@router.get("", responses=refuses(ValidationFailed))
async def list_templates(call: Call, filters: Annotated[ListFilters, Query()]) -> Reply[Templates]:
    """Return the templates of the project, the newest first.

    https://docs.autosend.com/api-reference/templates/list
    """
    wanted = select(Template).where(*_conditions(call, filters.template_type))
    rows = call.db.exec(wanted.order_by(*SORTINGS["createdAt"]).limit(filters.limit))
    listed = [ListedTemplate.of(row, text=templates.text_of(row)) for row in rows]
    return Reply(data=Templates(templates=listed))


SORTINGS: dict[str, Sequence[ColumnElement[Any]]] = {
    "createdAt": (col(Template.created_at).desc(), insertion_order(Template).desc()),
    "updatedAt": (col(Template.updated_at).desc(), insertion_order(Template).desc()),
    "templateName": (func.casefold(Template.name), insertion_order(Template)),
    "subject": (func.casefold(Template.subject), insertion_order(Template)),
}


class SearchFilters(Parameters):
    """The query parameters of Search Templates."""

    query: str | None = Query(None, max_length=1000, description="Part of a name, subject or id.")
    template_type: TemplateType | None = None
    template_name: str | None = Query(None, max_length=90, description="The exact name.")
    subject: str | None = Query(None, max_length=988, description="Part of the subject.")
    template_id: str | None = Query(None, max_length=64)
    page: int = Query(1, ge=1, le=1_000_000_000)
    limit: int = Query(10, ge=1, le=100)
    sort_by: Literal["createdAt", "updatedAt", "templateName", "subject"] = "createdAt"


class TemplatePage(Model):
    templates: list[TemplateSummary]
    pagination: Pagination


@router.get("/search", responses=refuses(ValidationFailed))
async def search_templates(call: Call, filters: Annotated[SearchFilters, Query()]) -> Reply[TemplatePage]:
    """Return a page of the templates that match. Times are sorted newest first, texts alphabetically.

    https://docs.autosend.com/api-reference/templates/search
    """
    conditions = [*_conditions(call, filters.template_type), *_search(filters)]
    wanted = select(Template).where(*conditions).order_by(*SORTINGS[filters.sort_by])
    rows, pagination = page_of(call, wanted, filters)
    found = [TemplateSummary.of(row) for row in rows]
    return Reply(data=TemplatePage(templates=found, pagination=pagination))


def _conditions(call: Call, type_: str | None) -> list[Any]:
    of_project = [Template.project_id == call.project_id, col(Template.deleted_at).is_(None)]
    return of_project if type_ is None else [*of_project, Template.type == type_]


def _search(filters: SearchFilters) -> list[Any]:
    searched = (Template.name, Template.subject, Template.id)
    conditions: list[Any] = []
    if filters.query:
        conditions.append(or_(*(contains(column, filters.query) for column in searched)))
    if filters.template_name:
        conditions.append(Template.name == filters.template_name)
    if filters.subject:
        conditions.append(contains(Template.subject, filters.subject))
    if filters.template_id:
        conditions.append(Template.id == filters.template_id)
    return conditions
