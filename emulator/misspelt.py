"""Messages about unknown words, with the known words that are most similar: a word may be misspelt."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel

from emulator.reasons import reason_of

MOST_LISTED = 40
"""How many known words a message lists; if there are more, it lists none."""

MOST_BESIDE = 20
"""How many known words a message lists beside similar ones."""


def not_known(word: str, known: Sequence[str], kind: str) -> str:
    """Return the message about a word that is not `known`: similar words, and all if they are few enough."""
    if not known:
        return f"is not {kind}; there are none"
    near = get_close_matches(word[:200], known, 3, 0.5)
    meant = f"; did you mean {' or '.join(near)}?" if near else ""
    if len(known) > (MOST_BESIDE if near else MOST_LISTED):
        return f"is not {kind}{meant}"
    return f"is not {kind}{meant}{' There' if near else '; there'} are {', '.join(known)}"


def reason_within(problem: Mapping[str, Any], place: Sequence[Any], annotation: Any) -> str:
    """Return the reason of one of pydantic's errors at a place in a value that has this annotation.

    The reason for an unknown field, word or type names the known ones that are similar.
    """
    if problem["type"] == "extra_forbidden":
        *above, name = place
        return not_known(str(name), _fields_at(annotation, above), "a field here")
    if problem["type"] == "literal_error" and (words := words_of(problem)):
        said = problem["input"]
        return not_known(said if isinstance(said, str) else "", words, "a word here")
    if problem["type"] == "union_tag_invalid":
        said, known = problem["ctx"]["tag"], problem["ctx"]["expected_tags"]
        return f"{said} {not_known(said, re.findall(WORD, known), 'a type here')}"
    if problem["type"] == "union_tag_not_found":
        return f"has no {problem['ctx']['discriminator'].strip(QUOTE)}"
    return reason_of(problem)


def words_of(problem: Mapping[str, Any]) -> list[str]:
    """Return the words that pydantic expects, from its error about a literal."""
    return re.findall(WORD, problem["ctx"]["expected"])


QUOTE = "'"
WORD = "'([^']+)'"
"""One of several words that pydantic puts in quotes."""


def _fields_at(annotation: Any, place: Iterable[Any]) -> list[str]:
    """Return the names of the fields at a place in a value that has this annotation."""
    models = _models_in(annotation)
    for step in place:
        fields = [field for model in models for name, field in _fields_of(model) if name == step]
        if fields:
            models = _models_in(fields[0].annotation)
        else:  # a number in a list, or the type of one of several models
            models = [model for model in models if step in _types_of(model)] or models
    return list(dict.fromkeys(name for model in models for name, _ in _fields_of(model)))


def _types_of(model: type[BaseModel]) -> tuple[Any, ...]:
    """Return the words that a model's field `type` can have; none if it has no such field."""
    return get_args(model.model_fields["type"].annotation) if "type" in model.model_fields else ()


def _fields_of(model: type[BaseModel]) -> Iterator[tuple[str, Any]]:
    for name, field in model.model_fields.items():
        yield field.alias or name, field


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    """Return the models in an annotation such as `MessageFilters | None`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for argument in get_args(annotation) for model in _models_in(argument)]
