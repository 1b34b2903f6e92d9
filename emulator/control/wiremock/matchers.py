"""WireMock's match operations: `{"equalTo": "a"}`, `{"matchesJsonPath": "$.items[0]"}`.

https://wiremock.org/docs/request-matching/
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pydantic_core import from_json, to_json

from emulator.control.wiremock.jsonpath import JsonPath
from emulator.control.wiremock.problems import Misunderstood
from emulator.patterns import Pattern, UnusablePatternError, pattern, spend

Test = Callable[[str | None], bool]
"""A function that returns whether a text matches; None stands for an absent one."""

ManyTest = Callable[[Sequence[str]], bool]
"""A function that returns whether the values of a header or a parameter match."""

TEST = 250
"""What a test costs, or the comparison of two values, in the steps of `spend`."""

MODIFIERS = {"equalTo": {"caseInsensitive"}, "equalToJson": {"ignoreArrayOrder", "ignoreExtraElements"}}


def test_of(operation: Any, pointer: str) -> Test:
    """Return the test for a match operation. Raises Misunderstood."""
    name = _name_of(operation, pointer, OPERATIONS)
    test = OPERATIONS[name](operation[name], operation, pointer)

    def measured(value: str | None) -> bool:
        spend(TEST + len(value or ""))
        return test(value)

    return measured


def many_test_of(operation: Any, pointer: str) -> ManyTest:
    """Return the test for an operation on a header or parameter, with any number of values.

    Raises Misunderstood.
    """
    name = _name_of(operation, pointer, {**OPERATIONS, **ON_MANY})
    if name in ON_MANY:
        return ON_MANY[name](_tests(operation[name], pointer))
    test = test_of(operation, pointer)
    return lambda values: any(test(value) for value in values) if values else test(None)


def _name_of(operation: Any, pointer: str, known: Mapping[str, object]) -> str:
    if not isinstance(operation, dict):
        raise Misunderstood(pointer, 'must be an object such as {"equalTo": "a"}')
    named = [name for name in operation if name in known]
    name = named[0] if named else ""
    foreign = sorted(set(operation) - {name} - MODIFIERS.get(name, set()))
    if len(named) != 1 or foreign:
        wrong = ", ".join(map(repr, foreign)) or "nothing"
        raise Misunderstood(
            pointer, f"{wrong} is no match operation here. One of these is: {', '.join(sorted(known))}"
        )
    return name


def pattern_of(text: Any, pointer: str, *, captures: bool = False) -> Pattern:
    """Return a compiled regular expression, which must match a whole text. Raises Misunderstood."""
    try:
        return pattern(_text(text, pointer), dot_all=True, captures=captures)
    except UnusablePatternError as error:
        raise Misunderstood(pointer, f"{text[:80]!r} {error}") from error


def _text(operand: Any, pointer: str) -> str:
    if not isinstance(operand, str):
        raise Misunderstood(pointer, "the operand must be a text")
    return operand


def _tests(operand: Any, pointer: str) -> list[Test]:
    if not isinstance(operand, list) or not operand:
        raise Misunderstood(pointer, "the operand must be a list of match operations")
    return [test_of(inner, pointer) for inner in operand]


def _equal_to(operand: Any, operation: Mapping[str, Any], pointer: str) -> Test:
    wanted = _text(operand, pointer)
    if operation.get("caseInsensitive"):
        return lambda value: value is not None and value.casefold() == wanted.casefold()
    return lambda value: value == wanted


def _contains(operand: Any, operation: Mapping[str, Any], pointer: str) -> Test:
    part = _text(operand, pointer)
    return lambda value: value is not None and part in value


def _matches(operand: Any, operation: Mapping[str, Any], pointer: str) -> Test:
    wanted = pattern_of(operand, pointer)
    return lambda value: value is not None and wanted.is_all_of(value)


def _absent(operand: Any, operation: Mapping[str, Any], pointer: str) -> Test:
    if operand is False:
        raise Misunderstood(pointer, 'absent is true, or (absent); {"matches": ".*"} is for what is there')
    return lambda value: value is None


def _anything(operand: Any, operation: Mapping[str, Any], pointer: str) -> Test:
    return lambda _: True


def _negated(
    read: Callable[[Any, Mapping[str, Any], str], Test],
) -> Callable[[Any, Mapping[str, Any], str], Test]:
    def negated(operand: Any, operation: Mapping[str, Any], pointer: str) -> Test:
        test = read(operand, operation, pointer)
        return lambda value: not test(value)

    return negated


def _inner(operand: Any, operation: Mapping[str, Any], pointer: str) -> Test:
    return test_of(operand, pointer)


def _and(operand: Any, operation: Mapping[str, Any], pointer: str) -> Test:
    tests = _tests(operand, pointer)
    return lambda value: all(test(value) for test in tests)


def _or(operand: Any, operation: Mapping[str, Any], pointer: str) -> Test:
    tests = _tests(operand, pointer)
    return lambda value: any(test(value) for test in tests)


def _equal_to_json(operand: Any, operation: Mapping[str, Any], pointer: str) -> Test:
    try:
        wanted = from_json(operand) if isinstance(operand, str) else operand
    except ValueError as error:
        raise Misunderstood(pointer, f"the operand is not JSON: {error}") from error
    in_any_order = bool(operation.get("ignoreArrayOrder"))
    with_more = bool(operation.get("ignoreExtraElements"))
    return lambda value: any(
        _is_like(wanted, content, in_any_order=in_any_order, with_more=with_more)
        for content in _content(value)
    )


def _matches_json_path(operand: Any, operation: Mapping[str, Any], pointer: str) -> Test:
    rest = dict(operand) if isinstance(operand, dict) else {"expression": operand}
    expression = _text(rest.pop("expression", None), pointer)
    try:
        path = JsonPath(expression)
    except ValueError as error:
        raise Misunderstood(pointer, str(error)) from error
    if not isinstance(operand, dict):
        return lambda value: any(_is_something(path, content) for content in _content(value))
    test, is_whole, is_absent = test_of(rest, pointer), "equalToJson" in rest, "absent" in rest

    def holds(value: str | None) -> bool:
        texts = [text for content in _content(value) for text in _texts(path, content, is_whole=is_whole)]
        return any(map(test, texts)) if texts else is_absent

    return holds


def _content(value: str | None) -> list[Any]:
    """Return a list of the decoded JSON of a text, or an empty list if it is not JSON or absent."""
    try:
        return [] if value is None else [from_json(value)]
    except ValueError:
        return []


def _is_something(path: JsonPath, content: Any) -> bool:
    """Return whether a path leads to something; a definite path to null, [] or {} does not."""
    found = path.values(content)
    if path.is_definite:
        return bool(found) and found[0] not in (None, [], {})
    return bool(found)


def _texts(path: JsonPath, content: Any, *, is_whole: bool) -> list[str]:
    """Return the values at a path as texts: one for each element of an array, unless `is_whole`."""
    found = path.values(content)
    value = (found[0] if found else None) if path.is_definite else (found or None)
    if value is None:
        return []
    return [_as_text(one) for one in value] if isinstance(value, list) and not is_whole else [_as_text(value)]


def _as_text(value: Any) -> str:
    text = value if isinstance(value, str) else to_json(value).decode()
    spend(len(text))
    return text


PLACEHOLDERS: Mapping[str, Callable[[Any], bool]] = {
    "${json-unit.ignore}": lambda _: True,
    "${json-unit.any-string}": lambda value: isinstance(value, str),
    "${json-unit.any-number}": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "${json-unit.any-boolean}": lambda value: isinstance(value, bool),
}


def _is_like(wanted: Any, value: Any, *, in_any_order: bool, with_more: bool) -> bool:
    """Return whether a JSON value equals `wanted`; arrays may be in another order with `in_any_order`.

    With `with_more`, objects and arrays may contain more than is wanted.
    """
    spend(TEST)

    def like(inner: Any, other: Any) -> bool:
        return _is_like(inner, other, in_any_order=in_any_order, with_more=with_more)

    if isinstance(wanted, dict) and isinstance(value, dict):
        same_names = wanted.keys() <= value.keys() if with_more else wanted.keys() == value.keys()
        return same_names and all(like(wanted[name], value[name]) for name in wanted)
    if isinstance(wanted, list) and isinstance(value, list):
        if len(wanted) > len(value) or (len(wanted) < len(value) and not with_more):
            return False
        return _pair_up(wanted, value, like) if in_any_order else all(map(like, wanted, value))
    if isinstance(wanted, str) and wanted in PLACEHOLDERS:
        return PLACEHOLDERS[wanted](value)
    return bool(wanted == value) and isinstance(wanted, bool) == isinstance(value, bool)


def _pair_up(wanted: list[Any], values: list[Any], like: Callable[[Any, Any], bool]) -> bool:
    """Return whether each wanted value has a value of its own that is like it."""
    left = list(values)
    for one in wanted:
        place = next((place for place, value in enumerate(left) if like(one, value)), None)
        if place is None:
            return False
        del left[place]
    return True


OPERATIONS: Mapping[str, Callable[[Any, Mapping[str, Any], str], Test]] = {
    "equalTo": _equal_to,
    "contains": _contains,
    "doesNotContain": _negated(_contains),
    "matches": _matches,
    "doesNotMatch": _negated(_matches),
    "absent": _absent,
    "anything": _anything,
    "equalToJson": _equal_to_json,
    "matchesJsonPath": _matches_json_path,
    "not": _negated(_inner),
    "and": _and,
    "or": _or,
}


def _has_exactly(tests: Sequence[Test]) -> ManyTest:
    return lambda values: len(values) == len(tests) and _includes(tests)(values)


def _includes(tests: Sequence[Test]) -> ManyTest:
    return lambda values: all(any(test(value) for value in values) for test in tests)


ON_MANY: Mapping[str, Callable[[Sequence[Test]], ManyTest]] = {
    "hasExactly": _has_exactly,
    "includes": _includes,
}
