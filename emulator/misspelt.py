"""What is said of a word that is none of those that there are: the nearest ones, as it may be misspelt."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel

from emulator.reasons import reason_of

MOST_LISTED = 40
"""How many words are listed where one of them is asked for."""


def not_known(word: str, known: Sequence[str], kind: str) -> str:
    """Return what is said of a word that is none of a kind: what it may mean, and all if they are few."""
    if not known:
        return f"is not {kind}; there are none"
    near = get_close_matches(word[:200], known, 3, 0.5)
    meant = f"; did you mean {' or '.join(near)}?" if near else ""
    if len(known) > MOST_LISTED:
        return f"is not {kind}{meant}"
    return f"is not {kind}{meant}{' There' if near else '; there'} are {', '.join(known)}"


def reason_within(problem: Mapping[str, Any], place: Sequence[Any], annotation: Any) -> str:
    """Return the reason of one of pydantic's errors at a place in what is read as the annotation says.

    A field that there is not is told with those that are like it.
    """
    if problem["type"] != "extra_forbidden":
        return reason_of(problem)
    *above, name = place
    return not_known(str(name), _fields_at(annotation, above), "a field here")


def _fields_at(annotation: Any, place: Iterable[Any]) -> list[str]:
    """Return the names of the fields at a place in what is read as the annotation says."""
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
