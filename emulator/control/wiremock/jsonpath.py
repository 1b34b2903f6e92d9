"""The part of JSONPath that tests use.

`$.items[0].id`, `$..id`, `$['a b'][*]`, `$.items[-1:]`, `$.items[?(@.id == 1 && @.name =~ /A.*/i)]`.
https://github.com/json-path/JsonPath is the dialect that WireMock speaks.
"""

import operator
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from pydantic_core import from_json

Step = Callable[[Any], Iterable[Any]]
Condition = Callable[[Any], bool]

NAME = re.compile(r"[^\s.\[\]()'\"*?@$,:!=<>&|~]+")
QUOTED = re.compile(r"'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\"")
INDEX = re.compile(r"\[\s*(-?[0-9]+)\s*\]")
SLICE = re.compile(r"\[\s*(-?[0-9]+)?\s*:\s*(-?[0-9]+)?\s*\]")
NAMES = re.compile(rf"\[\s*((?:{QUOTED.pattern})(?:\s*,\s*(?:{QUOTED.pattern}))*)\s*\]")
FILTER = "[?("
COMPARISON = re.compile(r"\s*(==|!=|<=|>=|<|>|=~)\s*")
PATTERN = re.compile(r"/((?:[^/\\]|\\.)*)/(i?)")
LITERAL = re.compile(rf"{QUOTED.pattern}|-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null")

ORDER: dict[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}

LONGEST = 1000
MOST_CONDITIONS = 50

DEEPEST = 100
"""How many levels deep `..` searches."""


class JsonPath:
    """A parsed path. Raises ValueError for one that can not be parsed."""

    def __init__(self, text: str) -> None:
        if len(text) > LONGEST:
            raise ValueError(f"a path has up to {LONGEST} characters")
        reader = Reader(text if text.startswith("$") else f"$.{text}")
        reader.take("$")
        self._steps = list(reader.steps())
        reader.expect_end()
        self.is_definite = not reader.branches
        """Whether the path leads to at most one value."""

    def values(self, document: Any) -> list[Any]:
        """Return the values at the path."""
        found = [document]
        for step in self._steps:
            found = [value for one in found for value in step(one)]
        return found


