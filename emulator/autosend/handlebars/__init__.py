"""The template language of mails: Handlebars, with AutoSend's own fallback, `{{first_name | "there"}}`.

https://handlebarsjs.com/guide, https://docs.autosend.com/transactional-emails/variables. It has everything of
the language that needs no registration: no partials, no decorators, and only the built-in helpers. The cost
of rendering is limited (`Budget`), and costly results are kept: a mail with loops is rendered once, however
often it is looked at.
"""

import json
from collections.abc import Mapping
from typing import Any

from emulator.autosend.handlebars import parser
from emulator.autosend.handlebars.budget import Budget, TemplateError
from emulator.autosend.handlebars.evaluation import Dialect, Evaluation
from emulator.autosend.handlebars.kept import Kept
from emulator.autosend.handlebars.parser import Template

__all__ = ["Budget", "Dialect", "Template", "TemplateError", "parse", "render"]

MOST_PARSED = 2 * 1024 * 1024
"""The most weight of parsed templates that are kept, in about bytes."""
MOST_RENDERED = 16 * 1024 * 1024
"""How many characters of costly rendered texts, with their templates and values, are kept."""
TAG_WEIGHT = 1000
"""The weight of a tag in a parsed template: about the bytes that it takes."""

_parsed: Kept[Template] = Kept(MOST_PARSED)
_rendered: Kept[str | TemplateError] = Kept(MOST_RENDERED)


def parse(template: str) -> Template:
    """Return a parsed template. Raises TemplateError."""
    found = _parsed.find(template)
    if found is None:
        found = parser.parse(template)
        _parsed.keep(template, found, len(template) + TAG_WEIGHT * template.count("{{"))
    return found


def render(template: str, values: Mapping[str, Any], dialect: Dialect, budget: Budget | None = None) -> str:
    """Return a template with values filled in. Raises TemplateError."""
    if "{{" not in template:
        return template
    parsed = parse(template)
    if budget or not parsed.has_loops:
        return Evaluation(budget or Budget(), dialect).text(parsed.program, values)
    return _rendered_once(template, parsed, values, dialect)


def _rendered_once(template: str, parsed: Template, values: Mapping[str, Any], dialect: Dialect) -> str:
    key = (template, json.dumps(values), dialect)
    result = _rendered.find(key)
    if result is None:
        try:
            result = Evaluation(Budget(), dialect).text(parsed.program, values)
        except TemplateError as error:
            result = error
        _rendered.keep(key, result, len(template) + len(key[1]) + len(str(result)))
    if isinstance(result, TemplateError):
        raise TemplateError(*result.args)
    return result
