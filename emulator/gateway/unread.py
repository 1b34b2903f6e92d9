"""Finds the fields of a request that no handler read.

These are the fields that the operation's models do not have, and those that a model calls without effect.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, get_args
from urllib.parse import parse_qsl

from pydantic import BaseModel

from emulator.gateway.rows import RowModel
from emulator.gateway.seen import payload_of
from emulator.providers import Dialect
from emulator.watching.journal import Entry

if TYPE_CHECKING:
    from emulator.gateway.route import OperationRoute


def unread_fields(route: "OperationRoute", dialect: Dialect[Any, Any], entry: Entry) -> list[str]:
    """Return the fields of the body and the query that the models do not have, or call without effect."""
    body = _unread_of_body(route, entry, dialect) if entry.request_body else []
    return body + [f"query.{name}" for name in _unread_of_query(route, entry, dialect)]


def _unread_of_query(route: "OperationRoute", entry: Entry, dialect: Dialect[Any, Any]) -> list[str]:
    sent = dict(parse_qsl(entry.query.decode("latin-1"), keep_blank_values=True))
    known = {*_query_names(route), *dialect.url_parameters}
    models = [_model_in(parameter.field_info.annotation) for parameter in route.dependant.query_params]
    idle = {name for model in models for name in _idle(model, sent)}
    if any(map(_reads_all, models)):
        known |= sent.keys()
    return [name for name in sent if name in idle or name not in known]


def _query_names(route: "OperationRoute") -> Iterator[str]:
    for parameter in route.dependant.query_params:
        model = _model_in(parameter.field_info.annotation)
        if model is None:
            yield parameter.alias
        else:
            yield from (field.alias or name for name, field in model.model_fields.items())


def _reads_all(model: type[BaseModel] | None) -> bool:
    """Return whether a model takes names that it does not declare: `extra="allow"`."""
    return model is not None and model.model_config.get("extra") == "allow"


def _idle(model: type[BaseModel] | None, sent: dict[str, Any]) -> set[str]:
    """Return the names of the sent fields that a model calls without effect; null counts as not sent."""
    idle = model.without_effect(sent) if model and issubclass(model, RowModel) else ()
    return {name for name in idle if sent.get(name) is not None}


def _unread_of_body(route: "OperationRoute", entry: Entry, dialect: Dialect[Any, Any]) -> list[str]:
    field = route.body_field
    model = field.field_info.annotation if field else None
    known = {f"body.{name}" for name in dialect.body_parameters}
    found = dict.fromkeys(_unread(model, payload_of(entry, dialect), "body"))
    return [place for place in found if place not in known]


def _unread(annotation: Any, value: Any, place: str) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _unread(annotation, item, f"{place}[]")
        return
    model = _model_in(annotation)
    if not isinstance(value, dict) or (model is None and annotation is not None):
        return
    fields = {field.alias or name: field for name, field in model.model_fields.items()} if model else {}
    idle = _idle(model, value)
    for name, item in value.items():
        if name not in fields:
            if not _reads_all(model):
                yield f"{place}.{name}"
        elif name in idle:
            yield f"{place}.{name}"
        else:
            yield from _unread(fields[name].annotation, item, f"{place}.{name}")


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """Return the model in an annotation such as `list[Card] | None`, None where it has none."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = (_model_in(argument) for argument in get_args(annotation))
    return next((model for model in found if model is not None), None)
