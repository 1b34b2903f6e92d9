"""What is said of the fields of a request that are not valid: each by its name, with what it has to be."""

from collections.abc import Iterable, Iterator
from typing import Any, get_args

from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel

from emulator.control.values import MOMENT, not_known
from emulator.reasons import reason_of

SAID = {
    "timezone_aware": MOMENT,
    "datetime_parsing": MOMENT,
    "datetime_from_date_parsing": MOMENT,
}
"""What is said in place of pydantic's words, by its types of errors."""


def complaints(error: RequestValidationError, route: APIRoute | None) -> list[dict[str, str]]:
    """Return the fields of a request that are not valid, with what is wrong with each."""
    return [
        {"field": _field(problem["loc"]), "message": _message(problem, route)} for problem in error.errors()
    ]


def _field(location: Iterable[Any]) -> str:
    source, *place = location
    return ".".join(str(part) for part in place) or str(source)


def _message(problem: Any, route: APIRoute | None) -> str:
    if problem["type"] == "extra_forbidden" and route is not None and route.body_field is not None:
        *place, name = problem["loc"][1:]
        known = _fields_at(route.body_field.field_info.annotation, place)
        return not_known(str(name), known, "a field here")
    return SAID.get(problem["type"], reason_of(problem))


def _fields_at(annotation: Any, place: Iterable[Any]) -> list[str]:
    """Return the names of the fields at a place in what a request's body is read as."""
    for step in place:
        fields = [field for model in _models_in(annotation) for name, field in _named(model) if name == step]
        annotation = fields[0].annotation if fields else annotation
    return [name for model in _models_in(annotation) for name, _ in _named(model)]


def _named(model: type[BaseModel]) -> Iterator[tuple[str, Any]]:
    for name, field in model.model_fields.items():
        yield field.alias or name, field


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    """Return the models in an annotation such as `MessageFilters | None`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for argument in get_args(annotation) for model in _models_in(argument)]
