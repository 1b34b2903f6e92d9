"""What is said of a word that is none of those that there are: the nearest ones, as it may be misspelt."""

import re
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

    A field that there is not is told with those that are like it, and so are the type of a part and a word.
    """
    if problem["type"] == "extra_forbidden":
        *above, name = place
        return not_known(str(name), _fields_at(annotation, above), "a field here")
    if problem["type"] == "literal_error" and isinstance(said := problem["input"], str) and words_of(problem):
        return not_known(said, words_of(problem), "a word here")
    if problem["type"] == "union_tag_invalid":
        said, known = problem["ctx"]["tag"], problem["ctx"]["expected_tags"]
        return f"{said} {not_known(said, re.findall(WORD, known), 'a type here')}"
    if problem["type"] == "union_tag_not_found":
        return f"has no {problem['ctx']['discriminator'].strip(QUOTE)}"
    return reason_of(problem)


def words_of(problem: Mapping[str, Any]) -> list[str]:
    """Return the words of which one is asked for where another is said."""
    return re.findall(WORD, problem["ctx"]["expected"])


QUOTE = "'"
WORD = "(?<=')[^', ]+(?=')"
"""One of several words that pydantic puts in quotes."""


def _fields_at(annotation: Any, place: Iterable[Any]) -> list[str]:
    """Return the names of the fields at a place in what is read as the annotation says."""
    models = _models_in(annotation)
    for step in place:
        fields = [field for model in models for name, field in _named(model) if name == step]
        if fields:
            models = _models_in(fields[0].annotation)
        else:  # a number in a list, or the type of one of several models
            models = [model for model in models if step in _types_of(model)] or models
    return list(dict.fromkeys(name for model in models for name, _ in _named(model)))


def _types_of(model: type[BaseModel]) -> tuple[Any, ...]:
    """Return what a model that is told apart from others by its type has there."""
    return get_args(model.model_fields["type"].annotation) if "type" in model.model_fields else ()


def _named(model: type[BaseModel]) -> Iterator[tuple[str, Any]]:
    for name, field in model.model_fields.items():
        yield field.alias or name, field


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    """Return the models in an annotation such as `MessageFilters | None`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for argument in get_args(annotation) for model in _models_in(argument)]
