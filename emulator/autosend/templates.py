"""Templates: finding one, its plain text, the preview text in its HTML, and errors in its content.

https://docs.autosend.com/api-reference/templates. The forms of preview text and plain text are inferred.
"""

import re
from html import escape

from sqlmodel import Session

from emulator.autosend.refusals import AutoSendError
from emulator.autosend.rendering import check_templates
from emulator.autosend.tables.mails import Template
from emulator.sending import texts

PREVIEW = '<div data-preview-text style="display:none">{}</div>'
"""The preview text, which mail programs show beside the subject but not in the mail itself."""

_EARLIER_PREVIEW = re.compile(r"<div data-preview-text[^<>]*>[^<]*</div>")
_LOOP = re.compile(r"\{\{~?\s*#\s*each\b")
_BODY = re.compile(r"<body\b[^<>]*>", re.IGNORECASE)


def find_template(session: Session, project_id: str, template_id: str) -> Template | None:
    """Return the project's template with this id, None if there is none or it was deleted."""
    found = session.get(Template, (project_id, template_id))
    return found if found and found.deleted_at is None else None


def template_or(
    missing: type[AutoSendError], session: Session, project_id: str, template_id: str
) -> Template:
    """Return the project's template with this id. Raises `missing` if there is none or it was deleted."""
    found = find_template(session, project_id, template_id)
    if found is None:
        raise missing
    return found


def has_preview(html: str) -> bool:
    """Return whether HTML contains a preview text."""
    return _EARLIER_PREVIEW.search(html) is not None


def with_preview(html: str, preview: str) -> str:
    """Return HTML with this preview text at the beginning of its body, in place of an earlier one."""
    bare = _EARLIER_PREVIEW.sub("", html)
    if not bare.strip() or not preview:
        return bare
    body = _BODY.search(bare)
    place = body.end() if body else 0
    return bare[:place] + PREVIEW.format(escape(preview, quote=False)) + bare[place:]


def has_loop(html: str) -> bool:
    """Return whether HTML contains `{{#each`, for which an imported template is flagged."""
    return _LOOP.search(html) is not None


def rewrite(template: Template, html: str) -> None:
    """Replace the HTML and the text of a template. If its HTML had a preview text, the new HTML has one.

    A template that was flagged for its loop is so only as long as it has one.
    """
    is_shown = has_preview(template.html)
    template.html, template.text = html, plain_text(html)
    template.is_flagged = template.is_flagged and has_loop(html)
    if is_shown:
        template.html = with_preview(html, template.preview_text)


def text_of(template: Template) -> str:
    """Return the plain text of a template: its own, or else the text of its HTML."""
    return template.text or plain_text(template.html)


def content_complaints(template: Template) -> list[tuple[str, str]]:
    """Return (field, message) for missing and malformed content of a template."""
    text = text_of(template)
    if not (template.html.strip() or text.strip()):
        return [("templateId", "Template content is required")]
    return check_templates(("htmlTemplate", template.html), ("templateId", text))


def plain_text(html: str) -> str:
    """Return the text of HTML without its preview text, with a line for each block."""
    return texts.plain_text(_EARLIER_PREVIEW.sub("", html))
