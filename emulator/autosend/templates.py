"""Templates: finding one, its plain text, and the preview text in its HTML.

https://docs.autosend.com/api-reference/templates. The forms of preview text and plain text are inferred.
"""

import re
from html import escape, unescape

from sqlmodel import Session

from emulator.autosend.tables.mails import Template

PREVIEW = '<div data-preview-text style="display:none">{}</div>'
"""The preview text, which mail programs show beside the subject but not in the mail itself."""

HIDDEN = frozenset({"head", "style", "script", "title"})
"""The elements whose text is not shown."""
BLOCKS = frozenset(
    {"blockquote", "br", "div", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li", "p", "table", "tr", "ul"}
)
"""The elements that begin on a new line."""

_EARLIER_PREVIEW = re.compile(r"<div data-preview-text[^<>]*>[^<]*</div>")
_BODY = re.compile(r"<body\b[^<>]*>", re.IGNORECASE)
_TAG = re.compile(r"<(/?)([a-zA-Z!][a-zA-Z0-9]*+)[^<>]*+>")


def find_template(session: Session, project_id: str, template_id: str) -> Template | None:
    """Return the project's template with this id, None if there is none or it was deleted."""
    found = session.get(Template, template_id)
    return found if found and found.project_id == project_id and found.deleted_at is None else None


def has_preview(html: str) -> bool:
    """Return whether HTML contains a preview text."""
    return _EARLIER_PREVIEW.search(html) is not None


def with_preview(html: str, preview: str) -> str:
    """Return HTML with this preview text at the beginning of its body, in place of an earlier one."""
    bare = _EARLIER_PREVIEW.sub("", html)
    if not bare or not preview:
        return bare
    body = _BODY.search(bare)
    place = body.end() if body else 0
    return bare[:place] + PREVIEW.format(escape(preview, quote=False)) + bare[place:]


def text_of(template: Template) -> str:
    """Return the plain text of a template: its own, or else the text of its HTML."""
    return template.text or plain_text(template.html)


def plain_text(html: str) -> str:
    """Return the text of HTML without its tags, with a line for each block."""
    first, *rest = _TAG.split(_EARLIER_PREVIEW.sub("", html))
    said = [first]
    hidden = ""
    for closing, tag, text in zip(rest[::3], rest[1::3], rest[2::3], strict=True):
        name = tag.lower()
        if hidden:
            hidden = "" if closing and name == hidden else hidden
        elif name in HIDDEN and not closing:
            hidden = name
        if not hidden:
            said += ["\n", text] if name in BLOCKS else [text]
    lines = (" ".join(line.split()) for line in unescape("".join(said)).splitlines())
    return "\n".join(line for line in lines if line)