class Reader:
    """A parser that reads a path from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._place = 0
        self._conditions = 0
        self.branches = False

    def steps(self) -> Iterator[Step]:
        while (step := self._step()) is not None:
            yield step

    def take(self, word: str) -> bool:
        """If `word` comes next, move past it; return whether it did."""
        found = self._text.startswith(word, self._place)
        self._place += len(word) * found
        return found

    def expect(self, word: str) -> None:
        if not self.take(word):
            raise self._trouble(f"{word} expected")

    def expect_end(self) -> None:
        if self._place < len(self._text):
            raise self._trouble("not understood")

    def _trouble(self, reason: str) -> ValueError:
        return ValueError(f"{reason} in {self._text!r} at {self._text[self._place :][:40]!r}")

    def _found(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        found = pattern.match(self._text, self._place)
        self._place = found.end() if found else self._place
        return found

    def _step(self) -> Step | None:
        if self.take(".."):
            return self._deep()
        if self.take(".*") or self.take("[*]"):
            self.branches = True
            return _children
        if self.take("."):
            return _member(self._name())
        if self.take(FILTER):
            return self._filter()
        return self._selection()

    def _selection(self) -> Step | None:
        """Read an index, a slice or names in brackets, and return the step to them; None if none follows."""
        if found := self._found(INDEX):
            return _element(int(found[1]))
        if found := self._found(SLICE):
            self.branches = True
            return _part(*(None if limit is None else int(limit) for limit in found.groups()))
        if found := self._found(NAMES):
            names = [_unquoted(one[0]) for one in QUOTED.finditer(found[1])]
            self.branches |= len(names) > 1
            return _members(names)
        return None

    def _filter(self) -> Step:
        self.branches = True
        condition = self._any_of()
        self._spaces()
        self.expect(")]")
        return _filter(condition)

    def _deep(self) -> Step:
        self.branches = True
        if self.take("*"):
            return lambda value: list(_descendants(value))[1:]
        if self._text.startswith("[", self._place):
            step = self._step()
            if step is None:
                raise self._trouble("not understood")
        else:
            step = _member(self._name())
        return lambda value: [found for one in _descendants(value) for found in step(one)]

    def _name(self) -> str:
        found = self._found(NAME)
        if found is None or self._text.startswith("(", self._place):
            raise self._trouble("not understood")
        return found[0]

    def _any_of(self) -> Condition:
        conditions = [self._all_of()]
        while self._skip("||"):
            conditions.append(self._all_of())
        return lambda value: any(condition(value) for condition in conditions)

    def _all_of(self) -> Condition:
        conditions = [self._condition()]
        while self._skip("&&"):
            conditions.append(self._condition())
        return lambda value: all(condition(value) for condition in conditions)

    def _skip(self, word: str) -> bool:
        self._spaces()
        return self.take(word)

    def _spaces(self) -> None:
        self._found(re.compile(r"\s*"))

    def _condition(self) -> Condition:
        self._conditions += 1
        if self._conditions > MOST_CONDITIONS:
            raise self._trouble("too many conditions")
        if self._skip("("):
            inner = self._any_of()
            self._spaces()
            self.expect(")")
            return inner
        if self.take("!"):
            negated = self._condition()
            return lambda value: not negated(value)
        self.expect("@")
        branches = self.branches
        steps = list(self.steps())
        self.branches = branches
        comparison = self._found(COMPARISON)
        test = self._comparison(comparison[1]) if comparison else None
        return _condition(steps, test)

    def _comparison(self, sign: str) -> Condition:
        if sign == "=~":
            found = self._found(PATTERN)
            if found is None:
                raise self._trouble("/a regular expression/ expected")
            return _fits(found[1].replace("\\/", "/"), ignore_case=bool(found[2]))
        found = self._found(LITERAL)
        if found is None:
            raise self._trouble("a value expected")
        wanted = _literal(found[0])
        if sign in {"==", "!="}:
            return lambda value: _same(value, wanted) == (sign == "==")
        return _compares(ORDER[sign], wanted)


def _member(name: str) -> Step:
    return lambda value: [value[name]] if isinstance(value, dict) and name in value else []


def _members(names: list[str]) -> Step:
    return lambda value: [value[name] for name in names if isinstance(value, dict) and name in value]


def _element(index: int) -> Step:
    return lambda value: (
        [value[index]] if isinstance(value, list) and -len(value) <= index < len(value) else []
    )


def _part(begin: int | None = None, end: int | None = None) -> Step:
    return lambda value: value[begin:end] if isinstance(value, list) else []


def _children(value: Any) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()


def _descendants(value: Any, depth: int = 0) -> Iterator[Any]:
    yield value
    if depth < DEEPEST:
        for child in _children(value):
            yield from _descendants(child, depth + 1)


def _filter(condition: Condition) -> Step:
    """Return a step to the elements of an array that meet a condition; an object counts as one element."""
    return lambda value: [one for one in (value if isinstance(value, list) else [value]) if condition(one)]


def _condition(steps: list[Step], test: Condition | None) -> Condition:
    def holds(value: Any) -> bool:
        found = [value]
        for step in steps:
            found = [inner for one in found for inner in step(one)]
        return bool(found) if test is None else any(test(one) for one in found)

    return holds


def _compares(compare: Callable[[Any, Any], Any], wanted: Any) -> Condition:
    def holds(value: Any) -> bool:
        both_numbers = _is_number(value) and _is_number(wanted)
        both_texts = isinstance(value, str) and isinstance(wanted, str)
        return (both_numbers or both_texts) and bool(compare(value, wanted))

    return holds


def _same(value: Any, wanted: Any) -> bool:
    return bool(value == wanted) and isinstance(value, bool) == isinstance(wanted, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _fits(text: str, *, ignore_case: bool) -> Condition:
    try:
        pattern = re.compile(text, re.IGNORECASE if ignore_case else 0)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"/{text}/ is not a regular expression: {error}") from error
    return lambda value: isinstance(value, str) and pattern.fullmatch(value) is not None


def _literal(text: str) -> Any:
    return _unquoted(text) if text[0] in "'\"" else from_json(text)


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1], flags=re.DOTALL)
