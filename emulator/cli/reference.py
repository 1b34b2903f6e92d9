"""The reference of the fixture files, made of their models: docs/fixtures.md."""

import ast
import inspect
import json
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from emulator.cli.fixture_schema import fixture_schema
from emulator.gateway.schema_words import LEAST, MOST

HEAD = """# Fixture files

What an account may begin with: the fields of each provider's `account.yaml`. The README says how the files
are used, and `fixtures/` holds two sets of them. `emulator fixtures reference` prints this page."""
TABLE = ("| field | value | without it | meaning |", "|---|---|---|---|")
BOUNDS = {
    "minimum": "at least {}", "maximum": "at most {}", "minLength": "of at least {}",
    "maxLength": "of at most {}", "minItems": "at least {}", "maxItems": "at most {}",
    "pattern": "like `{}`", "format": "{}",
}  # fmt: skip

UNSAID = (None, LEAST, MOST)
"""Bounds that the page does not print: none, and the limits of a 64-bit integer."""

Schema = dict[str, Any]


def reference_page(fixtures: Mapping[str, type[BaseModel]]) -> str:
    """Return the page for the model of each provider's `account.yaml`."""
    return "\n".join([HEAD, *(line for name in fixtures for line in _provider(name, fixtures[name]))]) + "\n"


def _provider(name: str, top: type[BaseModel]) -> Iterator[str]:
    schema = fixture_schema(top)
    parts = schema.pop("$defs", {})
    words = _words(top)
    yield from ("", f"## {name}/account.yaml", "")
    yield from _fields(name, schema, words.get(top.__name__, {}))
    for part in _by_mention(schema, parts):
        yield from ("", f"### {name}: {_plain(part)}", "")
        if "description" in parts[part]:
            yield from (" ".join(parts[part]["description"].split()), "")
        if "enum" in parts[part]:
            yield _value(name, parts[part])
        else:
            yield from _fields(name, parts[part], words.get(part, {}))


def _by_mention(schema: Schema, parts: Mapping[str, Schema]) -> list[str]:
    """Return the names of the parts, in the order in which the schema and its parts refer to them."""
    found: list[str] = []
    waiting = [schema]
    while waiting:
        for name in _mentioned(waiting.pop(0)):
            if name not in found:
                found.append(name)
                waiting.append(parts[name])
    return found


def _mentioned(schema: Any) -> Iterator[str]:
    values = schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ()
    if isinstance(schema, dict) and "$ref" in schema:
        yield schema["$ref"].rpartition("/")[2]
    for value in values:
        yield from _mentioned(value)


def _fields(provider: str, schema: Schema, words: Mapping[str, str]) -> Iterator[str]:
    yield from TABLE
    required = schema.get("required", ())
    for name, field in schema.get("properties", {}).items():
        without = "(needed)" if name in required else f"`{json.dumps(field.get('default'))}`"
        about = words.get(name) or field.get("description", "")
        yield f"| `{name}` | {_value(provider, field)} | {_cell(without)} | {_cell(about)} |"


def _value(provider: str, schema: Schema) -> str:
    """Return the type and the bounds of a field in words, as Markdown."""
    if "$ref" in schema:
        part = _plain(schema["$ref"].rpartition("/")[2])
        return f"[{part}](#{provider}-{part.lower().replace(' ', '-')})"
    if "anyOf" in schema:
        return " or ".join(_value(provider, one) for one in schema["anyOf"])
    if "oneOf" in schema:
        kinds = ", ".join(_value(provider, one) for one in schema["oneOf"])
        return f"one of these, as its `{schema['discriminator']['propertyName']}` says: {kinds}"
    if schema.get("type") == "null":
        return "nothing"
    if "const" in schema or "enum" in schema:
        return ", ".join(f"`{one}`" for one in schema.get("enum", [schema.get("const")]))
    bounds = [text.format(schema[name]) for name, text in BOUNDS.items() if schema.get(name) not in UNSAID]
    return _cell(", ".join([_kind(provider, schema), *bounds]))


def _kind(provider: str, schema: Schema) -> str:
    if "items" in schema:
        return f"list of {_value(provider, schema['items'])}"
    if isinstance(schema.get("additionalProperties"), dict):
        return f"map to {_value(provider, schema['additionalProperties'])}"
    return str(schema.get("type", "any value"))


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _plain(name: str) -> str:
    """Return the name of a model in words: `MailingFixture` is `Mailing`."""
    short = name.removesuffix("Fixture")
    return "".join(f" {one.lower()}" if at and one.isupper() else one for at, one in enumerate(short))


def _words(top: type[BaseModel]) -> dict[str, dict[str, str]]:
    """Return the docstrings of the fields, by the model's name and the field's name in the file."""
    words: dict[str, dict[str, str]] = {}
    waiting: list[type[BaseModel]] = [top]
    while waiting:
        model = waiting.pop()
        if model.__name__ not in words:
            words[model.__name__] = _docstrings(model)
            waiting += [part for field in model.model_fields.values() for part in _models(field.annotation)]
    return words


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if inspect.isclass(annotation) and issubclass(annotation, BaseModel):
        yield annotation
    for part in getattr(annotation, "__args__", ()):
        yield from _models(part)


def _docstrings(model: type[BaseModel]) -> dict[str, str]:
    found: dict[str, str] = {}
    for one in reversed(model.__mro__):
        if one is not BaseModel and issubclass(one, BaseModel):
            body = ast.parse(textwrap.dedent(inspect.getsource(one))).body[0]
            assert isinstance(body, ast.ClassDef)
            for field, after in zip(body.body, body.body[1:], strict=False):
                match field, after:
                    case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(
                        value=ast.Constant(value=str(text))
                    ) if name in model.model_fields:
                        found[model.model_fields[name].alias or name] = " ".join(text.split())
    return found
