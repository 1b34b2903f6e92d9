"""Templates.

https://docs.autosend.com/api-reference/templates
"""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from pydantic import Field, StringConstraints
from sqlalchemy import ColumnElement, or_
from sqlmodel import col, func, select

from emulator.autosend import templates
from emulator.autosend.dialect import Call
from emulator.autosend.letters import Html
from emulator.autosend.listing import page_of
from emulator.autosend.models import Body, Done, Model, Pagination, Parameters, Reply
from emulator.autosend.refusals import ValidationFailed, refusal
from emulator.autosend.tables.account import Sender
from emulator.autosend.tables.mails import Template
from emulator.autosend.values import Id
from emulator.engine.clock import iso_millis
from emulator.gateway.route import OperationRoute, refuses
from emulator.storage.tables import contains, insertion_order

router = APIRouter(prefix="/v1/templates", tags=["Templates"], route_class=OperationRoute)

TemplateNotFound = refusal(404, "TEMPLATE_NOT_FOUND", "Template not found", form="status", inferred="status")
DeleteTemplateFailed = refusal(400, "DELETE_TEMPLATE_FAILED", "Template delete failed", form="status")

MOST_VARIABLES = 1000

TemplateId = Annotated[str, Path(alias="templateId", description="Template id: `A-` and 20 digits.")]
Name = Annotated[str, StringConstraints(min_length=1, max_length=90)]
Subject = Annotated[str, StringConstraints(min_length=1, max_length=988)]
Word = Annotated[str, StringConstraints(max_length=200)]
TemplateType = Literal["transactional", "marketing"]


class TemplateSummary(Model):
    """A template without its content."""

    templateId: str
    templateName: str
    description: str
    subject: str
    previewText: str
    templateType: str
    builderType: str
    createdAt: str
    updatedAt: str


class StoredTemplate(TemplateSummary):
    emailTemplate: str


class ListedTemplate(StoredTemplate):
    plainTextTemplate: str
    dynamicVariables: dict[str, Any]


class TemplateSender(Model):
    id: str
    name: str
    email: str
    replyTo: str


class WholeTemplate(ListedTemplate):
    projectId: str


class WholeTemplateWithSender(WholeTemplate):
    sender: TemplateSender


def _summary(template: Template) -> dict[str, Any]:
    return {
        "templateId": template.id,
        "templateName": template.name,
        "description": template.description,
        "subject": template.subject,
        "previewText": template.preview_text,
        "templateType": template.type,
        "builderType": template.builder,
        "createdAt": iso_millis(template.created_at),
        "updatedAt": iso_millis(template.updated_at),
    }


def _stored(template: Template) -> StoredTemplate:
    return StoredTemplate(**_summary(template), emailTemplate=template.html)


def _content(template: Template) -> dict[str, Any]:
    return {
        "emailTemplate": template.html,
        "plainTextTemplate": template.text or templates.plain_text(template.html),
        "dynamicVariables": template.dynamic_variables,
    }


def _find(call: Call, template_id: str) -> Template:
    template = templates.find_template(call.db, call.project_id, template_id)
    if template is None:
        raise TemplateNotFound
    return template


@router.get("/{templateId}", responses=refuses(TemplateNotFound))
async def get_template(call: Call, template_id: TemplateId) -> Reply[WholeTemplateWithSender | WholeTemplate]:
    """Answer one template with its content, and its sender where it has one.

    https://docs.autosend.com/api-reference/templates/get
    """
    template = _find(call, template_id)
    fields = _summary(template) | _content(template) | {"projectId": template.project_id}
    sender = call.db.get(Sender, template.sender_id) if template.sender_id else None
    if sender is None:
        return Reply(data=WholeTemplate(**fields))
    shown = TemplateSender(id=sender.id, name=sender.name, email=sender.email, replyTo=sender.reply_to)
    return Reply(data=WholeTemplateWithSender(**fields, sender=shown))


class TemplateFields(Body):
    """What create and update have in common; what is left out or null stays as it is."""

    description: str | None = Field(None, max_length=140)
    previewText: str | None = Field(None, max_length=140)
    emailTemplate: Html | None = Field(None, description="HTML.")
    templateType: TemplateType | None = None
    dynamicVariables: dict[Word, Word] | None = Field(None, max_length=MOST_VARIABLES)
    senderId: Id | None = Field(None, description="Of a sender of the project; null takes it away.")


class CreateTemplate(TemplateFields):
    templateName: Name
    subject: Subject
    builderType: Literal["code", "visual"] = "code"


@router.post("", responses=refuses(ValidationFailed))
async def create_template(call: Call, body: CreateTemplate) -> Reply[StoredTemplate]:
    """Make a template.

    https://docs.autosend.com/api-reference/templates/create
    """
    template = Template(
        id="A-" + call.turn.ids.hex("autosend.template", 20),
        project_id=call.project_id,
        name=body.templateName,
        subject=body.subject,
        builder=body.builderType,
        created_at=call.now,
        updated_at=call.now,
    )
    _apply(call, template, body)
    call.db.add(template)
    return Reply(data=_stored(template))


class UpdateTemplate(TemplateFields):
    templateName: Name | None = None
    subject: Subject | None = None


@router.put("/{templateId}", responses=refuses(TemplateNotFound, ValidationFailed))
async def update_template(call: Call, template_id: TemplateId, body: UpdateTemplate) -> Reply[StoredTemplate]:
    """Change the given fields of a template; how it is built stays.

    https://docs.autosend.com/api-reference/templates/update
    """
    template = _find(call, template_id)
    _apply(call, template, body)
    template.updated_at = call.now
    call.db.add(template)
    return Reply(data=_stored(template))


PLAIN_FIELDS = {
    "templateName": "name",
    "subject": "subject",
    "description": "description",
    "previewText": "preview_text",
    "templateType": "type",
    "dynamicVariables": "dynamic_variables",
}
"""The fields that are stored as they come, under our names."""


def _apply(call: Call, template: Template, body: TemplateFields) -> None:
    """Take over the fields that the client sent. Raises ValidationFailed for an unknown sender."""
    has_preview = templates.has_preview(template.html)
    given = body.model_dump(exclude_none=True)
    for theirs, ours in PLAIN_FIELDS.items():
        if theirs in given:
            setattr(template, ours, given[theirs])
    if body.emailTemplate is not None:
        template.html, template.text = body.emailTemplate, templates.plain_text(body.emailTemplate)
    if has_preview:
        template.html = templates.with_preview(template.html, template.preview_text)
    if "senderId" in body.model_fields_set:
        template.sender_id = _sender_id(call, body.senderId) if body.senderId else None


def _sender_id(call: Call, sender_id: str) -> str:
    sender = call.db.get(Sender, sender_id)
    if sender is None or sender.project_id != call.project_id:
        raise ValidationFailed(("senderId", "Authenticated sender not found"))
    return sender.id


class PreviewText(Body):
    previewText: str = Field(max_length=140)


@router.patch("/{templateId}/preview-text", responses=refuses(TemplateNotFound, ValidationFailed))
async def update_preview_text(
    call: Call, template_id: TemplateId, body: PreviewText
) -> Reply[TemplateSummary]:
    """Set the preview text, in the HTML too.

    https://docs.autosend.com/api-reference/templates/update-preview-text
    """
    template = _find(call, template_id)
    template.preview_text = body.previewText
    template.html = templates.with_preview(template.html, body.previewText)
    template.updated_at = call.now
    call.db.add(template)
    return Reply(data=TemplateSummary(**_summary(template)))


@router.delete("/{templateId}", responses=refuses(DeleteTemplateFailed))
async def delete_template(call: Call, template_id: TemplateId) -> Done:
    """Delete a template; campaigns that are scheduled with it are still sent.

    https://docs.autosend.com/api-reference/templates/delete
    """
    template = templates.find_template(call.db, call.project_id, template_id)
    if template is None:
        raise DeleteTemplateFailed
    template.deleted_at = call.now
    call.db.add(template)
    return Done(message="Template successfully deleted.")


class ListFilters(Parameters):
    """What List Templates takes in the query."""

    templateType: TemplateType | None = None
    limit: int = Query(100, ge=1, le=100)


class Templates(Model):
    templates: list[ListedTemplate]


@router.get("", responses=refuses(ValidationFailed))
async def list_templates(call: Call, filters: Annotated[ListFilters, Query()]) -> Reply[Templates]:
    """Answer the templates of the project, the newest first.

    https://docs.autosend.com/api-reference/templates/list
    """
    rows = call.db.exec(
        select(Template)
        .where(*_conditions(call, filters.templateType))
        .order_by(*SORTINGS["createdAt"])
        .limit(filters.limit)
    )
    listed = [ListedTemplate(**_summary(row), **_content(row)) for row in rows]
    return Reply(data=Templates(templates=listed))


SORTINGS: dict[str, Sequence[ColumnElement[Any]]] = {
    "createdAt": (col(Template.created_at).desc(), insertion_order(Template).desc()),
    "updatedAt": (col(Template.updated_at).desc(), insertion_order(Template).desc()),
    "templateName": (func.casefold(Template.name), insertion_order(Template)),
    "subject": (func.casefold(Template.subject), insertion_order(Template)),
}


class SearchFilters(Parameters):
    """What Search Templates takes in the query."""

    query: str | None = Query(None, max_length=1000, description="Part of a name, subject or id.")
    templateType: TemplateType | None = None
    templateName: str | None = Query(None, max_length=90, description="The exact name.")
    subject: str | None = Query(None, max_length=988, description="Part of the subject.")
    templateId: str | None = Query(None, max_length=64)
    page: int = Query(1, ge=1, le=1_000_000_000)
    limit: int = Query(10, ge=1, le=100)
    sortBy: Literal["createdAt", "updatedAt", "templateName", "subject"] = "createdAt"


class TemplatePage(Model):
    templates: list[TemplateSummary]
    pagination: Pagination


@router.get("/search", responses=refuses(ValidationFailed))
async def search_templates(call: Call, filters: Annotated[SearchFilters, Query()]) -> Reply[TemplatePage]:
    """Page through the templates that fit: sorted by a time the newest first, by a text in its order.

    https://docs.autosend.com/api-reference/templates/search
    """
    conditions = [*_conditions(call, filters.templateType), *_search(filters)]
    wanted = select(Template).where(*conditions).order_by(*SORTINGS[filters.sortBy])
    rows, pagination = page_of(call, wanted, filters)
    found = [TemplateSummary(**_summary(row)) for row in rows]
    return Reply(data=TemplatePage(templates=found, pagination=pagination))


def _conditions(call: Call, type_: str | None) -> list[Any]:
    of_project = [Template.project_id == call.project_id, col(Template.deleted_at).is_(None)]
    return of_project if type_ is None else [*of_project, Template.type == type_]


def _search(filters: SearchFilters) -> list[Any]:
    searched = (Template.name, Template.subject, Template.id)
    conditions: list[Any] = []
    if filters.query:
        conditions.append(or_(*(contains(column, filters.query) for column in searched)))
    if filters.templateName:
        conditions.append(Template.name == filters.templateName)
    if filters.subject:
        conditions.append(contains(Template.subject, filters.subject))
    if filters.templateId:
        conditions.append(Template.id == filters.templateId)
    return conditions
